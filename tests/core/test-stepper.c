/* A step's result does not depend on how the work is split, in double: losses, features and
 * gradients of several lanes and portions against those of one pass, with dropout and without. */
#include <math.h>
#include <string.h>

#include "nn-gemm.h"
#include "nn-random.h"
#include "toy-batch.h"

enum { MAX_LANES = 3,
       MAX_SETTINGS = 4 };

typedef struct {
  const char *name;
  const char *set[MAX_SETTINGS];
} Variant;

#define ALL_TRAINED "train.vision_blocks=-1", "train.train_text=true"

static const Variant variants[] = {
  { "bdam", { ALL_TRAINED } },
  { "no-bdam", { ALL_TRAINED, "bdam.enabled=false" } },
  { "transformer", { ALL_TRAINED, "fusion.backbone=transformer" } },
  { "frozen-texts", { "train.vision_blocks=1" } },
};

static NnTeam *teams[MAX_LANES + 1]; /* by size; one lane does without */

static void
init_config (GuiseConfig *config, const Variant *variant)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_config_init_preset (config, "toy", NULL));
  for (gsize i = 0; i < MAX_SETTINGS && variant->set[i] != NULL; i++)
    g_assert_true (guise_config_set (config, variant->set[i], &error));
  g_assert_true (guise_config_check (config, &error));
}

/* --------------------------------------------------------------------------- what a step gives */

typedef enum { LOSSES,
               FEATURES,
               GRADS,
               N_KINDS } Kind;

typedef struct {
  GArray *numbers[N_KINDS]; /* of double */
} Result;

static void
result_free (Result *result)
{
  for (gsize k = 0; k < N_KINDS; k++)
    g_array_unref (result->numbers[k]);
  g_free (result);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Result, result_free)

static void
keep_tensor (Result *result, const GraphTensor *x)
{
  for (gsize r = 0; x != NULL && r < x->rows; r++)
    g_array_append_vals (result->numbers[FEATURES], x->data + r * x->ld, (guint)x->cols);
}

static void
keep_features (Result *result, const GuiseStepper *stepper)
{
  const GuiseImageHeads *image = guise_stepper_get_image_heads (stepper);
  const GuiseFusion *fusion = &guise_stepper_get_losses (stepper)->fusion;

  keep_tensor (result, image->identity);
  keep_tensor (result, image->clothing);
  keep_tensor (result, image->gate);
  keep_tensor (result, image->aligned);
  keep_tensor (result, image->v);
  keep_tensor (result, image->c);
  keep_tensor (result, fusion->fused);
  keep_tensor (result, fusion->logit);
}

static Result *
run_step (GuiseModel *model, const GuiseBatch *batch, gsize n_lanes, gsize micro, double dropout)
{
  g_autoptr (GuiseStepper) stepper = NULL;
  Result *result = g_new0 (Result, 1);
  double weights[GUISE_N_TERMS];

  for (gsize k = 0; k < N_KINDS; k++)
    result->numbers[k] = g_array_new (FALSE, FALSE, sizeof (double));
  model->config.train.micro_batch = micro;
  stepper = guise_stepper_new (model, teams[n_lanes]);
  guise_stepper_forward (stepper, batch, GUISE_WANT_ALL_TERMS | GUISE_WANT_FUSION, dropout);
  keep_features (result, stepper);
  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    double pair[] = { guise_stepper_get_loss (stepper, k),
                      guise_stepper_get_task_norm (stepper, k) };

    weights[k] = 1;
    g_array_append_vals (result->numbers[LOSSES], pair, 2);
  }
  guise_stepper_backward (stepper, weights);
  g_array_append_vals (result->numbers[GRADS], guise_stepper_get_grads (stepper),
                       (guint)model->params->n_trained);
  return result;
}

/* The largest difference relative to the largest number of its kind; NaN is not small. */
static double
get_difference (const Result *a, const Result *b, Kind kind)
{
  const GArray *x = a->numbers[kind], *y = b->numbers[kind];
  double top = 0, worst = 0;

  g_assert_cmpuint (x->len, ==, y->len);
  for (guint i = 0; i < x->len; i++) {
    double difference = fabs (g_array_index (x, double, i) - g_array_index (y, double, i));

    top = MAX (top, fabs (g_array_index (x, double, i)));
    worst = difference <= worst ? worst : difference;
  }
  g_assert_cmpfloat (top, >, 0);
  return worst / top;
}

/* ----------------------------------------------------------------------------------- the tests */

static void
compare_splits (GuiseModel *model, gsize size, double dropout)
{
  static const gsize micros[] = { 0, 1, 3 };
  g_autoptr (ToyBatch) toy = toy_batch_new (&model->config, size, 100 + size);
  g_autoptr (Result) whole = run_step (model, &toy->batch, 1, 0, dropout);

  for (gsize lanes = 1; lanes <= MAX_LANES; lanes++)
    for (gsize m = 0; m < G_N_ELEMENTS (micros); m++) {
      g_autoptr (Result) split = run_step (model, &toy->batch, lanes, micros[m], dropout);

      for (Kind kind = 0; kind < N_KINDS; kind++) {
        double difference = get_difference (whole, split, kind);

        if (!(difference <= 1e-12)) {
          g_test_message ("%zu images, dropout %g, %zu lanes, portions of %zu: %s differ by %.3g",
                          size, dropout, lanes, micros[m],
                          (const char *[]){ "losses", "features", "gradients" }[kind], difference);
          g_test_fail ();
        }
      }
    }
}

static void
test_splits (gconstpointer data)
{
  static const gsize sizes[] = { 1, 2, 3, 5, 9, 23 };
  g_autoptr (GuiseModel) model = NULL;
  GuiseConfig config;

  init_config (&config, data);
  model = guise_model_new (&config);
  guise_model_init (model, 3);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    compare_splits (model, sizes[i], 0);
    compare_splits (model, sizes[i], 0.1);
  }
}

/* The masks are there, are the same when a step is repeated, and others for another seed. */
static void
test_masks (void)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (ToyBatch) toy = NULL;
  g_autoptr (Result) plain = NULL;
  g_autoptr (Result) first = NULL;
  g_autoptr (Result) again = NULL;
  g_autoptr (Result) other = NULL;
  GuiseConfig config;

  init_config (&config, &variants[0]);
  model = guise_model_new (&config);
  guise_model_init (model, 3);
  toy = toy_batch_new (&config, 5, 8);
  plain = run_step (model, &toy->batch, 1, 0, 0);
  first = run_step (model, &toy->batch, 2, 3, 0.1);
  again = run_step (model, &toy->batch, 2, 3, 0.1);
  toy->batch.labels.seed++;
  other = run_step (model, &toy->batch, 2, 3, 0.1);
  for (Kind kind = 0; kind < N_KINDS; kind++) {
    g_assert_cmpfloat (get_difference (first, plain, kind), >, 1e-3);
    g_assert_cmpfloat (get_difference (first, again, kind), ==, 0);
    g_assert_cmpfloat (get_difference (first, other, kind), >, 1e-3);
  }
}

/* No two images share a mask: equal images with equal neighbours come out different. */
static void
test_masks_differ (void)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (ToyBatch) toy = NULL;
  g_autoptr (Result) result = NULL;
  GuiseConfig config;
  gsize width, n_pixels;

  init_config (&config, &variants[0]);
  model = guise_model_new (&config);
  guise_model_init (model, 3);
  toy = toy_batch_new (&config, 4, 8);
  n_pixels = 3 * config.vision.image_size[0] * config.vision.image_size[1];
  for (gsize i = 1; i < 4; i++)
    memcpy (toy->images + i * n_pixels, toy->images, n_pixels * sizeof (nn_real));
  result = run_step (model, &toy->batch, 2, 1, 0.1);
  width = config.vision.hidden_size;
  for (gsize i = 1; i < 4; i++)
    for (gsize j = 0; j < i; j++) {
      const double *identity = (const double *)result->numbers[FEATURES]->data;

      g_assert_cmpint (memcmp (identity + i * width, identity + j * width, width * sizeof (double)),
                       !=, 0);
    }
}

/* --------------------------------------------------------- gradients under dropout, by difference
 */

enum { TRUE_TERMS = 1 << GUISE_TERM_INFO | 1 << GUISE_TERM_CAPTION | 1 << GUISE_TERM_TRIPLET
                    | 1 << GUISE_TERM_CLOTH | 1 << GUISE_TERM_MATCH }; /* nothing in them is cut */

static double
get_total (GuiseStepper *stepper, const GuiseModel *model, const GuiseBatch *batch)
{
  double total;

  guise_stepper_forward (stepper, batch, TRUE_TERMS, 0.1);
  total = model->config.loss.gate_weight * guise_stepper_get_losses (stepper)->gate->data[0];
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    total += guise_stepper_get_loss (stepper, k);
  return total;
}

/* Along a random direction; two lanes with portions of one image. */
static void
test_gradient (void)
{
  static const double ones[GUISE_N_TERMS] = { 1, 1, 1, 1, 1, 1, 1 };
  const double step = 1e-6;
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (ToyBatch) toy = NULL;
  g_autoptr (GuiseStepper) stepper = NULL;
  g_autofree double *direction = NULL;
  double slope = 0, totals[2];
  GuiseConfig config;

  init_config (&config, &variants[0]);
  config.train.micro_batch = 1;
  model = guise_model_new (&config);
  guise_model_init (model, 3);
  toy = toy_batch_new (&config, 6, 8);
  stepper = guise_stepper_new (model, teams[2]);
  get_total (stepper, model, &toy->batch);
  guise_stepper_backward (stepper, ones);
  direction = g_new (double, model->params->n);
  for (gsize i = 0; i < model->params->n; i++) {
    direction[i] = 2 * nn_random_uniform (77, i) - 1;
    slope += direction[i] * guise_stepper_get_grads (stepper)[i];
  }
  for (gsize side = 0; side < 2; side++) {
    for (gsize i = 0; i < model->params->n; i++)
      model->values[i] += (side == 0 ? 1 : -2) * step * direction[i];
    totals[side] = get_total (stepper, model, &toy->batch);
  }
  g_test_message ("slope %.9g, by difference %.9g", slope, (totals[0] - totals[1]) / (2 * step));
  g_assert_cmpfloat (fabs ((totals[0] - totals[1]) / (2 * step) - slope), <=, 1e-6 * fabs (slope));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  for (gsize n = 2; n <= MAX_LANES; n++)
    teams[n] = nn_team_create (n);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++) {
    g_autofree char *name = g_strconcat ("/stepper/splits/", variants[i].name, NULL);

    g_test_add_data_func (name, &variants[i], test_splits);
  }
  g_test_add_func ("/stepper/masks", test_masks);
  g_test_add_func ("/stepper/masks-differ", test_masks_differ);
  g_test_add_func ("/stepper/gradient", test_gradient);
  status = g_test_run ();
  for (gsize n = 2; n <= MAX_LANES; n++)
    nn_team_free (teams[n]);
  return status;
}
