#include "guise-restyled-data.h"

#include "nn-random.h"

typedef struct {
  const GuiseTrainingData *from;
  GuiseTrainingData *to;
  const GuiseRestyledOptions *options;
  GuiseRestyler *restyler;
} Copy;

static GuiseTrainingData *
allocate (const GuiseTrainingData *from)
{
  GuiseTrainingData *to = g_new0 (GuiseTrainingData, 1);
  size_t n = from->n_images, n_texts = from->n_captions + 2 * n;

  to->image_ids = g_new (gint64, n);
  to->dataset_ids = g_new (gint64, n);
  to->person_ids = g_new (gint64, n);
  to->outfit_ids = g_new (gint64, n);
  to->camera_ids = g_new (gint64, n);
  to->splits = g_new (guint8, n);
  to->paths = g_new (const char *, n);
  to->caption_start = g_new0 (size_t, n + 1);
  to->caption_ids = g_new (gint64, n_texts);
  to->caption_kinds = g_new (guint8, n_texts);
  to->caption_sources = g_new (guint8, n_texts);
  to->texts = g_new (const char *, n_texts);
  to->styles = g_new (const char *, n_texts);
  to->strings = g_string_chunk_new (1 << 16);
  return to;
}

static void
add_text (GuiseTrainingData *to, gint64 id, GuiseCaptionKind kind, GuiseCaptionSource source,
          const char *text, const char *style)
{
  size_t i = to->n_captions++;

  to->caption_ids[i] = id;
  to->caption_kinds[i] = (guint8)kind;
  to->caption_sources[i] = (guint8)source;
  to->texts[i] = g_string_chunk_insert (to->strings, text);
  to->styles[i] = style != NULL ? g_string_chunk_insert_const (to->strings, style) : NULL;
}

static void
copy_captions (const Copy *copy, size_t i, gboolean descriptions)
{
  const GuiseTrainingData *from = copy->from;

  for (size_t c = from->caption_start[i]; c < from->caption_start[i + 1]; c++)
    if (descriptions || from->caption_kinds[c] == GUISE_CAPTION_FREE)
      add_text (copy->to, from->caption_ids[c], from->caption_kinds[c], from->caption_sources[c],
                from->texts[c], from->styles[c]);
}

static GPtrArray *
list_free (const GuiseTrainingData *from, size_t i)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (size_t c = from->caption_start[i]; c < from->caption_start[i + 1]; c++)
    if (from->caption_kinds[c] == GUISE_CAPTION_FREE)
      g_ptr_array_add (texts, (gpointer)from->texts[c]);
  return texts;
}

static void
describe (const Copy *copy, size_t i)
{
  const GuiseStyles *styles = copy->options->styles;
  g_autoptr (GPtrArray) free_texts = list_free (copy->from, i);
  const char *const *texts = (const char *const *)free_texts->pdata;
  guint64 draw = nn_random_bits (copy->options->seed, (guint64)copy->from->image_ids[i]);
  g_auto (GuiseRestyled) restyled = { 0 };
  size_t s = styles != NULL ? (size_t)nn_random_below (draw, 0, styles->n_styles) : 0;

  guise_restyler_write (copy->restyler, s, texts, free_texts->len, draw, &restyled);
  for (guint side = 0; side < GUISE_SIDE_OTHER; side++)
    if (restyled.texts[side] != NULL)
      add_text (copy->to, 0,
                side == GUISE_SIDE_IDENTITY ? GUISE_CAPTION_IDENTITY : GUISE_CAPTION_CLOTHING,
                GUISE_SOURCE_RULE, restyled.texts[side],
                styles != NULL ? styles->styles[s].name : NULL);
}

static gboolean
is_described (const Copy *copy, size_t i)
{
  return copy->restyler != NULL && copy->from->splits[i] == GUISE_SPLIT_TRAIN;
}

static void
copy_image (const Copy *copy, size_t i)
{
  const GuiseTrainingData *from = copy->from;
  GuiseTrainingData *to = copy->to;
  size_t n = to->n_images++;

  to->image_ids[n] = from->image_ids[i];
  to->dataset_ids[n] = from->dataset_ids[i];
  to->person_ids[n] = from->person_ids[i];
  to->outfit_ids[n] = from->outfit_ids[i];
  to->camera_ids[n] = from->camera_ids[i];
  to->splits[n] = from->splits[i];
  to->paths[n] = g_string_chunk_insert (to->strings, from->paths[i]);
  copy_captions (copy, i, !is_described (copy, i));
  if (is_described (copy, i))
    describe (copy, i);
  to->caption_start[n + 1] = to->n_captions;
}

/* Whether a training image is one of the persons asked for; notes new ones. */
static gboolean
is_wanted (const Copy *copy, size_t i, GHashTable *persons)
{
  gint64 *person = &copy->from->person_ids[i];

  if (copy->from->splits[i] != GUISE_SPLIT_TRAIN || copy->options->n_persons == 0
      || g_hash_table_contains (persons, person))
    return TRUE;
  if (g_hash_table_size (persons) >= copy->options->n_persons)
    return FALSE;
  g_hash_table_add (persons, person);
  return TRUE;
}

GuiseTrainingData *
guise_training_data_restyle (const GuiseTrainingData *data, const GuiseRestyledOptions *options,
                             GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainingData) to = allocate (data);
  g_autoptr (GHashTable) persons = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GuiseRestyler) restyler
      = options->lexicon != NULL ? guise_restyler_new (options->lexicon, options->styles) : NULL;
  const Copy copy = { data, to, options, restyler };

  for (size_t i = 0; i < data->n_images; i++) {
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return NULL;
    if (is_wanted (&copy, i, persons))
      copy_image (&copy, i);
  }
  return g_steal_pointer (&to);
}
