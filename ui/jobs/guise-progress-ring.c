#include "guise-progress-ring.h"

#include <glib/gi18n.h>

#define SIDE 16
#define LINE 3.0

struct _GuiseProgressRing {
  GtkWidget parent_instance;

  double fraction;
};

G_DEFINE_FINAL_TYPE (GuiseProgressRing, guise_progress_ring, GTK_TYPE_WIDGET)

static void
guise_progress_ring_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GuiseProgressRing *self = GUISE_PROGRESS_RING (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double radius = (MIN (width, height) - LINE) / 2;
  GdkRGBA colour;
  cairo_t *cr;

  if (radius <= 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  cairo_translate (cr, width / 2.0, height / 2.0);
  cairo_set_line_width (cr, LINE);
  cairo_set_source_rgba (cr, colour.red, colour.green, colour.blue, 0.25 * colour.alpha);
  cairo_arc (cr, 0, 0, radius, 0, 2 * G_PI);
  cairo_stroke (cr);
  gdk_cairo_set_source_rgba (cr, &colour);
  if (self->fraction > 0) {
    cairo_arc (cr, 0, 0, radius, -G_PI / 2, -G_PI / 2 + 2 * G_PI * self->fraction);
    cairo_stroke (cr);
  }
  cairo_destroy (cr);
}

static void
guise_progress_ring_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                             int *minimum, int *natural, int *minimum_baseline,
                             int *natural_baseline)
{
  *minimum = *natural = SIDE;
}

static void
guise_progress_ring_class_init (GuiseProgressRingClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->snapshot = guise_progress_ring_snapshot;
  widget_class->measure = guise_progress_ring_measure;
  gtk_widget_class_set_css_name (widget_class, "progressring");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PROGRESS_BAR);
}

static void
guise_progress_ring_init (GuiseProgressRing *self)
{
  self->fraction = -1;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Progress of all jobs"),
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, 0.0,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 1.0, -1);
}

void
guise_progress_ring_set_fraction (GuiseProgressRing *self, double fraction)
{
  if (fraction == self->fraction)
    return;
  self->fraction = fraction;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
                                  MAX (fraction, 0), -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
