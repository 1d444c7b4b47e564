#include "guise-loader.h"

#include <string.h>

#include "guise-augment.h"
#include "guise-stream.h"

enum { AHEAD = 3, /* batches that may be ready beyond the one in use */
       PAGE = 4096 };

typedef struct {
  GuiseLoadedBatch loaded;
  const guint16 **tokens; /* [B], where visual tokens are kept */
  const float **features; /* [3B], where features of texts are kept */
  gint32 *ids[GUISE_N_TEXTS];
  gsize *start[GUISE_N_TEXTS];
  gint64 *person, *outfit;
  gboolean *decoded; /* [B] */
  GError *error;     /* nothing decoded */
  gboolean ready;    /* holds the batch of loaded.step */
} Slot;

struct _GuiseLoader {
  const GuiseTrainSet *set;
  const GuiseConfig *config;
  guint64 seed, end;
  gsize persons, images_per_person, size, pixels;
  gsize from, to; /* whose pictures are prepared */
  gsize n_slots;
  Slot *slots; /* step s lies in slot s mod n_slots */

  GMutex lock; /* of the rest */
  GCond changed;
  guint64 next_to_make, next_to_take;
  gboolean stop;
  GPtrArray *threads;
  gint64 waited; /* µs */
};

/* ------------------------------------------------------------------ one batch */

/* What one loader thread works with. */
typedef struct {
  GuiseSampler *sampler;
  guint8 *decoded, *shifted; /* one picture each */
} Worker;

static gboolean
is_sided (const GuiseTrainSet *set, const GuiseSample *sample)
{
  for (gsize k = 0; k < GUISE_N_TEXTS; k++)
    if (set->sided[sample->text[k]])
      return TRUE;
  return FALSE;
}

/* Reads a byte of every page, so that the compute thread need not wait for the disk. */
static void
touch (gconstpointer memory, gsize size)
{
  volatile guint8 read;

  for (gsize i = 0; i < size; i += PAGE)
    read = ((const guint8 *)memory)[i];
  (void)read;
}

/* Of what may be done to a picture only mirroring is left to its tokens. */
static void
take_tokens (GuiseLoader *loader, Slot *slot, gsize s)
{
  const GuiseTrainSet *set = loader->set;
  const GuiseSample *sample = &slot->loaded.samples[s];
  GuiseAugmentation augmentation;

  guise_augmentation_draw (&augmentation, loader->config, loader->seed, slot->loaded.step, s,
                           is_sided (set, sample));
  slot->tokens[s] = set->visual[set->visual[1] != NULL && augmentation.flip][sample->image];
  slot->decoded[s] = TRUE;
  touch (slot->tokens[s], guise_config_get_n_patches (loader->config)
                              * loader->config->vision.hidden_size * sizeof (guint16));
}

static void
make_picture (GuiseLoader *loader, Worker *worker, Slot *slot, gsize s)
{
  const GuiseTrainSet *set = loader->set;
  const GuiseSample *sample = &slot->loaded.samples[s];
  g_autoptr (GError) error = NULL;
  const guint8 *rgb = guise_train_set_get_pixels (set, sample->image, worker->decoded, &error);
  GuiseAugmentation augmentation;

  slot->decoded[s] = rgb != NULL;
  if (rgb == NULL) {
    if (slot->error == NULL)
      slot->error = g_steal_pointer (&error);
    return;
  }
  guise_augmentation_draw (&augmentation, loader->config, loader->seed, slot->loaded.step, s,
                           is_sided (set, sample));
  guise_augmentation_apply (&augmentation, slot->loaded.images + s * loader->pixels, rgb,
                            worker->shifted, set->width, set->height);
}

/* Puts the next sample that decoded, counted in a circle, in the place of each that did not. */
static void
replace_missing (GuiseLoader *loader, Slot *slot)
{
  gsize from = loader->from, to = loader->to, n_good = 0;

  for (gsize s = from; s < to; s++)
    n_good += slot->decoded[s];
  slot->loaded.n_replaced = to - from - n_good;
  if (n_good == 0)
    return;
  g_clear_error (&slot->error);
  for (gsize s = from; s < to; s++) {
    gsize other = s;

    while (!slot->decoded[other])
      other = other + 1 < to ? other + 1 : from;
    if (other == s)
      continue;
    slot->loaded.samples[s] = slot->loaded.samples[other];
    memcpy (slot->loaded.images + s * loader->pixels, slot->loaded.images + other * loader->pixels,
            loader->pixels * sizeof (nn_real));
  }
}

static void
lay_out (GuiseLoader *loader, Slot *slot)
{
  const GuiseTrainSet *set = loader->set;

  for (gsize s = 0; s < loader->size; s++) {
    slot->person[s] = set->person[slot->loaded.samples[s].image];
    slot->outfit[s] = set->outfit[slot->loaded.samples[s].image];
  }
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    gsize n = 0;

    slot->start[k][0] = 0;
    for (gsize s = 0; s < loader->size; s++) {
      gsize text = slot->loaded.samples[s].text[k];
      gsize length = set->token_start[text + 1] - set->token_start[text];

      memcpy (slot->ids[k] + n, set->tokens + set->token_start[text], length * sizeof (gint32));
      if (set->features != NULL)
        slot->features[k * loader->size + s] = set->features[text];
      slot->start[k][s + 1] = n += length;
    }
  }
}

static void
make_batch (GuiseLoader *loader, Worker *worker, guint64 step, Slot *slot)
{
  slot->loaded.step = step;
  slot->loaded.batch.labels.seed = guise_stream_key (loader->seed, GUISE_STREAM_STEP, step);
  guise_sampler_draw (worker->sampler, step, slot->loaded.samples);
  for (gsize s = loader->from; s < loader->to; s++)
    if (loader->set->visual[0] != NULL)
      take_tokens (loader, slot, s);
    else
      make_picture (loader, worker, slot, s);
  replace_missing (loader, slot);
  lay_out (loader, slot);
}

/* -------------------------------------------------------------------- threads */

/* Takes the number of the next batch to make once its slot is free; FALSE at the end. */
static gboolean
claim (GuiseLoader *loader, guint64 *step)
{
  gboolean more;

  g_mutex_lock (&loader->lock);
  while (!loader->stop && loader->next_to_make < loader->end
         && loader->next_to_make >= loader->next_to_take + loader->n_slots - 1)
    g_cond_wait (&loader->changed, &loader->lock);
  more = !loader->stop && loader->next_to_make < loader->end;
  if (more)
    *step = loader->next_to_make++;
  g_mutex_unlock (&loader->lock);
  return more;
}

static gpointer
work (gpointer data)
{
  GuiseLoader *loader = data;
  gsize bytes = 3 * loader->set->width * loader->set->height;
  Worker worker = { guise_sampler_new (loader->set, loader->persons, loader->images_per_person,
                                       loader->seed),
                    g_malloc (bytes), g_malloc (bytes) };
  guint64 step;

  while (claim (loader, &step)) {
    Slot *slot = &loader->slots[step % loader->n_slots];

    make_batch (loader, &worker, step, slot);
    g_mutex_lock (&loader->lock);
    slot->ready = TRUE;
    g_cond_broadcast (&loader->changed);
    g_mutex_unlock (&loader->lock);
  }
  guise_sampler_free (worker.sampler);
  g_free (worker.decoded);
  g_free (worker.shifted);
  return NULL;
}

/* ------------------------------------------------------------- life and death */

static void
init_slot (GuiseLoader *loader, Slot *slot)
{
  gsize size = loader->size;

  if (loader->set->visual[0] != NULL)
    slot->loaded.batch.tokens = slot->tokens = g_new0 (const guint16 *, size);
  else
    slot->loaded.images = g_new0 (nn_real, size * loader->pixels);
  if (loader->set->features != NULL)
    slot->loaded.batch.features = slot->features = g_new0 (const float *, GUISE_N_TEXTS *size);
  slot->loaded.samples = g_new0 (GuiseSample, size);
  slot->person = g_new0 (gint64, size);
  slot->outfit = g_new0 (gint64, size);
  slot->decoded = g_new0 (gboolean, size);
  slot->loaded.batch.images = slot->loaded.images;
  slot->loaded.batch.labels
      = (GuiseLabels){ .size = size, .person = slot->person, .outfit = slot->outfit };
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    slot->ids[k] = g_new0 (gint32, size * loader->set->longest);
    slot->start[k] = g_new0 (gsize, size + 1);
    slot->loaded.batch.texts[k].ids = slot->ids[k];
    slot->loaded.batch.texts[k].start = slot->start[k];
  }
}

static void
clear_slot (Slot *slot)
{
  g_free (slot->loaded.images);
  g_free (slot->tokens);
  g_free (slot->features);
  g_free (slot->loaded.samples);
  g_free (slot->person);
  g_free (slot->outfit);
  g_free (slot->decoded);
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    g_free (slot->ids[k]);
    g_free (slot->start[k]);
  }
  g_clear_error (&slot->error);
}

GuiseLoader *
guise_loader_new (const GuiseTrainSet *set, const GuiseConfig *config, guint64 seed, guint64 first,
                  guint64 end, guint n_threads, gsize rank, gsize n_ranks)
{
  GuiseLoader *loader = g_new0 (GuiseLoader, 1);

  if (n_threads == 0)
    n_threads = set->pixels != NULL || set->visual[0] != NULL
                    ? 1
                    : MAX (guise_decoder_get_n_processes (set->source.decoder), 1);
  loader->set = set;
  loader->config = config;
  loader->seed = seed;
  loader->end = end;
  loader->next_to_make = loader->next_to_take = first;
  loader->persons = config->train.persons;
  loader->images_per_person = config->train.images_per_person;
  loader->size = MIN (loader->persons, set->n_persons) * loader->images_per_person;
  loader->pixels = 3 * set->width * set->height;
  guise_peers_share (loader->size, rank, n_ranks, &loader->from, &loader->to);
  loader->n_slots = MAX (AHEAD, n_threads) + 1;
  loader->slots = g_new0 (Slot, loader->n_slots);
  for (gsize i = 0; i < loader->n_slots; i++)
    init_slot (loader, &loader->slots[i]);
  g_mutex_init (&loader->lock);
  g_cond_init (&loader->changed);
  loader->threads = g_ptr_array_new ();
  for (guint t = 0; t < n_threads; t++)
    g_ptr_array_add (loader->threads, g_thread_new ("loader", work, loader));
  return loader;
}

void
guise_loader_free (GuiseLoader *loader)
{
  if (loader == NULL)
    return;
  g_mutex_lock (&loader->lock);
  loader->stop = TRUE;
  g_cond_broadcast (&loader->changed);
  g_mutex_unlock (&loader->lock);
  for (guint t = 0; t < loader->threads->len; t++)
    g_thread_join (loader->threads->pdata[t]);
  g_ptr_array_unref (loader->threads);
  for (gsize i = 0; i < loader->n_slots; i++)
    clear_slot (&loader->slots[i]);
  g_free (loader->slots);
  g_mutex_clear (&loader->lock);
  g_cond_clear (&loader->changed);
  g_free (loader);
}

gsize
guise_loader_get_size (const GuiseLoader *loader)
{
  return loader->size;
}

/* The slot before the one that is handed out is free again: n_slots - 1 batches are ahead at most,
 * so nobody has written to it. */
GuiseLoadedBatch *
guise_loader_next (GuiseLoader *loader, GError **error)
{
  guint64 step = loader->next_to_take;
  Slot *slot = &loader->slots[step % loader->n_slots];
  gint64 before;

  g_return_val_if_fail (step < loader->end, NULL);
  g_mutex_lock (&loader->lock);
  before = g_get_monotonic_time ();
  while (!slot->ready)
    g_cond_wait (&loader->changed, &loader->lock);
  loader->waited += g_get_monotonic_time () - before;
  slot->ready = FALSE;
  loader->next_to_take++;
  g_cond_broadcast (&loader->changed);
  g_mutex_unlock (&loader->lock);
  if (slot->error != NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                 "no picture of the batch of step %" G_GUINT64_FORMAT " decodes: %s", step,
                 slot->error->message);
    g_clear_error (&slot->error);
    return NULL;
  }
  return &slot->loaded;
}

void
guise_loader_get_share (const GuiseLoader *loader, gsize *from, gsize *to)
{
  *from = loader->from;
  *to = loader->to;
}

void
guise_loader_lay_out (GuiseLoader *loader, GuiseLoadedBatch *loaded)
{
  lay_out (loader, &loader->slots[loaded->step % loader->n_slots]);
}

double
guise_loader_get_waited (const GuiseLoader *loader)
{
  return (double)loader->waited / 1e6;
}
