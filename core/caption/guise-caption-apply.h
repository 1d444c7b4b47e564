/* Bringing what caption jobs made into guise.db. */
#pragma once

#include "guise-caption-db.h"
#include "guise-store-descriptions.h"

/* Adds all descriptions that guise.db does not have yet, in batches; one job's are one operation,
 * however often this is called. Whoever may write guise.db calls it: the window, or guisectl where
 * none is open. A kill between the two databases does no harm: a description is known by the item
 * that it comes from. What cannot be stored (its image is gone) is counted and not tried again.
 * stats are added to. */
gboolean guise_caption_apply (GuiseCaptionDb *db, GuiseStore *store, GuiseDescriptionStats *stats,
                              GError **error);

/* The name of a job as the operation log and captions know it. */
char *guise_caption_job_dup_origin (gint64 job_id);
