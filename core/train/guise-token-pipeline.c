/* Computing what a token cache lacks of a set's images. */
#include "guise-token-cache-private.h"

#include <string.h>

#include "guise-half.h"
#include "guise-pixels.h"
#include "guise-run-folder.h"

enum { PORTION = 16, /* pictures computed at a time: what a stop waits for */
       N_SLOTS = 2 };

/* An image in one of its variants. */
typedef struct {
  gsize image;
  guint variant;
} Wanted;

typedef struct {
  nn_real *planes; /* [PORTION,3,H,W] */
  gboolean *bad;   /* [PORTION] */
  gsize n_ready;
} Slot;

typedef struct {
  GuiseTokenSearch *search;
  const GArray *wanted; /* of Wanted */
  GMutex lock;          /* of the rest */
  GCond changed;
  gsize next;  /* the first of wanted that no thread has taken */
  gsize first; /* of the portion that is awaited or computed */
  gboolean stop;
  Slot slots[N_SLOTS];
} Pipeline;

/* Every item once, though images may be the same. Those that were found damaged are wanted; those
 * that another process has added since are not. */
static GArray *
list_wanted (const GuiseTokenSearch *search)
{
  const GuiseTokenCache *cache = search->cache;
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (Wanted));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize i = 0; i < search->set->n_images; i++)
    for (guint v = 0; v < cache->n_variants && !search->failed[i]; v++) {
      const Wanted one = { i, v };
      guint8 key[GUISE_FEATURE_KEY];

      if (search->good[i] >> v & 1)
        continue;
      guise_token_search_make_key (search, i, v, key);
      if (!guise_feature_file_verify (cache->vision, key)
          && g_hash_table_add (seen, g_base64_encode (key, sizeof key)))
        g_array_append_val (wanted, one);
    }
  return wanted;
}

static gsize
count_pixels (const GuiseTrainSet *set)
{
  return 3 * set->width * set->height;
}

static void
prepare (Pipeline *pipeline, gsize k, guint8 *rgb)
{
  GuiseTokenSearch *search = pipeline->search;
  const GuiseTrainSet *set = search->set;
  const Wanted *one = &g_array_index (pipeline->wanted, Wanted, k);
  Slot *slot = &pipeline->slots[k / PORTION % N_SLOTS];
  nn_real *planes = slot->planes + k % PORTION * count_pixels (set);
  g_autoptr (GError) error = NULL;
  gboolean good
      = guise_train_set_decode (set, set->index[one->image], rgb, search->cancellable, &error);

  if (good && one->variant == 1)
    guise_pixels_flip (rgb, set->width, set->height);
  if (good)
    guise_pixels_to_planes (planes, rgb, set->width, set->height);
  else
    memset (planes, 0, count_pixels (set) * sizeof *planes);
  g_mutex_lock (&pipeline->lock);
  slot->bad[k % PORTION] = !good;
  slot->n_ready++;
  if (!good && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    guise_token_search_note_failed (search, one->image, error);
  g_cond_broadcast (&pipeline->changed);
  g_mutex_unlock (&pipeline->lock);
}

static gboolean
take_next (Pipeline *pipeline, gsize *k)
{
  gboolean more;

  g_mutex_lock (&pipeline->lock);
  while (!pipeline->stop && pipeline->next < pipeline->wanted->len
         && pipeline->next >= pipeline->first + N_SLOTS * PORTION)
    g_cond_wait (&pipeline->changed, &pipeline->lock);
  more = !pipeline->stop && pipeline->next < pipeline->wanted->len;
  if (more)
    *k = pipeline->next++;
  g_mutex_unlock (&pipeline->lock);
  return more;
}

static gpointer
decode_some (gpointer data)
{
  Pipeline *pipeline = data;
  g_autofree guint8 *rgb = g_malloc (count_pixels (pipeline->search->set));
  gsize k;

  while (take_next (pipeline, &k))
    prepare (pipeline, k, rgb);
  return NULL;
}

/* A large number that trains well may be too large for a half. */
static gboolean
keep_item (const GuiseTokenSearch *search, const Wanted *one, const guint16 *item, GError **error)
{
  GuiseFeatureFile *file = search->cache->vision;
  guint8 key[GUISE_FEATURE_KEY];

  if (!guise_halves_are_finite (item, guise_feature_file_get_item_bytes (file) / sizeof *item)) {
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED,
                 "cannot cache tokens of '%s': they are beyond half precision, or no numbers; see "
                 "to the weights of the images' encoder, or train with train.cache_tokens = false",
                 search->set->data->paths[search->set->index[one->image]]);
    return FALSE;
  }
  guise_token_search_make_key (search, one->image, one->variant, key);
  return guise_feature_file_add (file, key, item, error);
}

/* Computes a portion that is ready and keeps it. */
static gboolean
keep_portion (Pipeline *pipeline, gsize first, gsize n, guint16 *tokens, GError **error)
{
  GuiseTokenSearch *search = pipeline->search;
  GuiseTokenCache *cache = search->cache;
  Slot *slot = &pipeline->slots[first / PORTION % N_SLOTS];
  gsize bytes = guise_feature_file_get_item_bytes (cache->vision);
  const GuiseImageOutputs out = { .half = tokens };

  guise_embedder_embed_images (cache->embedder, slot->planes, n, &out);
  for (gsize k = 0; k < n; k++)
    if (!slot->bad[k]
        && !keep_item (search, &g_array_index (pipeline->wanted, Wanted, first + k),
                       tokens + k * bytes / sizeof *tokens, error))
      return FALSE;
  return guise_feature_file_flush (cache->vision, error);
}

static gboolean
compute (Pipeline *pipeline, GError **error)
{
  GuiseTokenCache *cache = pipeline->search->cache;
  g_autofree guint16 *tokens
      = g_malloc (PORTION * guise_feature_file_get_item_bytes (cache->vision));

  for (gsize first = 0; first < pipeline->wanted->len; first += PORTION) {
    gsize n = MIN (PORTION, pipeline->wanted->len - first);
    Slot *slot = &pipeline->slots[first / PORTION % N_SLOTS];

    guise_token_cache_report (cache, "caching visual tokens", first, pipeline->wanted->len);
    g_mutex_lock (&pipeline->lock);
    while (slot->n_ready < n)
      g_cond_wait (&pipeline->changed, &pipeline->lock);
    g_mutex_unlock (&pipeline->lock);
    if (g_cancellable_set_error_if_cancelled (pipeline->search->cancellable, error)
        || !keep_portion (pipeline, first, n, tokens, error))
      return FALSE;
    g_mutex_lock (&pipeline->lock);
    slot->n_ready = 0;
    pipeline->first = first + PORTION;
    g_cond_broadcast (&pipeline->changed);
    g_mutex_unlock (&pipeline->lock);
  }
  guise_token_cache_report (cache, "caching visual tokens", pipeline->wanted->len,
                            pipeline->wanted->len);
  return TRUE;
}

static void
pipeline_init (Pipeline *pipeline, GuiseTokenSearch *search, const GArray *wanted)
{
  *pipeline = (Pipeline){ .search = search, .wanted = wanted };
  g_mutex_init (&pipeline->lock);
  g_cond_init (&pipeline->changed);
  for (gsize s = 0; s < N_SLOTS; s++) {
    pipeline->slots[s].planes = g_new (nn_real, PORTION * count_pixels (search->set));
    pipeline->slots[s].bad = g_new0 (gboolean, PORTION);
  }
}

static void
pipeline_clear (Pipeline *pipeline)
{
  for (gsize s = 0; s < N_SLOTS; s++) {
    g_free (pipeline->slots[s].planes);
    g_free (pipeline->slots[s].bad);
  }
  g_mutex_clear (&pipeline->lock);
  g_cond_clear (&pipeline->changed);
}

static gboolean
run_threads (Pipeline *pipeline, GError **error)
{
  GuiseDecoder *decoder = pipeline->search->set->source.decoder;
  guint n_threads = MAX (guise_decoder_get_n_processes (decoder), 1);
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  gboolean good;

  for (guint t = 0; t < n_threads; t++)
    threads[t] = g_thread_new ("decode", decode_some, pipeline);
  good = compute (pipeline, error);
  g_mutex_lock (&pipeline->lock);
  pipeline->stop = TRUE;
  g_cond_broadcast (&pipeline->changed);
  g_mutex_unlock (&pipeline->lock);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads[t]);
  return good;
}

gboolean
guise_token_pipeline_run (GuiseTokenSearch *search, GError **error)
{
  GuiseTokenCache *cache = search->cache;
  g_autoptr (GArray) wanted = list_wanted (search);
  Pipeline pipeline;
  gboolean good;

  if (!guise_token_cache_check_space (
          cache->folder, wanted->len * guise_feature_file_get_item_bytes (cache->vision), error))
    return FALSE;
  cache->embedder = guise_embedder_new (cache->model, cache->team);
  pipeline_init (&pipeline, search, wanted);
  good = run_threads (&pipeline, error);
  pipeline_clear (&pipeline);
  g_clear_pointer (&cache->embedder, guise_embedder_free);
  return good;
}
