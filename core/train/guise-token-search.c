/* What a token cache has of a set's images: every file is read and hashed, every item checked. */
#include "guise-token-cache-private.h"

#include <string.h>
#include <unistd.h>

#include "guise-read-file.h"

void
guise_token_search_make_key (const GuiseTokenSearch *search, gsize image, guint variant,
                             guint8 *key)
{
  memcpy (key, search->hashes + image * GUISE_FEATURE_KEY, GUISE_FEATURE_KEY);
  key[GUISE_FEATURE_KEY - 1] ^= (guint8)variant;
}

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

void
guise_token_search_note_failed (GuiseTokenSearch *search, gsize image, const GError *error)
{
  search->failed[image] = TRUE;
  if (search->message == NULL || image < search->first_failed) {
    search->first_failed = image;
    g_free (search->message);
    search->message = g_strdup (error->message);
  }
}

static gpointer
search_some (gpointer data)
{
  GuiseTokenSearch *search = data;
  gsize i;

  while ((i = (gsize)g_atomic_pointer_add (&search->next, 1)) < search->set->n_images
         && !g_cancellable_is_cancelled (search->cancellable)) {
    guint8 *hash = search->hashes + i * GUISE_FEATURE_KEY, key[GUISE_FEATURE_KEY];
    g_autoptr (GError) error = NULL;

    if (hash_image (search->set, i, hash, &error))
      for (guint v = 0; v < search->cache->n_variants; v++) {
        guise_token_search_make_key (search, i, v, key);
        if (guise_feature_file_verify (search->cache->vision, key))
          search->good[i] |= (guint8)(1u << v);
      }
    g_mutex_lock (&search->lock);
    search->n_done++;
    if (error != NULL)
      guise_token_search_note_failed (search, i, error);
    g_cond_signal (&search->moved);
    g_mutex_unlock (&search->lock);
  }
  g_mutex_lock (&search->lock);
  search->n_working--;
  g_cond_signal (&search->moved);
  g_mutex_unlock (&search->lock);
  return NULL;
}

void
guise_token_search_run (GuiseTokenSearch *search)
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
    guise_token_cache_report (search->cache, "looking for visual tokens", n_done,
                              search->set->n_images);
    g_mutex_lock (&search->lock);
    while (search->n_working > 0 && search->n_done == n_done)
      g_cond_wait (&search->moved, &search->lock);
  }
  g_mutex_unlock (&search->lock);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads[t]);
}
