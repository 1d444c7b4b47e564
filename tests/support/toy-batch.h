/* Batches in memory out of an integer hash: for tests of a step that need no file. */
#pragma once

#include "guise-stepper.h"

typedef struct {
  GuiseBatch batch; /* points into the arrays below; wrong partners are drawn */
  nn_real *images;
  gint32 *ids[GUISE_N_TEXTS];
  gsize *start[GUISE_N_TEXTS];
  gint64 *person, *outfit;
} ToyBatch;

/* `size` images of size/2 + 1 persons in up to two outfits each; texts have 3 tokens or more. */
ToyBatch *toy_batch_new (const GuiseConfig *config, gsize size, guint64 seed);
void toy_batch_free (ToyBatch *toy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ToyBatch, toy_batch_free)
