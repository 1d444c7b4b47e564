/* How many requests at a time: one more after each round of answers that came in good time, half
 * as many when the server is overloaded (additive increase, multiplicative decrease). And when
 * enough equal failures in a row mean that going on is useless. Plain values. */
#pragma once

#include <glib.h>

typedef struct {
  double limit;
  guint most;
  guint64 cut_at;  /* the last request that had been sent when it was halved */
  double usual_ms; /* the quickest round's slowest answer: what "in good time" means */
  double slowest_ms;
  guint n_round; /* answers of this round */
} GuisePace;

void guise_pace_init (GuisePace *pace, guint start, guint most);
guint guise_pace_get (const GuisePace *pace);
void guise_pace_note_answer (GuisePace *pace, double ms);
/* The server was overloaded by request number `serial` of n so far; those that were under way
 * together count once. */
void guise_pace_note_overload (GuisePace *pace, guint64 serial, guint64 n);

typedef struct {
  guint cause; /* of the last failure */
  guint n;     /* equal ones in a row */
  guint most;  /* 0: never opens */
} GuiseBreaker;

/* A failure of that cause; whether it was the last that is endured. */
gboolean guise_breaker_note_failure (GuiseBreaker *breaker, guint cause);
void guise_breaker_reset (GuiseBreaker *breaker);
