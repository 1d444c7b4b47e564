#include "guise-welcome-page.h"

#include "guise-banner.h"
#include "guise-dialogs.h"
#include "guise-format.h"
#include "guise-import-preview.h"
#include "guise-import-problems.h"
#include "guise-job.h"
#include "guise-project-remains.h"
#include "guise-project.h"
#include "guise-settings.h"
#include "guise-status.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

/* Work stops at once; guisectl takes a while to remove what is half made on a slow disk. */
#define GRACE_MS (60 * 1000)

/* What the job does. */
typedef enum {
  WORK_DEMO,
  WORK_PREVIEW, /* of an import: reads, writes nothing */
  WORK_IMPORT,
} Work;

struct _GuiseWelcomePage {
  GtkWidget parent_instance;

  GtkWidget *box;
  GuiseBanner *banner;
  GtkStack *stack;
  GtkWidget *recent_group;
  GtkListBox *recent;
  GtkLabel *work_title;
  GtkProgressBar *work_bar;
  GtkLabel *work_status;
  AdwBin *preview;
  AdwStatusPage *report;
  AdwBin *problems;

  GuiseJob *job;
  Work work;
  char *dataset; /* the folder that is imported */
  char *target;  /* the project that the job makes */
};

enum {
  SIGNAL_FORGOTTEN,
  SIGNAL_JOB,
  SIGNAL_STOPPED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseWelcomePage, guise_welcome_page, GTK_TYPE_WIDGET)

/* Buttons of a view that is on its way out are still there to be clicked: what is behind them can
 * be done in one view only. */
static const struct {
  const char *action, *view;
} actions[] = {
  { "welcome.demo", "doors" },
  { "welcome.import", "doors" },
  { "welcome.stop", "work" },
  { "welcome.confirm-import", "preview" },
  { "welcome.cancel-import", "preview" },
  { "welcome.open-result", "report" },
};

static void
show_view (GuiseWelcomePage *self, const char *view)
{
  gtk_stack_set_visible_child_name (self->stack, view);
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), actions[i].action,
                                   strcmp (actions[i].view, view) == 0);
}

static void
open_path (GuiseWelcomePage *self, const char *path)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-path", "^ay", path);
}

/* ---- recent projects ------------------------------------------------------------------------ */

static void
forget_recent (GtkButton *button, GuiseWelcomePage *self)
{
  g_autofree char *path = g_strdup (g_object_get_data (G_OBJECT (button), "path"));

  guise_settings_remove_recent (path);
  guise_welcome_page_refresh (self);
  g_signal_emit (self, signals[SIGNAL_FORGOTTEN], 0, path);
}

static GtkWidget *
create_recent_row (GuiseWelcomePage *self, const char *path)
{
  g_autofree char *base = g_filename_display_basename (path), *name = guise_format_plain (base);
  g_autofree char *whole = g_filename_display_name (path), *place = guise_format_plain (whole);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("edit-clear-symbolic");

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), place);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row),
                             guise_status_create_icon ("folder-symbolic"));
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, _ ("Forget this project (its folder stays)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Forget this project"), -1);
  g_object_set_data_full (G_OBJECT (button), "path", g_strdup (path), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (forget_recent), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data_full (G_OBJECT (row), "path", g_strdup (path), g_free);
  return row;
}

void
guise_welcome_page_refresh (GuiseWelcomePage *self)
{
  g_auto (GStrv) recent = guise_settings_dup_recent ();
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->recent))) != NULL)
    gtk_list_box_remove (self->recent, row);
  for (guint i = 0; recent[i] != NULL; i++)
    gtk_list_box_append (self->recent, create_recent_row (self, recent[i]));
  gtk_widget_set_visible (self->recent_group, recent[0] != NULL);
}

static void
recent_activated (GtkListBox *list, GtkListBoxRow *row, GuiseWelcomePage *self)
{
  open_path (self, g_object_get_data (G_OBJECT (row), "path"));
}

/* ---- work ----------------------------------------------------------------------------------- */

static void
job_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseWelcomePage *self)
{
  g_autofree char *done_text = guise_format_count (done), *total_text = guise_format_count (total);
  g_autofree char *left = guise_format_time_left (eta), *count = NULL, *text = NULL;

  if (total > 0) {
    gtk_progress_bar_set_fraction (self->work_bar, CLAMP ((double)done / total, 0, 1));
    count = g_strdup_printf (_ ("%s of %s"), done_text, total_text);
  } else {
    gtk_progress_bar_pulse (self->work_bar);
    count = g_strdup (done_text);
  }
  text = g_strconcat (count, *left ? " · " : NULL, left, NULL);
  gtk_label_set_text (self->work_status, text);
}

static void
show_report (GuiseWelcomePage *self)
{
  json_t *result = guise_job_get_result (self->job);
  g_autofree char *name = g_filename_display_basename (self->dataset);
  g_autofree char *plain = guise_format_plain (name);
  g_autofree char *counts = guise_import_preview_describe (result);
  g_autofree char *text
      = g_strdup_printf (_ ("%s. The pictures stay where they are."), counts);

  guise_status_set_description (self->report, text);
  adw_bin_set_child (self->problems, guise_import_problems_create (plain, result));
  show_view (self, "report");
}

static void
show_preview (GuiseWelcomePage *self)
{
  g_autofree char *name = g_filename_display_basename (self->dataset);

  adw_bin_set_child (self->preview,
                     guise_import_preview_create (name, guise_job_get_result (self->job)));
  show_view (self, "preview");
}

static void
show_failure (GuiseWelcomePage *self, const GError *error)
{
  const char *sentence = self->work != WORK_DEMO
                             ? _ ("The data set could not be imported. Its folder was not changed.")
                             : _ ("The demo could not be made.");
  const char *details = self->job ? guise_job_get_details (self->job) : "";
  g_autofree char *text = NULL;

  text = g_strconcat (error->message, *details ? "\n\n" : NULL, details, NULL);
  show_view (self, "doors");
  guise_banner_show (self->banner, "job", sentence, text);
}

static void
show_result (GuiseWelcomePage *self)
{
  switch (self->work) {
  case WORK_DEMO:
    show_view (self, "doors");
    open_path (self, self->target);
    break;
  case WORK_PREVIEW:
    show_preview (self);
    break;
  case WORK_IMPORT:
    show_report (self);
    break;
  }
}

static void
job_finished (GuiseJob *job, GuiseWelcomePage *self)
{
  if (job != self->job)
    return;
  switch (guise_job_get_state (job)) {
  case GUISE_JOB_DONE:
    if (self->work == WORK_IMPORT) {
      guise_settings_add_recent (self->target); /* its report may never be seen */
      guise_welcome_page_refresh (self);
    }
    show_result (self);
    break;
  case GUISE_JOB_FAILED:
    show_failure (self, guise_job_get_error (job));
    break;
  default:
    show_view (self, "doors");
  }
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
}

static void
job_stopping (GuiseJob *job, GuiseWelcomePage *self)
{
  gtk_label_set_text (self->work_status, _ ("Stopping…"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "welcome.stop", FALSE);
}

static void
start_job (GuiseWelcomePage *self, const char *title, const char *const *arguments)
{
  g_autofree char *plain = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->job);
  guise_banner_hide (self->banner, "job");
  self->job = guise_job_new (arguments, GUISE_JOB_DEFAULT);
  guise_job_set_grace (self->job, GRACE_MS);
  g_signal_connect_object (self->job, "progress", G_CALLBACK (job_progress), self, 0);
  g_signal_connect_object (self->job, "stopping", G_CALLBACK (job_stopping), self, 0);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (job_finished), self, 0);
  plain = guise_format_plain (title);
  gtk_label_set_text (self->work_title, plain);
  gtk_label_set_text (self->work_status, _ ("Starting…"));
  gtk_progress_bar_set_fraction (self->work_bar, 0);
  show_view (self, "work");
  if (guise_job_start (self->job, &error))
    g_signal_emit (self, signals[SIGNAL_JOB], 0, title, self->job);
  else
    show_failure (self, error);
}

void
guise_welcome_page_start_demo (GuiseWelcomePage *self)
{
  g_autofree char *parent = NULL;

  if (self->job != NULL && guise_job_is_active (self->job))
    return;
  self->work = WORK_DEMO;
  g_free (self->target);
  self->target = g_build_filename (g_get_user_data_dir (), "guise", "demo", NULL);
  if (guise_project_is_project (self->target) || guise_project_has_remains (self->target)) {
    open_path (self, self->target);
    return;
  }
  parent = g_path_get_dirname (self->target);
  g_mkdir_with_parents (parent, 0755);
  start_job (self, _ ("Painting the demo’s people"),
             (const char *[]){ "demo", self->target, "--with-model", NULL });
}

/* A folder for a new project named after the data set, one that is not there yet. */
static char *
create_target (const char *dataset)
{
  g_autofree char *name = g_path_get_basename (dataset);
  g_autofree char *parent = g_build_filename (g_get_user_data_dir (), "guise", "projects", NULL);
  char *target = g_build_filename (parent, name, NULL);

  for (guint i = 2; g_file_test (target, G_FILE_TEST_EXISTS); i++) {
    g_free (target);
    target = g_strdup_printf ("%s/%s-%u", parent, name, i);
  }
  return target;
}

void
guise_welcome_page_start_import (GuiseWelcomePage *self, const char *folder)
{
  g_autofree char *name = g_filename_display_basename (folder), *title = NULL;

  if (self->job != NULL && guise_job_is_active (self->job))
    return;
  self->work = WORK_PREVIEW;
  g_free (self->dataset);
  self->dataset = g_strdup (folder);
  title = g_strdup_printf (_ ("Reading “%s”"), name);
  start_job (self, title,
             (const char *[]){ "import", folder, "--format", "auto", "--dry-run", NULL });
}

void
guise_welcome_page_confirm_import (GuiseWelcomePage *self)
{
  g_autofree char *name = NULL, *title = NULL;

  if (strcmp (gtk_stack_get_visible_child_name (self->stack), "preview") != 0)
    return;
  self->work = WORK_IMPORT;
  name = g_filename_display_basename (self->dataset);
  g_free (self->target);
  self->target = create_target (self->dataset);
  title = g_strdup_printf (_ ("Importing “%s”"), name);
  start_job (self, title,
             (const char *[]){ "--project", self->target, "import", self->dataset,
                               "--format", "auto", "--new", NULL });
}

gboolean
guise_welcome_page_stop (GuiseWelcomePage *self)
{
  if (self->job == NULL)
    return FALSE;
  guise_job_cancel (self->job);
  return guise_job_is_active (self->job);
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
activate_demo (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_welcome_page_start_demo (GUISE_WELCOME_PAGE (widget));
}

static void
dataset_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseWelcomePage) self = data;
  g_autoptr (GFile) folder = guise_dialogs_choose_folder_finish (result, NULL);
  g_autofree char *path = folder ? g_file_get_path (folder) : NULL;

  if (path != NULL)
    guise_welcome_page_start_import (self, path);
}

static void
activate_import (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_dialogs_choose_folder_async (GTK_WINDOW (gtk_widget_get_root (widget)),
                                     _ ("Import a Data Set"), _ ("_Read"), NULL, NULL,
                                     dataset_chosen, g_object_ref (widget));
}

static void
activate_confirm_import (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_welcome_page_confirm_import (GUISE_WELCOME_PAGE (widget));
}

static void
activate_cancel_import (GtkWidget *widget, const char *name, GVariant *parameter)
{
  show_view (GUISE_WELCOME_PAGE (widget), "doors");
}

static void
activate_stop (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_welcome_page_stop (GUISE_WELCOME_PAGE (widget));
}

static void
activate_open_result (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseWelcomePage *self = GUISE_WELCOME_PAGE (widget);

  show_view (self, "doors");
  open_path (self, self->target);
}

static void
guise_welcome_page_dispose (GObject *object)
{
  GuiseWelcomePage *self = GUISE_WELCOME_PAGE (object);

  if (self->job != NULL)
    guise_job_cancel (self->job);
  g_clear_object (&self->job);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_welcome_page_parent_class)->dispose (object);
}

static void
guise_welcome_page_finalize (GObject *object)
{
  GuiseWelcomePage *self = GUISE_WELCOME_PAGE (object);

  g_free (self->dataset);
  g_free (self->target);
  G_OBJECT_CLASS (guise_welcome_page_parent_class)->finalize (object);
}

static void
guise_welcome_page_class_init (GuiseWelcomePageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_BANNER);
  G_OBJECT_CLASS (class)->dispose = guise_welcome_page_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_welcome_page_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, box);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, recent_group);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, recent);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, work_title);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, work_bar);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, work_status);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, preview);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, report);
  gtk_widget_class_bind_template_child (widget_class, GuiseWelcomePage, problems);
  gtk_widget_class_install_action (widget_class, "welcome.demo", NULL, activate_demo);
  gtk_widget_class_install_action (widget_class, "welcome.import", NULL, activate_import);
  gtk_widget_class_install_action (widget_class, "welcome.confirm-import", NULL,
                                   activate_confirm_import);
  gtk_widget_class_install_action (widget_class, "welcome.cancel-import", NULL,
                                   activate_cancel_import);
  gtk_widget_class_install_action (widget_class, "welcome.stop", NULL, activate_stop);
  gtk_widget_class_install_action (widget_class, "welcome.open-result", NULL, activate_open_result);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "welcome");
  signals[SIGNAL_FORGOTTEN] = g_signal_new ("forgotten", GUISE_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST,
                                            0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_JOB] = g_signal_new ("job", GUISE_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, GUISE_TYPE_JOB);
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", GUISE_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_welcome_page_init (GuiseWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self->recent, "row-activated", G_CALLBACK (recent_activated), self);
  show_view (self, "doors");
  guise_welcome_page_refresh (self);
}
