/* Sums over points are made by a fixed number of jobs, each over neighbouring blocks, and added in
 * their order: the same on one thread or many. */
#include "guise-kmeans.h"

#include <math.h>
#include <string.h>

#include "guise-cluster-centroids.h"
#include "guise-tiles-private.h"
#include "nn-random.h"

enum { MAX_TRIALS = 16 };

typedef struct {
  const GuiseTiles *tiles;
  const GuiseWork *work;
  const GuiseKMeansOptions *options;
  size_t k;
  float *points;   /* [k,dim] the centres in the frame */
  double *centres; /* [k,dim] the same in the rows' numbers */
  size_t *sizes;   /* [k] */
  guint32 *which;  /* [n] */
  guint32 *before; /* [n] the last iteration's */
  float *half;     /* [n] ½ distance² to the centre */
  float *nearest;  /* [n] the same while centres are being chosen */
} KMeans;

/* ---- starting centres ---- */

/* A distance that rounding may have made of nothing. */
static double
get_weight (const KMeans *means, const float *half, size_t place)
{
  return half[place] > 1e-6f * means->tiles->half[place] ? half[place] : 0;
}

static double
sum_weights (const KMeans *means, const float *half)
{
  double sum = 0;

  for (size_t i = 0; i < means->tiles->n; i++)
    sum += get_weight (means, half, i);
  return sum;
}

/* The first point at which the weights add up to more than target. */
static size_t
find_weight (const KMeans *means, double target)
{
  double sum = 0;
  size_t last = 0;

  for (size_t i = 0; i < means->tiles->n; i++) {
    double weight = get_weight (means, means->nearest, i);

    if (weight > 0)
      last = i;
    sum += weight;
    if (sum > target)
      return i;
  }
  return last;
}

/* Places drawn with a chance in proportion to their weights, and how far all places would be from
 * the nearest centre with each of them: half [n_trials,n]. Returns the best of them. */
static guint
try_centres (KMeans *means, const size_t *places, guint n_trials, float *half)
{
  size_t n = means->tiles->n, dim = means->tiles->dim;
  g_autofree float *points = g_new (float, n_trials *dim);
  g_autofree double *row = g_new (double, dim);
  double least = INFINITY;
  guint best = 0;

  for (guint t = 0; t < n_trials; t++) {
    guise_rows_get (means->tiles->rows, places[t], row);
    guise_tiles_frame (means->tiles, points + t * dim, row);
  }
  guise_tiles_measure (means->tiles, points, n_trials, half, means->work);
  for (guint t = 0; t < n_trials; t++) {
    double left;

    for (size_t i = 0; i < n; i++)
      half[t * n + i] = MIN (half[t * n + i], means->nearest[i]);
    left = sum_weights (means, half + t * n);
    if (left < least) {
      least = left;
      best = t;
    }
  }
  return best;
}

/* FALSE when it was cancelled. */
static gboolean
choose_starts (KMeans *means, guint64 seed, GError **error)
{
  size_t n = means->tiles->n, dim = means->tiles->dim;
  guint n_trials = MIN (2 + (guint)log (means->k), MAX_TRIALS);
  g_autofree float *half = g_new (float, n_trials *n);
  guint64 counter = 0;

  for (size_t i = 0; i < n; i++)
    means->nearest[i] = INFINITY;
  for (size_t c = 0; c < means->k; c++) {
    double sum = c > 0 ? sum_weights (means, means->nearest) : 0;
    guint n_here = c > 0 ? n_trials : 1, best;
    size_t places[MAX_TRIALS];

    if (g_cancellable_set_error_if_cancelled (means->work->cancellable, error))
      return FALSE;
    for (guint t = 0; t < n_here; t++, counter++)
      places[t] = c > 0 ? find_weight (means, sum * nn_random_uniform (seed, counter))
                        : nn_random_below (seed, counter, n);
    best = try_centres (means, places, n_here, half);
    memcpy (means->nearest, half + best * n, n * sizeof *half);
    guise_rows_get (means->tiles->rows, places[best], means->centres + c * dim);
    guise_tiles_frame (means->tiles, means->points + c * dim, means->centres + c * dim);
  }
  return TRUE;
}

/* ---- iterations ---- */

/* The point furthest from its centre in a cluster that can spare it, or n. */
static size_t
find_furthest (const KMeans *means)
{
  size_t n = means->tiles->n, furthest = n;
  double most = 0;

  for (size_t i = 0; i < n; i++) {
    double weight = get_weight (means, means->half, i);

    if (weight > most && means->sizes[means->which[i]] > 1) {
      most = weight;
      furthest = i;
    }
  }
  return furthest;
}

/* An empty cluster takes the furthest point. FALSE when no cluster was empty. */
static gboolean
fill_empty (KMeans *means)
{
  gboolean filled = FALSE;

  for (size_t c = 0; c < means->k; c++) {
    size_t point;

    if (means->sizes[c] > 0 || (point = find_furthest (means)) == means->tiles->n)
      continue;
    means->sizes[means->which[point]]--;
    means->sizes[c] = 1;
    means->which[point] = (guint32)c;
    means->half[point] = 0;
    filled = TRUE;
  }
  return filled;
}

/* Centres from assignments; returns the sum of their squared moves. An empty cluster's stays. */
static double
move_centres (KMeans *means)
{
  size_t dim = means->tiles->dim, k = means->k;
  g_autofree double *old = g_memdup2 (means->centres, k * dim * sizeof *old);
  double moved = 0;

  guise_centroids_sum (means->tiles->rows, means->which, k, means->centres, means->sizes,
                       means->work);
  if (fill_empty (means))
    guise_centroids_sum (means->tiles->rows, means->which, k, means->centres, means->sizes,
                         means->work);
  for (size_t c = 0; c < k; c++) {
    double *centre = means->centres + c * dim;

    if (means->sizes[c] == 0)
      memcpy (centre, old + c * dim, dim * sizeof *centre);
    else
      for (size_t d = 0; d < dim; d++)
        centre[d] /= means->sizes[c];
    moved += guise_square_distance (centre, old + c * dim, dim);
    guise_tiles_frame (means->tiles, means->points + c * dim, centre);
  }
  return moved;
}

static void
assign (KMeans *means)
{
  memcpy (means->before, means->which, means->tiles->n * sizeof *means->which);
  guise_tiles_assign (means->tiles, means->points, means->k, means->which, means->half,
                      means->work);
}

/* FALSE when it was cancelled. */
static gboolean
iterate (KMeans *means, double tolerance, GError **error)
{
  size_t n_bytes = means->tiles->n * sizeof *means->which;

  memset (means->which, 0xff, n_bytes); /* no assignment is like that */
  for (guint i = 0; i < means->options->max_iterations; i++) {
    double moved;

    if (g_cancellable_set_error_if_cancelled (means->work->cancellable, error))
      return FALSE;
    assign (means);
    if (memcmp (means->which, means->before, n_bytes) == 0)
      return TRUE;
    moved = move_centres (means);
    if (moved <= tolerance)
      break;
  }
  assign (means);
  return TRUE;
}

/* ---- the whole ---- */

/* Mean over the columns of their variance. */
static double
get_variance (const GuiseTiles *tiles)
{
  double sum = 0;

  for (size_t i = 0; i < tiles->n; i++)
    sum += tiles->lengths[i] * tiles->lengths[i];
  return sum / tiles->n / tiles->dim / (tiles->scale * tiles->scale);
}

static double
get_inertia (const KMeans *means)
{
  double sum = 0;

  for (size_t i = 0; i < means->tiles->n; i++)
    sum += 2 * means->half[i];
  return sum / (means->tiles->scale * means->tiles->scale);
}

static void
means_init (KMeans *means, const GuiseTiles *tiles, size_t k, const GuiseKMeansOptions *options,
            const GuiseWork *work)
{
  *means = (KMeans){ .tiles = tiles, .work = work, .options = options, .k = k };
  means->points = g_new (float, k * tiles->dim);
  means->centres = g_new (double, k * tiles->dim);
  means->sizes = g_new (size_t, k);
  means->which = g_new (guint32, tiles->n);
  means->before = g_new (guint32, tiles->n);
  means->half = g_new (float, tiles->n);
  means->nearest = g_new (float, tiles->n);
}

static void
means_clear (KMeans *means)
{
  g_free (means->points);
  g_free (means->centres);
  g_free (means->sizes);
  g_free (means->which);
  g_free (means->before);
  g_free (means->half);
  g_free (means->nearest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KMeans, means_clear)

static gboolean
run_starts (KMeans *means, guint32 *best, double *least, GError **error)
{
  double tolerance = means->options->tolerance * get_variance (means->tiles);

  *least = INFINITY;
  for (guint start = 0; start < means->options->n_starts; start++) {
    double inertia;

    if (!choose_starts (means, means->options->seed + ((guint64)start << 32), error)
        || !iterate (means, tolerance, error))
      return FALSE;
    inertia = get_inertia (means);
    if (inertia < *least) {
      *least = inertia;
      memcpy (best, means->which, means->tiles->n * sizeof *best);
    }
    guise_work_report (means->work, start + 1, means->options->n_starts);
  }
  return TRUE;
}

gint64
guise_kmeans (const GuiseRows *rows, size_t k, const GuiseKMeansOptions *options, gint64 *labels,
              double *inertia, const GuiseWork *work, GError **error)
{
  const GuiseKMeansOptions defaults = GUISE_KMEANS_OPTIONS_INIT;
  g_autoptr (GuiseTiles) tiles = NULL;
  g_auto (KMeans) means = { 0 };
  g_autofree guint32 *best = NULL;
  double least;

  if (!guise_rows_check (rows, error) || !guise_check_k (k, rows->n, error))
    return -1;
  tiles = guise_tiles_new (rows, NULL, 0, work);
  means_init (&means, tiles, k, options != NULL ? options : &defaults, work);
  best = g_new0 (guint32, rows->n);
  if (!run_starts (&means, best, &least, error))
    return -1;
  if (inertia != NULL)
    *inertia = least;
  for (size_t i = 0; i < rows->n; i++)
    labels[i] = best[i];
  return guise_number_by_first (labels, rows->n);
}
