/* One run in the list of runs: name, preset, state and best R@1, kept up to date. Main thread
 * only. */
#pragma once

#include "guise-train-run.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A GtkListBoxRow. */
GtkWidget *guise_run_row_new (GuiseTrainRun *run);

G_END_DECLS
