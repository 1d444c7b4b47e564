/* Benchmark of DBSCAN: rows on the unit sphere in a few hundred loose groups and some noise, as
 * sentence features are. */
#include "bench.h"

#include <math.h>

#include "guise-dbscan.h"
#include "guise-formats-error.h"
#include "guise-npy.h"
#include "nn-random.h"

enum {
  N_ROWS = 20000,
  DIM = 512,
  N_GROUPS = 200
};

typedef struct {
  GuiseRows rows;
  gint64 *labels;
  gint64 n_clusters;
  GuiseWork work;
} Points;

/* The sum of two uniform numbers, of mean 0 and deviation 1. */
static double
draw (guint64 seed, guint64 counter)
{
  double first = nn_random_uniform (seed, 2 * counter);
  double second = nn_random_uniform (seed, 2 * counter + 1);

  return sqrt (6) * (first + second - 1);
}

/* A row is its group's direction and something of its own; every tenth has no group. */
static void
fill_row (float *row, gsize i)
{
  gsize group = nn_random_below (1, i, N_GROUPS);
  double share = i % 10 == 9 ? 0 : 0.95, length2 = 0;

  for (gsize d = 0; d < DIM; d++) {
    row[d] = (float)(share * draw (2, group * DIM + d)
                     + sqrt (1 - share * share) * draw (3, i * DIM + d));
    length2 += (double)row[d] * row[d];
  }
  for (gsize d = 0; d < DIM; d++)
    row[d] = (float)(row[d] / sqrt (length2));
}

static void
fill_share (gsize block, gpointer data)
{
  const Points *points = data;
  gsize low = block * 500, high = MIN (low + 500, points->rows.n);

  for (gsize i = low; i < high; i++)
    fill_row ((float *)points->rows.x + i * DIM, i);
}

static void
cluster (gpointer data)
{
  Points *points = data;

  points->n_clusters = guise_dbscan (&points->rows, 0.5, 5, points->labels, NULL, &points->work,
                                     NULL);
}

static gboolean
save_points (const Points *points, const char *folder, GError **error)
{
  g_autofree char *rows = g_build_filename (folder, "dbscan-x.npy", NULL);
  g_autofree char *labels = g_build_filename (folder, "dbscan-labels.npy", NULL);
  const gsize shape[2] = { points->rows.n, DIM };

  return guise_npy_write (rows, GUISE_DTYPE_F32, 2, shape, points->rows.x, error)
         && guise_npy_write (labels, GUISE_DTYPE_I64, 1, shape, points->labels, error);
}

gboolean
bench_dbscan (Bench *bench, GError **error)
{
  gsize n = bench->rows > 0 ? bench->rows : N_ROWS;
  g_autofree float *x = g_new (float, n *DIM);
  g_autofree gint64 *labels = g_new (gint64, n);
  Points points = { .rows = { .n = n, .dim = DIM, .x = x }, .labels = labels };
  double median;

  points.work.team = nn_team_create (bench->threads);
  nn_team_run (points.work.team, (n + 499) / 500, fill_share, &points);
  median = bench_median (bench, cluster, &points);
  nn_team_free (points.work.team);
  /* Each pair once: d multiplications and additions. */
  bench_report (bench, "dbscan", median, n, (double)n * n * DIM);
  return bench->save == NULL || save_points (&points, bench->save, error);
}
