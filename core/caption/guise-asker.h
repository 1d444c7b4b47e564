/* Asks an endpoint many questions: one thread with libcurl's multi interface. It retries what
 * passes with time, waits as long as the server asks, adapts how many requests run at a time, finds
 * the format of answers that the server knows, asks once for a better answer, and stops by itself
 * where going on is useless or the limit is reached. It knows no prompts, no database, no jobs.
 *
 * Stopped or paused, questions stay where they are until guise_asker_resume or guise_asker_cancel.
 * Every question is answered exactly once. Every function may be called from any thread. */
#pragma once

#include "guise-answer.h"
#include "guise-chat.h"

/* Time, so that tests need not wait for it. */
typedef struct {
  gint64 (*now) (gpointer data);    /* µs, never goes back */
  gint64 (*unix_s) (gpointer data); /* the date */
  /* Nothing is to be done for so long: TRUE when the time has been passed already (tests); FALSE
   * lets the thread wait. NULL: the same. */
  gboolean (*pass) (gint64 us, gpointer data);
  gpointer data;
} GuiseClock;

const GuiseClock *guise_clock_get_real (void);

typedef struct {
  guint connect_ms;
  guint total_ms; /* of one request */
  guint first_ms; /* until the first answer has come: a model may have to be loaded */
  guint tries;    /* of a request that fails in a way that passes */
  guint start;    /* requests at a time at first; 0: 1 on this machine, 4 elsewhere */
  guint most;     /* requests at a time */
  guint breaker;  /* equal failures in a row that stop it; 0: never */
  /* Of all requests together, 0: no limit. Nothing is sent that could exceed them, as far as prices
   * and what earlier requests took tell. */
  gint64 max_tokens;
  double max_cost;
  gboolean allow_remote;   /* somebody allowed that pictures go to another machine */
  guint32 seed;            /* of the waits' jitter */
  GuiseRefusalFinder find; /* NULL: guise_refusals_find */
  gpointer find_data;
  /* Where it stops by itself, answer all questions FAILED instead of keeping them; what is asked
   * later is tried again. */
  gboolean give_up;
  const GuiseClock *clock; /* NULL: the real one; must outlive the asker */
} GuiseAskerSettings;

/* clang-format off */
#define GUISE_ASKER_SETTINGS \
  { .connect_ms = 5000, .total_ms = 300000, .first_ms = 600000, .tries = 5, .most = 16, \
    .breaker = 10 }
/* clang-format on */

typedef enum {
  GUISE_ASKER_RUNNING,
  GUISE_ASKER_PAUSED,
  GUISE_ASKER_STOPPED, /* by itself; `why` and `reason` say why */
  GUISE_ASKER_CANCELLED,
} GuiseAskerState;

typedef enum {
  GUISE_ASKER_REASON_NONE,
  GUISE_ASKER_REASON_ENDPOINT, /* key, money, certificate, a model without eyes */
  GUISE_ASKER_REASON_FAILURES, /* too many equal ones in a row */
  GUISE_ASKER_REASON_LIMIT,    /* tokens or cost */
} GuiseAskerReason;

typedef struct {
  GuiseAskerState state;
  GuiseAskerReason reason;
  char *why;         /* a sentence while STOPPED */
  guint concurrency; /* requests at a time now */
  guint n_flying;    /* requests under way */
  guint n_waiting;   /* questions not under way */
  gint64 wait_ms;    /* until the next request, 0: no wait */
  char *wait_why;    /* what is waited for, or NULL */
  guint n_answers[GUISE_N_ANSWER_STATES];
  guint64 n_requests;
  gint64 prompt_tokens, completion_tokens; /* as far as servers say */
  double cost;                             /* NaN: unknown */
  guint64 serial;                          /* grows when something changes */
} GuiseAskerStatus;

typedef struct _GuiseAsker GuiseAsker;

/* endpoint is copied and must have an address; key may be NULL. Errors: GUISE_ENDPOINT_ERROR
 * (consent among them), and those of guise_lexicon_load where settings->find is NULL. */
GuiseAsker *guise_asker_new (const GuiseEndpoint *endpoint, GuiseKey *key,
                             const GuiseAskerSettings *settings, GError **error);
/* Cancels, ends the thread (at once) and frees; callbacks still come. */
void guise_asker_free (GuiseAsker *asker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseAsker, guise_asker_free)

/* Takes question. callback runs in the thread-default main context of the caller. */
void guise_asker_push (GuiseAsker *asker, GuiseQuestion *question, GAsyncReadyCallback callback,
                       gpointer user_data);
/* Never NULL. */
GuiseAnswer *guise_asker_finish (GAsyncResult *result);

/* No new requests; those under way are answered. */
void guise_asker_pause (GuiseAsker *asker);
/* Goes on after a pause, or tries again after it stopped by itself. */
void guise_asker_resume (GuiseAsker *asker);
/* Another key, for the requests to come. */
void guise_asker_set_key (GuiseAsker *asker, GuiseKey *key);
/* Other limits, for going on after one was reached. */
void guise_asker_set_limits (GuiseAsker *asker, gint64 max_tokens, double max_cost);
/* Breaks off all requests and answers all questions with CANCELLED, also those still to come. */
void guise_asker_cancel (GuiseAsker *asker);

void guise_asker_get_status (GuiseAsker *asker, GuiseAskerStatus *status);
void guise_asker_status_clear (GuiseAskerStatus *status);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseAskerStatus, guise_asker_status_clear)
/* Blocks until the serial is another one than this. */
void guise_asker_wait (GuiseAsker *asker, guint64 serial);
/* The endpoint with what was learned about it: formats, token_field, omit. */
GuiseEndpoint *guise_asker_dup_endpoint (GuiseAsker *asker);
