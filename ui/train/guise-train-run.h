/* GuiseTrainRun: one training run as the Train page shows it: what run.json says, the curves, and
 * the child process where it is ours. A run that another process trains is followed through its
 * files. Files are read on workers. Main thread only.
 *
 * Signal "changed" (): state, figures, curves or log are new. */
#pragma once

#include "guise-job.h"
#include "guise-run-curves.h"
#include "guise-run-folder.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_TRAIN_RUN_STARTING, /* reads its pictures */
  GUISE_TRAIN_RUN_RUNNING,
  GUISE_TRAIN_RUN_STOPPING,
  GUISE_TRAIN_RUN_STOPPED,
  GUISE_TRAIN_RUN_DONE,
  GUISE_TRAIN_RUN_FAILED,
} GuiseTrainRunState;

#define GUISE_TYPE_TRAIN_RUN (guise_train_run_get_type ())
G_DECLARE_FINAL_TYPE (GuiseTrainRun, guise_train_run, GUISE, TRAIN_RUN, GObject)

/* folder: where the run is or will be; its last part is the run's name. */
GuiseTrainRun *guise_train_run_new (const char *folder);

/* What run.json says now; copied. */
void guise_train_run_set_info (GuiseTrainRun *self, const GuiseRunInfo *info);
/* Reads metrics.jsonl, unless that is being done. */
void guise_train_run_load (GuiseTrainRun *self);

/* Starts `guisectl` with these arguments as the trainer of this run; it outlives the window. FALSE
 * when it cannot be started or the run is being trained. */
gboolean guise_train_run_start (GuiseTrainRun *self, const char *const *arguments, GError **error);
/* Asks the trainer to write a checkpoint and leave. */
void guise_train_run_stop (GuiseTrainRun *self);

const char *guise_train_run_get_name (GuiseTrainRun *self);
const char *guise_train_run_get_folder (GuiseTrainRun *self);
GuiseTrainRunState guise_train_run_get_state (GuiseTrainRun *self);
/* Starting, running or stopping. */
gboolean guise_train_run_is_active (GuiseTrainRun *self);
/* Its process is a child of this one. */
gboolean guise_train_run_is_ours (GuiseTrainRun *self);
/* The last one that was started here, or NULL. Borrowed. */
GuiseJob *guise_train_run_get_job (GuiseTrainRun *self);
/* TRUE once it has its folder; FALSE for one that is starting or never began. */
gboolean guise_train_run_exists (GuiseTrainRun *self);
/* It was trained elsewhere and added as a checkpoint: it has no curves and no log. */
gboolean guise_train_run_is_added (GuiseTrainRun *self);
/* Some checkpoint has been validated. */
gboolean guise_train_run_has_best (GuiseTrainRun *self);
double guise_train_run_get_best_r1 (GuiseTrainRun *self); /* NaN = not measured */
guint64 guise_train_run_get_step (GuiseTrainRun *self);
guint64 guise_train_run_get_n_steps (GuiseTrainRun *self);
/* NULL before run.json is there. Borrowed. */
const GuiseRunInfo *guise_train_run_get_info (GuiseTrainRun *self);
/* NULL until loaded. Borrowed; the next load replaces it and emits "changed". */
GuiseRunCurves *guise_train_run_get_curves (GuiseTrainRun *self);
/* Why it failed, or NULL. Borrowed. */
const char *guise_train_run_get_problem (GuiseTrainRun *self);
/* What its trainer says while checkpoints cannot be written; NULL when the last one could, and for
 * a trainer that is not a child of this process. Borrowed. */
const char *guise_train_run_get_trouble (GuiseTrainRun *self);
/* "reading training images, 40 of 108"; NULL once it trains. Borrowed. */
const char *guise_train_run_get_stage (GuiseTrainRun *self);
/* The state in the reader's language. */
const char *guise_train_run_get_state_name (GuiseTrainRun *self);

G_END_DECLS
