/* Training of one run, from its creation or from its newest good checkpoint to its end. Blocking:
 * one thread makes, runs and frees a trainer; it reports through a callback on that thread.
 *
 * A run may be stopped or killed at any instant; resumed with the same number of threads and the
 * same BLAS core it ends bit for bit where the uninterrupted one ends, metrics.jsonl included
 * (except the fields that measure time: images_per_s, wait_s, seconds). */
#pragma once

#include "guise-crew.h"
#include "guise-loader.h"
#include "guise-pretrained-start.h"
#include "guise-run-folder.h"
#include "guise-train-set.h"

/* Pixels kept in memory, unless the caller says otherwise: 2 GiB for both sides together. */
#define GUISE_TRAINER_PIXEL_BUDGET ((guint64)2 << 30)
/* Updates between two step events. */
#define GUISE_TRAINER_LOG_EVERY 10
/* So many steps in a row that are not finite end a run. */
#define GUISE_TRAINER_MAX_BAD_STEPS 10

/* What the trainer tells, as the JSON object that `guisectl train --json` prints (borrowed):
 *   {"event":"progress","what":…,"done":…,"total":…}   while it gets ready
 *   {"event":"warning","message":…}                    worth knowing, never fatal
 *   {"event":"start","run":…,"step":…,"steps":…}       it begins, or goes on
 *   {"event":"step",…}, {"event":"eval",…}, {"event":"checkpoint",…}, {"event":"done",…}
 */
typedef void (*GuiseTrainerEvent) (json_t *event, gpointer user_data);
/* Called with every batch before it is used; for tests, which spoil it or the model. */
typedef void (*GuiseTrainerHook) (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data);

/* What a new run is and an old one only needs again: all borrowed while the trainer lives. */
typedef struct {
  const char *runs_folder; /* made if need be */
  const char *name;
  const GuiseTrainingData *data; /* of all splits */
  GuiseImageSource source;
  guint n_threads;      /* that compute; 0 = as many as cores, or as the run had */
  guint n_loaders;      /* threads that prepare batches; 0 = see guise-loader.h */
  guint64 pixel_budget; /* bytes; 0 = GUISE_TRAINER_PIXEL_BUDGET */
  /* The processes that train together, or NULL. The first one creates or resumes the run, which
   * calls the others, reports, validates and writes checkpoints; the others join it. */
  const GuiseCrew *crew;
  GuiseTrainerEvent event;
  gpointer event_data;
  GuiseTrainerHook hook;
  gpointer hook_data;
} GuiseTrainerOptions;

/* What a new run needs besides. */
typedef struct {
  const char *preset; /* for the record; NULL with `from` */
  const char *from;   /* checkpoint folder whose weights and vocabulary it starts with, or NULL */
  /* Whose encoders and vocabulary it starts with, NULL = from nothing; not with `from`. */
  const GuisePretrainedStart *pretrained;
  GuiseConfig config; /* with `from` of the same architecture */
  guint64 seed;
  guint splits; /* bits 1 << GuiseSplit */
} GuiseTrainerSetup;

/* Whether preset, base checkpoint and configuration fit together: GUISE_TRAIN_ERROR_SETUP, and
 * those of configurations. guise_trainer_create() asks too. */
gboolean guise_trainer_check_setup (const GuiseTrainerSetup *setup, GError **error);

typedef struct _GuiseTrainer GuiseTrainer;

/* Makes the run's folder with a checkpoint of step 0 and takes its lock. Errors: GUISE_TRAIN_ERROR,
 * G_IO_ERROR (also cancelled, and not found when no training image is left), those of
 * checkpoints. */
GuiseTrainer *guise_trainer_create (const GuiseTrainerOptions *options,
                                    const GuiseTrainerSetup *setup, GCancellable *cancellable,
                                    GError **error);
/* Takes the lock of a run and loads its newest checkpoint that passes all checks; falls back to the
 * ones before with a warning. A finished run is GUISE_TRAIN_ERROR_FINISHED. */
GuiseTrainer *guise_trainer_resume (const GuiseTrainerOptions *options, GCancellable *cancellable,
                                    GError **error);
/* What every process but the first calls instead of either: waits for the first one, takes the
 * run's name from it and reads its checkpoint, for which the run's folder must be the same for
 * all. options->name is not read. Errors as above, and GUISE_TRAIN_ERROR_SETUP where this process
 * sees other data. */
GuiseTrainer *guise_trainer_join (const GuiseTrainerOptions *options, GCancellable *cancellable,
                                  GError **error);
void guise_trainer_free (GuiseTrainer *trainer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTrainer, guise_trainer_free)

/* Trains until the end: TRUE. FALSE with G_IO_ERROR_CANCELLED after the step in progress, when a
 * checkpoint has been written; with other errors the run has failed, its last good checkpoint is
 * kept. Once. */
gboolean guise_trainer_run (GuiseTrainer *trainer, GCancellable *cancellable, GError **error);

/* Borrowed, as run.json has it. */
const GuiseRunInfo *guise_trainer_get_info (const GuiseTrainer *trainer);
const char *guise_trainer_get_folder (const GuiseTrainer *trainer);
const GuiseModel *guise_trainer_get_model (const GuiseTrainer *trainer);
/* See guise_stepper_get_n_allocations(). */
gsize guise_trainer_get_n_allocations (const GuiseTrainer *trainer);

/* Where the time went since the trainer was run, in seconds. */
typedef struct {
  double wait, forward, norms, backward, adam, validate, checkpoint;
  guint64 n_steps;
} GuiseTrainerTimes;
const GuiseTrainerTimes *guise_trainer_get_times (const GuiseTrainer *trainer);
