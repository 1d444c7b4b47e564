#include "guise-run-estimate.h"

#include "guise-estimate.h"
#include "guise-format.h"
#include "guise-store-training.h"
#include "guise-trainer.h"

#include <glib/gi18n.h>

typedef struct {
  GuiseProject *project;
  GuiseConfig config;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_object_unref (question->project);
  g_free (question);
}

void
guise_run_estimate_free (GuiseRunEstimate *estimate)
{
  if (estimate == NULL)
    return;
  g_free (estimate->title);
  g_free (estimate->subtitle);
  g_free (estimate);
}

static char *
describe_time (double seconds)
{
  const double minute = 60, hour = 60 * minute, day = 24 * hour;

  return seconds < 1            ? g_strdup_printf (_ ("%.0f ms"), seconds * 1000)
         : seconds < 10         ? g_strdup_printf (_ ("%.1f s"), seconds)
         : seconds < 2 * minute ? g_strdup_printf (_ ("%.0f s"), seconds)
         : seconds < 2 * hour   ? g_strdup_printf (_ ("%.0f min"), seconds / minute)
         : seconds < 2 * day    ? g_strdup_printf (_ ("%.0f h"), seconds / hour)
                                : g_strdup_printf (_ ("%.0f days"), seconds / day);
}

static GuiseRunEstimate *
describe (const GuiseEstimate *estimate, const GuiseConfig *config, const char *folder)
{
  GuiseRunEstimate *result = g_new0 (GuiseRunEstimate, 1);
  g_autofree char *memory = g_format_size ((guint64)estimate->total);
  g_autofree char *disk = g_format_size ((guint64)(estimate->checkpoints + estimate->cache));
  g_autofree char *step = describe_time (estimate->step_s);
  g_autofree char *run = describe_time (estimate->run_s);
  g_autoptr (GError) error = NULL;

  result->fits = guise_estimate_check (estimate, config, folder, &error);
  result->title = g_strdup_printf (_ ("About %s of memory, %s on the disk"), memory, disk);
  if (!result->fits)
    result->subtitle = guise_format_plain (error->message);
  else if (estimate->step_s > 0)
    /* Translators: two times, of one step and of the whole training: "About 80 ms a step …" */
    result->subtitle
        = g_strdup_printf (_ ("About %s a step, %s in all without validations"), step, run);
  else
    result->subtitle = g_strdup (_ ("How long it takes is not known"));
  return result;
}

static void
estimate_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  const GuiseTrainingQuery query = { 0 };
  const char *folder = guise_project_get_folder (question->project);
  GError *error = NULL;
  g_autoptr (GuiseTrainingData) training = guise_store_read_training_data (
      guise_project_get_store (question->project), &query, cancellable, &error);
  GuiseEstimate estimate;

  if (training == NULL) {
    g_task_return_error (task, error);
    return;
  }
  guise_estimate_make (&estimate, &question->config, training, 1 << GUISE_SPLIT_TRAIN, 0, 1,
                       GUISE_TRAINER_PIXEL_BUDGET, folder, TRUE);
  g_task_return_pointer (task, describe (&estimate, &question->config, folder),
                         (GDestroyNotify)guise_run_estimate_free);
}

void
guise_run_estimate_async (GuiseProject *project, const GuiseRunPlan *plan,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Question *question = g_new0 (Question, 1);
  g_autoptr (GError) error = NULL;

  question->project = g_object_ref (project);
  g_task_set_task_data (task, question, question_free);
  if (guise_run_plan_init_config (plan, &question->config, &error))
    g_task_run_in_thread (task, estimate_in_thread);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

GuiseRunEstimate *
guise_run_estimate_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
