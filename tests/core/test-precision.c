/* A network whose encoders multiply numbers of bf16 against the same in float32: embeddings, losses
 * and gradients of a step, every way of multiplying, and what stays as it was.
 *
 * Rounding an operand adds an error of at most u = 2⁻⁸ of it, of both operands of a product at most
 * 2u of Σ|a||b|. Errors of different numbers are independent, so that beside a sum of n numbers
 * they weigh √n less; norms between the layers keep the errors' share, and the residuals add up the
 * squares of what each of the P products of a path has added. A unit embedding is therefore off by
 * about u √P, and by no more than twice that unless something is wrong. */
#include <math.h>
#include <string.h>

#include "guise-cost.h"
#include "guise-embedder.h"
#include "guise-optimiser.h"
#include "nn-bf16.h"
#include "nn-gemm.h"
#include "toy-batch.h"

enum { SIZE = 12 };

static const struct {
  const char *name;
  NnWay way;
} ways[] = {
  { "own", NN_WAY_OWN },
  { "onednn", NN_WAY_ONEDNN },
  { "onednn-floats", NN_WAY_ONEDNN_FLOATS },
};

static void
init_config (GuiseConfig *config, const char *preset)
{
  g_assert_true (guise_config_init_preset (config, preset, NULL));
  g_assert_true (guise_config_set (config, "vision.image_size=[64,32]", NULL));
  g_assert_true (guise_config_set (config, "gradnorm.enabled=false", NULL));
  config->train.vision_blocks = -1;
  config->train.train_text = TRUE;
}

/* Products on an image's way to its embedding, and on a text's. */
static double
count_products (const GuiseConfig *config, gboolean image)
{
  return image ? 1 + 4. * config->vision.layers + 1
                     + 2. * (config->bdam.self_layers + config->bdam.cross_layers)
               : 4. * config->text.layers;
}

/* FALSE where there is no such way here. */
static gboolean
use_way (GuiseModel *model, NnWay way)
{
  NnMixed *mixed = nn_mixed_new (way);

  if (mixed == NULL) {
    g_test_skip ("oneDNN cannot do this on this processor, or is not there");
    return FALSE;
  }
  nn_mixed_free (model->mixed);
  model->mixed = mixed;
  return TRUE;
}

static GuiseModel *
make_model (const GuiseConfig *config)
{
  GuiseModel *model = guise_model_new (config);

  guise_model_init (model, 3);
  return model;
}

/* ---- embeddings ---- */

typedef struct {
  gsize n, dim;
  float *v, *c, *t, *u; /* [n,dim]: of the images, the identity and the clothing texts */
} Embedded;

static void
embedded_clear (Embedded *e)
{
  g_free (e->v);
  g_free (e->c);
  g_free (e->t);
  g_free (e->u);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Embedded, embedded_clear)

static void
embed (const GuiseModel *model, const ToyBatch *toy, Embedded *e)
{
  g_autoptr (GuiseEmbedder) embedder = guise_embedder_new (model, NULL);
  gsize dim = model->config.fusion.size, n = toy->batch.labels.size;

  *e = (Embedded){ n, dim, g_new (float, n *dim), g_new (float, n *dim), g_new (float, n *dim),
                   g_new (float, n *dim) };
  guise_embedder_embed_images (embedder, toy->images, n,
                               &(GuiseImageOutputs){ .v = e->v, .c = e->c });
  guise_embedder_embed_texts (embedder, toy->ids[0], toy->start[0], n,
                              &(GuiseTextOutputs){ .t = e->t });
  guise_embedder_embed_texts (embedder, toy->ids[1], toy->start[1], n,
                              &(GuiseTextOutputs){ .u = e->u });
}

/* The largest distance between rows. */
static double
get_distance (const float *x, const float *y, gsize n, gsize dim)
{
  double worst = 0;

  for (gsize i = 0; i < n; i++) {
    double squares = 0;

    for (gsize j = 0; j < dim; j++)
      squares += pow ((double)x[i * dim + j] - y[i * dim + j], 2);
    g_assert_true (isfinite (squares));
    worst = MAX (worst, sqrt (squares));
  }
  return worst;
}

static void
check_distance (const char *what, double distance, double n_products)
{
  double expected = NN_BF16_ERROR * sqrt (n_products);

  g_test_message ("%s: off by %.5f, expected %.5f", what, distance, expected);
  g_assert_cmpfloat (distance, <=, 2 * expected);
  g_assert_cmpfloat (distance, >=, 0.01 * expected); /* something was rounded at all */
}

/* How far losses may be apart: a logit is a product of unit vectors over the temperature, and
 * InfoNCE, a logarithm of a sum of exponentials less one logit, moves by no more than twice what
 * the logits move. */
static double
bound_loss (const GuiseConfig *config, double image, double text)
{
  return 2 * (image + text + image * text) / config->loss.temperature;
}

/* ---- steps ---- */

typedef struct {
  double loss[GUISE_N_TERMS];
  float *grads;
} Step;

static void
run_step (GuiseModel *model, const ToyBatch *toy, NnTeam *team, Step *step)
{
  g_autoptr (GuiseStepper) stepper = guise_stepper_new (model, team);
  double weights[GUISE_N_TERMS] = { [GUISE_TERM_INFO] = 1, [GUISE_TERM_CLOTH] = 1 };
  gsize bytes = model->params->n_trained * sizeof (float);

  guise_stepper_forward (stepper, &toy->batch, GUISE_WANT_ALL_TERMS, 0);
  guise_stepper_backward (stepper, weights);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    step->loss[k] = guise_stepper_get_loss (stepper, k);
  step->grads = g_memdup2 (guise_stepper_get_grads (stepper), bytes);
}

/* ‖x - y‖ / ‖x‖ */
static double
get_share (const float *x, const float *y, gsize n)
{
  double difference = 0, sum = 0;

  for (gsize i = 0; i < n; i++) {
    difference += pow ((double)x[i] - y[i], 2);
    sum += pow (x[i], 2);
  }
  return sqrt (difference / sum);
}

/* Gradients: the errors of forward change the probabilities in the losses as those of their logits
 * do, and come once more in backward. */
static void
check_step (const GuiseConfig *config, const Step *exact, const Step *rounded, gsize n,
            double image, double text, double clothing_image, double clothing_text)
{
  const struct {
    GuiseTerm term;
    double bound;
  } rows[] = { { GUISE_TERM_INFO, bound_loss (config, image, text) },
               { GUISE_TERM_CLOTH, bound_loss (config, clothing_image, clothing_text) } };
  double share = get_share (exact->grads, rounded->grads, n), bound = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    double moved = fabs (rounded->loss[rows[i].term] - exact->loss[rows[i].term]);

    g_test_message ("%s: %.5f, moved by %.5f, bound %.5f", guise_term_name (rows[i].term),
                    exact->loss[rows[i].term], moved, rows[i].bound);
    g_assert_cmpfloat (moved, <=, rows[i].bound);
    bound = MAX (bound, expm1 (rows[i].bound));
  }
  bound += 2 * NN_BF16_ERROR * sqrt (2 * count_products (config, TRUE));
  g_test_message ("gradient: off by %.4f of its length, bound %.4f", share, bound);
  g_assert_cmpfloat (share, <=, bound);
  g_assert_cmpfloat (share, >, 0);
}

static void
test_step (gconstpointer data)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (ToyBatch) toy = NULL;
  g_auto (Embedded) exact = { 0 }, rounded = { 0 };
  double v, c, t, u;
  Step before, after;
  GuiseConfig config;

  init_config (&config, "tiny");
  model = make_model (&config);
  toy = toy_batch_new (&config, SIZE, 8);
  embed (model, toy, &exact);
  run_step (model, toy, NULL, &before);
  if (use_way (model, ways[GPOINTER_TO_SIZE (data)].way)) {
    embed (model, toy, &rounded);
    run_step (model, toy, NULL, &after);
    v = get_distance (exact.v, rounded.v, SIZE, exact.dim);
    c = get_distance (exact.c, rounded.c, SIZE, exact.dim);
    t = get_distance (exact.t, rounded.t, SIZE, exact.dim);
    u = get_distance (exact.u, rounded.u, SIZE, exact.dim);
    check_distance ("v", v, count_products (&config, TRUE));
    check_distance ("c", c, count_products (&config, TRUE));
    check_distance ("t", t, count_products (&config, FALSE));
    check_distance ("u", u, count_products (&config, FALSE));
    check_step (&config, &before, &after, model->params->n_trained, v, t, c, u);
    g_free (after.grads);
  }
  g_free (before.grads);
}

/* The ways round the same numbers; the order of their sums moves a few of them to the next bf16. */
static void
test_ways (void)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (ToyBatch) toy = NULL;
  g_auto (Embedded) exact = { 0 };
  GuiseConfig config;

  init_config (&config, "tiny");
  model = make_model (&config);
  toy = toy_batch_new (&config, SIZE, 8);
  g_assert_true (use_way (model, NN_WAY_OWN));
  embed (model, toy, &exact);
  for (gsize i = 1; i < G_N_ELEMENTS (ways) && use_way (model, ways[i].way); i++) {
    g_auto (Embedded) other = { 0 };
    double v, t;

    embed (model, toy, &other);
    v = get_distance (exact.v, other.v, SIZE, exact.dim);
    t = get_distance (exact.t, other.t, SIZE, exact.dim);
    g_test_message ("%s: v off by %.6f, t by %.6f", ways[i].name, v, t);
    g_assert_cmpfloat (MAX (v, t), <=, 2 * NN_BF16_ERROR);
  }
}

/* ---- updates ---- */

/* The first loss and the last of n updates. */
static void
train (GuiseModel *model, const ToyBatch *toy, NnTeam *team, gsize n, double *first, double *last)
{
  g_autoptr (GuiseStepper) stepper = guise_stepper_new (model, team);
  g_autoptr (GuiseOptimiser) optimiser = guise_optimiser_new (model, team);
  const double weights[GUISE_N_TERMS] = { [GUISE_TERM_INFO] = 1, [GUISE_TERM_CLOTH] = 1 };
  gsize n_copies = 0;

  for (gsize i = 0; i < n; i++) {
    guise_stepper_forward (stepper, &toy->batch, GUISE_WANT_ALL_TERMS, 0);
    *last = guise_stepper_get_loss (stepper, GUISE_TERM_INFO)
            + guise_stepper_get_loss (stepper, GUISE_TERM_CLOTH);
    if (i == 0)
      *first = *last;
    guise_stepper_backward (stepper, weights);
    if (model->mixed != NULL && i > 0)
      g_assert_cmpuint (nn_mixed_count (model->mixed), ==, n_copies);
    n_copies = model->mixed != NULL ? nn_mixed_count (model->mixed) : 0;
    guise_optimiser_step (optimiser, guise_stepper_get_grads (stepper), 1e-3);
  }
}

/* Copies that were not made anew would let only the heads learn; lanes and portions share them. */
static void
test_updates (gconstpointer data)
{
  NnTeam *team = nn_team_create (2);
  g_autoptr (ToyBatch) toy = NULL;
  double first, last[2], unused;
  GuiseConfig config;
  gsize n_copies = 0;

  init_config (&config, "tiny");
  toy = toy_batch_new (&config, SIZE, 8);
  for (gsize side = 0; side < 3; side++) {
    g_autoptr (GuiseModel) model = make_model (&config);

    if (side > 0 && !use_way (model, ways[GPOINTER_TO_SIZE (data)].way))
      break;
    model->config.train.micro_batch = side == 2 ? 4 : 0;
    if (side < 2)
      train (model, toy, NULL, 8, &first, &last[side]);
    else
      train (model, toy, team, 2, &unused, &unused);
    if (side == 1) {
      n_copies = nn_mixed_count (model->mixed);
      g_test_message ("loss %.4f: %.4f after 8 updates in float32, %.4f in bf16", first, last[0],
                      last[1]);
      g_assert_cmpfloat (first - last[0], >, 1);
      g_assert_cmpfloat (fabs (last[1] - last[0]), <=, 0.005 * (first - last[0]));
    } else if (side == 2) {
      g_assert_cmpuint (nn_mixed_count (model->mixed), ==, n_copies);
    }
  }
  nn_team_free (team);
}

/* Each way of freezing: copies are made of what runs, and bytes are what was estimated. */
static void
test_copies (void)
{
  static const struct {
    int blocks;
    gboolean text;
  } cases[] = { { -1, TRUE }, { 1, FALSE }, { 0, FALSE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GuiseModel) model = NULL;
    g_autoptr (ToyBatch) toy = NULL;
    g_autoptr (GuiseStepper) stepper = NULL;
    const double weights[GUISE_N_TERMS] = { [GUISE_TERM_INFO] = 1 };
    const GuiseStepWork work = { SIZE, 1, 1, 20, FALSE, FALSE, TRUE };
    GuiseStepBytes bytes;
    GuiseStepperUse use;
    GuiseConfig config;

    init_config (&config, "tiny");
    config.train.vision_blocks = cases[i].blocks;
    config.train.train_text = cases[i].text;
    model = make_model (&config);
    toy = toy_batch_new (&config, SIZE, 8);
    if (!use_way (model, NN_WAY_ONEDNN))
      return;
    stepper = guise_stepper_new (model, NULL);
    guise_stepper_forward (stepper, &toy->batch, GUISE_WANT_ALL_TERMS, 0);
    guise_stepper_backward (stepper, weights);
    guise_stepper_get_use (stepper, &use);
    guise_cost_get_bytes (&config, &work, &bytes);
    g_test_message ("copies %zu bytes, estimate %.0f", use.copies, bytes.copies);
    g_assert_cmpfloat (fabs (bytes.copies - (double)use.copies), <=, 0.1 * (double)use.copies);
  }
}

/* ---- what stays ---- */

/* Heads, norms, embeddings and the fusion are no matter of precision. */
static void
test_which (void)
{
  g_autoptr (GuiseModel) model = NULL;
  GuiseConfig config;
  gsize n = 0;

  init_config (&config, "toy");
  model = make_model (&config);
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);
    gboolean encoder = strstr (spec->name, "encoder.layer.") != NULL
                       || g_str_has_prefix (spec->name, "bdam.identity.")
                       || g_str_has_prefix (spec->name, "bdam.clothing.")
                       || strstr (spec->name, "patch_embeddings") != NULL;

    g_assert_cmpint (spec->mixed, ==, encoder && spec->n_dims >= 2);
    n += spec->mixed;
  }
  g_assert_cmpuint (n, ==, 1 + 6 * 2 + 6 * 2 + 2 * (1 + 4 * 3));
}

/* From what a text encoder gave, the rest is the same to the bit. */
static void
test_heads (void)
{
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GuiseEmbedder) embedder = NULL;
  float feature[20], t[2][16], u[2][16];
  const float *kept = feature;
  GuiseConfig config;

  init_config (&config, "toy");
  model = make_model (&config);
  embedder = guise_embedder_new (model, NULL);
  for (gsize i = 0; i < 20; i++)
    feature[i] = (float)sin (1.0 + i);
  for (gsize side = 0; side < 2; side++) {
    guise_model_set_precision (model, side);
    g_assert_cmpint (guise_model_get_precision (model), ==, side);
    guise_embedder_embed_kept_features (embedder, &kept, 1,
                                        &(GuiseTextOutputs){ .t = t[side], .u = u[side] });
  }
  g_assert_cmpmem (t[0], sizeof t[0], t[1], sizeof t[1]);
  g_assert_cmpmem (u[0], sizeof u[0], u[1], sizeof u[1]);
}

static void
test_config (void)
{
  g_autoptr (GError) error = NULL;
  GuisePrecision precision;
  GuiseConfig config;

  init_config (&config, "paper");
  g_assert_cmpint (config.train.precision, ==, GUISE_PRECISION_FLOAT32);
  g_assert_true (guise_config_set (&config, "train.precision=bfloat16", &error));
  g_assert_cmpint (config.train.precision, ==, GUISE_PRECISION_BFLOAT16);
  g_assert_false (guise_config_set (&config, "train.precision=float16", &error));
  g_assert_cmpstr (error->message, ==,
                   "setting: 'train.precision' must be one of: float32, bfloat16");
  g_assert_true (guise_precision_parse ("bfloat16", &precision));
  g_assert_cmpint (precision, ==, GUISE_PRECISION_BFLOAT16);
  g_assert_false (guise_precision_parse ("bf16", &precision));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  for (gsize way = 0; way < G_N_ELEMENTS (ways); way++) {
    g_autofree char *step = g_strconcat ("/precision/step/", ways[way].name, NULL);
    g_autofree char *updates = g_strconcat ("/precision/updates/", ways[way].name, NULL);

    g_test_add_data_func (step, GSIZE_TO_POINTER (way), test_step);
    g_test_add_data_func (updates, GSIZE_TO_POINTER (way), test_updates);
  }
  g_test_add_func ("/precision/ways", test_ways);
  g_test_add_func ("/precision/copies", test_copies);
  g_test_add_func ("/precision/which", test_which);
  g_test_add_func ("/precision/heads", test_heads);
  g_test_add_func ("/precision/config", test_config);
  return g_test_run ();
}
