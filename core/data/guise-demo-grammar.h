/* Texts for the synthetic people: five annotators' ways of writing, and the mistakes put in on
 * purpose. */
#pragma once

#include "guise-demo-cast.h"
#include "guise-demo-random.h"

typedef enum {
  GUISE_DEMO_TERSE,
  GUISE_DEMO_FLOWING,
  GUISE_DEMO_LIST,
  GUISE_DEMO_TELEGRAPHIC,
  GUISE_DEMO_HEDGING,
  GUISE_DEMO_N_STYLES
} GuiseDemoStyle;

/* "terse" .. "hedging". */
extern const char *const guise_demo_style_names[GUISE_DEMO_N_STYLES];

/* Words and punctuation marks of a text, as WordPiece splits before it looks for pieces. */
#define GUISE_DEMO_MAX_TOKENS 40

/* What one text says, and the random numbers that choose its words. */
typedef struct {
  gint8 say[GUISE_DEMO_N_ATTRIBUTES]; /* the value to state, or -1 */
  GuiseDemoTextKind kind;
  GuiseDemoStyle style;
  GuiseDemoRandom random;
} GuiseDemoSpeech;

/* Puts the speech into words; states exactly what speech->say holds (a bag's side only together
 * with a bag that is carried at one side). */
char *guise_demo_speech_render (const GuiseDemoSpeech *speech);

guint guise_demo_count_tokens (const char *text);

/* Writes the texts of every picture of cast, and chooses the mistakes: one wrong value in one text
 * of every twentieth picture. */
void guise_demo_write_texts (GuiseDemoCast *cast);
