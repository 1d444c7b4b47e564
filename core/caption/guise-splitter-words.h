/* The words and small phrases of which the splitter makes its sentences. */
#pragma once

#include "guise-facts.h"

/* What is given up first where a description would become too long. */
typedef enum {
  GUISE_DETAIL_ALL,
  GUISE_DETAIL_NOTHING_CARRIED,
  GUISE_DETAIL_NO_CUT,
  GUISE_DETAIL_NO_ACCESSORY,
  GUISE_DETAIL_LEAST,
} GuiseDetail;

typedef struct {
  const GuiseLexicon *lexicon;
  const GuiseFacts *facts;
  GuiseSide side;
  GuiseDetail detail;
} GuiseSplitWriter;

/* The lexicon's word for a key, "and". */
const char *guise_split_word (const GuiseSplitWriter *writer, const char *key);
/* Its word for "KIND VALUE", NULL if there is none. */
const char *guise_split_special (const GuiseSplitWriter *writer, const char *kind,
                                 const char *value);
/* What is known of the person in a slot, if it belongs to the side that is written. */
const GuiseFactSet *guise_split_person (const GuiseSplitWriter *writer, GuiseSlot slot);
/* A word behind a space. */
void guise_split_append (GString *out, const char *text);
/* Adds phrase (taken), or frees it if it is empty. */
void guise_split_add (GPtrArray *parts, char *phrase);
/* "a, b and c"; a new string, "" for none. */
char *guise_split_join (const GuiseSplitWriter *writer, GPtrArray *parts);
/* The caption's own word, in lower case; the canonical one for what was misspelt. */
char *guise_split_say (const GuiseFact *fact);
/* Whether what guise_split_say() says takes an article. */
gboolean guise_split_is_countable (const GuiseSplitWriter *writer, const GuiseFact *fact);
/* "a shirt", "an orange shirt", "a uniform". Takes phrase. */
char *guise_split_with_article (const GuiseSplitWriter *writer, char *phrase);
/* phrase (taken), which ends with the word of fact: with an article if that takes one. */
char *guise_split_take (const GuiseSplitWriter *writer, const GuiseFact *fact, char *phrase);
/* The values of one class, side by side. */
void guise_split_append_facts (GString *out, const GuiseFactSet *set, GuiseWordClass word_class);
/* All values: "black, white and red". */
void guise_split_append_joined (const GuiseSplitWriter *writer, GString *out,
                                const GuiseFactSet *set);
/* Whether the slot is filled, and not by an absence. */
gboolean guise_split_is_stated (const GuiseFactSet *set);
/* The first value whose word is of that class; NULL if there is none, or only its absence. */
const GuiseFact *guise_split_find_class (const GuiseFactSet *set, GuiseWordClass word_class);

/* "a tall man of medium build"; and what he has: hair, a beard, glasses, posture, a cane
 * (guise-splitter-person.c). */
char *guise_split_describe_person (const GuiseSplitWriter *writer);
void guise_split_add_traits (const GuiseSplitWriter *writer, GPtrArray *parts);

/* "a long dark blue striped woollen coat", "no hat"; whether it is not worth a word, as "black
 * clothes" where both halves are named, or not of this side (guise-splitter-render.c). */
char *guise_split_describe_thing (const GuiseSplitWriter *writer, const GuiseFactThing *thing);
gboolean guise_split_is_left_out (const GuiseSplitWriter *writer, const GuiseFactThing *thing);
