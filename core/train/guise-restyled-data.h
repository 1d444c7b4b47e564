/* Training data with other descriptions, in memory alone: what is stored stays as it is. For
 * comparing manners of description (docs/MODEL.md, "Ablations"). */
#pragma once

#include "guise-restyle.h"
#include "guise-store-training.h"

typedef struct {
  const GuiseLexicon *lexicon; /* NULL = the descriptions stay as they are */
  const GuiseStyles *styles;   /* NULL = the splitter's plain sentences */
  guint64 seed;                /* draws a style for each image */
  size_t n_persons;            /* of the training split, the first ones; 0 = all */
} GuiseRestyledOptions;

/* Every training image keeps its free captions and gets, in place of its descriptions, one of who
 * and one of what, made of these captions. Images of the other splits stay as they are. data may be
 * freed once this returns. NULL with G_IO_ERROR_CANCELLED. */
GuiseTrainingData *guise_training_data_restyle (const GuiseTrainingData *data,
                                                const GuiseRestyledOptions *options,
                                                GCancellable *cancellable, GError **error);
