/* The trainer on painted people: steps that are not finite, a disk in trouble, learning, early
 * stopping. What it says of its data has test-trainer-data.c, resuming test-resume.c. */
#include "train-run.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "guise-folder.h"
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

/* Checkpoints cannot be written from step 6 on; at step 10 somebody has their folder elsewhere and
 * a link to it, as the warning says. */
static void
point_elsewhere (GuiseLoadedBatch *batch, GuiseModel *model, gpointer elsewhere)
{
  g_autofree char *folder = train_run_folder ("elsewhere");
  g_autofree char *place = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *moved = g_build_filename (elsewhere, "checkpoints", NULL);

  if (batch->step == 6) {
    g_assert_cmpint (g_rename (place, moved), ==, 0);
    g_assert_true (g_file_set_contents (place, "", 0, NULL));
  } else if (batch->step == 10) {
    g_assert_cmpint (g_unlink (place), ==, 0);
    g_assert_cmpint (symlink (moved, place), ==, 0);
  }
}

/* A running training takes another folder for its checkpoints, and goes on from there. */
static void
test_other_folder (void)
{
  const GuiseTrainerSetup setup = train_run_setup (20);
  g_auto (TrainListener) listener = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = NULL;
  g_autofree char *elsewhere = g_dir_make_tmp ("guise-elsewhere-XXXXXX", NULL);
  g_autofree char *folder = train_run_folder ("elsewhere");
  g_autofree char *place = g_build_filename (folder, "checkpoints", NULL);
  g_autofree char *moved = g_build_filename (elsewhere, "checkpoints", NULL);
  GuiseTrainerOptions options;

  train_run ("elsewhere", &setup, 4);
  options = train_run_options ("elsewhere", &listener);
  options.hook = point_elsewhere;
  options.hook_data = elsewhere;
  trainer = guise_trainer_resume (&options, NULL, &error);
  g_assert_no_error (error);
  train_run_finish (trainer);
  g_assert_nonnull (strstr (listener.warnings->str, "no checkpoint at step 8: "));
  g_assert_true (g_file_test (place, G_FILE_TEST_IS_SYMLINK));
  steps = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (g_array_index (steps, guint64, 0), ==, 20);
  g_assert_cmpuint (g_array_index (steps, guint64, 1), ==, 16);
  g_assert_cmpint (guise_folder_remove (moved, NULL), ==, TRUE);
  g_rmdir (elsewhere);
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

static void
test_other_threads (void)
{
  const GuiseTrainerSetup setup = train_run_setup (12);
  g_auto (TrainListener) listener = { 0 };
  GuiseTrainerOptions options = train_run_options ("threads", &listener);
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = train_run_folder ("threads"), *straight = train_run_folder ("straight");

  train_run ("straight", &setup, -1);
  train_run ("threads", &setup, 5);
  options.n_threads = 2;
  trainer = guise_trainer_resume (&options, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (listener.warnings->str, "not bit for bit the same"));
  train_run_finish (trainer);
  train_fixture_assert_near (folder, straight, 1e-3);
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
  g_test_add_func ("/trainer/t08-other-folder", test_other_folder);
  g_test_add_func ("/trainer/best-not-saved", test_best_not_saved);
  g_test_add_func ("/trainer/best-not-published", test_best_not_published);
  g_test_add_func ("/trainer/learns", test_learns);
  g_test_add_func ("/trainer/allocates-nothing", test_allocates_nothing);
  g_test_add_func ("/trainer/early-stop", test_early_stop);
  g_test_add_func ("/trainer/from-checkpoint", test_from_checkpoint);
  g_test_add_func ("/trainer/without-memory", test_without_memory);
  g_test_add_func ("/trainer/t02-other-threads", test_other_threads);
  result = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  return result;
}
