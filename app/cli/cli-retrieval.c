#include "cli-retrieval.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli-precision.h"
#include "cli-text.h"

gboolean
cli_retrieval_open (CliRetrieval *retrieval, CliGlobal *global, const char *run,
                    const GuisePrecision *precision, GError **error)
{
  retrieval->global = global;
  cli_watch_signals (global);
  retrieval->project = guise_project_open (global->project, GUISE_PROJECT_READ_ONLY, error);
  if (retrieval->project == NULL)
    return FALSE;
  retrieval->model = guise_project_open_model (retrieval->project, run, 0, error);
  if (retrieval->model == NULL)
    return FALSE;
  if (precision != NULL) {
    guise_search_model_choose_precision (retrieval->model, *precision);
    cli_note_precision (global, *precision);
  }
  return TRUE;
}

void
cli_retrieval_clear (CliRetrieval *retrieval)
{
  g_clear_pointer (&retrieval->model, guise_search_model_unref);
  g_clear_object (&retrieval->project);
}

void
cli_retrieval_show_progress (guint64 done, guint64 total, gpointer user_data)
{
  CliRetrieval *retrieval = user_data;

  cli_progress_update (&retrieval->progress, done, total);
}

static void
warn_unreadable (const GuiseIndexReport *report)
{
  g_autofree char *what = NULL, *message = NULL;

  if (report->n_unreadable == 0)
    return;
  what = report->n_unreadable == 1 ? g_strdup ("1 image that cannot be read")
                                   : g_strdup_printf ("%zu images that cannot be read",
                                                      report->n_unreadable);
  message = report->unreadable != NULL ? cli_escape (report->unreadable) : NULL;
  if (message == NULL) /* none was tried */
    cli_tell ("left out %s; embed tries again and says why", what);
  else if (report->n_unreadable == 1)
    cli_tell ("left out %s: %s", what, message);
  else
    cli_tell ("left out %s; the first: %s", what, message);
}

static void
warn_damage (const CliRetrieval *retrieval, const GuiseProjectIndexReport *report)
{
  GuisePrecision precision = guise_search_model_get_precision (retrieval->model);
  const char *name = guise_precision_get_names ()[precision];
  g_autofree char *message = cli_escape (report->damage);

  if (report->splits != NULL)
    cli_tell ("the index is damaged and is built anew over '%s': %s",
              report->splits, message);
  else
    cli_tell ("the index is damaged and not used; embed mends it: %s", message);
  if (report->forgotten && report->splits != NULL)
    cli_tell ("how the damaged index was stored and computed is not known: the new one "
              "has storage %s and precision %s (see embed --help)",
              guise_index_storage_to_string (report->storage), name);
  else if (report->forgotten)
    cli_tell ("in what precision the damaged index was computed is not known: "
              "%s is taken (see --precision)",
              name);
}

void
cli_retrieval_warn (const CliRetrieval *retrieval, const GuiseProjectIndexReport *report)
{
  if (report->damage != NULL)
    warn_damage (retrieval, report);
  warn_unreadable (&report->build);
}

/* Commands whose answer is one object print no events. */
static GuiseIndexProgress
start_progress (CliRetrieval *retrieval)
{
  cli_progress_start (&retrieval->progress, retrieval->global, "embedding");
  return retrieval->global->json ? NULL : cli_retrieval_show_progress;
}

GuiseIndex *
cli_retrieval_get_index (CliRetrieval *retrieval, GError **error)
{
  g_auto (GuiseProjectIndexReport) report = { 0 };
  GuiseIndexProgress show = start_progress (retrieval);
  GuiseIndex *index
      = guise_project_embed (retrieval->project, retrieval->model, 0, NULL, FALSE, &report, show,
                             retrieval, retrieval->global->cancellable, error);

  cli_progress_end (&retrieval->progress);
  cli_retrieval_warn (retrieval, &report);
  return index;
}

GuiseIndex *
cli_retrieval_embed_splits (CliRetrieval *retrieval, guint splits, GuiseTrainingData **data,
                            GError **error)
{
  const GuiseTrainingQuery query = { .splits = splits };
  g_auto (GuiseProjectIndexReport) report = { 0 };
  GuiseIndexProgress show;
  GuiseIndex *index;

  *data = guise_store_read_training_data (guise_project_get_store (retrieval->project), &query,
                                          retrieval->global->cancellable, error);
  if (*data == NULL)
    return NULL;
  if ((*data)->n_images == 0) {
    g_autofree char *name = guise_splits_format (splits);

    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the project has no images in '%s'",
                 name);
    return NULL;
  }
  show = start_progress (retrieval);
  index = guise_project_embed_data (retrieval->project, retrieval->model, *data, &report, show,
                                    retrieval, retrieval->global->cancellable, error);
  cli_progress_end (&retrieval->progress);
  cli_retrieval_warn (retrieval, &report);
  return index;
}

gboolean
cli_parse_lambda (const char *command, const char *text, double *lambda)
{
  char *end;

  if (text == NULL)
    return TRUE;
  *lambda = g_ascii_strtod (text, &end);
  if (*text != '\0' && *end == '\0' && *lambda >= 0 && *lambda <= 1)
    return TRUE;
  cli_usage ("%s: --lambda is not a number from 0 to 1: '%s'", command, text);
  return FALSE;
}
