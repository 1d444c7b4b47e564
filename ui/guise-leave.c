#include "guise-leave.h"

#include "guise-dialogs.h"

#include <glib/gi18n.h>
#include <string.h>

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);
  GPtrArray *entries = g_task_get_task_data (task);
  GuiseLeave leave = GUISE_LEAVE_STAY;

  if (g_strcmp0 (answer, "keep") == 0)
    leave = GUISE_LEAVE_KEEP;
  if (g_strcmp0 (answer, "stop") == 0) {
    leave = GUISE_LEAVE_STOP;
    for (guint i = 0; i < entries->len; i++)
      guise_job_entry_stop (entries->pdata[i]);
  }
  g_task_return_int (task, leave);
}

static char *
create_heading (GPtrArray *entries)
{
  if (entries->len == 1)
    return g_strdup_printf (_ ("Still running: %s"), guise_job_entry_get_name (entries->pdata[0]));
  return g_strdup_printf (ngettext ("%u job is running", "%u jobs are running", entries->len),
                          entries->len);
}

/* Several are named; what stopping means depends on what runs. */
static char *
create_body (GPtrArray *entries)
{
  GString *body = g_string_new (NULL);
  gboolean trains = FALSE, makes = FALSE;

  for (guint i = 0; i < entries->len; i++) {
    if (entries->len > 1)
      g_string_append_printf (body, "%s\n", guise_job_entry_get_name (entries->pdata[i]));
    if (guise_job_entry_outlives (entries->pdata[i]))
      trains = TRUE;
    else
      makes = TRUE;
  }
  if (entries->len > 1)
    g_string_append_c (body, '\n');
  g_string_append (body, _ ("It can go on without the window."));
  if (trains)
    g_string_append_printf (body, " %s",
                            _ ("A training that is stopped writes a checkpoint, a caption job "
                               "keeps its answers, and both can be resumed later."));
  if (makes)
    g_string_append_printf (body, " %s",
                            trains ? _ ("Other work that is stopped leaves nothing half made and "
                                        "can be started again.")
                                   : _ ("If it is stopped, nothing half made stays, and it can be "
                                        "started again."));
  return g_string_free (body, FALSE);
}

gboolean
guise_leave_ask_async (GtkWindow *window, GuiseJobList *jobs, GAsyncReadyCallback callback,
                       gpointer data)
{
  const GuiseDialogButton answers[] = {
    { "cancel", _ ("_Cancel") },
    { "stop", _ ("_Stop Safely") },
    { "keep", _ ("_Keep Running"), .suggested = TRUE },
    { NULL },
  };
  g_autoptr (GPtrArray) entries = guise_job_list_create_own (jobs);
  g_autofree char *heading = NULL, *body = NULL;
  GTask *task;

  if (entries->len == 0)
    return FALSE;
  heading = create_heading (entries);
  body = create_body (entries);
  task = g_task_new (window, NULL, callback, data);
  g_task_set_task_data (task, g_steal_pointer (&entries), (GDestroyNotify)g_ptr_array_unref);
  guise_dialogs_ask_async (window, heading, body, answers, NULL, answered, task);
  return TRUE;
}

GuiseLeave
guise_leave_ask_finish (GAsyncResult *result)
{
  return g_task_propagate_int (G_TASK (result), NULL);
}
