/* Clustering by any of the methods, with what a person should be told about the outcome. */
#pragma once

#include "guise-rows.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_CLUSTER_DBSCAN,
  GUISE_CLUSTER_HDBSCAN,
  GUISE_CLUSTER_KMEANS,
  GUISE_CLUSTER_GMM,
  GUISE_CLUSTER_AGGLOMERATIVE,
  GUISE_CLUSTER_RANDOM,
  GUISE_CLUSTER_N_METHODS
} GuiseClusterMethod;

/* "dbscan", "hdbscan", "kmeans", "gmm", "agglomerative", "random". */
const char *guise_cluster_method_get_name (GuiseClusterMethod method);
gboolean guise_cluster_method_parse (const char *name, GuiseClusterMethod *method);

typedef struct {
  GuiseClusterMethod method;
  double eps;              /* DBSCAN; > 0 */
  size_t min_samples;      /* DBSCAN, HDBSCAN; 0 = 5, of HDBSCAN min_cluster_size */
  size_t min_cluster_size; /* HDBSCAN; >= 2 */
  size_t k;                /* k-means, GMM, agglomerative, random: 1 … n */
  size_t ward_limit;       /* agglomerative: how many points may be paired; 0 = GUISE_WARD_LIMIT */
  guint64 seed;
} GuiseClusterOptions;

#define GUISE_CLUSTER_OPTIONS_INIT                                            \
  {                                                                           \
    .method = GUISE_CLUSTER_DBSCAN, .eps = 0.5, .min_cluster_size = 5, .k = 8 \
  }

typedef struct {
  size_t n;
  gint64 *labels; /* [n]; -1 = noise */
  guint8 *core;   /* [n]; DBSCAN only, else NULL */
  size_t n_clusters, n_noise;
  char *note; /* what was done otherwise than one might expect, one sentence; or NULL */
} GuiseClustering;

/* Errors: GUISE_CLUSTER_ERROR, G_IO_ERROR_CANCELLED. Blocking; needs nn_gemm_init(). */
GuiseClustering *guise_cluster (const GuiseRows *rows, const GuiseClusterOptions *options,
                                const GuiseWork *work, GError **error);
void guise_clustering_free (GuiseClustering *clustering);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseClustering, guise_clustering_free)

/* Gives the noise to clusters (see guise_reassign_noise()): DBSCAN's to the nearest core point
 * within 2·eps, HDBSCAN's to the nearest point of a cluster. n_reassigned may be NULL. */
gboolean guise_clustering_reassign (GuiseClustering *clustering, const GuiseRows *rows,
                                    const GuiseClusterOptions *options, size_t *n_reassigned,
                                    const GuiseWork *work, GError **error);

/* One sentence about an outcome that is of no use, and what to do: no cluster, or one with more
 * than 90 % of the points. NULL when there is nothing to say; g_free() it. */
char *guise_clustering_explain (const GuiseClustering *clustering,
                                const GuiseClusterOptions *options);

G_END_DECLS
