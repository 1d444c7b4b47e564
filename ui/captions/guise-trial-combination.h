/* GuiseTrialCombination: what a side of a trial tries, as it was when the trial began. Main thread
 * only. */
#pragma once

#include "guise-endpoint.h"
#include "guise-job.h"

G_BEGIN_DECLS

typedef struct {
  char *endpoint, *model, *prompt; /* names of profile and model, path of the prompt's file */
  char *url, *host;
  gboolean is_remote;
  gboolean allowed; /* somebody agreed that pictures go there */
} GuiseTrialCombination;

/* Takes model. The combination is clear or of before. */
void guise_trial_combination_set (GuiseTrialCombination *self, const GuiseEndpoint *endpoint,
                                  char *model, const char *prompt);
void guise_trial_combination_clear (GuiseTrialCombination *self);
/* A trial of that many images that match. */
GuiseJob *guise_trial_combination_create_job (const GuiseTrialCombination *self, const char *folder,
                                              const char *filter, guint limit);

G_END_DECLS
