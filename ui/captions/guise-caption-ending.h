/* How a caption job ended and why, in one sentence. Main thread only. */
#pragma once

#include "guise-caption-apply.h"
#include "guise-job.h"

G_BEGIN_DECLS

/* Of a job that no process does any more. *lasts: somebody has to act, and the sentence stands
 * until they do; else it passes. To be freed. */
char *guise_caption_ending_create_sentence (const GuiseCaptionJob *job, gboolean *lasts);
/* Of a process that was started here at that time (µs since 1970 UTC). said: why it failed, in its
 * own words, or NULL. job: what it did as it is now, NULL = not known. NULL: there is nothing to
 * say. */
char *guise_caption_ending_create_of_process (GuiseJob *process, gint64 launched, const char *said,
                                              const GuiseCaptionJob *job, gboolean *lasts);
/* Of texts whose pictures are not in the project as it is now; NULL where there are none. To be
 * freed. */
char *guise_caption_ending_create_left (const GuiseCaptionApplied *applied);

G_END_DECLS
