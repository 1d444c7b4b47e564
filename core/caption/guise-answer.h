/* What one question brought: a state, and a description only where everything holds. Reading is by
 * what is there, not by what a status promises, and every error shape of the known servers is
 * understood. Whatever a model says is data: never an instruction, never markup. Plain data. */
#pragma once

#include "guise-http.h"
#include "guise-refusals.h"

typedef enum {
  GUISE_ANSWER_DONE,               /* a valid object */
  GUISE_ANSWER_INVALID,            /* words, but no object that fits the schema */
  GUISE_ANSWER_REFUSED,            /* the model declines */
  GUISE_ANSWER_FILTERED,           /* the server's filter stands between */
  GUISE_ANSWER_TRUNCATED,          /* the limit of tokens cut it off */
  GUISE_ANSWER_THINKING_EXHAUSTED, /* all tokens went into thinking */
  GUISE_ANSWER_FAILED,             /* no answer at all */
  GUISE_ANSWER_CANCELLED,
  GUISE_N_ANSWER_STATES
} GuiseAnswerState;

/* "done", "thinking-exhausted" … */
const char *guise_answer_state_get_name (GuiseAnswerState state);

typedef struct {
  char *id; /* the question's */
  GuiseAnswerState state;
  char *identity; /* the object's members of these names, cleaned; NULL: null, or no such member */
  char *clothing;
  json_t *object; /* the whole valid object; NULL unless DONE or REFUSED */
  char *why;      /* one sentence unless DONE */
  guint http;     /* the last status, 0: none came */
  char *finish_reason;
  gint64 prompt_tokens, completion_tokens, cached_tokens; /* of all tries; -1 unknown */
  gint64 assumed_tokens;                                  /* for replies without a count, of all */
  double cost;                                            /* of all tries; NaN unknown */
  guint attempts;                                         /* requests sent */
  guint max_tokens;                                       /* the last try's limit */
  double ms;                                              /* of all tries, without waits */
  char *model;                                            /* as the server says, or NULL */
  /* Of the last try. The request has "sha256:…" in the picture's place, and never a key; the answer
   * is at most 64 KiB of valid UTF-8. */
  char *raw_request;
  char *raw_answer;
} GuiseAnswer;

GuiseAnswer *guise_answer_new (const char *id);
/* A state and its sentence; what another state came with goes. */
void guise_answer_set (GuiseAnswer *answer, GuiseAnswerState state, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void guise_answer_free (GuiseAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseAnswer, guise_answer_free)

/* What is to be done after one reply. */
typedef enum {
  GUISE_NEXT_NOTHING,   /* the state stands */
  GUISE_NEXT_REPAIR,    /* INVALID: ask for a better one; `content` is what was said */
  GUISE_NEXT_MORE,      /* TRUNCATED, THINKING_EXHAUSTED: more tokens may help */
  GUISE_NEXT_WAIT,      /* the same again, later */
  GUISE_NEXT_SLOW_DOWN, /* the same again, later, and fewer at a time */
  GUISE_NEXT_FORMAT,    /* the server does not know this response_format */
  GUISE_NEXT_PARAMETER, /* nor the member called `parameter` */
  GUISE_NEXT_SMALLER,   /* the picture is too large */
  GUISE_NEXT_STOP,      /* nothing will work until somebody acts: key, money, consent */
} GuiseNext;

typedef struct {
  const json_t *schema;
  gboolean as_is;          /* the content itself must be the JSON, nothing around it */
  GuiseRefusalFinder find; /* NULL: none */
  gpointer find_data;
  const GuiseEndpoint *endpoint; /* its prices, and whether it has a key, for messages */
  const char *url;               /* where the question went; shown without its query */
} GuiseReading;

typedef struct {
  GuiseNext next;
  char *parameter;
  char *content; /* what the model said, thinking left out; NULL: nothing */
} GuiseOutcome;

void guise_outcome_clear (GuiseOutcome *verdict);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseOutcome, guise_outcome_clear)

/* Reads a reply into answer: state, why, object, texts, tokens and cost are set (tokens and cost
 * added to what is there), raw_answer replaced. Any bytes are fine. */
void guise_answer_read (GuiseAnswer *answer, const GuiseHttpReply *reply,
                        const GuiseReading *reading, GuiseOutcome *verdict);
