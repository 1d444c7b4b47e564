/* A small project of painted people and a small model, for the tests of training. */
#pragma once

#include "guise-project.h"
#include "guise-trainer.h"

typedef struct {
  char *folder; /* everything; removed at the end */
  GuiseProject *project;
  GuiseTrainingData *data;
  char *runs;
} TrainFixture;

/* 24 persons by guise_demo_write(): 17 to train with, 3 for validation, 4 for testing. */
void train_fixture_init (TrainFixture *fixture);
void train_fixture_clear (TrainFixture *fixture);

/* The toy preset, made to train everything from nothing in a fraction of a second. */
void train_fixture_config (GuiseConfig *config, gsize steps);
GuiseTrainerOptions train_fixture_options (const TrainFixture *fixture, const char *name);

/* TRUE when the two files hold the same tensors, byte for byte, whatever their metadata. */
gboolean train_fixture_same_tensors (const char *a, const char *b);
/* TRUE when the two checkpoints hold the same tensors. */
gboolean train_fixture_same_checkpoint (const char *a, const char *b);
/* The lines of a run's metrics.jsonl without what measures time and without the run's name; one
 * string, to be freed. */
char *train_fixture_read_metrics (const char *folder);
/* Asserts that the losses of the two runs' last steps are nearly the same, each within tolerance of
 * 1 and its own size. */
void train_fixture_assert_near (const char *folder, const char *expected, double tolerance);
