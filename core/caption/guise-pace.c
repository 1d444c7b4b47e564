#include "guise-pace.h"

/* Answers that take more than this many times as long as they used to say that it is enough. */
#define SLOWER 2.0

void
guise_pace_init (GuisePace *pace, guint start, guint most)
{
  *pace = (GuisePace){ .limit = MIN (start, most), .most = most };
}

guint
guise_pace_get (const GuisePace *pace)
{
  return MAX ((guint)pace->limit, 1);
}

void
guise_pace_note_answer (GuisePace *pace, double ms)
{
  pace->slowest_ms = MAX (pace->slowest_ms, ms);
  if (++pace->n_round < guise_pace_get (pace))
    return;
  if (pace->usual_ms <= 0 || pace->slowest_ms < pace->usual_ms)
    pace->usual_ms = pace->slowest_ms;
  if (pace->slowest_ms <= pace->usual_ms * SLOWER)
    pace->limit = MIN (pace->limit + 1, pace->most);
  pace->n_round = 0;
  pace->slowest_ms = 0;
}

void
guise_pace_note_overload (GuisePace *pace, guint64 serial, guint64 n)
{
  if (serial <= pace->cut_at)
    return;
  pace->limit = MAX (pace->limit / 2, 1);
  pace->cut_at = n;
  pace->n_round = 0;
  pace->slowest_ms = 0;
}

gboolean
guise_breaker_note_failure (GuiseBreaker *breaker, guint cause)
{
  breaker->n = breaker->cause == cause ? breaker->n + 1 : 1;
  breaker->cause = cause;
  return breaker->most > 0 && breaker->n >= breaker->most;
}

void
guise_breaker_reset (GuiseBreaker *breaker)
{
  breaker->n = 0;
}
