#include "guise-outfits.h"

/* Letters and digits in lower case, one space for anything between them. */
static char *
normalise (const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);
  GString *plain = g_string_new (NULL);
  gboolean gap = FALSE;

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (!g_unichar_isalnum (c)) {
      gap = plain->len > 0;
      continue;
    }
    if (gap)
      g_string_append_c (plain, ' ');
    g_string_append_unichar (plain, c);
    gap = FALSE;
  }
  return g_string_free (plain, FALSE);
}

/* The first clothing description of image i, or NULL. */
static const char *
find_clothing (const GuiseTrainingData *data, size_t i)
{
  for (size_t k = data->caption_start[i]; k < data->caption_start[i + 1]; k++)
    if (data->caption_kinds[k] == GUISE_CAPTION_CLOTHING)
      return data->texts[k];
  return NULL;
}

static char *
make_key (const GuiseTrainingData *data, size_t i)
{
  const char *clothing = find_clothing (data, i);
  g_autofree char *plain = clothing != NULL ? normalise (clothing) : NULL;

  if (data->outfit_ids[i] != 0)
    return g_strdup_printf ("o%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, data->person_ids[i],
                            data->outfit_ids[i]);
  if (plain != NULL && *plain != '\0')
    return g_strdup_printf ("t%" G_GINT64_FORMAT " %s", data->person_ids[i], plain);
  return NULL;
}

gboolean
guise_outfits_assign (const GuiseTrainingData *data, gint64 *outfits)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gint64 next = 0;

  for (size_t i = 0; i < data->n_images; i++) {
    char *key = make_key (data, i);
    gpointer found;

    if (key == NULL) {
      outfits[i] = next++;
    } else if (g_hash_table_lookup_extended (known, key, NULL, &found)) {
      outfits[i] = GPOINTER_TO_SIZE (found);
      g_free (key);
    } else {
      outfits[i] = next;
      g_hash_table_insert (known, key, GSIZE_TO_POINTER ((gsize)next++));
    }
  }
  return g_hash_table_size (known) > 0;
}

gboolean
guise_outfits_prevail (const GuiseTrainingData *data, const gint64 *outfits, const GArray *members)
{
  g_autoptr (GHashTable) count = g_hash_table_new (g_int64_hash, g_int64_equal);
  gsize n = members != NULL ? members->len : data->n_images, n_known = 0;

  for (gsize m = 0; m < n; m++) {
    gsize i = members != NULL ? g_array_index (members, gsize, m) : m;
    gsize before = GPOINTER_TO_SIZE (g_hash_table_lookup (count, &outfits[i]));

    g_hash_table_insert (count, (gpointer)&outfits[i], GSIZE_TO_POINTER (before + 1));
  }
  for (gsize m = 0; m < n; m++) {
    gsize i = members != NULL ? g_array_index (members, gsize, m) : m;

    n_known += data->outfit_ids[i] != 0
               || GPOINTER_TO_SIZE (g_hash_table_lookup (count, &outfits[i])) > 1;
  }
  return 2 * n_known > n;
}
