#include "bench-rows.h"

#include <math.h>

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

static void
read_share (size_t share, void *data)
{
  const Reading *reading = data;
  gsize end = reading->n * (share + 1) / reading->n_shares;
  guint64 sum = 0;

  for (gsize i = reading->n * share / reading->n_shares; i < end; i++)
    sum += reading->words[i];
  reading->sums[share] = sum;
}

void
bench_read (const void *bytes, gsize n, NnTeam *team)
{
  gsize n_shares = nn_team_size (team);
  g_autofree guint64 *sums = g_new (guint64, n_shares);
  Reading reading = { bytes, n / sizeof (guint64), n_shares, sums };

  nn_team_run (team, n_shares, read_share, &reading);
}
