/* What is not trained costs neither gradients nor memory for backward, and what runs again in
 * backward gives the same numbers; in double. */
#include <math.h>
#include <string.h>

#include "guise-embedder.h"
#include "guise-half.h"
#include "guise-optimiser.h"
#include "nn-gemm.h"
#include "toy-batch.h"

enum { N_IMAGES = 9,
       MAX_SETTINGS = 6 };

typedef struct {
  GuiseModel *model;
  ToyBatch *toy;
  GuiseStepper *stepper;
  GuiseStepperUse use;
  double norm;
} Step;

static void
step_clear (Step *step)
{
  guise_stepper_free (step->stepper);
  toy_batch_free (step->toy);
  guise_model_free (step->model);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Step, step_clear)

static void
set_up (Step *step, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  for (gsize i = 0; settings[i] != NULL; i++)
    g_assert_true (guise_config_set (&config, settings[i], &error));
  g_assert_true (guise_config_check (&config, &error));
  step->model = guise_model_new (&config);
  guise_model_init (step->model, 3);
  step->toy = toy_batch_new (&config, N_IMAGES, 100);
}

static void
run (Step *step, NnTeam *team, double dropout)
{
  double weights[GUISE_N_TERMS];

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    weights[k] = 1;
  step->stepper = guise_stepper_new (step->model, team);
  guise_stepper_forward (step->stepper, &step->toy->batch, GUISE_WANT_ALL_TERMS, dropout);
  step->norm = guise_stepper_backward (step->stepper, weights);
  guise_stepper_get_use (step->stepper, &step->use);
}

#define RUN(step, dropout, ...)                               \
  g_auto (Step) step = { 0 };                                 \
  set_up (&step, (const char *const[]){ __VA_ARGS__, NULL }); \
  run (&step, NULL, dropout)

/* The largest difference of the gradients that both have, relative to the largest of them. */
static double
compare_grads (const Step *a, const Step *b)
{
  const GArray *specs[] = { a->model->params->specs, b->model->params->specs };
  double top = 0, worst = 0;
  gsize n = 0;

  for (guint k = 0; k < specs[0]->len; k++) {
    const GuiseParamSpec *x = &g_array_index (specs[0], GuiseParamSpec, k),
                         *y = &g_array_index (specs[1], GuiseParamSpec, k);
    const double *of_x = guise_stepper_get_grads (a->stepper) + x->grad_offset,
                 *of_y = guise_stepper_get_grads (b->stepper) + y->grad_offset;

    if (x->frozen || y->frozen)
      continue;
    for (gsize i = 0; i < x->n; i++) {
      top = MAX (top, fabs (of_x[i]));
      worst = MAX (worst, fabs (of_x[i] - of_y[i]));
    }
    n += x->n;
  }
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpfloat (top, >, 0);
  return worst / top;
}

/* ------------------------------------------------------------------------------------- frozen */

/* What is trained gets the gradients that it gets when everything is. */
static void
test_gradients (void)
{
  RUN (full, 0, "train.vision_blocks=-1", "train.train_text=true");
  RUN (one, 0, "train.vision_blocks=1", "train.train_text=false");
  RUN (none, 0, "train.vision_blocks=0", "train.train_text=true");

  g_assert_cmpfloat (compare_grads (&full, &one), <=, 1e-14);
  g_assert_cmpfloat (compare_grads (&full, &none), <=, 1e-14);
  g_assert_cmpfloat (one.norm, <, full.norm);
}

/* No gradient and no moment has a place in memory unless it is trained. */
static void
test_arrays (void)
{
  RUN (step, 0, "train.vision_blocks=1", "train.train_text=false");
  g_autoptr (GuiseOptimiser) optimiser = guise_optimiser_new (step.model, NULL);
  const GuiseParams *params = step.model->params;
  gsize trained = 0, frozen = 0, pieces = 0;

  for (guint k = 0; k < params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, k);

    *(spec->frozen ? &frozen : &trained) += spec->n;
    pieces += !spec->frozen;
  }
  g_assert_cmpuint (frozen, >, 0);
  g_assert_cmpuint (params->n_trained, ==, trained);
  g_assert_cmpuint (params->n, ==, trained + frozen);
  g_assert_cmpuint (step.use.grads, ==, trained * sizeof (nn_real));
  g_assert_cmpuint (optimiser->pieces->len, ==, pieces);
}

/* The number of operations recorded depends on the trained blocks alone. */
static void
test_nodes (void)
{
  RUN (none, 0.1, "vision.layers=6", "train.vision_blocks=0");
  RUN (one, 0.1, "vision.layers=6", "train.vision_blocks=1");
  RUN (two, 0.1, "vision.layers=6", "train.vision_blocks=2");
  RUN (deeper, 0.1, "vision.layers=9", "train.vision_blocks=2");
  RUN (bare, 0, "vision.layers=6", "train.vision_blocks=0", "bdam.enabled=false");
  gsize block = two.use.n_nodes - one.use.n_nodes;

  g_assert_cmpuint (block, >=, 10); /* norms, products, attention, sums … */
  /* The first block brings the norm and the gathering of patches along. */
  g_assert_cmpuint (one.use.n_nodes - none.use.n_nodes, ==, block + 2);
  g_assert_cmpuint (deeper.use.n_nodes, ==, two.use.n_nodes);
  g_assert_cmpuint (bare.use.n_nodes, ==, 0);
}

/* Frozen blocks keep no activations. */
static void
test_memory (void)
{
  RUN (shallow, 0.1, "vision.layers=2", "train.vision_blocks=1");
  RUN (deep, 0.1, "vision.layers=12", "train.vision_blocks=1");
  RUN (texts, 0.1, "vision.layers=2", "train.vision_blocks=1", "text.layers=12");
  RUN (trained, 0.1, "vision.layers=12", "train.vision_blocks=-1");
  gsize call = 256; /* what a layer is told, rounded up */

  g_assert_cmpuint (deep.use.tapes, <=, shallow.use.tapes + 10 * call);
  g_assert_cmpuint (texts.use.tapes, <=, shallow.use.tapes + 10 * call);
  g_assert_cmpuint (2 * trained.use.tapes, >, 3 * deep.use.tapes);
}

/* Rates by layer: the last blocks at vision_lr, the heads at 1. */
static void
test_rates (void)
{
  RUN (step, 0, "train.vision_blocks=1", "train.vision_lr=0.25", "train.train_text=true",
       "train.text_lr=0.5");
  const GuiseParams *params = step.model->params;

  g_assert_true (guise_params_find (params, "vision.embeddings.cls_token")->frozen);
  g_assert_true (
      guise_params_find (params, "vision.encoder.layer.0.output.dense.weight")->frozen);
  g_assert_cmpfloat (
      guise_params_find (params, "vision.encoder.layer.1.output.dense.weight")->lr_factor, ==,
      0.25);
  g_assert_cmpfloat (guise_params_find (params, "vision.layernorm.weight")->lr_factor, ==, 0.25);
  g_assert_cmpfloat (
      guise_params_find (params, "text.encoder.layer.0.output.dense.weight")->lr_factor, ==, 0.5);
  g_assert_cmpfloat (guise_params_find (params, "bdam.gate.weight")->lr_factor, ==, 1);
}

/* ------------------------------------------------------------------------------ recomputation */

static void
test_recompute (gconstpointer data)
{
  const char *micro = data;
  NnTeam *team = nn_team_create (2);
  g_auto (Step) kept = { 0 }, again = { 0 };

  set_up (&kept, (const char *const[]){ "train.vision_blocks=-1", "train.train_text=true",
                                        "vision.layers=5", micro, NULL });
  set_up (&again, (const char *const[]){ "train.vision_blocks=-1", "train.train_text=true",
                                         "vision.layers=5", "train.recompute=true", micro, NULL });
  run (&kept, team, 0.1);
  run (&again, team, 0.1);
  g_assert_cmpfloat (kept.norm, ==, again.norm);
  g_assert_cmpmem (guise_stepper_get_grads (kept.stepper),
                   kept.model->params->n_trained * sizeof (nn_real),
                   guise_stepper_get_grads (again.stepper),
                   again.model->params->n_trained * sizeof (nn_real));
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    g_assert_cmpfloat (guise_stepper_get_loss (kept.stepper, k), ==,
                       guise_stepper_get_loss (again.stepper, k));
  g_test_message ("tapes: %zu bytes, running again %zu", kept.use.tapes, again.use.tapes);
  g_assert_cmpuint (again.use.tapes, <, kept.use.tapes);
  nn_team_free (team);
}

/* ------------------------------------------------------------- what encoders gave once, instead */

static void
test_given (void)
{
  RUN (step, 0.1, "train.vision_blocks=0", "train.train_text=false");
  g_auto (Step) given = { 0 };
  g_autoptr (GuiseEmbedder) embedder = guise_embedder_new (step.model, NULL);
  const GuiseConfig *config = &step.model->config;
  gsize size = guise_config_get_n_patches (config) * config->vision.hidden_size,
        width = config->text.hidden_size;
  g_autofree nn_real *tokens = g_new (nn_real, N_IMAGES * size),
                     *features = g_new (nn_real, GUISE_N_TEXTS * N_IMAGES * width);
  g_autofree guint16 *half = g_new (guint16, N_IMAGES * size);
  g_autofree float *single = g_new (float, GUISE_N_TEXTS *N_IMAGES *width);
  const guint16 *of_image[N_IMAGES];
  const float *of_text[GUISE_N_TEXTS * N_IMAGES];
  const GuiseImageOutputs image_out = { .tokens = tokens };

  guise_embedder_embed_images (embedder, step.toy->images, N_IMAGES, &image_out);
  for (gsize i = 0; i < N_IMAGES * size; i++)
    half[i] = guise_float_to_half ((float)tokens[i]);
  for (gsize i = 0; i < N_IMAGES; i++)
    of_image[i] = half + i * size;
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    const GuiseTextOutputs text_out = { .feature = features + k * N_IMAGES * width };

    guise_embedder_embed_texts (embedder, step.toy->ids[k], step.toy->start[k], N_IMAGES,
                                &text_out);
  }
  for (gsize i = 0; i < GUISE_N_TEXTS * N_IMAGES * width; i++)
    single[i] = (float)features[i];
  for (gsize s = 0; s < GUISE_N_TEXTS * N_IMAGES; s++)
    of_text[s] = single + s * width;
  set_up (&given, (const char *const[]){ "train.vision_blocks=0", "train.train_text=false", NULL });
  memset (given.toy->images, 0xff, N_IMAGES * sizeof (nn_real)); /* NaN: nobody must read them */
  given.toy->batch.features = of_text;
  given.toy->batch.tokens = of_image;
  run (&given, NULL, 0.1);
  g_assert_cmpfloat (compare_grads (&step, &given), <=, 2e-3); /* half precision */
  g_assert_cmpfloat (fabs (step.norm - given.norm), <=, 2e-3 * step.norm);
  g_assert_cmpuint (given.use.n_nodes, ==, step.use.n_nodes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/frozen/gradients", test_gradients);
  g_test_add_func ("/frozen/arrays", test_arrays);
  g_test_add_func ("/frozen/nodes", test_nodes);
  g_test_add_func ("/frozen/memory", test_memory);
  g_test_add_func ("/frozen/rates", test_rates);
  g_test_add_data_func ("/frozen/recompute/whole", "train.micro_batch=0", test_recompute);
  g_test_add_data_func ("/frozen/recompute/portions", "train.micro_batch=3", test_recompute);
  g_test_add_func ("/frozen/given", test_given);
  return g_test_run ();
}
