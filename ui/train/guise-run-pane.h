/* GuiseRunPane: one training run at large: state, figures, curves and log. Its buttons are the
 * page's actions page.stop-run, page.resume-run and page.use-run. Main thread only. */
#pragma once

#include "guise-chart-view.h"
#include "guise-train-run.h"

G_BEGIN_DECLS

#define GUISE_TYPE_RUN_PANE (guise_run_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseRunPane, guise_run_pane, GUISE, RUN_PANE, GtkWidget)

/* NULL = none. */
void guise_run_pane_set_run (GuiseRunPane *self, GuiseTrainRun *run);
/* The embedding that "Use for Search" waits for: what is being done, NULL = nothing; fraction below
 * 0 = unknown. */
void guise_run_pane_set_task (GuiseRunPane *self, const char *what, double fraction);

/* For tests; borrowed. */
GuiseChartView *guise_run_pane_get_losses (GuiseRunPane *self);
GuiseChartView *guise_run_pane_get_validation (GuiseRunPane *self);

G_END_DECLS
