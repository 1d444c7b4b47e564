/* A chart as words, as a table and as a file. */
#include <math.h>

#include "guise-chart.h"

char *
guise_chart_create_summary (const GuiseChart *chart)
{
  GString *text = g_string_new (NULL);

  for (guint s = 0; s < guise_chart_get_n_series (chart); s++) {
    double last_x = NAN, last = NAN, least = INFINITY, greatest = -INFINITY;
    const char *name = guise_chart_get_series_name (chart, s);

    for (guint i = 0; i < guise_chart_get_n_points (chart, s); i++) {
      double x, y;

      guise_chart_get_point (chart, s, i, &x, &y);
      if (!isfinite (y))
        continue;
      last_x = x;
      last = y;
      least = MIN (least, y);
      greatest = MAX (greatest, y);
    }
    if (text->len > 0)
      g_string_append_c (text, '\n');
    if (isfinite (last))
      g_string_append_printf (text, "%s: %.4g at %.10g, least %.4g, greatest %.4g.", name, last,
                              last_x, least, greatest);
    else
      g_string_append_printf (text, "%s: no data.", name);
  }
  return g_string_free (text, FALSE);
}

static void
append_number (GString *csv, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (isfinite (value))
    g_string_append (csv, g_ascii_formatd (buffer, sizeof buffer, "%.10g", value));
}

static void
append_quoted (GString *csv, const char *text)
{
  g_string_append_c (csv, '"');
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '"')
      g_string_append_c (csv, '"');
    g_string_append_c (csv, *c);
  }
  g_string_append_c (csv, '"');
}

char *
guise_chart_create_csv (const GuiseChart *chart)
{
  GString *csv = g_string_new ("series,x,y\n");

  for (guint s = 0; s < guise_chart_get_n_series (chart); s++) {
    for (guint i = 0; i < guise_chart_get_n_points (chart, s); i++) {
      double x, y;

      guise_chart_get_point (chart, s, i, &x, &y);
      append_quoted (csv, guise_chart_get_series_name (chart, s));
      g_string_append_c (csv, ',');
      append_number (csv, x);
      g_string_append_c (csv, ',');
      append_number (csv, y);
      g_string_append_c (csv, '\n');
    }
  }
  return g_string_free (csv, FALSE);
}

typedef struct {
  const GuiseChart *chart;
  const GuisePlotTheme *theme;
} Picture;

static void
draw_picture (cairo_t *cr, double width, double height, gpointer data)
{
  const Picture *picture = data;

  guise_chart_draw (picture->chart, cr, width, height, picture->theme, NAN);
}

gboolean
guise_chart_save (const GuiseChart *chart, const char *path, double width, double height,
                  double scale, const GuisePlotTheme *theme, GError **error)
{
  Picture picture = { chart, theme };

  return guise_plot_save (path, width, height, scale, draw_picture, &picture, error);
}

/* ---- several ---- */

typedef struct {
  const GuiseChart *const *charts;
  guint n, n_columns;
  const GuisePlotTheme *theme;
} Grid;

static void
draw_grid (cairo_t *cr, double width, double height, gpointer data)
{
  const Grid *grid = data;
  double w = width / grid->n_columns,
         h = height / ((grid->n + grid->n_columns - 1) / grid->n_columns);

  for (guint i = 0; i < grid->n; i++) {
    cairo_save (cr);
    cairo_translate (cr, i % grid->n_columns * w, i / grid->n_columns * h);
    guise_chart_draw (grid->charts[i], cr, w, h, grid->theme, NAN);
    cairo_restore (cr);
  }
}

gboolean
guise_chart_save_grid (const GuiseChart *const *charts, guint n, guint n_columns, const char *path,
                       double width, double height, double scale, const GuisePlotTheme *theme,
                       GError **error)
{
  Grid grid = { charts, n, n_columns, theme };

  return guise_plot_save (path, width, height, scale, draw_grid, &grid, error);
}
