/* Which images are trained with and which validate. */
#pragma once

#include "guise-store-training.h"

typedef struct {
  GArray *train, *val; /* of gsize: indexes into the GuiseTrainingData, rising */
  gboolean held_out;   /* val was taken from the training persons */
  gsize n_leaked;      /* persons of the training images that also stand in another split */
} GuiseTrainSplit;

/* Trains with the splits in `splits` (bits 1 << GuiseSplit). Validation is the val split; where it
 * is empty or trained with, one training person in 20, chosen by its id alone so that all runs on
 * the data agree (none when there are fewer than 8 persons). data holds the images of all
 * splits. */
GuiseTrainSplit *guise_train_split_new (const GuiseTrainingData *data, guint splits);
void guise_train_split_free (GuiseTrainSplit *split);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTrainSplit, guise_train_split_free)

/* "train,val" as bits; 0 with G_IO_ERROR_INVALID_ARGUMENT for anything else. */
guint guise_train_split_parse (const char *text, GError **error);
char *guise_train_split_format (guint splits);
