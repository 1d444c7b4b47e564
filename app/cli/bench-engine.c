/* Benchmarks of the numeric core: the matrix product's peak and a training step of the tiny preset.
 */
#include "bench.h"

#include <math.h>

#include "guise-gradnorm.h"
#include "guise-optimiser.h"
#include "guise-safetensors-writer.h"
#include "guise-stepper.h"
#include "nn-gemm.h"
#include "nn-random.h"

enum {
  BATCH = 32,
  PEAK_SIZE = 768,
  MIN_TOKENS = 10,
  MAX_TOKENS = 28
}; /* the texts of the synthetic people are about that long */

/* -------------------------------------------------------------------------------------------- gemm
 */

typedef struct {
  NnTeam *team;
  float *a, *b, *c; /* [threads][n,n] */
} Products;

static void
one_product (gsize job, gpointer data)
{
  const Products *p = data;
  gsize n = PEAK_SIZE, offset = job * n * n;

  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, n, 1, p->a + offset, n, p->b + offset, n, 0,
           p->c + offset, n);
}

static void
all_products (gpointer data)
{
  const Products *p = data;

  nn_team_run (p->team, nn_team_size (p->team), one_product, data);
}

gboolean
bench_gemm (Bench *bench, GError **error)
{
  NnTeam *team = nn_team_create (bench->threads);
  gsize n = nn_team_size (team) * PEAK_SIZE * PEAK_SIZE;
  g_autofree float *a = g_new (float, n), *b = g_new (float, n), *c = g_new (float, n);
  Products products = { team, a, b, c };

  for (gsize i = 0; i < n; i++) {
    a[i] = (float)nn_random_uniform (1, i);
    b[i] = (float)nn_random_uniform (2, i);
  }
  bench_report (bench, "gemm", bench_median (bench, all_products, &products), nn_team_size (team),
                2.0 * n * PEAK_SIZE);
  nn_team_free (team);
  return TRUE;
}

/* -------------------------------------------------------------------------------------------- tiny
 */

typedef struct {
  GuiseModel *model;
  NnTeam *team;
  GuiseStepper *stepper;
  GuiseOptimiser *optimiser;
  GuiseGradNorm gradnorm;
  GuiseBatch batch;
  float *images;
  gint32 *ids[GUISE_N_TEXTS];
  gsize start[GUISE_N_TEXTS][BATCH + 1];
  gint64 person[BATCH], outfit[BATCH], negative_texts[BATCH], negative_images[BATCH];
} Tiny;

static void
fill_batch (Tiny *tiny)
{
  const GuiseConfig *config = &tiny->model->config;
  gsize n = BATCH * 3 * config->vision.image_size[0] * config->vision.image_size[1];

  tiny->images = g_new (float, n);
  for (gsize i = 0; i < n; i++)
    tiny->images[i] = (float)(2 * nn_random_uniform (3, i) - 1);
  tiny->batch.images = tiny->images;
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    tiny->ids[kind] = g_new (gint32, BATCH * MAX_TOKENS);
    for (gsize i = 0; i < BATCH; i++)
      tiny->start[kind][i + 1] = tiny->start[kind][i] + MIN_TOKENS
                                 + nn_random_below (4 + kind, i, MAX_TOKENS - MIN_TOKENS + 1);
    for (gsize t = 0; t < tiny->start[kind][BATCH]; t++)
      tiny->ids[kind][t] = 5 + (gint32)nn_random_below (7 + kind, t, config->text.vocab_size - 5);
    tiny->batch.texts[kind].ids = tiny->ids[kind];
    tiny->batch.texts[kind].start = tiny->start[kind];
  }
  for (gsize i = 0; i < BATCH; i++) { /* 16 persons in two outfits each */
    tiny->person[i] = i / 2;
    tiny->outfit[i] = i;
    tiny->negative_texts[i] = (i + 2) % BATCH;
    tiny->negative_images[i] = (i + 4) % BATCH;
  }
  tiny->batch.labels = (GuiseLabels){
    BATCH, tiny->person, tiny->outfit, tiny->negative_texts, tiny->negative_images, 1
  };
}

/* A whole update as the trainer makes it once every term has come in. */
static void
tiny_step (gpointer data)
{
  Tiny *tiny = data;
  const GuiseConfig *config = &tiny->model->config;
  double loss[GUISE_N_TERMS], norm[GUISE_N_TERMS] = { 0 }, floor[GUISE_N_TERMS],
                              weights[GUISE_N_TERMS];

  guise_stepper_forward (tiny->stepper, &tiny->batch, GUISE_WANT_ALL_TERMS, config->dropout);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = guise_stepper_get_loss (tiny->stepper, k);
    floor[k] = guise_losses_get_floor (k, &tiny->batch.labels);
  }
  for (gsize i = 0; i < tiny->gradnorm.n_tasks; i++)
    norm[tiny->gradnorm.task[i]]
        = guise_stepper_get_task_norm (tiny->stepper, tiny->gradnorm.task[i]);
  guise_gradnorm_update (&tiny->gradnorm, config, loss, norm, floor,
                         guise_losses_get_chance (&tiny->batch.labels));
  guise_gradnorm_get_weights (&tiny->gradnorm, config,
                              config->loss.ramp.start + config->loss.ramp.length, weights);
  guise_stepper_backward (tiny->stepper, weights);
  guise_optimiser_step (tiny->optimiser, guise_stepper_get_grads (tiny->stepper),
                        config->optimiser.lr);
}

/* Multiplications and additions of matrix products in one step: forward, and twice that backward.
 */
static double
count_flop (const Tiny *tiny)
{
  const GuiseConfig *c = &tiny->model->config;
  double tokens = guise_config_get_n_patches (c) + 1, d = c->vision.hidden_size, f = c->fusion.size;
  double cross = c->bdam.cross_attention ? c->bdam.cross_layers : 0, dt = c->text.hidden_size;
  double vision
      = (tokens - 1) * 3 * c->vision.patch_size * c->vision.patch_size * d
        + c->vision.layers * tokens * (4 * d * d + 2 * d * c->vision.mlp_size + 2 * tokens * d);
  double bdam = 2 * (tokens - 1)
                * (d * d + (c->bdam.self_layers + cross) * (4 * d * d + 2 * (tokens - 1) * d));
  double inner = c->fusion.expand * f, rank = ceil (f / 16);
  double mamba
      = 3 * c->fusion.layers
        * (2 * f * inner + inner * (rank + 2 * c->fusion.d_state) + rank * inner + inner * f);
  double text = 0, heads;

  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    for (gsize i = 0; i < BATCH; i++) {
      double t = tiny->start[kind][i + 1] - tiny->start[kind][i];

      text += c->text.layers * t * (4 * dt * dt + 2 * dt * c->text.mlp_size + 2 * t * dt)
              + 3 * dt * f;
    }
  heads = 2 * d * d + 3 * d * f + 3 * mamba;
  return 3 * 2 * (BATCH * (vision + bdam + heads) + text);
}

/* The batch as the executable specification reads it: texts padded to max_tokens. */
static gboolean
save_batch (const Tiny *tiny, const char *folder, GError **error)
{
  static const char *const names[] = { "identity_tokens", "clothing_tokens", "caption_tokens" };
  const GuiseConfig *config = &tiny->model->config;
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  g_autofree char *path = g_build_filename (folder, "batch.safetensors", NULL);
  gsize length = config->text.max_tokens, b = BATCH;
  g_autofree gint64 *padded = g_new0 (gint64, GUISE_N_TEXTS * b * length);

  if (!guise_model_save (tiny->model, folder, error))
    return FALSE;
  guise_safetensors_writer_add (
      writer, "images", GUISE_DTYPE_F32, 4,
      (gsize[]){ b, 3, config->vision.image_size[0], config->vision.image_size[1] }, tiny->images);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    gint64 *rows = padded + kind * b * length;

    for (gsize i = 0; i < b; i++)
      for (gsize t = tiny->start[kind][i]; t < tiny->start[kind][i + 1]; t++)
        rows[i * length + t - tiny->start[kind][i]] = tiny->ids[kind][t];
    guise_safetensors_writer_add (writer, names[kind], GUISE_DTYPE_I64, 2, (gsize[]){ b, length },
                                  rows);
  }
  guise_safetensors_writer_add (writer, "person_ids", GUISE_DTYPE_I64, 1, &b, tiny->person);
  guise_safetensors_writer_add (writer, "clothing_ids", GUISE_DTYPE_I64, 1, &b, tiny->outfit);
  guise_safetensors_writer_add (writer, "negative_texts", GUISE_DTYPE_I64, 1, &b,
                                tiny->negative_texts);
  guise_safetensors_writer_add (writer, "negative_images", GUISE_DTYPE_I64, 1, &b,
                                tiny->negative_images);
  return guise_safetensors_writer_write (writer, path, error);
}

static void
tiny_clear (Tiny *tiny)
{
  guise_optimiser_free (tiny->optimiser);
  guise_stepper_free (tiny->stepper);
  guise_model_free (tiny->model);
  nn_team_free (tiny->team);
  g_free (tiny->images);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    g_free (tiny->ids[kind]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tiny, tiny_clear)

gboolean
bench_tiny (Bench *bench, GError **error)
{
  g_auto (Tiny) tiny = { 0 };
  GuiseConfig config;

  if (!guise_config_init_preset (&config, "tiny", error))
    return FALSE;
  tiny.team = nn_team_create (bench->threads);
  tiny.model = guise_model_new (&config);
  guise_model_init (tiny.model, 0);
  tiny.stepper = guise_stepper_new (tiny.model, tiny.team);
  tiny.optimiser = guise_optimiser_new (tiny.model, tiny.team);
  guise_gradnorm_init (&tiny.gradnorm, &config);
  fill_batch (&tiny);
  if (bench->save != NULL && !save_batch (&tiny, bench->save, error))
    return FALSE;
  bench_report (bench, "tiny", bench_median (bench, tiny_step, &tiny), BATCH, count_flop (&tiny));
  return TRUE;
}
