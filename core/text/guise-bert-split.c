#include "guise-bert-split.h"
#include "guise-bert-unicode.h"

static void
append (GArray *chars, gunichar c)
{
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  gsize n = guise_bert_decompose (c, parts);

  g_array_append_vals (chars, parts, (guint)n);
}

/* Decoded, cleaned and decomposed; ideographs stand between spaces. */
static GArray *
create_chars (const char *text, gsize n_bytes)
{
  GArray *chars = g_array_sized_new (FALSE, FALSE, sizeof (gunichar), (guint)MIN (n_bytes, 4096));
  const gunichar space = ' ';

  for (gsize i = 0; i < n_bytes;) {
    gunichar c = g_utf8_get_char_validated (text + i, (gssize)(n_bytes - i));

    if (c >= 0x110000) { /* not UTF-8, or cut short */
      i++;
      continue;
    }
    i += (gsize)(g_utf8_next_char (text + i) - (text + i));
    if (guise_bert_is_dropped (c))
      continue;
    if (guise_bert_is_chinese (c)) {
      g_array_append_val (chars, space);
      append (chars, c);
      g_array_append_val (chars, space);
    } else {
      append (chars, guise_bert_is_space (c) ? space : c);
    }
  }
  if (chars->len > 1) /* GLib counts down from an unsigned length */
    g_unicode_canonical_ordering ((gunichar *)(gpointer)chars->data, chars->len);
  return chars;
}

gboolean
guise_bert_split (const char *text, gsize n_bytes, GuiseBertWordFunc func, gpointer user_data)
{
  g_autoptr (GArray) chars = create_chars (text, n_bytes);
  g_autoptr (GString) word = g_string_sized_new (64);
  gsize n_chars = 0;

  for (guint i = 0; i < chars->len; i++) {
    gunichar c = g_array_index (chars, gunichar, i);
    gboolean alone;

    if (guise_bert_is_mark (c))
      continue;
    c = guise_bert_to_lower (c);
    alone = guise_bert_is_punctuation (c);
    if ((alone || guise_bert_is_space (c)) && n_chars > 0) {
      if (!func (word->str, word->len, n_chars, user_data))
        return FALSE;
      g_string_truncate (word, 0);
      n_chars = 0;
    }
    if (guise_bert_is_space (c))
      continue;
    g_string_append_unichar (word, c);
    n_chars++;
    if (alone) {
      if (!func (word->str, word->len, 1, user_data))
        return FALSE;
      g_string_truncate (word, 0);
      n_chars = 0;
    }
  }
  return n_chars == 0 || func (word->str, word->len, n_chars, user_data);
}
