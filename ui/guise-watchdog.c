#include "guise-watchdog.h"

#include <string.h>
#include <time.h>

/* A source that never has anything to dispatch. The main loop asks it after polling and before
 * polling again: what lies between is the dispatching. */
typedef struct {
  GSource source;
  gint64 woken;    /* when polling ended, µs; 0 = not yet */
  gint64 computed; /* by this thread until then, µs */
  gint64 limit;    /* µs */
  gboolean verbose;
  GuiseWatchdogCounts counts;
} Watchdog;

static Watchdog *watchdog;

static gint64
get_computed (void)
{
  struct timespec time = { 0 };

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

static void
note_turn (Watchdog *self, gint64 length, gint64 computing)
{
  self->counts.n_turns++;
  self->counts.longest = MAX (self->counts.longest, length / 1e3);
  self->counts.longest_computing = MAX (self->counts.longest_computing, computing / 1e3);
  if (length <= self->limit)
    return;
  self->counts.n_stalls++;
  self->counts.total += length / 1e3;
  if (self->verbose)
    g_message ("the main loop stood still for %.0f ms", length / 1e3);
}

static gboolean
before_polling (GSource *source, int *timeout)
{
  Watchdog *self = (Watchdog *)source;

  if (self->woken != 0)
    note_turn (self, g_get_monotonic_time () - self->woken, get_computed () - self->computed);
  self->woken = 0;
  *timeout = -1;
  return FALSE;
}

static gboolean
after_polling (GSource *source)
{
  Watchdog *self = (Watchdog *)source;

  self->woken = g_get_monotonic_time ();
  self->computed = get_computed ();
  return FALSE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
guise_watchdog_start (guint limit_ms, gboolean verbose)
{
  static GSourceFuncs functions = { before_polling, after_polling, dispatch, NULL, NULL, NULL };

  if (watchdog == NULL) {
    watchdog = (Watchdog *)g_source_new (&functions, sizeof *watchdog);
    g_source_set_static_name ((GSource *)watchdog, "watchdog");
    /* first of all, or sources that are ready would keep it from being asked */
    g_source_set_priority ((GSource *)watchdog, G_MININT);
    g_source_attach ((GSource *)watchdog, NULL);
    g_source_unref ((GSource *)watchdog);
  }
  watchdog->limit = limit_ms * G_GINT64_CONSTANT (1000);
  watchdog->verbose = verbose;
}

void
guise_watchdog_start_if_wanted (void)
{
  const char *value = g_getenv ("GUISE_WATCHDOG");
  g_autoptr (GError) error = NULL;
  guint64 limit;

  if (value == NULL)
    return;
  if (g_ascii_string_to_unsigned (value, 10, 1, 60000, &limit, &error))
    guise_watchdog_start ((guint)limit, TRUE);
  else
    g_message ("cannot watch the main loop: 'GUISE_WATCHDOG=%s': %s; give milliseconds from 1 to "
               "60000",
               value, error->message);
}

void
guise_watchdog_take (GuiseWatchdogCounts *counts)
{
  memset (counts, 0, sizeof *counts);
  if (watchdog == NULL)
    return;
  *counts = watchdog->counts;
  memset (&watchdog->counts, 0, sizeof watchdog->counts);
}
