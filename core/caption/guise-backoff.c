#include "guise-backoff.h"

#include <curl/curl.h>
#include <math.h>

#define FIRST_MS 500.0
#define LONGEST_MS 60000.0
#define JITTER 0.25

gint64
guise_backoff_get_ms (guint n, GRand *rand)
{
  double ms = MIN (FIRST_MS * exp2 (MIN (n, 20) - 1.0), LONGEST_MS);

  return (gint64)(ms * (1 - JITTER * g_rand_double (rand)));
}

/* A whole number or a fraction, or NaN. */
static double
read_number (const char *text)
{
  char *end;
  double value;

  while (g_ascii_isspace (*text))
    text++;
  if (!g_ascii_isdigit (*text) && *text != '-' && *text != '+')
    return NAN;
  value = g_ascii_strtod (text, &end);
  while (g_ascii_isspace (*end))
    end++;
  return *end == '\0' ? value : NAN;
}

static gint64
to_ms (double ms)
{
  return isfinite (ms) ? (gint64)CLAMP (ms, 0, 2.0 * GUISE_BACKOFF_LONGEST_MS) : -1;
}

gint64
guise_backoff_read_headers (const char *retry_after_ms, const char *retry_after, gint64 now_s)
{
  gint64 ms = retry_after_ms != NULL ? to_ms (read_number (retry_after_ms)) : -1;
  double seconds;
  time_t date;

  if (ms >= 0 || retry_after == NULL)
    return ms;
  seconds = read_number (retry_after);
  if (!isnan (seconds))
    return to_ms (seconds * 1000);
  date = curl_getdate (retry_after, NULL);
  return date != -1 ? to_ms ((double)(date - now_s) * 1000) : -1;
}

gint64
guise_backoff_combine (gint64 own_ms, gint64 asked_ms)
{
  return CLAMP (asked_ms, own_ms, GUISE_BACKOFF_LONGEST_MS);
}
