#include "guise-window-private.h"

#include "guise-leave.h"
#include "guise-settings.h"

#include <glib/gi18n.h>

enum {
  SIGNAL_OPENED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseWindow, guise_window, ADW_TYPE_APPLICATION_WINDOW)

static void
leave_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  GuiseWindow *self = GUISE_WINDOW (source);
  GuiseLeave leave = guise_leave_ask_finish (result);

  self->asking = FALSE;
  if (leave == GUISE_LEAVE_STAY) {
    self->may_lose = FALSE; /* more may be typed */
    return;
  }
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
  GUISE_WINDOW (widget)->may_lose = FALSE;
  GUISE_WINDOW (widget)->is_told = FALSE;
  GTK_WIDGET_CLASS (guise_window_parent_class)->show (widget);
}

static void
texts_kept (GuiseWindow *self)
{
  self->may_lose = TRUE;
  gtk_window_close (GTK_WINDOW (self));
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
  if (!self->may_lose && guise_window_keep_texts (self, texts_kept))
    return GDK_EVENT_STOP;
  if (!self->may_leave && guise_leave_ask_async (window, self->jobs, leave_answered, NULL)) {
    self->asking = TRUE;
    return GDK_EVENT_STOP;
  }
  self->closing = TRUE;
  if (guise_welcome_page_stop (self->welcome)) {
    self->n_closing++; /* it still puts away what is half made */
    g_signal_connect_swapped (self->welcome, "stopped", G_CALLBACK (guise_window_project_gone),
                              self);
  }
  guise_settings_set_boolean (GUISE_SETTING_MAXIMIZED, gtk_window_is_maximized (window));
  if (!gtk_window_is_maximized (window)) {
    int width, height;

    gtk_window_get_default_size (window, &width, &height);
    guise_settings_set_int (GUISE_SETTING_WINDOW_WIDTH, width);
    guise_settings_set_int (GUISE_SETTING_WINDOW_HEIGHT, height);
  }
  if (self->project != NULL)
    guise_window_take_project_away (self);
  if (self->n_closing == 0)
    return GDK_EVENT_PROPAGATE;
  gtk_widget_hide (GTK_WIDGET (self));
  return GDK_EVENT_STOP; /* guise_window_project_gone() destroys the window */
}

void
guise_window_leave (GuiseWindow *self)
{
  self->asking = FALSE;
  self->is_told = TRUE;
  self->may_leave = TRUE;
  gtk_window_close (GTK_WINDOW (self));
}

static void
guise_window_dispose (GObject *object)
{
  GuiseWindow *self = GUISE_WINDOW (object);

  g_clear_handle_id (&self->hourly, g_source_remove);
  if (self->project != NULL)
    guise_window_take_project_away (self);
  g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  g_clear_object (&self->undo);
  g_clear_object (&self->jobs);
  G_OBJECT_CLASS (guise_window_parent_class)->dispose (object);
}

static void
guise_window_finalize (GObject *object)
{
  g_free (GUISE_WINDOW (object)->datasets);
  g_free (GUISE_WINDOW (object)->subtitle);
  g_free (GUISE_WINDOW (object)->to_open);
  g_free (GUISE_WINDOW (object)->to_open_kept);
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
  { "jobs", activate_jobs },
  { "remember-project", activate_remember, "ay" },
};

static void
project_forgotten (GuiseWelcomePage *page, const char *path, GuiseWindow *self)
{
  AdwToast *toast = guise_window_show_toast (self, _ ("Project forgotten"), _ ("_Undo"),
                                             "win.remember-project");

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
  g_signal_connect_object (self->welcome, "job", G_CALLBACK (guise_window_add_job), self, 0);
  g_signal_connect_object (self->welcome, "forgotten", G_CALLBACK (project_forgotten), self, 0);
}

static void
guise_window_init (GuiseWindow *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  guise_window_set_up_pages (self);
  guise_window_set_up_project (self);
  set_up_jobs (self);
  gtk_window_set_default_size (GTK_WINDOW (self),
                               guise_settings_get_int (GUISE_SETTING_WINDOW_WIDTH),
                               guise_settings_get_int (GUISE_SETTING_WINDOW_HEIGHT));
  if (guise_settings_get_boolean (GUISE_SETTING_MAXIMIZED))
    gtk_window_maximize (GTK_WINDOW (self));
  guise_window_show_state (self, "welcome");
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
