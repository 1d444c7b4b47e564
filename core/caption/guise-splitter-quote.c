/* A caption whose clauses part cleanly keeps its words: "A tall man with short hair | wearing a red
 * coat." A clause is cut off at a full stop and before a word for wearing. Taken are the clauses of
 * one side, if together they state exactly what the captions agree on and nothing else stands in
 * them that the checks would mind. */
#include "guise-splitter-private.h"

#include <string.h>

typedef struct {
  const GuiseLexicon *lexicon;
  const char *text;
  const GuiseUnit *units;
  guint n_units;
} Caption;

static gboolean
is_class (const Caption *caption, guint i, GuiseWordClass word_class)
{
  return guise_lexicon_get_sense (caption->units[i].term, word_class) != NULL;
}

/* The first unit behind the clause that begins at i. */
static guint
find_clause_end (const Caption *caption, guint i)
{
  for (i++; i < caption->n_units; i++)
    if (caption->units[i].kind == GUISE_UNIT_STOP || is_class (caption, i, GUISE_WORD_WEAR))
      break;
  return i;
}

/* Whether a clause may end with this: with something, not with a word between. */
static gboolean
may_end (const Caption *caption, guint i)
{
  return caption->units[i].kind == GUISE_UNIT_WORD
         && guise_lexicon_is_content (caption->units[i].term)
         && !is_class (caption, i, GUISE_WORD_WEAR);
}

static gboolean
may_begin (const Caption *caption, guint i)
{
  const GuiseUnit *unit = &caption->units[i];
  g_autofree char *slice = NULL;

  if (unit->kind != GUISE_UNIT_WORD)
    return FALSE;
  if (!is_class (caption, i, GUISE_WORD_WEAR))
    return is_class (caption, i, GUISE_WORD_ARTICLE) && !is_class (caption, i, GUISE_WORD_PRONOUN);
  slice = g_ascii_strdown (caption->text + unit->start, (gssize)unit->length);
  return g_str_equal (slice, guise_lexicon_get_word (caption->lexicon, "wearing"));
}

/* What must not be said again: guesses, the moment, unknown words, other persons' pronouns. */
static gboolean
is_unwanted (const Caption *caption, guint i, GuiseSide side)
{
  static const GuiseWordClass unwanted[]
      = { GUISE_WORD_HEDGE, GUISE_WORD_HEDGE_CLAUSE, GUISE_WORD_ACTION, GUISE_WORD_FACING,
          GUISE_WORD_PLACE, GUISE_WORD_ETHNICITY, GUISE_WORD_NOUN, GUISE_WORD_COPULA,
          GUISE_WORD_NEGATION, GUISE_WORD_NONE, GUISE_WORD_UNKNOWN, GUISE_WORD_INSTRUCTION };
  const GuiseUnit *unit = &caption->units[i];

  if (unit->kind == GUISE_UNIT_COLON || unit->kind == GUISE_UNIT_STOP)
    return TRUE;
  if (unit->kind == GUISE_UNIT_COMMA)
    return caption->text[unit->start] != ',';
  if (unit->term == NULL)
    return TRUE;
  for (guint c = 0; c < G_N_ELEMENTS (unwanted); c++)
    if (is_class (caption, i, unwanted[c]))
      return TRUE;
  for (guint s = 0; s < unit->term->n_senses; s++) {
    const GuiseSense *sense = &unit->term->senses[s];

    if ((sense->flags & GUISE_SENSE_RESPELT)
        || (sense->word_class == GUISE_WORD_GENDER && !(sense->flags & GUISE_SENSE_COUNTABLE)))
      return TRUE; /* misspelt, or "women" of one person */
  }
  return side != GUISE_SIDE_IDENTITY
         && (is_class (caption, i, GUISE_WORD_GENDER) || is_class (caption, i, GUISE_WORD_PERSON)
             || is_class (caption, i, GUISE_WORD_PRONOUN));
}

/* The clause of units [from, to) as a sentence; NULL if it is not fit to be one. */
static char *
make_sentence (const Caption *caption, guint from, guint to, GuiseSide side)
{
  const GuiseUnit *units = caption->units;

  while (to > from && !may_end (caption, to - 1))
    to--;
  if (to == from || !may_begin (caption, from))
    return NULL;
  for (guint i = from; i < to; i++)
    if (is_unwanted (caption, i, side))
      return NULL;
  return guise_split_finish (
      g_strndup (caption->text + units[from].start,
                 units[to - 1].start + units[to - 1].length - units[from].start));
}

/* Whether the clause states something of this side, and whether only of it. */
static void
judge_clause (const Caption *caption, guint from, guint to, GuiseSide side, gboolean *any,
              gboolean *only)
{
  const GuiseUnit *last = &caption->units[to - 1];
  g_autofree char *slice
      = g_strndup (caption->text + caption->units[from].start,
                   last->start + last->length - caption->units[from].start);
  g_autoptr (GArray) statements = guise_statements_read (caption->lexicon, slice);

  *any = FALSE;
  *only = TRUE;
  for (guint i = 0; i < statements->len; i++) {
    if (g_array_index (statements, GuiseStatement, i).side == side)
      *any = TRUE;
    else
      *only = FALSE;
  }
}

/* The sentences of one side; NULL where a clause has both, or is none that could stand alone. */
static char *
collect (const Caption *caption, GuiseSide side)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint from = 0, to; from < caption->n_units; from = to) {
    g_autofree char *sentence = NULL;
    gboolean any, only;

    while (from < caption->n_units && caption->units[from].kind != GUISE_UNIT_WORD)
      from++;
    if (from == caption->n_units)
      break;
    to = find_clause_end (caption, from);
    judge_clause (caption, from, to, side, &any, &only);
    if (!any)
      continue;
    sentence = only ? make_sentence (caption, from, to, side) : NULL;
    if (sentence == NULL)
      return NULL;
    g_string_append_printf (out, "%s%s", out->len > 0 ? " " : "", sentence);
  }
  return out->len > 0 ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}

/* ---- is it the same? ---- */

static char *
make_key (const GuiseStatement *s)
{
  return g_strdup_printf ("%d %d %s", s->slot, s->negated, s->value);
}

static void
list_set (GHashTable *keys, const GuiseFactSet *set)
{
  for (guint i = 0; i < set->n; i++)
    g_hash_table_add (keys, make_key (&set->facts[i].statement));
}

/* Every fact of one side as a key. */
static GHashTable *
list_facts (const GuiseLexicon *lexicon, const GuiseFacts *facts, GuiseSide side)
{
  GHashTable *keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint slot = 0; slot < GUISE_SLOT_FIRST_GARMENT; slot++)
    if (guise_lexicon_get_side (lexicon, slot) == side)
      list_set (keys, &facts->person[slot]);
  for (guint t = 0; t < facts->things->len; t++) {
    const GuiseFactThing *thing = guise_facts_get_thing (facts, t);

    if (guise_lexicon_get_side (lexicon, guise_slot_of_garment (thing->family, 0)) != side)
      continue;
    for (guint p = 0; p < GUISE_N_PROPERTIES; p++)
      list_set (keys, &thing->properties[p]);
    list_set (keys, &thing->side);
  }
  return keys;
}

/* Whether text states all of the facts, and nothing else: cut off from its end a clause may mean
 * something new ("in a blue …"). */
static gboolean
says_the_same (const GuiseLexicon *lexicon, const char *text, const GuiseFacts *facts,
               GuiseSide side)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);
  g_autoptr (GHashTable) wanted = list_facts (lexicon, facts, side);
  g_autoptr (GHashTable) found
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < statements->len; i++) {
    g_autofree char *key = make_key (&g_array_index (statements, GuiseStatement, i));

    if (!g_hash_table_contains (wanted, key))
      return FALSE;
    g_hash_table_add (found, g_steal_pointer (&key));
  }
  return g_hash_table_size (found) == g_hash_table_size (wanted);
}

char *
guise_split_quote (const GuiseLexicon *lexicon, const char *text, const GuiseFacts *facts,
                   GuiseSide side)
{
  g_autoptr (GArray) units = guise_lexicon_scan (lexicon, text);
  Caption caption = { lexicon, text, (const GuiseUnit *)(gpointer)units->data, units->len };
  g_autofree char *quoted = collect (&caption, side);

  if (quoted == NULL || guise_split_count_words (lexicon, quoted) > GUISE_SPLIT_MAX_WORDS
      || !says_the_same (lexicon, quoted, facts, side))
    return NULL;
  return g_steal_pointer (&quoted);
}
