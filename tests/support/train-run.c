#include "train-run.h"

#include <stdlib.h>
#include <string.h>

TrainFixture train_run_fixture;

void
train_listener_listen (json_t *event, gpointer user_data)
{
  TrainListener *listener = user_data;
  const char *name = json_string_value (json_object_get (event, "event"));

  if (strcmp (name, "warning") == 0)
    g_string_append_printf (listener->warnings, "%s\n",
                            json_string_value (json_object_get (event, "message")));
  listener->n_evals += strcmp (name, "eval") == 0;
  listener->n_checkpoints += strcmp (name, "checkpoint") == 0;
  if (strcmp (name, "step") == 0) {
    double loss = json_number_value (json_object_get (json_object_get (event, "loss"), "cloth"));

    if (listener->n_steps++ == 0)
      listener->first_loss = loss;
    listener->last_loss = loss;
  }
}

void
train_listener_clear (TrainListener *listener)
{
  g_string_free (listener->warnings, TRUE);
  g_object_unref (listener->cancellable);
}

/* The step that is about to run is the last one. */
void
train_listener_stop (GuiseLoadedBatch *batch, GuiseModel *model, gpointer user_data)
{
  TrainListener *listener = user_data;

  if ((gint64)batch->step + 1 == listener->stop_at)
    g_cancellable_cancel (listener->cancellable);
}

GuiseTrainerOptions
train_run_options (const char *name, TrainListener *listener)
{
  GuiseTrainerOptions options = train_fixture_options (&train_run_fixture, name);

  *listener = (TrainListener){ .warnings = g_string_new (NULL),
                               .cancellable = g_cancellable_new (),
                               .stop_at = -1 };
  options.event = train_listener_listen;
  options.event_data = listener;
  options.hook = train_listener_stop;
  options.hook_data = listener;
  return options;
}

GuiseTrainerSetup
train_run_setup (gsize steps)
{
  GuiseTrainerSetup setup = { .preset = "toy", .splits = 1 << GUISE_SPLIT_TRAIN };

  train_fixture_config (&setup.config, steps);
  return setup;
}

char *
train_run_folder (const char *name)
{
  return g_build_filename (train_run_fixture.runs, name, NULL);
}

char *
train_run_state (const char *name)
{
  g_autofree char *folder = train_run_folder (name);
  g_autoptr (GuiseRunInfo) info = guise_run_info_load (folder, NULL);

  g_assert_nonnull (info);
  return g_strdup (guise_run_state_to_string (info->state));
}

GuiseTrainer *
train_run_create (const GuiseTrainerOptions *options, const GuiseTrainerSetup *setup)
{
  g_autoptr (GError) error = NULL;
  GuiseTrainer *trainer = guise_trainer_create (options, setup, NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (trainer);
  return trainer;
}

void
train_run_finish (GuiseTrainer *trainer)
{
  g_autoptr (GError) error = NULL;
  gboolean done = guise_trainer_run (trainer, NULL, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

void
train_run (const char *name, const GuiseTrainerSetup *setup, gint64 stop_at)
{
  train_run_threads (name, setup, 1, stop_at);
}

void
train_run_threads (const char *name, const GuiseTrainerSetup *setup, guint n_threads,
                   gint64 stop_at)
{
  g_auto (TrainListener) listener = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *state = NULL;
  GuiseTrainerOptions options;
  gboolean done;

  options = train_run_options (name, &listener);
  listener.stop_at = stop_at;
  options.n_threads = n_threads;
  trainer = guise_trainer_create (&options, setup, NULL, &error);
  g_assert_no_error (error);
  done = guise_trainer_run (trainer, listener.cancellable, &error);
  if (stop_at < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (done, ==, stop_at < 0);
  state = train_run_state (name);
  g_assert_cmpstr (state, ==, done ? "done" : "stopped");
}

char *
train_run_resume (const char *name, gint64 stop_at)
{
  g_auto (TrainListener) listener = { 0 };
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autoptr (GError) error = NULL;
  GuiseTrainerOptions options;

  options = train_run_options (name, &listener);
  listener.stop_at = stop_at;
  options.n_threads = 0; /* as the run had */
  trainer = guise_trainer_resume (&options, NULL, &error);
  g_assert_no_error (error);
  if (guise_trainer_run (trainer, listener.cancellable, &error))
    g_assert_cmpint (stop_at, <, 0);
  else
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  return g_strdup (listener.warnings->str);
}

/* run.json without the run's name and what measures time. */
static char *
read_info (const char *folder)
{
  static const char *const changing[] = { "name", "started", "finished" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseRunInfo) info = guise_run_info_load (folder, &error);
  json_auto_t *object = NULL;
  g_autofree char *copy = NULL;
  char *text;

  g_assert_no_error (error);
  object = guise_run_info_to_json (info);
  for (gsize i = 0; i < G_N_ELEMENTS (changing); i++)
    json_object_del (object, changing[i]);
  json_object_del (json_object_get (object, "best"), "seconds");
  text = json_dumps (object, JSON_COMPACT | JSON_SORT_KEYS);
  copy = g_strdup (text);
  free (text);
  return g_steal_pointer (&copy);
}

void
train_run_assert_same (const char *a, const char *b, guint64 step)
{
  g_autofree char *x = train_run_folder (a), *y = train_run_folder (b);
  g_autofree char *p = guise_run_get_checkpoint_path (x, step);
  g_autofree char *q = guise_run_get_checkpoint_path (y, step);
  g_autofree char *m = train_fixture_read_metrics (x), *n = train_fixture_read_metrics (y);
  g_autofree char *i = read_info (x), *j = read_info (y);
  g_autofree char *best_x = g_build_filename (x, "best", "model.safetensors", NULL);
  g_autofree char *best_y = g_build_filename (y, "best", "model.safetensors", NULL);

  g_assert_true (train_fixture_same_checkpoint (p, q));
  g_assert_true (train_fixture_same_tensors (best_x, best_y));
  g_assert_cmpstr (m, ==, n);
  g_assert_cmpstr (i, ==, j);
}

void
train_run_ensure_whole (void)
{
  static gboolean made;
  const GuiseTrainerSetup setup = train_run_setup (TRAIN_RUN_STEPS);

  if (!made)
    train_run ("whole", &setup, -1);
  made = TRUE;
}
