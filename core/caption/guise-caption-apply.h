/* Bringing what caption jobs made into guise.db. */
#pragma once

#include "guise-caption-db.h"
#include "guise-store-descriptions.h"

typedef struct {
  GuiseDescriptionStats stored;
  guint n_left; /* items whose pictures guise.db does not have */
  char *left;   /* the path of the first of them, or NULL */
} GuiseCaptionApplied;

void guise_caption_applied_clear (GuiseCaptionApplied *applied);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseCaptionApplied, guise_caption_applied_clear)

/* Adds all descriptions that guise.db does not have yet, in batches; one job's are one operation,
 * however often this is called. Whoever may write guise.db calls it: the window, or guisectl where
 * none is open. A kill between the two databases does no harm: a description is known by the item
 * that it comes from. What cannot be stored is counted and not tried again. Where an older guise.db
 * was put back, ids may mean other images: a text goes to the picture that it was made for, or
 * stays in captions.db. applied is zero before. */
gboolean guise_caption_apply (GuiseCaptionDb *db, GuiseStore *store, GuiseCaptionApplied *applied,
                              GError **error);

/* Has what was undone of a job brought into guise.db again, by the next guise_caption_apply() of
 * whoever may write it. An item of which somebody deleted a text stays out. */
gboolean guise_caption_bring_back (GuiseCaptionDb *db, GuiseStore *store, gint64 job_id,
                                   GError **error);

/* Writes down what the pictures of items are called that an older Guise wrote, by their ids. */
gboolean guise_caption_name_pictures (GuiseCaptionDb *db, GuiseStore *store, GError **error);

/* The name of a job as the operation log and captions know it. */
char *guise_caption_job_dup_origin (gint64 job_id);
