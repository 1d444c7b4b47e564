/* Clustering against scikit-learn's labels, the same with any number of threads and any kernels,
 * and what is refused. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "cluster-points.h"
#include "guise-agglomerative.h"
#include "guise-cluster-centroids.h"
#include "guise-cluster.h"
#include "guise-dbscan.h"
#include "guise-gmm.h"
#include "guise-kmeans.h"
#include "nn-gemm.h"

static const GuiseWork alone;

/* ---- golden labels ---- */

typedef void (*CheckCase) (const json_t *one, const GuiseRows *rows, const gint64 *expected,
                           const gint64 *truth);

static double
get_number (const json_t *one, const char *key)
{
  const json_t *value = json_object_get (one, key);

  g_assert_true (json_is_number (value));
  return json_number_value (value);
}

static void
check_case (const json_t *one, CheckCase check)
{
  const char *set = json_string_value (json_object_get (one, "set"));
  g_autofree char *points = g_strconcat (set, ".npy", NULL);
  g_autofree char *truth_name = g_strconcat (set, "-truth.npy", NULL);
  g_autoptr (GuiseNpy) npy = cluster_read (points);
  g_autoptr (GuiseNpy) labels = cluster_read (json_string_value (json_object_get (one, "labels")));
  g_autofree gint64 *expected = cluster_labels (labels), *truth = NULL;
  GuiseRows rows = cluster_rows (npy);

  g_assert_cmpuint (labels->n_elements, ==, rows.n);
  if (json_object_get (one, "truth_ari") != NULL) {
    g_autoptr (GuiseNpy) known = cluster_read (truth_name);

    truth = cluster_labels (known);
  }
  check (one, &rows, expected, truth);
}

/* Returns how many cases there are of that method. */
static guint
check_cases (const char *method, CheckCase check)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "cluster", "cases.json", NULL);
  json_auto_t *golden = json_load_file (path, 0, NULL);
  const json_t *cases = json_object_get (golden, "cases");
  guint n_checked = 0;

  g_assert_nonnull (golden);
  for (size_t c = 0; c < json_array_size (cases); c++) {
    const json_t *one = json_array_get (cases, c);

    if (strcmp (json_string_value (json_object_get (one, "method")), method) == 0) {
      check_case (one, check);
      n_checked++;
    }
  }
  return n_checked;
}

static GuiseClustering *
run (const GuiseRows *rows, const GuiseClusterOptions *options, NnTeam *team)
{
  const GuiseWork work = { .team = team };
  g_autoptr (GError) error = NULL;
  GuiseClustering *clustering = guise_cluster (rows, options, &work, &error);

  g_assert_no_error (error);
  return clustering;
}

static void
check_dbscan (const json_t *one, const GuiseRows *rows, const gint64 *expected,
              const gint64 *truth G_GNUC_UNUSED)
{
  GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
  g_autoptr (GuiseClustering) clustering = NULL;
  gint64 last = -1;
  size_t n_noise = 0;

  options.eps = get_number (one, "eps");
  options.min_samples = (size_t)get_number (one, "min_samples");
  clustering = run (rows, &options, NULL);
  for (size_t i = 0; i < rows->n; i++) {
    g_assert_cmpint (clustering->labels[i], ==, expected[i]);
    last = MAX (last, expected[i]);
    n_noise += expected[i] < 0;
  }
  g_assert_cmpuint (clustering->n_clusters, ==, last + 1);
  g_assert_cmpuint (clustering->n_noise, ==, n_noise);
}

static void
test_dbscan (void)
{
  g_assert_cmpuint (check_cases ("dbscan", check_dbscan), ==, 36);
}

/* OpenBLAS's kernels round otherwise than our tiles. */
static void
test_dbscan_other_kernels (void)
{
  nn_gemm_allow_tiles (FALSE);
  g_assert_cmpuint (check_cases ("dbscan", check_dbscan), ==, 36);
  nn_gemm_allow_tiles (TRUE);
}

static void
check_kmeans (const json_t *one, const GuiseRows *rows, const gint64 *expected,
              const gint64 *truth G_GNUC_UNUSED)
{
  g_autofree gint64 *labels = g_new (gint64, rows->n);
  double inertia = 0, known = get_number (one, "inertia");

  g_assert_cmpint (
      guise_kmeans (rows, (size_t)get_number (one, "k"), NULL, labels, &inertia, &alone, NULL), ==,
      (gint64)get_number (one, "k"));
  g_assert_cmpfloat (cluster_ari (labels, expected, rows->n), >=, 0.97);
  g_assert_cmpfloat (inertia, <, 1.001 * known);
  g_assert_cmpfloat (inertia, >, 0.9 * known);
}

static void
test_kmeans (void)
{
  g_assert_cmpuint (check_cases ("kmeans", check_kmeans), ==, 4);
}

static void
check_agglomerative (const json_t *one, const GuiseRows *rows, const gint64 *expected,
                     const gint64 *truth G_GNUC_UNUSED)
{
  GuiseClusterOptions options = { .method = GUISE_CLUSTER_AGGLOMERATIVE };
  g_autoptr (GuiseClustering) clustering = NULL;

  options.k = (size_t)get_number (one, "k");
  clustering = run (rows, &options, NULL);
  g_assert_cmpfloat (cluster_ari (clustering->labels, expected, rows->n), >=, 0.97);
  g_assert_null (clustering->note);
}

static void
test_agglomerative (void)
{
  g_assert_cmpuint (check_cases ("agglomerative", check_agglomerative), ==, 4);
}

static void
check_by_truth (const json_t *one, const GuiseRows *rows, const GuiseClusterOptions *options,
                const gint64 *truth)
{
  g_autoptr (GuiseClustering) clustering = run (rows, options, NULL);

  g_assert_cmpfloat (cluster_ari (clustering->labels, truth, rows->n), >=,
                     get_number (one, "truth_ari") - 0.02);
}

static void
check_gmm (const json_t *one, const GuiseRows *rows, const gint64 *expected G_GNUC_UNUSED,
           const gint64 *truth)
{
  GuiseClusterOptions options = { .method = GUISE_CLUSTER_GMM };

  options.k = (size_t)get_number (one, "k");
  check_by_truth (one, rows, &options, truth);
}

static void
test_gmm (void)
{
  g_assert_cmpuint (check_cases ("gmm", check_gmm), ==, 3);
}

static void
check_hdbscan (const json_t *one, const GuiseRows *rows, const gint64 *expected,
               const gint64 *truth)
{
  GuiseClusterOptions options = { .method = GUISE_CLUSTER_HDBSCAN };
  g_autoptr (GuiseClustering) clustering = NULL;

  options.min_cluster_size = (size_t)get_number (one, "min_cluster_size");
  check_by_truth (one, rows, &options, truth);
  clustering = run (rows, &options, NULL);
  g_assert_cmpfloat (cluster_ari (clustering->labels, expected, rows->n), >, 0.95);
}

static void
test_hdbscan (void)
{
  g_assert_cmpuint (check_cases ("hdbscan", check_hdbscan), ==, 6);
}

/* ---- the same however it is done ---- */

static void
test_threads (void)
{
  g_autofree float *x = cluster_make_groups (1301, 23, 6, 4); /* three blocks */
  const GuiseRows rows = { .n = 1301, .dim = 23, .x = x };
  NnTeam *team = nn_team_create (3);

  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
    g_autoptr (GuiseClustering) one = NULL;
    g_autoptr (GuiseClustering) three = NULL;

    options.method = m;
    options.eps = 3.2;
    options.k = 6;
    options.seed = 5;
    one = run (&rows, &options, NULL);
    three = run (&rows, &options, team);
    g_assert_cmpuint (one->n_clusters, >, m == GUISE_CLUSTER_HDBSCAN ? 0 : 1);
    g_assert_cmpmem (one->labels, 1301 * sizeof (gint64), three->labels, 1301 * sizeof (gint64));
    g_assert_true (guise_clustering_reassign (one, &rows, &options, NULL, &alone, NULL));
    g_assert_true (guise_clustering_reassign (three, &rows, &options, NULL,
                                              &(GuiseWork){ .team = team }, NULL));
    g_assert_cmpmem (one->labels, 1301 * sizeof (gint64), three->labels, 1301 * sizeof (gint64));
    g_assert_cmpuint (one->n_noise, ==, 0);
  }
  nn_team_free (team);
}

/* Where neighbours may not be remembered, three passes give the same. */
static void
test_dbscan_without_memory (void)
{
  g_autofree float *x = cluster_make_groups (1301, 9, 4, 2);
  g_autofree gint64 *once = g_new (gint64, 1301), *thrice = g_new (gint64, 1301);
  g_autofree guint8 *core = g_new (guint8, 1301), *core_thrice = g_new (guint8, 1301);
  const GuiseRows rows = { .n = 1301, .dim = 9, .x = x };
  NnTeam *team = nn_team_create (2);
  const GuiseWork work = { .team = team };

  for (size_t min_samples = 1; min_samples <= 64; min_samples *= 4) {
    gint64 n_once = guise_dbscan (&rows, 1.3, min_samples, once, core, &work, NULL);

    g_assert_cmpint (n_once, >=, 0);
    g_assert_cmpint (guise_dbscan_within (&rows, 1.3, min_samples, 0, thrice, core_thrice, &work,
                                          NULL),
                     ==, n_once);
    g_assert_cmpmem (once, 1301 * sizeof *once, thrice, 1301 * sizeof *thrice);
    g_assert_cmpmem (core, 1301, core_thrice, 1301);
  }
  nn_team_free (team);
}

static void
test_seed (void)
{
  g_autofree float *x = cluster_make_groups (101, 3, 3, 9);
  const GuiseRows rows = { .n = 101, .dim = 3, .x = x };
  GuiseClusterOptions options = { .method = GUISE_CLUSTER_RANDOM, .k = 4 };
  g_autoptr (GuiseClustering) first = run (&rows, &options, NULL);
  g_autoptr (GuiseClustering) again = run (&rows, &options, NULL);
  g_autoptr (GuiseClustering) other = NULL;
  size_t sizes[4] = { 0 };

  options.seed = 1;
  other = run (&rows, &options, NULL);
  g_assert_cmpuint (first->n_clusters, ==, 4);
  g_assert_cmpmem (first->labels, 101 * sizeof (gint64), again->labels, 101 * sizeof (gint64));
  g_assert_cmpint (memcmp (first->labels, other->labels, 101 * sizeof (gint64)), !=, 0);
  for (size_t i = 0; i < 101; i++)
    sizes[first->labels[i]]++;
  for (size_t c = 0; c < 4; c++)
    g_assert_cmpuint (sizes[c], >, 10);
}

/* ---- more of single methods ---- */

static void
test_fewer_points_than_clusters (void)
{
  const float x[] = { 1, 1, 1, 5, 5, 5, 5 };
  const GuiseRows rows = { .n = 7, .dim = 1, .x = x };
  static const GuiseClusterMethod methods[] = { GUISE_CLUSTER_KMEANS, GUISE_CLUSTER_GMM };

  for (gsize m = 0; m < G_N_ELEMENTS (methods); m++) {
    const GuiseClusterOptions options = { .method = methods[m], .k = 4 };
    g_autoptr (GuiseClustering) clustering = run (&rows, &options, NULL);

    g_assert_cmpuint (clustering->n_clusters, ==, 2);
    g_assert_nonnull (strstr (clustering->note, "2 clusters instead of 4"));
    g_assert_cmpint (clustering->labels[0], ==, 0);
    g_assert_cmpint (clustering->labels[3], ==, 1);
  }
}

/* One iteration from bad centres: the empty cluster takes the furthest point. */
static void
test_kmeans_as_many_as_points (void)
{
  const float x[] = { 0, 1, 3, 10, 11, 40 };
  const GuiseRows rows = { .n = 6, .dim = 1, .x = x };
  gint64 labels[6];
  double inertia;

  g_assert_cmpint (guise_kmeans (&rows, 6, NULL, labels, &inertia, &alone, NULL), ==, 6);
  for (gint64 i = 0; i < 6; i++)
    g_assert_cmpint (labels[i], ==, i);
  g_assert_cmpfloat_with_epsilon (inertia, 0, 1e-6);
}

static void
test_gmm_likelihood (void)
{
  /* One component: mean 3, variance 8 + 1e-6. */
  const float x[] = { -1, 3, 3, 7 };
  const GuiseRows rows = { .n = 4, .dim = 1, .x = x };
  gint64 labels[4] = { 0 };
  GuiseGmmResult result;

  g_assert_cmpint (guise_gmm (&rows, 1, NULL, labels, &result, &alone, NULL), ==, 1);
  g_assert_true (result.converged);
  g_assert_cmpfloat_with_epsilon (result.log_likelihood,
                                  -0.5 * (log (2 * G_PI * 8.000001) + 8 / 8.000001), 1e-12);
}

static void
test_agglomerative_sample (void)
{
  g_autofree float *x = cluster_make_groups (1203, 7, 5, 12);
  g_autofree gint64 *labels = g_new (gint64, 1203);
  const GuiseRows rows = { .n = 1203, .dim = 7, .x = x };
  size_t n_sampled;

  g_assert_cmpint (
      guise_agglomerative (&rows, 5, 200, 3, labels, &n_sampled, &alone, NULL), ==, 5);
  g_assert_cmpuint (n_sampled, ==, 200);
  for (gint64 i = 0; i < 1203; i++)
    g_assert_cmpint (labels[i], ==, i % 5);
}

static void
test_agglomerative_says_so (void)
{
  g_autofree float *x = cluster_make_groups (1001, 2, 2, 12);
  const GuiseRows rows = { .n = 1001, .dim = 2, .x = x };
  const GuiseClusterOptions options
      = { .method = GUISE_CLUSTER_AGGLOMERATIVE, .k = 2, .ward_limit = 1000 };
  g_autoptr (GuiseClustering) clustering = run (&rows, &options, NULL);

  g_assert_cmpuint (GUISE_WARD_LIMIT, ==, 10000);
  g_assert_cmpuint (clustering->n_clusters, ==, 2);
  g_assert_nonnull (strstr (clustering->note, "1000 points drawn"));
  g_assert_nonnull (strstr (clustering->note, "other 1 went"));
}

/* ---- the ends of what is accepted ---- */

static void
test_t15_extremes (void)
{
  g_autofree float *x = cluster_make_groups (601, 5, 3, 4);
  const GuiseRows rows = { .n = 601, .dim = 5, .x = x };
  GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
  g_autoptr (GuiseClustering) all = NULL;
  g_autoptr (GuiseClustering) none = NULL;

  options.eps = INFINITY;
  all = run (&rows, &options, NULL);
  g_assert_cmpuint (all->n_clusters, ==, 1);
  g_assert_cmpuint (all->n_noise, ==, 0);
  options.min_samples = 602;
  none = run (&rows, &options, NULL);
  g_assert_cmpuint (none->n_clusters, ==, 0);
  g_assert_cmpuint (none->n_noise, ==, 601);
}

static void
test_t15_equal_points (void)
{
  g_autofree float *x = g_new (float, 700 * 40);
  const GuiseRows rows = { .n = 700, .dim = 40, .x = x };

  for (size_t i = 0; i < 700 * 40; i++)
    x[i] = 0.1f;
  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
    g_autoptr (GuiseClustering) clustering = NULL;

    options.method = m;
    options.k = 3;
    clustering = run (&rows, &options, NULL);
    g_assert_cmpuint (clustering->n_clusters, <=, 3);
    g_assert_cmpuint (clustering->n_noise, ==, m == GUISE_CLUSTER_HDBSCAN ? 700 : 0);
  }
}

static void
test_huge_and_tiny (void)
{
  static const double scales[] = { 1e-150, 1e-30, 1e30, 1e140 };
  g_autofree float *x = cluster_make_groups (90, 3, 3, 50);
  g_autofree double *scaled = g_new (double, 270);
  const GuiseRows rows = { .n = 90, .dim = 3, .exact = scaled };

  for (gsize s = 0; s < G_N_ELEMENTS (scales); s++)
    for (guint m = 0; m < GUISE_CLUSTER_RANDOM; m++) {
      GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
      g_autoptr (GuiseClustering) clustering = NULL;

      if (m == GUISE_CLUSTER_GMM) /* what is added to variances is no figure of any scale */
        continue;
      for (size_t i = 0; i < 270; i++)
        scaled[i] = x[i] * scales[s];
      options.method = m;
      options.eps = 10 * scales[s];
      options.k = 3;
      clustering = run (&rows, &options, NULL);
      g_assert_cmpuint (clustering->n_clusters, ==, 3);
      for (gint64 i = 0; i < 90; i++)
        g_assert_cmpint (clustering->labels[i], ==, i % 3);
    }
}

static void
assert_refused (const GuiseRows *rows, const GuiseClusterOptions *options, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_cluster (rows, options, &alone, &error));
  g_assert_true (error->domain == GUISE_CLUSTER_ERROR);
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_t15_refused (void)
{
  float x[] = { 1, 2, 3, NAN, 5, 6 };
  const double large[] = { 1, 1e200 };
  const GuiseRows empty = { .n = 0, .dim = 2, .x = x }, flat = { .n = 3, .dim = 0, .x = x };
  const GuiseRows bad = { .n = 3, .dim = 2, .x = x }, good = { .n = 1, .dim = 3, .x = x };
  const GuiseRows huge = { .n = 1, .dim = 2, .exact = large };
  GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;

  options.k = 2;
  options.min_samples = 1;
  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    options.method = m;
    assert_refused (&empty, &options, "0 rows of 2 numbers");
    assert_refused (&flat, &options, "3 rows of 0 numbers");
    assert_refused (&bad, &options, "row 1, column 1: not a finite number");
    assert_refused (&huge, &options, "row 0, column 1: too large to be squared");
    if (m >= GUISE_CLUSTER_KMEANS)
      assert_refused (&good, &options, "k = 2: must be from 1 to 1");
  }
  options.method = GUISE_CLUSTER_DBSCAN;
  options.eps = 0;
  assert_refused (&good, &options, "eps = 0: must be above 0");
  options.eps = NAN;
  assert_refused (&good, &options, "must be above 0");
  options.method = GUISE_CLUSTER_HDBSCAN;
  options.min_samples = 2;
  assert_refused (&good, &options, "min_samples = 2: must be from 1 to 1");
  options.min_cluster_size = 1;
  assert_refused (&good, &options, "min_cluster_size = 1: must be at least 2");
}

/* ---- stopping ---- */

static void
stop_soon (guint64 done, guint64 total, gpointer user_data)
{
  g_assert_cmpuint (done, <=, total);
  g_cancellable_cancel (user_data);
}

static void
test_cancelled (void)
{
  g_autofree float *x = cluster_make_groups (1301, 5, 4, 3);
  const GuiseRows rows = { .n = 1301, .dim = 5, .x = x };

  for (guint m = 0; m < GUISE_CLUSTER_RANDOM; m++) {
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    const GuiseWork work = { .cancellable = cancellable,
                             .progress = stop_soon,
                             .progress_data = cancellable };
    GuiseClusterOptions options = GUISE_CLUSTER_OPTIONS_INIT;
    g_autoptr (GError) error = NULL;

    options.method = m;
    g_assert_null (guise_cluster (&rows, &options, &work, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/cluster/dbscan", test_dbscan);
  g_test_add_func ("/cluster/dbscan-other-kernels", test_dbscan_other_kernels);
  g_test_add_func ("/cluster/t15-without-memory", test_dbscan_without_memory);
  g_test_add_func ("/cluster/kmeans", test_kmeans);
  g_test_add_func ("/cluster/agglomerative", test_agglomerative);
  g_test_add_func ("/cluster/gmm", test_gmm);
  g_test_add_func ("/cluster/hdbscan", test_hdbscan);
  g_test_add_func ("/cluster/threads", test_threads);
  g_test_add_func ("/cluster/seed", test_seed);
  g_test_add_func ("/cluster/fewer-points-than-clusters", test_fewer_points_than_clusters);
  g_test_add_func ("/cluster/kmeans-as-many-as-points", test_kmeans_as_many_as_points);
  g_test_add_func ("/cluster/gmm-likelihood", test_gmm_likelihood);
  g_test_add_func ("/cluster/agglomerative-sample", test_agglomerative_sample);
  g_test_add_func ("/cluster/agglomerative-says-so", test_agglomerative_says_so);
  g_test_add_func ("/cluster/t15-extremes", test_t15_extremes);
  g_test_add_func ("/cluster/t15-equal-points", test_t15_equal_points);
  g_test_add_func ("/cluster/huge-and-tiny", test_huge_and_tiny);
  g_test_add_func ("/cluster/t15-refused", test_t15_refused);
  g_test_add_func ("/cluster/cancelled", test_cancelled);
  return g_test_run ();
}
