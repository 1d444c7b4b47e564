/* The trainer's inside, shared by its files. */
#pragma once

#include "guise-checkpoint.h"
#include "guise-jsonl.h"
#include "guise-token-cache.h"
#include "guise-train-split.h"
#include "guise-trainer.h"
#include "guise-validation.h"

struct _GuiseTrainer {
  GuiseTrainerOptions options;
  char *folder;
  int lock; /* descriptor of run.lock, -1 = none */
  GuiseRunInfo *info;
  char *vocab; /* path of the run's vocabulary */

  GuiseTrainSplit *split;
  gint64 *outfits; /* of all images of the data */
  gboolean by_outfit;
  GuiseTokenCache *cache;     /* of visual tokens, or NULL */
  GuiseTrainSet *train, *val; /* val NULL = nothing to validate with */

  char *joined;     /* the run's name in a process that has joined it */
  GuisePeers peers; /* with options.crew */

  NnTeam *team;
  GuiseModel *model;
  GuiseStepper *stepper;
  GuiseOptimiser *optimiser;
  GuiseGradNorm gradnorm;
  GuiseTrainState state;
  GuiseLoader *loader;
  GuiseValidation *validation;
  GuiseJsonlWriter *metrics;
  GPtrArray *unwritten;       /* of json_t: lines that metrics.jsonl has not taken yet */
  gboolean metrics_fail;      /* and that was said */
  double norm[GUISE_N_TERMS]; /* of the last step that had them */
  double grad_norm;
  guint64 n_replaced; /* pictures that did not decode while training */
  GArray *damaged;    /* guint64, steps whose checkpoints are not good */
  double saved_at;    /* the step of the last checkpoint written or read */
  double published;   /* the step whose checkpoint best/ is, as far as this process knows */

  GuiseTrainerTimes times;
  gint64 interval_started; /* of the rate in step events */
  guint64 interval_steps;
  double interval_waited;
};

/* guise-trainer-crew.c */

/* Lets the stepper work with the other processes, if there are any. */
void guise_trainer_meet_peers (GuiseTrainer *trainer);
/* Tells the others which run and step it is; they come with guise_trainer_await. */
void guise_trainer_call_peers (GuiseTrainer *trainer);
/* The run's name (free it) and the step of its checkpoint. */
char *guise_trainer_await (const GuiseCrew *crew, guint64 *step);
/* Whether all processes see the same training data. */
gboolean guise_trainer_compare_data (GuiseTrainer *trainer, GError **error);
/* The batch as all processes have it, after pictures of some did not decode. */
void guise_trainer_share_samples (GuiseTrainer *trainer, GuiseLoadedBatch *loaded);
/* Whether any process has been told to stop. */
gboolean guise_trainer_any_cancelled (GuiseTrainer *trainer, GCancellable *cancellable);
/* Whether the first process goes on; the others learn what it has decided. */
gboolean guise_trainer_goes_on (GuiseTrainer *trainer, gboolean goes_on);
/* This process reports and writes. */
gboolean guise_trainer_is_first (const GuiseTrainer *trainer);
/* Whether all processes have the same weights, before a checkpoint is made of the first one's. */
gboolean guise_trainer_compare_weights (GuiseTrainer *trainer, GError **error);

/* guise-trainer-data.c */

/* The sets and what validates with them, with the model's values in place: frozen encoders may be
 * asked for what they give. */
gboolean guise_trainer_load_data (GuiseTrainer *trainer, GCancellable *cancellable, GError **error);
/* What the training sees, in one number; free it. */
char *guise_trainer_hash_data (const GuiseTrainer *trainer);
/* Learns the vocabulary from all texts of the training images. */
gboolean guise_trainer_make_vocabulary (GuiseTrainer *trainer, const GuiseConfig *config,
                                        GCancellable *cancellable, GError **error);

/* guise-trainer-events.c */

/* Hands the event to the caller and drops it; with `keep` it also goes to metrics.jsonl. What the
 * file does not take, on a full disk, waits for the next line; that is said once. */
void guise_trainer_emit (GuiseTrainer *trainer, json_t *event, gboolean keep);
/* All lines so far are on the disk, or an error. */
gboolean guise_trainer_sync_metrics (GuiseTrainer *trainer, GError **error);
/* A warning that holds until the next checkpoint: that there is none; no_space: and what to do
 * about a full disk. */
void guise_trainer_warn_no_checkpoint (GuiseTrainer *trainer, const char *why, gboolean no_space);
void guise_trainer_warn (GuiseTrainer *trainer, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Adds one step's losses to the sums; emits them when the interval is over. */
void guise_trainer_note_step (GuiseTrainer *trainer, const GuiseLabels *labels,
                              const double *weights, double lr, gboolean bad);
json_t *guise_trainer_describe_eval (const GuiseTrainer *trainer,
                                     const GuiseValidationResult *result, gboolean is_best);
void guise_trainer_emit_checkpoint (GuiseTrainer *trainer, gboolean keep);
void guise_trainer_emit_done (GuiseTrainer *trainer);
/* Warnings about the data, and about a run too short for them. */
void guise_trainer_report_data (GuiseTrainer *trainer);

/* guise-trainer-record.c */

/* Version, kernels, precision, threads and counts as they are now. */
void guise_trainer_record_program (GuiseTrainer *trainer);
/* Warns of all for which the rest may not be what the uninterrupted run would have been; data: hash
 * of the training data. */
void guise_trainer_compare_with_before (GuiseTrainer *trainer, const char *data);
/* Warns where bfloat16 is asked for and no faster. */
void guise_trainer_note_precision (GuiseTrainer *trainer);

/* guise-trainer-save.c */

/* Saves under the present step. */
gboolean guise_trainer_save (GuiseTrainer *trainer, GError **error);
/* Removes all checkpoints but the newest two and the best one; of those newer than the present step
 * only what is damaged: one that could not be read for another reason may be good. */
void guise_trainer_prune (GuiseTrainer *trainer);
gboolean guise_trainer_save_info (GuiseTrainer *trainer, GuiseRunState state, const char *problem,
                                  GError **error);
/* Makes best/ anew out of the checkpoint of the best step. */
gboolean guise_trainer_publish_best (GuiseTrainer *trainer, GError **error);
/* The newest checkpoint that loads; cuts metrics.jsonl to its length. */
gboolean guise_trainer_load (GuiseTrainer *trainer, GError **error);
