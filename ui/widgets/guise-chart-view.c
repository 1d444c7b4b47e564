#include "guise-chart-view.h"

#include <math.h>

#define MIN_INTERVAL (G_USEC_PER_SEC / 5)
#define FONT_SCALE 0.82
#define BOX_PADDING 8
#define BOX_GAP 12

struct _GuiseChartView {
  GtkWidget parent_instance;

  GuiseChart *chart;
  double cursor_x; /* in data; NaN = none */
  gint64 drawn_at;
  guint update_source;
  guint n_draws;
};

G_DEFINE_FINAL_TYPE (GuiseChartView, guise_chart_view, GTK_TYPE_WIDGET)

/* ---- drawing -------------------------------------------------------------------------------- */

/* family is to be freed; it lives as long as the theme is used. */
static GuisePlotTheme
make_theme (GuiseChartView *self, char **family)
{
  GtkWidget *widget = GTK_WIDGET (self);
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double size = pango_font_description_get_size (font) / (double)PANGO_SCALE;
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  if (!pango_font_description_get_size_is_absolute (font))
    size *= pango_cairo_context_get_resolution (context) > 0
                ? pango_cairo_context_get_resolution (context) / 72
                : 96.0 / 72;
  *family = g_strdup (pango_font_description_get_family (font));
  return (GuisePlotTheme){
    .foreground = { colour.red, colour.green, colour.blue, colour.alpha },
    .dark = 0.3 * colour.red + 0.59 * colour.green + 0.11 * colour.blue > 0.5,
    .font = *family,
    .font_size = size * FONT_SCALE,
  };
}

static char *
format_value (double value)
{
  return g_strdup_printf (fabs (value) >= 100 ? "%.0f" : fabs (value) >= 10 ? "%.1f"
                                                                            : "%.3f",
                          value);
}

/* The values at the cursor, a line a series; NULL where there are none. */
static char *
describe_cursor (GuiseChartView *self, const GuisePlotTheme *theme, int width, int height,
                 double *x_pixel)
{
  GString *text;
  GuiseChartHover hover;
  double y_pixel;

  if (self->chart == NULL || isnan (self->cursor_x)
      || !guise_chart_locate (self->chart, width, height, theme, self->cursor_x, 1, x_pixel,
                              &y_pixel)
      || !guise_chart_hover (self->chart, width, height, theme, *x_pixel, &hover))
    return NULL;
  text = g_string_new (NULL);
  g_string_append_printf (text, "%.10g", hover.x);
  for (guint i = 0; i < hover.n_series; i++) {
    g_autofree char *value = isnan (hover.values[i]) ? NULL : format_value (hover.values[i]);

    if (value != NULL)
      g_string_append_printf (text, "\n%s  %s", guise_chart_get_series_name (self->chart, i),
                              value);
  }
  guise_chart_hover_clear (&hover);
  return g_string_free (text, FALSE);
}

static void
draw_values (GuiseChartView *self, GtkSnapshot *snapshot, const char *text, double x, int width)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  const GdkRGBA shade = { 0, 0, 0, 0.8 }, white = { 1, 1, 1, 1 };
  PangoAttrList *attributes = pango_attr_list_new ();
  GskRoundedRect box;
  int w, h;

  pango_attr_list_insert (attributes, pango_attr_scale_new (FONT_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_get_pixel_size (layout, &w, &h);
  w += 2 * BOX_PADDING;
  h += 2 * BOX_PADDING;
  x = x + BOX_GAP + w < width ? x + BOX_GAP : MAX (x - BOX_GAP - w, 0);
  gsk_rounded_rect_init_from_rect (&box, &GRAPHENE_RECT_INIT (x, 2 * BOX_GAP, w, h), 6);
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &shade, &box.bounds);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x + BOX_PADDING,
                                                          2 * BOX_GAP + BOX_PADDING));
  gtk_snapshot_append_layout (snapshot, layout, &white);
  gtk_snapshot_pop (snapshot);
}

static void
guise_chart_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GuiseChartView *self = GUISE_CHART_VIEW (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autofree char *family = NULL, *values = NULL;
  GuisePlotTheme theme;
  cairo_t *cr;
  double x = 0;

  if (self->chart == NULL || width < 1 || height < 1)
    return;
  theme = make_theme (self, &family);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  guise_chart_draw (self->chart, cr, width, height, &theme, self->cursor_x);
  cairo_destroy (cr);
  values = describe_cursor (self, &theme, width, height, &x);
  if (values != NULL)
    draw_values (self, snapshot, values, x, width);
  self->drawn_at = g_get_monotonic_time ();
  self->n_draws++;
}

static void
guise_chart_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 180;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 420 : 250;
}

/* ---- updates -------------------------------------------------------------------------------- */

static gboolean
draw_late (gpointer data)
{
  GuiseChartView *self = data;
  g_autofree char *summary = NULL;

  self->update_source = 0;
  summary = self->chart != NULL ? guise_chart_create_summary (self->chart) : g_strdup ("");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  summary, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

void
guise_chart_view_update (GuiseChartView *self)
{
  gint64 wait = self->drawn_at + MIN_INTERVAL - g_get_monotonic_time ();

  if (self->update_source == 0)
    self->update_source = g_timeout_add (wait > 0 ? (guint)(wait / 1000) + 1 : 0, draw_late, self);
}

void
guise_chart_view_set_chart (GuiseChartView *self, GuiseChart *chart)
{
  self->chart = chart;
  self->cursor_x = NAN;
  g_clear_handle_id (&self->update_source, g_source_remove);
  draw_late (self);
}

void
guise_chart_view_set_name (GuiseChartView *self, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* ---- cursor --------------------------------------------------------------------------------- */

static void
set_cursor (GuiseChartView *self, double x)
{
  if (x == self->cursor_x || (isnan (x) && isnan (self->cursor_x)))
    return;
  self->cursor_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
pointer_moved (GtkEventControllerMotion *controller, double x, double y, GuiseChartView *self)
{
  g_autofree char *family = NULL;
  GuisePlotTheme theme = make_theme (self, &family);
  GuiseChartHover hover;

  if (self->chart == NULL
      || !guise_chart_hover (self->chart, gtk_widget_get_width (GTK_WIDGET (self)),
                             gtk_widget_get_height (GTK_WIDGET (self)), &theme, x, &hover)) {
    set_cursor (self, NAN);
    return;
  }
  set_cursor (self, hover.x);
  guise_chart_hover_clear (&hover);
}

static void
pointer_left (GtkEventControllerMotion *controller, GuiseChartView *self)
{
  set_cursor (self, NAN);
}

/* The x of the point next to the cursor, over all series; NaN where there is none. */
static double
find_neighbour (GuiseChartView *self, int direction)
{
  double best = NAN, x, y;

  for (guint s = 0; self->chart != NULL && s < guise_chart_get_n_series (self->chart); s++)
    for (guint i = 0; i < guise_chart_get_n_points (self->chart, s); i++) {
      guise_chart_get_point (self->chart, s, i, &x, &y);
      if (!isnan (self->cursor_x) && (x - self->cursor_x) * direction <= 0)
        continue;
      if (isnan (best) || (x - best) * direction < 0)
        best = x;
    }
  return best;
}

static void
move_cursor (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseChartView *self = GUISE_CHART_VIEW (widget);
  double x = find_neighbour (self, g_variant_get_int32 (parameter));

  if (!isnan (x))
    set_cursor (self, x);
}

static void
drop_cursor (GtkEventControllerFocus *controller, GuiseChartView *self)
{
  set_cursor (self, NAN);
}

/* ---- widget --------------------------------------------------------------------------------- */

static void
guise_chart_view_dispose (GObject *object)
{
  GuiseChartView *self = GUISE_CHART_VIEW (object);

  g_clear_handle_id (&self->update_source, g_source_remove);
  self->chart = NULL;
  G_OBJECT_CLASS (guise_chart_view_parent_class)->dispose (object);
}

static void
guise_chart_view_class_init (GuiseChartViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_chart_view_dispose;
  widget_class->snapshot = guise_chart_view_snapshot;
  widget_class->measure = guise_chart_view_measure;
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_install_action (widget_class, "chart.move", "i", move_cursor);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Right, 0, "chart.move", "i", 1);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Left, 0, "chart.move", "i", -1);
}

static void
guise_chart_view_init (GuiseChartView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->cursor_x = NAN;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect (motion, "motion", G_CALLBACK (pointer_moved), self);
  g_signal_connect (motion, "leave", G_CALLBACK (pointer_left), self);
  g_signal_connect (focus, "leave", G_CALLBACK (drop_cursor), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

GtkWidget *
guise_chart_view_new (void)
{
  return g_object_new (GUISE_TYPE_CHART_VIEW, NULL);
}

guint
guise_chart_view_get_n_draws (GuiseChartView *self)
{
  return self->n_draws;
}

char *
guise_chart_view_dup_values (GuiseChartView *self)
{
  g_autofree char *family = NULL;
  GuisePlotTheme theme = make_theme (self, &family);
  double x;

  return describe_cursor (self, &theme, gtk_widget_get_width (GTK_WIDGET (self)),
                          gtk_widget_get_height (GTK_WIDGET (self)), &x);
}
