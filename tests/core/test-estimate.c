/* The estimate of a step's memory against what steps take, and what is said when it is too much. */
#include <math.h>
#include <string.h>

#include "guise-estimate.h"
#include "guise-stepper.h"
#include "guise-trainer.h"
#include "nn-gemm.h"
#include "toy-batch.h"

enum { MAX_SETTINGS = 6 };

typedef struct {
  const char *name;
  gsize batch, n_lanes;
  const char *set[MAX_SETTINGS];
} Case;

/* Sizes at which numbers outweigh what a tape notes of each operation. */
#define MIDDLE "vision.image_size=[64,32]", "text.max_tokens=32"
#define LAST(n) "vision.layers=6", "train.vision_blocks=" #n, "train.train_text=false"
static const Case cases[] = {
  { "whole", 16, 1, { MIDDLE } },
  { "lanes", 16, 2, { MIDDLE } },
  { "dropout", 16, 2, { MIDDLE, "dropout=0.1" } },
  { "portions", 24, 2, { MIDDLE, "train.micro_batch=8" } },
  { "recompute", 16, 2, { MIDDLE, "train.recompute=true", "vision.layers=6" } },
  { "blocks", 16, 2, { MIDDLE, LAST (2) } },
  { "frozen", 16, 2, { MIDDLE, LAST (0) } },
  { "branches", 16, 1, { MIDDLE, "bdam.self_layers=4", "bdam.cross_layers=3" } },
  { "no-bdam", 16, 1, { MIDDLE, "bdam.enabled=false" } },
  { "transformer", 16, 1, { MIDDLE, "fusion.backbone=transformer" } },
};

static void
init_config (GuiseConfig *config, const char *const *settings)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_config_init_preset (config, "tiny", NULL));
  for (gsize i = 0; i < MAX_SETTINGS && settings[i] != NULL; i++)
    g_assert_true (guise_config_set (config, settings[i], &error));
  g_assert_true (guise_config_check (config, &error));
}

static double
get_text_tokens (const ToyBatch *toy, gsize n)
{
  double sum = 0;

  for (gsize k = 0; k < GUISE_N_TEXTS; k++)
    sum += (double)toy->start[k][n];
  return sum / (double)(GUISE_N_TEXTS * n);
}

/* Arenas, gradients and moments within 20 %. */
static void
test_bytes (gconstpointer data)
{
  const Case *test = data;
  NnTeam *team = test->n_lanes > 1 ? nn_team_create (test->n_lanes) : NULL;
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GuiseStepper) stepper = NULL;

  g_autoptr (ToyBatch) toy = NULL;
  double weights[GUISE_N_TERMS], got, want;
  GuiseConfig config;
  GuiseStepBytes bytes;
  GuiseStepperUse use;
  GuiseStepWork work;

  init_config (&config, test->set);
  model = guise_model_new (&config);
  guise_model_init (model, 3);
  toy = toy_batch_new (&config, test->batch, 8);
  stepper = guise_stepper_new (model, team);

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    weights[k] = 1;
  guise_stepper_forward (stepper, &toy->batch, GUISE_WANT_ALL_TERMS, config.dropout);
  guise_stepper_backward (stepper, weights);
  guise_stepper_get_use (stepper, &use);
  work = (GuiseStepWork){ .batch = test->batch,
                          .n_lanes = test->n_lanes,
                          .n_ranks = 1,
                          .text_tokens = get_text_tokens (toy, test->batch) };
  guise_cost_get_bytes (&config, &work, &bytes);
  g_assert_cmpfloat (bytes.values, ==, (double)(model->params->n * sizeof (nn_real)));
  g_assert_cmpfloat (bytes.grads, ==, (double)use.grads);
  g_assert_cmpfloat (bytes.moments, ==, (double)(2 * model->params->n_trained * sizeof (nn_real)));
  want = (double)use.tapes;
  got = bytes.images + bytes.texts + bytes.heads;
  g_test_message ("tapes %.0f, estimate %.0f: %+.1f %%", want, got, 100 * (got / want - 1));
  g_assert_cmpfloat (fabs (got - want), <=, 0.2 * want);
  nn_team_free (team);
}

/* -------------------------------------------------------------------- judging */

/* Two persons with two images and captions each. */
static GuiseTrainingData *
make_data (void)
{
  GuiseTrainingData *data = g_new0 (GuiseTrainingData, 1);

  data->n_images = data->n_captions = 4;
  data->person_ids = g_new0 (gint64, 4);
  data->splits = g_new0 (guint8, 4);
  data->caption_start = g_new0 (size_t, 5);
  data->texts = g_new0 (const char *, 4);
  data->strings = g_string_chunk_new (64);
  for (gsize i = 0; i < 4; i++) {
    data->person_ids[i] = (gint64)(i / 2);
    data->splits[i] = GUISE_SPLIT_TRAIN;
    data->caption_start[i + 1] = i + 1;
    data->texts[i] = g_string_chunk_insert (data->strings, "a man, in red");
  }
  return data;
}

static void
estimate_preset (GuiseEstimate *estimate, GuiseConfig *config, const char *preset)
{
  g_autoptr (GuiseTrainingData) data = make_data ();

  g_assert_true (guise_config_init_preset (config, preset, NULL));
  guise_estimate_make (estimate, config, data, 1 << GUISE_SPLIT_TRAIN, 2, 1, 0, NULL, FALSE);
  estimate->work.batch = config->train.persons * config->train.images_per_person;
  guise_cost_get_bytes (config, &estimate->work, &estimate->step);
  estimate->total = guise_step_bytes_sum (&estimate->step);
}

static void
test_data (void)
{
  GuiseEstimate estimate;
  GuiseConfig config;
  g_autoptr (GuiseTrainingData) data = make_data ();

  g_assert_true (guise_config_init_preset (&config, "toy", NULL));
  guise_estimate_make (&estimate, &config, data, 1 << GUISE_SPLIT_TRAIN, 2, 1, 0, NULL, TRUE);
  g_assert_cmpuint (estimate.work.batch, ==, 4); /* no more persons than there are */
  g_assert_cmpuint (estimate.work.n_lanes, ==, 2);
  g_assert_cmpuint (estimate.n_images, ==, 4);
  g_assert_cmpfloat (estimate.work.text_tokens, >, 5);
  g_assert_cmpfloat (estimate.work.text_tokens, <=, 9);
  g_assert_cmpfloat (estimate.step_s, >, 0);
  g_assert_cmpfloat (estimate.run_s, >=, estimate.step_s * (double)config.train.steps);
}

/* Batches of 64 to 256 images fit into 8 GB on two cores, whatever is trained. */
static void
test_eight_gigabytes (void)
{
  static const char *const presets[] = { "recommended", "cached", "paper" };

  for (gsize p = 0; p < G_N_ELEMENTS (presets); p++)
    for (gsize persons = 32; persons <= 128; persons *= 2) {
      GuiseEstimate estimate;
      GuiseConfig config;

      estimate_preset (&estimate, &config, presets[p]);
      config.train.persons = persons;
      config.train.micro_batch = 8;
      estimate.work.batch = 2 * persons;
      guise_cost_get_bytes (&config, &estimate.work, &estimate.step);
      g_test_message ("%s, %zu images: %.2f GB", presets[p], 2 * persons,
                      guise_step_bytes_sum (&estimate.step) / 1e9);
      g_assert_cmpfloat (guise_step_bytes_sum (&estimate.step), <, 8e9);
    }
}

static void
test_too_little (void)
{
  g_autoptr (GError) error = NULL;
  GuiseEstimate estimate;
  GuiseConfig config;

  estimate_preset (&estimate, &config, "paper");
  g_assert_cmpuint (config.train.micro_batch, ==, 16);
  estimate.available = estimate.total + 1;
  g_assert_true (guise_estimate_check (&estimate, &config, NULL, &error));
  estimate.available = 0.93 * estimate.total;
  g_assert_false (guise_estimate_check (&estimate, &config, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "are available; --set train.micro_batch=8 would fit"));
  g_clear_error (&error);
  estimate.available = 1e8;
  g_assert_false (guise_estimate_check (&estimate, &config, NULL, &error));
  g_assert_nonnull (strstr (error->message, "no train.micro_batch fits"));
  g_clear_error (&error);
  estimate.available = estimate.total;
  estimate.disk_free = 1e9;
  g_assert_false (guise_estimate_check (&estimate, &config, "/project", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* What is wanted of a nearly full disk is no "0.0 GB". */
static void
test_small_sizes (void)
{
  g_autofree char *needed = NULL, *wanted = NULL, *told = NULL;
  g_autoptr (GError) error = NULL;
  GuiseEstimate estimate;
  GuiseConfig config;

  estimate_preset (&estimate, &config, "toy");
  estimate.available = estimate.total;
  estimate.cache = 1e12; /* of that another check speaks */
  estimate.disk_free = 2000;
  needed = g_format_size ((guint64)estimate.checkpoints);
  wanted = g_strdup_printf ("checkpoints need %s on the disk, 2.0\u00a0kB are free; ", needed);
  g_assert_false (guise_estimate_check (&estimate, &config, "/project", &error));
  g_assert_nonnull (strstr (error->message, wanted));
  g_assert_null (strstr (error->message, " 0.0"));
  told = guise_estimate_describe (&estimate, &config);
  g_assert_nonnull (strstr (told, "1.0\u00a0TB for the token cache; 2.0\u00a0kB free\n"));
}

/* What is proposed does fit, and twice as much does not. */
static void
test_proposal (void)
{
  for (double share = 0.5; share < 1; share += 0.05) {
    g_autoptr (GError) error = NULL;
    GuiseEstimate estimate, other;
    GuiseConfig config;
    const char *found;
    gsize micro;

    estimate_preset (&estimate, &config, "recommended");
    config.train.micro_batch = 0;
    guise_cost_get_bytes (&config, &estimate.work, &estimate.step);
    estimate.total = guise_step_bytes_sum (&estimate.step);
    estimate.available = share * estimate.total;
    g_assert_false (guise_estimate_check (&estimate, &config, NULL, &error));
    found = strstr (error->message, "train.micro_batch=");
    g_assert_nonnull (found);
    micro = (gsize)g_ascii_strtoull (found + strlen ("train.micro_batch="), NULL, 10);
    other = estimate;
    config.train.micro_batch = micro;
    guise_cost_get_bytes (&config, &other.work, &other.step);
    g_assert_cmpfloat (guise_step_bytes_sum (&other.step), <=, estimate.available);
    config.train.micro_batch = 2 * micro;
    guise_cost_get_bytes (&config, &other.work, &other.step);
    g_assert_cmpfloat (guise_step_bytes_sum (&other.step), >, estimate.available);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *name = g_strconcat ("/estimate/bytes/", cases[i].name, NULL);

    g_test_add_data_func (name, &cases[i], test_bytes);
  }
  g_test_add_func ("/estimate/data", test_data);
  g_test_add_func ("/estimate/eight-gigabytes", test_eight_gigabytes);
  g_test_add_func ("/estimate/too-little", test_too_little);
  g_test_add_func ("/estimate/small-sizes", test_small_sizes);
  g_test_add_func ("/estimate/proposal", test_proposal);
  return g_test_run ();
}
