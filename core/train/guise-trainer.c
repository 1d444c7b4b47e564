#include "guise-trainer.h"

#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-folder.h"
#include "guise-read-file.h"
#include "guise-trainer-private.h"
#include "guise-wordpiece.h"

/* ------------------------------------------------------- whether it can begin */

static gboolean
refuse (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP, message);
  return FALSE;
}

/* The pretrained encoders, or NULL. */
static const GuisePretrained *
get_vision (const GuiseTrainerSetup *setup)
{
  return setup->pretrained != NULL ? setup->pretrained->vision : NULL;
}

static const GuisePretrained *
get_text (const GuiseTrainerSetup *setup)
{
  return setup->pretrained != NULL ? setup->pretrained->text : NULL;
}

gboolean
guise_trainer_check_setup (const GuiseTrainerSetup *setup, GError **error)
{
  const GuiseConfig *config = &setup->config;
  const char *preset = setup->preset != NULL ? setup->preset : "this configuration";

  if (!guise_config_check (config, error) || !guise_model_check_memory (config, error))
    return FALSE;
  if (config->train.cache_tokens && config->train.vision_blocks != 0)
    return refuse (error, "cannot train with 'train.cache_tokens' and %s of the image encoder: its "
                          "tokens change with them; set train.vision_blocks=0 or "
                          "train.cache_tokens=false",
                   config->train.vision_blocks < 0 ? "all" : "the last blocks");
  if (setup->from != NULL)
    return TRUE;
  if (get_text (setup) == NULL && !config->train.train_text)
    return refuse (error,
                   "cannot train '%s' from nothing: it leaves the text encoder as it is; give a "
                   "pretrained one with --text, start from a checkpoint or set "
                   "train.train_text=true",
                   preset);
  if (get_vision (setup) == NULL && config->train.vision_blocks >= 0
      && (gsize)config->train.vision_blocks < config->vision.layers)
    return refuse (error,
                   "cannot train '%s' from nothing: it leaves parts of the image encoder as they "
                   "are; give a pretrained one with --vision, start from a checkpoint or set "
                   "train.vision_blocks=-1",
                   preset);
  return setup->pretrained == NULL
         || guise_pretrained_start_check (setup->pretrained, config, error);
}

/* ----------------------------------------------------------------- the engine */

static gboolean
build_engine (GuiseTrainer *trainer, const GuiseConfig *config, GError **error)
{
  trainer->team = nn_team_create (trainer->options.n_threads);
  if (trainer->team == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "cannot start the threads that compute: a limit on memory or processes is in the "
                 "way (ulimit -v, ulimit -u); raise it, or use fewer --threads");
    return FALSE;
  }
  trainer->model = guise_model_new (config);
  guise_model_set_precision (trainer->model, config->train.precision);
  trainer->stepper = guise_stepper_new (trainer->model, trainer->team);
  guise_trainer_meet_peers (trainer);
  trainer->optimiser = guise_optimiser_new (trainer->model, trainer->team);
  guise_gradnorm_init (&trainer->gradnorm, config);
  return TRUE;
}

static void
drop_event (gpointer event)
{
  json_decref (event);
}

static GuiseTrainer *
trainer_new (const GuiseTrainerOptions *options)
{
  GuiseTrainer *trainer = g_new0 (GuiseTrainer, 1);

  trainer->options = *options;
  trainer->lock = -1;
  trainer->damaged = g_array_new (FALSE, FALSE, sizeof (guint64));
  trainer->unwritten = g_ptr_array_new_with_free_func (drop_event);
  trainer->state.validated_at = trainer->state.best_step = -1;
  trainer->state.best_lambda = GUISE_RUN_DEFAULT_LAMBDA;
  return trainer;
}

void
guise_trainer_free (GuiseTrainer *trainer)
{
  if (trainer == NULL)
    return;
  guise_loader_free (trainer->loader);
  guise_validation_free (trainer->validation);
  guise_train_set_free (trainer->train);
  guise_train_set_free (trainer->val);
  guise_token_cache_free (trainer->cache);
  guise_optimiser_free (trainer->optimiser);
  guise_stepper_free (trainer->stepper);
  guise_model_free (trainer->model);
  nn_team_free (trainer->team);
  guise_train_split_free (trainer->split);
  guise_jsonl_writer_free (trainer->metrics);
  guise_run_info_free (trainer->info);
  g_array_unref (trainer->damaged);
  g_ptr_array_unref (trainer->unwritten);
  g_free (trainer->outfits);
  g_free (trainer->joined);
  g_free (trainer->vocab);
  g_free (trainer->folder);
  if (trainer->lock >= 0)
    close (trainer->lock);
  g_free (trainer);
}

/* ------------------------------------------------------------------ a new run */

static char *
name_folder (const GuisePretrained *pretrained)
{
  return pretrained != NULL ? g_strdup (guise_pretrained_get_folder (pretrained)) : NULL;
}

static void
fill_info (GuiseTrainer *trainer, const GuiseTrainerSetup *setup)
{
  GuiseRunInfo *info = g_new0 (GuiseRunInfo, 1);

  info->name = g_strdup (trainer->options.name);
  info->preset = g_strdup (setup->preset != NULL ? setup->preset : "");
  info->from = g_strdup (setup->from);
  info->vision = name_folder (get_vision (setup));
  info->text = name_folder (get_text (setup));
  info->seed = setup->seed;
  info->started = g_get_real_time () / G_USEC_PER_SEC;
  info->n_steps = setup->config.train.steps;
  info->lambda = GUISE_RUN_DEFAULT_LAMBDA;
  info->splits = guise_train_split_format (setup->splits);
  trainer->info = info;
}

static gboolean
start_values (GuiseTrainer *trainer, const GuiseTrainerSetup *setup, GError **error)
{
  g_autofree char *path = NULL;

  if (setup->from == NULL) {
    if (setup->pretrained != NULL)
      return guise_pretrained_start_init (setup->pretrained, trainer->model, setup->seed, error);
    guise_model_init (trainer->model, setup->seed);
    return TRUE;
  }
  path = g_build_filename (setup->from, "model.safetensors", NULL);
  return guise_model_load_values (trainer->model, path, error);
}

static gboolean
start_vocabulary (GuiseTrainer *trainer, const GuiseTrainerSetup *setup, GCancellable *cancellable,
                  GError **error)
{
  g_autofree char *from = NULL, *text = NULL;
  gsize size;

  trainer->vocab = g_build_filename (trainer->folder, "vocab.txt", NULL);
  if (get_text (setup) != NULL) {
    text = guise_pretrained_start_read_vocabulary (setup->pretrained, &size, error);
  } else if (setup->from != NULL) {
    from = g_build_filename (setup->from, "vocab.txt", NULL);
    text = guise_read_file (from, GUISE_WORDPIECE_MAX_BYTES, &size, error);
  } else {
    return guise_trainer_make_vocabulary (trainer, &setup->config, cancellable, error);
  }
  return text != NULL && guise_atomic_write (trainer->vocab, text, size, error);
}

/* Fills the folder while it has its temporary name. */
static gboolean
fill_run (GuiseTrainer *trainer, const GuiseTrainerSetup *setup, GCancellable *cancellable,
          GError **error)
{
  g_autofree char *config = g_build_filename (trainer->folder, "config.json", NULL);
  g_autofree char *checkpoints = g_build_filename (trainer->folder, "checkpoints", NULL);

  trainer->split = guise_train_split_new (trainer->options.data, setup->splits);
  if (trainer->split->train->len == 0)
    return refuse (error, "no image is in the split '%s'", trainer->info->splits);
  if (!guise_folder_make (checkpoints, error))
    return FALSE;
  trainer->lock = guise_run_lock (trainer->folder, error);
  if (trainer->lock < 0 || !start_vocabulary (trainer, setup, cancellable, error)
      || !build_engine (trainer, &setup->config, error)
      || !start_values (trainer, setup, error)
      || !guise_trainer_load_data (trainer, cancellable, error))
    return FALSE;
  trainer->info->data = guise_trainer_hash_data (trainer);
  guise_trainer_record_program (trainer);
  return guise_config_save (&setup->config, config, error)
         && guise_trainer_save_info (trainer, GUISE_RUN_RUNNING, NULL, error)
         && guise_trainer_save (trainer, error) && guise_folder_sync (trainer->folder, error);
}

/* Gives the folder its name. */
static gboolean
put_run (GuiseTrainer *trainer, GError **error)
{
  g_autofree char *path
      = g_build_filename (trainer->options.runs_folder, trainer->options.name, NULL);
  g_autoptr (GError) local = NULL;

  if (guise_folder_put (trainer->folder, path, TRUE, &local)) {
    g_free (trainer->folder);
    g_free (trainer->vocab);
    trainer->folder = g_steal_pointer (&path);
    trainer->vocab = g_build_filename (trainer->folder, "vocab.txt", NULL);
    return TRUE;
  }
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_EXISTS))
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_EXISTS,
                 "cannot create run '%s': there is one of that name", trainer->options.name);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static gboolean
check_free (const GuiseTrainerOptions *options, GError **error)
{
  g_autofree char *path = g_build_filename (options->runs_folder, options->name, NULL);

  if (!guise_run_check_name (options->name, error))
    return FALSE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_EXISTS,
               "cannot create run '%s': there is one of that name", options->name);
  return FALSE;
}

GuiseTrainer *
guise_trainer_create (const GuiseTrainerOptions *options, const GuiseTrainerSetup *setup,
                      GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainer) trainer = NULL;
  g_autofree char *hidden = NULL;

  if (!check_free (options, error) || !guise_trainer_check_setup (setup, error)
      || !guise_folder_make (options->runs_folder, error))
    return NULL;
  guise_run_sweep_runs (options->runs_folder);
  trainer = trainer_new (options);
  hidden = g_strdup_printf (".%s.%d.part", options->name, (int)getpid ());
  trainer->folder = g_build_filename (options->runs_folder, hidden, NULL);
  fill_info (trainer, setup);
  if (fill_run (trainer, setup, cancellable, error) && put_run (trainer, error)) {
    guise_trainer_report_data (trainer);
    guise_trainer_note_precision (trainer);
    guise_trainer_call_peers (trainer);
    if (guise_trainer_compare_data (trainer, error))
      return g_steal_pointer (&trainer);
  }
  guise_folder_remove (trainer->folder, NULL);
  return NULL;
}

/* ----------------------------------------------------------------- an old run */

static gboolean
open_run (GuiseTrainer *trainer, GError **error)
{
  const GuiseTrainerOptions *options = &trainer->options;

  if (!guise_run_check_name (options->name, error))
    return FALSE;
  trainer->folder = g_build_filename (options->runs_folder, options->name, NULL);
  trainer->vocab = g_build_filename (trainer->folder, "vocab.txt", NULL);
  if (!g_file_test (trainer->folder, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NOT_FOUND, "no run '%s' in '%s'",
                 options->name, options->runs_folder);
    return FALSE;
  }
  trainer->lock = guise_run_lock (trainer->folder, error);
  if (trainer->lock < 0)
    return FALSE;
  guise_run_sweep_checkpoints (trainer->folder);
  trainer->info = guise_run_info_load (trainer->folder, error);
  if (trainer->info == NULL)
    return FALSE;
  if (trainer->info->state != GUISE_RUN_DONE)
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_FINISHED,
               "run '%s' is done: there is nothing to resume", options->name);
  return FALSE;
}

GuiseTrainer *
guise_trainer_resume (const GuiseTrainerOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainer) trainer = trainer_new (options);
  g_autofree char *path = NULL, *data = NULL;
  GuiseConfig config;
  guint splits;

  if (!open_run (trainer, error))
    return NULL;
  path = g_build_filename (trainer->folder, "config.json", NULL);
  splits = guise_train_split_parse (trainer->info->splits, error);
  if (splits == 0 || !guise_config_load (&config, path, error)
      || !guise_model_check_memory (&config, error))
    return NULL;
  if (trainer->options.n_threads == 0)
    trainer->options.n_threads = trainer->info->n_threads;
  trainer->split = guise_train_split_new (options->data, splits);
  if (!build_engine (trainer, &config, error) || !guise_trainer_load (trainer, error)
      || !guise_trainer_load_data (trainer, cancellable, error))
    return NULL;
  data = guise_trainer_hash_data (trainer);
  guise_trainer_report_data (trainer);
  guise_trainer_compare_with_before (trainer, data);
  guise_trainer_note_precision (trainer);
  g_free (trainer->info->data);
  trainer->info->data = g_steal_pointer (&data);
  guise_trainer_record_program (trainer);
  guise_trainer_call_peers (trainer);
  return guise_trainer_compare_data (trainer, error) ? g_steal_pointer (&trainer) : NULL;
}

/* The first process's checkpoint. */
static gboolean
read_joined (GuiseTrainer *trainer, guint64 step, GError **error)
{
  g_autofree char *path = guise_run_get_checkpoint_path (trainer->folder, step);
  const GuiseCheckpoint checkpoint
      = { trainer->model, trainer->optimiser, &trainer->gradnorm,
          &trainer->state, trainer->info->seed, trainer->vocab, NULL };

  return guise_checkpoint_read (&checkpoint, path, NULL, NULL, error);
}

GuiseTrainer *
guise_trainer_join (const GuiseTrainerOptions *options, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainer) trainer = trainer_new (options);
  g_autofree char *path = NULL;
  GuiseConfig config;
  guint64 step;
  guint splits;

  trainer->options.name = trainer->joined = guise_trainer_await (options->crew, &step);
  trainer->folder = g_build_filename (options->runs_folder, trainer->joined, NULL);
  trainer->vocab = g_build_filename (trainer->folder, "vocab.txt", NULL);
  path = g_build_filename (trainer->folder, "config.json", NULL);
  trainer->info = guise_run_info_load (trainer->folder, error);
  splits = trainer->info != NULL ? guise_train_split_parse (trainer->info->splits, error) : 0;
  if (splits == 0
      || !guise_config_load (&config, path, error) || !guise_model_check_memory (&config, error))
    return NULL;
  trainer->split = guise_train_split_new (options->data, splits);
  if (!build_engine (trainer, &config, error) || !read_joined (trainer, step, error)
      || !guise_trainer_load_data (trainer, cancellable, error)
      || !guise_trainer_compare_data (trainer, error))
    return NULL;
  guise_trainer_record_program (trainer);
  return g_steal_pointer (&trainer);
}

/* -------------------------------------------------------------------- queries */

const GuiseRunInfo *
guise_trainer_get_info (const GuiseTrainer *trainer)
{
  return trainer->info;
}

const char *
guise_trainer_get_folder (const GuiseTrainer *trainer)
{
  return trainer->folder;
}

const GuiseModel *
guise_trainer_get_model (const GuiseTrainer *trainer)
{
  return trainer->model;
}

gsize
guise_trainer_get_n_allocations (const GuiseTrainer *trainer)
{
  return guise_stepper_get_n_allocations (trainer->stepper);
}

const GuiseTrainerTimes *
guise_trainer_get_times (const GuiseTrainer *trainer)
{
  return &trainer->times;
}
