/* The trainer on painted people: steps that are not finite, early stopping, and what it says about
 * the data. Resuming has test-resume.c. */
#include "train-run.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "guise-store-captions.h"
#include "guise-wordpiece.h"

/* ----------------------------------------------------------------- a whole run */

static void
test_whole (void)
{
  g_autofree char *folder = train_run_folder ("whole"), *metrics = NULL, *text = NULL;
  g_autofree char *vocab = g_build_filename (folder, "best", "vocab.txt", NULL);
  g_autofree char *training = g_build_filename (folder, "best", "training.safetensors", NULL);
  g_autofree char *best = g_build_filename (folder, "best", NULL);
  g_autoptr (GArray) steps = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;
  g_autoptr (GuiseModel) model = NULL;
  g_autoptr (GuiseWordpiece) wordpiece = NULL;
  gint32 ids[64];
  gsize n;

  train_run_ensure_whole ();
  steps = guise_run_list_checkpoints (folder);
  info = guise_run_info_load (folder, NULL);
  metrics = train_fixture_read_metrics (folder);
  g_assert_cmpuint (steps->len, >=, 2); /* the newest two, and the best one where it is another */
  g_assert_cmpuint (steps->len, <=, 3);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, TRAIN_RUN_STEPS);
  g_assert_cmpuint (g_array_index (steps, guint64, 1), ==, 28);
  g_assert_cmpuint (info->step, ==, TRAIN_RUN_STEPS);
  g_assert_cmpuint (info->n_persons, ==, 17);
  g_assert_nonnull (info->best);
  g_assert_cmpint (info->finished, >=, info->started);
  g_assert_nonnull (strstr (metrics, "\"event\":\"step\",\"step\":10,"));
  g_assert_nonnull (strstr (metrics, "\"event\":\"eval\",\"step\":8,"));
  g_assert_nonnull (strstr (metrics, "\"event\":\"checkpoint\",\"step\":28}"));
  g_assert_false (g_file_test (training, G_FILE_TEST_EXISTS));
  model = guise_model_load (best, NULL);
  g_assert_nonnull (model);
  /* the vocabulary knows the words of the texts that it was learned from */
  wordpiece = guise_wordpiece_load (vocab, NULL);
  g_assert_cmpint (guise_wordpiece_get_n_tokens (wordpiece), ==, 160);
  n = guise_wordpiece_encode (wordpiece, train_run_fixture.data->texts[0], 64, ids);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpint (ids[i], !=, guise_wordpiece_get_specials (wordpiece)->unk);
}

/* A run that another process trains, and one that is done. */
static void
test_refused (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "whole");
  g_autofree char *folder = train_run_folder ("whole");
  g_autoptr (GError) error = NULL;
  int lock;

  train_run_ensure_whole ();
  g_assert_null (guise_trainer_resume (&options, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_FINISHED);
  g_clear_error (&error);
  g_assert_null (guise_trainer_create (&options, &setup, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_EXISTS);
  g_clear_error (&error);
  lock = guise_run_lock (folder, NULL);
  g_assert_cmpint (lock, >=, 0);
  g_assert_true (guise_run_is_locked (folder));
  g_assert_null (guise_trainer_resume (&options, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_LOCKED);
  g_clear_error (&error);
  close (lock);
  g_assert_false (guise_run_is_locked (folder));
  options.name = "nothing";
  g_assert_null (guise_trainer_resume (&options, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND);
  g_clear_error (&error);
  options.name = "../whole";
  g_assert_null (guise_trainer_resume (&options, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NAME);
}

/* ---------------------------------------------------------- what is not finite */

typedef struct {
  guint64 from, to; /* steps that are spoilt */
  nn_real *before;  /* the weights before step `from` */
  gboolean unchanged, compared;
} Spoiler;

static void
spoil (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  Spoiler *spoiler = user_data;
  gsize bytes = model->params->n * sizeof (nn_real);

  if (batch->step == spoiler->from)
    memcpy (spoiler->before, model->values, bytes);
  if (batch->step >= spoiler->from && batch->step < spoiler->to)
    batch->images[7] = (nn_real)NAN;
  if (batch->step == spoiler->from + 1) {
    spoiler->unchanged = memcmp (spoiler->before, model->values, bytes) == 0;
    spoiler->compared = TRUE;
  }
}

/* One bad step changes nothing, and the run goes on. */
static void
test_one_bad_step (void)
{
  const GuiseTrainerSetup setup = train_run_setup (20);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("spoilt", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  Spoiler spoiler = { .from = 7, .to = 8 };
  g_autofree char *folder = train_run_folder ("spoilt"), *metrics = NULL;

  options.hook = spoil;
  options.hook_data = &spoiler;
  trainer = train_run_create (&options, &setup);
  spoiler.before = g_new (nn_real, guise_trainer_get_model (trainer)->params->n);
  train_run_finish (trainer);
  g_assert_true (spoiler.compared);
  g_assert_true (spoiler.unchanged);
  metrics = train_fixture_read_metrics (folder);
  g_assert_nonnull (strstr (metrics, "\"skipped\":1"));
  g_free (spoiler.before);
}

/* Makes a finite gradient of step 5 whose squares are not finite. */
static void
blow_up (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  static double before;
  Spoiler *spoiler = user_data;
  gsize bytes = model->params->n * sizeof (nn_real);

  if (batch->step == 5) {
    memcpy (spoiler->before, model->values, bytes);
    before = model->config.loss.gate_weight;
    model->config.loss.gate_weight = 1e26;
  } else if (batch->step == 6) {
    model->config.loss.gate_weight = before;
    spoiler->unchanged = memcmp (spoiler->before, model->values, bytes) == 0;
    spoiler->compared = TRUE;
  }
}

/* Such a step is skipped, so that Adam's moments stay finite and checkpoints can be read. */
static void
test_huge_gradient (void)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("huge", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  Spoiler spoiler = { 0 };
  g_autofree char *folder = train_run_folder ("huge"), *metrics = NULL;

  options.hook = blow_up;
  options.hook_data = &spoiler;
  trainer = train_run_create (&options, &setup);
  spoiler.before = g_new (nn_real, guise_trainer_get_model (trainer)->params->n);
  train_run_finish (trainer);
  g_assert_true (spoiler.compared);
  g_assert_true (spoiler.unchanged);
  g_assert_cmpstr (listener.warnings->str, ==, "");
  metrics = train_fixture_read_metrics (folder);
  g_assert_nonnull (strstr (metrics, "\"skipped\":1"));
  g_free (spoiler.before);
}

/* Ten in a row end the run; its last good checkpoint stays. */
static void
test_many_bad_steps (void)
{
  const GuiseTrainerSetup setup = train_run_setup (40);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("diverged", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autofree char *folder = train_run_folder ("diverged"), *state = NULL, *path = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;
  g_autoptr (GuiseModel) model = NULL;
  Spoiler spoiler = { .from = 9, .to = 100 };

  options.hook = spoil;
  options.hook_data = &spoiler;
  trainer = train_run_create (&options, &setup);
  spoiler.before = g_new (nn_real, guise_trainer_get_model (trainer)->params->n);
  g_assert_false (guise_trainer_run (trainer, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED);
  state = train_run_state ("diverged");
  g_assert_cmpstr (state, ==, "failed");
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpstr (info->error, ==, error->message);
  g_assert_cmpuint (info->step, ==, 19);
  steps = guise_run_list_checkpoints (folder);
  path = guise_run_get_checkpoint_path (folder, g_array_index (steps, guint64, 0));
  model = guise_model_load (path, NULL); /* refuses what is not finite */
  g_assert_nonnull (model);
  g_free (spoiler.before);
}

static void
poison (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  if (batch->step == 5)
    model->values[3] = (nn_real)INFINITY;
}

/* Weights that are not finite never reach a checkpoint, though one is due. */
static void
test_poisoned_weights (void)
{
  const GuiseTrainerSetup setup = train_run_setup (40);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("poisoned", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autofree char *folder = train_run_folder ("poisoned");

  options.hook = poison;
  trainer = train_run_create (&options, &setup);
  g_assert_false (guise_trainer_run (trainer, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED);
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, 4);
  g_assert_nonnull (strstr (listener.warnings->str, "no checkpoint at step 8"));
}

/* A rate of a million ruins the weights at once: what follows is not finite, the run ends, and the
 * checkpoint of before is the newest one. */
static void
test_huge_rate (void)
{
  GuiseTrainerSetup setup = train_run_setup (40);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("huge-rate", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autofree char *folder = train_run_folder ("huge-rate"), *path = NULL;
  g_autoptr (GuiseModel) kept = NULL, first = guise_model_new (&setup.config);
  g_autoptr (GuiseRunInfo) info = NULL;

  setup.config.optimiser.lr = 1e6;
  trainer = train_run_create (&options, &setup);
  g_assert_false (guise_trainer_run (trainer, NULL, &error));
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED);
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (info->state, ==, GUISE_RUN_FAILED);
  g_assert_cmpuint (info->step, <=, GUISE_TRAINER_MAX_BAD_STEPS + 3);
  g_assert_nonnull (strstr (listener.warnings->str, "not finite"));
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (steps->len, ==, 1);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, 0);
  path = guise_run_get_checkpoint_path (folder, 0);
  kept = guise_model_load (path, NULL);
  guise_model_init (first, setup.seed);
  g_assert_cmpmem (kept->values, kept->params->n * sizeof (nn_real), first->values,
                   first->params->n * sizeof (nn_real));
}

/* ------------------------------------------------------------- a disk in trouble */

/* Checkpoints cannot be written from step 6 to step 10. */
static void
take_place_away (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  g_autofree char *folder = train_run_folder (user_data);
  g_autofree char *place = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *aside = g_build_filename (folder, "aside", NULL);

  if (batch->step == 6) {
    g_assert_cmpint (g_rename (place, aside), ==, 0);
    g_assert_true (g_file_set_contents (place, "", 0, NULL));
  } else if (batch->step == 10) {
    g_assert_cmpint (g_unlink (place), ==, 0);
    g_assert_cmpint (g_rename (aside, place), ==, 0);
  }
}

/* The run goes on without, says so, and has its next checkpoint. */
static void
test_no_room (void)
{
  const GuiseTrainerSetup setup = train_run_setup (20);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("no-room", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autofree char *folder = train_run_folder ("no-room");

  options.hook = take_place_away;
  options.hook_data = (gpointer) "no-room";
  trainer = train_run_create (&options, &setup);
  train_run_finish (trainer);
  g_assert_nonnull (strstr (listener.warnings->str, "no checkpoint at step 8: "));
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, 20);
  g_assert_cmpuint (g_array_index (steps, guint64, 1), ==, 16);
}

/* Behind the checkpoint of step 8 a file of it is gone, so that best/ cannot be made of it. */
static void
lose_vocabulary (json_t *event, gpointer user_data)
{
  g_autofree char *folder = train_run_folder ("no-best");
  g_autofree char *path = guise_run_get_checkpoint_path (folder, 8);
  g_autofree char *vocab = g_build_filename (path, "vocab.txt", NULL);

  train_listener_listen (event, user_data);
  if (strcmp (json_string_value (json_object_get (event, "event")), "checkpoint") == 0
      && json_integer_value (json_object_get (event, "step")) == 8)
    g_assert_cmpint (g_unlink (vocab), ==, 0);
}

/* A best step that could not be kept is not reported as the best. With a rate of zero all steps are
 * equally good, so the first that is kept stays the best. */
static void
assert_best_is_kept (const char *name, GuiseTrainerOptions *options, const char *warning)
{
  GuiseTrainerSetup setup = train_run_setup (20);
  TrainListener *listener = options->event_data;
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autofree char *folder = train_run_folder (name);
  g_autofree char *best = g_build_filename (folder, "best", "model.safetensors", NULL);
  g_autofree char *path = guise_run_get_checkpoint_path (folder, 16);
  g_autofree char *kept = g_build_filename (path, "model.safetensors", NULL);
  g_autoptr (GuiseRunInfo) info = NULL;

  setup.config.optimiser.lr = 0;
  trainer = train_run_create (options, &setup);
  train_run_finish (trainer);
  g_assert_nonnull (strstr (listener->warnings->str, warning));
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (json_integer_value (json_object_get (info->best, "step")), ==, 16);
  g_assert_true (train_fixture_same_tensors (best, kept));
}

static void
test_best_not_saved (void)
{
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("no-room-best", &listener);

  options.hook = take_place_away;
  options.hook_data = (gpointer) "no-room-best";
  assert_best_is_kept ("no-room-best", &options, "no checkpoint at step 8: ");
}

static void
test_best_not_published (void)
{
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("no-best", &listener);

  options.event = lose_vocabulary;
  assert_best_is_kept ("no-best", &options, "vocab.txt");
}

/* ------------------------------------------------------------------- learning */

static void
test_learns (void)
{
  static const char *const settings[]
      = { "optimiser.lr=2e-3", "loss.terms=[\"cloth\"]", "train.persons=4", "dropout=0",
          "vision.hidden_size=48", "text.hidden_size=40", "fusion.size=48", "vision.layers=1",
          "bdam.enabled=false", "train.augment.flip=0", "train.warmup=10", "train.augment.erase=0",
          "train.augment.crop=[0,0]", "train.validate_every=1000", "train.checkpoint_every=1000" };
  GuiseTrainerSetup setup = train_run_setup (180);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("learns", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (guise_config_set (&setup.config, settings[i], NULL));
  trainer = train_run_create (&options, &setup);
  train_run_finish (trainer);
  g_assert_cmpuint (listener.n_steps, ==, 18);
  g_assert_cmpuint (listener.n_evals, ==, 1);
  g_test_message ("cloth %g -> %g", listener.first_loss, listener.last_loss);
  g_assert_cmpfloat (listener.first_loss, >, 1.9); /* chance is ln 8 = 2.08 */
  g_assert_cmpfloat (listener.last_loss, <, 1.6);
}

typedef struct {
  GuiseTrainer *trainer;
  gsize at_20, at_end;
} Allocations;

static void
count_allocations (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  Allocations *allocations = user_data;

  if (batch->step == 20)
    allocations->at_20 = guise_trainer_get_n_allocations (allocations->trainer);
  allocations->at_end = guise_trainer_get_n_allocations (allocations->trainer);
}

static void
test_allocates_nothing (void)
{
  GuiseTrainerSetup setup = train_run_setup (50);
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "allocates");
  Allocations allocations = { 0 };

  options.hook = count_allocations;
  options.hook_data = &allocations;
  allocations.trainer = train_run_create (&options, &setup);
  train_run_finish (allocations.trainer);
  g_assert_cmpuint (allocations.at_20, >, 0);
  g_assert_cmpuint (allocations.at_end, ==, allocations.at_20);
  guise_trainer_free (allocations.trainer);
}

/* A rate of zero: no validation is better than the first one. */
static void
test_early_stop (void)
{
  GuiseTrainerSetup setup = train_run_setup (400);
  g_autofree char *folder = train_run_folder ("early");
  g_autoptr (GuiseRunInfo) info = NULL;

  setup.config.optimiser.lr = 0;
  setup.config.train.patience = 2;
  train_run ("early", &setup, -1);
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (info->state, ==, GUISE_RUN_DONE);
  g_assert_cmpuint (info->step, ==, 24);
  g_assert_cmpint (json_integer_value (json_object_get (info->best, "step")), ==, 8);
}

/* Starts where a checkpoint ends, with its vocabulary. */
static void
test_from_checkpoint (void)
{
  GuiseTrainerSetup setup = train_run_setup (5);
  g_autofree char *whole = train_run_folder ("whole"), *folder = train_run_folder ("from");
  g_autofree char *best = g_build_filename (whole, "best", NULL);
  g_autofree char *a = g_build_filename (best, "vocab.txt", NULL);
  g_autofree char *b = g_build_filename (folder, "vocab.txt", NULL);
  g_autofree char *x = NULL, *y = NULL, *path = NULL, *started = NULL, *model = NULL;

  train_run_ensure_whole ();
  setup.preset = NULL;
  setup.from = best;
  train_run ("from", &setup, 1);
  g_assert_true (g_file_get_contents (a, &x, NULL, NULL));
  g_assert_true (g_file_get_contents (b, &y, NULL, NULL));
  g_assert_cmpstr (x, ==, y);
  path = guise_run_get_checkpoint_path (folder, 0);
  started = g_build_filename (path, "model.safetensors", NULL);
  model = g_build_filename (best, "model.safetensors", NULL);
  g_assert_true (train_fixture_same_tensors (started, model));
}

/* --------------------------------------------------------------------- data */

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

/* Pictures in memory or decoded as they are needed: the same run. */
static void
test_without_memory (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("streamed", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;

  train_run_ensure_whole ();
  options.pixel_budget = 1;
  options.n_loaders = 3;
  trainer = train_run_create (&options, &setup);
  train_run_finish (trainer);
  train_run_assert_same ("whole", "streamed", TRAIN_RUN_STEPS);
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

static void
test_other_threads (void)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("threads", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;

  train_run ("threads", &setup, 5);
  options.n_threads = 2;
  trainer = guise_trainer_resume (&options, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (listener.warnings->str, "not bit for bit the same"));
  train_run_finish (trainer);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  train_fixture_init (&train_run_fixture);
  g_test_add_func ("/trainer/whole", test_whole);
  g_test_add_func ("/trainer/refused", test_refused);
  g_test_add_func ("/trainer/t05-one-bad-step", test_one_bad_step);
  g_test_add_func ("/trainer/t05-huge-gradient", test_huge_gradient);
  g_test_add_func ("/trainer/t05-many-bad-steps", test_many_bad_steps);
  g_test_add_func ("/trainer/t05-poisoned-weights", test_poisoned_weights);
  g_test_add_func ("/trainer/t04-huge-rate", test_huge_rate);
  g_test_add_func ("/trainer/t08-no-room", test_no_room);
  g_test_add_func ("/trainer/best-not-saved", test_best_not_saved);
  g_test_add_func ("/trainer/best-not-published", test_best_not_published);
  g_test_add_func ("/trainer/learns", test_learns);
  g_test_add_func ("/trainer/allocates-nothing", test_allocates_nothing);
  g_test_add_func ("/trainer/early-stop", test_early_stop);
  g_test_add_func ("/trainer/from-checkpoint", test_from_checkpoint);
  g_test_add_func ("/trainer/setup", test_setup);
  g_test_add_func ("/trainer/without-memory", test_without_memory);
  g_test_add_func ("/trainer/t03-bad-pictures", test_bad_pictures);
  g_test_add_func ("/trainer/t03-small-batches", test_small_batches);
  g_test_add_func ("/trainer/t03-no-pictures", test_no_pictures);
  g_test_add_func ("/trainer/no-validation-pictures", test_no_validation_pictures);
  g_test_add_func ("/trainer/too-short-for-ramp", test_too_short_for_ramp);
  g_test_add_func ("/trainer/missing-texts", test_missing_texts);
  g_test_add_func ("/trainer/t02-other-threads", test_other_threads);
  result = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  return result;
}
