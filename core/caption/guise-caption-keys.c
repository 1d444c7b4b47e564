#include "guise-caption-keys.h"

#include <string.h>

struct _GuiseCaptionKeys {
  GHashTable *out; /* the key: a GPtrArray of those that wait */
};

char *
guise_caption_create_key (const char *picture_hash, const char *prompt_hash, const char *model,
                          const char *const *exemplars, guint try_number, gboolean after_refusal)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *rest = g_strdup_printf ("%u %d", try_number, after_refusal != FALSE);
  const char *const parts[] = { picture_hash, prompt_hash, model, rest };

  /* With their closing zeros: no two lists of parts give the same bytes. */
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_checksum_update (sum, (const guchar *)parts[i], (gssize)strlen (parts[i]) + 1);
  for (; exemplars != NULL && *exemplars != NULL; exemplars++)
    g_checksum_update (sum, (const guchar *)*exemplars, (gssize)strlen (*exemplars) + 1);
  return g_strdup (g_checksum_get_string (sum));
}

GuiseCaptionKeys *
guise_caption_keys_new (void)
{
  GuiseCaptionKeys *keys = g_new0 (GuiseCaptionKeys, 1);

  keys->out = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify)g_ptr_array_unref);
  return keys;
}

void
guise_caption_keys_free (GuiseCaptionKeys *keys)
{
  if (keys == NULL)
    return;
  g_hash_table_unref (keys->out);
  g_free (keys);
}

gboolean
guise_caption_keys_claim (GuiseCaptionKeys *keys, const char *key, gpointer who)
{
  GPtrArray *waiting = g_hash_table_lookup (keys->out, key);

  if (waiting == NULL)
    return g_hash_table_insert (keys->out, g_strdup (key), g_ptr_array_new ());
  g_ptr_array_add (waiting, who);
  return FALSE;
}

GPtrArray *
guise_caption_keys_end (GuiseCaptionKeys *keys, const char *key)
{
  GPtrArray *waiting = NULL;
  char *name = NULL;

  g_hash_table_steal_extended (keys->out, key, (gpointer *)&name, (gpointer *)&waiting);
  g_free (name);
  return waiting;
}
