/* GuiseWatchdog: counts how often and how long the main loop was kept from looking for events. What
 * a turn of it dispatches is timed: a frame, a callback, or several of them in a row. Costs a few
 * readings of clocks a turn and wakes nothing up. Off unless started. Main thread only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint n_turns;
  guint n_stalls;           /* turns longer than the limit */
  double longest;           /* ms */
  double longest_computing; /* ms of the processor: without what other programs took meanwhile */
  double total;             /* ms, of all stalls */
} GuiseWatchdogCounts;

/* Watches the default main context from now on; a second call sets another limit. verbose: says
 * each stall as a message. */
void guise_watchdog_start (guint limit_ms, gboolean verbose);
/* Starts it, verbose, where the environment has GUISE_WATCHDOG=MILLISECONDS. */
void guise_watchdog_start_if_wanted (void);
/* What happened since the last call, which counts up to the last whole turn. Unless it was started,
 * nothing did. */
void guise_watchdog_take (GuiseWatchdogCounts *counts);

G_END_DECLS
