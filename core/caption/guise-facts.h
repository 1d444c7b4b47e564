/* Statements sorted by what they are of: a person and the things he wears. For the splitter. */
#pragma once

#include "guise-statements.h"

/* How many values of one slot are kept, and how many things of a family: the first ones. */
#define GUISE_FACTS_MAX_VALUES 4
#define GUISE_FACTS_MAX_THINGS 4

typedef struct {
  GuiseStatement statement;
  const char *text; /* that it was read from; borrowed */
} GuiseFact;

/* The values of one slot in one text, without repetitions. */
typedef struct {
  guint n;
  GuiseFact facts[GUISE_FACTS_MAX_VALUES];
} GuiseFactSet;

/* A garment; its type has at most one value. */
typedef struct {
  GuiseFamily family;
  guint thing; /* as the statements number it */
  GuiseFactSet properties[GUISE_N_PROPERTIES];
  GuiseFactSet side;
} GuiseFactThing;

typedef struct {
  GuiseFactSet person[GUISE_SLOT_FIRST_GARMENT];
  GArray *things; /* of GuiseFactThing */
} GuiseFacts;

void guise_facts_init (GuiseFacts *facts);
void guise_facts_read (GuiseFacts *facts, const GuiseLexicon *lexicon, const char *text);
void guise_facts_clear (GuiseFacts *facts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseFacts, guise_facts_clear)

/* Whether it names only the family: "bag", where another says "rucksack". */
gboolean guise_statement_is_generic (const GuiseLexicon *lexicon, const GuiseStatement *s);
/* Whether every value of a is one of b's, or less exact than one of them. */
gboolean guise_fact_set_is_within (const GuiseLexicon *lexicon, const GuiseFactSet *a,
                                   const GuiseFactSet *b);
/* Adds what is not in it yet, up to the maximum. */
void guise_fact_set_add (GuiseFactSet *set, const GuiseFact *fact);
/* "black and white", "no hat": canonical. A new string. */
char *guise_fact_set_dup_value (const GuiseLexicon *lexicon, const GuiseFactSet *set);
GuiseFactThing *guise_facts_get_thing (const GuiseFacts *facts, guint i);
