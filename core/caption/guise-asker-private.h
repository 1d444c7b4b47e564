/* What guise-asker.c (threads, queue), guise-asker-request.c (what is sent) and guise-asker-judge.c
 * (what follows from what came) share. */
#pragma once

#include "guise-asker.h"
#include "guise-pace.h"

/* A question on its way to its answer. The worker's. */
typedef struct {
  GTask *task;
  GuiseQuestion *question;
  GuiseAnswer *answer;
  GuiseHttp *http;   /* while it is under way */
  guint64 serial;    /* of its last request */
  gint64 not_before; /* µs */
  char *wait_why;    /* or NULL */
  guint n_failures;  /* that pass with time */
  guint n_changes;   /* of dialect */
  guint max_tokens;
  GuiseFormat format; /* of the last request */
  char *bad_answer;   /* a repair is asked for: what was said … */
  char *fault;        /* … and what is wrong with it */
  gboolean raised, halved;
  gint64 reserved_tokens; /* what it may use up */
  double reserved_cost;
} GuiseItem;

struct _GuiseAsker {
  GuiseAskerSettings settings;
  char *url;
  CURLM *multi;
  GThread *thread;

  GMutex lock;
  GCond changed;
  /* under the lock */
  GuiseEndpoint *endpoint; /* only the worker writes it, and reads it without */
  GuiseKey *key;
  GQueue incoming; /* GuiseItem */
  gboolean paused, cancelled, ending, resumed;
  gint64 max_tokens;
  double max_cost;
  GuiseAskerStatus status;

  /* the worker's own */
  GQueue waiting;    /* GuiseItem, in the order of asking */
  GPtrArray *flying; /* GuiseItem, borrowed from nobody: each is in one of the two */
  GRand *rand;
  GuisePace pace;
  GuiseBreaker breaker;
  gboolean had_reply;
  gboolean swapped;  /* the name of the limit of tokens */
  guint64 failed_at; /* the last request that had been sent when one failed in a passing way */
  gint64 hold_until; /* µs: the server wants to be left alone */
  char *hold_why;
  GuiseAskerReason reason;
  char *why;
  guint n_answers[GUISE_N_ANSWER_STATES];
  guint64 n_requests;
  gint64 prompt_tokens, completion_tokens, n_priced;
  double cost;
  gint64 spent_tokens; /* as the limit counts: what is not known is taken for the most */
  double dearest;      /* request so far */
};

gint64 guise_asker_now (GuiseAsker *asker);

/* request: whether the limits have room for it, and sending it. FALSE: not now, or (then the asker
 * has stopped) not at all. */
gboolean guise_asker_has_room (GuiseAsker *asker, GuiseItem *item);
void guise_asker_start (GuiseAsker *asker, GuiseItem *item);

/* judge: a request has ended with that result. The item is answered or waits again. */
void guise_asker_judge (GuiseAsker *asker, GuiseItem *item, CURLcode result);
/* For all: no more requests until somebody acts. */
void guise_asker_stop (GuiseAsker *asker, GuiseAskerReason reason, const char *why);
/* Hands the answer over and frees the item. */
void guise_asker_deliver (GuiseAsker *asker, GuiseItem *item);
