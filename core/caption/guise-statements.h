/* What a text about a person states: "a tall man in a dark blue striped shirt" says of his height
 * that it is tall, and of what he wears above that it is a shirt, dark blue and striped. Properties
 * are given to the noun before or behind which they stand; what cannot be given to anything is left
 * out. */
#pragma once

#include "guise-lexicon.h"

typedef struct {
  GuiseSlot slot;
  GuiseSide side;      /* as the lexicon has it */
  const char *value;   /* canonical: "dark blue"; interned, lives for ever */
  const char *base;    /* without its shade: "blue"; NULL for a shade alone. Else equal to value */
  gsize start, length; /* the bytes of the text that say it */
  guint thing;         /* counted from 1: which garment of the text; 0 = the person */
  guint sense_flags;   /* of its word, GuiseSenseFlags */
  gboolean negated;    /* "no hat" states hat, negated */
  gboolean hedged;     /* "maybe a hat" */
  gboolean measured;   /* said with its noun: "of medium build" */
  gboolean one_piece;  /* a type that covers above and below */
  GuiseWordClass word_class;
} GuiseStatement;

/* An array of GuiseStatement in the text's order, empty if it states nothing. Any bytes will do;
 * never fails. Free with g_array_unref(). */
GArray *guise_statements_read (const GuiseLexicon *lexicon, const char *text);
