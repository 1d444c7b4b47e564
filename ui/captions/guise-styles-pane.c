#include "guise-styles-pane.h"

#include "guise-banner.h"
#include "guise-styles-form.h"
#include "guise-styles-view.h"

#include <glib/gi18n.h>
#include <string.h>

/* How often the bar looks where the worker is. */
#define LOOK_MS 100

struct _GuiseStylesPane {
  GtkWidget parent_instance;

  GtkWidget *box;
  GuiseStylesForm *form;
  GuiseBanner *banner;
  GtkStack *stack;
  GuiseStylesView *view;
  GtkLabel *problem;
  GtkStack *acts;
  GtkWidget *find_button;
  GtkWidget *cancel_button;
  GtkProgressBar *progress;

  GuiseProject *project;
  GuiseStyles *styles;
  GCancellable *finding; /* NULL = nothing is being found */
  GCancellable *reading; /* of the project: whatever is read or renamed */
  guint n_reading;
  guint look_source;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseStylesPane, guise_styles_pane, GTK_TYPE_WIDGET)

/* What a worker and the window share. */
typedef struct {
  GuiseProject *project;
  GuiseStyleOptions options;
  char *encoder, *filter, *from, *to;
  int percent; /* atomic */
} Work;

static void
work_free (Work *work)
{
  g_object_unref (work->project);
  g_free (work->encoder);
  g_free (work->filter);
  g_free (work->from);
  g_free (work->to);
  g_free (work);
}

static Work *
work_new (GuiseStylesPane *self)
{
  Work *work = g_new0 (Work, 1);

  work->project = g_object_ref (self->project);
  return work;
}

/* ---- what is shown -------------------------------------------------------------------------- */

static gboolean
can_write (GuiseStylesPane *self)
{
  return self->project != NULL
         && !guise_store_is_read_only (guise_project_get_store (self->project));
}

static void
show_form (GuiseStylesPane *self)
{
  g_autofree char *filter = NULL, *problem = NULL;
  GuiseStyleOptions options;
  gboolean ok = guise_styles_form_read (self->form, &options, &filter, &problem);

  gtk_label_set_text (self->problem, ok ? "" : problem);
  gtk_widget_set_visible (GTK_WIDGET (self->problem), !ok);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "styles.find", ok && can_write (self));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "styles.copy-command",
                                 ok && self->project != NULL);
}

static void
show_styles (GuiseStylesPane *self)
{
  const char *name = "empty";

  if (self->styles != NULL)
    name = "styles";
  else if (self->finding != NULL)
    name = "finding";
  if (self->styles != NULL)
    guise_styles_view_set_styles (self->view, self->styles);
  guise_styles_view_set_editable (self->view, can_write (self));
  gtk_stack_set_visible_child_name (self->stack, name);
}

/* styles: NULL = there are none. */
static void
take_styles (GuiseStylesPane *self, GuiseStyles *styles)
{
  g_clear_pointer (&self->styles, guise_styles_free);
  self->styles = styles;
  show_styles (self);
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* The button that goes hands the keyboard on. */
static void
show_finding (GuiseStylesPane *self)
{
  gboolean runs = self->finding != NULL;
  gboolean had_focus = gtk_widget_is_focus (runs ? self->find_button : self->cancel_button);

  gtk_stack_set_visible_child_name (self->acts, runs ? "running" : "idle");
  gtk_widget_set_sensitive (GTK_WIDGET (self->form), !runs);
  show_form (self);
  show_styles (self);
  if (had_focus)
    gtk_widget_grab_focus (runs ? self->cancel_button : self->find_button);
}

/* ---- reading and naming --------------------------------------------------------------------- */

static void
read_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Work *work = data;
  GError *error = NULL;
  GuiseStyles *styles
      = work->from != NULL
            ? guise_project_rename_style (work->project, work->from, work->to, &error)
            : guise_project_load_styles (work->project, &error);

  if (styles != NULL)
    g_task_return_pointer (task, styles, (GDestroyNotify)guise_styles_free);
  else
    g_task_return_error (task, error);
}

static void
tell_problem (GuiseStylesPane *self, const Work *work, const GError *error)
{
  if (work->from == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    take_styles (self, NULL);
    return;
  }
  if (work->from != NULL)
    guise_styles_view_mark_name (self->view, work->from);
  guise_banner_show (self->banner, "file",
                     work->from != NULL ? _ ("The style keeps its name.")
                                        : _ ("The project's styles cannot be read."),
                     error->message);
}

static void
was_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseStylesPane) self = data;
  const Work *work = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  GuiseStyles *styles = g_task_propagate_pointer (G_TASK (result), &error);

  self->n_reading--;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->box == NULL) {
    guise_styles_free (styles);
    return;
  }
  if (styles == NULL) {
    tell_problem (self, work, error);
    return;
  }
  guise_banner_hide (self->banner, "file");
  take_styles (self, styles);
}

static void
start_reading (GuiseStylesPane *self, const char *from, const char *to)
{
  g_autoptr (GTask) task = g_task_new (NULL, self->reading, was_read, g_object_ref (self));
  Work *work = work_new (self);

  work->from = g_strdup (from);
  work->to = g_strdup (to);
  self->n_reading++;
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  g_task_run_in_thread (task, read_in_thread);
}

void
guise_styles_pane_reload (GuiseStylesPane *self)
{
  if (self->project != NULL && self->finding == NULL && self->n_reading == 0)
    start_reading (self, NULL, NULL);
}

static void
rename_style (GuiseStylesView *view, const char *from, const char *to, GuiseStylesPane *self)
{
  if (can_write (self) && self->finding == NULL)
    start_reading (self, from, to);
}

/* ---- finding -------------------------------------------------------------------------------- */

static void
note_progress (guint64 done, guint64 total, gpointer data)
{
  Work *work = data;

  g_atomic_int_set (&work->percent, total > 0 ? (int)(100 * done / total) : 0);
}

static void
find_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Work *work = data;
  const GuiseWork told
      = { .cancellable = cancellable, .progress = note_progress, .progress_data = work };
  GError *error = NULL;
  GuiseStyles *styles = guise_project_find_styles (work->project, work->filter, &work->options, 0,
                                                   &told, &error);

  if (styles != NULL)
    g_task_return_pointer (task, styles, (GDestroyNotify)guise_styles_free);
  else
    g_task_return_error (task, error);
}

static gboolean
look (gpointer data)
{
  GTask *task = data;
  GuiseStylesPane *self = g_object_get_data (G_OBJECT (task), "pane");
  Work *work = g_task_get_task_data (task);

  gtk_progress_bar_set_fraction (self->progress, g_atomic_int_get (&work->percent) / 100.0);
  return G_SOURCE_CONTINUE;
}

static void
found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseStylesPane) self = data;
  g_autoptr (GError) error = NULL;
  GuiseStyles *styles = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->box == NULL || g_task_get_cancellable (G_TASK (result)) != self->finding) {
    guise_styles_free (styles);
    return;
  }
  g_clear_object (&self->finding);
  g_clear_handle_id (&self->look_source, g_source_remove);
  if (styles != NULL) {
    guise_banner_hide (self->banner, NULL);
    take_styles (self, styles);
  } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    guise_banner_show (self->banner, "find", _ ("No styles could be found."), error->message);
    if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER))
      guise_styles_form_mark_filter (self->form);
  }
  show_finding (self);
}

static void
activate_find (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseStylesPane *self = GUISE_STYLES_PANE (widget);
  g_autofree char *problem = NULL;
  g_autoptr (GTask) task = NULL;
  Work *work;

  if (self->finding != NULL || !can_write (self))
    return;
  work = work_new (self);
  if (!guise_styles_form_read (self->form, &work->options, &work->filter, &problem)) {
    work_free (work);
    return;
  }
  work->options.encoder = work->encoder = g_strdup (work->options.encoder);
  guise_banner_hide (self->banner, "find");
  self->finding = g_cancellable_new ();
  task = g_task_new (NULL, self->finding, found, g_object_ref (self));
  g_task_set_task_data (task, work, (GDestroyNotify)work_free);
  g_task_set_check_cancellable (task, FALSE); /* what was kept at the last moment is shown */
  g_object_set_data (G_OBJECT (task), "pane", self);
  gtk_progress_bar_set_fraction (self->progress, 0);
  self->look_source = g_timeout_add_full (G_PRIORITY_DEFAULT, LOOK_MS, look, g_object_ref (task),
                                          g_object_unref);
  g_task_run_in_thread (task, find_in_thread);
  show_finding (self);
}

static void
activate_cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_cancellable_cancel (GUISE_STYLES_PANE (widget)->finding);
}

static void
activate_copy (GtkWidget *widget, const char *action, GVariant *parameter)
{
  GuiseStylesPane *self = GUISE_STYLES_PANE (widget);
  g_autofree char *command = NULL;

  if (self->project == NULL)
    return;
  command
      = guise_styles_form_create_command (self->form, guise_project_get_folder (self->project));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), command);
}

/* ---- widget --------------------------------------------------------------------------------- */

/* Breaks off whatever is under way. */
static void
leave_project (GuiseStylesPane *self)
{
  g_cancellable_cancel (self->finding);
  g_clear_object (&self->finding);
  g_cancellable_cancel (self->reading);
  g_clear_object (&self->reading);
  g_clear_handle_id (&self->look_source, g_source_remove);
  g_clear_object (&self->project);
  g_clear_pointer (&self->styles, guise_styles_free);
}

void
guise_styles_pane_set_project (GuiseStylesPane *self, GuiseProject *project)
{
  leave_project (self);
  if (project == NULL)
    return;
  self->project = g_object_ref (project);
  self->reading = g_cancellable_new ();
  show_finding (self);
  start_reading (self, NULL, NULL);
}

const GuiseStyles *
guise_styles_pane_get_styles (GuiseStylesPane *self)
{
  return self->styles;
}

gboolean
guise_styles_pane_is_busy (GuiseStylesPane *self)
{
  return self->finding != NULL || self->n_reading > 0;
}

static void
guise_styles_pane_dispose (GObject *object)
{
  GuiseStylesPane *self = GUISE_STYLES_PANE (object);

  leave_project (self);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_styles_pane_parent_class)->dispose (object);
}

static void
guise_styles_pane_class_init (GuiseStylesPaneClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  g_type_ensure (GUISE_TYPE_STYLES_FORM);
  g_type_ensure (GUISE_TYPE_STYLES_VIEW);
  G_OBJECT_CLASS (class)->dispose = guise_styles_pane_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/styles-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, form);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, view);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, problem);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, acts);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, find_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, cancel_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseStylesPane, progress);
  gtk_widget_class_install_action (widget_class, "styles.find", NULL, activate_find);
  gtk_widget_class_install_action (widget_class, "styles.cancel", NULL, activate_cancel);
  gtk_widget_class_install_action (widget_class, "styles.copy-command", NULL, activate_copy);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_styles_pane_init (GuiseStylesPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->form, "changed", G_CALLBACK (show_form), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "rename", G_CALLBACK (rename_style), self, 0);
  show_form (self);
}

GtkWidget *
guise_styles_pane_new (void)
{
  return g_object_new (GUISE_TYPE_STYLES_PANE, NULL);
}
