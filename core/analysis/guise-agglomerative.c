#include "guise-agglomerative.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guise-cluster-centroids.h"
#include "guise-tiles-private.h"
#include "guise-union-find-private.h"
#include "nn-random.h"

typedef struct {
  guint32 a, b; /* points of the two clusters */
  double height;
} Merge;

typedef struct {
  const GuiseTiles *tiles;
  size_t n;
  float *distances; /* [n,n] squared; a cluster is where one of its points is */
  guint32 *sizes;   /* [n]; 0 = has gone into another */
  guint32 *chain;   /* [n] */
  size_t length;
  Merge *merges; /* [n-1] */
  size_t n_merges;
} Ward;

/* ---- distances of the points ---- */

static void
store_distance (size_t i, size_t j, double half, double margin G_GNUC_UNUSED, gpointer data)
{
  Ward *ward = data;
  double distance = ward->tiles->scale * guise_tiles_distance (ward->tiles, i, j, half);

  ward->distances[i * ward->n + j] = (float)(distance * distance);
  ward->distances[j * ward->n + i] = (float)(distance * distance);
}

static gboolean
measure (Ward *ward, const GuiseWork *work, GError **error)
{
  size_t n_workers = nn_team_size (work->team);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **all_limits = g_new (float *, n_workers);
  g_autofree float *limits = g_new (float, ward->n);
  const GuiseScan scan = { .rows = ward->tiles,
                           .columns = ward->tiles,
                           .visit = store_distance,
                           .data = data,
                           .limits = all_limits };

  for (size_t i = 0; i < ward->n; i++)
    limits[i] = INFINITY;
  for (size_t w = 0; w < n_workers; w++) {
    data[w] = ward;
    all_limits[w] = limits;
  }
  return guise_scan_run (&scan, work, error);
}

/* ---- the chain ---- */

/* The cluster nearest to i; of equals the one before it in the chain, else the lowest. */
static size_t
find_nearest (const Ward *ward, size_t i, float *distance)
{
  const float *row = ward->distances + i * ward->n;
  size_t nearest = ward->n;

  *distance = INFINITY;
  if (ward->length > 1) {
    nearest = ward->chain[ward->length - 2];
    *distance = row[nearest];
  }
  for (size_t j = 0; j < ward->n; j++)
    if (row[j] < *distance && ward->sizes[j] > 0 && j != i) {
      *distance = row[j];
      nearest = j;
    }
  return nearest;
}

/* b goes into a:
 *   d²(a∪b,c) = [(|a|+|c|) d²(a,c) + (|b|+|c|) d²(b,c) - |c| d²(a,b)] / (|a|+|b|+|c|) */
static void
merge (Ward *ward, size_t a, size_t b, double distance)
{
  double size_a = ward->sizes[a], size_b = ward->sizes[b];
  float *from_a = ward->distances + a * ward->n;
  const float *from_b = ward->distances + b * ward->n;

  for (size_t c = 0; c < ward->n; c++) {
    double size = ward->sizes[c];

    if (size == 0 || c == a || c == b)
      continue;
    from_a[c] = (float)(((size_a + size) * from_a[c] + (size_b + size) * from_b[c]
                         - size * distance)
                        / (size_a + size_b + size));
    ward->distances[c * ward->n + a] = from_a[c];
  }
  ward->merges[ward->n_merges++] = (Merge){ (guint32)a, (guint32)b, distance };
  ward->sizes[a] += ward->sizes[b];
  ward->sizes[b] = 0;
}

/* Joins all points; each link of the chain is shorter than the one before, so it ends. */
static gboolean
run_chain (Ward *ward, const GuiseWork *work, GError **error)
{
  size_t first = 0;

  while (ward->n_merges < ward->n - 1) {
    size_t top, nearest;
    float distance;

    if (ward->length == 0) {
      while (ward->sizes[first] == 0)
        first++;
      ward->chain[ward->length++] = (guint32)first;
    }
    top = ward->chain[ward->length - 1];
    nearest = find_nearest (ward, top, &distance);
    if (ward->length < 2 || nearest != ward->chain[ward->length - 2]) {
      ward->chain[ward->length++] = (guint32)nearest;
      continue;
    }
    ward->length -= 2;
    merge (ward, MIN (top, nearest), MAX (top, nearest), distance);
    if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
      return FALSE;
    guise_work_report (work, ward->n_merges, ward->n - 1);
  }
  return TRUE;
}

/* ---- clusters of it ---- */

static int
compare_merges (const void *a, const void *b)
{
  const Merge *x = a, *y = b;

  if (x->height != y->height)
    return x->height < y->height ? -1 : 1;
  if (x->a != y->a)
    return x->a < y->a ? -1 : 1;
  return (x->b > y->b) - (x->b < y->b);
}

/* The n - k lowest merges leave k clusters. */
static void
cut (Ward *ward, size_t k, gint64 *labels)
{
  g_autofree guint32 *parents = g_new (guint32, ward->n);

  for (size_t i = 0; i < ward->n; i++)
    parents[i] = (guint32)i;
  qsort (ward->merges, ward->n_merges, sizeof *ward->merges, compare_merges);
  for (size_t m = 0; m < ward->n - k; m++)
    parents[guise_union_find_root (parents, ward->merges[m].b)]
        = guise_union_find_root (parents, ward->merges[m].a);
  for (size_t i = 0; i < ward->n; i++)
    labels[i] = guise_union_find_root (parents, (guint32)i);
  guise_number_by_first (labels, ward->n);
}

static void
ward_init (Ward *ward, const GuiseTiles *tiles)
{
  size_t n = tiles->n;

  *ward = (Ward){ .tiles = tiles, .n = n };
  ward->distances = g_new (float, n *n);
  ward->sizes = g_new (guint32, n);
  ward->chain = g_new (guint32, n);
  ward->merges = g_new (Merge, n);
  for (size_t i = 0; i < n; i++)
    ward->sizes[i] = 1;
}

static void
ward_clear (Ward *ward)
{
  g_free (ward->distances);
  g_free (ward->sizes);
  g_free (ward->chain);
  g_free (ward->merges);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ward, ward_clear)

static gboolean
cluster_tiles (const GuiseTiles *tiles, size_t k, gint64 *labels, const GuiseWork *work,
               GError **error)
{
  g_auto (Ward) ward = { 0 };

  ward_init (&ward, tiles);
  if (!measure (&ward, work, error) || !run_chain (&ward, work, error))
    return FALSE;
  cut (&ward, k, labels);
  return TRUE;
}

/* ---- more points than can be paired ---- */

guint32 *
guise_draw_sample (size_t n, size_t n_wanted, guint64 seed)
{
  guint32 *sample = g_new (guint32, MAX (n_wanted, 1));
  size_t n_drawn = 0;

  /* Of those that are left, each is as likely to be among the ones that are still wanted. */
  for (size_t i = 0; i < n && n_drawn < n_wanted; i++)
    if (nn_random_below (seed, i, n - i) < n_wanted - n_drawn)
      sample[n_drawn++] = (guint32)i;
  return sample;
}

/* The rest by the centroids of the sample's clusters. */
static void
assign_rest (const GuiseRows *rows, const guint32 *sample, size_t n_sample,
             const gint64 *sample_labels, size_t k, gint64 *labels, const GuiseWork *work)
{
  g_autofree double *centroids = g_new (double, k * rows->dim);
  g_autofree size_t *sizes = g_new (size_t, k);
  g_autofree guint32 *which = g_new (guint32, rows->n);

  for (size_t i = 0; i < rows->n; i++)
    labels[i] = -1;
  for (size_t s = 0; s < n_sample; s++)
    labels[sample[s]] = sample_labels[s];
  guise_centroids (rows, labels, k, centroids, sizes, work);
  guise_centroids_find_nearest (rows, NULL, 0, centroids, k, which, NULL, work);
  for (size_t i = 0; i < rows->n; i++)
    if (labels[i] < 0)
      labels[i] = which[i];
}

gint64
guise_agglomerative (const GuiseRows *rows, size_t k, size_t limit, guint64 seed, gint64 *labels,
                     size_t *n_sampled, const GuiseWork *work, GError **error)
{
  size_t n = MIN (rows->n, limit > 0 ? limit : GUISE_WARD_LIMIT);
  g_autoptr (GuiseTiles) tiles = NULL;
  g_autofree guint32 *sample = NULL;
  g_autofree gint64 *sample_labels = NULL;

  if (!guise_rows_check (rows, error) || !guise_check_k (k, n, error))
    return -1;
  if (n < rows->n)
    sample = guise_draw_sample (rows->n, n, seed);
  sample_labels = g_new (gint64, n);
  tiles = guise_tiles_new (rows, sample, n, work);
  if (!cluster_tiles (tiles, k, sample_labels, work, error))
    return -1;
  if (n_sampled != NULL)
    *n_sampled = n;
  if (sample == NULL)
    memcpy (labels, sample_labels, n * sizeof *labels);
  else
    assign_rest (rows, sample, n, sample_labels, k, labels, work);
  return guise_number_by_first (labels, rows->n);
}
