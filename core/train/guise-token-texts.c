/* The texts of a token cache. */
#include "guise-token-cache-private.h"

#include <math.h>
#include <string.h>

#include "guise-run-folder.h"

enum { TEXTS = 256 }; /* computed at a time */

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
  for (gsize i = 0; i < n * width; i++)
    if (!isfinite (features[i])) {
      g_set_error_literal (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED,
                           "cannot cache features of texts: they are no finite numbers; see to the "
                           "weights of the texts' encoder");
      return FALSE;
    }
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
    guise_token_cache_report (cache, "caching text features", from, missing->len);
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
