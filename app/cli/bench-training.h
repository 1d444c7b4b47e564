/* What the benchmarks of the network work with: a model of a preset with random weights, an
 * invented batch, and a whole update of it. */
#pragma once

#include "bench.h"

#include "guise-gradnorm.h"
#include "guise-optimiser.h"
#include "guise-stepper.h"

typedef struct {
  gsize images;
  gsize min_tokens, max_tokens; /* of each text */
} BenchShape;

typedef struct {
  BenchShape shape;
  GuiseModel *model;
  NnTeam *team;
  GuiseStepper *stepper;
  GuiseOptimiser *optimiser;
  GuiseGradNorm gradnorm;
  GuiseBatch batch;
  float *images;
  gint32 *ids[GUISE_N_TEXTS];
  gsize *start[GUISE_N_TEXTS];
  gint64 *person, *outfit, *negative_texts, *negative_images;
} BenchTraining;

/* bench: threads and precision. The stepper and the optimiser are made by bench_training_begin()
 * only: they take five times the memory of the weights. */
gboolean bench_training_init (BenchTraining *training, const char *preset, BenchShape shape,
                              const Bench *bench, GError **error);
void bench_training_begin (BenchTraining *training);
void bench_training_clear (BenchTraining *training);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BenchTraining, bench_training_clear)

/* A whole update as the trainer makes it once every term has come in; data: a BenchTraining. */
void bench_training_step (gpointer data);

/* Multiplications and additions in the matrix products: of the encoders forward, for the whole
 * batch (images, or texts of one kind), and of a step. */
double bench_training_count_vision (const BenchTraining *training);
double bench_training_count_text (const BenchTraining *training, gsize kind);
double bench_training_count_step (const BenchTraining *training);

/* Writes checkpoint and batch as the executable specification reads them: texts padded to
 * max_tokens. */
gboolean bench_training_save (const BenchTraining *training, const char *folder, GError **error);
