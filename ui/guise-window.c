#include "guise-window.h"

#include "guise-banner.h"
#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-jobs-button.h"
#include "guise-leave.h"
#include "guise-library-page.h"
#include "guise-open.h"
#include "guise-project-copies.h"
#include "guise-rescue.h"
#include "guise-search-page.h"
#include "guise-session.h"
#include "guise-settings.h"
#include "guise-train-page.h"
#include "guise-undo.h"
#include "guise-welcome-page.h"

#include <glib/gi18n.h>
#include <string.h>

/* The pages in the order of the view switcher and of Alt+1… */
static GType (*const page_types[]) (void) = {
  guise_library_page_get_type,
  guise_train_page_get_type,
  guise_search_page_get_type,
};

struct _GuiseWindow {
  AdwApplicationWindow parent_instance;

  GtkStack *title_stack;
  AdwWindowTitle *title;
  GtkWidget *project_title;
  GtkLabel *project_name;
  GtkLabel *project_subtitle;
  GtkBox *header_end;
  GuiseJobsButton *jobs_button;
  GtkMenuButton *menu_button;
  GuiseBanner *banner;
  AdwToastOverlay *toasts;
  GtkStack *main_stack;
  GuiseWelcomePage *welcome;
  GtkLabel *opening_label;
  AdwViewStack *pages;

  GuiseJobList *jobs;
  guint inhibition; /* of the session's end while jobs run, 0 = none */
  GuiseUndo *undo;
  AdwToast *offer; /* the one that offers to undo or redo, while it is shown; borrowed */
  gboolean offer_undoes;
  GuiseProject *project;
  GuiseSession *session; /* of the project */
  GuisePage *current;    /* borrowed from the view stack */
  char *subtitle;        /* of the project: its data, and where texts may be sent */
  GCancellable *opening;
  guint hourly;  /* looks whether the day's copies are due */
  char *to_open; /* the folder to open next, or NULL */
  GuiseProjectMode open_mode;
  char *refused;   /* the folder that was not opened, while something is offered instead */
  GError *refusal; /* why */
  guint n_closing; /* projects that are being closed, and the welcome page's work */
  gboolean closing;
  gboolean asking;    /* the question about running work is open */
  gboolean may_leave; /* it was answered */
  gboolean waiting;   /* hidden; closes when the jobs that end with it are done */
};

enum {
  SIGNAL_OPENED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseWindow, guise_window, ADW_TYPE_APPLICATION_WINDOW)

static void
set_enabled (GuiseWindow *self, const char *action, gboolean enabled)
{
  GAction *found = g_action_map_lookup_action (G_ACTION_MAP (self), action);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (found), enabled);
}

/* text is plain; toasts read markup. */
static AdwToast *
show_toast (GuiseWindow *self, const char *text, const char *button, const char *action)
{
  g_autofree char *plain = guise_format_plain (text);
  g_autofree char *escaped = g_markup_escape_text (plain, -1);
  AdwToast *toast = adw_toast_new (escaped);

  if (button != NULL) {
    adw_toast_set_button_label (toast, button);
    adw_toast_set_action_name (toast, action);
  }
  adw_toast_overlay_add_toast (self->toasts, toast);
  return toast;
}

/* ---- undo and redo -------------------------------------------------------------------------- */

static void
before_undo (GuiseUndo *undo, GuiseWindow *self)
{
  if (self->current != NULL)
    guise_page_flush (self->current);
}

static void
offer_gone (AdwToast *toast, GuiseWindow *self)
{
  if (self->offer == toast)
    self->offer = NULL;
}

static void
withdraw_offer (GuiseWindow *self)
{
  if (self->offer != NULL)
    adw_toast_dismiss (self->offer);
}

/* A button of these toasts means the last change, whatever it was: there is one of them at most. */
static void
show_offer (GuiseWindow *self, const char *text, gboolean undo)
{
  withdraw_offer (self);
  self->offer_undoes = undo;
  self->offer
      = show_toast (self, text, undo ? _ ("_Undo") : _ ("_Redo"), undo ? "win.undo" : "win.redo");
  g_signal_connect_object (self->offer, "dismissed", G_CALLBACK (offer_gone), self, 0);
}

static void
undo_done (GuiseUndo *undo, const char *text, gboolean redone, gint64 image_id, GuiseWindow *self)
{
  guise_banner_hide (self->banner, "undo");
  show_offer (self, text, redone);
  if (self->current != NULL && image_id != 0)
    guise_page_show_image (self->current, image_id);
}

static void
undo_failed (GuiseUndo *undo, const char *sentence, const char *details, GuiseWindow *self)
{
  if (details == NULL)
    show_toast (self, sentence, NULL, NULL);
  else
    guise_banner_show (self->banner, "undo", sentence, details);
}

static void
set_up_undo (GuiseWindow *self)
{
  GMenuModel *menu = gtk_menu_button_get_menu_model (self->menu_button);

  self->undo = guise_undo_new (G_ACTION_MAP (self), "win");
  g_menu_prepend_section (G_MENU (menu), NULL, guise_undo_get_menu (self->undo));
  g_signal_connect_object (self->undo, "before", G_CALLBACK (before_undo), self, 0);
  g_signal_connect_object (self->undo, "done", G_CALLBACK (undo_done), self, 0);
  g_signal_connect_object (self->undo, "failed", G_CALLBACK (undo_failed), self, 0);
}

/* ---- pages ---------------------------------------------------------------------------------- */

static void
page_toast (GuisePage *page, const char *text, gboolean with_undo, GuiseWindow *self)
{
  if (text == NULL)
    withdraw_offer (self);
  else if (!with_undo)
    show_toast (self, text, NULL, NULL);
  else if (self->offer == NULL || !self->offer_undoes) /* who types on does not see it blink */
    show_offer (self, text, TRUE);
}

static void
page_report (GuisePage *page, const char *cause, const char *sentence, const char *details,
             GuiseWindow *self)
{
  g_autofree char *whole = g_strdup_printf ("%s/%s", guise_page_get_name (page), cause);

  if (sentence != NULL)
    guise_banner_show (self->banner, whole, sentence, details);
  else
    guise_banner_hide (self->banner, whole);
}

static void
add_job (GObject *source, const char *name, GuiseJob *job, GuiseWindow *self)
{
  guise_job_list_add (self->jobs, name, job);
}

static void
visible_page_changed (AdwViewStack *stack, GParamSpec *spec, GuiseWindow *self)
{
  GtkWidget *child = adw_view_stack_get_visible_child (stack);
  GuisePage *page = child ? GUISE_PAGE (child) : NULL;

  if (page == self->current)
    return;
  if (self->current != NULL)
    guise_page_flush (self->current);
  self->current = page;
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page",
                                  page ? G_ACTION_GROUP (guise_page_get_actions (page)) : NULL);
  if (page != NULL) {
    guise_session_set_shown (self->session, guise_page_get_name (page));
    guise_page_shown (page);
  }
}

static gboolean
is_in_page (GuiseWindow *self, GtkWidget *focus)
{
  return focus != NULL && self->current != NULL
         && (focus == GTK_WIDGET (self->current)
             || gtk_widget_is_ancestor (focus, GTK_WIDGET (self->current)));
}

static void
focus_changed (GuiseWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (is_in_page (self, focus))
    guise_page_note_focus (self->current, focus);
}

/* Who asked for a page by a key or a button wants to be in it, not on the switcher. */
static void
enter_page (GuiseWindow *self)
{
  if (self->current != NULL && gtk_widget_get_mapped (GTK_WIDGET (self->current))
      && !is_in_page (self, gtk_window_get_focus (GTK_WINDOW (self))))
    guise_page_take_focus (self->current);
}

static void
add_pages (GuiseWindow *self)
{
  g_autofree char *shown = NULL;

  self->session = guise_session_begin (guise_project_get_folder (self->project));
  shown = g_strdup (guise_session_get_shown (self->session));
  for (size_t i = 0; i < G_N_ELEMENTS (page_types); i++) {
    GuisePage *page = guise_page_new (page_types[i](), self->project);

    g_signal_connect_object (page, "toast", G_CALLBACK (page_toast), self, 0);
    g_signal_connect_object (page, "report", G_CALLBACK (page_report), self, 0);
    g_signal_connect_object (page, "job", G_CALLBACK (add_job), self, 0);
    guise_session_add_page (self->session, page);
    adw_view_stack_add_titled_with_icon (self->pages, GTK_WIDGET (page), guise_page_get_name (page),
                                         guise_page_get_title (page),
                                         guise_page_get_icon_name (page));
  }
  if (shown != NULL)
    guise_window_show_page (self, shown);
}

static void
remove_pages (GuiseWindow *self)
{
  GtkWidget *child;

  if (self->current != NULL)
    guise_page_flush (self->current);
  /* GTK 4.8 would otherwise keep a page from whose inside it wants to move the keyboard's focus at
   * the next frame, which a window that closes never draws. */
  gtk_window_set_focus (GTK_WINDOW (self), NULL);
  guise_session_end (g_steal_pointer (&self->session));
  self->current = NULL;
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", NULL);
  g_signal_handlers_block_by_func (self->pages, visible_page_changed, self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->pages))) != NULL) {
    g_object_ref (child);
    adw_view_stack_remove (self->pages, child);
    g_object_run_dispose (G_OBJECT (child)); /* late answers may still hold it: stop its work now */
    g_object_unref (child);
  }
  g_signal_handlers_unblock_by_func (self->pages, visible_page_changed, self);
}

static void
activate_page (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_window_show_page (data, g_variant_get_string (parameter, NULL));
}

static void
activate_page_number (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;
  g_autoptr (GtkSelectionModel) model = adw_view_stack_get_pages (self->pages);
  guint number = g_variant_get_uint32 (parameter);

  if (number < g_list_model_get_n_items (G_LIST_MODEL (model)))
    gtk_selection_model_select_item (model, number, TRUE);
  enter_page (self);
}

static void
activate_search (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseWindow *self = data;

  if (self->current != NULL)
    guise_page_search (self->current);
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
static void
one_closed (GuiseWindow *self)
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

  one_closed (self);
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
static void
take_project_away (GuiseWindow *self)
{
  g_autoptr (GuiseProject) project = g_steal_pointer (&self->project);
  g_autoptr (GTask) task = NULL;

  guise_undo_set_store (self->undo, NULL);
  remove_pages (self);
  guise_banner_hide (self->banner, NULL);
  self->n_closing++;
  task = g_task_new (NULL, NULL, project_closed, g_object_ref (self));
  g_task_set_task_data (task, g_steal_pointer (&project), g_object_unref);
  g_task_run_in_thread (task, close_in_thread);
}

/* With several pages the switcher has the middle of the header bar and the project's name the
 * start; with one page the name has the middle. */
static void
show_title (GuiseWindow *self)
{
  gboolean any = self->project != NULL, many = G_N_ELEMENTS (page_types) > 1;
  const char *name = any ? guise_project_get_name (self->project) : "Guise";
  g_autofree char *plain = guise_format_plain (name);
  g_autofree char *title = any ? g_strdup_printf (_ ("%s – Guise"), plain) : g_strdup (name);

  gtk_window_set_title (GTK_WINDOW (self), title);
  adw_window_title_set_title (self->title, plain);
  adw_window_title_set_subtitle (self->title, any ? self->subtitle : "");
  gtk_label_set_text (self->project_name, plain);
  gtk_label_set_text (self->project_subtitle, any ? self->subtitle : "");
  gtk_stack_set_visible_child_name (self->title_stack, any && many ? "switcher" : "title");
  gtk_widget_set_visible (self->project_title, any && many);
}

static void
show_state (GuiseWindow *self, const char *state)
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

static void
use_project (GuiseWindow *self, GuiseProject *project, const char *folder, const char *datasets)
{
  GuiseStore *store = guise_project_get_store (project);
  g_autofree char *shown = NULL, *place = NULL;

  self->project = g_object_ref (project);
  guise_undo_set_store (self->undo, store);
  g_free (self->subtitle);
  shown = guise_format_plain (datasets);
  self->subtitle = g_strdup_printf ("%s · %s", shown, _ ("local only"));
  place = g_filename_display_name (folder);
  gtk_widget_set_tooltip_text (self->project_title, place);
  guise_settings_set_string (GUISE_SETTING_LAST_PROJECT, folder);
  guise_settings_add_recent (folder);
  add_pages (self);
  show_state (self, "project");
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

  show_state (self, "welcome");
  guise_welcome_page_refresh (self->welcome);
  guise_settings_set_string (GUISE_SETTING_LAST_PROJECT, "");
  g_free (self->refused);
  self->refused = g_strdup (folder);
  g_clear_error (&self->refusal);
  self->refusal = g_error_copy (error);
  if (damaged && !self->closing && self->open_mode != GUISE_PROJECT_SALVAGE) {
    g_autoptr (GuiseBackup) backup = guise_open_take_backup (result);

    guise_rescue_async (GTK_WINDOW (self), folder, backup, rescued, g_object_ref (self));
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
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
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
    take_project_away (self);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->opening = g_cancellable_new ();
  self->open_mode = mode;
  guise_banner_hide (self->banner, NULL);
  plain = guise_format_plain (name);
  text = g_strdup_printf (_ ("Opening “%s”…"), plain);
  gtk_label_set_text (self->opening_label, text);
  show_state (self, "opening");
  g_free (self->to_open);
  self->to_open = g_strdup (folder);
  if (self->n_closing == 0)
    start_opening (self);
}

void
guise_window_open_project (GuiseWindow *self, const char *folder)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);

  if (self->project != NULL && g_str_equal (path, guise_project_get_folder (self->project)))
    return; /* it is open: what runs in it goes on */
  open_folder (self, path, GUISE_PROJECT_READ_WRITE);
}

void
guise_window_close_project (GuiseWindow *self)
{
  if (self->project == NULL)
    return;
  take_project_away (self);
  guise_settings_set_string (GUISE_SETTING_LAST_PROJECT, "");
  guise_welcome_page_refresh (self->welcome);
  show_state (self, "welcome");
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

/* ---- the window itself ---------------------------------------------------------------------- */

static void
leave_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  GuiseWindow *self = GUISE_WINDOW (source);
  GuiseLeave leave = guise_leave_ask_finish (result);

  self->asking = FALSE;
  if (leave == GUISE_LEAVE_STAY)
    return;
  self->waiting = leave == GUISE_LEAVE_KEEP && guise_job_list_count_bound (self->jobs) > 0;
  if (self->waiting)
    gtk_widget_hide (GTK_WIDGET (self)); /* jobs_changed() closes it */
  else
    guise_window_leave (self);
}

/* Logging out asks first while jobs run. */
static void
inhibit (GuiseWindow *self, gboolean active)
{
  GtkApplication *application = gtk_window_get_application (GTK_WINDOW (self));

  if (application == NULL || active == (self->inhibition != 0))
    return;
  if (active) {
    self->inhibition
        = gtk_application_inhibit (application, GTK_WINDOW (self), GTK_APPLICATION_INHIBIT_LOGOUT,
                                   _ ("Jobs are running"));
  } else {
    gtk_application_uninhibit (application, self->inhibition);
    self->inhibition = 0;
  }
}

static gboolean
leave_now (gpointer data)
{
  g_autoptr (GuiseWindow) self = data;

  if (self->waiting && guise_job_list_count_bound (self->jobs) == 0)
    guise_window_leave (self);
  return G_SOURCE_REMOVE;
}

/* Not at once: whoever started the job has still to hear of its end. */
static void
jobs_changed (GuiseWindow *self)
{
  inhibit (self, guise_job_list_count_active (self->jobs) > 0);
  if (self->waiting && guise_job_list_count_bound (self->jobs) == 0)
    g_idle_add (leave_now, g_object_ref (self));
}

/* Somebody has asked for the window again. */
static void
guise_window_show (GtkWidget *widget)
{
  GUISE_WINDOW (widget)->waiting = FALSE;
  GTK_WIDGET_CLASS (guise_window_parent_class)->show (widget);
}

/* Writes what is typed, stops the welcome page's work, closes the project on a worker and only then
 * lets the window go. */
static gboolean
guise_window_close_request (GtkWindow *window)
{
  GuiseWindow *self = GUISE_WINDOW (window);

  if (self->closing || self->asking)
    return GDK_EVENT_STOP;
  /* GTK 4.8 still wants to show a tooltip over it when it has gone */
  guise_jobs_button_popdown (self->jobs_button);
  if (!self->may_leave && guise_leave_ask_async (window, self->jobs, leave_answered, NULL)) {
    self->asking = TRUE;
    return GDK_EVENT_STOP;
  }
  self->closing = TRUE;
  if (guise_welcome_page_stop (self->welcome)) {
    self->n_closing++; /* it still puts away what is half made */
    g_signal_connect_swapped (self->welcome, "stopped", G_CALLBACK (one_closed), self);
  }
  guise_settings_set_boolean (GUISE_SETTING_MAXIMIZED, gtk_window_is_maximized (window));
  if (!gtk_window_is_maximized (window)) {
    int width, height;

    gtk_window_get_default_size (window, &width, &height);
    guise_settings_set_int (GUISE_SETTING_WINDOW_WIDTH, width);
    guise_settings_set_int (GUISE_SETTING_WINDOW_HEIGHT, height);
  }
  if (self->project != NULL)
    take_project_away (self);
  if (self->n_closing == 0)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_hide (GTK_WIDGET (self));
  return GDK_EVENT_STOP; /* one_closed() destroys the window */
}

void
guise_window_leave (GuiseWindow *self)
{
  self->asking = FALSE;
  self->may_leave = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

static void
guise_window_dispose (GObject *object)
{
  GuiseWindow *self = GUISE_WINDOW (object);

  g_clear_handle_id (&self->hourly, g_source_remove);
  if (self->project != NULL)
    take_project_away (self);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_object (&self->undo);
  g_clear_object (&self->jobs);
  G_OBJECT_CLASS (guise_window_parent_class)->dispose (object);
}

static void
guise_window_finalize (GObject *object)
{
  g_free (GUISE_WINDOW (object)->subtitle);
  g_free (GUISE_WINDOW (object)->to_open);
  g_free (GUISE_WINDOW (object)->refused);
  g_clear_error (&GUISE_WINDOW (object)->refusal);
  G_OBJECT_CLASS (guise_window_parent_class)->finalize (object);
}

static void
guise_window_class_init (GuiseWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  g_type_ensure (GUISE_TYPE_JOBS_BUTTON);
  g_type_ensure (GUISE_TYPE_WELCOME_PAGE);
  G_OBJECT_CLASS (class)->dispose = guise_window_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_window_finalize;
  widget_class->show = guise_window_show;
  GTK_WINDOW_CLASS (class)->close_request = guise_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/guise/Guise/window.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, title_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, title);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, project_title);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, project_name);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, project_subtitle);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, header_end);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, jobs_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, main_stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, welcome);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, opening_label);
  gtk_widget_class_bind_template_child (widget_class, GuiseWindow, pages);
  signals[SIGNAL_OPENED] = g_signal_new ("opened", GUISE_TYPE_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 0);
}

static void activate_remember (GSimpleAction *action, GVariant *parameter, gpointer data);

static void
activate_jobs (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_jobs_button_popup (GUISE_WINDOW (data)->jobs_button);
}

static const GActionEntry actions[] = {
  { "page", activate_page, "s" },
  { "page-number", activate_page_number, "u" },
  { "search", activate_search },
  { "open", activate_open },
  { "open-path", activate_open_path, "ay" },
  { "open-refused", activate_open_refused },
  { "make-copies", activate_make_copies },
  { "close-project", activate_close_project },
  { "show-folder", activate_show_folder },
  { "jobs", activate_jobs },
  { "remember-project", activate_remember, "ay" },
};

/* Not application accelerators: those come before the focused widget, and a text field's own undo
 * must be asked first. */
static void
add_undo_shortcuts (GuiseWindow *self)
{
  static const struct {
    const char *trigger, *action;
  } keys[] = {
    { "<Control>z", "win.undo" },
    { "<Control><Shift>z", "win.redo" },
    { "<Control>y", "win.redo" },
  };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  for (size_t i = 0; i < G_N_ELEMENTS (keys); i++) {
    GtkShortcutTrigger *trigger = gtk_shortcut_trigger_parse_string (keys[i].trigger);
    GtkShortcutAction *action = gtk_named_action_new (keys[i].action);

    gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                          gtk_shortcut_new (trigger, action));
  }
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
project_forgotten (GuiseWelcomePage *page, const char *path, GuiseWindow *self)
{
  AdwToast *toast = show_toast (self, _ ("Project forgotten"), _ ("_Undo"), "win.remember-project");

  adw_toast_set_action_target (toast, "^ay", path);
}

static void
activate_remember (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  guise_settings_add_recent (g_variant_get_bytestring (parameter));
  guise_welcome_page_refresh (GUISE_WINDOW (data)->welcome);
}

static void
set_up_jobs (GuiseWindow *self)
{
  self->jobs = guise_job_list_new ();
  guise_jobs_button_set_list (self->jobs_button, self->jobs);
  g_signal_connect_object (self->jobs, "changed", G_CALLBACK (jobs_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->welcome, "job", G_CALLBACK (add_job), self, 0);
  g_signal_connect_object (self->welcome, "forgotten", G_CALLBACK (project_forgotten), self, 0);
}

static void
guise_window_init (GuiseWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  set_up_undo (self);
  set_up_jobs (self);
  add_undo_shortcuts (self);
  g_signal_connect (self->pages, "notify::visible-child", G_CALLBACK (visible_page_changed), self);
  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_changed), NULL);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               guise_settings_get_int (GUISE_SETTING_WINDOW_WIDTH),
                               guise_settings_get_int (GUISE_SETTING_WINDOW_HEIGHT));
  if (guise_settings_get_boolean (GUISE_SETTING_MAXIMIZED))
    gtk_window_maximize (GTK_WINDOW (self));
  self->hourly = g_timeout_add_seconds (60 * 60, an_hour_has_passed, self);
  show_state (self, "welcome");
}

GuiseWindow *
guise_window_new (GtkApplication *application)
{
  return g_object_new (GUISE_TYPE_WINDOW, "application", application, NULL);
}

GuiseProject *
guise_window_get_project (GuiseWindow *self)
{
  return self->project;
}

GuisePage *
guise_window_get_page (GuiseWindow *self, const char *name)
{
  GtkWidget *child = adw_view_stack_get_child_by_name (self->pages, name);

  return child ? GUISE_PAGE (child) : NULL;
}

void
guise_window_show_page (GuiseWindow *self, const char *name)
{
  if (guise_window_get_page (self, name) == NULL)
    return;
  adw_view_stack_set_visible_child_name (self->pages, name);
  enter_page (self);
}

GuiseJobList *
guise_window_get_jobs (GuiseWindow *self)
{
  return self->jobs;
}

void
guise_window_add_header_widget (GuiseWindow *self, GtkWidget *widget)
{
  gtk_box_append (self->header_end, widget);
}
