/* What models cost: counts against counts by hand, measurements against what must hold of them. */
#include <math.h>

#include "guise-cost.h"
#include "guise-efficiency.h"
#include "guise-macs.h"
#include "nn-gemm.h"

static GuiseConfig
preset (const char *name)
{
  GuiseConfig config;

  g_assert_true (guise_config_init_preset (&config, name, NULL));
  return config;
}

/* toy: 24×16 pixels in patches of 8, so 6 of them; D 24, MLP 40, 2 layers; BDAM 2 + 1; text D 20,
 * MLP 36, 2 layers, here of 9 tokens; fusion F 16, E 32, R 1, N 5, K 4, out 12, three tokens. */
static void
test_by_hand (void)
{
  GuiseConfig config = preset ("toy");
  GuiseCost cost;

  guise_cost_count (&config, 9, &cost);
  g_assert_cmpuint (cost.macs[GUISE_COST_VISION], ==,
                    6 * 192 * 24 + 2 * 7 * (4 * 24 * 24 + 2 * 7 * 24 + 2 * 24 * 40));
  g_assert_cmpuint (cost.macs[GUISE_COST_VISION], ==, 91488);
  g_assert_cmpuint (cost.macs[GUISE_COST_BDAM], ==, 101376);
  g_assert_cmpuint (cost.macs[GUISE_COST_IMAGE_HEADS], ==, 24 * 16 + 16 * 16 + 24 * 16);
  g_assert_cmpuint (cost.macs[GUISE_COST_TEXT], ==, 61200);
  g_assert_cmpuint (cost.macs[GUISE_COST_TEXT_HEADS], ==, 20 * 16 + 16 * 16 + 20 * 16);
  /* a token of a Mamba layer: 1024 + 128 + 352 + 32 + 640 + 512 */
  g_assert_cmpuint (cost.macs[GUISE_COST_FUSION], ==, 64 + 2 * 3 * 2688 + 16 * 12 + 12);
}

/* A step out of the same counts: twice a forward is backward, of what is trained. */
static void
test_step (void)
{
  GuiseConfig config = preset ("toy");
  GuiseStepWork work = { .batch = 64, .n_lanes = 2, .n_ranks = 1, .text_tokens = 9 };
  const double blocks = 91488 - 27648, whole = 101376 + 1024 + 3 * (61200 + 896 + 16396);

  config.train.vision_blocks = -1; /* pixels want no gradient */
  config.train.train_text = TRUE;
  config.train.micro_batch = 0;
  config.train.recompute = FALSE;
  g_assert_cmpfloat (guise_cost_get_flops (&config, &work), ==,
                     2. * 64 * (3 * (blocks + whole) + 2 * 27648));
  config.train.vision_blocks = 0;
  config.train.train_text = FALSE;
  g_assert_cmpfloat (guise_cost_get_flops (&config, &work), ==,
                     2. * 64 * (91488 + 3 * (whole - 3 * 61200) + 3 * 61200));
  work.kept_tokens = work.kept_features = TRUE;
  work.n_ranks = 2;
  g_assert_cmpfloat (guise_cost_get_flops (&config, &work), ==,
                     2. * 32 * 3 * (whole - 3 * 61200));
}

/* Mamba grows with the length, a Transformer with the length and its square. */
static void
test_backbones (void)
{
  GuiseConfig config = preset ("toy");

  g_assert_cmpfloat (guise_macs_backbone (&config, 1000), ==, 2 * 1000 * 2688);
  config.fusion.backbone = GUISE_BACKBONE_TRANSFORMER;
  config.fusion.layers = 4;
  g_assert_cmpfloat (guise_macs_backbone (&config, 3), ==,
                     4 * 3 * (4 * 256 + 2 * 3 * 16 + 2 * 16 * 64));
  g_assert_cmpfloat (guise_macs_backbone (&config, 1000), ==,
                     4 * 1000 * (4 * 256 + 2 * 1000 * 16 + 2 * 16 * 64));
  config.fusion.backbone = GUISE_BACKBONE_NONE;
  g_assert_cmpfloat (guise_macs_backbone (&config, 1000), ==, 0);
  g_assert_cmpuint (guise_cost_count_backbone_parameters (&config), ==, 0);
}

/* What is taken out of the model costs nothing. */
static void
test_without (void)
{
  GuiseConfig config = preset ("toy");
  GuiseCost cost;

  config.bdam.enabled = config.fusion.enabled = config.fusion.align = FALSE;
  guise_cost_count (&config, 9, &cost);
  g_assert_cmpuint (cost.macs[GUISE_COST_BDAM], ==, 0);
  g_assert_cmpuint (cost.macs[GUISE_COST_FUSION], ==, 0);
  g_assert_cmpuint (cost.parameters[GUISE_COST_BDAM], ==, 0);
  g_assert_cmpuint (cost.parameters[GUISE_COST_FUSION], ==, 0);
  g_assert_cmpuint (cost.macs[GUISE_COST_IMAGE_HEADS], ==, 2 * 24 * 16);
  config = preset ("toy");
  config.bdam.gate = FALSE;
  guise_cost_count (&config, 9, &cost);
  g_assert_cmpuint (cost.macs[GUISE_COST_BDAM], ==, 101376 - 2 * 24 * 24);
  config.bdam.cross_attention = FALSE;
  guise_cost_count (&config, 9, &cost);
  g_assert_cmpuint (cost.macs[GUISE_COST_BDAM], ==, 2 * 6 * (576 + 2 * (4 * 576 + 2 * 6 * 24)));
}

/* Every parameter belongs to one part. */
static void
test_parameters (void)
{
  static const char *const names[] = { "toy", "tiny", "recommended", "paper", NULL };

  for (gsize i = 0; names[i] != NULL; i++) {
    GuiseConfig config = preset (names[i]);
    GuiseParams *params = guise_params_new (&config);
    GuiseCost cost;
    guint64 sum = 0;

    guise_cost_count (&config, 20, &cost);
    for (guint part = 0; part < GUISE_N_COSTS; part++) {
      g_assert_cmpuint (cost.parameters[part], >, 0);
      sum += cost.parameters[part];
    }
    g_assert_cmpuint (sum, ==, params->n);
    guise_params_free (params);
  }
}

/* ViT-B/16 is known to take about 17.6 thousand million multiply-adds an image. */
static void
test_known (void)
{
  GuiseConfig config = preset ("paper");
  GuiseCost cost;

  guise_cost_count (&config, 20, &cost);
  g_assert_cmpfloat_with_epsilon ((double)cost.macs[GUISE_COST_VISION] / 1e9, 17.56, 0.05);
  g_assert_cmpfloat_with_epsilon ((double)cost.parameters[GUISE_COST_VISION] / 1e6, 85.8, 0.1);
  g_assert_cmpfloat_with_epsilon ((double)cost.parameters[GUISE_COST_TEXT] / 1e6, 108.9, 0.1);
}

static void
test_measured (void)
{
  static const GuiseBackbone backbones[]
      = { GUISE_BACKBONE_MAMBA, GUISE_BACKBONE_TRANSFORMER, GUISE_BACKBONE_NONE };

  for (gsize i = 0; i < G_N_ELEMENTS (backbones); i++) {
    GuiseConfig config = preset ("toy");
    GuiseEfficiency result = { -1, -1, 0, 0 };
    g_autoptr (GError) error = NULL;

    config.fusion.backbone = (int)backbones[i];
    g_assert_true (guise_efficiency_measure_fusion (&config, 33, 0, &result, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (result.forward_s, >=, 0);
    g_assert_cmpfloat (result.both_s, >, 0);
  }
}

/* The numbers of 512 tokens alone, and a Transformer's 512² of each head, are more than a page. */
static void
test_memory (void)
{
  GuiseConfig config = preset ("toy");
  GuiseEfficiency result = { 0 };

  if (!g_file_test ("/proc/self/clear_refs", G_FILE_TEST_EXISTS)) {
    g_test_skip ("this kernel does not tell");
    return;
  }
  config.fusion.backbone = GUISE_BACKBONE_TRANSFORMER;
  g_assert_true (guise_efficiency_measure_fusion (&config, 512, 0, &result, NULL, NULL));
  g_assert_cmpuint (result.both_bytes, >=, 512 * 16 * sizeof (float));
  g_assert_cmpuint (result.both_bytes, <, 1 << 28);
}

static void
test_pairs (void)
{
  GuiseConfig config = preset ("toy");
  GuiseEfficiency result = { -1, -1, 0, 0 };

  g_assert_true (guise_efficiency_measure_pairs (&config, 5, 0, &result, NULL, NULL));
  g_assert_cmpfloat (result.forward_s, >, 0);
  g_assert_cmpfloat (result.both_s, >, 0);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  GuiseConfig config = preset ("toy");
  GuiseEfficiency result;

  g_cancellable_cancel (cancellable);
  g_assert_false (
      guise_efficiency_measure_fusion (&config, 8, 0, &result, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_parts (void)
{
  GuiseConfig config = preset ("toy");
  double seconds[GUISE_N_COSTS];

  for (guint whole = 0; whole <= 1; whole++) {
    g_autoptr (GuiseModel) model = NULL;

    config.bdam.enabled = config.fusion.enabled = whole;
    model = guise_model_new (&config);
    guise_model_init (model, 0);
    g_assert_true (guise_efficiency_measure_parts (model, 9, 0, seconds, NULL, NULL));
    for (guint part = 0; part < GUISE_N_COSTS; part++)
      if (!whole && (part == GUISE_COST_BDAM || part == GUISE_COST_FUSION))
        g_assert_cmpfloat (seconds[part], ==, 0);
      else
        g_assert_cmpfloat (seconds[part], >, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/cost/by-hand", test_by_hand);
  g_test_add_func ("/cost/step", test_step);
  g_test_add_func ("/cost/backbones", test_backbones);
  g_test_add_func ("/cost/without", test_without);
  g_test_add_func ("/cost/parameters", test_parameters);
  g_test_add_func ("/cost/known", test_known);
  g_test_add_func ("/cost/measured", test_measured);
  g_test_add_func ("/cost/memory", test_memory);
  g_test_add_func ("/cost/pairs", test_pairs);
  g_test_add_func ("/cost/cancelled", test_cancelled);
  g_test_add_func ("/cost/parts", test_parts);
  return g_test_run ();
}
