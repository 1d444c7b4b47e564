/* GuiseRunDialog: asks what a new training run shall be, and says what the data lacks. Main thread
 * only.
 *
 * Signal "start" (GuiseRunPlan *plan): a plan that passes all checks; the dialog closes. */
#pragma once

#include "guise-project.h"
#include "guise-run-plan.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_RUN_DIALOG (guise_run_dialog_get_type ())
G_DECLARE_FINAL_TYPE (GuiseRunDialog, guise_run_dialog, GUISE, RUN_DIALOG, AdwWindow)

/* taken: names (char *) of the runs that there are. plan: what to begin with, NULL = the first
 * preset. Both are copied. */
GuiseRunDialog *guise_run_dialog_new (GtkWindow *parent, GuiseProject *project,
                                      const GPtrArray *taken, const GuiseRunPlan *plan);

/* What is in the fields now; it may not pass the checks. To be freed. */
GuiseRunPlan *guise_run_dialog_create_plan (GuiseRunDialog *self);
/* Puts a plan's numbers and settings into the fields, as if typed. */
void guise_run_dialog_set_plan (GuiseRunDialog *self, const GuiseRunPlan *plan);
/* NULL = the run may start. Borrowed. */
const char *guise_run_dialog_get_problem (GuiseRunDialog *self);

G_END_DECLS
