/* guisectl metrics: retrieval metrics of a similarity matrix. */
#include <math.h>
#include <stdio.h>

#include "cli-commands.h"
#include "guise-formats-error.h"
#include "guise-metrics.h"
#include "guise-npy.h"

#define MAX_BYTES ((gsize)64 << 30)

static GuiseNpy *
read_array (const char *path, GuiseDtype dtype, int n_dims, GError **error)
{
  g_autoptr (GuiseNpy) npy = guise_npy_read (path, MAX_BYTES, error);

  if (npy == NULL || !guise_npy_check (npy, dtype, n_dims, path, error))
    return NULL;
  return g_steal_pointer (&npy);
}

static gboolean
check_length (const GuiseNpy *ids, gsize n, const char *path, const char *what, GError **error)
{
  if (ids->shape[0] == n)
    return TRUE;
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_INVALID,
               "cannot use npy '%s': %zu ids for %zu %s of the similarity matrix", path,
               ids->shape[0], n, what);
  return FALSE;
}

/* A figure that could not be measured is null. */
static json_t *
pack_figure (double value)
{
  return isnan (value) ? json_null () : json_real (value);
}

static void
print_metrics (CliGlobal *global, const GuiseMetrics *metrics)
{
  if (global->json)
    cli_print_json (json_pack ("{s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "r1",
                               pack_figure (metrics->r1), "r5", pack_figure (metrics->r5), "r10",
                               pack_figure (metrics->r10), "map", pack_figure (metrics->map),
                               "minp", pack_figure (metrics->minp), "queries",
                               (json_int_t)metrics->n_queries, "skipped",
                               (json_int_t)metrics->n_skipped));
  else if (metrics->n_skipped == metrics->n_queries)
    printf ("not measured: none of %zu queries has a positive\n", metrics->n_queries);
  else
    printf ("R@1 %.2f  R@5 %.2f  R@10 %.2f  mAP %.2f  mINP %.2f  (%zu queries, %zu skipped)\n",
            metrics->r1, metrics->r5, metrics->r10, metrics->map, metrics->minp, metrics->n_queries,
            metrics->n_skipped);
}

static gboolean
measure (GuiseMetrics *metrics, const char *similarity, const char *query_ids,
         const char *gallery_ids, GError **error)
{
  g_autoptr (GuiseNpy) scores = read_array (similarity, GUISE_DTYPE_F32, 2, error);
  g_autoptr (GuiseNpy) queries = NULL, gallery = NULL;
  GuiseJudgement judgement = { 0 };
  NnTeam *team;
  gboolean done;

  if (scores == NULL)
    return FALSE;
  queries = read_array (query_ids, GUISE_DTYPE_I64, 1, error);
  if (queries == NULL || !check_length (queries, scores->shape[0], query_ids, "queries", error))
    return FALSE;
  gallery = read_array (gallery_ids, GUISE_DTYPE_I64, 1, error);
  if (gallery == NULL
      || !check_length (gallery, scores->shape[1], gallery_ids, "gallery items", error))
    return FALSE;
  judgement.n_queries = scores->shape[0];
  judgement.n_gallery = scores->shape[1];
  judgement.query_ids = queries->data;
  judgement.gallery_ids = gallery->data;
  team = nn_team_create (0); /* NULL = one thread */
  done = guise_metrics_compute (metrics, NULL, &judgement, scores->data, team, error);
  nn_team_free (team);
  return done;
}

int
cmd_metrics (CliGlobal *global, int argc, char **argv)
{
  g_autofree char *similarity = NULL, *query_ids = NULL, *gallery_ids = NULL;
  const GOptionEntry entries[] = {
    { "similarity", 0, 0, G_OPTION_ARG_FILENAME, &similarity,
      "Scores, float32 [queries,gallery]", "S.npy" },
    { "query-ids", 0, 0, G_OPTION_ARG_FILENAME, &query_ids, "Ids of the queries, int64", "Q.npy" },
    { "gallery-ids", 0, 0, G_OPTION_ARG_FILENAME, &gallery_ids, "Ids of the gallery, int64",
      "G.npy" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GError) error = NULL;
  GuiseMetrics metrics;

  if (!cli_parse (global, entries, NULL,
                  "R@1/5/10, mAP and mINP in percent over the queries that have a positive in the\n"
                  "gallery. Ties go to the lower gallery index.",
                  "guisectl metrics --similarity s.npy --query-ids q.npy --gallery-ids g.npy", 0, 0,
                  &argc, &argv))
    return CLI_USAGE;
  if (similarity == NULL || query_ids == NULL || gallery_ids == NULL)
    return cli_usage ("metrics: --similarity, --query-ids and --gallery-ids are all needed");
  if (!measure (&metrics, similarity, query_ids, gallery_ids, &error))
    return cli_fail (global, error);
  print_metrics (global, &metrics);
  return CLI_DONE;
}
