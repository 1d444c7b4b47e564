/* Each worker keeps for each point the k nearest others that it has seen, in a heap with the
 * furthest on top; at the end the workers' heaps are put together. */
#include "guise-k-distance-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const GuiseTiles *points;
  size_t k;
  double *heaps;  /* [n,k] squared distances */
  guint32 *sizes; /* [n] */
  float *limits;  /* [n] */
} Exact;

static void
sift_down (double *heap, size_t n, size_t place)
{
  double item = heap[place];

  for (size_t child; (child = 2 * place + 1) < n; place = child) {
    if (child + 1 < n && heap[child + 1] > heap[child])
      child++;
    if (heap[child] <= item)
      break;
    heap[place] = heap[child];
  }
  heap[place] = item;
}

static void
keep (Exact *exact, size_t i, double distance2)
{
  double *heap = exact->heaps + i * exact->k;

  if (exact->sizes[i] < exact->k) {
    heap[exact->sizes[i]++] = distance2;
    if (exact->sizes[i] < exact->k)
      return;
    for (size_t place = exact->k / 2; place-- > 0;)
      sift_down (heap, exact->k, place);
  } else if (distance2 < heap[0]) {
    heap[0] = distance2;
    sift_down (heap, exact->k, 0);
  } else {
    return;
  }
  exact->limits[i] = guise_tiles_limit (exact->points, heap[0]);
}

static void
visit (size_t i, size_t j, double half, double margin, gpointer data)
{
  Exact *exact = data;
  size_t row = guise_tiles_get_row (exact->points, i);

  if (row != j && half - margin <= exact->limits[i]) /* which may have been drawn in since */
    keep (exact, i, guise_rows_distance2 (exact->points->rows, row, j));
}

static void
exact_init (Exact *exact, const GuiseTiles *points, size_t k, const float *bounds)
{
  *exact = (Exact){ .points = points, .k = k };
  exact->heaps = g_new (double, points->n *k);
  exact->sizes = g_new0 (guint32, points->n);
  exact->limits = g_new (float, points->n);
  for (size_t i = 0; i < points->n; i++)
    exact->limits[i] = bounds[guise_tiles_get_row (points, i)];
}

static void
exact_clear (Exact *exact)
{
  g_free (exact->heaps);
  g_free (exact->sizes);
  g_free (exact->limits);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static void
put_together (double *distances, const Exact *parts, size_t n_parts)
{
  const GuiseTiles *points = parts->points;
  size_t k = parts->k;
  g_autofree double *all = g_new (double, n_parts *k);

  for (size_t i = 0; i < points->n; i++) {
    size_t n_all = 0;

    for (size_t w = 0; w < n_parts; w++) {
      memcpy (all + n_all, parts[w].heaps + i * k, parts[w].sizes[i] * sizeof *all);
      n_all += parts[w].sizes[i];
    }
    qsort (all, n_all, sizeof *all, compare_doubles);
    distances[guise_tiles_get_row (points, i)] = sqrt (all[k - 1]);
  }
}

static gboolean
measure (const GuiseTiles *points, const GuiseTiles *others, size_t k, const float *bounds,
         double *distances, const GuiseWork *work, GError **error)
{
  size_t n_workers = nn_team_size (work->team);
  g_autofree Exact *parts = g_new (Exact, n_workers);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **limits = g_new (float *, n_workers);
  const GuiseScan first = { .rows = others, .columns = others };
  GuiseScan scan
      = { .rows = points, .columns = others, .visit = visit, .data = data, .limits = limits };
  gboolean done;

  for (size_t w = 0; w < n_workers; w++) {
    exact_init (&parts[w], points, k, bounds);
    data[w] = &parts[w];
    limits[w] = parts[w].limits;
  }
  scan.before = guise_scan_count_tiles (&first); /* the products were made of all before */
  scan.total = scan.before + guise_scan_count_tiles (&scan);
  done = guise_scan_run (&scan, work, error);
  if (done)
    put_together (distances, parts, n_workers);
  for (size_t w = 0; w < n_workers; w++)
    exact_clear (&parts[w]);
  return done;
}

gboolean
guise_k_distances_measure (const GuiseTiles *tiles, size_t k, const float *bounds,
                           double *distances, const GuiseWork *work, GError **error)
{
  g_autofree guint32 *open = g_new (guint32, tiles->n);
  g_autoptr (GuiseTiles) points = NULL;
  size_t n_open = 0;

  for (size_t i = 0; i < tiles->n; i++)
    if (bounds[i] >= 0)
      open[n_open++] = (guint32)i;
  if (n_open == 0)
    return TRUE;
  points = guise_tiles_new (tiles->rows, open, n_open, work);
  return measure (points, tiles, k, bounds, distances, work, error);
}
