#include "guise-style-features.h"

#include <math.h>
#include <string.h>

/* What a piece of a masked text is to its grammar. */
typedef enum {
  PIECE_SLOT, /* a run of content words */
  PIECE_UNKNOWN,
  PIECE_ARTICLE,
  PIECE_PRONOUN,
  PIECE_PREDICATE, /* "is", "wears" */
  PIECE_HEDGE,
  PIECE_CONJUNCTION,
  PIECE_WITH,
  PIECE_IN,
  PIECE_NEGATION,
  PIECE_FUNCTION, /* any other */
  PIECE_COMMA,
  PIECE_SEPARATOR, /* / + & ( ) */
  PIECE_COLON,
  PIECE_STOP,
  N_PIECES
} PieceKind;

/* Of what a content word speaks. */
typedef enum { GROUP_WHO,
               GROUP_LOOKS,
               GROUP_WORN,
               GROUP_CARRIED,
               GROUP_MOMENT,
               N_GROUPS } Group;

typedef struct {
  PieceKind kind;
  gboolean is_predicate; /* also a hedge: "seems to be" */
  guint n_words;
  char word[24]; /* what stands in the masked text, cut off where it is longer */
} Piece;

typedef struct {
  GArray *pieces; /* of Piece */
  GArray *groups; /* of guint8: Group of each content word, without repetitions side by side */
} Reading;

/* ---- masking ---- */

static gboolean
has_class (const GuiseLexiconTerm *term, GuiseWordClass word_class)
{
  return guise_lexicon_get_sense (term, word_class) != NULL;
}

/* Words that state something: also where something is worn, and of what a list speaks. */
static gboolean
is_masked (const GuiseLexiconTerm *term)
{
  return guise_lexicon_is_content (term) || has_class (term, GUISE_WORD_SIDE)
         || has_class (term, GUISE_WORD_BODY) || has_class (term, GUISE_WORD_HEADING);
}

static PieceKind
sort_term (const GuiseLexiconTerm *term)
{
  static const struct {
    GuiseWordClass word_class;
    PieceKind kind;
  } kinds[] = {
    { GUISE_WORD_HEDGE, PIECE_HEDGE },
    { GUISE_WORD_HEDGE_CLAUSE, PIECE_HEDGE },
    { GUISE_WORD_ARTICLE, PIECE_ARTICLE },
    { GUISE_WORD_PRONOUN, PIECE_PRONOUN },
    { GUISE_WORD_WEAR, PIECE_PREDICATE },
    { GUISE_WORD_COPULA, PIECE_PREDICATE },
    { GUISE_WORD_CONJUNCTION, PIECE_CONJUNCTION },
    { GUISE_WORD_WITH, PIECE_WITH },
    { GUISE_WORD_IN, PIECE_IN },
    { GUISE_WORD_NEGATION, PIECE_NEGATION },
  };

  if (term == NULL)
    return PIECE_UNKNOWN;
  if (is_masked (term))
    return PIECE_SLOT;
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++)
    if (has_class (term, kinds[k].word_class))
      return kinds[k].kind;
  return PIECE_FUNCTION;
}

static Group
sort_content (const GuiseLexiconTerm *term)
{
  GuiseWordClass word_class = term->senses[0].word_class;

  if (word_class <= GUISE_WORD_MEASURE)
    return GROUP_WHO;
  if (word_class <= GUISE_WORD_AID)
    return GROUP_LOOKS;
  if (word_class == GUISE_WORD_BAG || word_class == GUISE_WORD_CARRIED)
    return GROUP_CARRIED;
  return word_class >= GUISE_WORD_ACTION && word_class <= GUISE_WORD_PLACE ? GROUP_MOMENT
                                                                           : GROUP_WORN;
}

static PieceKind
sort_mark (const GuiseUnit *unit, const char *text)
{
  switch (unit->kind) {
  case GUISE_UNIT_STOP:
    return PIECE_STOP;
  case GUISE_UNIT_COLON:
    return PIECE_COLON;
  default:
    return text[unit->start] == ',' ? PIECE_COMMA : PIECE_SEPARATOR;
  }
}

/* "he" and "she" are one word here, "a" and "an" too: which it is depends on what is said. */
static void
spell (Piece *piece, const GuiseUnit *unit, const char *text)
{
  gsize length = MIN (unit->length, sizeof piece->word - 1);
  const GuiseSense *article = guise_lexicon_get_sense (unit->term, GUISE_WORD_ARTICLE);

  if (piece->kind == PIECE_SLOT)
    g_strlcpy (piece->word, GUISE_STYLE_SLOT, sizeof piece->word);
  else if (piece->kind == PIECE_UNKNOWN)
    g_strlcpy (piece->word, GUISE_STYLE_UNKNOWN, sizeof piece->word);
  else if (piece->kind == PIECE_PRONOUN)
    g_strlcpy (piece->word, "they", sizeof piece->word);
  else if (piece->kind == PIECE_ARTICLE && article != NULL)
    g_strlcpy (piece->word, article->value, sizeof piece->word);
  else
    for (gsize i = 0; i < length; i++)
      piece->word[i] = g_ascii_tolower (text[unit->start + i]);
}

/* "who wears", "there is": a term with a verb in it, which the lexicon has as a whole. */
static gboolean
holds_predicate (const GuiseLexicon *lexicon, const GuiseUnit *unit, const char *text)
{
  g_autofree char *words = NULL;
  g_auto (GStrv) each = NULL;

  if (unit->n_words == 1)
    return FALSE;
  words = g_strndup (text + unit->start, unit->length);
  each = g_strsplit (words, " ", -1);
  for (guint i = 0; each[i] != NULL; i++) {
    const GuiseLexiconTerm *term = guise_lexicon_find (lexicon, each[i]);

    if (has_class (term, GUISE_WORD_WEAR) || has_class (term, GUISE_WORD_COPULA))
      return TRUE;
  }
  return FALSE;
}

/* begins: the sentence begins with it; "Look: a lady" is a heading, "Wearing a coat" is none. */
static gboolean
is_predicate (PieceKind kind, gboolean begins, const GuiseLexicon *lexicon, const GuiseUnit *unit,
              const char *text)
{
  switch (kind) {
  case PIECE_PREDICATE:
    return !begins || has_class (unit->term, GUISE_WORD_WEAR);
  case PIECE_HEDGE:
    return has_class (unit->term, GUISE_WORD_HEDGE_CLAUSE);
  default:
    return kind == PIECE_FUNCTION && holds_predicate (lexicon, unit, text);
  }
}

static void
note_group (Reading *reading, const GuiseLexiconTerm *term)
{
  guint8 group;

  if (!guise_lexicon_is_content (term))
    return;
  group = (guint8)sort_content (term);
  if (reading->groups->len == 0
      || g_array_index (reading->groups, guint8, reading->groups->len - 1) != group)
    g_array_append_val (reading->groups, group);
}

static void
add_piece (Reading *reading, const GuiseLexicon *lexicon, const GuiseUnit *unit, const char *text)
{
  Piece piece = { .n_words = unit->n_words };
  Piece *last = reading->pieces->len > 0
                    ? &g_array_index (reading->pieces, Piece, reading->pieces->len - 1)
                    : NULL;

  piece.kind = unit->kind == GUISE_UNIT_WORD ? sort_term (unit->term) : sort_mark (unit, text);
  if (piece.kind == PIECE_SLOT)
    note_group (reading, unit->term);
  if (piece.kind <= PIECE_UNKNOWN && last != NULL && last->kind == piece.kind) {
    last->n_words += piece.n_words;
    return;
  }
  piece.is_predicate = is_predicate (
      piece.kind, last == NULL || last->kind == PIECE_STOP, lexicon, unit, text);
  spell (&piece, unit, text);
  g_array_append_val (reading->pieces, piece);
}

static void
reading_init (Reading *reading, const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);

  reading->pieces = g_array_new (FALSE, TRUE, sizeof (Piece));
  reading->groups = g_array_new (FALSE, FALSE, sizeof (guint8));
  for (guint i = 0; i < units->len; i++)
    add_piece (reading, lexicon, &g_array_index (units, GuiseUnit, i), text);
}

static void
reading_clear (Reading *reading)
{
  g_array_unref (reading->pieces);
  g_array_unref (reading->groups);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static const Piece *
get_piece (const Reading *reading, guint i)
{
  return &g_array_index (reading->pieces, Piece, i);
}

static GString *
write_masked (const Reading *reading)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < reading->pieces->len; i++) {
    const Piece *piece = get_piece (reading, i);

    if (i > 0 && (piece->kind < PIECE_COMMA || piece->kind == PIECE_SEPARATOR))
      g_string_append_c (out, ' ');
    g_string_append (out, piece->word);
  }
  return out;
}

char *
guise_style_mask (const GuiseLexicon *lexicon, const char *text)
{
  g_auto (Reading) reading = { 0 };
  GString *out;
  char *valid;

  reading_init (&reading, lexicon, text);
  out = write_masked (&reading);
  valid = g_utf8_make_valid (out->str, (gssize)out->len); /* a word may have been cut off */
  g_string_free (out, TRUE);
  return valid;
}

/* ---- the shape of the sentences ---- */

typedef struct {
  guint n[N_PIECES]; /* pieces of each kind */
  guint n_predicates, n_words, n_slot_words;
  guint n_sentences;
  double n_bare; /* sentences with nothing in them but content; of those with a little, a part */
  gboolean ends_with_stop;
} Counts;

static void
end_sentence (Counts *counts, guint n_pieces, guint n_function)
{
  if (n_pieces == 0)
    return;
  counts->n_sentences++;
  counts->n_bare += exp (-0.4 * n_function);
}

static void
count_pieces (Counts *counts, const Reading *reading)
{
  guint n_pieces = 0, n_function = 0; /* of this sentence */

  for (guint i = 0; i < reading->pieces->len; i++) {
    const Piece *piece = get_piece (reading, i);

    counts->n[piece->kind]++;
    counts->n_predicates += piece->is_predicate;
    counts->ends_with_stop = piece->kind == PIECE_STOP;
    if (piece->kind == PIECE_STOP) {
      end_sentence (counts, n_pieces, n_function);
      n_pieces = n_function = 0;
    } else if (piece->kind < PIECE_COMMA) {
      n_pieces++;
      n_function += piece->kind > PIECE_UNKNOWN;
      counts->n_words += piece->n_words;
      counts->n_slot_words += piece->kind <= PIECE_UNKNOWN ? piece->n_words : 0;
    }
  }
  end_sentence (counts, n_pieces, n_function);
}

/* 0 for none, soon near 1: whether there are any says more than how many. */
static float
saturate (double n)
{
  return (float)(1 - exp (-1.5 * n));
}

static float
ratio (double part, double whole)
{
  return whole > 0 ? (float)MIN (part / whole, 2) : 0;
}

static float
logarithm (double n, double of_one)
{
  return (float)MIN (log1p (n) / log1p (of_one), 1.5);
}

/* Every figure lies in 0 … 2, most in 0 … 1. */
static guint
put_sentences (const Reading *reading, const char *text, float *out)
{
  Counts c = { 0 };
  guint d = 0, slots;

  count_pieces (&c, reading);
  slots = MAX (c.n[PIECE_SLOT] + c.n[PIECE_UNKNOWN], 1);
  out[d++] = 0.5f; /* keeps texts without anything in one place */
  out[d++] = 1.2f * saturate (c.n[PIECE_HEDGE]);
  out[d++] = saturate (c.n_predicates);
  out[d++] = MIN (ratio (2 * c.n[PIECE_ARTICLE], slots), 1);
  out[d++] = 0.25f * saturate (c.n[PIECE_PRONOUN]);
  out[d++] = 0.7f * (float)c.ends_with_stop;
  out[d++] = ratio (c.n_bare, c.n_sentences);
  out[d++] = 0.8f * logarithm (c.n_sentences > 0 ? c.n_sentences - 1 : 0, 5);
  out[d++] = 0.3f * logarithm (ratio (c.n_words, c.n_sentences) * 10, 20);
  out[d++] = ratio (c.n_words - c.n_slot_words, c.n_words);
  out[d++] = 0.3f * ratio (c.n[PIECE_COMMA], slots);
  out[d++] = 0.3f * ratio (c.n[PIECE_SEPARATOR], slots);
  out[d++] = 0.8f * ratio (c.n[PIECE_COLON], slots);
  out[d++] = 0.5f * (float)g_ascii_isupper (text[0]);
  out[d++] = 0.3f * saturate (c.n[PIECE_CONJUNCTION]);
  out[d++] = 0.2f * saturate (c.n[PIECE_WITH]);
  out[d++] = 0.2f * saturate (c.n[PIECE_IN]);
  out[d++] = 0.1f * saturate (c.n[PIECE_NEGATION]);
  return d;
}

/* What is named first, and what after what. */
static void
put_order (const Reading *reading, float *out)
{
  const guint8 *groups = (const guint8 *)reading->groups->data;
  guint n = reading->groups->len;

  if (n > 0)
    out[groups[0]] = 0.1f;
  for (guint i = 1; i < n; i++)
    out[N_GROUPS + groups[i - 1] * N_GROUPS + groups[i]] += 0.1f / (float)n;
}

/* ---- hashed n-grams ---- */

static guint64
hash_bytes (guint64 hash, const char *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    hash = (hash ^ (guchar)bytes[i]) * 0x100000001b3u; /* FNV-1a */
  return hash;
}

/* A hash has a place and a sign, so that those which meet cancel out on average. */
static void
count_hash (guint64 hash, float *out, guint dim)
{
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93u;
  hash ^= hash >> 32;
  out[hash % dim] += (hash >> 63) != 0 ? 1 : -1;
}

#define HASH_START 0xcbf29ce484222325u

/* Whether a piece is part of the manner and not only between what is said. */
static gboolean
is_word (const Piece *piece)
{
  return piece->kind > PIECE_UNKNOWN && piece->kind < PIECE_COMMA;
}

/* Every run of up to three pieces with a function word in it; how many such words there are. */
static guint
put_words (const Reading *reading, float *out)
{
  guint n_words = 0;

  for (guint i = 0; i < reading->pieces->len; i++) {
    guint64 hash = HASH_START;
    gboolean counts = FALSE;

    n_words += is_word (get_piece (reading, i));
    for (guint n = 0; n < 3 && i + n < reading->pieces->len; n++) {
      const Piece *piece = get_piece (reading, i + n);

      hash = hash_bytes (hash, piece->word, strlen (piece->word) + 1);
      counts |= is_word (piece);
      if (counts)
        count_hash (hash, out, GUISE_STYLE_WORDS_DIM);
    }
  }
  return n_words;
}

static void
put_chars (const GString *masked, float *out)
{
  for (gsize i = 0; i + 3 <= masked->len; i++)
    for (gsize n = 3; n <= 4 && i + n <= masked->len; n++)
      count_hash (hash_bytes (HASH_START, masked->str + i, n), out, GUISE_STYLE_CHARS_DIM);
}

/* Roots of the counts, then the length given. */
static void
scale (float *out, guint dim, float length)
{
  double sum = 0;

  for (guint d = 0; d < dim; d++) {
    out[d] = copysignf (sqrtf (fabsf (out[d])), out[d]);
    sum += (double)out[d] * out[d];
  }
  for (guint d = 0; d < dim && sum > 0; d++)
    out[d] = (float)(out[d] * length / sqrt (sum));
}

/* ---- rows ---- */

/* How much the n-grams weigh beside the shape, whose length is about 1.5. */
#define WORDS_LENGTH 0.5f
#define CHARS_LENGTH 0.3f

static void
normalise (float row[GUISE_STYLE_DIM])
{
  double sum = 0;

  for (guint d = 0; d < GUISE_STYLE_DIM; d++)
    sum += (double)row[d] * row[d];
  for (guint d = 0; d < GUISE_STYLE_DIM; d++)
    row[d] = (float)(row[d] / sqrt (sum)); /* never 0: the shape has a constant */
}

void
guise_style_features (const GuiseLexicon *lexicon, const char *text, float row[GUISE_STYLE_DIM])
{
  g_auto (Reading) reading = { 0 };
  float *words = row + GUISE_STYLE_SHAPE_DIM, *chars = words + GUISE_STYLE_WORDS_DIM;
  GString *masked;
  float weight;
  guint d;

  memset (row, 0, GUISE_STYLE_DIM * sizeof *row);
  reading_init (&reading, lexicon, text);
  masked = write_masked (&reading);
  d = put_sentences (&reading, text, row);
  g_assert (d + N_GROUPS + N_GROUPS * N_GROUPS <= GUISE_STYLE_SHAPE_DIM);
  put_order (&reading, row + d);
  weight = saturate (put_words (&reading, words) / 8.0);
  scale (words, GUISE_STYLE_WORDS_DIM, WORDS_LENGTH * weight);
  put_chars (masked, chars);
  scale (chars, GUISE_STYLE_CHARS_DIM, CHARS_LENGTH * weight);
  g_string_free (masked, TRUE);
  normalise (row);
}

/* A job is so many texts; after a round of jobs somebody may have cancelled. */
enum { TEXTS_PER_JOB = 256,
       JOBS_PER_ROUND = 16 };

typedef struct {
  const GuiseLexicon *lexicon;
  const char *const *texts;
  size_t n, first;
  float *rows;
} Portion;

static void
read_some (size_t job, void *data)
{
  const Portion *portion = data;
  size_t from = portion->first + job * TEXTS_PER_JOB;

  for (size_t i = from; i < MIN (from + TEXTS_PER_JOB, portion->n); i++)
    guise_style_features (portion->lexicon, portion->texts[i], portion->rows + i * GUISE_STYLE_DIM);
}

gboolean
guise_style_features_of (const GuiseLexicon *lexicon, const char *const *texts, size_t n,
                         float *rows, const GuiseWork *work, GError **error)
{
  Portion portion = { lexicon, texts, n, 0, rows };

  for (; portion.first < n; portion.first += (size_t)TEXTS_PER_JOB * JOBS_PER_ROUND) {
    size_t left = n - portion.first;

    if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
      return FALSE;
    guise_work_report (work, portion.first, n);
    nn_team_run (work->team, MIN ((left + TEXTS_PER_JOB - 1) / TEXTS_PER_JOB, JOBS_PER_ROUND),
                 read_some, &portion);
  }
  return TRUE;
}
