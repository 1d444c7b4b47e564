#include "guise-style-encoder.h"

#include <math.h>

#include "guise-formats-error.h"
#include "guise-style-features.h"
#include "guise-tower-encoder.h"
#include "guise-tower-tokens.h"

enum { MASKED_AT_ONCE = 256 }; /* texts; then somebody may have cancelled */

/* ---- the folder ---- */

typedef struct {
  GuiseTowerEncoder *tower;
  GuiseTokenizer *tokenizer;
} Encoder;

static void
encoder_clear (Encoder *encoder)
{
  g_clear_pointer (&encoder->tower, guise_tower_encoder_free);
  g_clear_pointer (&encoder->tokenizer, guise_tokenizer_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Encoder, encoder_clear)

static gboolean
encoder_open (Encoder *encoder, const char *folder, guint n_threads, GError **error)
{
  const GuiseTower *tower;

  encoder->tower = guise_tower_encoder_open (folder, FALSE, n_threads, error);
  if (encoder->tower == NULL)
    return FALSE;
  tower = guise_tower_encoder_get_tower (encoder->tower);
  if (tower->kind != GUISE_TOWER_CLIP_TEXT) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                 "cannot use '%s': it is a %s model, styles are told apart by CLIP's text model",
                 folder, guise_tower_kind_get_name (tower->kind));
    return FALSE;
  }
  encoder->tokenizer = guise_tower_open_tokenizer (tower, folder, error);
  return encoder->tokenizer != NULL;
}

/* ---- masked texts ---- */

/* Many captions are the same once they are masked. */
typedef struct {
  GPtrArray *distinct; /* in the order in which they are met first */
  size_t *place;       /* [n]: which of them each text is */
} Masked;

static void
masked_clear (Masked *masked)
{
  g_clear_pointer (&masked->distinct, g_ptr_array_unref);
  g_free (masked->place);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Masked, masked_clear)

static gboolean
mask_all (Masked *masked, const GuiseLexicon *lexicon, const char *const *texts, size_t n,
          GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);

  masked->distinct = g_ptr_array_new_with_free_func (g_free);
  masked->place = g_new (size_t, n);
  for (size_t i = 0; i < n; i++) {
    g_autofree char *text = guise_style_mask (lexicon, texts[i]);
    gpointer place;

    if (i % MASKED_AT_ONCE == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (!g_hash_table_lookup_extended (places, text, NULL, &place)) {
      place = GSIZE_TO_POINTER (masked->distinct->len);
      g_hash_table_insert (places, text, place);
      g_ptr_array_add (masked->distinct, g_steal_pointer (&text));
    }
    masked->place[i] = GPOINTER_TO_SIZE (place);
  }
  return TRUE;
}

/* ---- features ---- */

/* The features of n texts, those of one call of the encoder. */
static void
run_some (const Encoder *encoder, char *const *texts, size_t n, float *rows)
{
  const GuiseTower *tower = guise_tower_encoder_get_tower (encoder->tower);
  gsize max = guise_tower_get_max_tokens (tower, encoder->tokenizer);
  g_autofree gint32 *ids = g_new (gint32, n * max);
  g_autofree gsize *start = g_new0 (gsize, n + 1);

  for (size_t i = 0; i < n; i++)
    start[i + 1] = start[i]
                   + guise_tokenizer_encode (encoder->tokenizer, texts[i], max, ids + start[i]);
  guise_tower_encoder_run_texts (encoder->tower, ids, start, n, NULL, rows);
}

static gboolean
run_all (const Encoder *encoder, const GPtrArray *texts, float *rows, const GuiseWork *work,
         GError **error)
{
  size_t at_once = guise_tower_encoder_get_n_at_once (encoder->tower), n = texts->len;
  size_t dim = guise_tower_encoder_get_n_pooled (encoder->tower);

  for (size_t first = 0; first < n; first += at_once) {
    if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
      return FALSE;
    guise_work_report (work, first, n);
    run_some (encoder, (char *const *)texts->pdata + first, MIN (at_once, n - first),
              rows + first * dim);
  }
  return TRUE;
}

/* Of length 1, or none; what is not finite is left to the clustering, which names it. */
static void
put_unit (const float *from, size_t dim, float *to)
{
  double sum = 0;

  for (size_t d = 0; d < dim; d++)
    sum += (double)from[d] * from[d];
  for (size_t d = 0; d < dim; d++)
    to[d] = sum > 0 ? (float)(from[d] / sqrt (sum)) : from[d];
}

float *
guise_style_encode (const GuiseLexicon *lexicon, const char *folder, const char *const *texts,
                    size_t n, size_t *dim, const GuiseWork *work, GError **error)
{
  size_t width;
  guint n_threads = work->team != NULL ? (guint)nn_team_size (work->team) : 1;
  g_auto (Encoder) encoder = { NULL };
  g_auto (Masked) masked = { NULL };
  g_autofree float *distinct = NULL;
  float *rows;

  if (!encoder_open (&encoder, folder, n_threads, error)
      || !mask_all (&masked, lexicon, texts, n, work->cancellable, error))
    return NULL;
  *dim = width = guise_tower_encoder_get_n_pooled (encoder.tower);
  distinct = g_new (float, width *masked.distinct->len);
  if (!run_all (&encoder, masked.distinct, distinct, work, error))
    return NULL;
  rows = g_new (float, n *width);
  for (size_t i = 0; i < n; i++)
    put_unit (distinct + masked.place[i] * width, width, rows + i * width);
  return rows;
}
