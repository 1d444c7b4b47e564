/* Is a text fit to be an identity or a clothing description? Each check gives one verdict, so that
 * a caption's verdicts can be stored by check. Pure functions: any thread. */
#pragma once

#include "guise-statements.h"

typedef enum {
  GUISE_CHECK_SYNTAX,        /* how it begins and ends; one line; no stray characters */
  GUISE_CHECK_MARKUP,        /* tags, Markdown, JSON, links */
  GUISE_CHECK_INSTRUCTION,   /* words of the prompt or of the model about itself */
  GUISE_CHECK_REPETITION,    /* words, or whole phrases, said twice in a row */
  GUISE_CHECK_REFUSAL,       /* "I'm sorry, but …" */
  GUISE_CHECK_WORDS,         /* its length in words */
  GUISE_CHECK_TOKENS,        /* its length as the model will read it */
  GUISE_CHECK_COVERAGE,      /* does it say what it should say */
  GUISE_CHECK_LEAK,          /* does it say what belongs to the other description, or to none */
  GUISE_CHECK_HEDGE,         /* "maybe" */
  GUISE_CHECK_CONTRADICTION, /* to other pictures of the same person in the same clothes */
  GUISE_N_CHECKS
} GuiseCheck;

typedef enum {
  GUISE_VERDICT_OK,
  GUISE_VERDICT_WARN, /* worth a look */
  GUISE_VERDICT_FAIL, /* not usable */
} GuiseVerdictLevel;

typedef struct {
  GuiseCheck check;
  GuiseVerdictLevel level;
  char *sentence;      /* what is wrong; NULL when ok */
  gsize start, length; /* the bytes of the text that it is about; 0, 0 = all of it */
  guint n_found;       /* how many such places there are */
} GuiseVerdict;

/* What a description may be expected to speak of; the bits of a coverage are 1 << topic. */
typedef enum {
  GUISE_TOPIC_GENDER,
  GUISE_TOPIC_AGE,
  GUISE_TOPIC_BUILD,
  GUISE_TOPIC_HEIGHT,
  GUISE_TOPIC_POSTURE,
  GUISE_TOPIC_HAIR,
  GUISE_TOPIC_UPPER,
  GUISE_TOPIC_LOWER,
  GUISE_TOPIC_SHOES,
  GUISE_TOPIC_BAG,
  GUISE_TOPIC_HEADWEAR,
  GUISE_N_TOPICS
} GuiseTopic;

typedef guint (*GuiseCountTokens) (const char *text, gpointer user_data);

typedef struct {
  guint min_words, max_words;
  guint max_tokens;              /* 0 = any number */
  GuiseCountTokens count_tokens; /* NULL = tokens are not counted */
  gpointer user_data;
  guint required; /* topics that the text should speak of */
  guint unknown;  /* topics of which is known that the picture does not show them */
} GuiseCheckSettings;

#define GUISE_CHECK_MIN_WORDS 4
#define GUISE_CHECK_MAX_WORDS 60

/* 4 to 60 words; gender, age and hair, or what is worn above, below and on the feet. side is
 * GUISE_SIDE_IDENTITY or _CLOTHING. */
GuiseCheckSettings guise_check_settings_for (GuiseSide side);

/* "syntax", "leak"; "upper", "hair". */
const char *guise_check_get_name (GuiseCheck check);
const char *guise_topic_get_name (GuiseTopic topic);
/* Of which topics the text speaks, be it only to say that something is absent or unknown. */
guint guise_caption_get_coverage (const GuiseLexicon *lexicon, const char *text);

/* GUISE_N_CHECKS verdicts, in the order of GuiseCheck. neighbours: what n_neighbours descriptions
 * of the same kind, of other pictures of the same person in the same clothes, state (arrays of
 * GuiseStatement); NULL if there are none. Free with g_array_unref(). */
GArray *guise_caption_check (const GuiseLexicon *lexicon, GuiseSide side, const char *text,
                             const GuiseCheckSettings *settings, GArray *const *neighbours,
                             guint n_neighbours);

typedef enum {
  GUISE_DECISION_ACCEPT,
  GUISE_DECISION_REGENERATE,
  GUISE_DECISION_FALL_BACK, /* to the offline splitter */
} GuiseDecision;

#define GUISE_CHECK_MAX_REGENERATIONS 4

/* What to do with an answer that has these verdicts, of which n_regenerations others were thrown
 * away before. Warnings are accepted: a person reviews them. */
GuiseDecision guise_caption_decide (const GArray *verdicts, guint n_regenerations);
