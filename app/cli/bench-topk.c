/* Benchmark of top-k: the best of a million rows, beside a plain loop that only reads them. */
#include "bench-rows.h"

#include <stdio.h>

#include "guise-topk.h"

enum {
  DIM = 256,
  TOPK_ROWS = 1000000,
  BEST = 10,
  BLOCK = 64, /* queries at a time */
};

typedef struct {
  float *gallery, *queries;
  gsize n, n_queries;
  NnTeam *team;
  gint64 indices[BLOCK * BEST];
  gboolean good;
} Gallery;

static void
read_all (gpointer data)
{
  Gallery *gallery = data;

  bench_read (gallery->gallery, gallery->n * DIM * sizeof (float), gallery->team);
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
  gallery->gallery = bench_create_rows (MAX (gallery->n, BEST), DIM, 1);
  gallery->queries = bench_create_rows (BLOCK, DIM, 2);
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
