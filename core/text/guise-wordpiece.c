#include "guise-wordpiece.h"
#include "guise-bert-split.h"
#include "guise-bert-unicode.h"
#include "guise-formats-error.h"
#include "guise-read-file.h"

#include <string.h>

enum {
  MAX_WORD = 100, /* characters; longer words are [UNK] */
  N_SPECIALS = 5,
};

typedef struct {
  guint32 hash;
  gint32 id; /* -1: free */
} Slot;

struct _GuiseWordpiece {
  char *text; /* vocab.txt, its line ends replaced by terminators */
  const char **tokens;
  gint32 n_tokens;
  Slot *slots; /* open addressing, a power of two, at most half full */
  gsize mask;
  GuiseWordpieceSpecials specials;
};

/* FNV-1a: the hash of a longer prefix goes on from that of a shorter one. */
static guint32
hash_bytes (guint32 hash, const char *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    hash = (hash ^ (guint8)bytes[i]) * 16777619u;
  return hash;
}

#define HASH_EMPTY 2166136261u

/* The slot of prefix + word, or the free one where it would go. */
static Slot *
find_slot (const GuiseWordpiece *self, guint32 hash, const char *prefix, const char *word, gsize n)
{
  gsize n_prefix = strlen (prefix);

  for (gsize i = hash & self->mask;; i = (i + 1) & self->mask) {
    Slot *slot = &self->slots[i];
    const char *token;

    if (slot->id < 0)
      return slot;
    token = self->tokens[slot->id];
    if (slot->hash == hash && strncmp (token, prefix, n_prefix) == 0
        && strncmp (token + n_prefix, word, n) == 0 && token[n_prefix + n] == '\0')
      return slot;
  }
}

gint32
guise_wordpiece_find_token (const GuiseWordpiece *self, const char *token)
{
  gsize n = strlen (token);

  return find_slot (self, hash_bytes (HASH_EMPTY, token, n), "", token, n)->id;
}

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

static void
split_lines (GuiseWordpiece *self, gsize size)
{
  gsize n_lines = 0;
  char *line = self->text, *end = self->text + size;

  for (gsize i = 0; i < size; i++)
    n_lines += self->text[i] == '\n';
  n_lines += size > 0 && end[-1] != '\n';
  self->tokens = g_new (const char *, n_lines + 1);
  while (line < end) {
    char *feed = memchr (line, '\n', (gsize)(end - line));
    char *next = feed != NULL ? feed + 1 : end;

    if (feed != NULL)
      *feed = '\0';
    trim_end (line);
    self->tokens[self->n_tokens++] = line;
    line = next;
  }
}

static void
fill_slots (GuiseWordpiece *self)
{
  gsize n_slots = 16;

  while (n_slots < 2 * (gsize)self->n_tokens)
    n_slots *= 2;
  self->mask = n_slots - 1;
  self->slots = g_new (Slot, n_slots);
  for (gsize i = 0; i < n_slots; i++)
    self->slots[i].id = -1;
  for (gint32 id = 0; id < self->n_tokens; id++) {
    gsize n = strlen (self->tokens[id]);
    guint32 hash = hash_bytes (HASH_EMPTY, self->tokens[id], n);

    *find_slot (self, hash, "", self->tokens[id], n) = (Slot){ hash, id };
  }
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
    *wanted[i].id = guise_wordpiece_find_token (self, wanted[i].token);
    if (*wanted[i].id < 0) {
      g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
                   "cannot read vocabulary '%s': '%s' is missing", where, wanted[i].token);
      return FALSE;
    }
  }
  self->specials.mask = guise_wordpiece_find_token (self, "[MASK]");
  return TRUE;
}

GuiseWordpiece *
guise_wordpiece_new (const char *vocab, gsize size, const char *where, GError **error)
{
  g_autoptr (GuiseWordpiece) self = g_new0 (GuiseWordpiece, 1);

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
  self->text = g_strndup (vocab, size);
  split_lines (self, size);
  fill_slots (self);
  return find_specials (self, where, error) ? g_steal_pointer (&self) : NULL;
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
  g_free (self->slots);
  g_free (self->tokens);
  g_free (self->text);
  g_free (self);
}

gint32
guise_wordpiece_get_n_tokens (const GuiseWordpiece *self)
{
  return self->n_tokens;
}

const GuiseWordpieceSpecials *
guise_wordpiece_get_specials (const GuiseWordpiece *self)
{
  return &self->specials;
}

const char *
guise_wordpiece_get_token (const GuiseWordpiece *self, gint32 id)
{
  g_return_val_if_fail (id >= 0 && id < self->n_tokens, NULL);
  return self->tokens[id];
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
  guint32 hash = hash_bytes (HASH_EMPTY, prefix, strlen (prefix));
  gsize from = 0;

  for (gsize i = 0; i < n_ends; i++) {
    hash = hash_bytes (hash, word + from, ends[i] - from);
    hashes[i] = hash;
    from = ends[i];
  }
  for (gsize i = n_ends; i-- > 0;) {
    gint32 id = find_slot (self, hashes[i], prefix, word, ends[i])->id;

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

/* The special token that text starts with, or -1. */
static gint32
match_special (const GuiseWordpiece *self, const char *text, gsize *length)
{
  const struct {
    const char *token;
    gint32 id;
  } specials[N_SPECIALS] = {
    { "[PAD]", self->specials.pad },
    { "[UNK]", self->specials.unk },
    { "[CLS]", self->specials.cls },
    { "[SEP]", self->specials.sep },
    { "[MASK]", self->specials.mask },
  };

  for (gsize i = 0; i < N_SPECIALS; i++)
    if (g_str_has_prefix (text, specials[i].token)) {
      *length = strlen (specials[i].token);
      return specials[i].id;
    }
  return -1;
}

gsize
guise_wordpiece_encode (const GuiseWordpiece *self, const char *text, gsize max, gint32 *ids)
{
  Encoding out = { .wordpiece = self, .ids = ids, .max = max - 1 };
  gboolean room = max > 2;
  const char *start = text, *bracket = text;

  g_return_val_if_fail (max >= 2, 0);
  ids[out.n++] = self->specials.cls;
  while (room && (bracket = strchr (bracket, '[')) != NULL) {
    gsize length;
    gint32 id = match_special (self, bracket, &length);

    if (id < 0) {
      bracket++;
      continue;
    }
    room = guise_bert_split (start, (gsize)(bracket - start), encode_word, &out) && put (&out, id);
    start = bracket += length;
  }
  if (room)
    guise_bert_split (start, strlen (start), encode_word, &out);
  ids[out.n++] = self->specials.sep;
  return out.n;
}
