/* What a planned run will take, for the "New Run" dialog: computed on a worker, which also times
 * how fast this machine is. Main thread. */
#pragma once

#include "guise-project.h"
#include "guise-run-plan.h"

G_BEGIN_DECLS

typedef struct {
  char *title, *subtitle; /* translated */
  gboolean fits;
} GuiseRunEstimate;

void guise_run_estimate_free (GuiseRunEstimate *estimate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRunEstimate, guise_run_estimate_free)

/* plan is copied; it must pass guise_run_plan_check(). */
void guise_run_estimate_async (GuiseProject *project, const GuiseRunPlan *plan,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
GuiseRunEstimate *guise_run_estimate_finish (GAsyncResult *result, GError **error);

G_END_DECLS
