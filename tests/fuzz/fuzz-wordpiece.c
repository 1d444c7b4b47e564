/* A vocabulary, a zero byte, and a text for it: ids stay in the vocabulary and in their array. */
#include "fuzz.h"

#include "guise-wordpiece.h"

#include <string.h>

#define MAX_IDS 77

static void
encode (const GuiseWordpiece *wordpiece, const char *text, gsize max)
{
  const GuiseWordpieceSpecials *specials = guise_wordpiece_get_specials (wordpiece);
  g_autofree gint32 *ids = g_new (gint32, max);
  gsize n = guise_wordpiece_encode (wordpiece, text, max, ids);

  g_assert_cmpuint (n, >=, 2);
  g_assert_cmpuint (n, <=, max);
  g_assert_cmpint (ids[0], ==, specials->cls);
  g_assert_cmpint (ids[n - 1], ==, specials->sep);
  for (gsize i = 0; i < n; i++) {
    g_assert_cmpint (ids[i], >=, 0);
    g_assert_cmpint (ids[i], <, guise_wordpiece_get_n_tokens (wordpiece));
    g_assert_nonnull (guise_wordpiece_get_token (wordpiece, ids[i]));
  }
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  gsize n_vocab = size > 0 ? strnlen ((const char *)data, size) : 0;
  gsize from = MIN (n_vocab + 1, size);
  g_autofree char *text = g_strndup ((const char *)data + from, size - from);
  GError *error = NULL;
  g_autoptr (GuiseWordpiece) wordpiece
      = guise_wordpiece_new ((const char *)data, n_vocab, "fuzz", &error);

  fuzz_judge (wordpiece != NULL, error);
  if (wordpiece == NULL)
    return;
  encode (wordpiece, text, MAX_IDS);
  encode (wordpiece, text, 2);
}
