#include "guise-open.h"

#include "guise-project-lock.h"
#include "guise-project-remains.h"
#include "guise-store-images.h"

#include <glib/gi18n.h>

typedef struct {
  char *folder;
  GuiseProjectMode mode;
  GuiseProject *project;
  char *datasets;
  GuiseBackup *backup; /* where the database is damaged */
  gboolean readable;   /* then */
} Opened;

static void
opened_free (Opened *opened)
{
  g_free (opened->folder);
  g_free (opened->datasets);
  g_clear_object (&opened->project);
  guise_backup_free (opened->backup);
  g_free (opened);
}

/* The names of the data sets; more than two are counted. */
static char *
join_datasets (GuiseStore *store)
{
  g_autoptr (GPtrArray) datasets = guise_store_list_datasets (store, NULL);
  GuiseDataset *first;

  if (datasets == NULL || datasets->len == 0)
    return g_strdup (_ ("No data yet"));
  first = datasets->pdata[0];
  if (datasets->len == 1)
    return g_strdup (first->name);
  return g_strdup_printf (ngettext ("%s and %u more", "%s and %u more", datasets->len - 1),
                          first->name, datasets->len - 1);
}

/* Of a damaged database: what can be put in its place, and whether anything in it can be read. */
static void
look_at_damage (Opened *opened)
{
  g_autoptr (GuiseStore) salvaged = guise_store_open (opened->folder, GUISE_STORE_SALVAGE, NULL);

  opened->readable = salvaged != NULL;
  opened->backup = guise_project_find_rescue (opened->folder);
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Opened *opened = data;
  GError *error = NULL;

  opened->project = guise_project_open (opened->folder, opened->mode, &error);
  if (opened->project == NULL) {
    if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED))
      look_at_damage (opened);
    g_task_return_error (task, error);
    return;
  }
  opened->datasets = join_datasets (guise_project_get_store (opened->project));
  g_task_return_boolean (task, TRUE);
}

void
guise_open_async (const char *folder, GuiseProjectMode mode, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Opened *opened = g_new0 (Opened, 1);

  opened->folder = g_strdup (folder);
  opened->mode = mode;
  g_task_set_task_data (task, opened, (GDestroyNotify)opened_free);
  g_task_run_in_thread (task, open_in_thread);
}

GuiseProject *
guise_open_finish (GAsyncResult *result, char **datasets, GError **error)
{
  Opened *opened = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *datasets = g_steal_pointer (&opened->datasets);
  return g_steal_pointer (&opened->project);
}

const char *
guise_open_get_folder (GAsyncResult *result)
{
  return ((Opened *)g_task_get_task_data (G_TASK (result)))->folder;
}

GuiseBackup *
guise_open_take_backup (GAsyncResult *result, gboolean *readable)
{
  Opened *opened = g_task_get_task_data (G_TASK (result));

  *readable = opened->readable;
  return g_steal_pointer (&opened->backup);
}

static char *
explain_lock (const char *folder, const char *name)
{
  g_autofree char *holder = guise_project_lock_dup_holder (folder);

  /* Translators: the second one is "process 12 on host 'desk' since 2026-05-04 12:30" */
  return g_strdup_printf (_ ("“%s” is in use by another program (%s). Close it there first, or "
                             "open it for reading only."),
                          name, holder);
}

char *
guise_open_explain (const GError *error, const char *folder)
{
  g_autofree char *name = g_filename_display_basename (folder);
  const char *format = _ ("“%s” cannot be opened.");

  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT))
    format = _ ("The folder “%s” holds no Guise project. To use pictures from it, import it as "
                "a data set.");
  else if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NEWER))
    format = _ ("“%s” was made by a newer version of Guise. It was left as it is.");
  else if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED))
    format = _ ("The database of “%s” is damaged. It was left as it is.");
  else if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY))
    format = _ ("“%s” must be written to before it can be read, and nothing can be written in its "
                "folder. Copy it elsewhere and open the copy.");
  else if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED))
    return explain_lock (folder, name);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  return g_strdup_printf (format, name); /* each of the formats above has one %s */
#pragma GCC diagnostic pop
}
