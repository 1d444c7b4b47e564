/* GuiseTrialSide: one of the two combinations that a trial compares: endpoint, model and prompt,
 * and the sums of what came of it. Main thread only.
 *
 * Signals: "edited" (): another combination; "used" (): this one is to be taken. */
#pragma once

#include "guise-endpoint.h"
#include "guise-prompt-files.h"
#include "guise-trial-results.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_TRIAL_SIDE (guise_trial_side_get_type ())
G_DECLARE_FINAL_TYPE (GuiseTrialSide, guise_trial_side, GUISE, TRIAL_SIDE, AdwPreferencesGroup)

GtkWidget *guise_trial_side_new (const char *title);

/* Arrays of GuiseEndpoint and GuisePromptFile, both referenced. What was chosen stays chosen if it
 * is still there. */
void guise_trial_side_set_choices (GuiseTrialSide *self, GPtrArray *endpoints, GPtrArray *prompts);
/* NULL names leave what is chosen. */
void guise_trial_side_choose (GuiseTrialSide *self, const char *endpoint, const char *model,
                              const char *prompt);
/* Borrowed; NULL = none. */
const GuiseEndpoint *guise_trial_side_get_endpoint (GuiseTrialSide *self);
const GuisePromptFile *guise_trial_side_get_prompt (GuiseTrialSide *self);
/* NULL = none. */
char *guise_trial_side_dup_model (GuiseTrialSide *self);
/* Why this combination cannot be tried, a sentence, or NULL. */
const char *guise_trial_side_get_problem (GuiseTrialSide *self);

/* NULL = there is none yet. */
void guise_trial_side_show_outcome (GuiseTrialSide *self, const GuiseTrialOutcome *outcome);

G_END_DECLS
