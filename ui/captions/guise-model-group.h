/* GuiseModelGroup: what a caption job by a model is begun with, and what it would take.
 *
 * Signal "edited" (): what stands in the form is another. */
#pragma once

#include "guise-caption-jobs.h"
#include "guise-styles.h"

G_BEGIN_DECLS

#define GUISE_TYPE_MODEL_GROUP (guise_model_group_get_type ())
G_DECLARE_FINAL_TYPE (GuiseModelGroup, guise_model_group, GUISE, MODEL_GROUP, AdwPreferencesGroup)

/* The page that it stands on and the jobs of its project; NULL = they go. */
void guise_model_group_set_page (GuiseModelGroup *self, GuisePage *page, GuiseCaptionJobs *jobs);
/* Looks again which endpoints and prompts there are, and counts. */
void guise_model_group_refresh (GuiseModelGroup *self);
/* Puts a profile, a model and a prompt's file into the form; what is not listed stays as it is. */
void guise_model_group_choose (GuiseModelGroup *self, const char *endpoint, const char *model,
                               const char *prompt);
/* The styles that may be chosen; NULL = there are none. */
void guise_model_group_set_styles (GuiseModelGroup *self, const GuiseStyles *styles);
/* What stands in the form, for another time, and taking it up again, before it is refreshed for the
 * first time. saved: a{sv}. */
GVariant *guise_model_group_save_state (GuiseModelGroup *self);
void guise_model_group_restore_state (GuiseModelGroup *self, GVariant *saved);
/* The profile that is chosen; NULL = none yet, or an address is typed. Borrowed. */
const char *guise_model_group_get_endpoint (GuiseModelGroup *self);
void guise_model_group_start (GuiseModelGroup *self);
/* Why it cannot be started, or NULL; borrowed. */
const char *guise_model_group_get_problem (GuiseModelGroup *self);
/* For tests: TRUE while something is read. */
gboolean guise_model_group_is_busy (GuiseModelGroup *self);

G_END_DECLS
