#include "guise-cluster.h"

#include <math.h>
#include <string.h>

#include "guise-agglomerative.h"
#include "guise-cluster-centroids.h"
#include "guise-cluster-refine.h"
#include "guise-dbscan.h"
#include "guise-gmm.h"
#include "guise-hdbscan.h"
#include "guise-kmeans.h"
#include "nn-random.h"

#define MIN_SAMPLES 5 /* scikit-learn's */
#define TOO_MUCH 0.9  /* a cluster with a larger share divides nothing */

typedef gint64 (*Run) (GuiseClustering *clustering, const GuiseRows *rows,
                       const GuiseClusterOptions *options, const GuiseWork *work, GError **error);

/* ---- the methods ---- */

static gint64
run_dbscan (GuiseClustering *clustering, const GuiseRows *rows, const GuiseClusterOptions *options,
            const GuiseWork *work, GError **error)
{
  clustering->core = g_new0 (guint8, MAX (rows->n, 1));
  return guise_dbscan (rows, options->eps,
                       options->min_samples > 0 ? options->min_samples : MIN_SAMPLES,
                       clustering->labels, clustering->core, work, error);
}

static gint64
run_hdbscan (GuiseClustering *clustering, const GuiseRows *rows,
             const GuiseClusterOptions *options, const GuiseWork *work, GError **error)
{
  return guise_hdbscan (rows, options->min_cluster_size,
                        options->min_samples > 0 ? options->min_samples
                                                 : options->min_cluster_size,
                        clustering->labels, work, error);
}

static void
note_missing (GuiseClustering *clustering, gint64 n_clusters, size_t k)
{
  if (n_clusters >= 0 && (size_t)n_clusters < k)
    clustering->note = g_strdup_printf ("%" G_GINT64_FORMAT " clusters instead of %zu: the others "
                                        "would have no points; choose a smaller k",
                                        n_clusters, k);
}

static gint64
run_kmeans (GuiseClustering *clustering, const GuiseRows *rows, const GuiseClusterOptions *options,
            const GuiseWork *work, GError **error)
{
  GuiseKMeansOptions means = GUISE_KMEANS_OPTIONS_INIT;
  gint64 n_clusters;

  means.seed = options->seed;
  n_clusters = guise_kmeans (rows, options->k, &means, clustering->labels, NULL, work, error);
  note_missing (clustering, n_clusters, options->k);
  return n_clusters;
}

static gint64
run_gmm (GuiseClustering *clustering, const GuiseRows *rows, const GuiseClusterOptions *options,
         const GuiseWork *work, GError **error)
{
  GuiseKMeansOptions means = GUISE_KMEANS_OPTIONS_INIT;
  gint64 n_clusters;

  means.seed = options->seed;
  if (guise_kmeans (rows, options->k, &means, clustering->labels, NULL, work, error) < 0)
    return -1;
  n_clusters = guise_gmm (rows, options->k, NULL, clustering->labels, NULL, work, error);
  note_missing (clustering, n_clusters, options->k);
  return n_clusters;
}

static gint64
run_agglomerative (GuiseClustering *clustering, const GuiseRows *rows,
                   const GuiseClusterOptions *options, const GuiseWork *work, GError **error)
{
  size_t n_sampled = 0;
  gint64 n_clusters = guise_agglomerative (rows, options->k, options->ward_limit, options->seed,
                                           clustering->labels, &n_sampled, work, error);

  if (n_clusters >= 0 && n_sampled < rows->n)
    clustering->note = g_strdup_printf ("%zu points drawn by the seed were clustered, the other "
                                        "%zu went to the nearest centroid: Ward's method keeps the "
                                        "distances of all pairs",
                                        n_sampled, rows->n - n_sampled);
  return n_clusters;
}

static gint64
run_random (GuiseClustering *clustering, const GuiseRows *rows, const GuiseClusterOptions *options,
            const GuiseWork *work, GError **error)
{
  if (!guise_rows_check (rows, error) || !guise_check_k (options->k, rows->n, error))
    return -1;
  for (size_t i = 0; i < rows->n; i++)
    clustering->labels[i] = (gint64)nn_random_below (options->seed, i, options->k);
  guise_work_report (work, rows->n, rows->n);
  return guise_number_by_first (clustering->labels, rows->n);
}

static const struct {
  const char *name;
  Run run;
} methods[GUISE_CLUSTER_N_METHODS] = {
  [GUISE_CLUSTER_DBSCAN] = { "dbscan", run_dbscan },
  [GUISE_CLUSTER_HDBSCAN] = { "hdbscan", run_hdbscan },
  [GUISE_CLUSTER_KMEANS] = { "kmeans", run_kmeans },
  [GUISE_CLUSTER_GMM] = { "gmm", run_gmm },
  [GUISE_CLUSTER_AGGLOMERATIVE] = { "agglomerative", run_agglomerative },
  [GUISE_CLUSTER_RANDOM] = { "random", run_random },
};

const char *
guise_cluster_method_get_name (GuiseClusterMethod method)
{
  return methods[method].name;
}

gboolean
guise_cluster_method_parse (const char *name, GuiseClusterMethod *method)
{
  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++)
    if (strcmp (methods[m].name, name) == 0) {
      *method = m;
      return TRUE;
    }
  return FALSE;
}

/* ---- clusterings ---- */

static size_t
count_noise (const GuiseClustering *clustering)
{
  size_t n_noise = 0;

  for (size_t i = 0; i < clustering->n; i++)
    n_noise += clustering->labels[i] < 0;
  return n_noise;
}

GuiseClustering *
guise_cluster (const GuiseRows *rows, const GuiseClusterOptions *options, const GuiseWork *work,
               GError **error)
{
  g_autoptr (GuiseClustering) clustering = g_new0 (GuiseClustering, 1);
  gint64 n_clusters;

  clustering->n = rows->n;
  clustering->labels = g_new (gint64, MAX (rows->n, 1));
  n_clusters = methods[options->method].run (clustering, rows, options, work, error);
  if (n_clusters < 0)
    return NULL;
  clustering->n_clusters = (size_t)n_clusters;
  clustering->n_noise = count_noise (clustering);
  return g_steal_pointer (&clustering);
}

void
guise_clustering_free (GuiseClustering *clustering)
{
  if (clustering == NULL)
    return;
  g_free (clustering->labels);
  g_free (clustering->core);
  g_free (clustering->note);
  g_free (clustering);
}

gboolean
guise_clustering_reassign (GuiseClustering *clustering, const GuiseRows *rows,
                           const GuiseClusterOptions *options, size_t *n_reassigned,
                           const GuiseWork *work, GError **error)
{
  double reach = options->method == GUISE_CLUSTER_DBSCAN ? 2 * options->eps : INFINITY;
  size_t n_before = clustering->n_noise;

  if (!guise_reassign_noise (rows, clustering->labels, clustering->n_clusters, clustering->core,
                             reach, NULL, NULL, work, error))
    return FALSE;
  clustering->n_noise = count_noise (clustering);
  if (n_reassigned != NULL)
    *n_reassigned = n_before - clustering->n_noise;
  return TRUE;
}

static size_t
count_largest (const GuiseClustering *clustering)
{
  g_autofree size_t *sizes = g_new0 (size_t, clustering->n_clusters);
  size_t largest = 0;

  for (size_t i = 0; i < clustering->n; i++)
    if (clustering->labels[i] >= 0)
      sizes[clustering->labels[i]]++;
  for (size_t c = 0; c < clustering->n_clusters; c++)
    largest = MAX (largest, sizes[c]);
  return largest;
}

static const char *
advise (const GuiseClusterOptions *options, gboolean too_few)
{
  if (options->method == GUISE_CLUSTER_DBSCAN)
    return too_few ? "choose a larger eps, near where the k-distance curve bends, or a smaller "
                     "min_samples"
                   : "choose a smaller eps, near where the k-distance curve bends, or a larger "
                     "min_samples";
  if (options->method == GUISE_CLUSTER_HDBSCAN)
    return too_few ? "choose a smaller min_cluster_size or min_samples, or k-means"
                   : "choose a smaller min_cluster_size, or k-means";
  return "choose a larger k, or another method";
}

char *
guise_clustering_explain (const GuiseClustering *clustering, const GuiseClusterOptions *options)
{
  double share;

  if (clustering->n_clusters == 0)
    return g_strdup_printf ("no cluster was found, all %zu points are noise: %s", clustering->n,
                            advise (options, TRUE));
  share = (double)count_largest (clustering) / clustering->n;
  if (share <= TOO_MUCH)
    return NULL;
  return g_strdup_printf ("one cluster holds %.0f %% of the points, which divides next to nothing: "
                          "%s",
                          floor (100 * share), advise (options, FALSE));
}
