/* The pieces of which the grammar's sentences are made. All of them return a new string without a
 * capital, or NULL where the speech says nothing of the kind. */
#pragma once

#include "guise-demo-grammar.h"

typedef struct {
  const GuiseDemoSpeech *speech;
  GuiseDemoRandom random;
} GuiseDemoWriter;

/* One of the strings given, at random. */
#define GUISE_DEMO_PICK(writer, ...) \
  guise_demo_pick (writer, (const char *const[]){ __VA_ARGS__, NULL })
const char *guise_demo_pick (GuiseDemoWriter *writer, const char *const *choices);

static inline gboolean
guise_demo_says (const GuiseDemoWriter *writer, GuiseDemoAttribute attribute)
{
  return writer->speech->say[attribute] >= 0;
}

/* The same phrase behind "a" or "an"; frees phrase, keeps NULL. */
char *guise_demo_with_article (char *phrase);
/* "tall young man", "person" where nothing is said. */
char *guise_demo_person_phrase (GuiseDemoWriter *writer);
/* " of average height and medium build", or "". */
char *guise_demo_measure_phrase (GuiseDemoWriter *writer);
char *guise_demo_hair_phrase (GuiseDemoWriter *writer, gboolean article);
/* "a beard", "no glasses", "an upright posture", "a cane": adds what is said. */
void guise_demo_add_traits (GuiseDemoWriter *writer, GPtrArray *parts, gboolean article);
/* "a blue striped shirt", "grey trousers", "no hat", by the garment's type attribute. */
char *guise_demo_garment_phrase (GuiseDemoWriter *writer, GuiseDemoAttribute type,
                                 gboolean article);
/* "on the left shoulder". */
char *guise_demo_side_phrase (GuiseDemoWriter *writer);
/* "walking in a park, seen from behind". */
char *guise_demo_scene_phrase (GuiseDemoWriter *writer);
/* "he", "she" or "the person". */
const char *guise_demo_pronoun (GuiseDemoWriter *writer);

/* "a, b and c"; NULL if there are none. */
char *guise_demo_join (GPtrArray *parts, const char *comma, const char *last);
/* Adds phrase (taken) to parts unless it is NULL. */
void guise_demo_add (GPtrArray *parts, char *phrase);
/* Capitals at the beginning of text and after each full stop. */
void guise_demo_capitalise (char *text);
