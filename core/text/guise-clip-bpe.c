#include "guise-clip-bpe.h"
#include "guise-clip-split.h"
#include "guise-formats-error.h"

#include <string.h>

#define END_OF_WORD "</w>"

enum {
  MAX_BYTES = 1 << 28, /* of a text: positions of symbols stay far within 32 bits */
};

typedef struct {
  guint64 pair; /* the left id above the right one; PAIR_NONE: free */
  gint32 rank, id;
} Merge;

#define PAIR_NONE G_MAXUINT64

/* Whether the pieces of the word that a token spells are that token alone: found out when it is
 * first met. Threads that do so together write the same. */
enum { UNKNOWN,
       WHOLE,
       IN_PIECES };

struct _GuiseClipBpe {
  GuiseVocabulary *vocabulary;
  GuiseAddedTokens *added;
  GuiseClipBpeParts parts;
  gint32 bytes[256], last_bytes[256]; /* the symbols of one byte, -1: none */
  Merge *merges;                      /* open addressing, a power of two, at most half full */
  gsize n_slots, n_merges;
  gint32 n_ranks;
  guint8 *whole; /* by id */
};

/* ---- making one ---- */

/* The printable character that stands for a byte in the vocabulary: the byte itself where it has a
 * glyph, the others in their order from U+0100 on. */
static gunichar
get_symbol (guint8 byte)
{
  gunichar n = 0x100;

  if ((byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae)
    return byte;
  if (byte <= ' ')
    return n + byte;
  n += ' ' + 1;
  return byte == 0xad ? n + 0xa0 - 0x7f + 1 : n + byte - 0x7f;
}

static void
find_bytes (GuiseClipBpe *self)
{
  for (gsize byte = 0; byte < 256; byte++) {
    char symbol[16] = { 0 };
    int n = g_unichar_to_utf8 (get_symbol ((guint8)byte), symbol);

    self->bytes[byte] = guise_vocabulary_find (self->vocabulary, symbol);
    memcpy (symbol + n, END_OF_WORD, sizeof END_OF_WORD);
    self->last_bytes[byte] = guise_vocabulary_find (self->vocabulary, symbol);
  }
}

static Merge *
create_slots (gsize n)
{
  Merge *merges = g_new (Merge, n);

  for (gsize i = 0; i < n; i++)
    merges[i].pair = PAIR_NONE;
  return merges;
}

GuiseClipBpe *
guise_clip_bpe_new (GuiseVocabulary *vocabulary, GuiseAddedTokens *added,
                    const GuiseClipBpeParts *parts)
{
  GuiseClipBpe *self = g_new0 (GuiseClipBpe, 1);

  self->vocabulary = vocabulary;
  self->added = added;
  self->parts = *parts;
  self->n_slots = 16;
  self->merges = create_slots (self->n_slots);
  self->whole = g_new0 (guint8, (gsize)guise_vocabulary_get_n_ids (vocabulary));
  find_bytes (self);
  return self;
}

void
guise_clip_bpe_free (GuiseClipBpe *self)
{
  if (self == NULL)
    return;
  guise_vocabulary_free (self->vocabulary);
  guise_added_tokens_free (self->added);
  g_free (self->merges);
  g_free (self->whole);
  g_free (self);
}

/* The slot of a pair, or the free one where it would go. */
static Merge *
find_merge (const GuiseClipBpe *self, gint32 left, gint32 right)
{
  guint64 pair = (guint64)(guint32)left << 32 | (guint32)right;
  gsize at = (gsize)((pair * 0x9e3779b97f4a7c15u) >> 32) & (self->n_slots - 1);

  while (self->merges[at].pair != pair && self->merges[at].pair != PAIR_NONE)
    at = (at + 1) & (self->n_slots - 1);
  return &self->merges[at];
}

static void
double_slots (GuiseClipBpe *self)
{
  Merge *old = self->merges;
  gsize n_old = self->n_slots;

  self->n_slots = 2 * n_old;
  self->merges = create_slots (self->n_slots);
  for (gsize i = 0; i < n_old; i++)
    if (old[i].pair != PAIR_NONE)
      *find_merge (self, (gint32)(old[i].pair >> 32), (gint32)(guint32)old[i].pair) = old[i];
  g_free (old);
}

static gboolean
find_part (const GuiseClipBpe *self, const char *token, const char *where, gint32 *id,
           GError **error)
{
  g_autofree char *shown = NULL;

  *id = guise_vocabulary_find (self->vocabulary, token);
  if (*id >= 0)
    return TRUE;
  shown = guise_formats_clean (token);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot read merges '%s': '%s' is not in the vocabulary", where, shown);
  return FALSE;
}

gboolean
guise_clip_bpe_add_merge (GuiseClipBpe *self, const char *left, const char *right,
                          const char *where, GError **error)
{
  g_autofree char *both = g_strconcat (left, right, NULL);
  gint32 left_id, right_id, id;
  Merge *merge;

  if (!find_part (self, left, where, &left_id, error)
      || !find_part (self, right, where, &right_id, error)
      || !find_part (self, both, where, &id, error))
    return FALSE;
  if (2 * (self->n_merges + 1) > self->n_slots)
    double_slots (self);
  merge = find_merge (self, left_id, right_id);
  self->n_merges += merge->pair == PAIR_NONE;
  *merge = (Merge){ (guint64)(guint32)left_id << 32 | (guint32)right_id, self->n_ranks++, id };
  return TRUE;
}

gint32
guise_clip_bpe_get_n_ids (const GuiseClipBpe *self)
{
  return MAX (guise_vocabulary_get_n_ids (self->vocabulary),
              guise_added_tokens_get_n_ids (self->added));
}

const GuiseClipBpeParts *
guise_clip_bpe_get_parts (const GuiseClipBpe *self)
{
  return &self->parts;
}

/* ---- merging the symbols of a word ---- */

typedef struct {
  gint32 id;
  gint32 before, after; /* neighbours, -1: none */
  gboolean gone;        /* part of the one before */
} Symbol;

typedef struct {
  gint32 rank, at, id; /* at: the left symbol */
} Candidate;

typedef struct {
  const GuiseClipBpe *bpe;
  GArray *symbols; /* Symbol */
  GArray *heap;    /* Candidate, the first to be merged on top */
  GString *spelt;  /* the word as the vocabulary writes it */
  gint32 *ids;
  gsize n, max;
} Encoding;

static gboolean
comes_first (const Candidate *a, const Candidate *b)
{
  return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void
push (GArray *heap, Candidate candidate)
{
  Candidate *items;
  guint i = heap->len;

  g_array_append_val (heap, candidate);
  items = (Candidate *)(gpointer)heap->data;
  while (i > 0 && comes_first (&candidate, &items[(i - 1) / 2])) {
    items[i] = items[(i - 1) / 2];
    i = (i - 1) / 2;
  }
  items[i] = candidate;
}

static Candidate
pop (GArray *heap)
{
  Candidate *items = (Candidate *)(gpointer)heap->data;
  Candidate top = items[0], last = items[heap->len - 1];
  guint n = heap->len - 1, i = 0;

  g_array_set_size (heap, n);
  for (guint child = 1; child < n; child = 2 * i + 1) {
    child += child + 1 < n && comes_first (&items[child + 1], &items[child]);
    if (!comes_first (&items[child], &last))
      break;
    items[i] = items[child];
    i = child;
  }
  if (n > 0)
    items[i] = last;
  return top;
}

/* Puts the pair that begins at symbol at on the heap, if there is a merge for it. */
static void
propose (Encoding *out, gint32 at)
{
  const Symbol *symbols = (const Symbol *)(gpointer)out->symbols->data;
  const Merge *merge;

  if (at < 0 || symbols[at].after < 0)
    return;
  merge = find_merge (out->bpe, symbols[at].id, symbols[symbols[at].after].id);
  if (merge->pair != PAIR_NONE)
    push (out->heap, (Candidate){ merge->rank, at, merge->id });
}

/* Whether the candidate's symbols are still what they were when it was proposed. */
static gboolean
is_current (const Encoding *out, const Candidate *candidate)
{
  const Symbol *symbols = (const Symbol *)(gpointer)out->symbols->data;
  const Symbol *left = &symbols[candidate->at];
  const Merge *merge;

  if (left->gone || left->after < 0)
    return FALSE;
  merge = find_merge (out->bpe, left->id, symbols[left->after].id);
  return merge->pair != PAIR_NONE && merge->id == candidate->id;
}

static void
merge_all (Encoding *out)
{
  Symbol *symbols = (Symbol *)(gpointer)out->symbols->data;

  for (guint i = 0; i + 1 < out->symbols->len; i++)
    propose (out, (gint32)i);
  while (out->heap->len > 0) {
    Candidate candidate = pop (out->heap);
    Symbol *left = &symbols[candidate.at], *right;

    if (!is_current (out, &candidate))
      continue;
    right = &symbols[left->after];
    left->id = candidate.id;
    left->after = right->after;
    right->gone = TRUE;
    if (left->after >= 0)
      symbols[left->after].before = candidate.at;
    propose (out, left->before);
    propose (out, candidate.at);
  }
}

/* ---- encoding ---- */

/* One symbol a byte; a byte without one is the unknown token, or left out where there is none. */
static void
spell (Encoding *out, const char *word, gsize n_bytes)
{
  const GuiseClipBpe *bpe = out->bpe;

  g_array_set_size (out->symbols, 0);
  g_string_truncate (out->spelt, 0);
  for (gsize i = 0; i < n_bytes; i++) {
    guint8 byte = (guint8)word[i];
    gint32 id = (i + 1 < n_bytes ? bpe->bytes : bpe->last_bytes)[byte];
    gint32 at = (gint32)out->symbols->len;
    Symbol symbol = { .id = id >= 0 ? id : bpe->parts.unk, .before = at - 1, .after = at + 1 };

    g_string_append_unichar (out->spelt, get_symbol (byte));
    if (symbol.id >= 0)
      g_array_append_val (out->symbols, symbol);
  }
  g_string_append (out->spelt, END_OF_WORD);
  if (out->symbols->len > 0)
    g_array_index (out->symbols, Symbol, out->symbols->len - 1).after = -1;
}

/* Returns FALSE when there is no room for another piece. */
static gboolean
put (Encoding *out, gint32 id)
{
  if (out->n < out->max)
    out->ids[out->n++] = id;
  return out->n < out->max;
}

static gboolean
put_symbols (Encoding *out)
{
  const Symbol *symbols = (const Symbol *)(gpointer)out->symbols->data;

  for (gint32 i = out->symbols->len > 0 ? 0 : -1; i >= 0; i = symbols[i].after)
    if (!put (out, symbols[i].id))
      return FALSE;
  return TRUE;
}

static gboolean
encode_word (const char *word, gsize n_bytes, gpointer user_data)
{
  Encoding *out = user_data;
  gint32 id;
  guint8 whole = IN_PIECES;

  spell (out, word, n_bytes);
  id = guise_vocabulary_find (out->bpe->vocabulary, out->spelt->str);
  if (id >= 0)
    whole = __atomic_load_n (&out->bpe->whole[id], __ATOMIC_RELAXED);
  if (whole == WHOLE)
    return put (out, id);
  merge_all (out);
  if (id >= 0 && whole == UNKNOWN) {
    const Symbol *first = &g_array_index (out->symbols, Symbol, 0);

    whole = out->symbols->len > 0 && first->after < 0 && first->id == id ? WHOLE : IN_PIECES;
    __atomic_store_n (&out->bpe->whole[id], whole, __ATOMIC_RELAXED);
  }
  return put_symbols (out);
}

/* What stands between tokens that are found as they are written: now those that are found in
 * normalised text. */
static gboolean
encode_part (Encoding *out, const char *part, gsize n_bytes)
{
  g_autoptr (GString) text = guise_clip_normalise (part, n_bytes);
  const char *start = text->str;
  gsize left = text->len, at, length;
  gboolean specials = out->bpe->parts.split_specials;
  gint32 id;

  while ((id = guise_added_tokens_find (out->bpe->added, TRUE, start, left, &at, &length)) >= 0) {
    if (!guise_clip_split (start, at, specials, encode_word, out) || !put (out, id))
      return FALSE;
    start += at + length;
    left -= at + length;
  }
  return guise_clip_split (start, left, specials, encode_word, out);
}

static void
encode_text (Encoding *out, const char *text)
{
  gsize left = strnlen (text, MAX_BYTES), at, length;
  gint32 id;

  if (out->n >= out->max)
    return;
  while ((id = guise_added_tokens_find (out->bpe->added, FALSE, text, left, &at, &length)) >= 0) {
    if (!encode_part (out, text, at) || !put (out, id))
      return;
    text += at + length;
    left -= at + length;
  }
  encode_part (out, text, left);
}

gsize
guise_clip_bpe_encode (const GuiseClipBpe *self, const char *text, gsize max, gint32 *ids)
{
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  g_autoptr (GArray) heap = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (GString) spelt = g_string_sized_new (64);
  Encoding out = { .bpe = self, .symbols = symbols, .heap = heap, .spelt = spelt, .ids = ids };

  g_return_val_if_fail (max >= 2, 0);
  out.max = max - 1;
  ids[out.n++] = self->parts.begin;
  encode_text (&out, text);
  ids[out.n++] = self->parts.end;
  return out.n;
}
