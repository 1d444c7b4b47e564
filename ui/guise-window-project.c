/* The project of the window: opening it, what is offered where that fails, its copies, closing. */
#include "guise-caption-consent.h"
#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-project-copies.h"
#include "guise-rescue.h"
#include "guise-settings.h"
#include "guise-url.h"
#include "guise-window-private.h"

#include <glib/gi18n.h>
#include <string.h>

static void
set_enabled (GuiseWindow *self, const char *action, gboolean enabled)
{
  GAction *found = g_action_map_lookup_action (G_ACTION_MAP (self), action);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (found), enabled);
}

/* ---- opening and closing -------------------------------------------------------------------- */

static void start_opening (GuiseWindow *self);

static void
close_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  guise_project_make_copies (data, TRUE, NULL, NULL); /* what fails is tried again next time */
  guise_project_close (data);
  g_task_return_boolean (task, TRUE);
}

/* A project is opened after all others are closed: it may be the same one. */
void
guise_window_project_gone (GuiseWindow *self)
{
  if (--self->n_closing > 0)
    return;
  if (self->closing)
    gtk_window_destroy (GTK_WINDOW (self));
  else if (self->to_open != NULL)
    start_opening (self);
}

static void
project_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseWindow) self = data;

  guise_window_project_gone (self);
}

static void
copies_made (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseWindow) self = data;
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    guise_banner_hide (self->banner, "copies");
  else if (self->project != NULL)
    guise_banner_show (self->banner, "copies",
                       _ ("No backup of this project could be made. What is typed is "
                          "stored all the same."),
                       error->message);
}

static void
make_copies_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (guise_project_make_copies (data, FALSE, cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* The day's copies, of a project that is open for longer than that. */
static void
activate_make_copies (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autoptr (GTask) task = NULL;

  if (self->project == NULL)
    return;
  task = g_task_new (NULL, NULL, copies_made, g_object_ref (self));
  g_task_set_task_data (task, g_object_ref (self->project), g_object_unref);
  g_task_run_in_thread (task, make_copies_in_thread);
}

static gboolean
an_hour_has_passed (gpointer data)
{
  g_action_group_activate_action (data, "make-copies", NULL);
  return G_SOURCE_CONTINUE;
}

/* Takes the project away from the window and closes it on a worker. */
void
guise_window_take_project_away (GuiseWindow *self)
{
  g_autoptr (GuiseProject) project = g_steal_pointer (&self->project);
  g_autoptr (GTask) task = NULL;

  guise_undo_set_store (self->undo, NULL);
  guise_window_remove_pages (self);
  guise_banner_hide (self->banner, NULL);
  self->n_closing++;
  task = g_task_new (NULL, NULL, project_closed, g_object_ref (self));
  g_task_set_task_data (task, g_steal_pointer (&project), g_object_unref);
  g_task_run_in_thread (task, close_in_thread);
}

/* A folder's name may have line feeds, a title is one line. */
#define MAX_NAME_CHARS 200

/* With a project the switcher has the middle of the header bar and the project's name the start. */
static void
show_title (GuiseWindow *self)
{
  gboolean any = self->project != NULL;
  const char *name = any ? guise_project_get_name (self->project) : "Guise";
  g_autofree char *plain = guise_format_excerpt (name, MAX_NAME_CHARS);
  g_autofree char *title = any ? g_strdup_printf (_ ("%s – Guise"), plain) : g_strdup (name);

  gtk_window_set_title (GTK_WINDOW (self), title);
  adw_window_title_set_title (self->title, plain);
  adw_window_title_set_subtitle (self->title, any ? self->subtitle : "");
  gtk_label_set_text (self->project_name, plain);
  gtk_label_set_text (self->project_subtitle, any ? self->subtitle : "");
  gtk_stack_set_visible_child_name (self->title_stack, any ? "switcher" : "title");
  gtk_widget_set_visible (self->project_title, any);
}

void
guise_window_show_state (GuiseWindow *self, const char *state)
{
  gboolean any = self->project != NULL;

  show_title (self);
  gtk_stack_set_visible_child_name (self->main_stack, state);
  set_enabled (self, "close-project", any);
  set_enabled (self, "show-folder", any);
  set_enabled (self, "search", any);
  if (strcmp (state, "welcome") == 0) /* the keyboard was on a page that has gone */
    gtk_widget_child_focus (GTK_WIDGET (self->welcome), GTK_DIR_TAB_FORWARD);
}

/* Why nothing can be changed. */
static const char *
explain_reading (GuiseProjectMode mode)
{
  switch (mode) {
  case GUISE_PROJECT_SALVAGE:
    return _ ("This project’s database is damaged. What can still be read is shown; nothing can be "
              "changed.");
  case GUISE_PROJECT_READ_ONLY:
    return _ ("This project is open for reading only: another program uses it.");
  default:
    return _ ("Nothing can be written in this project’s folder. It can be read and searched, but "
              "not changed.");
  }
}

/* ---- where pictures may go ------------------------------------------------------------------ */

static void
set_subtitle (GuiseWindow *self, const char *hosts)
{
  g_autofree char *reach = hosts != NULL ? g_strdup_printf (_ ("pictures may go to %s"), hosts)
                                         : g_strdup (_ ("local only"));

  g_free (self->subtitle);
  self->subtitle = g_strdup_printf ("%s · %s", self->datasets, reach);
  show_title (self);
}

typedef struct {
  GuiseWindow *window;
  GuiseProject *project;
} Asked;

static void
hosts_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Asked *asked = data;
  g_autoptr (GuiseWindow) self = asked->window;
  g_autoptr (GuiseProject) project = asked->project;
  g_autoptr (GError) error = NULL;
  g_autofree char *hosts = guise_caption_consent_read_hosts_finish (result, &error);

  g_free (asked);
  if (self->project == project)
    set_subtitle (self, error == NULL ? hosts : _ ("other machines (it cannot be read which)"));
}

static void
read_hosts (GuiseWindow *self)
{
  Asked *asked = g_new (Asked, 1);

  asked->window = g_object_ref (self);
  asked->project = g_object_ref (self->project);
  guise_caption_consent_read_hosts_async (guise_project_get_store (self->project), NULL,
                                          hosts_read, asked);
}

static void
settings_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseWindow *self)
{
  for (guint i = 0; i < change->settings->len; i++)
    if (g_str_has_prefix (change->settings->pdata[i], GUISE_CONSENT_PREFIX)
        && self->project != NULL && guise_project_get_store (self->project) == store) {
      read_hosts (self);
      return;
    }
}

static void
use_project (GuiseWindow *self, GuiseProject *project, const char *folder, const char *datasets)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autofree char *place = NULL;

  self->project = g_object_ref (project);
  guise_undo_set_store (self->undo, store);
  g_free (self->datasets);
  self->datasets = guise_format_plain (datasets);
  set_subtitle (self, NULL);
  g_signal_connect_object (store, "changed", G_CALLBACK (settings_changed), self, 0);
  read_hosts (self);
  place = g_filename_display_name (folder);
  gtk_widget_set_tooltip_text (self->project_title, place);
  guise_settings_set_path (GUISE_SETTING_LAST_PROJECT, folder);
  guise_settings_add_recent (folder);
  guise_window_add_pages (self);
  guise_window_show_state (self, "project");
  if (guise_store_is_read_only (store))
    guise_banner_show (self->banner, "state", explain_reading (self->open_mode), NULL);
  else if (guise_store_is_on_network (store))
    guise_banner_show (self->banner, "state",
                       _ ("This project lies on a network folder. Saving is slower there, and only "
                          "one program may use it."),
                       NULL);
}

static void open_folder (GuiseWindow *self, const char *folder, GuiseProjectMode mode);

static void
show_refusal (GuiseWindow *self)
{
  g_autofree char *sentence = guise_open_explain (self->refusal, self->refused);

  guise_banner_show (self->banner, "open", sentence, self->refusal->message);
}

static void
rescued (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseWindow) self = data;
  g_autofree char *folder = NULL;
  g_autoptr (GError) error = NULL;
  GuiseRescue answer = guise_rescue_finish (result, &error);

  if (self->closing || self->refused == NULL)
    return;
  if (error != NULL)
    guise_banner_show (self->banner, "open", _ ("The backup could not be restored."),
                       error->message);
  else if (answer == GUISE_RESCUE_LEAVE)
    show_refusal (self);
  folder = g_steal_pointer (&self->refused);
  if (answer != GUISE_RESCUE_LEAVE)
    open_folder (self, folder,
                 answer == GUISE_RESCUE_READ ? GUISE_PROJECT_SALVAGE : GUISE_PROJECT_READ_WRITE);
}

/* Says why, or asks what can be done about it. */
static void
refuse_project (GuiseWindow *self, GAsyncResult *result, const GError *error)
{
  const char *folder = guise_open_get_folder (result);
  gboolean locked = g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
  gboolean damaged = g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);

  guise_window_show_state (self, "welcome");
  guise_welcome_page_refresh (self->welcome);
  guise_settings_set_path (GUISE_SETTING_LAST_PROJECT, NULL);
  g_free (self->refused);
  self->refused = g_strdup (folder);
  g_clear_error (&self->refusal);
  self->refusal = g_error_copy (error);
  if (damaged && !self->closing && self->open_mode != GUISE_PROJECT_SALVAGE) {
    gboolean readable;
    g_autoptr (GuiseBackup) backup = guise_open_take_backup (result, &readable);

    guise_rescue_async (GTK_WINDOW (self), folder, backup, readable, rescued,
                        g_object_ref (self));
    return;
  }
  show_refusal (self);
  if (locked)
    guise_banner_set_action (self->banner, "open", _ ("Open _Read-Only"), "win.open-refused");
}

static void
activate_open_refused (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autofree char *folder = g_steal_pointer (&self->refused);

  if (folder != NULL)
    open_folder (self, folder, GUISE_PROJECT_READ_ONLY);
}

static void
project_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseWindow) self = data;
  g_autofree char *datasets = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = guise_open_finish (result, &datasets, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (project == NULL)
    refuse_project (self, result, error);
  else if (!self->closing)
    use_project (self, project, guise_open_get_folder (result), datasets);
  g_signal_emit_by_name (self, "opened");
}

static void
start_opening (GuiseWindow *self)
{
  g_autofree char *folder = g_steal_pointer (&self->to_open);

  guise_open_async (folder, self->open_mode, self->opening, project_opened, g_object_ref (self));
}

static void
open_folder (GuiseWindow *self, const char *folder, GuiseProjectMode mode)
{
  g_autofree char *name = g_filename_display_basename (folder), *plain = NULL, *text = NULL;

  if (self->project != NULL)
    guise_window_take_project_away (self);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  self->open_mode = mode;
  guise_banner_hide (self->banner, NULL);
  plain = guise_format_plain (name);
  text = g_strdup_printf (_ ("Opening “%s”…"), plain);
  gtk_label_set_text (self->opening_label, text);
  guise_window_show_state (self, "opening");
  g_free (self->to_open);
  self->to_open = g_strdup (folder);
  if (self->n_closing == 0)
    start_opening (self);
}

static void
open_kept (GuiseWindow *self)
{
  g_autofree char *folder = g_steal_pointer (&self->to_open_kept);

  open_folder (self, folder, GUISE_PROJECT_READ_WRITE);
}

void
guise_window_open_project (GuiseWindow *self, const char *folder)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);

  if (self->project != NULL && g_str_equal (path, guise_project_get_folder (self->project)))
    return; /* it is open: what runs in it goes on */
  if (self->asking && self->project != NULL)
    return; /* a question of a window that closes stands before it */
  g_free (self->to_open_kept);
  self->to_open_kept = g_steal_pointer (&path);
  if (!guise_window_keep_texts (self, open_kept))
    open_kept (self);
}

static void
close_kept (GuiseWindow *self)
{
  guise_window_take_project_away (self);
  guise_settings_set_path (GUISE_SETTING_LAST_PROJECT, NULL);
  guise_welcome_page_refresh (self->welcome);
  guise_window_show_state (self, "welcome");
}

void
guise_window_close_project (GuiseWindow *self)
{
  if (self->project != NULL && !guise_window_keep_texts (self, close_kept))
    close_kept (self);
}

static void
activate_close_project (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_window_close_project (data);
}

static void
folder_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GFile) folder = guise_dialogs_choose_folder_finish (result, NULL);
  g_autofree char *path = folder ? g_file_get_path (folder) : NULL;

  if (path != NULL)
    guise_window_open_project (GUISE_WINDOW (source), path);
}

static void
activate_open (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autofree char *parent = NULL;

  if (self->project != NULL)
    parent = g_path_get_dirname (guise_project_get_folder (self->project));
  guise_dialogs_choose_folder_async (GTK_WINDOW (self), _ ("Open a Project"), _ ("_Open"), parent,
                                     NULL, folder_chosen, NULL);
}

static void
activate_open_path (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_window_open_project (data, g_variant_get_bytestring (parameter));
}

static void
activate_show_folder (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autofree char *uri = NULL;

  if (self->project == NULL)
    return;
  uri = g_filename_to_uri (guise_project_get_folder (self->project), NULL, NULL);
  gtk_show_uri (GTK_WINDOW (self), uri, GDK_CURRENT_TIME);
}

static const GActionEntry actions[] = {
  { "open", activate_open },
  { "open-path", activate_open_path, "ay" },
  { "open-refused", activate_open_refused },
  { "make-copies", activate_make_copies },
  { "close-project", activate_close_project },
  { "show-folder", activate_show_folder },
};

void
guise_window_set_up_project (GuiseWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  self->hourly = g_timeout_add_seconds (60 * 60, an_hour_has_passed, self);
}
