#include "guise-cluster-centroids.h"

#include <math.h>
#include <string.h>

#include "guise-tiles-private.h"

enum { JOBS = 16 }; /* always as many, so that sums do not depend on the threads */

gint64
guise_number_by_first (gint64 *labels, size_t n)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (size_t i = 0; i < n; i++) {
    gpointer key, number;

    if (labels[i] < 0)
      continue;
    key = GSIZE_TO_POINTER ((gsize)labels[i]);
    if (!g_hash_table_lookup_extended (numbers, key, NULL, &number)) {
      number = GSIZE_TO_POINTER ((gsize)g_hash_table_size (numbers));
      g_hash_table_insert (numbers, key, number);
    }
    labels[i] = (gint64)GPOINTER_TO_SIZE (number);
  }
  return g_hash_table_size (numbers);
}

gboolean
guise_check_k (size_t k, size_t n, GError **error)
{
  if (k >= 1 && k <= n)
    return TRUE;
  g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
               "k = %zu: must be from 1 to %zu, the number of points", k, n);
  return FALSE;
}

typedef struct {
  const GuiseRows *rows;
  const guint32 *which;
  size_t k;
  double *sums;  /* [JOBS][k,dim] */
  size_t *sizes; /* [JOBS][k] */
} Sums;

static void
sum_share (size_t job, void *data)
{
  const Sums *sums = data;
  size_t n = sums->rows->n, dim = sums->rows->dim;
  g_autofree double *row = g_new (double, dim);

  for (size_t i = n * job / JOBS; i < n * (job + 1) / JOBS; i++) {
    double *sum;

    if (sums->which[i] >= sums->k)
      continue;
    sum = sums->sums + (job * sums->k + sums->which[i]) * dim;
    guise_rows_get (sums->rows, i, row);
    for (size_t d = 0; d < dim; d++)
      sum[d] += row[d];
    sums->sizes[job * sums->k + sums->which[i]]++;
  }
}

void
guise_centroids_sum (const GuiseRows *rows, const guint32 *which, size_t k, double *sums,
                     size_t *sizes, const GuiseWork *work)
{
  size_t n_sums = k * rows->dim;
  g_autofree double *shares = g_new0 (double, JOBS *n_sums);
  g_autofree size_t *share_sizes = g_new0 (size_t, JOBS * k);
  Sums task = { rows, which, k, shares, share_sizes };

  nn_team_run (work->team, JOBS, sum_share, &task);
  memset (sums, 0, n_sums * sizeof *sums);
  memset (sizes, 0, k * sizeof *sizes);
  for (size_t job = 0; job < JOBS; job++) {
    for (size_t s = 0; s < n_sums; s++)
      sums[s] += shares[job * n_sums + s];
    for (size_t c = 0; c < k; c++)
      sizes[c] += share_sizes[job * k + c];
  }
}

void
guise_centroids (const GuiseRows *rows, const gint64 *labels, size_t k, double *centroids,
                 size_t *sizes, const GuiseWork *work)
{
  g_autofree guint32 *which = g_new (guint32, rows->n);

  for (size_t i = 0; i < rows->n; i++)
    which[i] = labels[i] >= 0 ? (guint32)labels[i] : G_MAXUINT32;
  guise_centroids_sum (rows, which, k, centroids, sizes, work);
  for (size_t c = 0; c < k; c++)
    for (size_t d = 0; d < rows->dim; d++)
      centroids[c * rows->dim + d] /= MAX (sizes[c], 1);
}

void
guise_centroids_find_nearest (const GuiseRows *rows, const guint32 *ids, size_t n_ids,
                              const double *centroids, size_t k, guint32 *which,
                              double *distances, const GuiseWork *work)
{
  g_autoptr (GuiseTiles) tiles = guise_tiles_new (rows, ids, n_ids, work);
  g_autofree float *points = g_new (float, k * rows->dim);
  g_autofree float *half = distances != NULL ? g_new (float, tiles->n) : NULL;

  for (size_t c = 0; c < k; c++)
    guise_tiles_frame (tiles, points + c * rows->dim, centroids + c * rows->dim);
  guise_tiles_assign (tiles, points, k, which, half, work);
  for (size_t i = 0; distances != NULL && i < tiles->n; i++)
    distances[i] = sqrt (2 * (double)half[i]) / tiles->scale;
}
