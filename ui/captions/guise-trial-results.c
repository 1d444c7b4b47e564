#include "guise-trial-results.h"

#include "guise-caption-db.h"
#include "guise-json.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_ITEMS 1000
#define MAX_VERDICTS (1 << 20)

static void
answer_free (GuiseTrialAnswer *answer)
{
  g_free (answer->identity);
  g_free (answer->clothing);
  g_free (answer->state);
  g_free (answer->why);
  g_ptr_array_unref (answer->findings);
  g_free (answer);
}

void
guise_trial_outcome_free (GuiseTrialOutcome *outcome)
{
  if (outcome == NULL)
    return;
  g_ptr_array_unref (outcome->answers);
  g_free (outcome);
}

/* {"clothing": {"leak": {"level": "warn", "sentence": …}, …}, "identity": …} */
static void
read_findings (const char *verdicts, GPtrArray *findings)
{
  json_t *all = verdicts != NULL ? guise_json_parse (verdicts, strlen (verdicts), MAX_VERDICTS,
                                                     "verdicts", NULL)
                                 : NULL;
  const char *kind, *check;
  json_t *side, *verdict;

  json_object_foreach (all, kind, side)
  {
    json_object_foreach (side, check, verdict)
    {
      const char *sentence = json_string_value (json_object_get (verdict, "sentence"));

      if (sentence != NULL)
        g_ptr_array_add (findings, g_strdup (sentence));
    }
  }
  json_decref (all);
}

/* Tokens, cost and time of what was said last. */
static gboolean
add_reply (GuiseTrialOutcome *outcome, GuiseTrialAnswer *answer, GuiseCaptionDb *db,
           const char *key, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GuiseAnswer) reply = key != NULL ? guise_caption_db_get_answer (db, key, &problem)
                                              : NULL;

  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  if (reply == NULL)
    return TRUE;
  answer->ms = reply->ms;
  if (reply->prompt_tokens >= 0 || reply->completion_tokens >= 0)
    outcome->n_tokens = MAX (outcome->n_tokens, 0) + MAX (reply->prompt_tokens, 0)
                        + MAX (reply->completion_tokens, 0);
  if (!isnan (reply->cost))
    outcome->cost = (isnan (outcome->cost) ? 0 : outcome->cost) + reply->cost;
  return TRUE;
}

static void
count (GuiseTrialOutcome *outcome, const GuiseTrialAnswer *answer)
{
  if (answer->passed)
    outcome->n_passed++;
  else if (strcmp (answer->state, "queued") == 0 || strcmp (answer->state, "running") == 0)
    outcome->n_open++;
  else if (strcmp (answer->state, "refused") == 0)
    outcome->n_refused++;
  else
    outcome->n_invalid++;
}

static gboolean
add_item (GuiseTrialOutcome *outcome, GuiseCaptionDb *db, const GuiseCaptionItem *item,
          GError **error)
{
  GuiseTrialAnswer *answer = g_new0 (GuiseTrialAnswer, 1);

  answer->image_id = item->image_id;
  answer->identity = g_strdup (item->identity);
  answer->clothing = g_strdup (item->clothing);
  answer->state = g_strdup (item->state);
  answer->why = g_strdup (item->why);
  answer->passed = g_strcmp0 (item->maker, "model") == 0;
  answer->by_splitter = g_strcmp0 (item->maker, "splitter") == 0;
  answer->ms = (double)NAN;
  answer->findings = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (outcome->answers, answer);
  read_findings (item->verdicts, answer->findings);
  count (outcome, answer);
  return add_reply (outcome, answer, db, item->answer, error);
}

static double
get_mean_ms (const GuiseTrialOutcome *outcome)
{
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < outcome->answers->len; i++) {
    double ms = ((GuiseTrialAnswer *)outcome->answers->pdata[i])->ms;

    if (!isnan (ms)) {
      sum += ms;
      n++;
    }
  }
  return n > 0 ? sum / n : (double)NAN;
}

/* All that was asked for the job, second tries too. A trial of what was tried before asks nothing:
 * then it is what its answers took when they came. */
static gboolean
add_job (GuiseTrialOutcome *outcome, GuiseCaptionDb *db, gint64 job_id, GError **error)
{
  g_autoptr (GuiseCaptionJob) job = guise_caption_db_get_job (db, job_id, error);

  if (job == NULL)
    return FALSE;
  if (outcome->n_tokens >= 0)
    outcome->n_tokens = MAX (outcome->n_tokens, job->prompt_tokens + job->completion_tokens);
  if (!isnan (outcome->cost) && !isnan (job->cost))
    outcome->cost = MAX (outcome->cost, job->cost);
  return TRUE;
}

static GuiseTrialOutcome *
read_outcome (const char *folder, gint64 job_id, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GuiseCaptionDb) db = guise_caption_db_open_existing (folder, &problem);
  g_autoptr (GuiseTrialOutcome) outcome = g_new0 (GuiseTrialOutcome, 1);
  g_autoptr (GPtrArray) items = NULL;

  outcome->answers = g_ptr_array_new_with_free_func ((GDestroyNotify)answer_free);
  outcome->n_tokens = -1;
  outcome->cost = (double)NAN;
  if (db != NULL)
    items = guise_caption_db_list_items (db, job_id, NULL, 0, MAX_ITEMS, &problem);
  for (guint i = 0; items != NULL && problem == NULL && i < items->len; i++)
    add_item (outcome, db, items->pdata[i], &problem);
  if (items != NULL && problem == NULL)
    add_job (outcome, db, job_id, &problem);
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  outcome->mean_ms = get_mean_ms (outcome);
  return g_steal_pointer (&outcome);
}

typedef struct {
  char *folder;
  gint64 job_id;
} Reading;

static void
reading_free (Reading *reading)
{
  g_free (reading->folder);
  g_free (reading);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Reading *reading = data;
  GError *error = NULL;
  GuiseTrialOutcome *outcome = read_outcome (reading->folder, reading->job_id, &error);

  if (outcome != NULL)
    g_task_return_pointer (task, outcome, (GDestroyNotify)guise_trial_outcome_free);
  else
    g_task_return_error (task, error);
}

void
guise_trial_outcome_read_async (const char *folder, gint64 job_id, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Reading *reading = g_new0 (Reading, 1);

  reading->folder = g_strdup (folder);
  reading->job_id = job_id;
  g_task_set_source_tag (task, guise_trial_outcome_read_async);
  g_task_set_task_data (task, reading, (GDestroyNotify)reading_free);
  g_task_run_in_thread (task, read_in_thread);
}

GuiseTrialOutcome *
guise_trial_outcome_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

const GuiseTrialAnswer *
guise_trial_outcome_find (const GuiseTrialOutcome *outcome, gint64 image_id)
{
  for (guint i = 0; outcome != NULL && i < outcome->answers->len; i++) {
    const GuiseTrialAnswer *answer = outcome->answers->pdata[i];

    if (answer->image_id == image_id)
      return answer;
  }
  return NULL;
}

char *
guise_trial_format_time (double ms)
{
  return ms < 1000 ? g_strdup_printf (_ ("%.0f ms"), ms)
                   : g_strdup_printf (_ ("%.1f s"), ms / 1000);
}
