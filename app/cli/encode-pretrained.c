#include "encode-pretrained.h"

#include <string.h>

#include "guise-decoder.h"
#include "guise-formats-error.h"
#include "guise-json.h"
#include "guise-npy.h"
#include "guise-tower-encoder.h"
#include "guise-tower-tokens.h"

enum {
  PORTION = 64, /* images at a time */
  MAX_CONFIG = 16 << 20,
  MAX_IDS = 1 << 30, /* bytes */
};

gboolean
encode_is_pretrained (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  json_auto_t *config = guise_json_load_wide (path, MAX_CONFIG, NULL);

  return json_object_get (config, "model_type") != NULL
         || json_object_get (config, "architectures") != NULL;
}

static gboolean refuse (const char *what, const char *subject, GError **error, const char *format,
                        ...) G_GNUC_PRINTF (4, 5);

static gboolean
refuse (const char *what, const char *subject, GError **error, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED, "%s '%s': %s", what,
               subject, why);
  return FALSE;
}

/* ---- images --------------------------------------------------------------------------------- */

static gboolean
load_portion (CliGlobal *global, GuiseDecoder *decoder, const GuiseTowerEncoder *encoder,
              char **paths, size_t n, float *planes, GError **error)
{
  const GuiseTower *tower = guise_tower_encoder_get_tower (encoder);
  size_t size = 3 * tower->image_size[0] * tower->image_size[1];

  for (size_t i = 0; i < n; i++) {
    g_autoptr (GuiseImage) image
        = guise_decoder_decode (decoder, NULL, paths[i], NULL, global->cancellable, error);

    if (image == NULL)
      return FALSE;
    guise_tower_encoder_prepare (encoder, image, planes + i * size);
  }
  return TRUE;
}

static gboolean
encode_images (CliGlobal *global, GuiseTowerEncoder *encoder, const EncodeRequest *request,
               EncodedArray *array, GError **error)
{
  const GuiseTower *tower = guise_tower_encoder_get_tower (encoder);
  size_t length = guise_tower_encoder_get_n_tokens (encoder), n = request->n;
  size_t row = request->tokens ? length * tower->width : guise_tower_encoder_get_n_pooled (encoder);
  g_autoptr (GuiseDecoder) decoder = guise_decoder_new (1);
  g_autofree float *planes
      = g_new (float, MIN (n, PORTION) * 3 * tower->image_size[0] * tower->image_size[1]);
  gboolean good = TRUE;
  CliProgress progress;

  array->rows = g_new (float, n *row);
  array->n_dims = request->tokens ? 3 : 2;
  array->shape[0] = n;
  array->shape[1] = request->tokens ? length : row;
  array->shape[2] = tower->width;
  cli_progress_start (&progress, global, "encoding images");
  for (size_t from = 0; good && from < n; from += PORTION) {
    size_t portion = MIN (PORTION, n - from);
    float *rows = array->rows + from * row;

    good = load_portion (global, decoder, encoder, request->inputs + from, portion, planes, error);
    if (good)
      guise_tower_encoder_run_images (encoder, planes, portion, request->tokens ? rows : NULL,
                                      request->tokens ? NULL : rows);
    cli_progress_update (&progress, from + portion, n);
  }
  cli_progress_end (&progress);
  return good;
}

/* ---- texts ---------------------------------------------------------------------------------- */

/* Token ids of n texts, one after the other. */
typedef struct {
  GArray *ids;  /* of gint32 */
  gsize *start; /* [n + 1] */
  gsize n;
} Texts;

static void
texts_clear (Texts *texts)
{
  g_clear_pointer (&texts->ids, g_array_unref);
  g_free (texts->start);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Texts, texts_clear)

static gboolean
tokenise (const EncodeRequest *request, const GuiseTower *tower, Texts *texts, GError **error)
{
  g_autoptr (GuiseTokenizer) tokenizer
      = guise_tower_open_tokenizer (tower, request->folder, error);
  g_autofree gint32 *ids = NULL;
  gsize max;

  if (tokenizer == NULL)
    return FALSE;
  max = guise_tower_get_max_tokens (tower, tokenizer);
  ids = g_new (gint32, max);
  for (gsize i = 0; i < request->n; i++) {
    gsize n = guise_tokenizer_encode (tokenizer, request->inputs[i], max, ids);

    g_array_append_vals (texts->ids, ids, (guint)n);
    texts->start[i + 1] = texts->ids->len;
  }
  return TRUE;
}

/* How many of a row's ids are the text: BERT's without the padding behind it, CLIP's up to its end.
 */
static gsize
measure_row (const GuiseTower *tower, const gint64 *row, gsize n)
{
  if (tower->kind == GUISE_TOWER_BERT || tower->eos_id == 2) {
    while (n > 1 && row[n - 1] == tower->pad_id)
      n--;
    return n;
  }
  for (gsize i = 0; i < n; i++)
    if (row[i] == tower->eos_id)
      return i + 1;
  return n;
}

static gboolean
take_row (const GuiseTower *tower, const gint64 *row, gsize n, const char *path, Texts *texts,
          GError **error)
{
  for (gsize i = 0; i < n; i++) {
    gint32 id = (gint32)row[i];

    if (row[i] < 0 || row[i] >= (gint64)tower->vocab_size)
      return refuse ("cannot use", path, error,
                     "the id %" G_GINT64_FORMAT " is not in the vocabulary of %zu", row[i],
                     tower->vocab_size);
    g_array_append_val (texts->ids, id);
  }
  return TRUE;
}

static gboolean
read_ids (const EncodeRequest *request, const GuiseTower *tower, Texts *texts, GError **error)
{
  g_autoptr (GuiseNpy) npy = guise_npy_read (request->ids, MAX_IDS, error);
  gsize width;

  if (npy == NULL || !guise_npy_check (npy, GUISE_DTYPE_I64, 2, request->ids, error))
    return FALSE;
  width = npy->shape[1];
  if (npy->shape[0] == 0 || width == 0)
    return refuse ("cannot use", request->ids, error, "it is empty");
  texts->n = npy->shape[0];
  texts->start = g_renew (gsize, texts->start, texts->n + 1);
  for (gsize i = 0; i < texts->n; i++) {
    const gint64 *row = (const gint64 *)npy->data + i * width;
    gsize n = measure_row (tower, row, width);

    if (n > tower->positions)
      return refuse ("cannot use", request->ids, error,
                     "row %zu has %zu ids, the model reads %zu of a text", i, n, tower->positions);
    if (!take_row (tower, row, n, request->ids, texts, error))
      return FALSE;
    texts->start[i + 1] = texts->ids->len;
  }
  return TRUE;
}

/* Ragged rows into [n,length,width], zeros behind each text. */
static void
pad (EncodedArray *array, const Texts *texts, gsize width)
{
  float *rows = array->rows;
  gsize length = 0;

  for (gsize i = 0; i < texts->n; i++)
    length = MAX (length, texts->start[i + 1] - texts->start[i]);
  array->rows = g_new0 (float, texts->n *length *width);
  array->n_dims = 3;
  array->shape[1] = length;
  array->shape[2] = width;
  for (gsize i = 0; i < texts->n; i++)
    memcpy (array->rows + i * length * width, rows + texts->start[i] * width,
            (texts->start[i + 1] - texts->start[i]) * width * sizeof *rows);
  g_free (rows);
}

static gboolean
encode_texts (GuiseTowerEncoder *encoder, const EncodeRequest *request, EncodedArray *array,
              GError **error)
{
  const GuiseTower *tower = guise_tower_encoder_get_tower (encoder);
  gsize n_pooled = guise_tower_encoder_get_n_pooled (encoder);
  g_auto (Texts) texts = { .ids = g_array_new (FALSE, FALSE, sizeof (gint32)), .n = request->n };

  texts.start = g_new0 (gsize, texts.n + 1);
  if (!(request->ids != NULL ? read_ids : tokenise) (request, tower, &texts, error))
    return FALSE;
  array->n_dims = 2;
  array->shape[0] = texts.n;
  array->shape[1] = n_pooled;
  array->rows = g_new (float, request->tokens ? texts.ids->len * tower->width : texts.n *n_pooled);
  guise_tower_encoder_run_texts (encoder, (const gint32 *)texts.ids->data, texts.start, texts.n,
                                 request->tokens ? array->rows : NULL,
                                 request->tokens ? NULL : array->rows);
  if (request->tokens)
    pad (array, &texts, tower->width);
  return TRUE;
}

gboolean
encode_pretrained (CliGlobal *global, const EncodeRequest *request, EncodedArray *array,
                   GError **error)
{
  g_autoptr (GuiseTowerEncoder) encoder
      = guise_tower_encoder_open (request->folder, request->images, 0, error);
  GuiseTowerKind kind;

  if (encoder == NULL)
    return FALSE;
  guise_tower_encoder_set_precision (encoder, request->precision);
  kind = guise_tower_encoder_get_tower (encoder)->kind;
  if (request->style && kind != GUISE_TOWER_CLIP_TEXT)
    return refuse ("cannot encode styles with", request->folder, error,
                   "it is a %s model: only CLIP's text model does",
                   guise_tower_kind_get_name (kind));
  return request->images ? encode_images (global, encoder, request, array, error)
                         : encode_texts (encoder, request, array, error);
}
