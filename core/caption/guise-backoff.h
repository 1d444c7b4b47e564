/* How long to wait before the same question is asked again. */
#pragma once

#include <glib.h>

#define GUISE_BACKOFF_LONGEST_MS 300000

/* After n failures (from 1): half a second, doubled each time, at most a minute, less up to a
 * quarter of it by chance, so that many who failed together do not come back together. */
gint64 guise_backoff_get_ms (guint n, GRand *rand);
/* What the headers ask for, milliseconds, or -1 for nothing that is a time: "retry-after-ms" first,
 * then "Retry-After" as seconds or as a date against now_s (Unix time). May be NULL. */
gint64 guise_backoff_read_headers (const char *retry_after_ms, const char *retry_after,
                                   gint64 now_s);
/* Both: never less than our own wait, never more than GUISE_BACKOFF_LONGEST_MS. */
gint64 guise_backoff_combine (gint64 own_ms, gint64 asked_ms);
