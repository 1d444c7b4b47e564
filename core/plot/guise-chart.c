#include "guise-chart.h"

#include <math.h>
#include <string.h>

#include "guise-axes.h"
#include "guise-pen.h"

/* Larger values than any that a training can mean; they are gaps, so that no difference overflows.
 */
#define MAX_VALUE 1e150

typedef struct {
  char *name;
  gboolean visible;
  GArray *x, *y, *smoothed; /* double */
  double mean, weight;      /* of the exponential mean so far, before its bias is taken out */
} Series;

typedef struct {
  guint series;
  double y;
  char *name;
} Level;

typedef struct {
  guint series;
  double x, y;
  char *name;
} Mark;

struct _GuiseChart {
  char *title, *x_label, *y_label;
  GPtrArray *series; /* Series */
  GArray *levels;    /* Level */
  GArray *marks;     /* Mark */
  gboolean log_x, log_y;
  double smoothing;
  double y_low, y_high; /* NaN = from the data */
};

/* ---- life ---- */

static void
series_free (gpointer data)
{
  Series *series = data;

  g_free (series->name);
  g_array_unref (series->x);
  g_array_unref (series->y);
  g_array_unref (series->smoothed);
  g_free (series);
}

static void
mark_clear (gpointer data)
{
  g_clear_pointer (&((Mark *)data)->name, g_free);
}

static void
level_clear (gpointer data)
{
  g_clear_pointer (&((Level *)data)->name, g_free);
}

GuiseChart *
guise_chart_new (const char *title, const char *x_label, const char *y_label)
{
  GuiseChart *chart = g_new0 (GuiseChart, 1);

  chart->title = g_strdup (title);
  chart->x_label = g_strdup (x_label);
  chart->y_label = g_strdup (y_label);
  chart->series = g_ptr_array_new_with_free_func (series_free);
  chart->levels = g_array_new (FALSE, FALSE, sizeof (Level));
  g_array_set_clear_func (chart->levels, level_clear);
  chart->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  g_array_set_clear_func (chart->marks, mark_clear);
  chart->y_low = chart->y_high = NAN;
  return chart;
}

void
guise_chart_free (GuiseChart *chart)
{
  if (chart == NULL)
    return;
  g_free (chart->title);
  g_free (chart->x_label);
  g_free (chart->y_label);
  g_ptr_array_unref (chart->series);
  g_array_unref (chart->levels);
  g_array_unref (chart->marks);
  g_free (chart);
}

/* ---- data ---- */

static Series *
get_series (const GuiseChart *chart, guint number)
{
  g_return_val_if_fail (number < chart->series->len, NULL);
  return g_ptr_array_index (chart->series, number);
}

static double
at (const GArray *values, guint i)
{
  return g_array_index (values, double, i);
}

guint
guise_chart_add_series (GuiseChart *chart, const char *name)
{
  Series *series = g_new0 (Series, 1);

  series->name = g_strdup (name);
  series->visible = TRUE;
  series->x = g_array_new (FALSE, FALSE, sizeof (double));
  series->y = g_array_new (FALSE, FALSE, sizeof (double));
  series->smoothed = g_array_new (FALSE, FALSE, sizeof (double));
  g_ptr_array_add (chart->series, series);
  return chart->series->len - 1;
}

guint
guise_chart_get_n_series (const GuiseChart *chart)
{
  return chart->series->len;
}

const char *
guise_chart_get_series_name (const GuiseChart *chart, guint series)
{
  return get_series (chart, series)->name;
}

/* The next value of the exponential mean; a gap leaves the mean as it is. */
static double
smooth (Series *series, double y, double smoothing)
{
  if (!isfinite (y))
    return NAN;
  series->mean = smoothing * series->mean + (1 - smoothing) * y;
  series->weight = smoothing * series->weight + (1 - smoothing);
  return series->mean / series->weight;
}

/* Whether there is such a place on the x axis. */
static gboolean
has_place (const GuiseChart *chart, double x)
{
  return fabs (x) < MAX_VALUE && (!chart->log_x || x > 0);
}

gboolean
guise_chart_append (GuiseChart *chart, guint number, double x, double y)
{
  Series *series = get_series (chart, number);
  double smoothed;

  if (!has_place (chart, x))
    return FALSE;
  if (series->x->len > 0 && x < at (series->x, series->x->len - 1))
    return FALSE;
  if (!(fabs (y) < MAX_VALUE))
    y = NAN;
  smoothed = smooth (series, y, chart->smoothing);
  g_array_append_val (series->x, x);
  g_array_append_val (series->y, y);
  g_array_append_val (series->smoothed, smoothed);
  return TRUE;
}

guint
guise_chart_get_n_points (const GuiseChart *chart, guint series)
{
  return get_series (chart, series)->x->len;
}

void
guise_chart_get_point (const GuiseChart *chart, guint series, guint point, double *x, double *y)
{
  *x = at (get_series (chart, series)->x, point);
  *y = at (get_series (chart, series)->y, point);
}

void
guise_chart_clear (GuiseChart *chart)
{
  for (guint s = 0; s < chart->series->len; s++) {
    Series *series = get_series (chart, s);

    g_array_set_size (series->x, 0);
    g_array_set_size (series->y, 0);
    g_array_set_size (series->smoothed, 0);
    series->mean = series->weight = 0;
  }
}

void
guise_chart_set_visible (GuiseChart *chart, guint series, gboolean visible)
{
  get_series (chart, series)->visible = visible;
}

void
guise_chart_set_log_x (GuiseChart *chart, gboolean log_x)
{
  chart->log_x = log_x;
}

void
guise_chart_set_log_y (GuiseChart *chart, gboolean log_y)
{
  chart->log_y = log_y;
}

void
guise_chart_set_smoothing (GuiseChart *chart, double smoothing)
{
  chart->smoothing = CLAMP (smoothing, 0, 0.999);
  for (guint s = 0; s < chart->series->len; s++) {
    Series *series = get_series (chart, s);

    series->mean = series->weight = 0;
    for (guint i = 0; i < series->y->len; i++)
      g_array_index (series->smoothed, double, i)
          = smooth (series, at (series->y, i), chart->smoothing);
  }
}

void
guise_chart_set_y_range (GuiseChart *chart, double low, double high)
{
  chart->y_low = low;
  chart->y_high = high;
}

void
guise_chart_add_level (GuiseChart *chart, guint series, double y, const char *name)
{
  Level level = { series, y, g_strdup (name) };

  g_array_append_val (chart->levels, level);
}

void
guise_chart_add_mark (GuiseChart *chart, guint series, double x, double y, const char *name)
{
  Mark mark = { series, x, y, g_strdup (name) };

  g_array_append_val (chart->marks, mark);
}

/* ---- ranges ---- */

static gboolean
is_drawable (const GuiseChart *chart, double y)
{
  return fabs (y) < MAX_VALUE && (!chart->log_y || y > 0);
}

static void
include (double *low, double *high, double value)
{
  *low = MIN (*low, value);
  *high = MAX (*high, value);
}

static void
find_ranges (const GuiseChart *chart, GuiseAxesSpec *spec)
{
  spec->x_low = spec->y_low = INFINITY;
  spec->x_high = spec->y_high = -INFINITY;
  for (guint s = 0; s < chart->series->len; s++) {
    const Series *series = get_series (chart, s);

    if (!series->visible || series->x->len == 0)
      continue;
    include (&spec->x_low, &spec->x_high, at (series->x, 0));
    include (&spec->x_low, &spec->x_high, at (series->x, series->x->len - 1));
    for (guint i = 0; i < series->y->len; i++)
      if (is_drawable (chart, at (series->y, i)))
        include (&spec->y_low, &spec->y_high, at (series->y, i));
  }
  for (guint l = 0; l < chart->levels->len; l++) {
    const Level *level = &g_array_index (chart->levels, Level, l);

    if (is_drawable (chart, level->y) && get_series (chart, level->series)->visible)
      include (&spec->y_low, &spec->y_high, level->y);
  }
  guise_axes_widen (&spec->x_low, &spec->x_high, chart->log_x, 0);
  guise_axes_widen (&spec->y_low, &spec->y_high, chart->log_y, 0.04);
  if (is_drawable (chart, chart->y_low) && chart->y_low < spec->y_high)
    spec->y_low = chart->y_low;
  if (is_drawable (chart, chart->y_high) && chart->y_high > spec->y_low)
    spec->y_high = chart->y_high;
}

/* The legend's entries go into entries [n_series]. */
static void
lay_out (const GuiseChart *chart, GuiseAxes *axes, GuiseLegendEntry *entries, cairo_t *cr,
         const GuisePlotTheme *theme, double width, double height)
{
  GuiseAxesSpec spec = { .title = chart->title,
                         .x_label = chart->x_label,
                         .y_label = chart->y_label,
                         .legend = entries,
                         .log_x = chart->log_x,
                         .log_y = chart->log_y };

  for (guint s = 0; s < chart->series->len; s++) {
    const Series *series = get_series (chart, s);

    if (series->visible)
      entries[spec.n_legend++] = (GuiseLegendEntry){ series->name, s, FALSE };
  }
  find_ranges (chart, &spec);
  guise_axes_layout (axes, &spec, cr, theme, width, height);
}

/* The same without anything to draw on. */
static void
lay_out_unseen (const GuiseChart *chart, GuiseAxes *axes, const GuisePlotTheme *theme, double width,
                double height)
{
  g_autofree GuiseLegendEntry *entries = g_new0 (GuiseLegendEntry, chart->series->len + 1);
  cairo_t *cr = guise_plot_create_measuring ();

  lay_out (chart, axes, entries, cr, theme, width, height);
  axes->spec.legend = NULL;
  axes->spec.n_legend = 0;
  cairo_destroy (cr);
}

/* ---- drawing ---- */

/* Strokes a line through the points in the current colour and width. */
static void
trace (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr, const GArray *x,
       const GArray *y, const double *dashes, int n_dashes)
{
  GuisePen pen = { .cr = cr, .dashes = dashes, .n_dashes = n_dashes, .column = NAN };

  for (guint i = 0; i < x->len; i++) {
    if (is_drawable (chart, at (y, i))) {
      guise_pen_add (&pen, guise_axes_map_x (axes, at (x, i)), guise_axes_map_y (axes, at (y, i)));
    } else {
      guise_pen_lift (&pen);
    }
  }
  guise_pen_lift (&pen);
  guise_pen_finish (&pen);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_series (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr,
             const GuisePlotTheme *theme, guint number)
{
  const Series *series = get_series (chart, number);
  GuisePlotColor color = guise_plot_get_color (theme->dark, number);
  double dashes[4];
  int n_dashes = guise_plot_get_dashes (number, GUISE_PEN_WIDTH, dashes);

  cairo_set_antialias (cr, CAIRO_ANTIALIAS_FAST); /* half the time on a noisy line */
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_BEVEL);
  if (chart->smoothing > 0) {
    guise_plot_set_color (cr, color, 0.25);
    cairo_set_line_width (cr, 1);
    trace (chart, axes, cr, series->x, series->y, NULL, 0);
  }
  guise_plot_set_color (cr, color, 1);
  cairo_set_line_width (cr, GUISE_PEN_WIDTH);
  if (n_dashes > 0 && series->x->len > 1)
    cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
  else
    n_dashes = 0;
  trace (chart, axes, cr, series->x, chart->smoothing > 0 ? series->smoothed : series->y, dashes,
         n_dashes);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
}

static void
draw_levels (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr,
             const GuisePlotTheme *theme)
{
  const double dashes[] = { 3, 4 };

  for (guint l = 0; l < chart->levels->len; l++) {
    const Level *level = &g_array_index (chart->levels, Level, l);
    double y;

    if (!is_drawable (chart, level->y) || !get_series (chart, level->series)->visible)
      continue;
    y = guise_axes_map_y (axes, level->y);
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, level->series), 0.8);
    cairo_set_line_width (cr, 1);
    cairo_set_dash (cr, dashes, 2, 0);
    cairo_move_to (cr, axes->x, y);
    cairo_line_to (cr, axes->x + axes->width, y);
    cairo_stroke (cr);
    cairo_set_dash (cr, NULL, 0, 0);
  }
}

/* Over the lines, on a piece of background so that they can be read. */
static void
draw_level_names (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr,
                  const GuisePlotTheme *theme)
{
  for (guint l = 0; l < chart->levels->len; l++) {
    const Level *level = &g_array_index (chart->levels, Level, l);
    double right = axes->x + axes->width - 2, y, width, height;

    if (!is_drawable (chart, level->y) || level->name == NULL
        || !get_series (chart, level->series)->visible)
      continue;
    y = guise_axes_map_y (axes, level->y) - 2;
    guise_plot_measure_text (cr, theme, level->name, &width, &height);
    if (y - height < axes->y) /* beneath the line, where there is room */
      y += height + 4;
    guise_plot_set_color (cr, theme->background, 0.8);
    cairo_rectangle (cr, right - width - 3, y - height, width + 5, height);
    cairo_fill (cr);
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, level->series), 1);
    guise_plot_draw_text (cr, theme, level->name, right, y, 1, 1, 0);
  }
}

/* The name goes to the left, where a rising curve leaves room, or to the right at the edge. */
static void
draw_marks (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr,
            const GuisePlotTheme *theme)
{
  for (guint m = 0; m < chart->marks->len; m++) {
    const Mark *mark = &g_array_index (chart->marks, Mark, m);
    double x, y, width;

    if (!has_place (chart, mark->x) || !is_drawable (chart, mark->y)
        || !get_series (chart, mark->series)->visible)
      continue;
    x = guise_axes_map_x (axes, mark->x);
    y = guise_axes_map_y (axes, mark->y);
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, mark->series), 1);
    cairo_arc (cr, x, y, 5, 0, 2 * G_PI);
    cairo_fill (cr);
    if (mark->name == NULL)
      continue;
    guise_plot_measure_text (cr, theme, mark->name, &width, NULL);
    guise_plot_set_color (cr, theme->foreground, 1);
    if (x - axes->x > width + 12)
      guise_plot_draw_text (cr, theme, mark->name, x - 9, y - 2, 1, 1, 0);
    else
      guise_plot_draw_text (cr, theme, mark->name, x + 9, y + 2, 0, 0, 0);
  }
}

/* The place of x among ascending values, or -1. */
static int
find_x (const GArray *values, double x)
{
  guint low = 0, high = values->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (at (values, middle) < x)
      low = middle + 1;
    else
      high = middle;
  }
  return low < values->len && at (values, low) == x ? (int)low : -1;
}

static void
draw_cursor (const GuiseChart *chart, const GuiseAxes *axes, cairo_t *cr,
             const GuisePlotTheme *theme, double cursor_x)
{
  double x = floor (guise_axes_map_x (axes, cursor_x)) + 0.5;

  guise_plot_set_color (cr, theme->foreground, 0.5);
  cairo_set_line_width (cr, 1);
  cairo_move_to (cr, x, axes->y);
  cairo_line_to (cr, x, axes->y + axes->height);
  cairo_stroke (cr);
  for (guint s = 0; s < chart->series->len; s++) {
    const Series *series = get_series (chart, s);
    int i = find_x (series->x, cursor_x);
    double y;

    if (i < 0 || !series->visible)
      continue;
    y = at (chart->smoothing > 0 ? series->smoothed : series->y, i);
    if (!is_drawable (chart, y))
      continue;
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, s), 1);
    cairo_arc (cr, x, guise_axes_map_y (axes, y), 3.5, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

void
guise_chart_draw (const GuiseChart *chart, cairo_t *cr, double width, double height,
                  const GuisePlotTheme *theme, double cursor_x)
{
  g_autofree GuiseLegendEntry *entries = g_new0 (GuiseLegendEntry, chart->series->len + 1);
  g_auto (GuiseAxes) axes = { 0 };

  cairo_save (cr);
  lay_out (chart, &axes, entries, cr, theme, width, height);
  guise_axes_draw (&axes, cr, theme);
  guise_axes_clip (&axes, cr);
  draw_levels (chart, &axes, cr, theme);
  for (guint s = 0; s < chart->series->len; s++)
    if (get_series (chart, s)->visible)
      draw_series (chart, &axes, cr, theme, s);
  draw_level_names (chart, &axes, cr, theme);
  draw_marks (chart, &axes, cr, theme);
  if (has_place (chart, cursor_x))
    draw_cursor (chart, &axes, cr, theme, cursor_x);
  cairo_restore (cr);
}

/* ---- looking up ---- */

/* The x nearest to target that a visible series has a value at. */
static gboolean
find_nearest (const GuiseChart *chart, double target, double *nearest)
{
  double distance = INFINITY;

  for (guint s = 0; s < chart->series->len; s++) {
    const Series *series = get_series (chart, s);

    for (guint i = 0; series->visible && i < series->x->len; i++) {
      double d = fabs (at (series->x, i) - target);

      if (d < distance && is_drawable (chart, at (series->y, i))) {
        distance = d;
        *nearest = at (series->x, i);
      }
    }
  }
  return isfinite (distance);
}

gboolean
guise_chart_hover (const GuiseChart *chart, double width, double height,
                   const GuisePlotTheme *theme, double x_pixel, GuiseChartHover *hover)
{
  g_auto (GuiseAxes) axes = { 0 };

  memset (hover, 0, sizeof *hover);
  lay_out_unseen (chart, &axes, theme, width, height);
  if (!(x_pixel >= axes.x - 2 && x_pixel <= axes.x + axes.width + 2)
      || !find_nearest (chart, guise_axes_unmap_x (&axes, x_pixel), &hover->x))
    return FALSE;
  hover->n_series = chart->series->len;
  hover->values = g_new (double, hover->n_series);
  hover->smoothed = g_new (double, hover->n_series);
  for (guint s = 0; s < hover->n_series; s++) {
    const Series *series = get_series (chart, s);
    int i = series->visible ? find_x (series->x, hover->x) : -1;

    hover->values[s] = i >= 0 ? at (series->y, i) : NAN;
    hover->smoothed[s] = i >= 0 ? at (series->smoothed, i) : NAN;
  }
  return TRUE;
}

void
guise_chart_hover_clear (GuiseChartHover *hover)
{
  g_clear_pointer (&hover->values, g_free);
  g_clear_pointer (&hover->smoothed, g_free);
}

gboolean
guise_chart_locate (const GuiseChart *chart, double width, double height,
                    const GuisePlotTheme *theme, double x, double y, double *x_pixel,
                    double *y_pixel)
{
  g_auto (GuiseAxes) axes = { 0 };
  double unused;

  if (!is_drawable (chart, y) || !has_place (chart, x) || !find_nearest (chart, x, &unused))
    return FALSE;
  lay_out_unseen (chart, &axes, theme, width, height);
  *x_pixel = guise_axes_map_x (&axes, x);
  *y_pixel = guise_axes_map_y (&axes, y);
  return TRUE;
}
