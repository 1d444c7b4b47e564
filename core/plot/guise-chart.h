/* Line chart of several series that may still be growing: loss curves, validation curves, sweeps.
 *
 * Points of a series come in ascending x. A y that is not finite is a gap: the line is interrupted
 * there. On a logarithmic axis values <= 0 are gaps; so are values beyond 1e150. Not locked: one
 * thread at a time. */
#pragma once

#include "guise-plot.h"

G_BEGIN_DECLS

typedef struct _GuiseChart GuiseChart;

/* Texts may be NULL = none. */
GuiseChart *guise_chart_new (const char *title, const char *x_label, const char *y_label);
void guise_chart_free (GuiseChart *chart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseChart, guise_chart_free)

/* Returns the series' number, from 0: it chooses colour and dashes. */
guint guise_chart_add_series (GuiseChart *chart, const char *name);
guint guise_chart_get_n_series (const GuiseChart *chart);
const char *guise_chart_get_series_name (const GuiseChart *chart, guint series);
/* x not finite, not above 0 on a logarithmic axis, or smaller than the series' last x, is passed
 * over: FALSE. */
gboolean guise_chart_append (GuiseChart *chart, guint series, double x, double y);
guint guise_chart_get_n_points (const GuiseChart *chart, guint series);
/* y is NaN in a gap. */
void guise_chart_get_point (const GuiseChart *chart, guint series, guint point, double *x,
                            double *y);
/* Takes all points away, keeps the series. */
void guise_chart_clear (GuiseChart *chart);

void guise_chart_set_visible (GuiseChart *chart, guint series, gboolean visible);
/* Before points are added. */
void guise_chart_set_log_x (GuiseChart *chart, gboolean log_x);
void guise_chart_set_log_y (GuiseChart *chart, gboolean log_y);
/* 0 = none … below 1: weight of the past in an exponential mean (started without bias). The raw
 * line stays, faint. */
void guise_chart_set_smoothing (GuiseChart *chart, double smoothing);
/* Fixes the y axis; NaN for either end = from the data. */
void guise_chart_set_y_range (GuiseChart *chart, double low, double high);
/* A dashed horizontal line with a name, for floors and chance levels, in the series' colour. */
void guise_chart_add_level (GuiseChart *chart, guint series, double y, const char *name);

/* A dot at one place with a name beside it, in the series' colour. Where the place cannot be drawn
 * there is none; marks do not widen the axes. */
void guise_chart_add_mark (GuiseChart *chart, guint series, double x, double y, const char *name);

/* cursor_x: the data x at which a vertical line and the values' dots are drawn, NaN = none. */
void guise_chart_draw (const GuiseChart *chart, cairo_t *cr, double width, double height,
                       const GuisePlotTheme *theme, double cursor_x);

/* What is under the pointer: the nearest x that has a point, and each series' value there. */
typedef struct {
  double x;
  guint n_series;
  double *values;   /* [n_series] raw y at x; NaN: no point there, a gap, or hidden */
  double *smoothed; /* [n_series] */
} GuiseChartHover;

/* x_pixel as drawn at this size with this theme. FALSE: outside the plot or nothing there. Free
 * with guise_chart_hover_clear(). */
gboolean guise_chart_hover (const GuiseChart *chart, double width, double height,
                            const GuisePlotTheme *theme, double x_pixel, GuiseChartHover *hover);
void guise_chart_hover_clear (GuiseChartHover *hover);

/* Where a data point is drawn; FALSE when it has no place (gap, empty chart). */
gboolean guise_chart_locate (const GuiseChart *chart, double width, double height,
                             const GuisePlotTheme *theme, double x, double y, double *x_pixel,
                             double *y_pixel);

/* One sentence a series (last, least and greatest value): stands in for the picture where it cannot
 * be seen. g_free() it. */
char *guise_chart_create_summary (const GuiseChart *chart);
/* "series,x,y" lines, a gap's y left empty. g_free() it. */
char *guise_chart_create_csv (const GuiseChart *chart);

gboolean guise_chart_save (const GuiseChart *chart, const char *path, double width, double height,
                           double scale, const GuisePlotTheme *theme, GError **error);
/* Several charts in one picture, n of them, row by row in so many columns. */
gboolean guise_chart_save_grid (const GuiseChart *const *charts, guint n, guint n_columns,
                                const char *path, double width, double height, double scale,
                                const GuisePlotTheme *theme, GError **error);

G_END_DECLS
