/* The folder of a training run, runs/NAME:
 *
 *   run.json        what it is and how far it got: GuiseRunInfo
 *   config.json     its configuration
 *   vocab.txt       its vocabulary
 *   metrics.jsonl   the events of its training, in the order of steps
 *   checkpoints/step-000250/   see guise-checkpoint.h
 *   best/           the checkpoint that did best in validation, without the training state
 *   latest          the name of the newest checkpoint
 *   run.lock        held by the process that trains it
 *   embed.lock      held by the processes that embed pictures with it
 *
 * The folder appears whole, with a checkpoint of step 0. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#define GUISE_TRAIN_ERROR (guise_train_error_quark ())
typedef enum {
  GUISE_TRAIN_ERROR_NAME,      /* not the name of a run */
  GUISE_TRAIN_ERROR_EXISTS,    /* there is a run of that name */
  GUISE_TRAIN_ERROR_NOT_FOUND, /* there is none */
  GUISE_TRAIN_ERROR_LOCKED,    /* another process trains it */
  GUISE_TRAIN_ERROR_FINISHED,  /* nothing is left to resume */
  GUISE_TRAIN_ERROR_SETUP,     /* preset, base checkpoint and data do not fit together */
  GUISE_TRAIN_ERROR_DIVERGED,  /* too many steps in a row were not finite */
} GuiseTrainError;

GQuark guise_train_error_quark (void);

typedef enum {
  GUISE_RUN_RUNNING,
  GUISE_RUN_STOPPED,
  GUISE_RUN_DONE,
  GUISE_RUN_FAILED,
} GuiseRunState;

/* "running", "stopped", "done", "failed". */
const char *guise_run_state_to_string (GuiseRunState state);

/* run.json. */
typedef struct {
  char *name;
  char *preset;        /* "" for a run that started from a checkpoint */
  char *from;          /* the checkpoint folder that it started from, or NULL */
  char *vision, *text; /* the folders whose encoders it started with, or NULL */
  guint64 seed;
  GuiseRunState state;
  char *error;              /* why it failed, or NULL */
  gint64 started, finished; /* seconds since 1970 UTC; 0 = not finished */
  guint64 step, n_steps;    /* updates done, updates wanted */
  double lambda;            /* the best validation's, or the default */
  json_t *best;             /* the best validation's event, or NULL */
  char *splits;             /* "train" */
  char *data;               /* hash of what it is trained with */
  guint64 n_images, n_persons;
  char *version, *blas_core; /* of the program that trained last */
  char *precision;           /* likewise: "float32", "bfloat16 (AMX)"; NULL = not known */
  guint n_threads;
  guint n_processes; /* that trained it last, together; 1 = one */
} GuiseRunInfo;

/* λ of a run that no validation chose. */
#define GUISE_RUN_DEFAULT_LAMBDA 0.25

void guise_run_info_free (GuiseRunInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRunInfo, guise_run_info_free)
GuiseRunInfo *guise_run_info_copy (const GuiseRunInfo *info);
json_t *guise_run_info_to_json (const GuiseRunInfo *info);
gboolean guise_run_info_save (const GuiseRunInfo *info, const char *folder, GError **error);
/* A run that says it is running, though no process holds its lock, was interrupted: its state is
 * then STOPPED. */
GuiseRunInfo *guise_run_info_load (const char *folder, GError **error);

/* Whether the folder is a run's, be it readable or not. */
gboolean guise_run_exists (const char *folder);
/* A name is 1 to 100 letters, digits, '-', '_', '.', '+', spaces or non-ASCII characters, and
 * begins with none of '.', '-' and space. */
gboolean guise_run_check_name (const char *name, GError **error);
/* "tiny-1": the first number that is free in runs_folder. */
char *guise_run_propose_name (const char *runs_folder, const char *stem);
/* Array of GuiseRunInfo, newest first; folders that hold no readable run are left out. A missing
 * runs_folder is an empty success. */
GPtrArray *guise_run_list (const char *runs_folder, GError **error);

/* Takes the run's lock, which the kernel releases with the process: a descriptor to close, or -1
 * with _LOCKED. */
int guise_run_lock (const char *folder, GError **error);
gboolean guise_run_is_locked (const char *folder);
/* Lets others see that this process embeds with the run, until the descriptor is closed or the
 * process ends. -1 where nothing can be written, which hinders nobody. */
int guise_run_mark_embedding (const char *folder);
gboolean guise_run_is_embedding (const char *folder);

/* The steps (guint64) of the checkpoints in the folder, newest first. They may be damaged. */
GArray *guise_run_list_checkpoints (const char *folder);
/* Removes what programs that ended in the middle left behind; what cannot be removed stays.
 * _checkpoints: half-written ones in checkpoints/, and half-written files of the run that are
 * training's; the caller holds the run's lock.
 * _runs: half-made runs in runs_folder that nobody has locked and whose process is gone. */
void guise_run_sweep_checkpoints (const char *folder);
void guise_run_sweep_runs (const char *runs_folder);
/* Names (char *) of all half-written files of the run, that _checkpoints would remove and others;
 * empty while somebody trains it or embeds with it, and of a folder that is a link: that is not
 * the project's. */
GPtrArray *guise_run_list_half_files (const char *folder);
/* Removes one of them, with the run's lock held; FALSE where somebody has begun to use it. */
gboolean guise_run_remove_half_file (const char *folder, const char *name);
/* checkpoints/step-000250. */
char *guise_run_get_checkpoint_path (const char *folder, guint64 step);
/* The folder of the checkpoint to search with: best/, or the newest one. NULL with _NOT_FOUND. */
char *guise_run_find_model (const char *folder, GError **error);
