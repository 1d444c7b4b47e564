#include "guise-token-cache.h"

#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "guise-feature-file.h"
#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-pixels.h"
#include "guise-read-file.h"

enum { PORTION = 16, /* pictures computed at a time: what a stop waits for */
       N_SLOTS = 2,
       TEXTS = 256,
       N_VARIANTS = 2 };

/* Left free on the disk for everything else. */
#define RESERVE ((guint64)64 << 20)

struct _GuiseTokenCache {
  const GuiseModel *model;
  NnTeam *team;
  GuiseEmbedder *embedder; /* while something is filled */
  GuiseTokenListener listener;
  char *folder;
  GuiseFeatureFile *vision, *text; /* text NULL = its encoder is trained */
  guint n_variants;
};

static void
report (GuiseTokenCache *cache, const char *what, guint64 done, guint64 total)
{
  if (cache->listener.progress != NULL)
    cache->listener.progress (what, done, total, cache->listener.user_data);
}

/* -------------------------------------------------------------------- opening */

static gsize
count_token_bytes (const GuiseConfig *config)
{
  return guise_config_get_n_patches (config) * config->vision.hidden_size * sizeof (guint16);
}

/* Whose tokens these are: all that decides them. */
static void
hash_encoder (const GuiseModel *model, GuiseGroup first, GuiseGroup last, guint8 *owner)
{
  const GuiseConfig *config = &model->config;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *text = g_strdup_printf (
      "%zux%zu %zu %zu %zu %g, %zu %zu %g", config->vision.image_size[0],
      config->vision.image_size[1], config->vision.patch_size, config->vision.layers,
      config->vision.heads, config->vision.layer_norm_eps, config->text.layers,
      config->text.heads, config->text.layer_norm_eps);
  gsize size = GUISE_FEATURE_KEY;

  g_checksum_update (checksum, (const guchar *)text, -1);
  if (guise_model_get_precision (model) != GUISE_PRECISION_FLOAT32)
    g_checksum_update (checksum, (const guchar *)", bfloat16", -1);
  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    if (spec->group < first || spec->group > last)
      continue;
    g_checksum_update (checksum, (const guchar *)spec->name, (gssize)strlen (spec->name));
    g_checksum_update (checksum, (const guchar *)(model->values + spec->offset),
                       (gssize)(spec->n * sizeof (nn_real)));
  }
  g_checksum_get_digest (checksum, owner, &size);
}

static GuiseFeatureFile *
open_file (GuiseTokenCache *cache, const char *kind, GuiseGroup first, GuiseGroup last,
           gsize item_bytes, GCancellable *cancellable, GError **error)
{
  guint8 owner[GUISE_FEATURE_KEY];
  g_autofree char *name = NULL, *path = NULL, *problem = NULL;
  GuiseFeatureFile *file;

  hash_encoder (cache->model, first, last, owner);
  name = g_strdup_printf ("%s-%02x%02x%02x%02x%02x%02x", kind, owner[0], owner[1], owner[2],
                          owner[3], owner[4], owner[5]);
  path = g_build_filename (cache->folder, name, NULL);
  file = guise_feature_file_open (path, owner, item_bytes, &problem, cancellable, error);
  if (problem != NULL && cache->listener.warning != NULL)
    cache->listener.warning (problem, cache->listener.user_data);
  return file;
}

GuiseTokenCache *
guise_token_cache_open (const char *folder, const GuiseModel *model, NnTeam *team,
                        const GuiseTokenListener *listener, GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (GuiseTokenCache) cache = g_new0 (GuiseTokenCache, 1);
  const GuiseConfig *config = &model->config;

  cache->model = model;
  cache->team = team;
  cache->listener = *listener;
  cache->folder = g_strdup (folder);
  cache->n_variants = config->train.augment.flip > 0 ? N_VARIANTS : 1;
  if (!guise_folder_make (folder, error))
    return NULL;
  cache->vision = open_file (cache, "images", GUISE_GROUP_VISION_FIRST, GUISE_GROUP_VISION_NORM,
                             count_token_bytes (config), cancellable, error);
  if (cache->vision == NULL)
    return NULL;
  if (config->train.train_text)
    return g_steal_pointer (&cache);
  cache->text = open_file (cache, "texts", GUISE_GROUP_TEXT, GUISE_GROUP_TEXT,
                           config->text.hidden_size * sizeof (float), cancellable, error);
  return cache->text != NULL ? g_steal_pointer (&cache) : NULL;
}

void
guise_token_cache_free (GuiseTokenCache *cache)
{
  if (cache == NULL)
    return;
  guise_feature_file_free (cache->vision);
  guise_feature_file_free (cache->text);
  g_free (cache->folder);
  g_free (cache);
}

/* ---------------------------------------------------------------------- space */

guint64
guise_token_cache_count_bytes (const GuiseConfig *config, gsize n_images, gsize n_texts)
{
  guint64 variants = config->train.augment.flip > 0 ? N_VARIANTS : 1,
          text = config->train.train_text ? 0 : config->text.hidden_size * sizeof (float);

  return n_images * variants * count_token_bytes (config) + n_texts * text;
}

gboolean
guise_token_cache_check_space (const char *folder, guint64 bytes, GError **error)
{
  const double gigabyte = 1e9;
  g_autofree char *place = g_strdup (folder);
  struct statvfs disk;
  guint64 available;

  while (!g_file_test (place, G_FILE_TEST_IS_DIR)) {
    char *parent = g_path_get_dirname (place);

    g_free (place);
    place = parent;
  }
  if (bytes == 0 || statvfs (place, &disk) != 0)
    return TRUE; /* writing will tell */
  available = (guint64)disk.f_bavail * disk.f_frsize;
  if (bytes + RESERVE <= available)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot cache visual tokens in '%s': they need %.1f GB more, %.1f GB are free; "
               "`guisectl cache clear` removes those of other weights, --set train.augment.flip=0 "
               "does without mirrored pictures, --set train.cache_tokens=false without the cache",
               folder, (double)bytes / gigabyte, (double)available / gigabyte);
  return FALSE;
}

/* --------------------------------------------------------- what is there already */

/* An image's key; the mirrored picture's is another one. */
static void
make_key (const guint8 *hash, guint variant, guint8 *key)
{
  memcpy (key, hash, GUISE_FEATURE_KEY);
  key[GUISE_FEATURE_KEY - 1] ^= (guint8)variant;
}

typedef struct {
  GuiseTokenCache *cache;
  const GuiseTrainSet *set;
  GCancellable *cancellable;
  guint8 *hashes; /* [n_images, GUISE_FEATURE_KEY] */
  guint8 *good;   /* [n_images]: bit 1 << variant where the item is there and whole */
  guint8 *failed; /* [n_images] */
  gsize next;     /* atomic */
  GMutex lock;    /* of the rest */
  GCond moved;
  gsize n_done, first_failed;
  char *message;
  guint n_working;
} Search;

static gboolean
hash_image (const GuiseTrainSet *set, gsize i, guint8 *hash, GError **error)
{
  const GuiseTrainingData *data = set->data;
  gsize source = set->index[i], size = 0, length = GUISE_FEATURE_KEY;
  g_autoptr (GuiseRoot) root
      = set->source.get_root (data->dataset_ids[source], set->source.user_data, error);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *bytes = NULL;
  int fd = root != NULL ? guise_root_open_file (root, data->paths[source], 0, error) : -1;

  if (fd < 0)
    return FALSE;
  bytes = guise_read_descriptor (fd, data->paths[source], GUISE_ROOT_MAX_BYTES, &size, error);
  close (fd);
  if (bytes == NULL)
    return FALSE;
  g_checksum_update (checksum, (const guchar *)bytes, (gssize)size);
  g_checksum_get_digest (checksum, hash, &length);
  return TRUE;
}

static void
note_failed (Search *search, gsize i, const GError *error)
{
  search->failed[i] = TRUE;
  if (search->message == NULL || i < search->first_failed) {
    search->first_failed = i;
    g_free (search->message);
    search->message = g_strdup (error->message);
  }
}

static gpointer
search_some (gpointer data)
{
  Search *search = data;
  gsize i;

  while ((i = (gsize)g_atomic_pointer_add (&search->next, 1)) < search->set->n_images
         && !g_cancellable_is_cancelled (search->cancellable)) {
    guint8 *hash = search->hashes + i * GUISE_FEATURE_KEY, key[GUISE_FEATURE_KEY];
    g_autoptr (GError) error = NULL;

    if (hash_image (search->set, i, hash, &error))
      for (guint v = 0; v < search->cache->n_variants; v++) {
        make_key (hash, v, key);
        if (guise_feature_file_verify (search->cache->vision, key))
          search->good[i] |= (guint8)(1u << v);
      }
    g_mutex_lock (&search->lock);
    search->n_done++;
    if (error != NULL)
      note_failed (search, i, error);
    g_cond_signal (&search->moved);
    g_mutex_unlock (&search->lock);
  }
  g_mutex_lock (&search->lock);
  search->n_working--;
  g_cond_signal (&search->moved);
  g_mutex_unlock (&search->lock);
  return NULL;
}

/* Reads every image's file and every item that is kept of it, on as many threads as decode. */
static void
look_up (Search *search)
{
  guint n_threads = MAX (guise_decoder_get_n_processes (search->set->source.decoder), 1);
  g_autofree GThread **threads = g_new (GThread *, n_threads);

  search->next = search->n_done = 0;
  search->n_working = n_threads;
  for (guint t = 0; t < n_threads; t++)
    threads[t] = g_thread_new ("tokens", search_some, search);
  g_mutex_lock (&search->lock);
  while (search->n_working > 0) {
    gsize n_done = search->n_done;

    g_mutex_unlock (&search->lock);
    report (search->cache, "looking for visual tokens", n_done, search->set->n_images);
    g_mutex_lock (&search->lock);
    while (search->n_working > 0 && search->n_done == n_done)
      g_cond_wait (&search->moved, &search->lock);
  }
  g_mutex_unlock (&search->lock);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads[t]);
}

/* ------------------------------------------------------------ what is missing */

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
  Search *search;
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
list_wanted (const Search *search)
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
      make_key (search->hashes + i * GUISE_FEATURE_KEY, v, key);
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
  Search *search = pipeline->search;
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
    note_failed (search, one->image, error);
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

/* Computes a portion that is ready and keeps it. */
static gboolean
keep_portion (Pipeline *pipeline, gsize first, gsize n, guint16 *tokens, GError **error)
{
  Search *search = pipeline->search;
  GuiseTokenCache *cache = search->cache;
  Slot *slot = &pipeline->slots[first / PORTION % N_SLOTS];
  gsize bytes = guise_feature_file_get_item_bytes (cache->vision);
  const GuiseImageOutputs out = { .half = tokens };

  guise_embedder_embed_images (cache->embedder, slot->planes, n, &out);
  for (gsize k = 0; k < n; k++) {
    const Wanted *one = &g_array_index (pipeline->wanted, Wanted, first + k);
    guint8 key[GUISE_FEATURE_KEY];

    make_key (search->hashes + one->image * GUISE_FEATURE_KEY, one->variant, key);
    if (!slot->bad[k]
        && !guise_feature_file_add (cache->vision, key, (char *)tokens + k * bytes, error))
      return FALSE;
  }
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

    report (cache, "caching visual tokens", first, pipeline->wanted->len);
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
  report (cache, "caching visual tokens", pipeline->wanted->len, pipeline->wanted->len);
  return TRUE;
}

/* Threads decode the next portion while all cores compute this one. */
static gboolean
run_pipeline (Search *search, const GArray *wanted, GError **error)
{
  guint n_threads = MAX (guise_decoder_get_n_processes (search->set->source.decoder), 1);
  g_autofree GThread **threads = g_new (GThread *, n_threads);
  Pipeline pipeline = { .search = search, .wanted = wanted };
  gboolean good;

  g_mutex_init (&pipeline.lock);
  g_cond_init (&pipeline.changed);
  for (gsize s = 0; s < N_SLOTS; s++) {
    pipeline.slots[s].planes = g_new (nn_real, PORTION * count_pixels (search->set));
    pipeline.slots[s].bad = g_new0 (gboolean, PORTION);
  }
  for (guint t = 0; t < n_threads; t++)
    threads[t] = g_thread_new ("decode", decode_some, &pipeline);
  good = compute (&pipeline, error);
  g_mutex_lock (&pipeline.lock);
  pipeline.stop = TRUE;
  g_cond_broadcast (&pipeline.changed);
  g_mutex_unlock (&pipeline.lock);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads[t]);
  for (gsize s = 0; s < N_SLOTS; s++) {
    g_free (pipeline.slots[s].planes);
    g_free (pipeline.slots[s].bad);
  }
  g_mutex_clear (&pipeline.lock);
  g_cond_clear (&pipeline.changed);
  return good;
}

static gboolean
is_complete (const Search *search)
{
  guint8 all = (guint8)((1u << search->cache->n_variants) - 1);

  for (gsize i = 0; i < search->set->n_images; i++)
    if (!search->failed[i] && search->good[i] != all)
      return FALSE;
  return TRUE;
}

/* With the right to write: what others computed while we waited for it is seen. */
static gboolean
add_missing (Search *search, GError **error)
{
  GuiseFeatureFile *file = search->cache->vision;
  g_autoptr (GArray) wanted = NULL;
  gboolean good;

  if (is_complete (search))
    return TRUE;
  if (!guise_feature_file_lock (file, search->cancellable, error))
    return FALSE;
  wanted = list_wanted (search);
  search->cache->embedder = guise_embedder_new (search->cache->model, search->cache->team);
  good = guise_token_cache_check_space (
             search->cache->folder, wanted->len * guise_feature_file_get_item_bytes (file), error)
         && run_pipeline (search, wanted, error);
  g_clear_pointer (&search->cache->embedder, guise_embedder_free);
  guise_feature_file_unlock (file);
  return good && guise_feature_file_map (file, error);
}

static void
find_places (const Search *search, GuiseTrainSet *set)
{
  for (guint v = 0; v < search->cache->n_variants; v++) {
    set->visual[v] = g_new0 (const guint16 *, set->n_images + 1);
    for (gsize i = 0; i < set->n_images; i++) {
      guint8 key[GUISE_FEATURE_KEY];

      make_key (search->hashes + i * GUISE_FEATURE_KEY, v, key);
      if (!search->failed[i])
        set->visual[v][i] = guise_feature_file_get (search->cache->vision, key);
      search->failed[i] |= set->visual[v][i] == NULL; /* the same file failed under another name */
    }
  }
}

gboolean
guise_token_cache_fill_images (GuiseTokenCache *cache, GuiseTrainSet *set, guint8 *failed,
                               char **message, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *hashes = g_new0 (guint8, set->n_images * GUISE_FEATURE_KEY + 1),
                    *good = g_new0 (guint8, set->n_images + 1);
  Search search = { .cache = cache,
                    .set = set,
                    .cancellable = cancellable,
                    .hashes = hashes,
                    .good = good,
                    .failed = failed };
  gboolean filled;

  g_mutex_init (&search.lock);
  g_cond_init (&search.moved);
  look_up (&search);
  filled = !g_cancellable_set_error_if_cancelled (cancellable, error)
           && add_missing (&search, error);
  if (filled)
    find_places (&search, set);
  *message = search.message;
  g_mutex_clear (&search.lock);
  g_cond_clear (&search.moved);
  return filled;
}

/* ---------------------------------------------------------------------- texts */

static void
hash_text (const GuiseTrainSet *set, gsize text, guint8 *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = GUISE_FEATURE_KEY, from = set->token_start[text];

  g_checksum_update (checksum, (const guchar *)(set->tokens + from),
                     (gssize)((set->token_start[text + 1] - from) * sizeof (gint32)));
  g_checksum_get_digest (checksum, key, &size);
}

/* The texts that have no feature yet, each once. */
static GArray *
list_missing_texts (const GuiseTokenCache *cache, const GuiseTrainSet *set, const guint8 *keys)
{
  GArray *missing = g_array_new (FALSE, FALSE, sizeof (gsize));
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (gsize t = 0; t < set->n_texts; t++) {
    const guint8 *key = keys + t * GUISE_FEATURE_KEY;

    if (!guise_feature_file_verify (cache->text, key)
        && g_hash_table_add (seen, g_base64_encode (key, GUISE_FEATURE_KEY)))
      g_array_append_val (missing, t);
  }
  return missing;
}

/* features [TEXTS, Dt], start [TEXTS + 1]: room. */
static gboolean
keep_texts (GuiseTokenCache *cache, const GuiseTrainSet *set, const guint8 *keys,
            const gsize *texts, gsize n, gsize *start, float *features, GError **error)
{
  gsize width = cache->model->config.text.hidden_size;
  g_autofree gint32 *ids = g_new (gint32, n * set->longest + 1);
  const GuiseTextOutputs out = { .feature = features };

  start[0] = 0;
  for (gsize k = 0; k < n; k++) {
    gsize from = set->token_start[texts[k]], length = set->token_start[texts[k] + 1] - from;

    memcpy (ids + start[k], set->tokens + from, length * sizeof *ids);
    start[k + 1] = start[k] + length;
  }
  guise_embedder_embed_texts (cache->embedder, ids, start, n, &out);
  for (gsize k = 0; k < n; k++)
    if (!guise_feature_file_add (cache->text, keys + texts[k] * GUISE_FEATURE_KEY,
                                 features + k * width, error))
      return FALSE;
  return guise_feature_file_flush (cache->text, error);
}

static gboolean
add_texts (GuiseTokenCache *cache, const GuiseTrainSet *set, const guint8 *keys,
           GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) missing = list_missing_texts (cache, set, keys);
  g_autofree gsize *start = g_new (gsize, TEXTS + 1);
  g_autofree float *features = g_new (float, TEXTS * cache->model->config.text.hidden_size);

  for (gsize from = 0; from < missing->len; from += TEXTS) {
    report (cache, "caching text features", from, missing->len);
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !keep_texts (cache, set, keys, &g_array_index (missing, gsize, from),
                        MIN (TEXTS, missing->len - from), start, features, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
guise_token_cache_fill_texts (GuiseTokenCache *cache, GuiseTrainSet *set,
                              GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *keys = g_new (guint8, set->n_texts * GUISE_FEATURE_KEY + 1);
  gboolean good;

  if (cache->text == NULL)
    return TRUE;
  for (gsize t = 0; t < set->n_texts; t++)
    hash_text (set, t, keys + t * GUISE_FEATURE_KEY);
  if (!guise_feature_file_lock (cache->text, cancellable, error))
    return FALSE;
  cache->embedder = guise_embedder_new (cache->model, cache->team);
  good = add_texts (cache, set, keys, cancellable, error);
  g_clear_pointer (&cache->embedder, guise_embedder_free);
  guise_feature_file_unlock (cache->text);
  if (!good || !guise_feature_file_map (cache->text, error))
    return FALSE;
  set->features = g_new (const float *, set->n_texts + 1);
  for (gsize t = 0; t < set->n_texts; t++)
    set->features[t] = guise_feature_file_get (cache->text, keys + t * GUISE_FEATURE_KEY);
  return TRUE;
}
