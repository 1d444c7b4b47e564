/* One text generalised: its content taken out, what stands before and between kept. */
#pragma once

#include "guise-slot.h"
#include "guise-lexicon.h"

/* What a phrase is of: the person, each of his traits, a family of garments. */
enum {
  GUISE_KEY_WHO,
  GUISE_KEY_HAIR,
  GUISE_KEY_FACIAL_HAIR,
  GUISE_KEY_EYEWEAR,
  GUISE_KEY_POSTURE,
  GUISE_KEY_AID,
  GUISE_KEY_FIRST_FAMILY,
  GUISE_KEY_MOMENT = GUISE_KEY_FIRST_FAMILY + GUISE_N_FAMILIES,
  GUISE_N_KEYS
};

typedef struct {
  char *before[GUISE_N_KEYS]; /* what leads to a phrase: " with ", ". Footwear "; NULL = a joint */
  guint8 order[GUISE_N_KEYS]; /* the keys in the order of the text */
  guint n_order;
  char *join, *last; /* ", " and, before the last phrase, " and " */
  gboolean articles, capitals, stop;
} GuiseManner;

/* NULL where the text has nothing that could be taken out. */
GuiseManner *guise_manner_new (const GuiseLexicon *lexicon, const char *text);
void guise_manner_free (GuiseManner *manner);

/* The key of a slot. */
guint guise_manner_get_key (GuiseSlot slot);

typedef struct {
  guint key;
  char *text; /* "a red coat" */
} GuisePhrase;

/* Puts phrases (array of GuisePhrase, not empty) into the manner; they are sorted. */
char *guise_manner_write (const GuiseManner *manner, const GuiseLexicon *lexicon, GArray *phrases);
