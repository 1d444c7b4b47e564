#include "guise-cluster-refine.h"

#include <math.h>
#include <string.h>

#include "guise-cluster-centroids.h"
#include "guise-tiles-private.h"

/* ---- noise ---- */

/* What one worker has seen of each noise point. */
typedef struct {
  const GuiseTiles *noise, *core;
  double reach2;
  double *least;    /* [noise] squared distance to the nearest core point */
  guint32 *nearest; /* [noise] its row, or G_MAXUINT32 */
  float *limits;    /* [noise] */
} Reach;

static void
visit (size_t i, size_t j, double half, double margin, gpointer data)
{
  Reach *reach = data;
  guint32 row = (guint32)guise_tiles_get_row (reach->core, j);
  double distance2;

  if (half - margin > reach->limits[i])
    return;
  distance2 = guise_rows_distance2 (reach->noise->rows, guise_tiles_get_row (reach->noise, i), row);
  if (distance2 > reach->reach2 || distance2 > reach->least[i]
      || (distance2 == reach->least[i] && row > reach->nearest[i]))
    return;
  reach->least[i] = distance2;
  reach->nearest[i] = row;
  reach->limits[i] = guise_tiles_limit (reach->noise, distance2);
}

static void
reach_init (Reach *reach, const GuiseTiles *noise, const GuiseTiles *core, double reach2)
{
  *reach = (Reach){ .noise = noise, .core = core, .reach2 = reach2 };
  reach->least = g_new (double, noise->n);
  reach->nearest = g_new (guint32, noise->n);
  reach->limits = g_new (float, noise->n);
  for (size_t i = 0; i < noise->n; i++) {
    reach->least[i] = INFINITY;
    reach->nearest[i] = G_MAXUINT32;
    reach->limits[i] = guise_tiles_limit (noise, reach2);
  }
}

static void
put_together (Reach *all, const Reach *part)
{
  for (size_t i = 0; i < all->noise->n; i++)
    if (part->least[i] < all->least[i]
        || (part->least[i] == all->least[i] && part->nearest[i] < all->nearest[i])) {
      all->least[i] = part->least[i];
      all->nearest[i] = part->nearest[i];
    }
}

/* nearest [noise]: the row of the nearest core point within reach, or G_MAXUINT32. */
static gboolean
find_core (const GuiseTiles *noise, const GuiseTiles *core, double reach2, guint32 *nearest,
           const GuiseWork *work, GError **error)
{
  size_t n_workers = nn_team_size (work->team);
  g_autofree Reach *parts = g_new (Reach, n_workers);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **limits = g_new (float *, n_workers);
  const GuiseScan scan
      = { .rows = noise, .columns = core, .visit = visit, .data = data, .limits = limits };
  gboolean done;

  for (size_t w = 0; w < n_workers; w++) {
    reach_init (&parts[w], noise, core, reach2);
    data[w] = &parts[w];
    limits[w] = parts[w].limits;
  }
  done = guise_scan_run (&scan, work, error);
  for (size_t w = 1; w < n_workers; w++)
    put_together (&parts[0], &parts[w]);
  memcpy (nearest, parts[0].nearest, noise->n * sizeof *nearest);
  for (size_t w = 0; w < n_workers; w++) {
    g_free (parts[w].least);
    g_free (parts[w].nearest);
    g_free (parts[w].limits);
  }
  return done;
}

/* Rows of which is noise (or core) has that value. */
static guint32 *
list_rows (const gint64 *labels, const guint8 *core, size_t n, gboolean noise, size_t *n_listed)
{
  guint32 *ids = g_new (guint32, MAX (n, 1));

  *n_listed = 0;
  for (size_t i = 0; i < n; i++)
    if (noise ? labels[i] < 0 : labels[i] >= 0 && (core == NULL || core[i]))
      ids[(*n_listed)++] = (guint32)i;
  return ids;
}

gboolean
guise_reassign_noise (const GuiseRows *rows, gint64 *labels, size_t n_clusters,
                      const guint8 *core, double reach, size_t *n_near, size_t *n_far,
                      const GuiseWork *work, GError **error)
{
  size_t n_noise, n_core, near = 0;
  g_autofree guint32 *noise_ids = list_rows (labels, core, rows->n, TRUE, &n_noise);
  g_autofree guint32 *core_ids = list_rows (labels, core, rows->n, FALSE, &n_core);
  g_autofree guint32 *nearest = g_new (guint32, MAX (n_noise, 1));
  g_autofree guint32 *which = g_new (guint32, MAX (n_noise, 1));
  g_autofree double *centroids = g_new (double, MAX (n_clusters, 1) * rows->dim);
  g_autofree size_t *sizes = g_new (size_t, MAX (n_clusters, 1));
  g_autoptr (GuiseTiles) noise_tiles = NULL;
  g_autoptr (GuiseTiles) core_tiles = NULL;

  if (n_clusters > 0 && n_noise > 0) {
    noise_tiles = guise_tiles_new (rows, noise_ids, n_noise, work);
    core_tiles = guise_tiles_new (rows, core_ids, n_core, work);
    if (!find_core (noise_tiles, core_tiles, reach * reach, nearest, work, error))
      return FALSE;
    guise_centroids (rows, labels, n_clusters, centroids, sizes, work);
    guise_centroids_find_nearest (rows, noise_ids, n_noise, centroids, n_clusters, which, NULL,
                                  work);
    for (size_t i = 0; i < n_noise; i++) {
      labels[noise_ids[i]] = nearest[i] != G_MAXUINT32 ? labels[nearest[i]] : which[i];
      near += nearest[i] != G_MAXUINT32;
    }
  }
  if (n_near != NULL)
    *n_near = near;
  if (n_far != NULL)
    *n_far = n_clusters > 0 ? n_noise - near : 0;
  return TRUE;
}

/* ---- small clusters ---- */

static size_t
find_smallest (const size_t *sizes, size_t n)
{
  size_t smallest = n;

  for (size_t c = 0; c < n; c++)
    if (sizes[c] > 0 && (smallest == n || sizes[c] < sizes[smallest]))
      smallest = c;
  return smallest;
}

static size_t
find_neighbour (const double *centroids, const size_t *sizes, size_t n, size_t dim, size_t cluster)
{
  size_t nearest = n;
  double least = INFINITY;

  for (size_t c = 0; c < n; c++) {
    double distance2;

    if (c == cluster || sizes[c] == 0)
      continue;
    distance2 = guise_square_distance (centroids + c * dim, centroids + cluster * dim, dim);
    if (distance2 < least) {
      least = distance2;
      nearest = c;
    }
  }
  return nearest;
}

size_t
guise_merge_small (const GuiseRows *rows, gint64 *labels, size_t n_clusters, size_t min_size,
                   size_t min_clusters, const GuiseWork *work)
{
  size_t dim = rows->dim, n_left = n_clusters;
  g_autofree double *centroids = g_new (double, MAX (n_clusters, 1) * dim);
  g_autofree size_t *sizes = g_new (size_t, MAX (n_clusters, 1));
  g_autofree gint64 *into = g_new (gint64, MAX (n_clusters, 1));

  guise_centroids (rows, labels, n_clusters, centroids, sizes, work);
  for (size_t c = 0; c < n_clusters; c++)
    into[c] = (gint64)c;
  for (; n_left > MAX (min_clusters, 1); n_left--) {
    size_t from = find_smallest (sizes, n_clusters), to;

    if (sizes[from] >= min_size)
      break;
    to = find_neighbour (centroids, sizes, n_clusters, dim, from);
    for (size_t d = 0; d < dim; d++)
      centroids[to * dim + d]
          = (centroids[to * dim + d] * sizes[to] + centroids[from * dim + d] * sizes[from])
            / (sizes[to] + sizes[from]);
    sizes[to] += sizes[from];
    sizes[from] = 0;
    for (size_t c = 0; c < n_clusters; c++)
      if (into[c] == (gint64)from)
        into[c] = (gint64)to;
  }
  for (size_t i = 0; i < rows->n; i++)
    if (labels[i] >= 0)
      labels[i] = into[labels[i]];
  return (size_t)guise_number_by_first (labels, rows->n);
}

/* ---- exemplars ---- */

/* Keeps the n_each least distances in order. */
static void
insert (double *distances, gint64 *ids, size_t n_each, double distance, gint64 id)
{
  size_t place = n_each;

  while (place > 0 && (ids[place - 1] < 0 || distance < distances[place - 1])) {
    if (place < n_each) {
      distances[place] = distances[place - 1];
      ids[place] = ids[place - 1];
    }
    place--;
  }
  if (place == n_each)
    return;
  distances[place] = distance;
  ids[place] = id;
}

void
guise_find_exemplars (const GuiseRows *rows, const gint64 *labels, size_t n_clusters,
                      size_t n_each, gint64 *exemplars, const GuiseWork *work)
{
  size_t dim = rows->dim, n_all = n_clusters * n_each;
  g_autofree double *centroids = g_new (double, MAX (n_clusters, 1) * dim);
  g_autofree size_t *sizes = g_new (size_t, MAX (n_clusters, 1));
  g_autofree double *distances = g_new (double, MAX (n_all, 1));
  g_autofree double *row = g_new (double, dim);

  guise_centroids (rows, labels, n_clusters, centroids, sizes, work);
  for (size_t e = 0; e < n_all; e++)
    exemplars[e] = -1;
  for (size_t i = 0; i < rows->n; i++) {
    size_t first = labels[i] >= 0 ? (size_t)labels[i] * n_each : 0;

    if (labels[i] < 0)
      continue;
    guise_rows_get (rows, i, row);
    insert (distances + first, exemplars + first, n_each,
            guise_square_distance (row, centroids + (size_t)labels[i] * dim, dim), (gint64)i);
  }
}
