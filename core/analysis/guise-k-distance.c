/* Each worker keeps for each point the k-1 nearest others that it has seen, in a heap with the
 * furthest on top; at the end the workers' heaps are put together. */
#include "guise-k-distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guise-tiles-private.h"

typedef struct {
  const GuiseTiles *tiles;
  size_t k;       /* others that are wanted */
  double *heaps;  /* [n,k] squared distances */
  guint32 *sizes; /* [n] */
  float *limits;  /* [n] */
} Nearest;

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
keep (Nearest *nearest, size_t i, double distance2)
{
  double *heap = nearest->heaps + i * nearest->k;

  if (nearest->sizes[i] < nearest->k) {
    heap[nearest->sizes[i]++] = distance2;
    if (nearest->sizes[i] < nearest->k)
      return;
    for (size_t place = nearest->k / 2; place-- > 0;)
      sift_down (heap, nearest->k, place);
  } else if (distance2 < heap[0]) {
    heap[0] = distance2;
    sift_down (heap, nearest->k, 0);
  } else {
    return;
  }
  nearest->limits[i] = guise_tiles_limit (nearest->tiles, heap[0]);
}

static void
visit (size_t i, size_t j, double half, double margin, gpointer data)
{
  Nearest *nearest = data;
  double distance2;

  /* An earlier pair of the same row may have drawn the limit in. */
  if (half - margin > MAX (nearest->limits[i], nearest->limits[j]))
    return;
  distance2 = guise_rows_distance2 (nearest->tiles->rows, i, j);
  keep (nearest, i, distance2);
  keep (nearest, j, distance2);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static void
put_together (double *distances, const Nearest *parts, size_t n_parts)
{
  size_t n = parts->tiles->n, k = parts->k;
  g_autofree double *all = g_new (double, n_parts *k);

  for (size_t i = 0; i < n; i++) {
    size_t n_all = 0;

    for (size_t w = 0; w < n_parts; w++) {
      memcpy (all + n_all, parts[w].heaps + i * k, parts[w].sizes[i] * sizeof *all);
      n_all += parts[w].sizes[i];
    }
    qsort (all, n_all, sizeof *all, compare_doubles);
    distances[i] = sqrt (all[k - 1]);
  }
}

static void
nearest_init (Nearest *nearest, const GuiseTiles *tiles, size_t k)
{
  *nearest = (Nearest){ .tiles = tiles, .k = k };
  nearest->heaps = g_new (double, tiles->n *k);
  nearest->sizes = g_new0 (guint32, tiles->n);
  nearest->limits = g_new (float, tiles->n);
  for (size_t i = 0; i < tiles->n; i++)
    nearest->limits[i] = INFINITY;
}

static gboolean
find_nearest (const GuiseTiles *tiles, size_t k, double *distances, const GuiseWork *work,
              GError **error)
{
  size_t n_workers = nn_team_size (work->team);
  g_autofree Nearest *parts = g_new (Nearest, n_workers);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **limits = g_new (float *, n_workers);
  const GuiseScan scan
      = { .rows = tiles, .columns = tiles, .visit = visit, .data = data, .limits = limits };
  gboolean done;

  for (size_t w = 0; w < n_workers; w++) {
    nearest_init (&parts[w], tiles, k);
    data[w] = &parts[w];
    limits[w] = parts[w].limits;
  }
  done = guise_scan_run (&scan, work, error);
  if (done)
    put_together (distances, parts, n_workers);
  for (size_t w = 0; w < n_workers; w++) {
    g_free (parts[w].heaps);
    g_free (parts[w].sizes);
    g_free (parts[w].limits);
  }
  return done;
}

gboolean
guise_k_distances (const GuiseRows *rows, size_t k, double *distances, const GuiseWork *work,
                   GError **error)
{
  g_autoptr (GuiseTiles) tiles = NULL;

  if (!guise_rows_check (rows, error))
    return FALSE;
  if (k < 1 || k > rows->n) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "min_samples = %zu: must be from 1 to %zu, the number of points",
                 k, rows->n);
    return FALSE;
  }
  if (k == 1) {
    memset (distances, 0, rows->n * sizeof *distances);
    return TRUE;
  }
  tiles = guise_tiles_new (rows, NULL, 0, work);
  return find_nearest (tiles, k - 1, distances, work, error);
}

size_t
guise_k_distance_knee (double *distances, size_t n)
{
  double deepest = 0, rise;
  size_t knee = 0;

  qsort (distances, n, sizeof *distances, compare_doubles);
  rise = n > 1 ? (distances[n - 1] - distances[0]) / (n - 1) : 0;
  for (size_t i = 0; i < n; i++) {
    double below = distances[0] + rise * i - distances[i];

    if (below > deepest) {
      deepest = below;
      knee = i;
    }
  }
  return knee;
}
