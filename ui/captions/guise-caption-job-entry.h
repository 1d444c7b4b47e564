/* GuiseCaptionJobEntry: a caption job in the list of the window's jobs that is no child of this
 * window, such as one that an earlier window has left running. Main thread only.
 *
 * Signal "stop" (): somebody wants it to stop. */
#pragma once

#include "guise-caption-entry.h"
#include "guise-job-entry.h"

G_BEGIN_DECLS

#define GUISE_TYPE_CAPTION_JOB_ENTRY (guise_caption_job_entry_get_type ())
G_DECLARE_FINAL_TYPE (GuiseCaptionJobEntry, guise_caption_job_entry, GUISE, CAPTION_JOB_ENTRY,
                      GuiseJobEntry)

/* Of the window's entries of caption jobs: a project has one at a time, and whatever goes on takes
 * the place of what failed. */
#define GUISE_CAPTION_JOB_SUBJECT "captions"

/* entry: runs. */
GuiseJobEntry *guise_caption_job_entry_new (GuiseCaptionEntry *entry);
/* Nobody follows the job any more: it leaves the list. */
void guise_caption_job_entry_drop (GuiseCaptionJobEntry *self);

G_END_DECLS
