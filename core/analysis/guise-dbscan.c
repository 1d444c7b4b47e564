/* Workers share counts and the forest of clusters without a lock. What comes out does not depend on
 * who was first: counts and links only accumulate, and the root of a tree is its lowest point. */
#include "guise-dbscan.h"

#include <math.h>

#include "guise-tiles-private.h"

#define MAX_SLOTS ((size_t)64 << 20) /* 256 MB */
#define NO_CLUSTER G_MAXUINT32

typedef struct {
  const GuiseTiles *tiles;
  double eps2, half_eps2; /* of the rows; ½ of it in the frame */
  guint32 min_samples;
  guint32 *counts;  /* [n], atomic: points within eps so far, itself included */
  guint32 *parents; /* [n], atomic: the forest of core points; never above its own place */
  guint32 *slots;   /* [n,n_slots]: the first neighbours of each */
  size_t n_slots;
  guint32 *lowest; /* [n], atomic: the first cluster that reaches a border point */
} Dbscan;

static gboolean
is_core (const Dbscan *dbscan, size_t i)
{
  return __atomic_load_n (&dbscan->counts[i], __ATOMIC_RELAXED) >= dbscan->min_samples;
}

/* ---- the forest ---- */

static guint32
find_root (const Dbscan *dbscan, guint32 i)
{
  guint32 parent = __atomic_load_n (&dbscan->parents[i], __ATOMIC_RELAXED);

  while (parent != i) {
    guint32 above = __atomic_load_n (&dbscan->parents[parent], __ATOMIC_RELAXED);

    /* Shortens the way; if another thread has changed it meanwhile, that is as good. */
    __atomic_compare_exchange_n (&dbscan->parents[i], &parent, above, TRUE, __ATOMIC_RELAXED,
                                 __ATOMIC_RELAXED);
    i = above;
    parent = __atomic_load_n (&dbscan->parents[i], __ATOMIC_RELAXED);
  }
  return i;
}

static void
unite (const Dbscan *dbscan, guint32 a, guint32 b)
{
  for (;;) {
    guint32 low, high;

    a = find_root (dbscan, a);
    b = find_root (dbscan, b);
    if (a == b)
      return;
    low = MIN (a, b);
    high = MAX (a, b);
    if (__atomic_compare_exchange_n (&dbscan->parents[high], &high, low, FALSE, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
      return;
  }
}

/* ---- what is done with a pair ---- */

static gboolean
is_within (const Dbscan *dbscan, size_t i, size_t j, double half, double margin)
{
  if (half + margin <= dbscan->half_eps2)
    return TRUE;
  return guise_rows_distance2 (dbscan->tiles->rows, i, j) <= dbscan->eps2;
}

static gboolean
are_joined (const Dbscan *dbscan, size_t i, size_t j)
{
  return is_core (dbscan, i) && is_core (dbscan, j)
         && find_root (dbscan, i) == find_root (dbscan, j);
}

/* Counts j as a neighbour of i and remembers it, unless i was core before. */
static gboolean
remember (const Dbscan *dbscan, size_t i, size_t j)
{
  guint32 before = __atomic_fetch_add (&dbscan->counts[i], 1, __ATOMIC_RELAXED);

  if (before >= dbscan->min_samples)
    return FALSE;
  if (before - 1 < dbscan->n_slots)
    dbscan->slots[i * dbscan->n_slots + before - 1] = (guint32)j;
  return TRUE;
}

static void
collect (size_t i, size_t j, double half, double margin, gpointer data)
{
  const Dbscan *dbscan = data;
  gboolean kept;

  if (are_joined (dbscan, i, j) || !is_within (dbscan, i, j, half, margin))
    return;
  kept = remember (dbscan, i, j);
  kept |= remember (dbscan, j, i);
  if (!kept)
    unite (dbscan, (guint32)i, (guint32)j);
}

static void
count (size_t i, size_t j, double half, double margin, gpointer data)
{
  const Dbscan *dbscan = data;

  if ((is_core (dbscan, i) && is_core (dbscan, j)) || !is_within (dbscan, i, j, half, margin))
    return;
  __atomic_fetch_add (&dbscan->counts[i], 1, __ATOMIC_RELAXED);
  __atomic_fetch_add (&dbscan->counts[j], 1, __ATOMIC_RELAXED);
}

static void
join (size_t i, size_t j, double half, double margin, gpointer data)
{
  const Dbscan *dbscan = data;

  if (is_core (dbscan, i) && is_core (dbscan, j)
      && find_root (dbscan, i) != find_root (dbscan, j)
      && is_within (dbscan, i, j, half, margin))
    unite (dbscan, (guint32)i, (guint32)j);
}

/* Core point `core` is near border point `border`: its cluster may be the first. */
static void
reach (const Dbscan *dbscan, size_t core, size_t border)
{
  guint32 root = find_root (dbscan, (guint32)core);
  guint32 lowest = __atomic_load_n (&dbscan->lowest[border], __ATOMIC_RELAXED);

  while (root < lowest
         && !__atomic_compare_exchange_n (&dbscan->lowest[border], &lowest, root, TRUE,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    continue;
}

static void
reach_border (size_t i, size_t j, double half, double margin, gpointer data)
{
  const Dbscan *dbscan = data;

  if (is_core (dbscan, i) == is_core (dbscan, j) || !is_within (dbscan, i, j, half, margin))
    return;
  if (is_core (dbscan, i))
    reach (dbscan, i, j);
  else
    reach (dbscan, j, i);
}

/* Both blocks are core and in one cluster already: nothing in their tile can change that. */
static gboolean
is_one_cluster (size_t first_row, size_t n_rows, size_t first_column, size_t n_columns,
                gpointer data)
{
  const Dbscan *dbscan = data;
  guint32 root = find_root (dbscan, (guint32)first_row);

  for (size_t i = first_row; i < first_row + n_rows; i++)
    if (!is_core (dbscan, i) || find_root (dbscan, (guint32)i) != root)
      return FALSE;
  for (size_t j = first_column; j < first_column + n_columns; j++)
    if (!is_core (dbscan, j) || find_root (dbscan, (guint32)j) != root)
      return FALSE;
  return TRUE;
}

/* ---- the passes ---- */

static gboolean
scan (Dbscan *dbscan, GuisePairVisit visit, guint pass, guint n_passes, const GuiseWork *work,
      GError **error)
{
  size_t n = dbscan->tiles->n, n_workers = nn_team_size (work->team);
  g_autofree float *limits = g_new (float, n);
  g_autofree gpointer *data = g_new (gpointer, n_workers);
  g_autofree float **all_limits = g_new (float *, n_workers);
  GuiseScan pairs = { .rows = dbscan->tiles,
                      .columns = dbscan->tiles,
                      .visit = visit,
                      .data = data,
                      .limits = all_limits };

  for (size_t i = 0; i < n; i++)
    limits[i] = guise_tiles_limit (dbscan->tiles, dbscan->eps2);
  for (size_t w = 0; w < n_workers; w++) {
    data[w] = dbscan;
    all_limits[w] = limits;
  }
  pairs.total = n_passes * guise_scan_count_tiles (&pairs);
  pairs.before = pass * guise_scan_count_tiles (&pairs);
  if (visit == collect || visit == join)
    pairs.is_settled = is_one_cluster;
  return guise_scan_run (&pairs, work, error);
}

static gboolean
scan_once (Dbscan *dbscan, const GuiseWork *work, GError **error)
{
  size_t n = dbscan->tiles->n;

  dbscan->slots = g_new (guint32, MAX (n * dbscan->n_slots, 1));
  if (!scan (dbscan, collect, 0, 1, work, error))
    return FALSE;
  /* First all links between core points, so that roots are final where borders ask for them. */
  for (guint pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < n; i++) {
      size_t n_known = MIN (dbscan->counts[i] - 1, dbscan->n_slots);

      for (size_t s = 0; s < n_known; s++) {
        guint32 j = dbscan->slots[i * dbscan->n_slots + s];

        if (!is_core (dbscan, j))
          continue;
        if (pass == 0 && is_core (dbscan, i))
          unite (dbscan, (guint32)i, j);
        else if (pass == 1 && !is_core (dbscan, i))
          reach (dbscan, j, i);
      }
    }
  return TRUE;
}

/* Labels by the order of the roots, which are the clusters' first core points. */
static gint64
number_clusters (const Dbscan *dbscan, gint64 *labels, guint8 *core)
{
  gint64 n_clusters = 0;

  for (size_t i = 0; i < dbscan->tiles->n; i++) {
    labels[i] = -1;
    if (core != NULL)
      core[i] = is_core (dbscan, i);
    if (is_core (dbscan, i)) {
      guint32 root = find_root (dbscan, (guint32)i);

      labels[i] = root == i ? n_clusters++ : labels[root];
    }
  }
  for (size_t i = 0; i < dbscan->tiles->n; i++)
    if (!is_core (dbscan, i) && dbscan->lowest[i] != NO_CLUSTER)
      labels[i] = labels[dbscan->lowest[i]];
  return n_clusters;
}

static void
dbscan_clear (Dbscan *dbscan)
{
  g_free (dbscan->counts);
  g_free (dbscan->parents);
  g_free (dbscan->slots);
  g_free (dbscan->lowest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Dbscan, dbscan_clear)

static gboolean
check_options (double eps, size_t min_samples, GError **error)
{
  if (!(eps > 0)) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "eps = %g: must be above 0; it is the distance up to which "
                 "two points are neighbours",
                 eps);
    return FALSE;
  }
  if (min_samples < 1) {
    g_set_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT,
                 "min_samples = 0: must be at least 1, the point itself");
    return FALSE;
  }
  return TRUE;
}

gint64
guise_dbscan_within (const GuiseRows *rows, double eps, size_t min_samples, size_t max_slots,
                     gint64 *labels, guint8 *core, const GuiseWork *work, GError **error)
{
  g_autoptr (GuiseTiles) tiles = NULL;
  g_auto (Dbscan) dbscan = { .min_samples = (guint32)MIN (min_samples, G_MAXUINT32) };
  size_t n = rows->n;
  gboolean done;

  if (!check_options (eps, min_samples, error) || !guise_rows_check (rows, error))
    return -1;
  tiles = guise_tiles_new (rows, NULL, 0, work);
  dbscan.tiles = tiles;
  dbscan.eps2 = eps * eps;
  dbscan.half_eps2 = 0.5 * dbscan.eps2 * tiles->scale * tiles->scale;
  dbscan.counts = g_new (guint32, n);
  dbscan.parents = g_new (guint32, n);
  dbscan.lowest = g_new (guint32, n);
  for (size_t i = 0; i < n; i++) {
    dbscan.counts[i] = 1;
    dbscan.parents[i] = (guint32)i;
    dbscan.lowest[i] = NO_CLUSTER;
  }
  dbscan.n_slots = MIN (min_samples, n) - 1;
  if (min_samples > n) /* no point can be core */
    done = TRUE;
  else if (dbscan.n_slots <= max_slots / n)
    done = scan_once (&dbscan, work, error);
  else
    done = scan (&dbscan, count, 0, 3, work, error) && scan (&dbscan, join, 1, 3, work, error)
           && scan (&dbscan, reach_border, 2, 3, work, error);
  return done ? number_clusters (&dbscan, labels, core) : -1;
}

gint64
guise_dbscan (const GuiseRows *rows, double eps, size_t min_samples, gint64 *labels, guint8 *core,
              const GuiseWork *work, GError **error)
{
  return guise_dbscan_within (rows, eps, min_samples, MAX_SLOTS, labels, core, work, error);
}
