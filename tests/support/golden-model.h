/* Weights and batches out of an integer hash: the twin of golden_weights and golden_batch in
 * tests/golden/make-parity.py. */
#pragma once

#include "guise-config.h"

/* Writes config.json, model.safetensors and batch.safetensors into folder. Aborts on failure: a
 * test's means. */
void golden_model_write (const GuiseConfig *config, guint64 seed, gsize batch_size,
                         const char *folder);
