/* Using a run for search: its index is made, the project's setting names it, and the search is
 * shown. */
#include "guise-train-page-private.h"

#include "guise-format.h"

#include <glib/gi18n.h>

gboolean
guise_train_page_is_embedding (GuiseTrainPage *self)
{
  return self->embedding != NULL && guise_job_is_active (self->embedding);
}

typedef struct {
  GuiseStore *store;
  char *run;
} Choice;

static void
choice_free (Choice *choice)
{
  g_object_unref (choice->store);
  g_free (choice->run);
  g_free (choice);
}

static void
set_run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Choice *choice = data;
  GError *error = NULL;

  if (guise_store_set_setting (choice->store, GUISE_SETTING_SEARCH_RUN, choice->run, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
run_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrainPage) self = data;
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "search");
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    guise_page_report (GUISE_PAGE (self), "use",
                       _ ("The search still uses the run it used before."), error);
}

static void
start_using (GuiseTrainPage *self)
{
  g_autoptr (GTask) task = g_task_new (NULL, guise_page_get_cancellable (GUISE_PAGE (self)),
                                       run_set, g_object_ref (self));
  Choice *choice = g_new0 (Choice, 1);

  choice->store = g_object_ref (guise_page_get_store (GUISE_PAGE (self)));
  choice->run = g_strdup (self->embedded_run);
  g_task_set_task_data (task, choice, (GDestroyNotify)choice_free);
  g_task_run_in_thread (task, set_run_in_thread);
}

static void
embedding_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseTrainPage *self)
{
  g_autofree char *count = guise_format_count (done), *all = guise_format_count (total);
  g_autofree char *left = guise_format_time_left (eta), *text = NULL;

  text = g_strdup_printf (_ ("Embedding pictures with “%s”, %s of %s"), self->embedded_run, count,
                          all);
  if (*left != '\0') {
    char *longer = g_strdup_printf ("%s · %s", text, left);

    g_free (text);
    text = longer;
  }
  guise_run_pane_set_task (self->pane, text, total > 0 ? (double)done / total : -1);
}

static void
embedding_finished (GuiseJob *job, GuiseTrainPage *self)
{
  if (job != self->embedding)
    return;
  guise_run_pane_set_task (self->pane, NULL, 0);
  guise_train_page_update_actions (self);
  if (guise_job_get_state (job) == GUISE_JOB_FAILED)
    guise_page_report (GUISE_PAGE (self), "use", _ ("The pictures could not be embedded."),
                       guise_job_get_error (job));
  if (guise_job_get_state (job) == GUISE_JOB_DONE)
    start_using (self);
}

static void
activate_use (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseTrainPage *self = data;
  const char *folder = guise_project_get_folder (guise_page_get_project (GUISE_PAGE (self)));
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (self->current == NULL || guise_train_page_is_embedding (self))
    return;
  g_free (self->embedded_run);
  self->embedded_run = g_strdup (guise_train_run_get_name (self->current));
  g_clear_object (&self->embedding);
  guise_page_clear_report (GUISE_PAGE (self), "use");
  self->embedding = guise_job_new (
      (const char *[]){ "embed", "--project", folder, "--run", self->embedded_run, NULL },
      GUISE_JOB_DEFAULT);
  g_signal_connect_object (self->embedding, "progress", G_CALLBACK (embedding_progress), self, 0);
  g_signal_connect_object (self->embedding, "finished", G_CALLBACK (embedding_finished), self, 0);
  if (!guise_job_start (self->embedding, &error)) {
    guise_page_report (GUISE_PAGE (self), "use", _ ("The pictures could not be embedded."), error);
    return;
  }
  text = g_strdup_printf (_ ("Embedding pictures with “%s”"), self->embedded_run);
  guise_page_add_job (GUISE_PAGE (self), text, self->embedding);
  guise_run_pane_set_task (self->pane, text, 0);
  guise_train_page_update_actions (self);
}

static void
activate_stop_embedding (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseTrainPage *self = data;

  if (self->embedding != NULL)
    guise_job_cancel (self->embedding);
}

static const GActionEntry actions[] = {
  { "use-run", activate_use },
  { "stop-embedding", activate_stop_embedding },
};

void
guise_train_page_set_up_use (GuiseTrainPage *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (guise_page_get_actions (GUISE_PAGE (self))),
                                   actions, G_N_ELEMENTS (actions), self);
}
