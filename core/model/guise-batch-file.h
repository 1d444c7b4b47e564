/* A batch out of a safetensors file: images, padded token ids, person and clothing ids, wrong
 * partners. */
#pragma once

#include "guise-stepper.h"

typedef struct {
  GuiseBatch batch; /* points into the arrays below */
  nn_real *images;
  gint32 *ids[GUISE_N_TEXTS];
  gsize *start[GUISE_N_TEXTS];
  gint64 *person, *outfit, *negative_texts, *negative_images;
} GuiseBatchFile;

/* Checks every shape and id against the configuration; the padding is taken out. */
GuiseBatchFile *guise_batch_file_load (const GuiseConfig *config, const char *path, GError **error);
void guise_batch_file_free (GuiseBatchFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseBatchFile, guise_batch_file_free)
