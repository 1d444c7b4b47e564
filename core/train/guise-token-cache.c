#include "guise-token-cache-private.h"

#include <string.h>
#include <sys/statvfs.h>

#include "guise-folder.h"

enum { N_VARIANTS = 2 }; /* as it is, mirrored */

/* Left free on the disk for everything else. */
#define RESERVE ((guint64)64 << 20)

void
guise_token_cache_report (GuiseTokenCache *cache, const char *what, guint64 done, guint64 total)
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
  g_autofree char *place = g_strdup (folder), *needed = NULL, *reserve = NULL, *there = NULL;
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
  needed = g_format_size (bytes);
  reserve = g_format_size (RESERVE);
  there = g_format_size (available);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot cache visual tokens in '%s': they need %s more and should leave %s, %s are "
               "free; `guisectl cache clear` removes those of other weights, --set "
               "train.augment.flip=0 does without mirrored pictures, --set "
               "train.cache_tokens=false without the cache",
               folder, needed, reserve, there);
  return FALSE;
}

/* --------------------------------------------------------------------- images */

static gboolean
is_complete (const GuiseTokenSearch *search)
{
  guint8 all = (guint8)((1u << search->cache->n_variants) - 1);

  for (gsize i = 0; i < search->set->n_images; i++)
    if (!search->failed[i] && search->good[i] != all)
      return FALSE;
  return TRUE;
}

/* With the right to write: what others computed while we waited for it is seen. */
static gboolean
add_missing (GuiseTokenSearch *search, GError **error)
{
  GuiseFeatureFile *file = search->cache->vision;
  gboolean good;

  if (is_complete (search))
    return TRUE;
  if (!guise_feature_file_lock (file, search->cancellable, error))
    return FALSE;
  good = guise_token_pipeline_run (search, error);
  guise_feature_file_unlock (file);
  return good && guise_feature_file_map (file, error);
}

static void
find_places (const GuiseTokenSearch *search, GuiseTrainSet *set)
{
  for (guint v = 0; v < search->cache->n_variants; v++) {
    set->visual[v] = g_new0 (const guint16 *, set->n_images + 1);
    for (gsize i = 0; i < set->n_images; i++) {
      guint8 key[GUISE_FEATURE_KEY];

      guise_token_search_make_key (search, i, v, key);
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
  GuiseTokenSearch search = { .cache = cache,
                              .set = set,
                              .cancellable = cancellable,
                              .hashes = hashes,
                              .good = good,
                              .failed = failed };
  gboolean filled;

  g_mutex_init (&search.lock);
  g_cond_init (&search.moved);
  guise_token_search_run (&search);
  filled = !g_cancellable_set_error_if_cancelled (cancellable, error)
           && add_missing (&search, error);
  if (filled)
    find_places (&search, set);
  *message = search.message;
  g_mutex_clear (&search.lock);
  g_cond_clear (&search.moved);
  return filled;
}
