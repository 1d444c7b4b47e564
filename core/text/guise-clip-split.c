#include "guise-clip-split.h"
#include "guise-bert-unicode.h"
#include "guise-clip-unicode.h"
#include "guise-normal-form.h"

#include <string.h>

/* Decoded and composed. */
static GArray *
create_chars (const char *text, gsize n_bytes)
{
  GArray *chars = g_array_sized_new (FALSE, FALSE, sizeof (gunichar), (guint)MIN (n_bytes, 4096));
  gunichar *data;

  for (gsize i = 0; i < n_bytes;) {
    gunichar c = g_utf8_get_char_validated (text + i, (gssize)(n_bytes - i));
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];

    if (c >= 0x110000) { /* not UTF-8, or cut short */
      i++;
      continue;
    }
    i += (gsize)(g_utf8_next_char (text + i) - (text + i));
    g_array_append_vals (chars, parts, (guint)guise_normal_decompose (c, parts));
  }
  data = (gunichar *)(gpointer)chars->data;
  guise_normal_order (data, chars->len);
  g_array_set_size (chars, (guint)guise_normal_compose (data, chars->len));
  return chars;
}

GString *
guise_clip_normalise (const char *text, gsize n_bytes)
{
  g_autoptr (GArray) chars = create_chars (text, n_bytes);
  GString *out = g_string_sized_new (n_bytes);
  gboolean after_space = FALSE;

  for (guint i = 0; i < chars->len; i++) {
    gunichar c = g_array_index (chars, gunichar, i), lower[2];
    gboolean space = guise_bert_is_space (c);
    gsize n_lower = guise_bert_to_lower (c, lower);

    if (space && !after_space)
      g_string_append_c (out, ' ');
    for (gsize j = 0; j < n_lower && !space; j++)
      g_string_append_unichar (out, lower[j]);
    after_space = space;
  }
  return out;
}

/* The length of the first of n words that text begins with, or 0. */
static gsize
match_any (const char *text, gsize n_bytes, const char *const *words, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    gsize length = strlen (words[i]);

    if (length <= n_bytes && memcmp (text, words[i], length) == 0)
      return length;
  }
  return 0;
}

static gsize
match_contraction (const char *text, gsize n_bytes)
{
  static const char *const ends[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };

  return *text == '\'' ? match_any (text, n_bytes, ends, G_N_ELEMENTS (ends)) : 0;
}

/* A special token that stands at the beginning of a match is one, but the byte-level stage behind
 * it takes it apart again: "<|", "startoftext", "|>". */
static gsize
match_special (const char *text, gsize n_bytes)
{
  static const char *const specials[] = { "<|startoftext|>", "<|endoftext|>" };

  return *text == '<' ? match_any (text, n_bytes, specials, G_N_ELEMENTS (specials)) : 0;
}

enum {
  BRACKET = 2, /* bytes of "<|" and of "|>" */
};

static gboolean
hand_special (const char *word, gsize length, GuiseClipWordFunc func, gpointer user_data)
{
  return func (word, BRACKET, user_data)
         && func (word + BRACKET, length - 2 * BRACKET, user_data)
         && func (word + length - BRACKET, BRACKET, user_data);
}

/* The length of the run of characters of one class that text begins with. */
static gsize
match_run (const char *text, gsize n_bytes)
{
  GuiseClipClass first = guise_clip_classify (g_utf8_get_char (text));
  gsize end = (gsize)(g_utf8_next_char (text) - text);

  while (first != GUISE_CLIP_NUMBER && end < n_bytes
         && guise_clip_classify (g_utf8_get_char (text + end)) == first)
    end += (gsize)(g_utf8_next_char (text + end) - (text + end));
  return end;
}

gboolean
guise_clip_split (const char *text, gsize n_bytes, gboolean specials, GuiseClipWordFunc func,
                  gpointer user_data)
{
  gsize length;

  for (gsize i = 0; i < n_bytes; i += length) {
    const char *word = text + i;

    if (specials && (length = match_special (word, n_bytes - i)) > 0) {
      if (!hand_special (word, length, func, user_data))
        return FALSE;
      continue;
    }
    length = match_contraction (word, n_bytes - i);
    if (length == 0)
      length = match_run (word, n_bytes - i);
    if (*word != ' ' && !func (word, length, user_data))
      return FALSE;
  }
  return TRUE;
}
