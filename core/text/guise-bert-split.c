#include "guise-bert-split.h"
#include "guise-bert-unicode.h"
#include "guise-normal-form.h"

const GuiseBertSplit guise_bert_uncased = { .lower = TRUE, .accents = TRUE, .chinese = TRUE };

static void
append (GArray *chars, const GuiseBertSplit *split, gunichar c)
{
  gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
  gsize n = split->accents ? guise_normal_decompose (c, parts) : 1;

  if (!split->accents)
    parts[0] = c;
  g_array_append_vals (chars, parts, (guint)n);
}

/* Decoded, cleaned and, where accents go, decomposed; ideographs stand between spaces. */
static GArray *
create_chars (const GuiseBertSplit *split, const char *text, gsize n_bytes)
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
    if (split->chinese && guise_bert_is_chinese (c)) {
      g_array_append_val (chars, space);
      append (chars, split, c);
      g_array_append_val (chars, space);
    } else {
      append (chars, split, guise_bert_is_space (c) ? space : c);
    }
  }
  if (split->accents)
    guise_normal_order ((gunichar *)(gpointer)chars->data, chars->len);
  return chars;
}

typedef struct {
  GuiseBertWordFunc func;
  gpointer user_data;
  GString *word;
  gsize n_chars;
} Splitter;

/* Hands the word over that has been gathered, if any; FALSE when func ended it. */
static gboolean
end_word (Splitter *self)
{
  gboolean going
      = self->n_chars == 0
        || self->func (self->word->str, self->word->len, self->n_chars, self->user_data);

  g_string_truncate (self->word, 0);
  self->n_chars = 0;
  return going;
}

static gboolean
add_char (Splitter *self, gunichar c)
{
  gboolean alone = guise_bert_is_punctuation (c), space = guise_bert_is_space (c);

  if ((alone || space) && !end_word (self))
    return FALSE;
  if (space)
    return TRUE;
  g_string_append_unichar (self->word, c);
  self->n_chars++;
  return !alone || end_word (self);
}

gboolean
guise_bert_split (const GuiseBertSplit *split, const char *text, gsize n_bytes,
                  GuiseBertWordFunc func, gpointer user_data)
{
  g_autoptr (GArray) chars = create_chars (split, text, n_bytes);
  g_autoptr (GString) word = g_string_sized_new (64);
  Splitter splitter = { .func = func, .user_data = user_data, .word = word };

  for (guint i = 0; i < chars->len; i++) {
    gunichar c = g_array_index (chars, gunichar, i), lower[2];
    gsize n_lower = 1;

    if (split->accents && guise_bert_is_mark (c))
      continue;
    lower[0] = c;
    if (split->lower)
      n_lower = guise_bert_to_lower (c, lower);
    for (gsize j = 0; j < n_lower; j++)
      if (!add_char (&splitter, lower[j]))
        return FALSE;
  }
  return end_word (&splitter);
}
