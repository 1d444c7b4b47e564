#include "guise-hdbscan.h"

#include <math.h>
#include <stdlib.h>

#include "guise-condensed-tree.h"
#include "guise-k-distance.h"
#include "guise-tiles-private.h"
#include "guise-union-find-private.h"

/* An edge between places low < high; of equal lengths the one with lower ends is shorter, so that
 * there is one answer, whoever looks first. */
typedef struct {
  double length2;
  guint32 low, high;
} Edge;

/* What one worker knows in a round: the shortest edge out of each point's component that begins
 * at the point. */
typedef struct {
  const GuiseTiles *tiles;
  const double *core2; /* [n] squared core distances */
  Edge *best;          /* [n] */
  float *limits;       /* [n] */
} Round;

typedef struct {
  GuiseTiles *tiles;
  double *core2;
  guint32 *groups; /* [n] the component of each point: its lowest point */
  Round *workers;
  size_t n_workers;
  GuiseTreeEdge *edges; /* [n-1] */
  size_t n_edges;
} Forest;

static gboolean
is_shorter (const Edge *a, const Edge *b)
{
  if (a->length2 != b->length2)
    return a->length2 < b->length2;
  return a->low != b->low ? a->low < b->low : a->high < b->high;
}

/* ---- a round's pass ---- */

static void
keep (Round *round, size_t i, const Edge *edge)
{
  if (!is_shorter (edge, &round->best[i]))
    return;
  round->best[i] = *edge;
  round->limits[i] = guise_tiles_limit (round->tiles, edge->length2);
}

static void
visit (size_t i, size_t j, double half, double margin, gpointer data)
{
  Round *round = data;
  double cores2 = MAX (round->core2[i], round->core2[j]);
  Edge edge = { cores2, (guint32)i, (guint32)j };

  /* It is no shorter than that, which often suffices. */
  if (half - margin > MAX (round->limits[i], round->limits[j])
      || (!is_shorter (&edge, &round->best[i]) && !is_shorter (&edge, &round->best[j])))
    return;
  edge.length2 = MAX (cores2, guise_rows_distance2 (round->tiles->rows, i, j));
  keep (round, i, &edge);
  keep (round, j, &edge);
}

static gboolean
scan_round (Forest *forest, guint64 before, guint64 total, const GuiseWork *work, GError **error)
{
  g_autofree gpointer *data = g_new (gpointer, forest->n_workers);
  g_autofree float **limits = g_new (float *, forest->n_workers);
  const GuiseScan scan = { .rows = forest->tiles,
                           .columns = forest->tiles,
                           .visit = visit,
                           .data = data,
                           .limits = limits,
                           .groups = forest->groups,
                           .before = before,
                           .total = total };

  for (size_t w = 0; w < forest->n_workers; w++) {
    Round *round = &forest->workers[w];

    for (size_t i = 0; i < forest->tiles->n; i++) {
      round->best[i] = (Edge){ INFINITY, G_MAXUINT32, G_MAXUINT32 };
      round->limits[i] = INFINITY;
    }
    data[w] = round;
    limits[w] = round->limits;
  }
  return guise_scan_run (&scan, work, error);
}

/* ---- what follows from it ---- */

/* The shortest edge of each component, at the place of its lowest point. */
static void
gather (const Forest *forest, Edge *shortest)
{
  size_t n = forest->tiles->n;

  for (size_t i = 0; i < n; i++)
    shortest[i] = (Edge){ INFINITY, G_MAXUINT32, G_MAXUINT32 };
  for (size_t w = 0; w < forest->n_workers; w++)
    for (size_t i = 0; i < n; i++) {
      const Edge *edge = &forest->workers[w].best[i];

      if (is_shorter (edge, &shortest[forest->groups[i]]))
        shortest[forest->groups[i]] = *edge;
    }
}

/* Each component takes its shortest edge; of a circle, whose edges are equally long, one is left
 * out. */
static void
grow (Forest *forest, const Edge *shortest)
{
  size_t n = forest->tiles->n;
  guint32 *parents = forest->groups;

  for (size_t c = 0; c < n; c++) {
    guint32 a, b;

    if (shortest[c].high == G_MAXUINT32)
      continue;
    a = guise_union_find_root (parents, shortest[c].low);
    b = guise_union_find_root (parents, shortest[c].high);
    if (a == b)
      continue;
    parents[MAX (a, b)] = MIN (a, b);
    forest->edges[forest->n_edges++] = (GuiseTreeEdge){ shortest[c].low, shortest[c].high,
                                                        sqrt (shortest[c].length2) };
  }
  for (size_t i = 0; i < n; i++)
    parents[i] = guise_union_find_root (parents, (guint32)i);
}

static int
compare_edges (const void *a, const void *b)
{
  const GuiseTreeEdge *x = a, *y = b;

  if (x->distance != y->distance)
    return x->distance < y->distance ? -1 : 1;
  if (x->a != y->a)
    return x->a < y->a ? -1 : 1;
  return (x->b > y->b) - (x->b < y->b);
}

/* Rounds that may be needed to join n components. */
static guint
count_rounds (size_t n)
{
  return n > 1 ? g_bit_storage (n - 1) : 0;
}

static gboolean
span (Forest *forest, const GuiseWork *work, GError **error)
{
  size_t n = forest->tiles->n, n_blocks = forest->tiles->n_blocks;
  guint64 n_tiles = n_blocks * (n_blocks + 1) / 2;
  g_autofree Edge *shortest = g_new (Edge, n);

  for (guint round = 1; forest->n_edges < n - 1; round++) {
    guint64 rounds = round + count_rounds (n - forest->n_edges);

    if (!scan_round (forest, round * n_tiles, rounds * n_tiles, work, error))
      return FALSE;
    gather (forest, shortest);
    grow (forest, shortest);
  }
  qsort (forest->edges, forest->n_edges, sizeof *forest->edges, compare_edges);
  return TRUE;
}

static void
forest_init (Forest *forest, const GuiseRows *rows, const double *core, const GuiseWork *work)
{
  size_t n = rows->n;

  forest->tiles = guise_tiles_new (rows, NULL, 0, work);
  forest->core2 = g_new (double, n);
  forest->groups = g_new (guint32, n);
  forest->edges = g_new (GuiseTreeEdge, n);
  for (size_t i = 0; i < n; i++) {
    forest->core2[i] = core[i] * core[i];
    forest->groups[i] = (guint32)i;
  }
  forest->n_workers = nn_team_size (work->team);
  forest->workers = g_new (Round, forest->n_workers);
  for (size_t w = 0; w < forest->n_workers; w++)
    forest->workers[w] = (Round){ forest->tiles, forest->core2, g_new (Edge, n), g_new (float, n) };
}

static void
forest_clear (Forest *forest)
{
  for (size_t w = 0; w < forest->n_workers; w++) {
    g_free (forest->workers[w].best);
    g_free (forest->workers[w].limits);
  }
  g_free (forest->workers);
  guise_tiles_free (forest->tiles);
  g_free (forest->core2);
  g_free (forest->groups);
  g_free (forest->edges);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Forest, forest_clear)

gint64
guise_hdbscan (const GuiseRows *rows, size_t min_cluster_size, size_t min_samples, gint64 *labels,
               const GuiseWork *work, GError **error)
{
  g_autofree double *core = NULL;
  g_auto (Forest) forest = { 0 };

  if (min_cluster_size < 2) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "min_cluster_size = %zu: must be at least 2",
                 min_cluster_size);
    return -1;
  }
  core = g_new (double, MAX (rows->n, 1));
  if (!guise_k_distances (rows, min_samples, core, work, error))
    return -1;
  forest_init (&forest, rows, core, work);
  if (!span (&forest, work, error))
    return -1;
  return guise_condensed_tree_label (forest.edges, rows->n, min_cluster_size, labels);
}
