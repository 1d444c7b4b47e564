/* Which images show the same outfit, for losses and for evaluation: the data set's clothes id where
 * it has one; else the same person with the same clothing description; else the image alone. */
#pragma once

#include "guise-store-training.h"

/* outfits: [data->n_images], numbers from 0; two images have the same one only if their persons are
 * the same. Descriptions are compared without case, punctuation and repeated spaces; where an image
 * has several, its first one counts. Returns whether any outfit is known by more than the image
 * itself: without, a question about outfits makes no sense. */
gboolean guise_outfits_assign (const GuiseTrainingData *data, gint64 *outfits);

/* Whether these images (indexes into data, gsize; NULL = all) are best judged by outfit: for most
 * of them the data set has a clothes id, or another of them shows the same outfit. outfits: as
 * assigned. */
gboolean guise_outfits_prevail (const GuiseTrainingData *data, const gint64 *outfits,
                                const GArray *members);
