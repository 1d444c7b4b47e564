/* Runs of the painted people's project, made, stopped, resumed and compared. */
#pragma once

#include "train-fixture.h"

/* Set up and cleared by the test program's main(). */
extern TrainFixture train_run_fixture;

/* Listens to a trainer: keeps its warnings and may stop it. */
typedef struct {
  GString *warnings;
  GCancellable *cancellable;
  gint64 stop_at; /* cancelled once this step was done; -1 = never */
  guint n_evals, n_checkpoints, n_steps;
  double first_loss, last_loss; /* cloth */
} TrainListener;

void train_listener_clear (TrainListener *listener);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TrainListener, train_listener_clear)
/* The trainer's event function and hook; user_data is the listener. */
void train_listener_listen (json_t *event, gpointer user_data);
void train_listener_stop (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data);

/* Begins listening. One thread, the listener for events and as hook. */
GuiseTrainerOptions train_run_options (const char *name, TrainListener *listener);
/* The fixture's configuration on the training split. */
GuiseTrainerSetup train_run_setup (gsize steps);
char *train_run_folder (const char *name);
/* "done", "stopped" … */
char *train_run_state (const char *name);

/* A new run, which must be possible, and its way to the end, which must be good. */
GuiseTrainer *train_run_create (const GuiseTrainerOptions *options, const GuiseTrainerSetup *setup);
void train_run_finish (GuiseTrainer *trainer);

/* Trains a new run; where stop_at >= 0 it is cancelled after that step. */
void train_run (const char *name, const GuiseTrainerSetup *setup, gint64 stop_at);
void train_run_threads (const char *name, const GuiseTrainerSetup *setup, guint n_threads,
                        gint64 stop_at);
/* Goes on with a run up to stop_at or (-1) the end; returns what it warned of. */
char *train_run_resume (const char *name, gint64 stop_at);

/* Asserts that the two runs have the same checkpoint of that step, best/, metrics.jsonl and
 * run.json, apart from names and times. */
void train_run_assert_same (const char *a, const char *b, guint64 step);

/* Makes the run "whole" of that many steps once. */
#define TRAIN_RUN_STEPS 30
void train_run_ensure_whole (void);
