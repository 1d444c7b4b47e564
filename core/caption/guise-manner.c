#include "guise-manner-private.h"

#include <string.h>

#include "guise-statements.h"

void
guise_manner_free (GuiseManner *manner)
{
  if (manner == NULL)
    return;
  for (guint k = 0; k < GUISE_N_KEYS; k++)
    g_free (manner->before[k]);
  g_free (manner->join);
  g_free (manner->last);
  g_free (manner);
}

guint
guise_manner_get_key (GuiseSlot slot)
{
  GuiseFamily family = guise_slot_get_family (slot);

  if (family != GUISE_FAMILY_NONE)
    return GUISE_KEY_FIRST_FAMILY + (guint)family;
  switch (slot) {
  case GUISE_SLOT_HAIR_COLOUR:
  case GUISE_SLOT_HAIR_STYLE:
    return GUISE_KEY_HAIR;
  case GUISE_SLOT_FACIAL_HAIR:
    return GUISE_KEY_FACIAL_HAIR;
  case GUISE_SLOT_EYEWEAR:
    return GUISE_KEY_EYEWEAR;
  case GUISE_SLOT_POSTURE:
    return GUISE_KEY_POSTURE;
  case GUISE_SLOT_AID:
    return GUISE_KEY_AID;
  default:
    return slot < GUISE_SLOT_FIRST_GARMENT ? GUISE_KEY_WHO : GUISE_KEY_MOMENT;
  }
}

/* ---- where the content is ---- */

typedef struct {
  guint key, thing;
  gsize start, end; /* bytes */
} Span;

typedef struct {
  const GuiseLexicon *lexicon;
  const char *text;
  GArray *units, *statements;
  GArray *spans; /* of Span */
} Reader;

static const GuiseUnit *
get_unit (const Reader *reader, guint i)
{
  return &g_array_index (reader->units, GuiseUnit, i);
}

static gboolean
has_class (const GuiseUnit *unit, GuiseWordClass word_class)
{
  return guise_lexicon_get_sense (unit->term, word_class) != NULL;
}

/* What the unit is part of; NULL for what states nothing. A pronoun stands for what was said. */
static const GuiseStatement *
find_statement (const Reader *reader, const GuiseUnit *unit)
{
  for (guint i = 0; i < reader->statements->len; i++) {
    const GuiseStatement *s = &g_array_index (reader->statements, GuiseStatement, i);

    if (s->word_class != GUISE_WORD_PRONOUN && s->start < unit->start + unit->length
        && unit->start < s->start + s->length)
      return s;
  }
  return NULL;
}

/* Words that belong to a phrase they stand in or before: "a", "no", "pair of". */
static gboolean
leads (const GuiseUnit *unit)
{
  return unit->kind == GUISE_UNIT_WORD
         && (has_class (unit, GUISE_WORD_ARTICLE) || has_class (unit, GUISE_WORD_NEGATION)
             || has_class (unit, GUISE_WORD_ADVERB));
}

/* "average HEIGHT", "young INDIVIDUAL", "on the left SHOULDER". */
static gboolean
trails (const GuiseUnit *unit)
{
  return unit->kind == GUISE_UNIT_WORD
         && (guise_lexicon_is_content (unit->term) || has_class (unit, GUISE_WORD_BODY));
}

/* Whether no more than "of", "with" or "and" stands between unit `from` and unit `to`. */
static gboolean
is_joined (const Reader *reader, guint from, guint to)
{
  for (guint i = from + 1; i < to; i++) {
    const GuiseUnit *unit = get_unit (reader, i);

    if (unit->kind != GUISE_UNIT_WORD || has_class (unit, GUISE_WORD_WEAR)
        || has_class (unit, GUISE_WORD_COPULA) || has_class (unit, GUISE_WORD_HEDGE))
      return FALSE;
  }
  return TRUE;
}

static Span
begin_span (const Reader *reader, guint i, const GuiseStatement *s)
{
  Span span = { .key = guise_manner_get_key (s->slot), .thing = s->thing };

  while (i > 0 && leads (get_unit (reader, i - 1)))
    i--;
  span.start = get_unit (reader, i)->start;
  return span;
}

static void
find_spans (Reader *reader)
{
  guint last = 0; /* the unit with which the newest span ends */

  for (guint i = 0; i < reader->units->len; i++) {
    const GuiseUnit *unit = get_unit (reader, i);
    const GuiseStatement *s
        = unit->kind == GUISE_UNIT_WORD ? find_statement (reader, unit) : NULL;
    Span *newest = reader->spans->len > 0
                       ? &g_array_index (reader->spans, Span, reader->spans->len - 1)
                       : NULL;

    if (s == NULL && !(newest != NULL && last + 1 == i && trails (unit)))
      continue;
    if (s != NULL
        && (newest == NULL || newest->key != guise_manner_get_key (s->slot)
            || newest->thing != s->thing || !is_joined (reader, last, i))) {
      Span span = begin_span (reader, i, s);

      g_array_append_val (reader->spans, span);
      newest = &g_array_index (reader->spans, Span, reader->spans->len - 1);
    }
    newest->end = unit->start + unit->length;
    last = i;
  }
}

/* ---- what stands between ---- */

/* The text from start to end, with "the person" for "he". */
static char *
copy_between (const Reader *reader, gsize start, gsize end)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < reader->units->len; i++) {
    const GuiseUnit *unit = get_unit (reader, i);

    if (unit->start < start || unit->start + unit->length > end
        || !has_class (unit, GUISE_WORD_PRONOUN))
      continue;
    g_string_append_len (out, reader->text + start, (gssize)(unit->start - start));
    g_string_append_printf (out, "%s %s", guise_lexicon_get_word (reader->lexicon, "the"),
                            guise_lexicon_get_word (reader->lexicon, "person"));
    start = unit->start + unit->length;
  }
  if (end > start)
    g_string_append_len (out, reader->text + start, (gssize)(end - start));
  return g_string_free (out, FALSE);
}

/* Takes the article away with which "wears a" ends: it belongs to the phrase. */
static void
trim_article (const GuiseLexicon *lexicon, char *glue)
{
  gsize n = strlen (glue);
  gboolean is_article;
  char *word, kept;

  while (n > 0 && g_ascii_isspace (glue[n - 1]))
    n--;
  kept = glue[n];
  glue[n] = '\0';
  word = strrchr (glue, ' ');
  is_article = word != NULL
               && guise_lexicon_get_sense (guise_lexicon_find (lexicon, word + 1),
                                           GUISE_WORD_ARTICLE)
                      != NULL;
  glue[n] = kept;
  if (is_article)
    word[1] = '\0';
}

typedef enum { GLUE_NONE,
               GLUE_JOIN,
               GLUE_LAST,
               GLUE_WORDS } Glue;

/* Whether it only parts things, or leads to one of its own. */
static Glue
sort_glue (const GuiseLexicon *lexicon, const char *glue)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, glue);
  Glue sort = *glue != '\0' ? GLUE_JOIN : GLUE_NONE;

  for (guint i = 0; i < units->len; i++) {
    const GuiseUnit *unit = &g_array_index (units, GuiseUnit, i);

    if (unit->kind == GUISE_UNIT_COMMA)
      continue;
    if (unit->kind != GUISE_UNIT_WORD || !has_class (unit, GUISE_WORD_CONJUNCTION))
      return GLUE_WORDS;
    sort = GLUE_LAST;
  }
  return sort;
}

static void
note_glue (GuiseManner *manner, const Reader *reader, const Span *span, char *glue)
{
  gboolean known = FALSE;
  Glue sort;

  trim_article (reader->lexicon, glue);
  sort = sort_glue (reader->lexicon, glue);
  for (guint k = 0; k < manner->n_order; k++)
    known |= manner->order[k] == span->key;
  if (!known)
    manner->order[manner->n_order++] = (guint8)span->key;
  if (sort == GLUE_WORDS && !known)
    manner->before[span->key] = g_steal_pointer (&glue);
  else if (sort == GLUE_JOIN && manner->join == NULL)
    manner->join = g_steal_pointer (&glue);
  else if (sort == GLUE_LAST && manner->last == NULL)
    manner->last = g_steal_pointer (&glue);
  g_free (glue);
}

static void
note_form (GuiseManner *manner, const Reader *reader)
{
  for (guint i = 0; i < reader->units->len; i++) {
    manner->articles |= has_class (get_unit (reader, i), GUISE_WORD_ARTICLE);
    manner->stop = get_unit (reader, i)->kind == GUISE_UNIT_STOP;
  }
  manner->capitals = g_unichar_isupper (g_utf8_get_char (reader->text));
  if (manner->join == NULL)
    manner->join = g_strdup (", ");
  if (manner->last == NULL)
    manner->last = g_strdup (manner->join);
}

GuiseManner *
guise_manner_new (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (Span));
  Reader reader = { lexicon, text, units, statements, spans };
  GuiseManner *manner;
  gsize end = 0;

  if (!g_utf8_validate (text, -1, NULL))
    return NULL;
  find_spans (&reader);
  if (spans->len == 0)
    return NULL;
  manner = g_new0 (GuiseManner, 1);
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);

    if (span->key != GUISE_KEY_MOMENT)
      note_glue (manner, &reader, span, copy_between (&reader, end, MAX (span->start, end)));
    end = span->end;
  }
  note_form (manner, &reader);
  return manner;
}

/* ---- writing ---- */

static guint
get_rank (const GuiseManner *manner, guint key)
{
  for (guint k = 0; k < manner->n_order; k++)
    if (manner->order[k] == key)
      return k;
  return GUISE_N_KEYS + key;
}

static void
sort_phrases (const GuiseManner *manner, GArray *phrases)
{
  for (guint i = 1; i < phrases->len; i++) /* few, and equals keep their order */
    for (guint j = i; j > 0; j--) {
      GuisePhrase *a = &g_array_index (phrases, GuisePhrase, j - 1), *b = a + 1, kept = *a;

      if (get_rank (manner, a->key) <= get_rank (manner, b->key))
        break;
      *a = *b;
      *b = kept;
    }
}

static gboolean
is_joint (const GuiseLexiconTerm *term)
{
  return guise_lexicon_get_sense (term, GUISE_WORD_CONJUNCTION) != NULL
         || guise_lexicon_get_sense (term, GUISE_WORD_COPULA) != NULL
         || guise_lexicon_get_sense (term, GUISE_WORD_RELATIVE) != NULL;
}

/* Behind the "who" of "who wears", which the lexicon has as a whole. */
static gsize
skip_first_word (const GuiseLexicon *lexicon, const char *term, gsize length)
{
  gsize n = strcspn (term, " ");
  g_autofree char *word = g_strndup (term, MIN (n, length));

  return n < length && is_joint (guise_lexicon_find (lexicon, word)) ? n + 1 : 0;
}

/* What a text cannot begin with: marks, "and", "is", "who". */
static const char *
skip_joints (const GuiseLexicon *lexicon, const char *glue)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, glue);

  for (guint i = 0; i < units->len; i++) {
    const GuiseUnit *unit = &g_array_index (units, GuiseUnit, i);

    if (unit->kind == GUISE_UNIT_WORD && !is_joint (unit->term))
      return glue + unit->start + skip_first_word (lexicon, glue + unit->start, unit->length);
  }
  return "";
}

/* How the text opens: as its own text would with the phrases before these left out. */
static const char *
get_opening (const GuiseManner *manner, const GuiseLexicon *lexicon, guint key)
{
  const char *glue = manner->before[key];

  if (glue == NULL)
    return "";
  return get_rank (manner, key) == 0 ? glue : skip_joints (lexicon, glue);
}

static const char *
without_article (const GuiseLexicon *lexicon, const char *text)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);

  return units->len > 1 && has_class (&g_array_index (units, GuiseUnit, 0), GUISE_WORD_ARTICLE)
             ? text + g_array_index (units, GuiseUnit, 1).start
             : text;
}

static void
append_phrase (const GuiseManner *manner, const GuiseLexicon *lexicon, const GArray *phrases,
               guint i, GString *out)
{
  const GuisePhrase *phrase = &g_array_index (phrases, GuisePhrase, i);
  gboolean repeated = i > 0 && phrase[-1].key == phrase->key;
  gboolean is_last = i + 1 == phrases->len
                     || (manner->before[phrase[1].key] != NULL && phrase[1].key != phrase->key);

  if (i == 0)
    g_string_append (out, get_opening (manner, lexicon, phrase->key));
  else if (manner->before[phrase->key] != NULL && !repeated)
    g_string_append (out, manner->before[phrase->key]);
  else if (i == 1 && phrase[-1].key == GUISE_KEY_WHO && manner->articles)
    g_string_append_printf (out, " %s ", guise_lexicon_get_word (lexicon, "with"));
  else
    g_string_append (out, is_last ? manner->last : manner->join);
  g_string_append (out,
                   manner->articles ? phrase->text : without_article (lexicon, phrase->text));
}

/* The first letter large, and those behind a full stop. */
static char *
capitalise (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean begins = TRUE;

  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c)) {
    gunichar letter = g_utf8_get_char (c);

    g_string_append_unichar (out, begins ? g_unichar_toupper (letter) : letter);
    begins = (begins && !g_unichar_isalnum (letter)) || letter == '.';
  }
  return g_string_free (out, FALSE);
}

char *
guise_manner_write (const GuiseManner *manner, const GuiseLexicon *lexicon, GArray *phrases)
{
  GString *out = g_string_new (NULL);
  char *text;

  sort_phrases (manner, phrases);
  for (guint i = 0; i < phrases->len; i++)
    append_phrase (manner, lexicon, phrases, i, out);
  if (manner->stop)
    g_string_append_c (out, '.');
  text = manner->capitals ? capitalise (out->str) : g_strdup (out->str);
  g_string_free (out, TRUE);
  return text;
}
