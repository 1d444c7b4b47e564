/* What surrounds clustering: k-distances, silhouettes, noise, small clusters, exemplars, advice. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cluster-points.h"
#include "guise-cluster-refine.h"
#include "guise-cluster.h"
#include "guise-condensed-tree.h"
#include "guise-dbscan.h"
#include "guise-k-distance.h"
#include "guise-silhouette.h"
#include "nn-gemm.h"
#include "nn-random.h"

static const GuiseWork alone;

/* ---- k-distances ---- */

static void
test_k_distances (void)
{
  g_autoptr (GuiseNpy) points = cluster_read ("moons.npy");
  g_autoptr (GuiseNpy) expected = cluster_read ("moons-5th.npy");
  GuiseRows rows = cluster_rows (points);
  g_autofree double *distances = g_new (double, rows.n);
  NnTeam *team = nn_team_create (2);

  for (guint t = 0; t < 2; t++) {
    const GuiseWork work = { .team = t == 0 ? NULL : team };

    g_assert_true (guise_k_distances (&rows, 5, distances, &work, NULL));
    for (size_t i = 0; i < rows.n; i++)
      g_assert_cmpfloat_with_epsilon (distances[i], ((double *)expected->data)[i], 1e-12);
  }
  g_assert_true (guise_k_distances (&rows, 1, distances, &alone, NULL));
  g_assert_cmpfloat (distances[17], ==, 0); /* the point itself */
  nn_team_free (team);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

/* Every distance measured and sorted. */
static void
check_every_distance (const float *x, size_t n, size_t dim, size_t k, const GuiseWork *work)
{
  const GuiseRows rows = { .n = n, .dim = dim, .x = x };
  g_autofree double *distances = g_new (double, n), *all = g_new (double, n);

  g_assert_true (guise_k_distances (&rows, k, distances, work, NULL));
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      all[j] = guise_rows_distance2 (&rows, i, j);
    qsort (all, n, sizeof *all, compare_doubles);
    g_assert_cmpfloat (distances[i], ==, sqrt (all[k - 1]));
  }
}

typedef enum { SPREAD,
               COUNTS,  /* many pairs equally far */
               TWINS,   /* most points stand there often */
               NEARLY,  /* twins that a float product does not tell apart */
               FAR_OFF, /* two groups, small beside their distance */
               N_KINDS } Kind;

static float
make_number (Kind kind, size_t i, size_t d)
{
  double twin = nn_random_uniform (1, i % 7 * 100 + d), own = nn_random_uniform (2, i * 100 + d);

  switch (kind) {
  case COUNTS:
    return (float)nn_random_below (3, i * 100 + d, 3);
  case TWINS:
    return (float)(i % 3 == 0 ? own : twin);
  case NEARLY:
    return (float)(twin + own * 1e-6);
  case FAR_OFF:
    return (float)(own + (i % 2) * 1e4);
  default:
    return (float)own;
  }
}

static void
test_every_k_distance (void)
{
  const size_t n = 700, dim = 11, ks[] = { 2, 5, 37, 120, 699, 700 };
  g_autofree float *x = g_new (float, n *dim);
  NnTeam *team = nn_team_create (3);
  const GuiseWork shared = { .team = team };

  for (Kind kind = SPREAD; kind < N_KINDS; kind++) {
    for (size_t i = 0; i < n; i++)
      for (size_t d = 0; d < dim; d++)
        x[i * dim + d] = make_number (kind, i, d);
    for (gsize t = 0; t < G_N_ELEMENTS (ks); t++)
      check_every_distance (x, n, dim, ks[t], t % 2 ? &shared : &alone);
  }
  check_every_distance (x, 2, dim, 2, &alone);
  nn_team_free (team);
}

/* A point becomes core exactly at its k-distance. */
static void
test_k_distance_makes_core (void)
{
  g_autofree float *x = cluster_make_groups (67, 4, 3, 5);
  const GuiseRows rows = { .n = 67, .dim = 4, .x = x };
  double distances[67];
  gint64 labels[67];
  guint8 core[67];

  g_assert_true (guise_k_distances (&rows, 67, distances, &alone, NULL));
  g_assert_true (guise_k_distances (&rows, 4, distances, &alone, NULL));
  for (size_t i = 0; i < 67; i += 9) {
    double above = distances[i] * (1 + 1e-15), below = distances[i] * (1 - 1e-15);

    g_assert_cmpint (guise_dbscan (&rows, above, 4, labels, core, &alone, NULL), >=, 0);
    g_assert_true (core[i]);
    g_assert_cmpint (guise_dbscan (&rows, below, 4, labels, core, &alone, NULL), >=, 0);
    g_assert_false (core[i]);
  }
}

static void
test_knee (void)
{
  double bent[] = { 9, 1, 1.5, 2, 2.5, 1.25, 5.5 }; /* sorted: 1 1.25 1.5 2 2.5 5.5 9 */
  double flat[] = { 3, 3, 3 }, single[] = { 4 };

  g_assert_cmpuint (guise_k_distance_knee (bent, 7), ==, 4);
  g_assert_cmpfloat (bent[4], ==, 2.5);
  g_assert_cmpuint (guise_k_distance_knee (flat, 3), ==, 0);
  g_assert_cmpuint (guise_k_distance_knee (single, 1), ==, 0);
}

static void
test_k_distances_refused (void)
{
  const float x[] = { 1, 2, 3 };
  const GuiseRows rows = { .n = 3, .dim = 1, .x = x };
  double distances[3];
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_k_distances (&rows, 4, distances, &alone, &error));
  g_assert_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT);
  g_assert_cmpstr (error->message, ==,
                   "min_samples = 4: must be from 1 to 3, the number of points");
}

/* ---- the condensed tree ---- */

/* Two pairs of twins and a straggler: 0-1 and 2-3 at distance 1, joined at 10, 4 at 50. */
static void
test_condensed_tree (void)
{
  const GuiseTreeEdge edges[] = { { 0, 1, 1 }, { 2, 3, 1 }, { 1, 2, 10 }, { 3, 4, 50 } };
  gint64 labels[5];

  g_assert_cmpuint (guise_condensed_tree_label (edges, 5, 2, labels), ==, 2);
  g_assert_cmpint (labels[0], ==, 0);
  g_assert_cmpint (labels[1], ==, 0);
  g_assert_cmpint (labels[2], ==, 1);
  g_assert_cmpint (labels[3], ==, 1);
  g_assert_cmpint (labels[4], ==, -1);
  g_assert_cmpuint (guise_condensed_tree_label (edges, 5, 3, labels), ==, 0);
  g_assert_cmpuint (guise_condensed_tree_label (NULL, 1, 2, labels), ==, 0);
  g_assert_cmpint (labels[0], ==, -1);
}

/* A chain of 20 000 joins is no recursion. */
static void
test_condensed_tree_deep (void)
{
  enum { N = 20000 };
  g_autofree GuiseTreeEdge *edges = g_new (GuiseTreeEdge, N);
  g_autofree gint64 *labels = g_new (gint64, N);

  for (guint32 i = 0; i + 1 < N; i++)
    edges[i] = (GuiseTreeEdge){ i, i + 1, 1 + i };
  g_assert_cmpuint (guise_condensed_tree_label (edges, N, 5, labels), ==, 0);
}

/* ---- silhouettes ---- */

static void
test_silhouette (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "cluster", "cases.json", NULL);
  json_auto_t *golden = json_load_file (path, 0, NULL);
  g_autoptr (GuiseNpy) points = cluster_read ("moons.npy");
  g_autoptr (GuiseNpy) truth = cluster_read ("moons-truth.npy");
  g_autofree gint64 *labels = cluster_labels (truth);
  GuiseRows rows = cluster_rows (points);
  double all, sampled;

  g_assert_true (guise_silhouette (&rows, labels, 2, rows.n, 0, &all, &alone, NULL));
  g_assert_cmpfloat_with_epsilon (all, json_number_value (json_object_get (golden, "silhouette")),
                                  1e-6);
  g_assert_true (guise_silhouette (&rows, labels, 2, 400, 0, &sampled, &alone, NULL));
  g_assert_cmpfloat (sampled, !=, all);
  g_assert_cmpfloat_with_epsilon (sampled, all, 0.05);
}

static void
test_silhouette_ends (void)
{
  const float x[] = { 0, 1, 10, 11, 99 };
  const GuiseRows rows = { .n = 5, .dim = 1, .x = x };
  double silhouette;

  /* (10.5 - 1)/10.5 twice, (9.5 - 1)/9.5 twice; noise does not count. */
  g_assert_true (
      guise_silhouette (&rows, (gint64[]){ 0, 0, 1, 1, -1 }, 2, 9, 0, &silhouette, &alone, NULL));
  g_assert_cmpfloat_with_epsilon (silhouette, 0.5 * (9.5 / 10.5 + 8.5 / 9.5), 1e-5);
  /* A cluster of one counts 0. */
  g_assert_true (
      guise_silhouette (&rows, (gint64[]){ 0, 0, -1, -1, 1 }, 2, 9, 0, &silhouette, &alone, NULL));
  g_assert_cmpfloat_with_epsilon (silhouette, (98.0 / 99 + 97.0 / 98) / 3, 1e-5);
  g_assert_true (
      guise_silhouette (&rows, (gint64[]){ 0, 0, 0, 0, 0 }, 1, 9, 0, &silhouette, &alone, NULL));
  g_assert_true (isnan (silhouette));
}

/* ---- noise ---- */

static void
test_reassign (void)
{
  /* Cluster 0: 0 1 2, cluster 1: 20 21 22, of which the first is no core point. */
  const float x[] = { 0, 1, 2, 20, 21, 22, 4, 17, 11, -30 };
  const guint8 core[] = { 1, 1, 1, 0, 1, 1, 0, 0, 0, 0 };
  const gint64 before[] = { 0, 0, 0, 1, 1, 1, -1, -1, -1, -1 };
  const GuiseRows rows = { .n = 10, .dim = 1, .x = x };
  gint64 labels[10];
  size_t n_near, n_far;

  memcpy (labels, before, sizeof labels);
  g_assert_true (guise_reassign_noise (&rows, labels, 2, core, 2, &n_near, &n_far, &alone, NULL));
  g_assert_cmpuint (n_near, ==, 1); /* 4 is 2 from 2, 17 is 3 from what is not even core */
  g_assert_cmpuint (n_far, ==, 3);
  g_assert_cmpint (labels[6], ==, 0);
  g_assert_cmpint (labels[7], ==, 1);
  g_assert_cmpint (labels[8], ==, 0); /* 10 from either centroid: the first */
  g_assert_cmpint (labels[9], ==, 0);
  memcpy (labels, before, sizeof labels);
  g_assert_true (
      guise_reassign_noise (&rows, labels, 2, NULL, INFINITY, &n_near, &n_far, &alone, NULL));
  g_assert_cmpuint (n_near, ==, 4);
  g_assert_cmpint (labels[8], ==, 0); /* 9 from 2, 9 from 20: the lower row */
}

static void
test_reassign_nothing (void)
{
  const float x[] = { 0, 1, 2 };
  const GuiseRows rows = { .n = 3, .dim = 1, .x = x };
  gint64 noise[] = { -1, -1, -1 }, none[] = { 0, 0, 0 };
  size_t n_near, n_far;

  g_assert_true (guise_reassign_noise (&rows, noise, 0, NULL, 1, &n_near, &n_far, &alone, NULL));
  g_assert_cmpint (noise[1], ==, -1);
  g_assert_cmpuint (n_near + n_far, ==, 0);
  g_assert_true (guise_reassign_noise (&rows, none, 1, NULL, 1, &n_near, &n_far, &alone, NULL));
  g_assert_cmpuint (n_near + n_far, ==, 0);
}

/* ---- small clusters and exemplars ---- */

static void
test_merge (void)
{
  /* Sizes 1 (at 3), 2 (5), 4 (0), 4 (9): 3 goes to 5, which is then at 4.33 and, still small,
   * goes to 0, not to 9, to which 5 alone would have gone. */
  const float x[] = { 3, 5, 5, 0, 0, 0, 0, 9, 9, 9, 9 };
  const gint64 before[] = { 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3 };
  const GuiseRows rows = { .n = 11, .dim = 1, .x = x };
  gint64 labels[11];

  memcpy (labels, before, sizeof labels);
  g_assert_cmpuint (guise_merge_small (&rows, labels, 4, 4, 1, &alone), ==, 2);
  for (size_t i = 0; i < 11; i++)
    g_assert_cmpint (labels[i], ==, i < 7 ? 0 : 1);
  memcpy (labels, before, sizeof labels);
  g_assert_cmpuint (guise_merge_small (&rows, labels, 4, 4, 3, &alone), ==, 3); /* no fewer */
  g_assert_cmpint (labels[0], ==, labels[1]);
  memcpy (labels, before, sizeof labels);
  g_assert_cmpuint (guise_merge_small (&rows, labels, 4, 100, 0, &alone), ==, 1);
  memcpy (labels, before, sizeof labels);
  labels[0] = -1;
  g_assert_cmpuint (guise_merge_small (&rows, labels, 4, 1, 0, &alone), ==, 3);
  g_assert_cmpint (labels[0], ==, -1); /* noise stays */
}

static void
test_exemplars (void)
{
  const float x[] = { 0, 4, 2, 10, 11, 50 };
  const GuiseRows rows = { .n = 6, .dim = 1, .x = x };
  const gint64 labels[] = { 0, 0, 0, 1, 1, -1 };
  gint64 exemplars[6];

  guise_find_exemplars (&rows, labels, 2, 3, exemplars, &alone);
  g_assert_cmpint (exemplars[0], ==, 2); /* at the centroid */
  g_assert_cmpint (exemplars[1], ==, 0); /* as far as the other: the lower row */
  g_assert_cmpint (exemplars[2], ==, 1);
  g_assert_cmpint (exemplars[3], ==, 3);
  g_assert_cmpint (exemplars[4], ==, 4);
  g_assert_cmpint (exemplars[5], ==, -1);
}

/* ---- advice ---- */

static void
test_explain (void)
{
  gint64 labels[20] = { 0 };
  GuiseClustering clustering = { .n = 20, .labels = labels, .n_clusters = 2 };
  GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
  g_autofree char *none = NULL, *one = NULL, *most = NULL, *few = NULL;

  labels[18] = labels[19] = 1;
  none = guise_clustering_explain (&clustering, &options);
  g_assert_null (none); /* 90 % is not more than 90 % */
  labels[18] = 0;
  one = guise_clustering_explain (&clustering, &options);
  g_assert_nonnull (strstr (one, "one cluster holds 95 % of the points"));
  g_assert_nonnull (strstr (one, "smaller eps"));
  options.method = GUISE_CLUSTER_KMEANS;
  most = guise_clustering_explain (&clustering, &options);
  g_assert_nonnull (strstr (most, "larger k"));
  for (size_t i = 0; i < 20; i++)
    labels[i] = -1;
  clustering.n_clusters = 0;
  options.method = GUISE_CLUSTER_DBSCAN;
  few = guise_clustering_explain (&clustering, &options);
  g_assert_nonnull (strstr (few, "all 20 points are noise"));
  g_assert_nonnull (strstr (few, "larger eps"));
}

static void
test_names (void)
{
  GuiseClusterMethod method;

  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    g_assert_true (guise_cluster_method_parse (guise_cluster_method_get_name (m), &method));
    g_assert_cmpuint (method, ==, m);
  }
  g_assert_false (guise_cluster_method_parse ("K-Means", &method));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/cluster/parts/k-distances", test_k_distances);
  g_test_add_func ("/cluster/parts/every-k-distance", test_every_k_distance);
  g_test_add_func ("/cluster/parts/k-distance-makes-core", test_k_distance_makes_core);
  g_test_add_func ("/cluster/parts/knee", test_knee);
  g_test_add_func ("/cluster/parts/k-distances-refused", test_k_distances_refused);
  g_test_add_func ("/cluster/parts/condensed-tree", test_condensed_tree);
  g_test_add_func ("/cluster/parts/condensed-tree-deep", test_condensed_tree_deep);
  g_test_add_func ("/cluster/parts/silhouette", test_silhouette);
  g_test_add_func ("/cluster/parts/silhouette-ends", test_silhouette_ends);
  g_test_add_func ("/cluster/parts/reassign", test_reassign);
  g_test_add_func ("/cluster/parts/reassign-nothing", test_reassign_nothing);
  g_test_add_func ("/cluster/parts/merge", test_merge);
  g_test_add_func ("/cluster/parts/exemplars", test_exemplars);
  g_test_add_func ("/cluster/parts/explain", test_explain);
  g_test_add_func ("/cluster/parts/names", test_names);
  return g_test_run ();
}
