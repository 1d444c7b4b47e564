#include "guise-trainer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-outfits.h"
#include "guise-read-file.h"
#include "guise-trainer-private.h"
#include "guise-wordpiece-train.h"
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

/* ----------------------------------------------------------------------- data */

typedef struct {
  GuiseTrainer *trainer;
  const char *what;
  gint64 started, shown;
} Progress;

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  Progress *progress = user_data;
  gint64 now = g_get_monotonic_time ();
  double rate = (double)done * G_USEC_PER_SEC / (double)MAX (now - progress->started, 1);
  json_t *event;

  if (done < total && now - progress->shown < G_USEC_PER_SEC / 5)
    return;
  progress->shown = now;
  event = json_pack ("{s:s, s:s, s:I, s:I}", "event", "progress", "what", progress->what, "done",
                     (json_int_t)done, "total", (json_int_t)total);
  if (done > 0) {
    json_object_set_new (event, "per_s", json_real (rate));
    json_object_set_new (event, "eta_s", json_real ((double)(total - done) / rate));
  }
  guise_trainer_emit (progress->trainer, event, FALSE);
}

static void
begin_progress (Progress *progress, const char *what)
{
  progress->what = what;
  progress->started = g_get_monotonic_time ();
  progress->shown = 0;
}

static void
show_token_progress (const char *what, guint64 done, guint64 total, gpointer user_data)
{
  Progress *progress = user_data;

  if (g_strcmp0 (what, progress->what) != 0 || done == 0)
    begin_progress (progress, what);
  show_progress (done, total, progress);
}

static void
show_token_warning (const char *message, gpointer user_data)
{
  const Progress *progress = user_data;

  guise_trainer_warn (progress->trainer, "%s", message);
}

/* Beside the runs, for all of them. */
static gboolean
open_cache (GuiseTrainer *trainer, Progress *progress, GCancellable *cancellable, GError **error)
{
  g_autofree char *project = g_path_get_dirname (trainer->options.runs_folder);
  g_autofree char *folder = g_build_filename (project, "tokens", NULL);
  const GuiseTokenListener listener = { show_token_progress, show_token_warning, progress };

  if (!trainer->model->config.train.cache_tokens)
    return TRUE;
  trainer->cache = guise_token_cache_open (folder, trainer->model, trainer->team, &listener,
                                           cancellable, error);
  return trainer->cache != NULL;
}

/* A validation split without a usable image is none at all. */
static gboolean
accept_no_validation (GuiseTrainer *trainer, GError *problem, GError **error)
{
  if (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    g_propagate_error (error, problem);
    return FALSE;
  }
  guise_trainer_warn (trainer, "validation: %s", problem->message);
  g_error_free (problem);
  return TRUE;
}

static gboolean
load_sets (GuiseTrainer *trainer, const GuiseConfig *config, GCancellable *cancellable,
           GError **error)
{
  const GuiseTrainerOptions *options = &trainer->options;
  g_autoptr (GuiseWordpiece) wordpiece = guise_wordpiece_load (trainer->vocab, error);
  Progress progress = { .trainer = trainer };
  guint64 budget
      = options->pixel_budget > 0 ? options->pixel_budget : GUISE_TRAINER_PIXEL_BUDGET;
  gsize bytes = 3 * config->vision.image_size[0] * config->vision.image_size[1];
  GError *problem = NULL;

  if (wordpiece == NULL)
    return FALSE;
  if ((gsize)guise_wordpiece_get_n_tokens (wordpiece) > config->text.vocab_size)
    return refuse (error, "'%s' has %d entries, the configuration %zu", trainer->vocab,
                   guise_wordpiece_get_n_tokens (wordpiece), config->text.vocab_size);
  trainer->outfits = g_new (gint64, options->data->n_images + 1);
  guise_outfits_assign (options->data, trainer->outfits);
  trainer->by_outfit
      = guise_outfits_prevail (options->data, trainer->outfits, trainer->split->val);
  if (!open_cache (trainer, &progress, cancellable, error))
    return FALSE;
  begin_progress (&progress, "reading training images");
  trainer->train = guise_train_set_new (options->data, trainer->split->train, trainer->outfits,
                                        wordpiece, config, &options->source, trainer->cache, budget,
                                        FALSE, show_progress, &progress, cancellable, error);
  if (trainer->train == NULL)
    return FALSE;
  if (trainer->split->val->len == 0 || !guise_trainer_is_first (trainer))
    return TRUE;
  if (trainer->train->pixels != NULL)
    budget -= MIN (budget, trainer->train->n_images * bytes);
  begin_progress (&progress, "reading validation images");
  trainer->val = guise_train_set_new (options->data, trainer->split->val, trainer->outfits,
                                      wordpiece, config, &options->source, trainer->cache, budget,
                                      TRUE, show_progress, &progress, cancellable, &problem);
  return trainer->val != NULL || accept_no_validation (trainer, problem, error);
}

/* What the training sees, in one number. */
static void
hash_set (GChecksum *checksum, const GuiseTrainSet *set)
{
  const GuiseTrainingData *data = set->data;

  for (gsize i = 0; i < set->n_images; i++) {
    gsize source = set->index[i];
    const gint64 labels[] = { data->dataset_ids[source], set->person[i], set->outfit[i] };

    g_checksum_update (checksum, (const guchar *)labels, sizeof labels);
    g_checksum_update (checksum, (const guchar *)data->paths[source],
                       (gssize)strlen (data->paths[source]) + 1);
    for (gsize c = data->caption_start[source]; c < data->caption_start[source + 1]; c++) {
      g_checksum_update (checksum, &data->caption_kinds[c], 1);
      g_checksum_update (checksum, (const guchar *)data->texts[c],
                         (gssize)strlen (data->texts[c]) + 1);
    }
  }
}

static char *
hash_data (const GuiseTrainer *trainer)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  hash_set (checksum, trainer->train);
  if (trainer->val != NULL)
    hash_set (checksum, trainer->val);
  return g_strdup (g_checksum_get_string (checksum));
}

/* Learns the vocabulary from all texts of the training images. */
static gboolean
make_vocabulary (GuiseTrainer *trainer, const GuiseConfig *config, GCancellable *cancellable,
                 GError **error)
{
  const GuiseTrainingData *data = trainer->options.data;
  g_autoptr (GPtrArray) texts = g_ptr_array_new (), tokens = NULL;

  for (guint m = 0; m < trainer->split->train->len; m++) {
    gsize i = g_array_index (trainer->split->train, gsize, m);

    for (gsize c = data->caption_start[i]; c < data->caption_start[i + 1]; c++)
      g_ptr_array_add (texts, (char *)data->texts[c]);
  }
  tokens = guise_wordpiece_train ((const char *const *)texts->pdata, texts->len,
                                  config->text.vocab_size, cancellable, error);
  return tokens != NULL && guise_wordpiece_save (trainer->vocab, tokens, error);
}

/* ----------------------------------------------------------------- the engine */

static gboolean
build_engine (GuiseTrainer *trainer, const GuiseConfig *config, GError **error)
{
  trainer->team = nn_team_create (trainer->options.n_threads);
  if (trainer->team == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot start %u compute threads",
                 trainer->options.n_threads);
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

/* With the model's values in place: frozen encoders may be asked for what they give. */
static gboolean
load_data (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  if (!load_sets (trainer, &trainer->model->config, cancellable, error))
    return FALSE;
  if (trainer->val != NULL)
    trainer->validation = guise_validation_new (trainer->val, trainer->by_outfit, trainer->model,
                                                trainer->team);
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
    return make_vocabulary (trainer, &setup->config, cancellable, error);
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
      || !start_values (trainer, setup, error) || !load_data (trainer, cancellable, error))
    return FALSE;
  trainer->info->data = hash_data (trainer);
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
      || !load_data (trainer, cancellable, error))
    return NULL;
  data = hash_data (trainer);
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
      || !load_data (trainer, cancellable, error) || !guise_trainer_compare_data (trainer, error))
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
