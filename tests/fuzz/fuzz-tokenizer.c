/* A tokenizer.json, a zero byte, and a text for it: ids stay in the vocabulary and in their array.
 */
#include "fuzz.h"

#include "guise-json.h"
#include "guise-tokenizer-read-private.h"

#include <string.h>

enum {
  MAX_IDS = 77,
};

static void
encode (const GuiseTokenizerModel *model, const char *text)
{
  gint32 ids[MAX_IDS];
  gsize n = model->bpe != NULL ? guise_clip_bpe_encode (model->bpe, text, MAX_IDS, ids)
                               : guise_wordpiece_encode (model->wordpiece, text, MAX_IDS, ids);
  gint32 n_ids = model->bpe != NULL ? guise_clip_bpe_get_n_ids (model->bpe)
                                    : guise_wordpiece_get_n_tokens (model->wordpiece);

  g_assert_true (n >= 2 && n <= MAX_IDS);
  for (gsize i = 0; i < n; i++)
    g_assert_true (ids[i] >= 0 && ids[i] < n_ids);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  gsize n_json = strnlen ((const char *)data, size), from = MIN (n_json + 1, size);
  g_autofree char *text = g_strndup ((const char *)data + from, size - from);
  GuiseTokenizerModel model = { 0 };
  GError *error = NULL;
  json_auto_t *root = guise_json_parse ((const char *)data, n_json, GUISE_TOKENIZER_MAX_BYTES,
                                        "tokenizer.json", &error);
  gboolean done
      = root != NULL && guise_tokenizer_read_json (root, "tokenizer.json", &model, &error);

  fuzz_judge (done, error);
  if (done)
    encode (&model, text);
  guise_wordpiece_free (model.wordpiece);
  guise_clip_bpe_free (model.bpe);
}
