#include "guise-wordpiece.h"
#include "guise-bert-split.h"
#include "guise-bert-unicode.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

#include <string.h>

enum {
  MAX_WORD = 100, /* characters; longer words are [UNK] */
};

struct _GuiseWordpiece {
  GuiseVocabulary *vocabulary;
  GuiseAddedTokens *added;
  GuiseBertSplit split;
  GuiseWordpieceSpecials specials;
};

/* White space at a line's end does not belong to the token (a word never holds any). */
static void
trim_end (char *line)
{
  char *end = line + strlen (line);

  while (end > line) {
    char *last = g_utf8_prev_char (end);

    if (!guise_bert_is_space (g_utf8_get_char (last)))
      break;
    end = last;
  }
  *end = '\0';
}

static gboolean
add_lines (GuiseVocabulary *vocabulary, char *text, gsize size, const char *where, GError **error)
{
  char *line = text, *end = text + size;

  for (gint32 id = 0; line < end; id++) {
    char *feed = memchr (line, '\n', (gsize)(end - line));
    char *next = feed != NULL ? feed + 1 : end;

    if (id >= GUISE_VOCABULARY_MAX_IDS) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                   "cannot read vocabulary '%s': it has more than %d lines", where,
                   GUISE_VOCABULARY_MAX_IDS);
      return FALSE;
    }
    if (feed != NULL)
      *feed = '\0';
    trim_end (line);
    guise_vocabulary_add (vocabulary, line, id);
    line = next;
  }
  return TRUE;
}

static gboolean
find_specials (GuiseWordpiece *self, const char *where, GError **error)
{
  const struct {
    const char *token;
    gint32 *id;
  } wanted[] = {
    { "[PAD]", &self->specials.pad },
    { "[UNK]", &self->specials.unk },
    { "[CLS]", &self->specials.cls },
    { "[SEP]", &self->specials.sep },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) {
    *wanted[i].id = guise_vocabulary_find (self->vocabulary, wanted[i].token);
    if (*wanted[i].id < 0) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
                   "cannot read vocabulary '%s': '%s' is missing", where, wanted[i].token);
      return FALSE;
    }
  }
  self->specials.mask = guise_vocabulary_find (self->vocabulary, "[MASK]");
  return TRUE;
}

static GuiseAddedTokens *
create_added (const GuiseWordpieceSpecials *specials)
{
  GuiseAddedTokens *added = guise_added_tokens_new ();

  guise_added_tokens_add (added, "[PAD]", specials->pad, FALSE);
  guise_added_tokens_add (added, "[UNK]", specials->unk, FALSE);
  guise_added_tokens_add (added, "[CLS]", specials->cls, FALSE);
  guise_added_tokens_add (added, "[SEP]", specials->sep, FALSE);
  if (specials->mask >= 0)
    guise_added_tokens_add (added, "[MASK]", specials->mask, FALSE);
  return added;
}

GuiseVocabulary *
guise_wordpiece_read_lines (const char *vocab, gsize size, const char *where, GError **error)
{
  g_autoptr (GuiseVocabulary) vocabulary = NULL;
  g_autofree char *text = NULL;

  if (size > GUISE_WORDPIECE_MAX_BYTES) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                 "cannot read vocabulary '%s': %zu bytes are more than the %zu allowed", where,
                 size, GUISE_WORDPIECE_MAX_BYTES);
    return NULL;
  }
  if (!g_utf8_validate_len (vocab, size, NULL)) { /* refuses zero bytes too */
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
                 "cannot read vocabulary '%s': not UTF-8 text", where);
    return NULL;
  }
  vocabulary = guise_vocabulary_new ();
  text = g_strndup (vocab, size);
  return add_lines (vocabulary, text, size, where, error) ? g_steal_pointer (&vocabulary) : NULL;
}

GuiseWordpiece *
guise_wordpiece_new_from (GuiseVocabulary *vocabulary, GuiseAddedTokens *added,
                          const GuiseBertSplit *split, const char *where, GError **error)
{
  g_autoptr (GuiseWordpiece) self = g_new0 (GuiseWordpiece, 1);

  self->vocabulary = vocabulary;
  self->added = added;
  self->split = *split;
  if (!find_specials (self, where, error))
    return NULL;
  if (self->added == NULL)
    self->added = create_added (&self->specials);
  return g_steal_pointer (&self);
}

GuiseWordpiece *
guise_wordpiece_new (const char *vocab, gsize size, const char *where, GError **error)
{
  GuiseVocabulary *vocabulary = guise_wordpiece_read_lines (vocab, size, where, error);

  return vocabulary != NULL
             ? guise_wordpiece_new_from (vocabulary, NULL, &guise_bert_uncased, where, error)
             : NULL;
}

GuiseWordpiece *
guise_wordpiece_load (const char *path, GError **error)
{
  gsize size;
  g_autofree char *text = guise_read_file (path, GUISE_WORDPIECE_MAX_BYTES, &size, error);

  return text != NULL ? guise_wordpiece_new (text, size, path, error) : NULL;
}

void
guise_wordpiece_free (GuiseWordpiece *self)
{
  if (self == NULL)
    return;
  guise_vocabulary_free (self->vocabulary);
  guise_added_tokens_free (self->added);
  g_free (self);
}

gint32
guise_wordpiece_get_n_tokens (const GuiseWordpiece *self)
{
  return MAX (guise_vocabulary_get_n_ids (self->vocabulary),
              guise_added_tokens_get_n_ids (self->added));
}

const GuiseWordpieceSpecials *
guise_wordpiece_get_specials (const GuiseWordpiece *self)
{
  return &self->specials;
}

const char *
guise_wordpiece_get_token (const GuiseWordpiece *self, gint32 id)
{
  return guise_vocabulary_get_token (self->vocabulary, id);
}

gint32
guise_wordpiece_find_token (const GuiseWordpiece *self, const char *token)
{
  return guise_vocabulary_find (self->vocabulary, token);
}

static gboolean
refuse_lines (const char *where, GError **error, const char *why)
{
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot make a vocab.txt of tokenizer '%s': %s", where, why);
  return FALSE;
}

static gboolean
is_as_read (const GuiseWordpiece *self)
{
  g_autoptr (GuiseAddedTokens) usual = create_added (&self->specials);

  return guise_added_tokens_equal (self->added, usual);
}

/* Whether each line was read as the token of its id again. */
static gboolean
is_same (const GuiseWordpiece *self, const GuiseVocabulary *read)
{
  gint32 n = guise_wordpiece_get_n_tokens (self);

  for (gint32 id = 0; id < n; id++) {
    const char *token = guise_wordpiece_get_token (self, id);

    if (g_strcmp0 (guise_vocabulary_get_token (read, id), token) != 0
        || guise_vocabulary_find (read, token) != guise_wordpiece_find_token (self, token))
      return FALSE;
  }
  return guise_vocabulary_get_n_ids (read) == n;
}

char *
guise_wordpiece_write_lines (const GuiseWordpiece *self, const char *where, gsize *size,
                             GError **error)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (GuiseVocabulary) read = NULL;

  if (!self->split.lower || !self->split.accents || !self->split.chinese)
    return refuse_lines (where, error, "it does not read texts as uncased models do"), NULL;
  if (!is_as_read (self))
    return refuse_lines (where, error, "it has added tokens"), NULL;
  for (gint32 id = 0; id < guise_wordpiece_get_n_tokens (self); id++) {
    const char *token = guise_wordpiece_get_token (self, id);

    if (token == NULL)
      return refuse_lines (where, error, "it leaves out ids"), NULL;
    g_string_append_printf (lines, "%s\n", token);
  }
  read = guise_wordpiece_read_lines (lines->str, lines->len, where, error);
  if (read == NULL)
    return NULL;
  if (!is_same (self, read))
    return refuse_lines (where, error, "it has tokens that are no line"), NULL;
  *size = lines->len;
  return g_string_free (g_steal_pointer (&lines), FALSE);
}

typedef struct {
  const GuiseWordpiece *wordpiece;
  gint32 *ids;
  gsize n, max;
} Encoding;

/* Returns FALSE when there is no room for another piece. */
static gboolean
put (Encoding *out, gint32 id)
{
  if (out->n < out->max)
    out->ids[out->n++] = id;
  return out->n < out->max;
}

/* The longest piece at the start of word: its id and length in bytes, or -1. ends[i] is where the
 * i-th character ends. */
static gint32
match_longest (const GuiseWordpiece *self, const char *prefix, const char *word, const gsize *ends,
               gsize n_ends, gsize *n_matched)
{
  guint32 hashes[MAX_WORD];
  guint32 hash = guise_vocabulary_hash (GUISE_VOCABULARY_HASH_EMPTY, prefix, strlen (prefix));
  gsize from = 0;

  for (gsize i = 0; i < n_ends; i++) {
    hash = guise_vocabulary_hash (hash, word + from, ends[i] - from);
    hashes[i] = hash;
    from = ends[i];
  }
  for (gsize i = n_ends; i-- > 0;) {
    gint32 id = guise_vocabulary_find_hashed (self->vocabulary, hashes[i], prefix, word, ends[i]);

    if (id >= 0) {
      *n_matched = i + 1;
      return id;
    }
  }
  return -1;
}

static gboolean
encode_word (const char *word, gsize n_bytes, gsize n_chars, gpointer user_data)
{
  Encoding *out = user_data;
  gsize ends[MAX_WORD], n_pieces = 0;
  gint32 pieces[MAX_WORD];

  if (n_chars > MAX_WORD)
    return put (out, out->wordpiece->specials.unk);
  while (n_chars > 0) {
    const char *next = word;
    gsize n_matched;

    for (gsize i = 0; i < n_chars; i++) {
      next = g_utf8_next_char (next);
      ends[i] = (gsize)(next - word);
    }
    pieces[n_pieces]
        = match_longest (out->wordpiece, n_pieces > 0 ? "##" : "", word, ends, n_chars, &n_matched);
    if (pieces[n_pieces++] < 0) /* one gap makes the whole word unknown */
      return put (out, out->wordpiece->specials.unk);
    word += ends[n_matched - 1];
    n_chars -= n_matched;
  }
  for (gsize i = 0; i < n_pieces; i++)
    if (!put (out, pieces[i]))
      return FALSE;
  return TRUE;
}

gsize
guise_wordpiece_encode (const GuiseWordpiece *self, const char *text, gsize max, gint32 *ids)
{
  Encoding out = { .wordpiece = self, .ids = ids, .max = max - 1 };
  gboolean room = max > 2;
  gsize left = strlen (text), at, length;
  gint32 id;

  g_return_val_if_fail (max >= 2, 0);
  ids[out.n++] = self->specials.cls;
  while (room
         && (id = guise_added_tokens_find (self->added, FALSE, text, left, &at, &length)) >= 0) {
    room = guise_bert_split (&self->split, text, at, encode_word, &out) && put (&out, id);
    text += at + length;
    left -= at + length;
  }
  if (room)
    guise_bert_split (&self->split, text, left, encode_word, &out);
  ids[out.n++] = self->specials.sep;
  return out.n;
}
