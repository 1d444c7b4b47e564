#include "guise-train-split.h"

#include <gio/gio.h>

#include "guise-stream.h"

enum { HELD_OUT_OF = 20,
       LEAST_PERSONS = 8 };

/* Persons (by id) of the images whose split is, or is not, among `splits`. */
static GHashTable *
collect_persons (const GuiseTrainingData *data, guint splits)
{
  GHashTable *persons = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (size_t i = 0; i < data->n_images; i++)
    if (splits >> data->splits[i] & 1)
      g_hash_table_add (persons, &data->person_ids[i]);
  return persons;
}

/* Person ids come in any order from the table, so the choice must not depend on it: each has a
 * number drawn from its id, and the smallest numbers are taken. */
static int
compare_draws (gconstpointer a, gconstpointer b)
{
  guint64 x = guise_stream_key (0, GUISE_STREAM_HELD_OUT, **(const gint64 *const *)a),
          y = guise_stream_key (0, GUISE_STREAM_HELD_OUT, **(const gint64 *const *)b);

  return (x > y) - (x < y);
}

static GHashTable *
hold_out (GHashTable *persons)
{
  GHashTable *chosen = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint n = 0;
  g_autofree gpointer *ids = g_hash_table_get_keys_as_array (persons, &n);
  guint wanted = n < LEAST_PERSONS ? 0 : MAX ((n + HELD_OUT_OF / 2) / HELD_OUT_OF, 1);

  qsort (ids, n, sizeof *ids, compare_draws);
  for (guint i = 0; i < wanted; i++)
    g_hash_table_add (chosen, ids[i]);
  return chosen;
}

static gsize
count_common (GHashTable *a, GHashTable *b)
{
  GHashTableIter iter;
  gpointer key;
  gsize n = 0;

  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    n += g_hash_table_contains (b, key);
  return n;
}

GuiseTrainSplit *
guise_train_split_new (const GuiseTrainingData *data, guint splits)
{
  GuiseTrainSplit *split = g_new0 (GuiseTrainSplit, 1);
  g_autoptr (GHashTable) persons = collect_persons (data, splits);
  g_autoptr (GHashTable) others = collect_persons (data, ~splits & ((1 << GUISE_N_SPLITS) - 1));
  g_autoptr (GHashTable) held = NULL;
  guint val = 1 << GUISE_SPLIT_VAL & ~splits;

  split->train = g_array_new (FALSE, FALSE, sizeof (gsize));
  split->val = g_array_new (FALSE, FALSE, sizeof (gsize));
  split->n_leaked = count_common (persons, others);
  for (gsize i = 0; val != 0 && i < data->n_images; i++)
    if (data->splits[i] == GUISE_SPLIT_VAL)
      g_array_append_val (split->val, i);
  if (split->val->len == 0)
    held = hold_out (persons);
  for (gsize i = 0; i < data->n_images; i++) {
    if (!(splits >> data->splits[i] & 1))
      continue;
    if (held != NULL && g_hash_table_contains (held, &data->person_ids[i]))
      g_array_append_val (split->val, i);
    else
      g_array_append_val (split->train, i);
  }
  split->held_out = held != NULL && split->val->len > 0;
  return split;
}

void
guise_train_split_free (GuiseTrainSplit *split)
{
  if (split == NULL)
    return;
  g_array_unref (split->train);
  g_array_unref (split->val);
  g_free (split);
}

guint
guise_train_split_parse (const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  guint splits = 0;

  for (gsize i = 0; names[i] != NULL; i++) {
    GuiseSplit split;

    if (!guise_split_from_string (g_strstrip (names[i]), &split)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "unknown split: '%s': must be train, val, test or none", names[i]);
      return 0;
    }
    splits |= 1u << split;
  }
  if (splits == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no split given");
  return splits;
}

char *
guise_train_split_format (guint splits)
{
  GString *text = g_string_new (NULL);

  for (guint s = 0; s < GUISE_N_SPLITS; s++)
    if (splits >> s & 1)
      g_string_append_printf (text, "%s%s", text->len > 0 ? "," : "", guise_split_to_string (s));
  return g_string_free (text, FALSE);
}
