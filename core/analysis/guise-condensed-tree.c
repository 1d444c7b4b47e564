#include "guise-condensed-tree.h"
#include "guise-union-find-private.h"

/* Single linkage: node i < n is a point, n + e the joint that edge e makes; 2n - 2 is the root. */
typedef struct {
  size_t n;
  guint32 *left, *right; /* [n-1] of the joints */
  guint32 *sizes;        /* [n-1] */
  double *lambda;        /* [n-1] 1/distance */
} Linkage;

/* A cluster of the condensed tree; a parent stands before its children. */
typedef struct {
  gint64 parent; /* -1 of the whole */
  double birth;  /* λ */
  double mass;
} Cluster;

typedef struct {
  guint32 node;
  guint32 cluster;
} Place;

/* ---- single linkage ---- */

static guint32
get_size (const Linkage *linkage, guint32 node)
{
  return node < linkage->n ? 1 : linkage->sizes[node - linkage->n];
}

/* Points at no distance have a finite λ too, above all others, so that masses stay numbers. */
static double
find_smallest (const GuiseTreeEdge *edges, size_t n_edges)
{
  for (size_t e = 0; e < n_edges; e++)
    if (edges[e].distance > 0)
      return 1e-3 * edges[e].distance;
  return 1;
}

static void
linkage_init (Linkage *linkage, const GuiseTreeEdge *edges, size_t n)
{
  g_autofree guint32 *parents = g_new (guint32, n), *nodes = g_new (guint32, n);
  double smallest = find_smallest (edges, n - 1);

  linkage->n = n;
  linkage->left = g_new (guint32, n - 1);
  linkage->right = g_new (guint32, n - 1);
  linkage->sizes = g_new (guint32, n - 1);
  linkage->lambda = g_new (double, n - 1);
  for (size_t i = 0; i < n; i++)
    parents[i] = nodes[i] = (guint32)i;
  for (size_t e = 0; e < n - 1; e++) {
    guint32 a = guise_union_find_root (parents, edges[e].a);
    guint32 b = guise_union_find_root (parents, edges[e].b);

    linkage->left[e] = nodes[a];
    linkage->right[e] = nodes[b];
    linkage->sizes[e] = get_size (linkage, nodes[a]) + get_size (linkage, nodes[b]);
    linkage->lambda[e] = 1 / MAX (edges[e].distance, smallest);
    parents[b] = a;
    nodes[a] = (guint32)(n + e);
  }
}

static void
linkage_clear (Linkage *linkage)
{
  g_free (linkage->left);
  g_free (linkage->right);
  g_free (linkage->sizes);
  g_free (linkage->lambda);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Linkage, linkage_clear)

/* ---- the condensed tree ---- */

static guint32
add_cluster (GArray *clusters, gint64 parent, double birth)
{
  Cluster cluster = { .parent = parent, .birth = birth };

  g_array_append_val (clusters, cluster);
  return clusters->len - 1;
}

/* All points below node leave the cluster. */
static void
let_fall (const Linkage *linkage, GArray *stack, guint32 node, guint32 cluster, guint32 *homes)
{
  guint bottom = stack->len;
  Place place = { node, cluster };

  g_array_append_val (stack, place);
  while (stack->len > bottom) {
    guint32 at = g_array_index (stack, Place, stack->len - 1).node;

    g_array_set_size (stack, stack->len - 1);
    if (at < linkage->n) {
      homes[at] = cluster;
      continue;
    }
    place.node = linkage->left[at - linkage->n];
    g_array_append_val (stack, place);
    place.node = linkage->right[at - linkage->n];
    g_array_append_val (stack, place);
  }
}

/* One joint within a cluster: it ends in two clusters, or goes on as the larger part, or all
 * points leave. */
static void
divide (const Linkage *linkage, GArray *stack, GArray *clusters, Place place, size_t min_size,
        guint32 *homes)
{
  size_t joint = place.node - linkage->n;
  guint32 parts[2] = { linkage->left[joint], linkage->right[joint] };
  gboolean large[2] = { get_size (linkage, parts[0]) >= min_size,
                        get_size (linkage, parts[1]) >= min_size };
  double lambda = linkage->lambda[joint];

  for (guint p = 0; p < 2; p++) {
    Cluster *whole = &g_array_index (clusters, Cluster, place.cluster);
    Place part = { parts[p], place.cluster };

    if (large[0] && large[1]) {
      whole->mass += (lambda - whole->birth) * get_size (linkage, parts[p]);
      part.cluster = add_cluster (clusters, place.cluster, lambda);
    } else if (!large[p]) {
      whole->mass += (lambda - whole->birth) * get_size (linkage, parts[p]);
      let_fall (linkage, stack, parts[p], place.cluster, homes);
      continue;
    }
    g_array_append_val (stack, part);
  }
}

static GArray *
condense (const Linkage *linkage, size_t min_size, guint32 *homes)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Place));
  GArray *clusters = g_array_new (FALSE, TRUE, sizeof (Cluster));
  Place place = { (guint32)(2 * linkage->n - 2), 0 };

  /* The whole exists from the distance at which it falls apart on. */
  add_cluster (clusters, -1, linkage->lambda[linkage->n - 2]);
  g_array_append_val (stack, place);
  while (stack->len > 0) {
    place = g_array_index (stack, Place, stack->len - 1);
    g_array_set_size (stack, stack->len - 1);
    divide (linkage, stack, clusters, place, min_size, homes);
  }
  return clusters;
}

/* ---- the choice ---- */

/* tops [n clusters]: the outermost cluster that holds each and whose mass is no less than its
 * parts', or 0. */
static void
choose (const GArray *clusters, guint32 *tops)
{
  const Cluster *all = (const Cluster *)clusters->data;
  g_autofree double *parts = g_new0 (double, clusters->len);

  for (guint c = clusters->len; --c > 0;)
    parts[all[c].parent] += MAX (all[c].mass, parts[c]);
  tops[0] = 0;
  for (guint c = 1; c < clusters->len; c++) {
    guint32 above = tops[all[c].parent];

    tops[c] = above > 0 ? above : all[c].mass >= parts[c] ? c
                                                          : 0;
  }
}

static size_t
number (const guint32 *tops, guint n_tops, const guint32 *homes, size_t n, gint64 *labels)
{
  g_autofree gint64 *numbers = g_new (gint64, n_tops);
  size_t n_clusters = 0;

  for (guint c = 0; c < n_tops; c++)
    numbers[c] = -1;
  for (size_t i = 0; i < n; i++) {
    guint32 top = tops[homes[i]];

    if (top > 0 && numbers[top] < 0)
      numbers[top] = n_clusters++;
    labels[i] = numbers[top]; /* -1 of the whole */
  }
  return n_clusters;
}

size_t
guise_condensed_tree_label (const GuiseTreeEdge *edges, size_t n, size_t min_cluster_size,
                            gint64 *labels)
{
  g_auto (Linkage) linkage = { 0 };
  g_autoptr (GArray) clusters = NULL;
  g_autofree guint32 *homes = g_new (guint32, n), *tops = NULL;

  if (n < 2) {
    labels[0] = -1;
    return 0;
  }
  linkage_init (&linkage, edges, n);
  clusters = condense (&linkage, min_cluster_size, homes);
  tops = g_new (guint32, clusters->len);
  choose (clusters, tops);
  return number (tops, clusters->len, homes, n, labels);
}
