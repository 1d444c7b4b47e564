/* A vocab.json, a zero byte, a merges.txt, a zero byte, and a text for them: ids stay in the
 * vocabulary and in their array, and those of the longer list begin like those of the shorter. */
#include "fuzz.h"

#include "guise-json.h"
#include "guise-tokenizer-read-private.h"

#include <string.h>

enum {
  MAX_IDS = 77,
};

static void
encode (const GuiseClipBpe *bpe, const char *text)
{
  const GuiseClipBpeParts *parts = guise_clip_bpe_get_parts (bpe);
  gint32 ids[MAX_IDS], few[4];
  gsize n = guise_clip_bpe_encode (bpe, text, MAX_IDS, ids);
  gsize n_few = guise_clip_bpe_encode (bpe, text, G_N_ELEMENTS (few), few);

  g_assert_true (n >= 2 && n <= MAX_IDS);
  g_assert_cmpint (ids[0], ==, parts->begin);
  g_assert_cmpint (ids[n - 1], ==, parts->end);
  for (gsize i = 0; i < n; i++)
    g_assert_true (ids[i] >= 0 && ids[i] < guise_clip_bpe_get_n_ids (bpe));
  g_assert_cmpuint (n_few, ==, MIN (n, G_N_ELEMENTS (few)));
  for (gsize i = 0; i + 1 < n_few; i++)
    g_assert_cmpint (few[i], ==, ids[i]);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  g_autofree char *bytes = g_strndup ((const char *)data, size); /* zero bytes inside, one behind */
  gsize n_vocab = strnlen ((const char *)data, size), merges, n_merges, text;
  GError *error = NULL;
  json_auto_t *vocab = NULL;
  g_autoptr (GuiseClipBpe) bpe = NULL;

  memcpy (bytes, data, size);
  merges = MIN (n_vocab + 1, size);
  n_merges = strnlen ((const char *)data + merges, size - merges);
  text = MIN (merges + n_merges + 1, size);
  vocab = guise_json_parse (bytes, n_vocab, GUISE_TOKENIZER_MAX_BYTES, "vocab.json", &error);
  if (vocab != NULL)
    bpe = guise_tokenizer_read_clip (vocab, bytes + merges, n_merges, NULL, "vocab.json",
                                     "merges.txt", &error);
  fuzz_judge (bpe != NULL, error);
  if (bpe != NULL)
    encode (bpe, bytes + text);
}
