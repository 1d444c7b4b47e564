#include "guise-bar-chart.h"

#include <math.h>

#include "guise-axes.h"

/* Share of a category's room that its bars take. */
#define GROUP_SHARE 0.8
#define OVERLAY_ALPHA 0.55

typedef struct {
  char *name;
  guint n;
  double *values, *low, *high; /* [n]; low and high NULL = no error bars */
} Bars;

struct _GuiseBarChart {
  char *title, *x_label, *y_label;
  char **categories; /* NULL = a histogram */
  guint n_bars;
  double bin_low, bin_high;
  GPtrArray *series; /* Bars */
};

/* ---- life ---- */

static void
bars_free (gpointer data)
{
  Bars *bars = data;

  g_free (bars->name);
  g_free (bars->values);
  g_free (bars->low);
  g_free (bars->high);
  g_free (bars);
}

GuiseBarChart *
guise_bar_chart_new (const char *title, const char *x_label, const char *y_label)
{
  GuiseBarChart *chart = g_new0 (GuiseBarChart, 1);

  chart->title = g_strdup (title);
  chart->x_label = g_strdup (x_label);
  chart->y_label = g_strdup (y_label);
  chart->series = g_ptr_array_new_with_free_func (bars_free);
  chart->bin_high = 1;
  return chart;
}

void
guise_bar_chart_free (GuiseBarChart *chart)
{
  if (chart == NULL)
    return;
  g_free (chart->title);
  g_free (chart->x_label);
  g_free (chart->y_label);
  g_strfreev (chart->categories);
  g_ptr_array_unref (chart->series);
  g_free (chart);
}

/* ---- data ---- */

void
guise_bar_chart_set_categories (GuiseBarChart *chart, const char *const *categories)
{
  g_strfreev (chart->categories);
  chart->categories = g_strdupv ((char **)categories);
  chart->n_bars = g_strv_length (chart->categories);
  g_ptr_array_set_size (chart->series, 0);
}

void
guise_bar_chart_set_bins (GuiseBarChart *chart, double low, double high, guint n_bins)
{
  g_return_if_fail (low < high && n_bins > 0);
  g_clear_pointer (&chart->categories, g_strfreev);
  chart->bin_low = low;
  chart->bin_high = high;
  chart->n_bars = n_bins;
  g_ptr_array_set_size (chart->series, 0);
}

static Bars *
add_series (GuiseBarChart *chart, const char *name)
{
  Bars *bars = g_new0 (Bars, 1);

  bars->name = g_strdup (name);
  bars->n = chart->n_bars;
  bars->values = g_new0 (double, MAX (chart->n_bars, 1));
  g_ptr_array_add (chart->series, bars);
  return bars;
}

void
guise_bar_chart_add_values (GuiseBarChart *chart, const char *name, const double *values,
                            const double *low, const double *high)
{
  Bars *bars = add_series (chart, name);

  if (low != NULL && high != NULL) {
    bars->low = g_memdup2 (low, bars->n * sizeof *low);
    bars->high = g_memdup2 (high, bars->n * sizeof *high);
  }
  for (guint i = 0; i < bars->n; i++)
    bars->values[i] = isfinite (values[i]) ? values[i] : NAN;
}

size_t
guise_bar_chart_add_samples (GuiseBarChart *chart, const char *name, const float *samples, size_t n)
{
  Bars *bars = add_series (chart, name);
  size_t n_counted = 0;

  for (size_t i = 0; i < n && bars->n > 0; i++) {
    double place = (samples[i] - chart->bin_low) / (chart->bin_high - chart->bin_low) * bars->n;

    if (!isfinite (samples[i]))
      continue;
    bars->values[(guint)CLAMP (place, 0, bars->n - 1)]++;
    n_counted++;
  }
  return n_counted;
}

double
guise_bar_chart_get_value (const GuiseBarChart *chart, guint series, guint bar)
{
  const Bars *bars;

  if (series >= chart->series->len)
    return NAN;
  bars = g_ptr_array_index (chart->series, series);
  return bar < bars->n ? bars->values[bar] : NAN;
}

/* ---- layout ---- */

static void
include (double *low, double *high, double value)
{
  if (isfinite (value)) {
    *low = MIN (*low, value);
    *high = MAX (*high, value);
  }
}

static void
find_range (const GuiseBarChart *chart, GuiseAxesSpec *spec)
{
  double low = 0, high = 0;

  for (guint s = 0; s < chart->series->len; s++) {
    const Bars *bars = g_ptr_array_index (chart->series, s);

    for (guint i = 0; i < bars->n; i++) {
      include (&low, &high, bars->values[i]);
      if (bars->low != NULL) {
        include (&low, &high, bars->low[i]);
        include (&low, &high, bars->high[i]);
      }
    }
  }
  if (low == high)
    high = 1;
  spec->y_low = low < 0 ? low - 0.06 * (high - low) : 0;
  spec->y_high = high > 0 ? high + 0.06 * (high - low) : 0;
}

static void
lay_out (const GuiseBarChart *chart, GuiseAxes *axes, GuiseLegendEntry *entries, cairo_t *cr,
         const GuisePlotTheme *theme, double width, double height)
{
  GuiseAxesSpec spec = { .title = chart->title,
                         .x_label = chart->x_label,
                         .y_label = chart->y_label,
                         .legend = entries,
                         .categories = (const char *const *)chart->categories,
                         .x_low = chart->bin_low,
                         .x_high = chart->bin_high };

  if (chart->categories != NULL) {
    spec.x_low = -0.5;
    spec.x_high = MAX (chart->n_bars, 1) - 0.5;
  }
  for (guint s = 0; s < chart->series->len; s++) {
    const Bars *bars = g_ptr_array_index (chart->series, s);

    if (bars->name != NULL)
      entries[spec.n_legend++] = (GuiseLegendEntry){ bars->name, s, TRUE };
  }
  find_range (chart, &spec);
  guise_axes_layout (axes, &spec, cr, theme, width, height);
}

/* ---- drawing ---- */

/* Left and right end of a bar, in pixels. */
static void
get_bar (const GuiseBarChart *chart, const GuiseAxes *axes, guint series, guint bar, double *left,
         double *right)
{
  if (chart->categories == NULL) {
    double step = (chart->bin_high - chart->bin_low) / chart->n_bars;

    *left = guise_axes_map_x (axes, chart->bin_low + bar * step) + 0.5;
    *right = guise_axes_map_x (axes, chart->bin_low + (bar + 1) * step) - 0.5;
  } else {
    double step = GROUP_SHARE / chart->series->len;
    double x = bar - 0.5 * GROUP_SHARE + series * step;

    *left = guise_axes_map_x (axes, x) + 0.5;
    *right = guise_axes_map_x (axes, x + step) - 0.5;
  }
  *right = MAX (*right, *left + 0.5);
}

static void
draw_error_bar (cairo_t *cr, const GuiseAxes *axes, double x, double low, double high)
{
  double top = guise_axes_map_y (axes, high), bottom = guise_axes_map_y (axes, low);

  cairo_set_line_width (cr, 1.5);
  cairo_move_to (cr, x, bottom);
  cairo_line_to (cr, x, top);
  cairo_move_to (cr, x - 3, top);
  cairo_line_to (cr, x + 3, top);
  cairo_move_to (cr, x - 3, bottom);
  cairo_line_to (cr, x + 3, bottom);
  cairo_stroke (cr);
}

static void
draw_series (const GuiseBarChart *chart, const GuiseAxes *axes, cairo_t *cr,
             const GuisePlotTheme *theme, guint series)
{
  const Bars *bars = g_ptr_array_index (chart->series, series);
  gboolean overlay = chart->categories == NULL && chart->series->len > 1;
  double zero = guise_axes_map_y (axes, 0);

  for (guint i = 0; i < bars->n; i++) {
    double left, right, y;

    if (isnan (bars->values[i]))
      continue;
    get_bar (chart, axes, series, i, &left, &right);
    y = guise_axes_map_y (axes, bars->values[i]);
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, series),
                          overlay ? OVERLAY_ALPHA : 1);
    cairo_rectangle (cr, left, MIN (y, zero), right - left, fabs (zero - y));
    cairo_fill (cr);
    if (bars->low != NULL && isfinite (bars->low[i]) && isfinite (bars->high[i])) {
      guise_plot_set_color (cr, theme->foreground, 1);
      draw_error_bar (cr, axes, 0.5 * (left + right), bars->low[i], bars->high[i]);
    }
  }
}

void
guise_bar_chart_draw (const GuiseBarChart *chart, cairo_t *cr, double width, double height,
                      const GuisePlotTheme *theme)
{
  g_autofree GuiseLegendEntry *entries = g_new0 (GuiseLegendEntry, chart->series->len + 1);
  g_auto (GuiseAxes) axes = { 0 };

  cairo_save (cr);
  lay_out (chart, &axes, entries, cr, theme, width, height);
  guise_axes_draw (&axes, cr, theme);
  guise_axes_clip (&axes, cr);
  for (guint s = 0; s < chart->series->len; s++)
    draw_series (chart, &axes, cr, theme, s);
  cairo_restore (cr);
}

int
guise_bar_chart_hover (const GuiseBarChart *chart, double width, double height,
                       const GuisePlotTheme *theme, double x_pixel)
{
  g_autofree GuiseLegendEntry *entries = g_new0 (GuiseLegendEntry, chart->series->len + 1);
  g_auto (GuiseAxes) axes = { 0 };
  cairo_t *cr = guise_plot_create_measuring ();
  double share;

  lay_out (chart, &axes, entries, cr, theme, width, height);
  cairo_destroy (cr);
  share = (x_pixel - axes.x) / axes.width;
  if (!(share >= 0 && share < 1) || chart->n_bars == 0)
    return -1;
  return MIN ((guint)(share * chart->n_bars), chart->n_bars - 1);
}

/* ---- file ---- */

typedef struct {
  const GuiseBarChart *chart;
  const GuisePlotTheme *theme;
} Picture;

static void
draw_picture (cairo_t *cr, double width, double height, gpointer data)
{
  const Picture *picture = data;

  guise_bar_chart_draw (picture->chart, cr, width, height, picture->theme);
}

gboolean
guise_bar_chart_save (const GuiseBarChart *chart, const char *path, double width, double height,
                      double scale, const GuisePlotTheme *theme, GError **error)
{
  Picture picture = { chart, theme };

  return guise_plot_save (path, width, height, scale, draw_picture, &picture, error);
}
