#include "bench-rows.h"

#include <math.h>

enum { AHEAD = 512 };

float *
bench_create_rows (gsize n, gsize dim, guint64 state)
{
  float *rows = g_new (float, n *dim);

  for (gsize i = 0; i < n * dim; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    rows[i] = (float)((gint32)(state >> 32) * (1.7 / 2147483648.0 / sqrt ((double)dim)));
  }
  return rows;
}

typedef struct {
  const guint64 *words;
  gsize n, n_shares;
  volatile guint64 *sums; /* so that the loop has a result */
} Reading;

/* What lies AHEAD words on is asked for meanwhile: without that a core waits for memory a third of
 * the time. */
static void
read_share (size_t share, void *data)
{
  const Reading *reading = data;
  gsize end = reading->n * (share + 1) / reading->n_shares;
  guint64 sums[8] = { 0 };

  for (gsize i = reading->n * share / reading->n_shares; i + 8 <= end; i += 8) {
    __builtin_prefetch (reading->words + i + AHEAD);
    for (gsize l = 0; l < 8; l++)
      sums[l] += reading->words[i + l];
  }
  for (gsize l = 1; l < 8; l++)
    sums[0] += sums[l];
  reading->sums[share] = sums[0];
}

void
bench_read (const void *bytes, gsize n, NnTeam *team)
{
  gsize n_shares = nn_team_size (team);
  g_autofree guint64 *sums = g_new (guint64, n_shares);
  Reading reading = { bytes, n / sizeof (guint64), n_shares, sums };

  nn_team_run (team, n_shares, read_share, &reading);
}
