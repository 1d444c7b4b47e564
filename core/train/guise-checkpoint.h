/* A checkpoint of a run: one folder with
 *
 *   config.json, model.safetensors, vocab.txt   what any program that uses the model reads
 *   training.safetensors   Adam's moments, GradNorm's state, step, best so far, place in metrics
 *
 * It is written under another name, synced, read back and compared, and then appears by a single
 * rename. From it the training goes on bit for bit. */
#pragma once

#include "guise-gradnorm.h"
#include "guise-optimiser.h"

/* How far a run is. All numbers are doubles (counts are far below 2^53), so that one table writes
 * and reads them. */
typedef struct {
  double step;         /* updates done or skipped */
  double n_skipped;    /* of them because something was not finite */
  double n_bad_in_row; /* the latest of these, one after the other */
  double is_complete;  /* everything that belongs to this step (validation, log) is done */
  double validated_at; /* the step of the last validation, -1 = none yet */
  double n_since_best; /* validations without a new best */
  double best_step;    /* -1 = none yet */
  double best_r1, best_map, best_lambda;
  double metrics_lines; /* of metrics.jsonl */
  /* Sums since the last step event. */
  double loss_sum[GUISE_N_TERMS], loss_n[GUISE_N_TERMS], floor_sum[GUISE_N_TERMS];
  double gate_sum, gate_n;
} GuiseTrainState;

/* Everything that a checkpoint holds; all borrowed. */
typedef struct {
  GuiseModel *model;
  GuiseOptimiser *optimiser;
  GuiseGradNorm *gradnorm;
  GuiseTrainState *state;
  guint64 seed;
  const char *vocab;           /* the vocabulary's file */
  const char *const *metadata; /* pairs for both files, ends with NULL */
} GuiseCheckpoint;

/* Writes the folder `path`; one that stands there is replaced. Fails without a trace, and with
 * GUISE_MODEL_ERROR_NOT_FINITE rather than write weights or moments that are not finite. */
gboolean guise_checkpoint_write (const GuiseCheckpoint *checkpoint, const char *path,
                                 GError **error);
/* Reads it back into model, optimiser, gradnorm and state; hashes, shapes and seed are checked.
 * What is in them is undefined on failure. metadata (may be NULL): a key of training.safetensors
 * into *value, to be freed. */
gboolean guise_checkpoint_read (const GuiseCheckpoint *checkpoint, const char *path,
                                const char *key, char **value, GError **error);
/* Makes the folder `to`, a run's best/, with the files of a checkpoint that others read; one that
 * stands there is replaced. */
gboolean guise_checkpoint_publish (const char *path, const char *to, GError **error);
/* Writes the folder `to`, which must not exist, with what others need of the checkpoint `path`:
 * config.json, model.safetensors (half: as F16) and vocab.txt; synced, and the weights read back.
 * The model's file keeps what it says of itself (run, step, lambda, version) where metadata, pairs
 * that end with NULL or NULL, says nothing else. */
gboolean guise_checkpoint_export (const char *path, const char *to, GuiseStorePrecision precision,
                                  const char *const *metadata, GError **error);
