/* Bars: one for each category, or the counts of a histogram; several series stand side by side
 * (categories) or lie over each other, half transparent (histograms). Not locked: one thread at a
 * time. */
#pragma once

#include "guise-plot.h"

G_BEGIN_DECLS

typedef struct _GuiseBarChart GuiseBarChart;

/* Texts may be NULL = none. */
GuiseBarChart *guise_bar_chart_new (const char *title, const char *x_label, const char *y_label);
void guise_bar_chart_free (GuiseBarChart *chart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseBarChart, guise_bar_chart_free)

/* categories: NULL-terminated, copied. Forgets a histogram. */
void guise_bar_chart_set_categories (GuiseBarChart *chart, const char *const *categories);
/* values [categories]; low and high [categories] are ends of error bars, NULL = none. A value that
 * is not finite leaves its place empty. */
void guise_bar_chart_add_values (GuiseBarChart *chart, const char *name, const double *values,
                                 const double *low, const double *high);
/* Makes the chart a histogram with n_bins equal bins over [low,high]; forgets categories. */
void guise_bar_chart_set_bins (GuiseBarChart *chart, double low, double high, guint n_bins);
/* Counts samples [n]; those outside the bins go into the outermost ones, those that are not finite
 * are not counted. Returns how many were counted. */
size_t guise_bar_chart_add_samples (GuiseBarChart *chart, const char *name, const float *samples,
                                    size_t n);

/* Counts of one bin or value of one category; NaN when there is none. */
double guise_bar_chart_get_value (const GuiseBarChart *chart, guint series, guint bar);

void guise_bar_chart_draw (const GuiseBarChart *chart, cairo_t *cr, double width, double height,
                           const GuisePlotTheme *theme);
/* The category or bin at x_pixel; -1 = none. */
int guise_bar_chart_hover (const GuiseBarChart *chart, double width, double height,
                           const GuisePlotTheme *theme, double x_pixel);
gboolean guise_bar_chart_save (const GuiseBarChart *chart, const char *path, double width,
                               double height, double scale, const GuisePlotTheme *theme,
                               GError **error);

G_END_DECLS
