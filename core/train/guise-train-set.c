#include "guise-train-set.h"

#include <string.h>

#include "guise-resize.h"
#include "guise-token-cache.h"

enum { N_CHANNELS = 3 };

/* --------------------------------------------------------------------- pixels */

static gsize
bytes_per_image (const GuiseTrainSet *set)
{
  return N_CHANNELS * set->width * set->height;
}

gboolean
guise_train_set_decode (const GuiseTrainSet *set, gsize source_index, guint8 *out,
                        GCancellable *cancellable, GError **error)
{
  const GuiseTrainingData *data = set->data;
  g_autoptr (GuiseRoot) root = set->source.get_root (data->dataset_ids[source_index],
                                                     set->source.user_data, error);
  g_autoptr (GuiseImage) image = NULL, resized = NULL;

  if (root == NULL)
    return FALSE;
  image = guise_decoder_decode (set->source.decoder, root, data->paths[source_index], NULL,
                                cancellable, error);
  if (image == NULL)
    return FALSE;
  resized = guise_image_resize (image, set->width, set->height, GUISE_FILTER_BILINEAR);
  memcpy (out, guise_image_get_pixels (resized), bytes_per_image (set));
  return TRUE;
}

const guint8 *
guise_train_set_get_pixels (const GuiseTrainSet *set, gsize i, guint8 *scratch, GError **error)
{
  if (set->pixels != NULL)
    return set->pixels + i * bytes_per_image (set);
  return guise_train_set_decode (set, set->index[i], scratch, NULL, error) ? scratch : NULL;
}

/* Decodes everything, several images at a time. */
typedef struct {
  GuiseTrainSet *set;
  GCancellable *cancellable;
  guint8 *failed; /* [n_images] */
  gsize next;     /* atomic */
  GMutex lock;    /* of the rest */
  GCond moved;
  gsize n_done, n_failed, first_failed;
  char *message;
  guint n_working;
} Decoding;

static void
note_done (Decoding *decoding, gsize i, const GError *error)
{
  g_mutex_lock (&decoding->lock);
  decoding->n_done++;
  if (error != NULL) {
    decoding->failed[i] = TRUE;
    if (decoding->n_failed++ == 0 || i < decoding->first_failed) {
      decoding->first_failed = i;
      g_free (decoding->message);
      decoding->message = g_strdup (error->message);
    }
  }
  g_cond_signal (&decoding->moved);
  g_mutex_unlock (&decoding->lock);
}

static gpointer
decode_some (gpointer data)
{
  Decoding *decoding = data;
  GuiseTrainSet *set = decoding->set;
  gsize bytes = bytes_per_image (set);
  g_autofree guint8 *scratch = set->pixels == NULL ? g_malloc (bytes) : NULL;
  gsize i;

  while ((i = (gsize)g_atomic_pointer_add (&decoding->next, 1)) < set->n_images
         && !g_cancellable_is_cancelled (decoding->cancellable)) {
    g_autoptr (GError) error = NULL;

    guise_train_set_decode (set, set->index[i],
                            scratch != NULL ? scratch : set->pixels + i * bytes,
                            decoding->cancellable, &error);
    note_done (decoding, i, error);
  }
  g_mutex_lock (&decoding->lock);
  decoding->n_working--;
  g_cond_signal (&decoding->moved);
  g_mutex_unlock (&decoding->lock);
  return NULL;
}

/* Takes the images out that failed; message: why the first did. */
static void
compact (GuiseTrainSet *set, const guint8 *failed, const char *message)
{
  gsize n = 0, bytes = bytes_per_image (set);

  for (gsize i = 0; i < set->n_images; i++) {
    if (failed[i]) {
      set->report.n_undecodable++;
      continue;
    }
    if (i != n && set->pixels != NULL)
      memcpy (set->pixels + n * bytes, set->pixels + i * bytes, bytes);
    for (gsize v = 0; v < G_N_ELEMENTS (set->visual); v++)
      if (set->visual[v] != NULL)
        set->visual[v][n] = set->visual[v][i];
    set->index[n++] = set->index[i];
  }
  set->n_images = n;
  set->report.undecodable = g_strdup (message);
}

/* Decodes all images: into memory, or without `keep` only to see which ones fail. */
static gboolean
load_pixels (GuiseTrainSet *set, gboolean keep, GuiseTrainSetProgress progress,
             gpointer progress_data, GCancellable *cancellable, GError **error)
{
  guint n_threads = MAX (guise_decoder_get_n_processes (set->source.decoder), 1);
  g_autofree guint8 *failed = g_new0 (guint8, set->n_images + 1);
  Decoding decoding = { .set = set, .cancellable = cancellable, .failed = failed };
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();

  if (keep)
    set->pixels = g_malloc (set->n_images * bytes_per_image (set) + 1);
  g_mutex_init (&decoding.lock);
  g_cond_init (&decoding.moved);
  decoding.n_working = n_threads;
  for (guint t = 0; t < n_threads; t++)
    g_ptr_array_add (threads, g_thread_new ("decode", decode_some, &decoding));
  g_mutex_lock (&decoding.lock);
  while (decoding.n_working > 0) {
    gsize n_done = decoding.n_done;

    g_mutex_unlock (&decoding.lock);
    if (progress != NULL)
      progress (n_done, set->n_images, progress_data);
    g_mutex_lock (&decoding.lock);
    while (decoding.n_working > 0 && decoding.n_done == n_done)
      g_cond_wait (&decoding.moved, &decoding.lock);
  }
  g_mutex_unlock (&decoding.lock);
  for (guint t = 0; t < n_threads; t++)
    g_thread_join (threads->pdata[t]);
  g_mutex_clear (&decoding.lock);
  g_cond_clear (&decoding.moved);
  compact (set, failed, decoding.message);
  g_free (decoding.message);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Takes all images' tokens from the cache, which computes what it has not. */
static gboolean
load_tokens (GuiseTrainSet *set, GuiseTokenCache *cache, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *failed = g_new0 (guint8, set->n_images + 1);
  g_autofree char *message = NULL;

  if (!guise_token_cache_fill_images (cache, set, failed, &message, cancellable, error))
    return FALSE;
  compact (set, failed, message);
  return TRUE;
}

/* ---------------------------------------------------------------------- texts */

/* The kind of text that a stored caption is for the model. */
static guint
get_kind (GuiseCaptionKind kind)
{
  return kind == GUISE_CAPTION_IDENTITY   ? GUISE_TEXT_IDENTITY
         : kind == GUISE_CAPTION_CLOTHING ? GUISE_TEXT_CLOTHING
                                          : GUISE_TEXT_CAPTION;
}

gboolean
guise_train_set_is_sided (const char *text)
{
  static const char *const words[] = { "left", "right" };

  for (const char *p = text; *p != '\0'; p++) {
    if (p > text && g_ascii_isalnum (p[-1]))
      continue;
    for (gsize w = 0; w < G_N_ELEMENTS (words); w++) {
      gsize length = strlen (words[w]);

      if (g_ascii_strncasecmp (p, words[w], length) == 0 && !g_ascii_isalnum (p[length]))
        return TRUE;
    }
  }
  return FALSE;
}

/* Which kinds of text an image may use as kind k: its own first, then what stands in. */
static const guint stand_ins[GUISE_N_TEXTS][2]
    = { [GUISE_TEXT_IDENTITY] = { GUISE_TEXT_CAPTION, GUISE_TEXT_CLOTHING },
        [GUISE_TEXT_CLOTHING] = { GUISE_TEXT_CAPTION, GUISE_TEXT_IDENTITY },
        [GUISE_TEXT_CAPTION] = { GUISE_TEXT_IDENTITY, GUISE_TEXT_CLOTHING } };

/* Appends the texts of one kind of image `source`; numbers[] says where each caption's tokens are.
 */
static gsize
append_texts (const GuiseTrainSet *set, gsize source, guint kind, const gsize *numbers,
              GArray *texts)
{
  const GuiseTrainingData *data = set->data;
  gsize n = 0;

  for (gsize c = data->caption_start[source]; c < data->caption_start[source + 1]; c++)
    if (get_kind (data->caption_kinds[c]) == kind) {
      g_array_append_val (texts, numbers[c]);
      n++;
    }
  return n;
}

static void
collect_texts (GuiseTrainSet *set, const gsize *numbers)
{
  set->missing = g_new0 (guint8, set->n_images + 1);
  for (guint k = 0; k < GUISE_N_TEXTS; k++) {
    GArray *texts = g_array_new (FALSE, FALSE, sizeof (gsize));

    set->text_start[k] = g_new0 (gsize, set->n_images + 1);
    for (gsize i = 0; i < set->n_images; i++) {
      if (append_texts (set, set->index[i], k, numbers, texts) == 0) {
        set->missing[i] |= 1u << k;
        set->report.n_missing[k]++;
        if (append_texts (set, set->index[i], stand_ins[k][0], numbers, texts) == 0
            || k == GUISE_TEXT_CAPTION)
          append_texts (set, set->index[i], stand_ins[k][1], numbers, texts);
      }
      set->text_start[k][i + 1] = texts->len;
    }
    set->text[k] = (gsize *)g_array_free (texts, FALSE);
  }
}

static void
encode_texts (GuiseTrainSet *set, const GuiseWordpiece *wordpiece, gsize max)
{
  const GuiseTrainingData *data = set->data;
  g_autofree gsize *numbers = g_new0 (gsize, data->n_captions + 1);
  g_autofree gint32 *ids = g_new (gint32, max);
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (gint32)),
         *start = g_array_new (FALSE, FALSE, sizeof (gsize)),
         *sided = g_array_new (FALSE, FALSE, sizeof (guint8));
  gsize end = 0;

  g_array_append_val (start, end);
  for (gsize i = 0; i < set->n_images; i++) {
    gsize source = set->index[i];

    for (gsize c = data->caption_start[source]; c < data->caption_start[source + 1]; c++) {
      gsize n = guise_wordpiece_encode (wordpiece, data->texts[c], max, ids);
      guint8 has_side = guise_train_set_is_sided (data->texts[c]);

      numbers[c] = set->n_texts++;
      g_array_append_vals (tokens, ids, (guint)n);
      end += n;
      g_array_append_val (start, end);
      g_array_append_val (sided, has_side);
      set->longest = MAX (set->longest, n);
    }
  }
  set->tokens = (gint32 *)g_array_free (tokens, FALSE);
  set->token_start = (gsize *)g_array_free (start, FALSE);
  set->sided = (guint8 *)g_array_free (sided, FALSE);
  collect_texts (set, numbers);
}

/* -------------------------------------------------------------------- persons */

typedef struct {
  gint64 person, outfit;
  gsize image;
} Row;

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *x = a, *y = b;

  if (x->person != y->person)
    return x->person < y->person ? -1 : 1;
  if (x->outfit != y->outfit)
    return x->outfit < y->outfit ? -1 : 1;
  return x->image < y->image ? -1 : 1;
}

static void
group_persons (GuiseTrainSet *set, const gint64 *outfits)
{
  g_autofree Row *rows = g_new (Row, set->n_images + 1);

  set->person = g_new (gint64, set->n_images + 1);
  set->outfit = g_new (gint64, set->n_images + 1);
  set->person_images = g_new (gsize, set->n_images + 1);
  set->person_start = g_new0 (gsize, set->n_images + 1);
  for (gsize i = 0; i < set->n_images; i++) {
    set->person[i] = set->data->person_ids[set->index[i]];
    set->outfit[i] = outfits[set->index[i]];
    rows[i] = (Row){ set->person[i], set->outfit[i], i };
  }
  qsort (rows, set->n_images, sizeof *rows, compare_rows);
  for (gsize i = 0; i < set->n_images; i++) {
    if (i == 0 || rows[i].person != rows[i - 1].person)
      set->person_start[set->n_persons++] = i;
    set->person_images[i] = rows[i].image;
  }
  set->person_start[set->n_persons] = set->n_images;
  for (gsize p = 0; p < set->n_persons; p++)
    set->report.n_lone += set->person_start[p + 1] - set->person_start[p] == 1;
}

/* ------------------------------------------------------------------ the whole */

static gboolean
check_not_empty (const GuiseTrainSet *set, GError **error)
{
  const GuiseTrainSetReport *report = &set->report;

  if (set->n_images > 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
               "no image is left to work with: of %zu images %zu have no text and %zu do not "
               "decode%s%s",
               report->n_images, report->n_without_text, report->n_undecodable,
               report->undecodable != NULL ? ", the first: " : "",
               report->undecodable != NULL ? report->undecodable : "");
  return FALSE;
}

GuiseTrainSet *
guise_train_set_new (const GuiseTrainingData *data, const GArray *members, const gint64 *outfits,
                     const GuiseWordpiece *wordpiece, const GuiseConfig *config,
                     const GuiseImageSource *source, GuiseTokenCache *cache, guint64 budget,
                     gboolean try_all,
                     GuiseTrainSetProgress progress, gpointer progress_data,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseTrainSet) set = g_new0 (GuiseTrainSet, 1);
  gboolean keep;

  set->data = data;
  set->source = *source;
  set->height = config->vision.image_size[0];
  set->width = config->vision.image_size[1];
  set->report.n_images = members->len;
  set->index = g_new (gsize, members->len + 1);
  for (guint m = 0; m < members->len; m++) {
    gsize i = g_array_index (members, gsize, m);

    if (data->caption_start[i + 1] > data->caption_start[i])
      set->index[set->n_images++] = i;
    else
      set->report.n_without_text++;
  }
  keep = bytes_per_image (set) <= budget / MAX (set->n_images, 1);
  if (cache != NULL ? !load_tokens (set, cache, cancellable, error)
                    : (keep || try_all)
                          && !load_pixels (set, keep, progress, progress_data, cancellable, error))
    return NULL;
  if (!check_not_empty (set, error))
    return NULL;
  group_persons (set, outfits);
  encode_texts (set, wordpiece, config->text.max_tokens);
  if (cache != NULL && !guise_token_cache_fill_texts (cache, set, cancellable, error))
    return NULL;
  return g_steal_pointer (&set);
}

void
guise_train_set_free (GuiseTrainSet *set)
{
  if (set == NULL)
    return;
  g_free (set->index);
  g_free (set->person);
  g_free (set->outfit);
  g_free (set->pixels);
  for (gsize v = 0; v < G_N_ELEMENTS (set->visual); v++)
    g_free (set->visual[v]);
  g_free (set->person_start);
  g_free (set->person_images);
  for (guint k = 0; k < GUISE_N_TEXTS; k++) {
    g_free (set->text_start[k]);
    g_free (set->text[k]);
  }
  g_free (set->missing);
  g_free (set->token_start);
  g_free (set->tokens);
  g_free (set->features);
  g_free (set->sided);
  g_free (set->report.undecodable);
  g_free (set);
}
