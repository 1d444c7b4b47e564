#include "guise-caption-run.h"

#include "guise-canary.h"
#include "guise-store.h"

#include <string.h>

/* Items taken from the database at a time. */
#define BATCH 64
/* Items between the queue and their end: a few pictures ahead of the questions under way. */
#define AHEAD 4
#define N_LOADERS 2
#define PROGRESS_US (G_USEC_PER_SEC / 2)

typedef struct {
  GuiseCaptionDb *db;
  gint64 job_id;
  GuiseAsker *asker;
  const GuiseCaptionHooks *hooks;
  GCancellable *cancellable, *pause;
  GMainContext *context;
  GThreadPool *loaders;

  GuiseCaptionJob *job;
  GuisePrompt *prompt;
  char *system;
  json_t *schema;

  GQueue queued;   /* of GuiseCaptionItem */
  gint64 last_id;  /* the last one that was taken from the database */
  guint n_working; /* items between the queue and their end */
  guint n_finished, n_failed;
  guint since_canary;
  guint32 canary_seed;
  gboolean canary_out;
  gboolean sees;           /* it has answered a test picture */
  GQueue held;             /* of Work: questions that wait for that */
  char *blind;             /* a sentence: the test picture says that going on is useless */
  GuiseAskerReason reason; /* why the asker stopped by itself, and the sentence */
  char *why;
  gint64 shown; /* when progress was told */
  GError *error;
} Run;

/* One item on its way. */
typedef struct {
  Run *run;
  GuiseCaptionItem *item;
  GBytes *jpeg;
  char *hash; /* of jpeg */
  char *key;  /* of the question that is out */
  gboolean after_refusal;
  GError *error; /* the loader's */
} Work;

static void
free_work (Work *work)
{
  guise_caption_item_free (work->item);
  g_clear_pointer (&work->jpeg, g_bytes_unref);
  g_free (work->hash);
  g_free (work->key);
  g_clear_error (&work->error);
  g_free (work);
}

/* The first error ends the run; what was committed stays. */
static void
note_error (Run *run, GError *error)
{
  if (run->error == NULL)
    run->error = error;
  else
    g_error_free (error);
}

char *
guise_caption_create_key (const char *picture_hash, const char *prompt_hash, const char *model,
                          const char *const *exemplars, guint try_number, gboolean after_refusal)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *rest = g_strdup_printf ("%u %d", try_number, after_refusal != FALSE);
  const char *const parts[] = { picture_hash, prompt_hash, model, rest };

  /* With their closing zeros: no two lists of parts give the same bytes. */
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_checksum_update (sum, (const guchar *)parts[i], (gssize)strlen (parts[i]) + 1);
  for (; exemplars != NULL && *exemplars != NULL; exemplars++)
    g_checksum_update (sum, (const guchar *)*exemplars, (gssize)strlen (*exemplars) + 1);
  return g_strdup (g_checksum_get_string (sum));
}

/* ---- the end of an item ---- */

static void
finish (Work *work)
{
  Run *run = work->run;
  GError *error = NULL;

  if (!guise_caption_db_finish_item (run->db, work->item, &error))
    note_error (run, error);
  run->n_finished++;
  run->n_failed += work->item->maker == NULL;
  run->n_working--;
  free_work (work);
}

/* It stays in the queue of the database, for another run. */
static void
put_back (Work *work)
{
  work->run->n_working--;
  free_work (work);
}

static void
set_state (GuiseCaptionItem *item, const char *state, const char *why)
{
  g_free (item->state);
  item->state = g_strdup (state);
  g_free (item->why);
  item->why = g_strdup (why);
}

static void
set_texts (GuiseCaptionItem *item, const char *maker, char *identity, char *clothing,
           char *verdicts)
{
  item->maker = g_strdup (maker);
  item->identity = identity;
  item->clothing = clothing;
  g_free (item->verdicts);
  item->verdicts = verdicts;
}

static void
fall_back (Work *work, const char *why)
{
  Run *run = work->run;
  GuiseCaptionItem *item = work->item;
  char *identity = NULL, *clothing = NULL, *verdicts = NULL;

  if (run->hooks->fall_back (item->image_id, &identity, &clothing, &verdicts, run->hooks->data)) {
    set_texts (item, "splitter", identity, clothing, verdicts);
    set_state (item, "done", why);
  } else {
    set_state (item, "invalid", why);
  }
  finish (work);
}

/* ---- asking ---- */

static void take_answer (GObject *source, GAsyncResult *result, gpointer user_data);
static void use_answer (Work *work, const GuiseAnswer *answer);

static const char *const *
get_exemplars (const Work *work)
{
  const Run *run = work->run;

  return work->item->style != NULL ? run->hooks->get_exemplars (work->item->style,
                                                                run->hooks->data)
                                   : NULL;
}

static void hold (Work *work);

/* It is "running" from now on. */
static void
push_question (Work *work)
{
  Run *run = work->run;
  const char *const *exemplars = get_exemplars (work);
  g_autofree char *user
      = guise_prompt_render_user (run->prompt, exemplars, work->after_refusal);
  GuiseQuestion *question = guise_question_new (work->key, run->system, user, work->jpeg,
                                                run->schema);

  question->temperature = run->prompt->temperature;
  question->max_tokens = run->prompt->max_tokens;
  question->seed = work->item->n_tries;
  guise_asker_push (run->asker, question, take_answer, work);
  run->since_canary++;
}

static void
start_question (Work *work)
{
  GError *error = NULL;

  if (guise_caption_db_start_item (work->run->db, work->item->id, work->item->n_tries == 1,
                                   &error)) {
    push_question (work);
  } else {
    note_error (work->run, error);
    put_back (work);
  }
}

/* The next question about an item, or the answer to it that is kept already. */
static void
ask (Work *work)
{
  Run *run = work->run;
  const char *const *exemplars = get_exemplars (work);
  g_autoptr (GuiseAnswer) kept = NULL;
  GError *error = NULL;

  if (work->item->style != NULL && exemplars == NULL) {
    set_state (work->item, "failed", "its style is not there any more: make the styles again");
    finish (work);
    return;
  }
  g_free (work->key);
  work->key = guise_caption_create_key (work->hash, run->job->prompt, run->job->model, exemplars,
                                        work->item->n_tries, work->after_refusal);
  work->item->n_tries++;
  kept = guise_caption_db_find_kept (run->db, work->key, &error);
  if (error != NULL) {
    note_error (run, error);
    put_back (work);
  } else if (kept != NULL) {
    use_answer (work, kept);
  } else if (run->sees) {
    start_question (work);
  } else {
    hold (work);
  }
}

static void
ask_again (Work *work, const char *why)
{
  if (work->item->n_tries >= GUISE_CAPTION_MAX_TRIES)
    fall_back (work, why);
  else
    ask (work);
}

static void
judge (Work *work, const GuiseAnswer *answer)
{
  Run *run = work->run;
  char *verdicts = NULL;
  g_autofree char *why = NULL;
  GuiseJudgement judgement;

  if (answer->identity == NULL && answer->clothing == NULL) {
    ask_again (work, "the answer describes neither the person nor the clothing");
    return;
  }
  judgement = run->hooks->judge (work->item->image_id, answer->identity, answer->clothing,
                                 &verdicts, &why, run->hooks->data);
  if (judgement == GUISE_JUDGEMENT_ACCEPT) {
    set_texts (work->item, "model", g_strdup (answer->identity), g_strdup (answer->clothing),
               verdicts);
    set_state (work->item, "done", NULL);
    finish (work);
    return;
  }
  g_free (verdicts);
  if (judgement == GUISE_JUDGEMENT_AGAIN)
    ask_again (work, why);
  else
    fall_back (work, why);
}

static void
use_answer (Work *work, const GuiseAnswer *answer)
{
  const Run *run = work->run;

  g_free (work->item->answer);
  work->item->answer = g_strdup (work->key);
  switch (answer->state) {
  case GUISE_ANSWER_DONE:
    judge (work, answer);
    break;
  case GUISE_ANSWER_REFUSED:
    if (!work->after_refusal && *run->prompt->refused != '\0') {
      work->after_refusal = TRUE;
      ask (work);
      break;
    }
    /* fall through */
  default:
    set_state (work->item, guise_answer_state_get_name (answer->state), answer->why);
    finish (work);
  }
}

/* Kept before anything is made of it. */
static void
take_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  Run *run = work->run;
  g_autoptr (GuiseAnswer) answer = guise_asker_finish (result);
  GError *error = NULL;

  if (answer->state == GUISE_ANSWER_CANCELLED) {
    put_back (work);
    return;
  }
  if (!guise_caption_db_put_answer (run->db, work->item->id, work->key, answer, &error)) {
    note_error (run, error);
    put_back (work);
    return;
  }
  use_answer (work, answer);
}

/* ---- the canary ---- */

/* Those that waited for it are asked, or stay in the queue of the database. */
static void
release (Run *run)
{
  Work *work;

  while ((work = g_queue_pop_head (&run->held)) != NULL)
    if (run->sees)
      start_question (work);
    else
      put_back (work);
}

/* Paid for like any other. */
static void
judge_canary (Run *run, const GuiseAnswer *answer)
{
  GError *error = NULL;
  g_autofree char *saw = NULL;
  gboolean passed = guise_canary_check (run->canary_seed, answer, &saw);

  if (!guise_caption_db_add_canary (run->db, run->job_id, run->canary_seed, answer, saw, &error))
    note_error (run, error);
  if (answer->state == GUISE_ANSWER_FAILED && !run->sees)
    run->blind = g_strdup_printf ("the test picture, which comes first, got no answer: %s", saw);
  else if (answer->state != GUISE_ANSWER_FAILED && !passed)
    run->blind = g_strdup_printf ("the model does not see its pictures: it failed on the test "
                                  "picture (%s); probe the endpoint before going on",
                                  saw);
  run->sees |= passed;
}

static void
take_canary (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Run *run = user_data;
  g_autoptr (GuiseAnswer) answer = guise_asker_finish (result);

  run->canary_out = FALSE;
  if (answer->state != GUISE_ANSWER_CANCELLED)
    judge_canary (run, answer);
  release (run);
}

/* It gets as many tokens as the job's questions: a model that thinks needs them. */
static void
send_canary (Run *run)
{
  GError *error = NULL;
  GuiseQuestion *question = guise_canary_create_question (++run->canary_seed, &error);

  run->since_canary = 0;
  if (question == NULL) {
    note_error (run, error);
    release (run);
    return;
  }
  question->max_tokens = MAX (question->max_tokens, run->prompt->max_tokens);
  run->canary_out = TRUE;
  guise_asker_push (run->asker, question, take_canary, run);
}

/* Only what would be asked needs it: answers that are kept do not. */
static void
hold (Work *work)
{
  Run *run = work->run;

  g_queue_push_tail (&run->held, work);
  if (!run->canary_out)
    send_canary (run);
}

/* ---- from the queue to the question ---- */

static gboolean
picture_is_ready (gpointer data)
{
  Work *work = data;

  if (g_error_matches (work->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    put_back (work);
  } else if (work->error != NULL) {
    set_state (work->item, "failed", work->error->message);
    finish (work);
  } else {
    ask (work);
  }
  return G_SOURCE_REMOVE;
}

/* In a loader's thread. */
static void
load_picture (gpointer data, gpointer user_data)
{
  Work *work = data;
  Run *run = user_data;

  work->jpeg = run->hooks->load_picture (work->item, run->hooks->data, run->cancellable,
                                         &work->error);
  if (work->jpeg != NULL)
    work->hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, work->jpeg);
  g_main_context_invoke (run->context, picture_is_ready, work);
}

static gboolean
refill_queue (Run *run)
{
  g_autoptr (GPtrArray) items = NULL;
  GError *error = NULL;

  if (run->queued.length > 0)
    return TRUE;
  items = guise_caption_db_list_queued (run->db, run->job_id, run->last_id, BATCH, &error);
  if (items == NULL) {
    note_error (run, error);
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
start_work (Run *run, const GuiseAskerStatus *status)
{
  while (run->n_working < status->concurrency + AHEAD && refill_queue (run)) {
    Work *work = g_new0 (Work, 1);

    work->run = run;
    work->item = g_queue_pop_head (&run->queued);
    work->item->n_tries = 0; /* of a run: answers that are kept are taken again, in their order */
    run->n_working++;
    g_thread_pool_push (run->loaders, work, NULL);
  }
  if (run->since_canary >= GUISE_CAPTION_CANARY_INTERVAL && !run->canary_out)
    send_canary (run);
}

static void
show_progress (Run *run, const GuiseAskerStatus *status, gboolean is_last)
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
is_ending (const Run *run, const GuiseAskerStatus *status)
{
  return run->error != NULL || run->blind != NULL || g_cancellable_is_cancelled (run->cancellable)
         || g_cancellable_is_cancelled (run->pause) || status->state != GUISE_ASKER_RUNNING;
}

/* Whether what is under way is broken off. A pause waits for it: it may be paid for. */
static gboolean
is_breaking_off (const Run *run, const GuiseAskerStatus *status)
{
  return run->error != NULL || run->blind != NULL || g_cancellable_is_cancelled (run->cancellable)
         || (status->state == GUISE_ASKER_STOPPED && status->n_flying == 0);
}

/* Cancelling it makes it forget. */
static void
note_stop (Run *run, GuiseAskerStatus *status)
{
  if (status->state != GUISE_ASKER_STOPPED || run->why != NULL)
    return;
  run->reason = status->reason;
  run->why = g_strdup (status->why);
}

static void
loop (Run *run)
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
close_job (Run *run, GError **error)
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
open_run (Run *run, GError **error)
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
  return guise_caption_db_set_job_state (run->db, run->job_id, GUISE_CAPTION_JOB_RUNNING, NULL,
                                         error);
}

static void
clear_run (Run *run)
{
  g_queue_clear_full (&run->queued, (GDestroyNotify)guise_caption_item_free);
  g_clear_pointer (&run->job, guise_caption_job_free);
  g_clear_pointer (&run->prompt, guise_prompt_free);
  g_clear_pointer (&run->system, g_free);
  g_clear_pointer (&run->schema, json_decref);
  g_free (run->why);
  g_free (run->blind);
}

static void
do_run (Run *run)
{
  g_auto (GuiseAskerStatus) status = { 0 };

  run->context = g_main_context_new ();
  g_main_context_push_thread_default (run->context);
  run->loaders = g_thread_pool_new (load_picture, run, N_LOADERS, FALSE, NULL);
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
  Run run = { .db = db,
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
