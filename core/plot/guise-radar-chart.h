/* Several things judged by the same few scores, each a closed line around a common centre. Not
 * locked: one thread at a time. */
#pragma once

#include "guise-plot.h"

G_BEGIN_DECLS

typedef struct _GuiseRadarChart GuiseRadarChart;

/* axes: the scores' names, clockwise from the top, NULL-terminated, copied. high: the score of the
 * outermost ring; the centre is 0. title may be NULL = none. */
GuiseRadarChart *guise_radar_chart_new (const char *title, const char *const *axes, double high);
void guise_radar_chart_free (GuiseRadarChart *chart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRadarChart, guise_radar_chart_free)

/* values [axes], copied; drawn at 0 … high. One that is not finite leaves a gap in the line. */
void guise_radar_chart_add_values (GuiseRadarChart *chart, const char *name, const double *values);

void guise_radar_chart_draw (const GuiseRadarChart *chart, cairo_t *cr, double width,
                             double height, const GuisePlotTheme *theme);
/* Where a value is drawn. */
void guise_radar_chart_locate (const GuiseRadarChart *chart, double width, double height,
                               const GuisePlotTheme *theme, guint axis, double value, double *x,
                               double *y);
gboolean guise_radar_chart_save (const GuiseRadarChart *chart, const char *path, double width,
                                 double height, double scale, const GuisePlotTheme *theme,
                                 GError **error);

G_END_DECLS
