/* Each worker keeps for each point the nearest others that it has seen, by what products say, in a
 * heap with the furthest on top: the k-1 that are asked for and a few more. Put together, they
 * leave open only which of those is the k-th that lie within the margin around it; these are
 * measured exactly. Where not all of these were kept, because many lie equally far, the point's
 * distances are all measured that might be its k-th. */
#include "guise-k-distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guise-k-distance-private.h"

enum {
  MOST_SPARE = 16, /* kept beyond those that are asked for */
  JOB_ROWS = 256,
};

/* ---- by products ---- */

typedef struct {
  float half; /* ½ distance² in the frame, as far as the product says */
  guint32 other;
} Near;

/* What one worker has found. */
typedef struct {
  size_t room;    /* of each heap */
  Near *heaps;    /* [n,room] */
  guint32 *sizes; /* [n] */
  float *limits;  /* [n] the furthest that is kept, once the heap is full */
} Nearest;

static void
sift_down (Near *heap, size_t n, size_t place)
{
  Near item = heap[place];

  for (size_t child; (child = 2 * place + 1) < n; place = child) {
    if (child + 1 < n && heap[child + 1].half > heap[child].half)
      child++;
    if (heap[child].half <= item.half)
      break;
    heap[place] = heap[child];
  }
  heap[place] = item;
}

static void
keep (Nearest *nearest, size_t i, size_t j, float half)
{
  Near *heap = nearest->heaps + i * nearest->room;

  if (nearest->sizes[i] < nearest->room) {
    heap[nearest->sizes[i]++] = (Near){ half, (guint32)j };
    if (nearest->sizes[i] < nearest->room)
      return;
    for (size_t place = nearest->room / 2; place-- > 0;)
      sift_down (heap, nearest->room, place);
  } else if (half < heap[0].half) {
    heap[0] = (Near){ half, (guint32)j };
    sift_down (heap, nearest->room, 0);
  } else {
    return;
  }
  nearest->limits[i] = heap[0].half;
}

static void
visit (size_t i, size_t j, double half, double margin, gpointer data)
{
  keep (data, i, j, (float)half);
  keep (data, j, i, (float)half);
}

static void
nearest_init (Nearest *nearest, size_t n, size_t room)
{
  nearest->room = room;
  nearest->heaps = g_new (Near, n * room);
  nearest->sizes = g_new0 (guint32, n);
  nearest->limits = g_new (float, n);
  for (size_t i = 0; i < n; i++)
    nearest->limits[i] = INFINITY;
}

static void
nearest_clear (Nearest *nearest)
{
  g_free (nearest->heaps);
  g_free (nearest->sizes);
  g_free (nearest->limits);
}

/* ---- the k-th of what was found ---- */

typedef struct {
  const GuiseTiles *tiles;
  size_t k;             /* others that are wanted */
  const Nearest *parts; /* [n_parts] */
  size_t n_parts;
  double *distances; /* [n] */
  float *bounds;     /* [n] of ½ distance² where what was kept does not tell, else negative */
} Settling;

static int
compare_near (const void *a, const void *b)
{
  const Near *x = a, *y = b;

  return (x->half > y->half) - (x->half < y->half);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* all [n_all], sorted: the k-th has a half from ½d² - margin to ½d² + margin. What lies two margins
 * below it is nearer than the k-th for certain, what lies two margins above it further. */
static void
find_kth (const Settling *settling, size_t i, const Near *all, size_t n_all, double *exact)
{
  const GuiseTiles *tiles = settling->tiles;
  double around = 2 * guise_tiles_get_margin (tiles, i), middle = all[settling->k - 1].half;
  size_t n_nearer = 0, n_open = 0, n_kept = settling->parts[0].room;

  settling->bounds[i] = -1;
  if (tiles->n - 1 > n_kept && all[n_kept - 1].half <= middle + around) {
    settling->bounds[i] = nextafterf ((float)MAX (middle + around, 0), INFINITY);
    return;
  }
  while (all[n_nearer].half < middle - around)
    n_nearer++;
  for (size_t c = n_nearer; c < MIN (n_all, n_kept) && all[c].half <= middle + around; c++)
    exact[n_open++] = guise_rows_distance2 (tiles->rows, i, all[c].other);
  qsort (exact, n_open, sizeof *exact, compare_doubles);
  settling->distances[i] = sqrt (exact[settling->k - 1 - n_nearer]);
}

static void
settle_rows (size_t job, void *data)
{
  const Settling *settling = data;
  size_t room = settling->parts[0].room, most = settling->n_parts * room;
  g_autofree Near *all = g_new (Near, most);
  g_autofree double *exact = g_new (double, most);
  size_t end = MIN ((job + 1) * JOB_ROWS, settling->tiles->n);

  for (size_t i = job * JOB_ROWS; i < end; i++) {
    size_t n_all = 0;

    for (size_t p = 0; p < settling->n_parts; p++) {
      const Nearest *part = &settling->parts[p];

      memcpy (all + n_all, part->heaps + i * room, part->sizes[i] * sizeof *all);
      n_all += part->sizes[i];
    }
    qsort (all, n_all, sizeof *all, compare_near);
    find_kth (settling, i, all, n_all, exact);
  }
}

static gboolean
find_nearest (const GuiseTiles *tiles, size_t k, double *distances, float *bounds,
              const GuiseWork *work, GError **error)
{
  size_t n_workers = nn_team_size (work->team), spare = MIN (4 + k / 8, (size_t)MOST_SPARE);
  g_autofree Nearest *parts = g_new (Nearest, n_workers);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **limits = g_new (float *, n_workers);
  const GuiseScan scan
      = { .rows = tiles, .columns = tiles, .visit = visit, .data = data, .limits = limits };
  size_t room = MIN (k + spare, tiles->n - 1);
  Settling settling = { tiles, k, parts, n_workers, distances, bounds };
  gboolean done;

  for (size_t w = 0; w < n_workers; w++) {
    nearest_init (&parts[w], tiles->n, room);
    data[w] = &parts[w];
    limits[w] = parts[w].limits;
  }
  done = guise_scan_run (&scan, work, error);
  if (done)
    nn_team_run (work->team, (tiles->n + JOB_ROWS - 1) / JOB_ROWS, settle_rows, &settling);
  for (size_t w = 0; w < n_workers; w++)
    nearest_clear (&parts[w]);
  return done;
}

/* ---- all of it ---- */

static gboolean
find_distances (const GuiseTiles *tiles, size_t k, double *distances, const GuiseWork *work,
                GError **error)
{
  g_autofree float *bounds = g_new (float, tiles->n);

  return find_nearest (tiles, k, distances, bounds, work, error)
         && guise_k_distances_measure (tiles, k, bounds, distances, work, error);
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
  return find_distances (tiles, k - 1, distances, work, error);
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
