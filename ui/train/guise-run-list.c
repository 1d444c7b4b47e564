#include "guise-run-list.h"

#include "guise-project-search.h"
#include "guise-store-runs.h"

#include <stdlib.h>
#include <string.h>

static GuiseRun *
find_row (const GPtrArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (((GuiseRun *)rows->pdata[i])->name, name) == 0)
      return rows->pdata[i];
  return NULL;
}

static gboolean
has_info (const GPtrArray *infos, const char *name)
{
  for (guint i = 0; i < infos->len; i++)
    if (strcmp (((GuiseRunInfo *)infos->pdata[i])->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Whether the table says something else than run.json. */
static gboolean
is_news (const GuiseRunInfo *info, const GuiseRun *row)
{
  char *metrics = info->best != NULL ? json_dumps (info->best, JSON_COMPACT) : NULL;
  gboolean news = row == NULL || strcmp (row->state, guise_run_state_to_string (info->state)) != 0
                  || g_strcmp0 (row->metrics, metrics) != 0;

  free (metrics);
  return news;
}

static gboolean
sync_table (GuiseProject *project, const GPtrArray *infos, GError **error)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autoptr (GPtrArray) rows = guise_store_list_runs (store, error);

  if (rows == NULL)
    return FALSE;
  for (guint i = 0; i < infos->len; i++) {
    const GuiseRunInfo *info = infos->pdata[i];

    if (is_news (info, find_row (rows, info->name))
        && !guise_project_register_run (project, info->name, error))
      return FALSE;
  }
  for (guint i = 0; i < rows->len; i++) {
    const GuiseRun *row = rows->pdata[i];

    if (!has_info (infos, row->name) && !guise_store_remove_run (store, row->name, error))
      return FALSE;
  }
  return TRUE;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GuiseProject *project = data;
  GuiseStore *store = guise_project_get_store (project);
  g_autofree char *folder = g_build_filename (guise_project_get_folder (project), "runs", NULL);
  g_autoptr (GPtrArray) infos = NULL;
  GError *error = NULL;

  infos = guise_run_list (folder, &error);
  if (infos == NULL
      || (!guise_store_is_read_only (store) && !g_cancellable_is_cancelled (cancellable)
          && !sync_table (project, infos, &error)))
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&infos), (GDestroyNotify)g_ptr_array_unref);
}

void
guise_run_list_read_async (GuiseProject *project, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, guise_run_list_read_async);
  g_task_set_task_data (task, g_object_ref (project), g_object_unref);
  g_task_run_in_thread (task, read_in_thread);
}

GPtrArray *
guise_run_list_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
