/* Training with frozen encoders whose tokens and features are kept: made once, shared, resumed, and
 * as good as computing them every time. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/statvfs.h>

#include "guise-feature-file.h"
#include "nn-gemm.h"
#include "temp-folder.h"
#include "train-run.h"

static char *base, *tokens; /* the checkpoint that runs start from; the cache's folder */
static gboolean full;       /* the disk has little left */

int __real_statvfs64 (const char *path, struct statvfs *disk);
int __wrap_statvfs64 (const char *path, struct statvfs *disk);

int
__wrap_statvfs64 (const char *path, struct statvfs *disk)
{
  int result = __real_statvfs64 (path, disk);

  if (full)
    disk->f_bavail = 1;
  return result;
}

/* Listens for what is computed besides what TrainListener hears. */
typedef struct {
  TrainListener listener;
  guint n_cached, n_before, n_texts; /* n_before: of the sets that were filled before this one */
  gboolean has_rate;
  guint64 stop_at; /* cancelled once so many images are cached; 0 = never */
} Listener;

static void
listen (json_t *event, gpointer user_data)
{
  Listener *mine = user_data;
  const char *what = json_string_value (json_object_get (event, "what"));
  guint64 done = (guint64)json_integer_value (json_object_get (event, "done"));

  train_listener_listen (event, &mine->listener);
  mine->n_texts += g_strcmp0 (what, "caching text features") == 0;
  if (g_strcmp0 (what, "caching visual tokens") != 0)
    return;
  if (done < mine->n_cached - mine->n_before)
    mine->n_before = mine->n_cached;
  mine->n_cached = mine->n_before + (guint)done;
  mine->has_rate |= json_is_real (json_object_get (event, "eta_s"))
                    && json_is_real (json_object_get (event, "per_s"));
  if (mine->stop_at > 0 && done >= mine->stop_at)
    g_cancellable_cancel (mine->listener.cancellable);
}

static void
listener_clear (Listener *mine)
{
  train_listener_clear (&mine->listener);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listener, listener_clear)

static GuiseTrainerSetup
make_setup (gboolean cached, double flip)
{
  GuiseTrainerSetup setup = train_run_setup (12);

  setup.preset = NULL;
  setup.from = base;
  setup.config.train.vision_blocks = 0;
  setup.config.train.train_text = FALSE;
  setup.config.train.cache_tokens = cached;
  setup.config.dropout = 0.1;
  setup.config.train.augment.flip = flip;
  setup.config.train.augment.crop[0] = setup.config.train.augment.crop[1] = 0;
  setup.config.train.augment.brightness = setup.config.train.augment.channel_gain = 0;
  setup.config.train.augment.erase = 0;
  return setup;
}

static GuiseTrainer *
begin (const char *name, const GuiseTrainerSetup *setup, Listener *mine, GError **error)
{
  GuiseTrainerOptions options = train_run_options (name, &mine->listener);

  options.event = listen;
  options.event_data = mine;
  return guise_trainer_create (&options, setup, mine->listener.cancellable, error);
}

/* A whole run. */
static GuiseTrainer *
train (const char *name, const GuiseTrainerSetup *setup, Listener *mine)
{
  g_autoptr (GError) error = NULL;
  GuiseTrainer *trainer = begin (name, setup, mine, &error);

  g_assert_no_error (error);
  train_run_finish (trainer);
  return trainer;
}

static void
clear (void)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  g_assert_true (guise_feature_file_clear (tokens, &bytes, &error));
}

/* The last loss differs by what half precision and Adam make of it. */
static void
test_same (void)
{
  const GuiseTrainerSetup with = make_setup (TRUE, 0.5), without = make_setup (FALSE, 0.5);
  g_auto (Listener) a = { 0 }, b = { 0 };
  g_autoptr (GuiseTrainer) x = train ("with", &with, &a), y = train ("without", &without, &b);
  const GuiseModel *p = guise_trainer_get_model (x), *q = guise_trainer_get_model (y);
  double worst = 0;

  g_assert_cmpuint (a.n_cached, >, 100); /* pictures as they are and mirrored */
  g_assert_true (a.has_rate);
  g_assert_cmpuint (a.n_texts, >, 0);
  g_assert_cmpuint (b.n_cached, ==, 0);
  g_assert_cmpfloat (fabs (a.listener.last_loss - b.listener.last_loss), <=,
                     2e-3 * b.listener.last_loss);
  for (gsize i = 0; i < p->params->n; i++)
    worst = MAX (worst, fabs ((double)(p->values[i] - q->values[i])));
  g_test_message ("weights differ by %.3g at most", worst);
  g_assert_cmpfloat (worst, >, 0);
  g_assert_cmpfloat (worst, <=, 12 * 2e-3); /* an update is of 1e-3 at most */
  g_assert_cmpuint (a.listener.n_evals, ==, b.listener.n_evals);
}

/* The second run computes nothing, and without mirrored pictures neither does a third. */
static void
test_shared (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_auto (Listener) first = { 0 }, second = { 0 }, third = { 0 };
  g_autoptr (GuiseTrainer) x = NULL, y = NULL, z = NULL;

  clear ();
  x = train ("first", &setup, &first);
  y = train ("second", &setup, &second);
  g_assert_cmpuint (first.n_cached, >, 0);
  g_assert_cmpuint (second.n_cached, ==, 0);
  g_assert_cmpuint (second.n_texts, ==, 0);
  train_run_assert_same ("first", "second", 12);
  setup.config.train.augment.flip = 0;
  z = train ("third", &setup, &third);
  g_assert_cmpuint (third.n_cached, ==, 0);
}

/* What was computed in another precision does not serve. */
static void
test_precision (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_auto (Listener) exact = { 0 }, rounded = { 0 }, again = { 0 };
  g_autoptr (GuiseTrainer) x = NULL, y = NULL, z = NULL;

  clear ();
  x = train ("exact", &setup, &exact);
  setup.config.train.precision = GUISE_PRECISION_BFLOAT16;
  y = train ("rounded", &setup, &rounded);
  z = train ("rounded-again", &setup, &again);
  g_assert_cmpuint (rounded.n_cached, ==, exact.n_cached);
  g_assert_cmpuint (rounded.n_texts, >, 0); /* how often it was told depends on the time it took */
  g_assert_cmpuint (again.n_cached, ==, 0);
  train_run_assert_same ("rounded", "rounded-again", 12);
}

static void
test_resume (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_autofree char *warnings = NULL;

  train_run ("whole", &setup, -1);
  train_run ("parts", &setup, 7);
  clear (); /* and computed anew: the run goes on all the same */
  warnings = train_run_resume ("parts", -1);
  g_assert_cmpstr (warnings, ==, "");
  train_run_assert_same ("whole", "parts", 12);
}

/* Stopped in the middle of filling, no run is there, and what was computed is not lost. */
static void
test_stop (void)
{
  const GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_auto (Listener) stopped = { .stop_at = 32 }, rest = { 0 }, whole = { 0 };
  g_autoptr (GuiseTrainer) none = NULL, trainer = NULL;
  g_autofree char *folder = train_run_folder ("halfway");
  g_autoptr (GError) error = NULL;

  clear ();
  none = begin ("halfway", &setup, &stopped, &error);
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (temp_folder_count (train_run_fixture.runs, ".part"), ==, 0);
  trainer = train ("halfway", &setup, &rest);
  clear ();
  guise_trainer_free (g_steal_pointer (&trainer));
  trainer = train ("all-at-once", &setup, &whole);
  g_assert_cmpuint (stopped.n_cached, >=, 32);
  g_assert_cmpuint (stopped.n_cached, <, whole.n_cached);
  g_assert_cmpuint (rest.n_cached + stopped.n_cached, ==, whole.n_cached);
}

static void
test_damaged (void)
{
  const GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_auto (Listener) first = { 0 }, second = { 0 };
  g_autoptr (GuiseTrainer) x = NULL, y = NULL;
  g_autoptr (GPtrArray) entries = NULL;

  clear ();
  x = train ("undamaged", &setup, &first);
  entries = guise_feature_file_list (tokens);
  for (guint i = 0; i < entries->len; i++) {
    const GuiseFeatureEntry *entry = entries->pdata[i];
    g_autofree char *path = g_strdup_printf ("%s/%s.data", tokens, entry->name);
    g_autofree char *bytes = NULL;
    gsize size;

    g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
    bytes[size / 3] ^= 1;
    g_assert_true (g_file_set_contents (path, bytes, (gssize)(size - size / 4), NULL));
  }
  y = train ("damaged", &setup, &second);
  g_assert_nonnull (strstr (second.listener.warnings->str, "are cut off or damaged and will be"));
  g_assert_cmpuint (second.n_cached, >, 1);
  g_assert_cmpuint (second.n_cached, <, first.n_cached / 2);
  train_run_assert_same ("undamaged", "damaged", 12);
}

static void
test_bad_pictures (void)
{
  const GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  GuiseTrainingData *data = train_run_fixture.data;
  g_auto (Listener) mine = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL;
  const char *paths[] = { data->paths[0], data->paths[1] };
  g_autofree char *text = g_build_filename (train_run_fixture.folder, "people", "text.png", NULL);

  g_assert_true (g_file_set_contents (text, "no picture", -1, NULL));
  data->paths[0] = "missing.png";
  data->paths[1] = "text.png";
  clear ();
  trainer = train ("bad-pictures", &setup, &mine);
  data->paths[0] = paths[0];
  data->paths[1] = paths[1];
  g_assert_nonnull (strstr (mine.listener.warnings->str, "training: 2 of "));
  g_assert_nonnull (strstr (mine.listener.warnings->str, "do not decode and are left out"));
}

/* Tokens of other weights are not taken, and those that were there stay good. */
static void
test_other_weights (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0.5), other = make_setup (TRUE, 0.5);
  g_auto (Listener) first = { 0 }, second = { 0 }, third = { 0 };
  g_autoptr (GuiseTrainer) x = NULL, y = NULL, z = NULL;
  g_autofree char *elsewhere = g_build_filename (train_run_fixture.runs, "base-2", "best", NULL);
  GuiseTrainerSetup trained = train_run_setup (4);
  g_autoptr (GPtrArray) entries = NULL;

  trained.seed++;
  train_run ("base-2", &trained, -1);
  other.from = elsewhere;
  clear ();
  x = train ("these-weights", &setup, &first);
  y = train ("other-weights", &other, &second);
  g_assert_cmpuint (second.n_cached, ==, first.n_cached);
  g_assert_cmpuint (second.n_texts, >, 0);
  entries = guise_feature_file_list (tokens);
  g_assert_cmpuint (entries->len, ==, 4); /* images and texts of both */
  z = train ("these-again", &setup, &third);
  g_assert_cmpuint (third.n_cached, ==, 0);
  train_run_assert_same ("these-weights", "these-again", 12);
}

/* A file with other bytes under the same name is another picture, and the only one to be computed:
 * as it is and mirrored. */
static void
test_changed_image (void)
{
  const GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  const GuiseTrainingData *data = train_run_fixture.data;
  g_auto (Listener) first = { 0 }, second = { 0 }, third = { 0 };
  g_autoptr (GuiseTrainer) x = NULL, y = NULL, z = NULL;
  g_autofree char *people = g_build_filename (train_run_fixture.folder, "people", NULL);
  g_autofree char *path = g_build_filename (people, data->paths[0], NULL);
  g_autofree char *other = g_build_filename (people, data->paths[1], NULL);
  g_autofree char *before = NULL, *bytes = NULL, *changed = NULL;
  gsize size_before, size;

  clear ();
  x = train ("unchanged", &setup, &first);
  g_assert_true (g_file_get_contents (path, &before, &size_before, NULL));
  g_assert_true (g_file_get_contents (other, &bytes, &size, NULL));
  changed = g_malloc0 (size + 1); /* the other picture, and a byte behind its end */
  memcpy (changed, bytes, size);
  g_assert_true (g_file_set_contents (path, changed, (gssize)size + 1, NULL));
  y = train ("changed", &setup, &second);
  g_assert_true (g_file_set_contents (path, before, (gssize)size_before, NULL));
  z = train ("changed-back", &setup, &third);
  g_assert_cmpuint (second.n_cached, ==, 2);
  g_assert_cmpuint (third.n_cached, ==, 0);
  train_run_assert_same ("unchanged", "changed-back", 12);
}

/* Tokens that are numbers, and too large for a half: nothing is kept of them. */
static void
test_overflow (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0);
  g_autofree char *folder = g_build_filename (train_run_fixture.folder, "large", NULL);
  g_auto (Listener) mine = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GuiseModel) model = guise_model_load (base, NULL);
  g_autoptr (GError) error = NULL;
  const GraphParam *scale = &model->params->vision.norm.weight;

  for (gsize i = 0; i < scale->rows * scale->cols; i++)
    model->values[scale->offset + i] *= 1e6f;
  temp_folder_copy (base, folder);
  g_assert_true (guise_model_save (model, folder, &error));
  setup.from = folder;
  clear ();
  trainer = begin ("overflow", &setup, &mine, &error);
  if (trainer != NULL)
    guise_trainer_run (trainer, NULL, &error);
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "cannot cache tokens of 'imgs/"));
  g_assert_nonnull (strstr (error->message, "train.cache_tokens = false"));
  clear ();
}

static void
test_no_space (void)
{
  const GuiseTrainerSetup setup = make_setup (TRUE, 0.5);
  g_auto (Listener) mine = { 0 };
  g_autoptr (GuiseTrainer) none = NULL;
  g_autoptr (GError) error = NULL;

  clear ();
  full = TRUE;
  none = begin ("full", &setup, &mine, &error);
  full = FALSE;
  g_assert_null (none);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "cannot cache visual tokens"));
  g_assert_nonnull (strstr (error->message, " more and should leave 67.1\u00a0MB, "));
  g_assert_null (strstr (error->message, " 0.0"));
  g_assert_nonnull (strstr (error->message, "train.augment.flip=0"));
  g_assert_cmpuint (mine.n_cached, ==, 0);
  g_assert_cmpuint (temp_folder_count (train_run_fixture.runs, "full"), ==, 0);
}

/* What cannot be done to tokens is not asked for in silence; trained encoders have no cache. */
static void
test_setup (void)
{
  GuiseTrainerSetup setup = make_setup (TRUE, 0);
  g_auto (Listener) warned = { 0 }, refused = { 0 }, texts = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL, none = NULL, trained = NULL;
  g_autoptr (GError) error = NULL;

  setup.config.train.augment.erase = 0.3;
  trainer = train ("erase", &setup, &warned);
  g_assert_nonnull (strstr (warned.listener.warnings->str, "erase do nothing"));
  setup = make_setup (TRUE, 0);
  setup.config.train.vision_blocks = 1;
  none = begin ("blocks", &setup, &refused, &error);
  g_assert_null (none);
  g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP);
  setup = make_setup (TRUE, 0);
  setup.config.train.train_text = TRUE;
  trained = train ("texts", &setup, &texts);
  g_assert_cmpuint (texts.n_texts, ==, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  train_fixture_init (&train_run_fixture);
  {
    const GuiseTrainerSetup setup = train_run_setup (4);

    train_run ("base", &setup, -1);
  }
  base = g_build_filename (train_run_fixture.runs, "base", "best", NULL);
  tokens = g_build_filename (train_run_fixture.runs, "..", "tokens", NULL);
  g_test_add_func ("/token-cache/same", test_same);
  g_test_add_func ("/token-cache/shared", test_shared);
  g_test_add_func ("/token-cache/precision", test_precision);
  g_test_add_func ("/token-cache/resume", test_resume);
  g_test_add_func ("/token-cache/stop", test_stop);
  g_test_add_func ("/token-cache/damaged", test_damaged);
  g_test_add_func ("/token-cache/bad-pictures", test_bad_pictures);
  g_test_add_func ("/token-cache/other-weights", test_other_weights);
  g_test_add_func ("/token-cache/changed-image", test_changed_image);
  g_test_add_func ("/token-cache/no-space", test_no_space);
  g_test_add_func ("/token-cache/overflow", test_overflow);
  g_test_add_func ("/token-cache/setup", test_setup);
  status = g_test_run ();
  train_fixture_clear (&train_run_fixture);
  g_free (base);
  g_free (tokens);
  return status;
}
