#include "guise-caption-run-private.h"

#include "guise-canary.h"
#include "guise-store.h"

/* Items taken from the database at a time. */
#define BATCH 64
/* Items between the queue and their end: a few pictures ahead of the questions under way. */
#define AHEAD 4
#define N_LOADERS 2
#define PROGRESS_US (G_USEC_PER_SEC / 2)

void
guise_caption_run_note_error (GuiseCaptionRun *run, GError *error)
{
  if (run->error == NULL)
    run->error = error;
  else
    g_error_free (error);
}

/* ---- the canary ---- */

/* Those that waited for it are asked, or stay in the queue of the database. */
static void
release (GuiseCaptionRun *run)
{
  GuiseCaptionWork *work;

  while ((work = g_queue_pop_head (&run->held)) != NULL)
    if (run->sees)
      guise_caption_work_start (work);
    else
      guise_caption_work_put_back (work);
}

/* Why an answer that is not as it should be makes going on useless. */
static char *
explain_canary (GuiseAnswerState state, guint max_tokens, const char *saw)
{
  if (state == GUISE_ANSWER_TRUNCATED || state == GUISE_ANSWER_THINKING_EXHAUSTED)
    return g_strdup_printf ("the answer to the test picture was cut off at %u tokens: raise the "
                            "prompt's limit (max-tokens), or switch the model's thinking off",
                            max_tokens);
  return g_strdup_printf ("the model does not see its pictures: it failed on the test picture "
                          "(%s); probe the endpoint before going on",
                          saw);
}

/* Paid for like any other. */
static void
judge_canary (GuiseCaptionRun *run, const GuiseAnswer *answer)
{
  GError *error = NULL;
  g_autofree char *saw = NULL;
  gboolean passed = guise_canary_check (run->canary_seed, answer, &saw);

  if (!guise_caption_db_add_canary (run->db, run->job_id, run->canary_seed, answer, saw, &error))
    guise_caption_run_note_error (run, error);
  if (answer->state == GUISE_ANSWER_FAILED && !run->sees)
    run->blind = g_strdup_printf ("the test picture, which comes first, got no answer: %s", saw);
  else if (answer->state != GUISE_ANSWER_FAILED && !passed)
    run->blind = explain_canary (answer->state, answer->max_tokens, saw);
  run->sees |= passed;
}

static void
take_canary (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GuiseCaptionRun *run = user_data;
  g_autoptr (GuiseAnswer) answer = guise_asker_finish (result);

  run->canary_out = FALSE;
  if (answer->state != GUISE_ANSWER_CANCELLED)
    judge_canary (run, answer);
  release (run);
}

/* It gets as many tokens as the job's questions: a model that thinks needs them. */
static void
send_canary (GuiseCaptionRun *run)
{
  GError *error = NULL;
  GuiseQuestion *question = guise_canary_create_question (++run->canary_seed, &error);

  run->since_canary = 0;
  if (question == NULL) {
    guise_caption_run_note_error (run, error);
    release (run);
    return;
  }
  question->max_tokens = MAX (question->max_tokens, run->prompt->max_tokens);
  run->canary_out = TRUE;
  guise_asker_push (run->asker, question, take_canary, run);
}

void
guise_caption_run_hold (GuiseCaptionWork *work)
{
  GuiseCaptionRun *run = work->run;

  g_queue_push_tail (&run->held, work);
  if (!run->canary_out)
    send_canary (run);
}

/* ---- from the queue to the question ---- */

static gboolean
refill_queue (GuiseCaptionRun *run)
{
  g_autoptr (GPtrArray) items = NULL;
  GError *error = NULL;

  if (run->queued.length > 0)
    return TRUE;
  items = guise_caption_db_list_queued (run->db, run->job_id, run->last_id, BATCH, &error);
  if (items == NULL) {
    guise_caption_run_note_error (run, error);
    return FALSE;
  }
  for (guint i = 0; i < items->len; i++) {
    GuiseCaptionItem *item = items->pdata[i];

    run->last_id = item->id;
    g_queue_push_tail (&run->queued, item);
  }
  g_ptr_array_set_free_func (items, NULL);
  return run->queued.length > 0;
}

/* Items are taken as the endpoint keeps pace. */
static void
start_work (GuiseCaptionRun *run, const GuiseAskerStatus *status)
{
  while (run->n_working < status->concurrency + AHEAD && refill_queue (run))
    guise_caption_work_begin (run, g_queue_pop_head (&run->queued));
  if (run->since_canary >= GUISE_CAPTION_CANARY_INTERVAL && !run->canary_out)
    send_canary (run);
}

static void
show_progress (GuiseCaptionRun *run, const GuiseAskerStatus *status, gboolean is_last)
{
  gint64 now = g_get_monotonic_time ();
  guint before = run->job->n_items - run->job->n_open;

  if (!is_last && now - run->shown < PROGRESS_US)
    return;
  run->shown = now;
  run->hooks->progress (&(GuiseCaptionProgress){ before + run->n_finished, run->job->n_items,
                                                 run->n_failed, status },
                        run->hooks->data);
}

/* ---- the loop ---- */

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Whether no new items are to be taken. */
static gboolean
is_ending (const GuiseCaptionRun *run, const GuiseAskerStatus *status)
{
  return run->error != NULL || run->blind != NULL || g_cancellable_is_cancelled (run->cancellable)
         || g_cancellable_is_cancelled (run->pause) || status->state != GUISE_ASKER_RUNNING;
}

/* Whether what is under way is broken off. A pause waits for it: it may be paid for. */
static gboolean
is_breaking_off (const GuiseCaptionRun *run, const GuiseAskerStatus *status)
{
  return run->error != NULL || run->blind != NULL || g_cancellable_is_cancelled (run->cancellable)
         || (status->state == GUISE_ASKER_STOPPED && status->n_flying == 0);
}

/* Cancelling it makes it forget. */
static void
note_stop (GuiseCaptionRun *run, GuiseAskerStatus *status)
{
  if (status->state != GUISE_ASKER_STOPPED || run->why != NULL)
    return;
  run->reason = status->reason;
  run->why = g_strdup (status->why);
}

static void
loop (GuiseCaptionRun *run)
{
  g_autoptr (GSource) ticker = g_timeout_source_new (100);
  gboolean is_over = FALSE;

  g_source_set_callback (ticker, wake_up, NULL, NULL);
  g_source_attach (ticker, run->context);
  while (!is_over) {
    g_auto (GuiseAskerStatus) status = { 0 };

    guise_asker_get_status (run->asker, &status);
    note_stop (run, &status);
    if (!is_ending (run, &status))
      start_work (run, &status);
    else if (g_cancellable_is_cancelled (run->pause))
      guise_asker_pause (run->asker);
    if (is_breaking_off (run, &status)
        || (g_cancellable_is_cancelled (run->pause) && status.n_flying == 0))
      guise_asker_cancel (run->asker);
    show_progress (run, &status, FALSE);
    is_over = run->n_working == 0 && !run->canary_out
              && (is_ending (run, &status) || run->queued.length == 0);
    if (!is_over)
      g_main_context_iteration (run->context, TRUE);
  }
  g_source_destroy (ticker);
}

/* What the job's state says from now on. */
static gboolean
close_job (GuiseCaptionRun *run, GError **error)
{
  g_autoptr (GuiseCaptionJob) job = NULL;
  GuiseCaptionJobState state = GUISE_CAPTION_JOB_DONE;
  const char *why = run->why;

  if (guise_caption_db_requeue_running (run->db, run->job_id, error) < 0)
    return FALSE;
  job = guise_caption_db_get_job (run->db, run->job_id, error);
  if (job == NULL)
    return FALSE;
  if (job->n_open == 0) {
    why = NULL;
  } else if (run->blind != NULL) {
    state = GUISE_CAPTION_JOB_BLOCKED;
    why = run->blind;
  } else if (why != NULL) {
    state = run->reason == GUISE_ASKER_REASON_LIMIT ? GUISE_CAPTION_JOB_STOPPED
                                                    : GUISE_CAPTION_JOB_BLOCKED;
  } else if (g_cancellable_is_cancelled (run->cancellable)) {
    state = GUISE_CAPTION_JOB_STOPPED;
  } else if (g_cancellable_is_cancelled (run->pause)) {
    state = GUISE_CAPTION_JOB_PAUSED;
  }
  return guise_caption_db_set_job_state (run->db, run->job_id, state, why, error);
}

static gboolean
open_run (GuiseCaptionRun *run, GError **error)
{
  gint64 n_canaries = guise_caption_db_count_canaries (run->db, run->job_id, error);

  if (n_canaries < 0)
    return FALSE;
  run->canary_seed = (guint32)n_canaries; /* each time another picture */
  if (guise_caption_db_requeue_unanswered (run->db, run->job_id, error) < 0)
    return FALSE;
  run->job = guise_caption_db_get_job (run->db, run->job_id, error);
  if (run->job == NULL)
    return FALSE;
  run->prompt = guise_caption_db_get_prompt (run->db, run->job->prompt, error);
  if (run->prompt == NULL)
    return FALSE;
  run->system = guise_prompt_render_system (run->prompt);
  run->schema = guise_prompt_create_schema ();
  run->keys = guise_caption_keys_new ();
  return guise_caption_db_set_job_state (run->db, run->job_id, GUISE_CAPTION_JOB_RUNNING, NULL,
                                         error);
}

static void
clear_run (GuiseCaptionRun *run)
{
  g_queue_clear_full (&run->queued, (GDestroyNotify)guise_caption_item_free);
  g_clear_pointer (&run->job, guise_caption_job_free);
  g_clear_pointer (&run->prompt, guise_prompt_free);
  g_clear_pointer (&run->system, g_free);
  g_clear_pointer (&run->schema, json_decref);
  g_clear_pointer (&run->keys, guise_caption_keys_free);
  g_free (run->why);
  g_free (run->blind);
}

static void
do_run (GuiseCaptionRun *run)
{
  g_auto (GuiseAskerStatus) status = { 0 };

  run->context = g_main_context_new ();
  g_main_context_push_thread_default (run->context);
  run->loaders = g_thread_pool_new (guise_caption_work_load, run, N_LOADERS, FALSE, NULL);
  loop (run);
  g_thread_pool_free (run->loaders, FALSE, TRUE);
  g_main_context_pop_thread_default (run->context);
  g_main_context_unref (run->context);
  guise_asker_get_status (run->asker, &status);
  if (run->error == NULL)
    close_job (run, &run->error);
  show_progress (run, &status, TRUE);
}

gboolean
guise_caption_run (GuiseCaptionDb *db, gint64 job_id, GuiseAsker *asker,
                   const GuiseCaptionHooks *hooks, GCancellable *pause, GCancellable *cancellable,
                   GError **error)
{
  GuiseCaptionRun run = { .db = db,
                          .job_id = job_id,
                          .asker = asker,
                          .hooks = hooks,
                          .pause = pause,
                          .cancellable = cancellable,
                          .queued = G_QUEUE_INIT,
                          .held = G_QUEUE_INIT };
  gboolean is_open = open_run (&run, error);

  if (is_open)
    do_run (&run);
  clear_run (&run);
  if (run.error != NULL)
    g_propagate_error (error, run.error);
  else if (is_open && g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  return is_open && run.error == NULL;
}
