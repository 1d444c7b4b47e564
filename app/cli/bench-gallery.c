/* Benchmarks of the gallery: the best of a million rows beside a plain loop that only reads them,
 * and a whole query of an index of 100 000 pictures, without the encoder of its text. */
#include "bench.h"

#include <math.h>
#include <stdio.h>

#include "guise-ranking.h"
#include "guise-topk.h"

enum {
  DIM = 256,
  TOPK_ROWS = 1000000,
  SEARCH_ROWS = 100000,
  BEST = 10,  /* of `topk` */
  PAGE = 48,  /* of `search`: what a window shows */
  BLOCK = 64, /* queries at a time */
};

typedef struct {
  float *gallery, *queries;
  gsize n, n_queries;
  NnTeam *team;
  gint64 indices[BLOCK * BEST];
  guint64 sums[1024]; /* one a thread, so that the reading loop has a result */
  gboolean good;
} Gallery;

/* Numbers of about unit variance / DIM, the same at every start. */
static float *
create_rows (gsize n, guint64 state)
{
  float *rows = g_new (float, n *DIM);

  for (gsize i = 0; i < n * DIM; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    rows[i] = (float)((gint32)(state >> 32) * (1.7 / 2147483648.0 / sqrt (DIM)));
  }
  return rows;
}

static void
read_share (size_t share, void *data)
{
  Gallery *gallery = data;
  gsize n = gallery->n * DIM / 2, size = nn_team_size (gallery->team);
  const guint64 *words = (const guint64 *)(gconstpointer)gallery->gallery;
  guint64 sum = 0;

  for (gsize i = n * share / size; i < n * (share + 1) / size; i++)
    sum += words[i];
  gallery->sums[share] = sum;
}

static void
read_all (gpointer data)
{
  Gallery *gallery = data;

  nn_team_run (gallery->team, nn_team_size (gallery->team), read_share, gallery);
}

static void
rank_all (gpointer data)
{
  Gallery *gallery = data;

  gallery->good = guise_topk (gallery->indices, NULL, gallery->gallery, gallery->n,
                              gallery->queries, gallery->n_queries, DIM, BEST, gallery->team, NULL);
}

static double
measure_ranking (Bench *bench, Gallery *gallery, gsize n_queries)
{
  g_autofree char *name = g_strdup_printf ("topk, %zu queries", n_queries);
  double seconds;

  gallery->n_queries = n_queries;
  seconds = bench_median (bench, rank_all, gallery);
  bench_report (bench, name, seconds, (double)n_queries, 2.0 * gallery->n * DIM * n_queries);
  return seconds;
}

static void
report_bandwidth (Bench *bench, gsize n, double read_s, double rank_s)
{
  double gigabytes = n * DIM * sizeof (float) / 1e9, share = read_s / rank_s;

  json_object_set_new (bench->results, "topk_bandwidth",
                       json_pack ("{s:I, s:f, s:f, s:f}", "rows", (json_int_t)n, "read_gb_s",
                                  gigabytes / read_s, "topk_gb_s", gigabytes / rank_s, "share",
                                  share));
  if (!bench->global->json && !bench->global->quiet)
    printf ("one query reads %zu rows of %d at %.1f GB/s, %.0f %% of a plain loop's %.1f GB/s\n", n,
            DIM, gigabytes / rank_s, 100 * share, gigabytes / read_s);
}

gboolean
bench_topk (Bench *bench, GError **error)
{
  Gallery *gallery = g_new0 (Gallery, 1);
  double read_s, rank_s;

  gallery->n = bench->rows != 0 ? bench->rows : TOPK_ROWS;
  gallery->gallery = create_rows (MAX (gallery->n, BEST), 1);
  gallery->queries = create_rows (BLOCK, 2);
  gallery->n = MAX (gallery->n, BEST);
  gallery->team = nn_team_create ((size_t)bench->threads);
  read_s = bench_median (bench, read_all, gallery);
  bench_report (bench, "read", read_s, gallery->n, 0);
  rank_s = measure_ranking (bench, gallery, 1);
  measure_ranking (bench, gallery, BLOCK);
  report_bandwidth (bench, gallery->n, read_s, rank_s);
  nn_team_free (gallery->team);
  g_free (gallery->gallery);
  g_free (gallery->queries);
  g_free (gallery);
  return TRUE;
}

/* ---- search ---- */

typedef struct {
  GuiseIndex *index;
  float *texts; /* two rows */
  NnTeam *team;
  gsize n_hits;
} Search;

static void
search_once (gpointer data)
{
  Search *search = data;
  g_autoptr (GuiseQuery) query = guise_query_new (DIM);
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autofree GuiseHit *hits = NULL;

  guise_query_add_text (query, search->texts, search->texts + DIM);
  ranking = guise_ranking_new (search->index, query, search->team, NULL);
  if (ranking != NULL)
    hits = guise_ranking_top (ranking, GUISE_QUERY_LAMBDA_EQUAL, NULL, PAGE, &search->n_hits);
}

static GuiseIndex *
create_index (gsize n, GError **error)
{
  const GuiseIndexInfo info = { .run = "bench", .checkpoint = "bench", .split = "all" };
  g_autofree float *v = create_rows (n, 3), *c = create_rows (n, 4), *norm = g_new (float, n);
  g_autofree gint64 *ids = g_new (gint64, n);

  for (gsize i = 0; i < n; i++) {
    norm[i] = 1;
    ids[i] = (gint64)i + 1;
  }
  return guise_index_new (&info, n, DIM, v, c, norm, ids, error);
}

gboolean
bench_search (Bench *bench, GError **error)
{
  gsize n = bench->rows != 0 ? bench->rows : SEARCH_ROWS;
  Search search = { .index = create_index (n, error) };

  if (search.index == NULL)
    return FALSE;
  search.texts = create_rows (2, 5);
  search.team = nn_team_create ((size_t)bench->threads);
  bench_report (bench, "search", bench_median (bench, search_once, &search), 1, 4.0 * n * DIM);
  guise_index_unref (search.index);
  nn_team_free (search.team);
  g_free (search.texts);
  return TRUE;
}
