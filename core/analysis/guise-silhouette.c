#include "guise-silhouette.h"

#include <math.h>
#include <string.h>

#include "guise-agglomerative.h"
#include "guise-tiles-private.h"

typedef struct {
  const GuiseTiles *tiles;
  const gint64 *labels; /* of the rows */
  size_t n_clusters;
  const size_t *sizes; /* [n_clusters] in the sample */
  double *values;      /* [n] */
  GCancellable *cancellable;
} Silhouette;

static gint64
get_label (const Silhouette *s, size_t place)
{
  return s->labels[guise_tiles_get_row (s->tiles, place)];
}

/* sums [n_clusters] of distances from a point. */
static double
judge (const Silhouette *s, size_t place, const double *sums)
{
  size_t own = (size_t)get_label (s, place);
  double within, nearest = INFINITY;

  if (s->sizes[own] < 2)
    return 0;
  within = sums[own] / (s->sizes[own] - 1);
  for (size_t c = 0; c < s->n_clusters; c++)
    if (c != own && s->sizes[c] > 0)
      nearest = MIN (nearest, sums[c] / s->sizes[c]);
  return MAX (within, nearest) > 0 ? (nearest - within) / MAX (within, nearest) : 0;
}

/* Adds the distances of a block's rows [·,dim] to those of another block. */
static void
add_distances (const Silhouette *s, size_t row, const float *rows, size_t column, float *products,
               double *sums)
{
  const GuiseTiles *tiles = s->tiles;
  size_t n_rows = guise_tiles_count (tiles, row), n_columns = guise_tiles_count (tiles, column);

  guise_tiles_multiply (tiles, column, rows, n_rows, products, GUISE_TILE);
  for (size_t r = 0; r < n_rows; r++)
    for (size_t c = 0; c < n_columns; c++) {
      size_t i = row * GUISE_TILE + r, j = column * GUISE_TILE + c;
      double half = (double)tiles->half[i] + tiles->half[j] - products[r * GUISE_TILE + c];

      if (i != j)
        sums[r * s->n_clusters + (size_t)get_label (s, j)]
            += guise_tiles_distance (tiles, i, j, half);
    }
}

static void
judge_block (size_t block, void *data)
{
  const Silhouette *s = data;
  g_autofree float *products = g_new (float, (gsize)GUISE_TILE *GUISE_TILE);
  g_autofree float *rows = g_new (float, GUISE_TILE * s->tiles->dim);
  g_autofree double *sums = g_new0 (double, GUISE_TILE * s->n_clusters);

  guise_tiles_get_block (s->tiles, block, rows);
  for (size_t b = 0; b < s->tiles->n_blocks && !g_cancellable_is_cancelled (s->cancellable); b++)
    add_distances (s, block, rows, b, products, sums);
  for (size_t r = 0; r < guise_tiles_count (s->tiles, block); r++)
    s->values[block * GUISE_TILE + r]
        = judge (s, block * GUISE_TILE + r, sums + r * s->n_clusters);
}

/* Those that are not noise, and of them at most max_points. */
static guint32 *
draw_points (const gint64 *labels, size_t n, size_t max_points, guint64 seed, size_t *n_drawn)
{
  guint32 *known = g_new (guint32, MAX (n, 1));
  size_t n_known = 0;

  for (size_t i = 0; i < n; i++)
    if (labels[i] >= 0)
      known[n_known++] = (guint32)i;
  if (n_known > max_points) {
    g_autofree guint32 *sample = guise_draw_sample (n_known, max_points, seed);

    n_known = max_points;
    for (size_t s = 0; s < n_known; s++)
      known[s] = known[sample[s]];
  }
  *n_drawn = n_known;
  return known;
}

gboolean
guise_silhouette (const GuiseRows *rows, const gint64 *labels, size_t n_clusters,
                  size_t max_points, guint64 seed, double *silhouette, const GuiseWork *work,
                  GError **error)
{
  size_t n, n_inhabited = 0;
  g_autofree guint32 *ids = NULL;
  g_autofree size_t *sizes = g_new0 (size_t, MAX (n_clusters, 1));
  g_autofree double *values = NULL;
  g_autoptr (GuiseTiles) tiles = NULL;
  Silhouette task;

  *silhouette = NAN;
  if (!guise_rows_check (rows, error))
    return FALSE;
  ids = draw_points (labels, rows->n, max_points, seed, &n);
  for (size_t i = 0; i < n; i++)
    n_inhabited += sizes[labels[ids[i]]]++ == 0;
  if (n_inhabited < 2)
    return TRUE;
  values = g_new (double, n);
  tiles = guise_tiles_new (rows, ids, n, work);
  task = (Silhouette){ tiles, labels, n_clusters, sizes, values, work->cancellable };
  nn_team_run (work->team, tiles->n_blocks, judge_block, &task);
  if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
    return FALSE;
  *silhouette = 0;
  for (size_t i = 0; i < n; i++)
    *silhouette += values[i] / n;
  return TRUE;
}
