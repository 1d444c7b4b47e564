#include "guise-job-row.h"

#include <glib/gi18n.h>

struct _GuiseJobRow {
  GtkListBoxRow parent_instance;

  GtkLabel *name;
  GtkProgressBar *bar;
  GtkLabel *status;
  GtkButton *stop_button;
  GtkButton *dismiss_button;
  GtkToggleButton *details_button;
  GtkWidget *details_box;
  GtkLabel *details;

  GuiseJobList *list; /* borrowed */
  GuiseJobEntry *entry;
};

G_DEFINE_FINAL_TYPE (GuiseJobRow, guise_job_row, GTK_TYPE_LIST_BOX_ROW)

static void
show_details (GuiseJobRow *self)
{
  g_autofree char *details = guise_job_entry_create_details (self->entry);

  gtk_widget_set_visible (GTK_WIDGET (self->details_button), details != NULL);
  if (details != NULL)
    gtk_label_set_text (self->details, details);
}

static void
show_entry (GuiseJobRow *self)
{
  gboolean active = guise_job_entry_is_active (self->entry);
  double fraction = guise_job_entry_get_fraction (self->entry);
  g_autofree char *status = guise_job_entry_create_status (self->entry);

  gtk_label_set_text (self->status, status);
  gtk_widget_set_visible (GTK_WIDGET (self->bar), active);
  gtk_widget_set_visible (GTK_WIDGET (self->stop_button), active);
  gtk_widget_set_visible (GTK_WIDGET (self->dismiss_button), !active);
  gtk_widget_set_sensitive (GTK_WIDGET (self->stop_button),
                            guise_job_entry_get_state (self->entry) == GUISE_JOB_RUNNING);
  if (fraction >= 0)
    gtk_progress_bar_set_fraction (self->bar, fraction);
  else if (active)
    gtk_progress_bar_pulse (self->bar);
  show_details (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  guise_job_entry_get_name (self->entry),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, status, -1);
}

static void
activate_stop (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_job_entry_stop (GUISE_JOB_ROW (widget)->entry);
}

static void
activate_dismiss (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseJobRow *self = GUISE_JOB_ROW (widget);

  guise_job_list_dismiss (self->list, self->entry);
}

static void
activate_copy (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseJobRow *self = GUISE_JOB_ROW (widget);
  g_autofree char *text = g_strdup_printf ("%s\n%s\n", guise_job_entry_get_name (self->entry),
                                           gtk_label_get_text (self->details));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
}

static void
guise_job_row_dispose (GObject *object)
{
  g_clear_object (&GUISE_JOB_ROW (object)->entry);
  G_OBJECT_CLASS (guise_job_row_parent_class)->dispose (object);
}

static void
guise_job_row_class_init (GuiseJobRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_job_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/guise/Guise/job-row.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, name);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, bar);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, status);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, stop_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, dismiss_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, details_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, details_box);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobRow, details);
  gtk_widget_class_install_action (widget_class, "job.stop", NULL, activate_stop);
  gtk_widget_class_install_action (widget_class, "job.dismiss", NULL, activate_dismiss);
  gtk_widget_class_install_action (widget_class, "job.copy-details", NULL, activate_copy);
}

static void
guise_job_row_init (GuiseJobRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (self->details_button, "active", self->details_box, "visible",
                          G_BINDING_SYNC_CREATE);
}

GtkWidget *
guise_job_row_new (GuiseJobList *list, GuiseJobEntry *entry)
{
  GuiseJobRow *self = g_object_new (GUISE_TYPE_JOB_ROW, NULL);
  const char *name = guise_job_entry_get_name (entry);

  self->list = list;
  self->entry = g_object_ref (entry);
  gtk_label_set_text (self->name, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->bar), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  -1);
  g_signal_connect_object (entry, "changed", G_CALLBACK (show_entry), self, G_CONNECT_SWAPPED);
  show_entry (self);
  return GTK_WIDGET (self);
}
