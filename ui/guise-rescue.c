#include "guise-rescue.h"

#include "guise-dialogs.h"
#include "guise-project-copies.h"
#include "guise-project-remains.h"

#include <glib/gi18n.h>
#include <string.h>

typedef struct {
  char *folder;
  char *backup; /* or NULL */
} Rescue;

static void
rescue_free (Rescue *rescue)
{
  g_free (rescue->folder);
  g_free (rescue->backup);
  g_free (rescue);
}

static void
restore_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Rescue *rescue = data;
  GError *error = NULL;

  if (guise_project_restore (rescue->folder, rescue->backup, cancellable, &error))
    g_task_return_int (task, GUISE_RESCUE_RESTORED);
  else
    g_task_return_error (task, error);
}

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);

  if (g_strcmp0 (answer, "restore") == 0)
    g_task_run_in_thread (task, restore_in_thread);
  else
    g_task_return_int (task, g_strcmp0 (answer, "read") == 0 ? GUISE_RESCUE_READ
                                                             : GUISE_RESCUE_LEAVE);
}

/* What there is, and when it was made. */
static char *
describe_backup (const GuiseBackup *backup, gboolean is_gone)
{
  g_autoptr (GDateTime) time = backup ? g_date_time_new_from_unix_local (backup->created) : NULL;
  g_autofree char *when = time != NULL ? g_date_time_format (time, "%x %H:%M") : NULL;
  g_autofree char *what = NULL;

  if (when == NULL)
    return g_strdup (_ ("There is no good backup of it. If there is a copy of the folder "
                        "elsewhere, open that one; else import the pictures into a new project."));
  if (guise_project_is_copy (backup))
    what = g_strdup_printf (_ ("There is no good backup, but a copy of the captions as text, made "
                               "on %s. Restoring it brings back the captions as they were then."),
                            when);
  else
    what = g_strdup_printf (_ ("The newest good backup was made on %s. Restoring it brings back "
                               "the captions as they were then."),
                            when);
  if (is_gone)
    return g_steal_pointer (&what);
  return g_strconcat (what, " ",
                      _ ("The damaged database is kept beside it, as guise.db.before-restore."),
                      NULL);
}

static char *
describe (const GuiseBackup *backup, gboolean readable, gboolean is_gone)
{
  g_autofree char *what = describe_backup (backup, is_gone);

  if (is_gone)
    return g_steal_pointer (&what);
  if (!readable)
    return g_strconcat (what, " ", _ ("Nothing in the database itself can be read any more."),
                        NULL);
  return g_strconcat (what, " ",
                      _ ("You can look at what is still readable; nothing is changed then."), NULL);
}

void
guise_rescue_async (GtkWindow *parent, const char *folder, const GuiseBackup *backup,
                    gboolean readable, GAsyncReadyCallback callback, gpointer data)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Rescue *rescue = g_new0 (Rescue, 1);
  g_autofree char *name = g_filename_display_basename (folder);
  g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
  gboolean is_gone = !g_file_test (database, G_FILE_TEST_EXISTS);
  g_autofree char *heading = g_strdup_printf (is_gone ? _ ("The database of “%s” is gone")
                                                      : _ ("The database of “%s” is damaged"),
                                              name);
  g_autofree char *body = describe (backup, readable, is_gone);
  GuiseDialogButton answers[4] = { { "leave", _ ("_Close") } };
  guint n = 1;

  if (readable)
    answers[n++] = (GuiseDialogButton){ "read", _ ("Open _Read-Only") };
  if (backup != NULL)
    answers[n++] = (GuiseDialogButton){ "restore",
                                        guise_project_is_copy (backup) ? _ ("_Restore Captions")
                                                                       : _ ("_Restore Backup"),
                                        .suggested = TRUE };
  rescue->folder = g_strdup (folder);
  rescue->backup = backup != NULL ? g_strdup (backup->path) : NULL;
  g_task_set_task_data (task, rescue, (GDestroyNotify)rescue_free);
  guise_dialogs_ask_async (parent, heading, body, answers, NULL, answered, task);
}

GuiseRescue
guise_rescue_finish (GAsyncResult *result, GError **error)
{
  gssize answer = g_task_propagate_int (G_TASK (result), error);

  return answer >= 0 ? (GuiseRescue)answer : GUISE_RESCUE_LEAVE;
}
