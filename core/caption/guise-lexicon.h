/* The words of a language: what each may mean in a text about a person. A lexicon is a folder of
 * text files, data/lexicon/LANGUAGE; docs/recipes/language.md describes their format. Immutable
 * once its sides are set: any thread may use it. */
#pragma once

#include "guise-lexicon-load.h"
#include "guise-slot.h"

#include <gio/gio.h>

/* What kind of word; the name of each is the name of its section. */
typedef enum {
  GUISE_WORD_GENDER, /* nouns that say it: "man" */
  GUISE_WORD_PRONOUN,
  GUISE_WORD_PERSON, /* nouns that do not: "pedestrian" */
  GUISE_WORD_AGE,
  GUISE_WORD_BUILD,
  GUISE_WORD_HEIGHT,
  GUISE_WORD_POSTURE,
  GUISE_WORD_MEASURE, /* "height", "build", "posture": what the property before it is of */
  GUISE_WORD_HAIR,    /* "hair" itself */
  GUISE_WORD_HAIR_COLOUR,
  GUISE_WORD_HAIR_STYLE, /* "curly" */
  GUISE_WORD_HAIR_SHAPE, /* "ponytail" */
  GUISE_WORD_HAIR_STATE, /* "tied back" */
  GUISE_WORD_FACIAL_HAIR,
  GUISE_WORD_EYEWEAR,
  GUISE_WORD_AID,
  GUISE_WORD_UPPER,
  GUISE_WORD_ONE_PIECE,
  GUISE_WORD_LOWER,
  GUISE_WORD_SHOES,
  GUISE_WORD_BAG,
  GUISE_WORD_HEADWEAR,
  GUISE_WORD_ACCESSORY,
  GUISE_WORD_CLOTHES,
  GUISE_WORD_CARRIED,
  GUISE_WORD_PART, /* of a garment: "sole", "logo" */
  GUISE_WORD_COLOUR,
  GUISE_WORD_SHADE, /* "dark" */
  GUISE_WORD_PATTERN,
  GUISE_WORD_PATTERN_NOUN, /* "stripes" */
  GUISE_WORD_MATERIAL,
  GUISE_WORD_CUT,
  GUISE_WORD_ACTION,
  GUISE_WORD_FACING,
  GUISE_WORD_PLACE,
  GUISE_WORD_NOUN, /* other things that have properties of their own */
  GUISE_WORD_ETHNICITY,
  GUISE_WORD_ARTICLE,
  GUISE_WORD_CONJUNCTION,
  GUISE_WORD_COPULA,
  GUISE_WORD_RELATIVE,
  GUISE_WORD_WEAR,
  GUISE_WORD_IN,
  GUISE_WORD_WITH,
  GUISE_WORD_NEGATION,
  GUISE_WORD_NONE,
  GUISE_WORD_UNKNOWN, /* "not visible" */
  GUISE_WORD_HEDGE,
  GUISE_WORD_HEDGE_CLAUSE,
  GUISE_WORD_VAGUE,
  GUISE_WORD_ADVERB,
  GUISE_WORD_SIDE,
  GUISE_WORD_BODY,
  GUISE_WORD_HEADING,
  GUISE_WORD_FUNCTION,
  GUISE_WORD_INSTRUCTION,
  GUISE_N_WORD_CLASSES
} GuiseWordClass;

typedef enum {
  GUISE_SENSE_COUNTABLE = 1 << 0, /* takes an article: "jacket", not "jeans" */
  GUISE_SENSE_RESPELT = 1 << 1,   /* written ~term: a new text says the value instead */
} GuiseSenseFlags;

typedef struct {
  GuiseWordClass word_class;
  GuiseSenseFlags flags;
  const char *value; /* the canonical word; the lexicon's, equal values are one pointer */
} GuiseSense;

/* One or more words; n_senses > 0. */
typedef struct {
  const GuiseSense *senses;
  guint n_senses;
} GuiseLexiconTerm;

/* The caps of a lexicon's file. */
#define GUISE_LEXICON_MAX_BYTES ((gsize)16 << 20)
#define GUISE_LEXICON_MAX_WORDS 8 /* in a term */

/* Moves a slot to another description (hair counts as identity unless told otherwise). Before the
 * lexicon is shared among threads. */
void guise_lexicon_set_side (GuiseLexicon *lexicon, GuiseSlot slot, GuiseSide side);
GuiseSide guise_lexicon_get_side (const GuiseLexicon *lexicon, GuiseSlot slot);

guint guise_lexicon_get_n_terms (const GuiseLexicon *lexicon);
/* A word with which descriptions are put together, "and" for "and" unless the section [words] says
 * otherwise. Borrowed. */
const char *guise_lexicon_get_word (const GuiseLexicon *lexicon, const char *key);

/* What a model says when it will not answer, if text says so: the phrase, the lexicon's; else NULL.
 */
const char *guise_lexicon_find_refusal (const GuiseLexicon *lexicon, const char *text);

/* ---- reading a text in words ---- */

typedef enum {
  GUISE_UNIT_WORD,  /* a term, or one word that is none */
  GUISE_UNIT_COMMA, /* , / + & ( ) and whatever else is no word */
  GUISE_UNIT_COLON,
  GUISE_UNIT_STOP, /* the end of a sentence, or of a line */
} GuiseUnitKind;

typedef struct {
  GuiseUnitKind kind;
  guint n_words;
  const GuiseLexiconTerm *term; /* NULL: an unknown word; the lexicon's */
  gsize start, length;          /* bytes of the text */
} GuiseUnit;

/* The units of a text in their order, the longest terms first. Case, and whether a space or a
 * hyphen joins words, does not matter. Any bytes will do. Free with g_array_unref(). */
GArray *guise_lexicon_scan (const GuiseLexicon *lexicon, const char *text);

/* What is known of a word, or of several that are one term; NULL = nothing. */
const GuiseLexiconTerm *guise_lexicon_find (const GuiseLexicon *lexicon, const char *words);
/* The term's sense of that class, or NULL. term may be NULL. */
const GuiseSense *guise_lexicon_get_sense (const GuiseLexiconTerm *term, GuiseWordClass word_class);
/* Whether the term says something about who, what or where, so that a text without it would say
 * less; FALSE for the words between, and for an unknown word (term is NULL). */
gboolean guise_lexicon_is_content (const GuiseLexiconTerm *term);
