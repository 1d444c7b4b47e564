#include "guise-leave.h"

#include "guise-dialogs.h"
#include "guise-page.h"

#include <glib/gi18n.h>
#include <string.h>

static GuisePage *
get_page (GListModel *model, guint position)
{
  g_autoptr (AdwViewStackPage) item = g_list_model_get_item (model, position);

  return GUISE_PAGE (adw_view_stack_page_get_child (item)); /* the stack keeps it */
}

/* The first page's work, to be freed; NULL = none. */
static char *
find_work (GListModel *model)
{
  char *work = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (model) && work == NULL; i++)
    work = guise_page_get_work (get_page (model, i));
  return work;
}

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autofree char *answer = guise_dialogs_ask_finish (result, NULL);
  GListModel *model = g_task_get_task_data (task);

  if (g_strcmp0 (answer, "stop") == 0)
    for (guint i = 0; i < g_list_model_get_n_items (model); i++)
      guise_page_stop_work (get_page (model, i));
  g_task_return_boolean (task, answer != NULL && strcmp (answer, "cancel") != 0);
}

gboolean
guise_leave_ask_async (GtkWindow *window, AdwViewStack *pages, GAsyncReadyCallback callback,
                       gpointer data)
{
  const GuiseAnswer answers[] = {
    { "cancel", _ ("_Cancel") },
    { "stop", _ ("_Stop Safely") },
    { "keep", _ ("_Keep Running"), .suggested = TRUE },
    { NULL },
  };
  g_autoptr (GtkSelectionModel) model = adw_view_stack_get_pages (pages);
  g_autofree char *work = find_work (G_LIST_MODEL (model));
  GTask *task;

  if (work == NULL)
    return FALSE;
  task = g_task_new (window, NULL, callback, data);
  g_task_set_task_data (task, g_steal_pointer (&model), g_object_unref);
  guise_dialogs_ask_async (window, work,
                           _ ("It can go on without the window. If it is stopped, it writes a "
                              "checkpoint and can be resumed later."),
                           answers, NULL, answered, task);
  return TRUE;
}

gboolean
guise_leave_ask_finish (GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}
