/* Everything training and evaluation need of the store, in a few flat arrays read by two queries
 * in one snapshot. Plain data once read: no locks, shared by all loader threads. */
#pragma once

#include "guise-store.h"

typedef struct {
  guint splits;         /* bits 1 << GuiseSplit; 0 = all */
  guint caption_states; /* bits 1 << GuiseCaptionState; 0 = all but rejected */
} GuiseTrainingQuery;

typedef struct {
  size_t n_images; /* by image id */
  gint64 *image_ids;
  gint64 *dataset_ids;
  gint64 *person_ids; /* unique over all data sets */
  gint64 *outfit_ids; /* 0 = the data set has none */
  gint64 *camera_ids; /* 0 = unknown */
  guint8 *splits;     /* GuiseSplit */
  const char **paths; /* beneath the data set's root; bytes */

  /* The captions of image i are caption_start[i] … caption_start[i + 1] - 1: free ones, identity,
   * clothing. */
  size_t n_captions;
  size_t *caption_start; /* n_images + 1 */
  gint64 *caption_ids;
  guint8 *caption_kinds;   /* GuiseCaptionKind */
  guint8 *caption_sources; /* GuiseCaptionSource */
  const char **texts;
  const char **styles; /* NULL = none */

  GStringChunk *strings; /* owns the texts, styles and paths */
} GuiseTrainingData;

/* Reads the images of the splits asked for. None is an empty success. ~0.2 s for 40 000
 * images. */
GuiseTrainingData *guise_store_read_training_data (GuiseStore *store,
                                                   const GuiseTrainingQuery *query,
                                                   GCancellable *cancellable, GError **error);
void guise_training_data_free (GuiseTrainingData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTrainingData, guise_training_data_free)
