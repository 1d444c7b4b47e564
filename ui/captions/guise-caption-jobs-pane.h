/* GuiseCaptionJobsPane: the caption jobs of the project, and of the one that is selected how far it
 * is, what can be done with it, and its pictures by state. */
#pragma once

#include "guise-caption-jobs.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_JOBS_PANE (guise_caption_jobs_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionJobsPane, guise_caption_jobs_pane, GUISE, CAPTION_JOBS_PANE,
                      AdwBin)

/* The page that it stands on and the jobs of its project; NULL = they go. */
void guise_caption_jobs_pane_set_page (GuiseCaptionJobsPane *self, GuisePage *page,
                                       GuiseCaptionJobs *jobs);

/* For tests. Borrowed; NULL = none. */
GuiseCaptionEntry *guise_caption_jobs_pane_get_current (GuiseCaptionJobsPane *self);
guint guise_caption_jobs_pane_get_n_items (GuiseCaptionJobsPane *self);
gboolean guise_caption_jobs_pane_is_busy (GuiseCaptionJobsPane *self);

G_END_DECLS
