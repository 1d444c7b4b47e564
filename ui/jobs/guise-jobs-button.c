#include "guise-jobs-button.h"

#include "guise-job-row.h"
#include "guise-popover-keys.h"
#include "guise-progress-ring.h"

#include <glib/gi18n.h>

struct _GuiseJobsButton {
  GtkWidget parent_instance;

  GtkMenuButton *button;
  GtkWidget *popover;
  GtkStack *face;
  GuiseProgressRing *ring;
  GtkStack *stack;
  GtkListBox *rows;

  GuiseJobList *list;
};

G_DEFINE_FINAL_TYPE (GuiseJobsButton, guise_jobs_button, GTK_TYPE_WIDGET)

static char *
create_name (guint n_active, guint n_failed, double fraction)
{
  if (n_active > 0 && fraction >= 0)
    return g_strdup_printf (ngettext ("%u job is running, %d %%", "%u jobs are running, %d %%",
                                      n_active),
                            n_active, (int)(100 * fraction));
  if (n_active > 0)
    return g_strdup_printf (ngettext ("%u job is running", "%u jobs are running", n_active),
                            n_active);
  if (n_failed > 0)
    return g_strdup_printf (ngettext ("%u job has failed", "%u jobs have failed", n_failed),
                            n_failed);
  return g_strdup (_ ("Jobs"));
}

static void
show_list (GuiseJobsButton *self)
{
  guint n_active = guise_job_list_count_active (self->list);
  guint n_failed = guise_job_list_count_failed (self->list);
  guint n = g_list_model_get_n_items (guise_job_list_get_model (self->list));
  double fraction = guise_job_list_get_fraction (self->list);
  g_autofree char *name = create_name (n_active, n_failed, fraction);

  gtk_stack_set_visible_child_name (self->face, n_active > 0   ? "ring"
                                                : n_failed > 0 ? "failed"
                                                               : "idle");
  guise_progress_ring_set_fraction (self->ring, fraction);
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "rows" : "empty");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

static GtkWidget *
create_row (gpointer item, gpointer list)
{
  return guise_job_row_new (list, item);
}

/* Rows are made while the popover is open only: a tooltip that is set where there is no surface
 * makes GTK 4.8 complain. */
static void
make_rows (GuiseJobsButton *self)
{
  if (self->list != NULL)
    gtk_list_box_bind_model (self->rows, guise_job_list_get_model (self->list), create_row,
                             self->list, NULL);
}

static void
drop_rows (GuiseJobsButton *self)
{
  gtk_list_box_bind_model (self->rows, NULL, NULL, NULL, NULL);
}

static void
guise_jobs_button_dispose (GObject *object)
{
  GuiseJobsButton *self = GUISE_JOBS_BUTTON (object);

  if (self->button != NULL) {
    drop_rows (self);
    gtk_widget_unparent (GTK_WIDGET (self->button));
    self->button = NULL;
  }
  g_clear_object (&self->list);
  G_OBJECT_CLASS (guise_jobs_button_parent_class)->dispose (object);
}

static void
guise_jobs_button_class_init (GuiseJobsButtonClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (GUISE_TYPE_PROGRESS_RING);
  G_OBJECT_CLASS (class)->dispose = guise_jobs_button_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/jobs-button.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, button);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, popover);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, face);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, ring);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseJobsButton, rows);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
guise_jobs_button_init (GuiseJobsButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (self->popover, "map", G_CALLBACK (make_rows), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->popover, "unmap", G_CALLBACK (drop_rows), self,
                           G_CONNECT_SWAPPED);
  guise_popover_keys_add (GTK_POPOVER (self->popover), "win.jobs");
}

void
guise_jobs_button_set_list (GuiseJobsButton *self, GuiseJobList *list)
{
  self->list = g_object_ref (list);
  g_signal_connect_object (list, "changed", G_CALLBACK (show_list), self, G_CONNECT_SWAPPED);
  show_list (self);
}

void
guise_jobs_button_popup (GuiseJobsButton *self)
{
  gtk_menu_button_popup (self->button);
}

void
guise_jobs_button_popdown (GuiseJobsButton *self)
{
  gtk_menu_button_popdown (self->button);
}
