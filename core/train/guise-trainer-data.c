/* The data of a run: sets of images and texts, what is cached of them, the vocabulary. */
#include <string.h>

#include "guise-outfits.h"
#include "guise-trainer-private.h"
#include "guise-wordpiece-train.h"
#include "guise-wordpiece.h"

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
  if ((gsize)guise_wordpiece_get_n_tokens (wordpiece) > config->text.vocab_size) {
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP,
                 "'%s' has %d entries, the configuration %zu", trainer->vocab,
                 guise_wordpiece_get_n_tokens (wordpiece), config->text.vocab_size);
    return FALSE;
  }
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

gboolean
guise_trainer_load_data (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  if (!load_sets (trainer, &trainer->model->config, cancellable, error))
    return FALSE;
  if (trainer->val != NULL)
    trainer->validation = guise_validation_new (trainer->val, trainer->by_outfit, trainer->model,
                                                trainer->team);
  return TRUE;
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

char *
guise_trainer_hash_data (const GuiseTrainer *trainer)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  hash_set (checksum, trainer->train);
  if (trainer->val != NULL)
    hash_set (checksum, trainer->val);
  return g_strdup (g_checksum_get_string (checksum));
}

gboolean
guise_trainer_make_vocabulary (GuiseTrainer *trainer, const GuiseConfig *config,
                               GCancellable *cancellable, GError **error)
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
