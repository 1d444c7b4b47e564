#include "guise-calibrate.h"

#include <string.h>

#include "guise-cost.h"
#include "guise-optimiser.h"
#include "guise-stepper.h"

enum { IMAGES_A_LANE = 4,
       MAX_VOCABULARY = 1000,
       N_TIMED = 3, /* the fastest counts: others may use the machine */
       ENOUGH = 2 * G_USEC_PER_SEC };

/* Operations. */
#define LITTLE 4e10

/* A batch of noise. */
typedef struct {
  GuiseBatch batch;
  nn_real *images;
  guint16 *tokens;
  const guint16 **of_image;
  float *features;
  const float **of_text;
  gint32 *ids;
  gsize *start;
  gint64 *person;
} Noise;

static void
noise_clear (Noise *noise)
{
  g_free (noise->images);
  g_free (noise->tokens);
  g_free (noise->of_image);
  g_free (noise->features);
  g_free (noise->of_text);
  g_free (noise->ids);
  g_free (noise->start);
  g_free (noise->person);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Noise, noise_clear)

/* Nothing is what frozen encoders gave; all else is a matter of shapes as well. */
static void
keep_nothing (Noise *noise, const GuiseConfig *config, gsize n)
{
  gsize size = guise_config_get_n_patches (config) * config->vision.hidden_size;

  noise->tokens = g_new0 (guint16, size);
  noise->of_image = g_new (const guint16 *, n);
  for (gsize i = 0; i < n; i++)
    noise->of_image[i] = noise->tokens;
  noise->batch.tokens = noise->of_image;
  if (config->train.train_text)
    return;
  noise->features = g_new0 (float, config->text.hidden_size);
  noise->of_text = g_new (const float *, GUISE_N_TEXTS *n);
  for (gsize i = 0; i < GUISE_N_TEXTS * n; i++)
    noise->of_text[i] = noise->features;
  noise->batch.features = noise->of_text;
}

static void
noise_init (Noise *noise, const GuiseConfig *config, gsize n, gsize length, gboolean kept)
{
  gsize pixels = 3 * config->vision.image_size[0] * config->vision.image_size[1];

  noise->images = g_new (nn_real, n * pixels);
  for (gsize i = 0; i < n * pixels; i++)
    noise->images[i] = (nn_real)(i * 7919 % 255) / 127 - 1;
  noise->ids = g_new (gint32, n * length);
  for (gsize i = 0; i < n * length; i++)
    noise->ids[i] = (gint32)(i * 7919 % config->text.vocab_size);
  noise->start = g_new (gsize, n + 1);
  noise->person = g_new (gint64, n);
  for (gsize i = 0; i < n; i++)
    noise->person[i] = (gint64)(i / 2);
  for (gsize i = 0; i <= n; i++)
    noise->start[i] = i * length;
  noise->batch.images = noise->images;
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    noise->batch.texts[k].ids = noise->ids;
    noise->batch.texts[k].start = noise->start;
  }
  noise->batch.labels
      = (GuiseLabels){ .size = n, .person = noise->person, .outfit = noise->person };
  if (kept)
    keep_nothing (noise, config, n);
}

/* One layer of each kind that there is, frozen and trained, and a few images; a step that takes
 * little is left as it is. The work's batch becomes what is
 * left of it. */
static void
make_shallow (GuiseConfig *shallow, const GuiseConfig *config, GuiseStepWork *work)
{
  gsize layers = config->vision.layers, n = MIN (work->batch, (gsize)IMAGES_A_LANE * work->n_lanes),
        trained = config->train.vision_blocks < 0 ? layers : (gsize)config->train.vision_blocks;

  *shallow = *config;
  if (guise_cost_get_flops (config, work) <= LITTLE)
    return;
  work->batch = n;
  shallow->vision.layers = MIN (layers, (gsize)(trained > 0) + (trained < layers));
  if (config->train.vision_blocks > 0)
    shallow->train.vision_blocks = 1;
  shallow->text.layers = MIN (config->text.layers, 1);
  shallow->text.vocab_size = MIN (config->text.vocab_size, MAX_VOCABULARY);
  shallow->bdam.self_layers = MIN (config->bdam.self_layers, 1);
  shallow->bdam.cross_layers = MIN (config->bdam.cross_layers, 1);
  if (config->train.micro_batch >= n)
    shallow->train.micro_batch = 0;
}

static double
step (GuiseStepper *stepper, const Noise *noise, const GuiseConfig *config)
{
  double weights[GUISE_N_TERMS];
  gint64 started = g_get_monotonic_time ();

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    weights[k] = 1;
  guise_stepper_forward (stepper, &noise->batch, GUISE_WANT_ALL_TERMS, config->dropout);
  guise_stepper_backward (stepper, weights);
  return (double)(g_get_monotonic_time () - started) / G_USEC_PER_SEC;
}

static double
update (GuiseOptimiser *optimiser, const nn_real *grads)
{
  gint64 started = g_get_monotonic_time ();

  guise_optimiser_step (optimiser, grads, 0);
  return (double)(g_get_monotonic_time () - started) / G_USEC_PER_SEC;
}

void
guise_calibrate (const GuiseConfig *config, NnTeam *team, gsize text_tokens, gboolean kept,
                 GuiseSpeed *speed)
{
  GuiseStepWork work = { .batch = config->train.persons * config->train.images_per_person,
                         .n_lanes = team != NULL ? nn_team_size (team) : 1,
                         .n_ranks = 1,
                         .text_tokens = (double)text_tokens,
                         .kept_tokens = kept,
                         .kept_features = kept && !config->train.train_text };
  gint64 started = g_get_monotonic_time ();
  double best = G_MAXDOUBLE, adam = G_MAXDOUBLE;
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GuiseStepper) stepper = NULL;
  g_autoptr (GuiseOptimiser) optimiser = NULL;
  g_auto (Noise) noise = { 0 };
  GuiseConfig shallow;

  make_shallow (&shallow, config, &work);
  model = guise_model_new (&shallow);
  guise_model_set_precision (model, config->train.precision);
  guise_model_init (model, 0);
  stepper = guise_stepper_new (model, team);
  optimiser = guise_optimiser_new (model, team);
  noise_init (&noise, &shallow, work.batch, text_tokens, kept);
  step (stepper, &noise, &shallow); /* takes the memory */
  for (gsize i = 0; i < N_TIMED && g_get_monotonic_time () - started < ENOUGH; i++) {
    best = MIN (best, step (stepper, &noise, &shallow));
    adam = MIN (adam, update (optimiser, guise_stepper_get_grads (stepper)));
  }
  if (best == G_MAXDOUBLE) {
    best = step (stepper, &noise, &shallow);
    adam = update (optimiser, guise_stepper_get_grads (stepper));
  }
  speed->flops_per_s = guise_cost_get_flops (&shallow, &work) / best;
  speed->adam_s_per_value = adam / (double)MAX (model->params->n_trained, 1);
}
