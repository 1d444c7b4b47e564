/* Runs that are stopped, killed, damaged, and go on: they end where the uninterrupted run ends. */
#include "temp-folder.h"
#include "train-run.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guise-checkpoint.h"

/* Stopped after a step in the middle, before a checkpoint, and twice; the last stop cuts a
 * validation short. */
static void
test_resume (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_autofree char *first = NULL, *second = NULL, *third = NULL;

  train_run_ensure_whole ();
  train_run ("stopped", &setup, 5);
  first = train_run_resume ("stopped", 12);
  second = train_run_resume ("stopped", 16);
  third = train_run_resume ("stopped", -1);
  g_assert_cmpstr (first, ==, "");
  g_assert_cmpstr (second, ==, "");
  g_assert_cmpstr (third, ==, "");
  train_run_assert_same ("whole", "stopped", TRAIN_RUN_STEPS);
}

/* Flips one bit of a file. */
static void
damage (const char *path, double place)
{
  g_autofree char *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  text[(gsize)((double)size * place)] ^= 1;
  g_assert_true (g_file_set_contents (path, text, (gssize)size, NULL));
}

/* The newest checkpoint is damaged: the one before serves, and the end is the same. What `latest`
 * says does not matter: it is gone, empty, or names what is not there. */
static void
test_damaged (void)
{
  static const char *const files[] = { "model.safetensors", "training.safetensors" };
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);

  train_run_ensure_whole ();
  for (gsize f = 0; f < 3; f++) {
    g_autofree char *name = g_strdup_printf ("damaged-%zu", f);
    g_autofree char *folder = train_run_folder (name);
    g_autofree char *newest = guise_run_get_checkpoint_path (folder, 18);
    g_autofree char *latest = g_build_filename (folder, "latest", NULL);
    g_autofree char *path = g_build_filename (newest, files[f % 2], NULL);
    g_autofree char *warnings = NULL;

    train_run (name, &setup, 18);
    if (f == 2) {
      g_assert_true (g_file_set_contents (path, "", 0, NULL));
      g_assert_true (g_file_set_contents (latest, "step-999999\n", -1, NULL));
    } else {
      g_assert_cmpint (g_unlink (latest), ==, 0);
      if (f == 1)
        g_assert_true (g_file_set_contents (latest, "", 0, NULL));
      damage (path, 0.9);
    }
    warnings = train_run_resume (name, -1);
    g_assert_nonnull (strstr (warnings, "step-000018"));
    g_assert_nonnull (strstr (warnings, "going on from step 16 instead"));
    train_run_assert_same ("whole", name, TRAIN_RUN_STEPS);
  }
}

/* The newest checkpoint cannot be read for a while: the one before serves, and it is not thrown
 * away. */
static void
test_unreadable (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_autofree char *folder = train_run_folder ("unreadable");
  g_autofree char *newest = guise_run_get_checkpoint_path (folder, 18);
  g_autofree char *path = g_build_filename (newest, "model.safetensors", NULL);
  g_autofree char *aside = g_build_filename (newest, "aside", NULL);
  g_autofree char *warnings = NULL, *second = NULL;

  train_run_ensure_whole ();
  train_run ("unreadable", &setup, 18);
  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_cmpint (symlink ("model.safetensors", path), ==, 0); /* goes round and round */
  warnings = train_run_resume ("unreadable", 17);
  g_assert_nonnull (strstr (warnings, "going on from step 16 instead"));
  g_assert_true (g_file_test (aside, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  second = train_run_resume ("unreadable", -1);
  g_assert_null (strstr (second, "instead"));
  g_assert_cmpstr (second, ==, "");
  train_run_assert_same ("whole", "unreadable", TRAIN_RUN_STEPS);
}

/* No checkpoint is good: an error that names the newest, and nothing is touched. */
static void
test_hopeless (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  const GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "hopeless");
  g_autofree char *folder = train_run_folder ("hopeless");
  g_autoptr (GArray) steps = NULL, after = NULL;
  g_autoptr (GError) error = NULL;

  train_run ("hopeless", &setup, 6);
  steps = guise_run_list_checkpoints (folder);
  for (guint i = 0; i < steps->len; i++) {
    g_autofree char *path
        = guise_run_get_checkpoint_path (folder, g_array_index (steps, guint64, i));
    g_autofree char *file = g_build_filename (path, "training.safetensors", NULL);

    damage (file, 0.5);
  }
  g_assert_null (guise_trainer_resume (&options, NULL, &error));
  g_assert_nonnull (error);
  g_assert_nonnull (strstr (error->message, "no checkpoint of 'hopeless' is good"));
  g_assert_nonnull (strstr (error->message, "step-000006"));
  after = guise_run_list_checkpoints (folder);
  g_assert_cmpuint (after->len, ==, steps->len);
}

/* What the reader would refuse is not written: moments that are not finite. */
static void
test_moments (void)
{
  g_autofree char *path = train_run_folder ("moments");
  g_autofree char *vocab = train_run_folder ("moments.txt");
  NnTeam *team = nn_team_create (1);
  GuiseConfig config;
  GuiseGradNorm gradnorm;
  GuiseTrainState state = { 0 };

  train_fixture_config (&config, 5);
  g_assert_cmpint (g_mkdir_with_parents (train_run_fixture.runs, 0777), ==, 0);
  g_assert_true (g_file_set_contents (vocab, "word\n", -1, NULL));
  guise_gradnorm_init (&gradnorm, &config);
  for (guint spoilt = 0; spoilt < 3; spoilt++) {
    GuiseModel *model = guise_model_new (&config);
    GuiseOptimiser *optimiser = guise_optimiser_new (model, team);
    const GuiseCheckpoint checkpoint = { model, optimiser, &gradnorm, &state, 1, vocab, NULL };
    g_autoptr (GError) error = NULL;

    guise_model_init (model, 1);
    if (spoilt > 0)
      (spoilt == 1 ? optimiser->m : optimiser->v)[5] = (nn_real)INFINITY;
    g_assert_cmpint (guise_checkpoint_write (&checkpoint, path, &error), ==, spoilt == 0);
    g_assert_cmpint (g_error_matches (error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_NOT_FINITE), ==,
                     spoilt > 0);
    g_assert_cmpint (guise_checkpoint_read (&checkpoint, path, NULL, NULL, NULL), ==, TRUE);
    guise_optimiser_free (optimiser);
    guise_model_free (model);
  }
  nn_team_free (team);
}

/* A folder that a crash left half-made is neither a run nor a checkpoint; a checkpoint that had
 * stepped aside is back. */
static void
test_leftovers (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_autofree char *folder = train_run_folder ("leftovers");
  g_autofree char *part = g_build_filename (folder, "checkpoints", ".step-000011.part", NULL);
  g_autofree char *file = g_build_filename (part, "model.safetensors", NULL);
  g_autofree char *run = g_build_filename (train_run_fixture.runs, ".other.1.part", NULL);
  g_autofree char *newest = guise_run_get_checkpoint_path (folder, 10);
  g_autofree char *aside = g_build_filename (folder, "checkpoints", ".step-000010.part.old", NULL);
  g_autofree char *half = g_build_filename (folder, ".run.json.0123abcd.part", NULL);
  g_autofree char *others = g_build_filename (folder, ".index.safetensors.0123abcd.part", NULL);
  g_autofree char *notes = g_build_filename (folder, ".notes.part", NULL);
  g_autofree char *warnings = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  train_run_ensure_whole ();
  train_run ("leftovers", &setup, 10);
  g_assert_true (g_file_set_contents (half, "half", -1, NULL));
  g_assert_true (g_file_set_contents (others, "in the making", -1, NULL));
  g_assert_true (g_file_set_contents (notes, "mine", -1, NULL));
  g_assert_cmpint (g_mkdir_with_parents (part, 0777), ==, 0);
  g_assert_true (g_file_set_contents (file, "half", -1, NULL));
  g_assert_cmpint (g_mkdir_with_parents (run, 0777), ==, 0);
  g_assert_cmpint (g_rename (newest, aside), ==, 0);
  warnings = train_run_resume ("leftovers", -1);
  g_assert_cmpstr (warnings, ==, "");
  train_run_assert_same ("whole", "leftovers", TRAIN_RUN_STEPS);
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_unlink (others), ==, 0);
  g_assert_cmpint (g_unlink (notes), ==, 0);
  g_assert_false (g_file_test (aside, G_FILE_TEST_EXISTS));
  runs = guise_run_list (train_run_fixture.runs, NULL);
  for (guint i = 0; i < runs->len; i++)
    g_assert_cmpint (((GuiseRunInfo *)runs->pdata[i])->name[0], !=, '.');
}

/* Half-made runs go when another run is made: those of processes that are gone, unless locked. */
static void
test_left_runs (void)
{
  static const char *const stems[] = { ".a.b", ".c", ".d", "e" };
  const gboolean stays[] = { FALSE, TRUE, TRUE, TRUE };
  const GuiseTrainerSetup setup = train_run_setup (4);
  char *argv[] = { (char *)"true", NULL };
  char *path[4];
  GPid gone;
  int lock;

  g_assert_true (g_spawn_async (NULL, argv, NULL,
                                G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &gone,
                                NULL));
  g_assert_cmpint (waitpid (gone, NULL, 0), ==, gone);
  for (gsize i = 0; i < 4; i++) {
    /* the second one's process lives */
    g_autofree char *name = g_strdup_printf ("%s.%d.part", stems[i],
                                             (int)(i == 1 ? getpid () : gone));

    path[i] = train_run_folder (name);
    g_assert_cmpint (g_mkdir_with_parents (path[i], 0777), ==, 0);
  }
  lock = guise_run_lock (path[2], NULL);
  g_assert_cmpint (lock, >=, 0);
  train_run ("made", &setup, 1);
  close (lock);
  for (gsize i = 0; i < 4; i++) {
    g_assert_cmpint (g_file_test (path[i], G_FILE_TEST_EXISTS), ==, stays[i]);
    temp_folder_free (path[i]);
  }
}

/* ----------------------------------------------------------------- killed runs */

/* Copies a run's folder while it is trained: the copy is what a kill at that instant leaves. */
typedef struct {
  TrainListener listener; /* first: the trainer's event function gets this */
  const char *run, *copy;
  gint64 before;   /* the copy is made before this step is computed; -1 = not there */
  gint64 at_saved; /* … or right behind the checkpoint of this step */
} Killer;

static void
kill_here (const Killer *killer)
{
  g_autofree char *from = train_run_folder (killer->run), *to = train_run_folder (killer->copy);

  temp_folder_copy (from, to);
}

static void
kill_at_event (json_t *event, gpointer user_data)
{
  const Killer *killer = user_data;

  train_listener_listen (event, user_data);
  if (strcmp (json_string_value (json_object_get (event, "event")), "checkpoint") == 0
      && json_integer_value (json_object_get (event, "step")) == killer->at_saved)
    kill_here (killer);
}

static void
kill_at_step (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  const Killer *killer = user_data;

  if ((gint64)batch->step == killer->before)
    kill_here (killer);
}

/* Trains a new run (setup NULL: goes on with one) to its end; its copy is left behind by a kill.
 * Returns what it warned of. */
static char *
train_and_kill (Killer *killer, const GuiseTrainerSetup *setup)
{
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autofree char *warnings = NULL;
  g_autoptr (GError) error = NULL;
  GuiseTrainerOptions options;

  options = train_run_options (killer->run, &killer->listener);
  options.n_threads = setup != NULL ? 1 : 0; /* as the run had */
  options.event = kill_at_event;
  options.hook = kill_at_step;
  options.hook_data = killer;
  trainer = setup != NULL ? guise_trainer_create (&options, setup, NULL, &error)
                          : guise_trainer_resume (&options, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (guise_trainer_run (trainer, NULL, &error));
  g_assert_no_error (error);
  warnings = g_strdup (killer->listener.warnings->str);
  train_listener_clear (&killer->listener);
  return g_steal_pointer (&warnings);
}

/* Too few persons to hold some out: no validation, so λ is the default, also when the run dies
 * behind its last checkpoint. */
static void
test_never_validated (void)
{
  GuiseTrainerSetup setup = train_run_setup (12);
  Killer killer
      = { .run = "few", .copy = "few-killed", .before = -1, .at_saved = 12 };
  g_autofree char *folder = train_run_folder ("few-killed"), *first = NULL, *warnings = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;

  setup.splits = 1 << GUISE_SPLIT_VAL;
  first = train_and_kill (&killer, &setup);
  g_assert_nonnull (strstr (first, "no images to validate with"));
  warnings = train_run_resume ("few-killed", -1);
  g_assert_nonnull (strstr (warnings, "no images to validate with"));
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (info->state, ==, GUISE_RUN_DONE);
  g_assert_cmpfloat (info->lambda, ==, GUISE_RUN_DEFAULT_LAMBDA);
  train_run_assert_same ("few", "few-killed", 12);
}

/* Takes the last n lines of a run's metrics.jsonl away. */
static void
cut_lines (const char *name, guint n)
{
  g_autofree char *folder = train_run_folder (name);
  g_autofree char *path = g_build_filename (folder, "metrics.jsonl", NULL), *text = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &text, &size, NULL));
  while (size > 0 && n > 0) {
    size--;
    n -= size > 0 && text[size - 1] == '\n';
  }
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (g_file_set_contents (path, text, (gssize)size, NULL));
}

/* Lines of metrics.jsonl are lost once; what follows stands there once, though the run is killed
 * and resumed again. */
static void
test_lost_lines (void)
{
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  g_autofree char *folder = train_run_folder ("cut-killed"), *metrics = NULL;
  g_autofree char *first = NULL, *second = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  Killer killer = { .run = "cut", .copy = "cut-killed", .before = 22, .at_saved = -1 };

  train_run ("cut", &setup, 18);
  cut_lines ("cut", 3);
  first = train_and_kill (&killer, NULL);
  second = train_run_resume ("cut-killed", -1);
  g_assert_nonnull (strstr (first, "lines are lost"));
  g_assert_cmpstr (second, ==, "");
  metrics = train_fixture_read_metrics (folder);
  lines = g_strsplit (metrics, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    g_assert_true (*lines[i] == '\0' || g_hash_table_add (seen, lines[i]));
  g_assert_nonnull (strstr (metrics, "\"event\":\"checkpoint\",\"step\":20}"));
  g_assert_nonnull (strstr (metrics, "\"event\":\"done\""));
}

/* Stopped and killed again and again with everything that draws numbers, two threads, batches in
 * portions and a rate so small that the run stops early. */
static void
test_everything (void)
{
  static const char *const settings[]
      = { "dropout=0.1", "train.micro_batch=4", "train.patience=2" };
  GuiseTrainerSetup setup = train_run_setup (400);
  Killer killer = { .run = "all-on", .copy = "all-killed", .before = -1, .at_saved = 16 };
  g_autofree char *folder = train_run_folder ("all");
  g_autofree char *first = NULL, *second = NULL, *third = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    g_assert_true (guise_config_set (&setup.config, settings[i], NULL));
  train_run_threads ("all", &setup, 2, -1);
  info = guise_run_info_load (folder, NULL);
  g_assert_cmpint (info->state, ==, GUISE_RUN_DONE);
  g_test_message ("stopped at %d", (int)info->step);
  g_assert_cmpuint (info->step, <, 400); /* early */
  train_run_threads ("all-on", &setup, 2, 5);
  first = train_run_resume ("all-on", 11);
  second = train_and_kill (&killer, NULL);
  third = train_run_resume ("all-killed", -1);
  g_assert_cmpstr (first, ==, "");
  g_assert_cmpstr (second, ==, "");
  g_assert_cmpstr (third, ==, "");
  train_run_assert_same ("all", "all-on", info->step);
  train_run_assert_same ("all", "all-killed", info->step);
}

/* The same without validation, killed between two checkpoints. */
static void
test_everything_unvalidated (void)
{
  GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  Killer killer = { .run = "bare-on", .copy = "bare-killed", .before = 23, .at_saved = -1 };
  g_autofree char *first = NULL, *second = NULL, *third = NULL;

  setup.splits = 1 << GUISE_SPLIT_VAL;
  g_assert_true (guise_config_set (&setup.config, "dropout=0.1", NULL));
  g_assert_true (guise_config_set (&setup.config, "train.micro_batch=4", NULL));
  train_run_threads ("bare", &setup, 2, -1);
  train_run_threads ("bare-on", &setup, 2, 7);
  first = train_run_resume ("bare-on", 18);
  second = train_and_kill (&killer, NULL);
  third = train_run_resume ("bare-killed", -1);
  g_assert_null (strstr (third, "not bit for bit"));
  train_run_assert_same ("bare", "bare-on", TRAIN_RUN_STEPS);
  train_run_assert_same ("bare", "bare-killed", TRAIN_RUN_STEPS);
}

/* ------------------------------------------------------------------ too large */

/* A configuration that asks for terabytes, of a new run, of one from a checkpoint and of one that
 * goes on: a sentence, and nothing is made or lost. */
static void
check_huge (GuiseTrainer *trainer, GError **error)
{
  g_assert_null (trainer);
  g_assert_error (*error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_MEMORY);
  g_assert_true (g_str_has_prefix ((*error)->message, "cannot make a model of "));
  g_assert_nonnull (strstr ((*error)->message, "; choose fewer layers or smaller sizes"));
  g_clear_error (error);
}

static void
test_huge (void)
{
  GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, "huge");
  g_autofree char *folder = train_run_folder ("huge");
  g_autofree char *config = g_build_filename (folder, "config.json", NULL);
  g_autofree char *model = g_build_filename (folder, "checkpoints", "step-000005", NULL);
  g_autofree char *whole = NULL;
  GError *error = NULL;

  train_run ("huge", &setup, 5);
  g_assert_true (g_file_get_contents (config, &whole, NULL, NULL));
  g_assert_true (guise_config_set (&setup.config,
                                   "{\"vision\": {\"hidden_size\": 16384, \"heads\": 1, "
                                   "\"layers\": 256, \"mlp_size\": 65536}, \"bdam\": "
                                   "{\"heads\": 1}}",
                                   NULL));
  g_assert_true (guise_config_save (&setup.config, config, NULL));
  check_huge (guise_trainer_resume (&options, NULL, &error), &error);
  options.name = "hugest";
  check_huge (guise_trainer_create (&options, &setup, NULL, &error), &error);
  setup.from = model;
  check_huge (guise_trainer_create (&options, &setup, NULL, &error), &error);
  g_clear_pointer (&folder, g_free);
  folder = train_run_folder ("hugest");
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_set_contents (config, whole, -1, NULL));
  g_free (train_run_resume ("huge", -1));
}

/* A run in bf16 ends bit for bit where the one that nobody stopped ends; one whose sums were made
 * by other instructions goes on and says so. */
static void
test_precision (void)
{
  GuiseTrainerSetup setup = train_run_setup (20);
  g_autofree char *folder = NULL, *first = NULL, *second = NULL, *wanted = NULL;
  g_autoptr (GuiseRunInfo) info = NULL;

  setup.config.train.precision = GUISE_PRECISION_BFLOAT16;
  train_run ("rounded", &setup, -1);
  train_run ("rounded-stopped", &setup, 7);
  first = train_run_resume ("rounded-stopped", 13);
  g_assert_null (strstr (first, "was computed in"));
  folder = train_run_folder ("rounded-stopped");
  info = guise_run_info_load (folder, NULL);
  g_assert_true (g_str_has_prefix (info->precision, "bfloat16 ("));
  wanted = g_strdup_printf ("was computed in 'bfloat16 (another)', now in '%s'", info->precision);
  g_free (info->precision);
  info->precision = g_strdup ("bfloat16 (another)");
  g_assert_true (guise_run_info_save (info, folder, NULL));
  second = train_run_resume ("rounded-stopped", -1);
  g_assert_nonnull (strstr (second, wanted));
  train_run_assert_same ("rounded", "rounded-stopped", 20);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  train_fixture_init (&train_run_fixture);
  g_test_add_func ("/resume/t01-stopped", test_resume);
  g_test_add_func ("/resume/s18-t07-damaged", test_damaged);
  g_test_add_func ("/resume/t07-unreadable", test_unreadable);
  g_test_add_func ("/resume/t07-hopeless", test_hopeless);
  g_test_add_func ("/resume/moments", test_moments);
  g_test_add_func ("/resume/t06-leftovers", test_leftovers);
  g_test_add_func ("/resume/left-runs", test_left_runs);
  g_test_add_func ("/resume/never-validated", test_never_validated);
  g_test_add_func ("/resume/lost-lines", test_lost_lines);
  g_test_add_func ("/resume/t01-everything", test_everything);
  g_test_add_func ("/resume/t01-everything-unvalidated", test_everything_unvalidated);
  g_test_add_func ("/resume/precision", test_precision);
  g_test_add_func ("/resume/s17-huge-configuration", test_huge);
  result = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  return result;
}
