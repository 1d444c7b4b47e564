/* GuiseChartView: a line chart on the screen. Takes its colours from the style context, shows the
 * values under the pointer (or, with the arrow keys, under a cursor), and gives assistive
 * technology the chart's summary in words. Main thread only. */
#pragma once

#include "guise-chart.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_CHART_VIEW (guise_chart_view_get_type ())
G_DECLARE_FINAL_TYPE (GuiseChartView, guise_chart_view, GUISE, CHART_VIEW, GtkWidget)

GtkWidget *guise_chart_view_new (void);

/* chart is borrowed: it must live until another one is set. NULL = none. */
void guise_chart_view_set_chart (GuiseChartView *self, GuiseChart *chart);
/* Points have come: the chart is drawn again soon, at most five times a second. */
void guise_chart_view_update (GuiseChartView *self);
/* What the chart shows, for assistive technology. */
void guise_chart_view_set_name (GuiseChartView *self, const char *name);

/* For tests: how often the chart has been drawn; the values under the cursor as text (to be freed),
 * NULL without one. */
guint guise_chart_view_get_n_draws (GuiseChartView *self);
char *guise_chart_view_dup_values (GuiseChartView *self);

G_END_DECLS
