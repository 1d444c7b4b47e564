#include "guise-radar-chart.h"

#include <math.h>

#define PAD 8.0
#define SAMPLE_WIDTH 22.0
#define LINE_WIDTH 2.0
#define N_RINGS 4

typedef struct {
  char *name;
  double *values;
} Series;

struct _GuiseRadarChart {
  char *title;
  char **axes;
  guint n_axes;
  double high;
  GPtrArray *series;
};

/* The circle that the outermost ring would be. */
typedef struct {
  double x, y, radius, line; /* line: height of a line of text */
} Circle;

static void
series_free (gpointer data)
{
  Series *series = data;

  g_free (series->name);
  g_free (series->values);
  g_free (series);
}

GuiseRadarChart *
guise_radar_chart_new (const char *title, const char *const *axes, double high)
{
  GuiseRadarChart *chart = g_new0 (GuiseRadarChart, 1);

  chart->title = g_strdup (title);
  chart->axes = g_strdupv ((char **)axes);
  chart->n_axes = g_strv_length (chart->axes);
  chart->high = high;
  chart->series = g_ptr_array_new_with_free_func (series_free);
  return chart;
}

void
guise_radar_chart_free (GuiseRadarChart *chart)
{
  if (chart == NULL)
    return;
  g_free (chart->title);
  g_strfreev (chart->axes);
  g_ptr_array_unref (chart->series);
  g_free (chart);
}

void
guise_radar_chart_add_values (GuiseRadarChart *chart, const char *name, const double *values)
{
  Series *series = g_new (Series, 1);

  series->name = g_strdup (name);
  series->values = g_memdup2 (values, chart->n_axes * sizeof *values);
  g_ptr_array_add (chart->series, series);
}

/* ---- places ---- */

static Circle
find_circle (const GuiseRadarChart *chart, cairo_t *cr, const GuisePlotTheme *theme, double width,
             double height)
{
  double widest = 0, top = PAD;
  Circle circle;

  guise_plot_measure_text (cr, theme, "0", NULL, &circle.line);
  for (guint a = 0; a < chart->n_axes; a++) {
    double text;

    guise_plot_measure_text (cr, theme, chart->axes[a], &text, NULL);
    widest = MAX (widest, text);
  }
  top += (chart->title != NULL ? circle.line + 4 : 0) + circle.line + 4; /* and the legend */
  circle.x = 0.5 * width;
  circle.y = 0.5 * (top + height);
  circle.radius = MAX (MIN (0.5 * width - widest - 2 * PAD,
                            0.5 * (height - top) - circle.line - 2 * PAD),
                       1);
  return circle;
}

static void
place (const GuiseRadarChart *chart, const Circle *circle, guint axis, double value, double *x,
       double *y)
{
  double angle = 2 * G_PI * axis / MAX (chart->n_axes, 1), share = value / chart->high;

  *x = circle->x + circle->radius * share * sin (angle);
  *y = circle->y - circle->radius * share * cos (angle);
}

void
guise_radar_chart_locate (const GuiseRadarChart *chart, double width, double height,
                          const GuisePlotTheme *theme, guint axis, double value, double *x,
                          double *y)
{
  cairo_t *cr = guise_plot_create_measuring ();
  Circle circle = find_circle (chart, cr, theme, width, height);

  place (chart, &circle, axis, CLAMP (value, 0, chart->high), x, y);
  cairo_destroy (cr);
}

/* ---- drawing ---- */

static void
draw_rings (const GuiseRadarChart *chart, cairo_t *cr, const GuisePlotTheme *theme,
            const Circle *circle)
{
  double x, y;

  guise_plot_set_color (cr, theme->foreground, 0.2);
  cairo_set_line_width (cr, 1);
  for (guint ring = 1; ring <= N_RINGS; ring++) {
    for (guint a = 0; a < chart->n_axes; a++) {
      place (chart, circle, a, chart->high * ring / N_RINGS, &x, &y);
      cairo_line_to (cr, x, y);
    }
    cairo_close_path (cr);
    cairo_stroke (cr);
  }
  for (guint a = 0; a < chart->n_axes; a++) {
    place (chart, circle, a, chart->high, &x, &y);
    cairo_move_to (cr, circle->x, circle->y);
    cairo_line_to (cr, x, y);
    cairo_stroke (cr);
  }
}

/* Beside the end of each axis, on the side that looks away from the centre. */
static void
draw_names (const GuiseRadarChart *chart, cairo_t *cr, const GuisePlotTheme *theme,
            const Circle *circle)
{
  for (guint a = 0; a < chart->n_axes; a++) {
    double x, y, dx, dy;

    place (chart, circle, a, chart->high, &x, &y);
    dx = (x - circle->x) / circle->radius;
    dy = (y - circle->y) / circle->radius;
    guise_plot_set_color (cr, theme->foreground, 0.9);
    guise_plot_draw_text (cr, theme, chart->axes[a], x + PAD * dx, y + PAD * dy, 0.5 - 0.5 * dx,
                          0.5 - 0.5 * dy, 0);
  }
}

static void
set_line (cairo_t *cr, const GuisePlotTheme *theme, guint number)
{
  double dashes[4];
  int n = guise_plot_get_dashes (number, LINE_WIDTH, dashes);

  guise_plot_set_color (cr, guise_plot_get_color (theme->dark, number), 1);
  cairo_set_dash (cr, dashes, n, 0);
  cairo_set_line_width (cr, LINE_WIDTH);
}

static void
draw_series (const GuiseRadarChart *chart, cairo_t *cr, const GuisePlotTheme *theme,
             const Circle *circle, guint number)
{
  const Series *series = chart->series->pdata[number];

  set_line (cr, theme, number);
  for (guint a = 0; a <= chart->n_axes && chart->n_axes > 0; a++) {
    double value = series->values[a % chart->n_axes], x, y;

    if (!isfinite (value)) {
      cairo_new_sub_path (cr);
      continue;
    }
    place (chart, circle, a, CLAMP (value, 0, chart->high), &x, &y);
    cairo_line_to (cr, x, y);
  }
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_legend (const GuiseRadarChart *chart, cairo_t *cr, const GuisePlotTheme *theme, double top,
             double width, double line)
{
  double x = PAD;

  for (guint s = 0; s < chart->series->len; s++) {
    const Series *series = chart->series->pdata[s];
    double text;

    guise_plot_measure_text (cr, theme, series->name, &text, NULL);
    set_line (cr, theme, s);
    cairo_move_to (cr, x, top + 0.5 * line);
    cairo_line_to (cr, x + SAMPLE_WIDTH - 4, top + 0.5 * line);
    cairo_stroke (cr);
    cairo_set_dash (cr, NULL, 0, 0);
    guise_plot_set_color (cr, theme->foreground, 1);
    guise_plot_draw_text (cr, theme, series->name, x + SAMPLE_WIDTH, top + 0.5 * line, 0, 0.5,
                          MAX (width - x - SAMPLE_WIDTH, 1));
    x += SAMPLE_WIDTH + text + 2 * PAD;
  }
}

void
guise_radar_chart_draw (const GuiseRadarChart *chart, cairo_t *cr, double width, double height,
                        const GuisePlotTheme *theme)
{
  Circle circle = find_circle (chart, cr, theme, width, height);
  double top = PAD;

  cairo_save (cr);
  if (theme->background.alpha > 0) {
    guise_plot_set_color (cr, theme->background, 1);
    cairo_rectangle (cr, 0, 0, width, height);
    cairo_fill (cr);
  }
  guise_plot_set_color (cr, theme->foreground, 1);
  if (chart->title != NULL) {
    guise_plot_draw_text (cr, theme, chart->title, PAD, top, 0, 0, width - 2 * PAD);
    top += circle.line + 4;
  }
  draw_legend (chart, cr, theme, top, width, circle.line);
  draw_rings (chart, cr, theme, &circle);
  draw_names (chart, cr, theme, &circle);
  for (guint s = 0; s < chart->series->len; s++)
    draw_series (chart, cr, theme, &circle, s);
  cairo_restore (cr);
}

typedef struct {
  const GuiseRadarChart *chart;
  const GuisePlotTheme *theme;
} Picture;

static void
draw_picture (cairo_t *cr, double width, double height, gpointer data)
{
  const Picture *picture = data;

  guise_radar_chart_draw (picture->chart, cr, width, height, picture->theme);
}

gboolean
guise_radar_chart_save (const GuiseRadarChart *chart, const char *path, double width,
                        double height, double scale, const GuisePlotTheme *theme, GError **error)
{
  Picture picture = { chart, theme };

  return guise_plot_save (path, width, height, scale, draw_picture, &picture, error);
}
