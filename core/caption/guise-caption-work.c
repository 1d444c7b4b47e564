/* An item of a caption job, from its picture to its end: asked, judged, asked again. */
#include "guise-caption-run-private.h"

static void
free_work (GuiseCaptionWork *work)
{
  guise_caption_item_free (work->item);
  g_clear_pointer (&work->jpeg, g_bytes_unref);
  g_free (work->hash);
  g_free (work->key);
  g_clear_error (&work->error);
  g_free (work);
}

/* ---- the end of an item ---- */

static void
finish (GuiseCaptionWork *work)
{
  GuiseCaptionRun *run = work->run;
  GError *error = NULL;

  if (!guise_caption_db_finish_item (run->db, work->item, &error))
    guise_caption_run_note_error (run, error);
  run->n_finished++;
  run->n_failed += work->item->maker == NULL;
  run->n_working--;
  free_work (work);
}

/* Its question is not out any more: those that wait for the answer, or NULL. */
static GPtrArray *
end_claim (GuiseCaptionWork *work)
{
  if (!work->claimed)
    return NULL;
  work->claimed = FALSE;
  return guise_caption_keys_end (work->run->keys, work->key);
}

void
guise_caption_work_put_back (GuiseCaptionWork *work)
{
  g_autoptr (GPtrArray) waiting = end_claim (work);

  work->run->n_working--;
  free_work (work);
  for (guint i = 0; waiting != NULL && i < waiting->len; i++)
    guise_caption_work_put_back (waiting->pdata[i]);
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
fall_back (GuiseCaptionWork *work, const char *why)
{
  GuiseCaptionRun *run = work->run;
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
static void use_answer (GuiseCaptionWork *work, const GuiseAnswer *answer);

static const char *const *
get_exemplars (const GuiseCaptionWork *work)
{
  const GuiseCaptionRun *run = work->run;

  return work->item->style != NULL ? run->hooks->get_exemplars (work->item->style,
                                                                run->hooks->data)
                                   : NULL;
}

/* It is "running" from now on. */
static void
push_question (GuiseCaptionWork *work)
{
  GuiseCaptionRun *run = work->run;
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

void
guise_caption_work_start (GuiseCaptionWork *work)
{
  GError *error = NULL;

  if (guise_caption_db_start_item (work->run->db, work->item->id, work->item->n_tries == 1,
                                   &error)) {
    push_question (work);
  } else {
    guise_caption_run_note_error (work->run, error);
    guise_caption_work_put_back (work);
  }
}

/* The answer to its question that is kept, or the one that an equal picture's question will bring;
 * else the question is its own. */
static void
look_up (GuiseCaptionWork *work)
{
  GuiseCaptionRun *run = work->run;
  GError *error = NULL;
  g_autoptr (GuiseAnswer) kept = guise_caption_db_find_kept (run->db, work->key, &error);

  if (error != NULL) {
    guise_caption_run_note_error (run, error);
    guise_caption_work_put_back (work);
    return;
  }
  if (kept != NULL) {
    use_answer (work, kept);
    return;
  }
  work->claimed = guise_caption_keys_claim (run->keys, work->key, work);
  if (!work->claimed)
    return;
  if (run->sees)
    guise_caption_work_start (work);
  else
    guise_caption_run_hold (work);
}

/* The next question about an item. */
static void
ask (GuiseCaptionWork *work)
{
  const GuiseCaptionRun *run = work->run;
  const char *const *exemplars = get_exemplars (work);

  if (work->item->style != NULL && exemplars == NULL) {
    set_state (work->item, "failed", "its style is not there any more: make the styles again");
    finish (work);
    return;
  }
  g_free (work->key);
  work->key = guise_caption_create_key (work->hash, run->job->prompt, run->job->model, exemplars,
                                        work->item->n_tries, work->after_refusal);
  work->item->n_tries++;
  look_up (work);
}

static void
ask_again (GuiseCaptionWork *work, const char *why)
{
  if (work->item->n_tries >= GUISE_CAPTION_MAX_TRIES)
    fall_back (work, why);
  else
    ask (work);
}

static void
judge (GuiseCaptionWork *work, const GuiseAnswer *answer)
{
  GuiseCaptionRun *run = work->run;
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
use_answer (GuiseCaptionWork *work, const GuiseAnswer *answer)
{
  const GuiseCaptionRun *run = work->run;

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

/* Kept before anything is made of it. Those that waited find it there; where there was none, the
 * first of them asks. */
static void
take_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GuiseCaptionWork *work = user_data;
  GuiseCaptionRun *run = work->run;
  g_autoptr (GuiseAnswer) answer = guise_asker_finish (result);
  g_autoptr (GPtrArray) waiting = NULL;
  GError *error = NULL;

  if (answer->state == GUISE_ANSWER_CANCELLED) {
    guise_caption_work_put_back (work);
    return;
  }
  if (!guise_caption_db_put_answer (run->db, work->item->id, work->key, answer, &error)) {
    guise_caption_run_note_error (run, error);
    guise_caption_work_put_back (work);
    return;
  }
  waiting = end_claim (work);
  use_answer (work, answer);
  for (guint i = 0; i < waiting->len; i++)
    look_up (waiting->pdata[i]);
}

/* ---- from the queue to the question ---- */

static gboolean
picture_is_ready (gpointer data)
{
  GuiseCaptionWork *work = data;

  if (g_error_matches (work->error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    guise_caption_work_put_back (work);
  } else if (work->error != NULL) {
    set_state (work->item, "failed", work->error->message);
    finish (work);
  } else {
    ask (work);
  }
  return G_SOURCE_REMOVE;
}

void
guise_caption_work_load (gpointer data, gpointer user_data)
{
  GuiseCaptionWork *work = data;
  GuiseCaptionRun *run = user_data;

  work->jpeg = run->hooks->load_picture (work->item, run->hooks->data, run->cancellable,
                                         &work->error);
  if (work->jpeg != NULL)
    work->hash = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, work->jpeg);
  g_main_context_invoke (run->context, picture_is_ready, work);
}

void
guise_caption_work_begin (GuiseCaptionRun *run, GuiseCaptionItem *item)
{
  GuiseCaptionWork *work = g_new0 (GuiseCaptionWork, 1);

  work->run = run;
  work->item = item;
  item->n_tries = 0; /* of a run: answers that are kept are taken again, in their order */
  run->n_working++;
  g_thread_pool_push (run->loaders, work, NULL);
}
