/* guisectl cluster: labels of an array's rows. */
#include <math.h>
#include <stdio.h>

#include "cli-commands.h"
#include "guise-cluster.h"
#include "guise-formats-error.h"
#include "guise-npy.h"
#include "nn-gemm.h"

#define MAX_BYTES ((gsize)64 << 30)
#define UNSET G_MININT64

typedef struct {
  char *method, *output;
  double eps;
  gint64 min_samples, min_cluster_size, k, seed, threads;
  gboolean reassign;
} Options;

/* What the options come to, and the outcome. */
typedef struct {
  GuiseClusterOptions cluster;
  GuiseClustering *clustering;
  size_t n_reassigned;
  char *advice;
} Result;

static GuiseNpy *
read_rows (const char *path, GuiseRows *rows, GError **error)
{
  g_autoptr (GuiseNpy) npy = guise_npy_read (path, MAX_BYTES, error);
  GuiseDtype dtype = npy != NULL && npy->dtype == GUISE_DTYPE_F64 ? GUISE_DTYPE_F64
                                                                  : GUISE_DTYPE_F32;

  if (npy == NULL || !guise_npy_check (npy, dtype, 2, path, error))
    return NULL;
  *rows = (GuiseRows){ .n = npy->shape[0], .dim = npy->shape[1] };
  if (dtype == GUISE_DTYPE_F64)
    rows->exact = npy->data;
  else
    rows->x = npy->data;
  return g_steal_pointer (&npy);
}

static void
show_progress (guint64 done, guint64 total, gpointer user_data)
{
  cli_progress_update (user_data, done, total);
}

static gboolean
run (CliGlobal *global, const Options *options, const GuiseRows *rows, Result *result,
     GError **error)
{
  CliGlobal silent = *global;
  CliProgress progress;
  GuiseWork work = { .cancellable = global->cancellable,
                     .progress = show_progress,
                     .progress_data = &progress };
  gboolean done;

  silent.quiet |= silent.json; /* one object is the answer, not lines */
  silent.json = FALSE;
  nn_gemm_init ();
  work.team = nn_team_create (options->threads != UNSET ? (size_t)options->threads : 0);
  cli_progress_start (&progress, &silent, "clustering");
  result->clustering = guise_cluster (rows, &result->cluster, &work, error);
  done = result->clustering != NULL;
  if (done) {
    result->advice = guise_clustering_explain (result->clustering, &result->cluster);
    done = !options->reassign
           || guise_clustering_reassign (result->clustering, rows, &result->cluster,
                                         &result->n_reassigned, &work, error);
  }
  cli_progress_end (&progress);
  nn_team_free (work.team);
  return done;
}

static gboolean
work_on (CliGlobal *global, const Options *options, const char *path, Result *result,
         GError **error)
{
  GuiseRows rows;
  g_autoptr (GuiseNpy) npy = read_rows (path, &rows, error);

  if (npy == NULL)
    return FALSE;
  if (!run (global, options, &rows, result, error)) {
    g_prefix_error (error, "cannot cluster '%s': ", path);
    return FALSE;
  }
  return guise_npy_write (options->output, GUISE_DTYPE_I64, 1, &rows.n, result->clustering->labels,
                          error);
}

static void
print_result (CliGlobal *global, const Options *options, const Result *result)
{
  const GuiseClustering *c = result->clustering;

  if (global->json) {
    cli_print_json (json_pack (
        "{s:I, s:I, s:I, s:o, s:o}", "clusters", (json_int_t)c->n_clusters, "noise",
        (json_int_t)c->n_noise, "reassigned", (json_int_t)result->n_reassigned, "note",
        guise_json_pack_text (c->note), "advice", guise_json_pack_text (result->advice)));
    return;
  }
  if (global->quiet)
    return;
  printf ("%zu clusters, %zu noise", c->n_clusters, c->n_noise);
  if (options->reassign)
    printf (", %zu reassigned", result->n_reassigned);
  putchar ('\n');
  if (c->note != NULL)
    cli_tell ("note: %s", c->note);
  if (result->advice != NULL)
    cli_tell ("note: %s", result->advice);
}

static gboolean
is_below (gint64 value, gint64 least)
{
  return value != UNSET && value < least;
}

/* FALSE after a line of wrong usage. */
static gboolean
check_options (const Options *options, GuiseClusterOptions *cluster)
{
  if (options->method == NULL || options->output == NULL) {
    cli_usage ("cluster: --method and -o are both needed");
    return FALSE;
  }
  if (!guise_cluster_method_parse (options->method, &cluster->method)) {
    cli_usage ("cluster: unknown method: '%s': choose dbscan, hdbscan, kmeans, gmm, agglomerative "
               "or random",
               options->method);
    return FALSE;
  }
  if (!(options->eps > 0)) {
    cli_usage ("cluster: --eps must be above 0: it is the distance up to which two points are "
               "neighbours");
    return FALSE;
  }
  if (is_below (options->min_samples, 1) || is_below (options->min_cluster_size, 2)
      || options->k < 1 || options->seed < 0) {
    cli_usage ("cluster: --min-samples and --k must be at least 1, --min-cluster-size at least 2, "
               "--seed not below 0");
    return FALSE;
  }
  cluster->eps = options->eps;
  cluster->min_samples = options->min_samples != UNSET ? (size_t)options->min_samples : 0;
  cluster->min_cluster_size = (size_t)options->min_cluster_size;
  cluster->k = (size_t)options->k;
  cluster->seed = (guint64)options->seed;
  return options->threads == UNSET || cli_check_threads ("cluster", options->threads);
}

static void
options_clear (Options *options)
{
  g_free (options->method);
  g_free (options->output);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
result_clear (Result *result)
{
  guise_clustering_free (result->clustering);
  g_free (result->advice);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

int
cmd_cluster (CliGlobal *global, int argc, char **argv)
{
  g_auto (Options) options = { .eps = 0.5,
                               .min_samples = UNSET,
                               .min_cluster_size = 5,
                               .k = 8,
                               .threads = UNSET };
  g_auto (Result) result = { .cluster = GUISE_CLUSTER_OPTIONS_INIT };
  const GOptionEntry entries[]
      = { { "method", 0, 0, G_OPTION_ARG_STRING, &options.method,
            "dbscan, hdbscan, kmeans, gmm, agglomerative or random", "METHOD" },
          { "eps", 0, 0, G_OPTION_ARG_DOUBLE, &options.eps,
            "dbscan: distance up to which points are neighbours (default: 0.5)", "EPS" },
          { "min-samples", 0, 0, G_OPTION_ARG_INT64, &options.min_samples,
            "dbscan, hdbscan: neighbours of a core point, itself counted (default: 5; of hdbscan "
            "the minimum cluster size)",
            "N" },
          { "min-cluster-size", 0, 0, G_OPTION_ARG_INT64, &options.min_cluster_size,
            "hdbscan: points of a cluster, at least (default: 5)", "N" },
          { "k", 'k', 0, G_OPTION_ARG_INT64, &options.k,
            "kmeans, gmm, agglomerative, random: how many clusters (default: 8)", "K" },
          { "seed", 0, 0, G_OPTION_ARG_INT64, &options.seed,
            "What random choices start from (default: 0)", "N" },
          { "reassign", 0, 0, G_OPTION_ARG_NONE, &options.reassign,
            "Give noise to the nearest core point within 2 EPS, else to the nearest centroid",
            NULL },
          { "threads", 0, 0, G_OPTION_ARG_INT64, &options.threads, "Threads (default: all cores)",
            "N" },
          { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options.output,
            "Labels, int64 [N]; -1 = noise", "labels.npy" },
          G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, "X.npy",
                  "Clusters the rows of X, float32 or float64 [N,d], by Euclidean distance.\n"
                  "dbscan labels as scikit-learn does, the others number clusters by their first "
                  "row.",
                  "guisectl cluster --method dbscan --eps 0.4 --reassign x.npy -o labels.npy", 1, 1,
                  &argc, &argv)
      || !check_options (&options, &result.cluster))
    return CLI_USAGE;
  cli_watch_signals (global);
  if (!cli_check_output (options.output, &error)
      || !work_on (global, &options, argv[1], &result, &error))
    return cli_fail (global, error);
  print_result (global, &options, &result);
  return CLI_DONE;
}
