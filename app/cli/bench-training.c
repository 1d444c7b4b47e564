#include "bench-training.h"

#include "guise-cost.h"
#include "guise-macs.h"
#include "guise-safetensors-writer.h"
#include "nn-random.h"

/* ------------------------------------------------------------------------------------------- batch
 */

static void
fill_texts (BenchTraining *training, gsize kind)
{
  const BenchShape *shape = &training->shape;
  gsize b = shape->images, *start = training->start[kind] = g_new0 (gsize, b + 1);
  gint32 *ids = training->ids[kind] = g_new (gint32, b * shape->max_tokens);

  for (gsize i = 0; i < b; i++)
    start[i + 1] = start[i] + shape->min_tokens
                   + nn_random_below (4 + kind, i, shape->max_tokens - shape->min_tokens + 1);
  for (gsize t = 0; t < start[b]; t++)
    ids[t] = 5
             + (gint32)nn_random_below (7 + kind, t, training->model->config.text.vocab_size - 5);
  training->batch.texts[kind].ids = ids;
  training->batch.texts[kind].start = start;
}

/* Persons in two outfits each. */
static void
fill_labels (BenchTraining *training)
{
  gsize b = training->shape.images;

  training->person = g_new (gint64, b);
  training->outfit = g_new (gint64, b);
  training->negative_texts = g_new (gint64, b);
  training->negative_images = g_new (gint64, b);
  for (gsize i = 0; i < b; i++) {
    training->person[i] = i / 2;
    training->outfit[i] = i;
    training->negative_texts[i] = (i + 2) % b;
    training->negative_images[i] = (i + 4) % b;
  }
  training->batch.labels
      = (GuiseLabels){ b, training->person, training->outfit, training->negative_texts,
                       training->negative_images, 1 };
}

static void
fill_batch (BenchTraining *training)
{
  const GuiseConfig *config = &training->model->config;
  gsize n = training->shape.images * 3 * config->vision.image_size[0]
            * config->vision.image_size[1];

  training->images = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    training->images[i] = (float)(2 * nn_random_uniform (3, i) - 1);
  training->batch.images = training->images;
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    fill_texts (training, kind);
  fill_labels (training);
}

/* ------------------------------------------------------------------------------------ life and
 * death */

gboolean
bench_training_init (BenchTraining *training, const char *preset, BenchShape shape,
                     const Bench *bench, GError **error)
{
  GuiseConfig config;

  if (!guise_config_init_preset (&config, preset, error)
      || !guise_model_check_memory (&config, error))
    return FALSE;
  training->shape = shape;
  training->team = nn_team_create (bench->threads);
  training->model = guise_model_new (&config);
  guise_model_set_precision (training->model, bench->precision);
  guise_model_init (training->model, 0);
  fill_batch (training);
  return TRUE;
}

void
bench_training_begin (BenchTraining *training)
{
  training->stepper = guise_stepper_new (training->model, training->team);
  training->optimiser = guise_optimiser_new (training->model, training->team);
  guise_gradnorm_init (&training->gradnorm, &training->model->config);
}

void
bench_training_clear (BenchTraining *training)
{
  guise_optimiser_free (training->optimiser);
  guise_stepper_free (training->stepper);
  guise_model_free (training->model);
  nn_team_free (training->team);
  g_free (training->images);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    g_free (training->ids[kind]);
    g_free (training->start[kind]);
  }
  g_free (training->person);
  g_free (training->outfit);
  g_free (training->negative_texts);
  g_free (training->negative_images);
}

/* -------------------------------------------------------------------------------------------- step
 */

void
bench_training_step (gpointer data)
{
  BenchTraining *training = data;
  const GuiseConfig *config = &training->model->config;
  double loss[GUISE_N_TERMS], norm[GUISE_N_TERMS] = { 0 }, floor[GUISE_N_TERMS],
                              weights[GUISE_N_TERMS];

  guise_stepper_forward (training->stepper, &training->batch, GUISE_WANT_ALL_TERMS,
                         config->dropout);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = guise_stepper_get_loss (training->stepper, k);
    floor[k] = guise_losses_get_floor (k, &training->batch.labels);
  }
  for (gsize i = 0; i < training->gradnorm.n_tasks; i++)
    norm[training->gradnorm.task[i]]
        = guise_stepper_get_task_norm (training->stepper, training->gradnorm.task[i]);
  guise_gradnorm_update (&training->gradnorm, config, loss, norm, floor,
                         guise_losses_get_chance (&training->batch.labels));
  guise_gradnorm_get_weights (&training->gradnorm, config,
                              config->loss.ramp.start + config->loss.ramp.length, weights);
  guise_stepper_backward (training->stepper, weights);
  guise_optimiser_step (training->optimiser, guise_stepper_get_grads (training->stepper),
                        config->optimiser.lr);
}

/* ------------------------------------------------------------------------------------------- count
 */

double
bench_training_count_vision (const BenchTraining *training)
{
  return (double)training->shape.images * guise_cost_get_vision_flops (&training->model->config);
}

double
bench_training_count_text (const BenchTraining *training, gsize kind)
{
  const gsize *start = training->start[kind];
  double macs = 0;

  for (gsize i = 0; i < training->shape.images; i++)
    macs += guise_macs_text (&training->model->config, (double)(start[i + 1] - start[i]));
  return 2 * macs;
}

double
bench_training_count_step (const BenchTraining *training)
{
  GuiseStepWork work = { .batch = training->shape.images,
                         .n_lanes = nn_team_size (training->team),
                         .n_ranks = 1 };
  double n_tokens = 0;

  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    n_tokens += (double)training->start[kind][work.batch];
  work.text_tokens = n_tokens / (double)(GUISE_N_TEXTS * work.batch);
  return guise_cost_get_flops (&training->model->config, &work);
}

/* -------------------------------------------------------------------------------------------- save
 */

static gboolean
write_batch (const BenchTraining *training, const gint64 *padded, const char *path, GError **error)
{
  static const char *const names[] = { "identity_tokens", "clothing_tokens", "caption_tokens" };
  const GuiseConfig *config = &training->model->config;
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  gsize length = config->text.max_tokens, b = training->shape.images;

  guise_safetensors_writer_add (
      writer, "images", GUISE_DTYPE_F32, 4,
      (gsize[]){ b, 3, config->vision.image_size[0], config->vision.image_size[1] },
      training->images);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    guise_safetensors_writer_add (writer, names[kind], GUISE_DTYPE_I64, 2, (gsize[]){ b, length },
                                  padded + kind * b * length);
  guise_safetensors_writer_add (writer, "person_ids", GUISE_DTYPE_I64, 1, &b, training->person);
  guise_safetensors_writer_add (writer, "clothing_ids", GUISE_DTYPE_I64, 1, &b, training->outfit);
  guise_safetensors_writer_add (writer, "negative_texts", GUISE_DTYPE_I64, 1, &b,
                                training->negative_texts);
  guise_safetensors_writer_add (writer, "negative_images", GUISE_DTYPE_I64, 1, &b,
                                training->negative_images);
  return guise_safetensors_writer_write (writer, path, error);
}

gboolean
bench_training_save (const BenchTraining *training, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "batch.safetensors", NULL);
  gsize length = training->model->config.text.max_tokens, b = training->shape.images;
  g_autofree gint64 *padded = g_new0 (gint64, GUISE_N_TEXTS * b * length);

  if (!guise_model_save (training->model, folder, error))
    return FALSE;
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    const gsize *start = training->start[kind];

    for (gsize i = 0; i < b; i++)
      for (gsize t = start[i]; t < start[i + 1]; t++)
        padded[(kind * b + i) * length + t - start[i]] = training->ids[kind][t];
  }
  return write_batch (training, padded, path, error);
}
