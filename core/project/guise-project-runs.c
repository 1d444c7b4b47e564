/* The project's runs as models to search with. */
#include <glib/gstdio.h>
#include <string.h>

#include "guise-folder.h"
#include "guise-project-search.h"
#include "guise-run-folder.h"
#include "guise-store-runs.h"

/* "there is 'a', 'b'" or "there is none", for messages. */
static char *
describe_runs (GuiseProject *project)
{
  g_autofree char *folder
      = g_build_filename (guise_project_get_folder (project), "runs", NULL);
  g_autoptr (GPtrArray) runs = guise_run_list (folder, NULL);
  GString *text;

  if (runs == NULL || runs->len == 0)
    return g_strdup ("the project has no runs");
  text = g_string_new ("the project has ");
  for (guint i = 0; i < runs->len; i++) {
    const GuiseRunInfo *info = runs->pdata[i];

    g_string_append_printf (text, "%s'%s'", i > 0 ? ", " : "", info->name);
  }
  return g_string_free (text, FALSE);
}

GuiseSearchModel *
guise_project_open_model (GuiseProject *project, const char *name, guint n_threads, GError **error)
{
  g_autofree char *folder = NULL, *runs = NULL;

  if (!guise_run_check_name (name, error))
    return NULL;
  folder = guise_project_get_run_folder (project, name);
  if (guise_run_exists (folder))
    return guise_search_model_open (folder, n_threads, error);
  runs = describe_runs (project);
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND, "no such run: '%s': %s", name,
               runs);
  return NULL;
}

gboolean
guise_project_register_run (GuiseProject *project, const char *name, GError **error)
{
  g_autofree char *folder = guise_project_get_run_folder (project, name);
  g_autofree char *path = g_build_filename ("runs", name, NULL);
  g_autoptr (GuiseRunInfo) info = NULL;
  char *metrics;
  GuiseRun run;
  gint64 id;

  if (guise_store_is_read_only (guise_project_get_store (project)))
    return TRUE;
  info = guise_run_info_load (folder, error);
  if (info == NULL)
    return FALSE;
  metrics = info->best != NULL ? json_dumps (info->best, JSON_COMPACT) : NULL;
  run = (GuiseRun){ .name = info->name,
                    .preset = info->preset,
                    .seed = (gint64)info->seed,
                    .state = (char *)guise_run_state_to_string (info->state),
                    .folder = path,
                    .metrics = metrics,
                    .created = info->started * G_USEC_PER_SEC };
  id = guise_store_put_run (guise_project_get_store (project), &run, error);
  free (metrics);
  return id > 0;
}

/* ---- adding ---- */

/* TRUE with *there set where run `name` has this very model; FALSE with an error where it has
 * another. */
static gboolean
check_place (GuiseProject *project, const GuiseSearchModel *model, const char *name,
             gboolean *there, GError **error)
{
  g_autofree char *folder = guise_project_get_run_folder (project, name);
  g_autoptr (GuiseSearchModel) old = NULL;

  *there = g_file_test (folder, G_FILE_TEST_EXISTS);
  if (!*there)
    return TRUE;
  old = guise_search_model_open (folder, 1, NULL);
  if (old != NULL
      && strcmp (guise_search_model_get_hash (old), guise_search_model_get_hash (model)) == 0)
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_EXISTS,
               "cannot add run '%s': there is another run of that name", name);
  return FALSE;
}

static gboolean
copy_file (const char *from, const char *to, const char *name, GError **error)
{
  g_autofree char *source = g_build_filename (from, name, NULL);
  g_autofree char *target = g_build_filename (to, name, NULL);
  g_autoptr (GFile) a = g_file_new_for_path (source), b = g_file_new_for_path (target);

  if (g_file_copy (a, b, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL, error))
    return TRUE;
  g_prefix_error (error, "cannot copy '%s': ", source);
  return FALSE;
}

/* As the trainer leaves a run: its configuration and vocabulary stand above best/ too. */
static gboolean
copy_checkpoint (const char *from, const char *run, GError **error)
{
  g_autofree char *best = g_build_filename (run, "best", NULL);

  return guise_folder_make (best, error) && copy_file (from, best, "config.json", error)
         && copy_file (from, best, "model.safetensors", error)
         && copy_file (from, best, "vocab.txt", error)
         && copy_file (from, run, "config.json", error)
         && copy_file (from, run, "vocab.txt", error);
}

static gboolean
save_info (const GuiseSearchModel *model, const char *checkpoint, const char *name,
           const char *folder, GError **error)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  GuiseRunInfo info = { .name = (char *)name,
                        .preset = (char *)"",
                        .from = (char *)checkpoint,
                        .state = GUISE_RUN_DONE,
                        .started = now,
                        .finished = now,
                        .step = guise_search_model_get_step (model),
                        .n_steps = guise_search_model_get_step (model),
                        .lambda = guise_search_model_get_lambda (model),
                        .splits = (char *)"",
                        .data = (char *)"",
                        .version = (char *)GUISE_VERSION,
                        .blas_core = (char *)"" };

  return guise_run_info_save (&info, folder, error);
}

gboolean
guise_project_add_run (GuiseProject *project, const char *checkpoint, const char *name,
                       GError **error)
{
  g_autofree char *folder = NULL, *runs = NULL, *made = NULL, *absolute = NULL;
  g_autoptr (GuiseSearchModel) model = NULL;
  gboolean there;

  if (!guise_run_check_name (name, error))
    return FALSE;
  model = guise_search_model_open (checkpoint, 1, error);
  if (model == NULL || !check_place (project, model, name, &there, error))
    return FALSE;
  if (there)
    return guise_project_register_run (project, name, error);
  absolute = g_canonicalize_filename (checkpoint, NULL);
  folder = guise_project_get_run_folder (project, name);
  runs = g_path_get_dirname (folder);
  if (!guise_folder_make (runs, error)
      || (made = guise_folder_make_beside (folder, error)) == NULL)
    return FALSE;
  if (copy_checkpoint (checkpoint, made, error)
      && save_info (model, absolute, name, made, error) && guise_folder_sync (made, error)
      && guise_folder_put (made, folder, TRUE, error))
    return guise_project_register_run (project, name, error);
  guise_folder_remove (made, NULL);
  return FALSE;
}
