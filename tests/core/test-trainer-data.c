/* What the trainer makes of its data: pictures and texts that are missing, small batches, settings
 * that do not fit. */
#include "train-run.h"

#include <string.h>

static void
assert_setup_error (GuiseTrainerSetup *setup, const char *part)
{
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "refused");
  g_autofree char *folder = train_run_folder ("refused");
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_trainer_create (&options, setup, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
}

static void
test_setup (void)
{
  GuiseTrainerSetup setup = train_run_setup (5);

  setup.config.train.train_text = FALSE;
  assert_setup_error (&setup, "text encoder");
  setup = train_run_setup (5);
  setup.config.train.vision_blocks = 1;
  assert_setup_error (&setup, "image encoder");
  setup = train_run_setup (5);
  setup.config.train.cache_tokens = TRUE;
  assert_setup_error (&setup, "cache_tokens");
  setup = train_run_setup (5);
  setup.splits = 1 << GUISE_SPLIT_NONE;
  assert_setup_error (&setup, "'none'");
}

/* Swaps a picture of a training person out while the function runs. */
static void
with_bad_pictures (gboolean in_memory)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  g_auto (TrainListener) listener = { 0 };
  const char *name = in_memory ? "bad-kept" : "bad-streamed";
  GuiseTrainerOptions options = train_run_options (name, &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  const char *paths[2];
  const char *const bad[] = { "broken", "missing" };

  options.pixel_budget = in_memory ? 0 : 1;
  for (gsize i = 0; i < 2; i++) {
    paths[i] = train_run_fixture.data->paths[i];
    train_run_fixture.data->paths[i] = bad[i];
    g_assert_cmpint (train_run_fixture.data->splits[i], ==, GUISE_SPLIT_TRAIN);
  }
  trainer = train_run_create (&options, &setup);
  train_run_finish (trainer);
  for (gsize i = 0; i < 2; i++)
    train_run_fixture.data->paths[i] = paths[i];
  if (in_memory) {
    g_assert_nonnull (strstr (listener.warnings->str, "training: 2 of "));
    g_assert_nonnull (strstr (listener.warnings->str, "do not decode and are left out"));
    g_assert_nonnull (strstr (listener.warnings->str, "broken"));
  } else {
    g_assert_nonnull (strstr (listener.warnings->str, "others of their batch stand in"));
  }
}

/* Pictures for validation that do not decode are left out, also where they are not kept. */
static void
with_bad_validation (gboolean in_memory)
{
  const GuiseTrainerSetup setup = train_run_setup (8);
  GuiseTrainingData *data = train_run_fixture.data;
  g_auto (TrainListener) listener = { 0 };
  const char *name = in_memory ? "bad-val" : "bad-val-streamed";
  GuiseTrainerOptions options = train_run_options (name, &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  const char *path;
  gsize i = 0;

  while (data->splits[i] != GUISE_SPLIT_VAL)
    i++;
  options.pixel_budget = in_memory ? 0 : 1;
  path = data->paths[i];
  data->paths[i] = "broken";
  trainer = train_run_create (&options, &setup);
  train_run_finish (trainer);
  data->paths[i] = path;
  g_assert_nonnull (strstr (listener.warnings->str, "validation: 1 of "));
  g_assert_nonnull (strstr (listener.warnings->str, "broken"));
}

static void
test_bad_pictures (void)
{
  with_bad_pictures (TRUE);
  with_bad_pictures (FALSE);
  with_bad_validation (TRUE);
  with_bad_validation (FALSE);
  train_run_assert_same ("bad-val", "bad-val-streamed", 8);
}

/* Batches of one image, of one person, of persons with one image each: no loss has a partner for
 * all of them, and every step is still finite. */
static void
test_small_batches (void)
{
  for (guint i = 0; i < 4; i++) {
    GuiseTrainerSetup setup = train_run_setup (10);
    g_autofree char *name = g_strdup_printf ("small-%u", i);
    g_autofree char *folder = train_run_folder (name), *metrics = NULL;

    setup.config.train.persons = 1 + i / 2;
    setup.config.train.images_per_person = 1 + i % 2;
    train_run (name, &setup, -1);
    metrics = train_fixture_read_metrics (folder);
    g_assert_nonnull (strstr (metrics, "\"step\":10,"));
    g_assert_nonnull (strstr (metrics, "\"skipped\":0"));
  }
}

/* Nothing decodes at all. */
static void
test_no_pictures (void)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "blind");
  g_autofree const char **paths = g_new (const char *, train_run_fixture.data->n_images);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = train_run_folder ("blind");

  memcpy (paths, train_run_fixture.data->paths, train_run_fixture.data->n_images * sizeof *paths);
  for (gsize i = 0; i < train_run_fixture.data->n_images; i++)
    train_run_fixture.data->paths[i] = "gone.png";
  g_assert_null (guise_trainer_create (&options, &setup, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "gone.png"));
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  memcpy (train_run_fixture.data->paths, paths, train_run_fixture.data->n_images * sizeof *paths);
}

/* The pictures of the validation split do not decode: the run goes without. */
static void
test_no_validation_pictures (void)
{
  const GuiseTrainerSetup setup = train_run_setup (8);
  GuiseTrainingData *data = train_run_fixture.data;
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("val-blind", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autofree const char **paths = g_new (const char *, data->n_images);
  g_autoptr (GError) error = NULL;

  memcpy (paths, data->paths, data->n_images * sizeof *paths);
  for (gsize i = 0; i < data->n_images; i++)
    if (data->splits[i] == GUISE_SPLIT_VAL)
      data->paths[i] = "gone.png";
  trainer = guise_trainer_create (&options, &setup, NULL, &error);
  memcpy (data->paths, paths, data->n_images * sizeof *paths);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (listener.warnings->str, "validation: no image is left to work with"));
  g_assert_nonnull (strstr (listener.warnings->str, "gone.png"));
  g_assert_nonnull (strstr (listener.warnings->str, "no images to validate with"));
  train_run_finish (trainer);
  g_assert_cmpuint (listener.n_evals, ==, 0);
}

static char *
get_warnings_of (const char *name, gsize steps, gboolean match)
{
  GuiseTrainerSetup setup = train_run_setup (steps);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options (name, &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;

  g_assert_true (guise_config_set (&setup.config,
                                   match ? "loss.ramp.terms=[\"triplet\",\"match\"]"
                                         : "loss.ramp.terms=[\"triplet\"]",
                                   NULL));
  trainer = train_run_create (&options, &setup);
  return g_strdup (listener.warnings->str);
}

/* Terms that wait for their ramp longer than the run is long. The ramp starts behind step 6, so the
 * eighth step is the first that weighs them. */
static void
test_too_short_for_ramp (void)
{
  g_autofree char *enough = get_warnings_of ("ramp-8", 8, TRUE);
  g_autofree char *without = get_warnings_of ("ramp-7", 7, TRUE);
  g_autofree char *no_match = get_warnings_of ("ramp-7b", 7, FALSE);

  g_assert_cmpstr (enough, ==, "");
  g_assert_cmpstr (without, ==,
                   "training: 7 steps end before loss.ramp.start = 6: it goes without triplet, "
                   "match; its match head stays untrained and cannot rerank\n");
  g_assert_nonnull (strstr (no_match, "without triplet\n"));
}

/* Missing descriptions: captions stand in. Then the data change under a stopped run. */
static void
test_missing_texts (void)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("texts", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  GuiseTrainingData *data = train_run_fixture.data;
  g_autofree guint8 *kinds = g_memdup2 (data->caption_kinds, data->n_captions);
  g_autofree char *warnings = NULL;

  listener.stop_at = 3;
  for (gsize c = 0; c < data->n_captions; c++)
    if (c % 3 != 0 || data->caption_kinds[c] == GUISE_CAPTION_CLOTHING)
      data->caption_kinds[c] = GUISE_CAPTION_FREE;
  trainer = train_run_create (&options, &setup);
  g_assert_false (guise_trainer_run (trainer, listener.cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_nonnull (strstr (listener.warnings->str, "no clothing description: captions stand in"));
  g_assert_nonnull (strstr (listener.warnings->str, "no identity description: captions stand in"));
  memcpy (data->caption_kinds, kinds, data->n_captions);
  g_clear_pointer (&trainer, guise_trainer_free);
  warnings = train_run_resume ("texts", -1);
  g_assert_nonnull (strstr (warnings, "the training data have changed"));
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  train_fixture_init (&train_run_fixture);
  g_test_add_func ("/trainer/setup", test_setup);
  g_test_add_func ("/trainer/t03-bad-pictures", test_bad_pictures);
  g_test_add_func ("/trainer/t03-small-batches", test_small_batches);
  g_test_add_func ("/trainer/t03-no-pictures", test_no_pictures);
  g_test_add_func ("/trainer/no-validation-pictures", test_no_validation_pictures);
  g_test_add_func ("/trainer/too-short-for-ramp", test_too_short_for_ramp);
  g_test_add_func ("/trainer/missing-texts", test_missing_texts);
  result = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  return result;
}
