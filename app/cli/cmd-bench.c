/* guisectl bench: throughput, with random weights where a model is needed. */
#include "bench.h"
#include "cli-commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "nn-gemm.h"

enum { MAX_RUNS = 10000 };

static const struct {
  const char *name;
  gboolean (*run) (Bench *bench, GError **error);
} benches[] = {
  { "gemm", bench_gemm },
  { "tiny", bench_tiny },
  { "dbscan", bench_dbscan },
  { "decode", bench_decode },
  { "topk", bench_topk },
  { "search", bench_search },
};

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

double
bench_median (const Bench *bench, BenchRun run, gpointer data)
{
  g_autofree double *times = g_new (double, MAX_RUNS);
  gint64 begin, end, patience;
  gsize n = 0;

  run (data);
  begin = g_get_monotonic_time ();
  end = begin + (gint64)(bench->seconds * 1e6);
  patience = begin + (gint64)(bench->seconds * 1e7);
  while (n == 0 || (n < 5 && g_get_monotonic_time () < patience)
         || (n < MAX_RUNS && g_get_monotonic_time () < end)) {
    gint64 start = g_get_monotonic_time ();

    run (data);
    times[n++] = (g_get_monotonic_time () - start) / 1e6;
  }
  qsort (times, n, sizeof *times, compare_doubles);
  return n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
}

void
bench_report (Bench *bench, const char *name, double median_s, double items, double flop)
{
  struct rusage usage;
  double gflops = flop / median_s / 1e9;

  getrusage (RUSAGE_SELF, &usage);
  json_object_set_new (bench->results, name,
                       json_pack ("{s:f, s:f, s:o, s:f}", "median_s", median_s, "per_s",
                                  items / median_s, "gflops",
                                  flop > 0 ? json_real (gflops) : json_null (), "peak_rss_mb",
                                  usage.ru_maxrss / 1024.0));
  if (bench->global->json || bench->global->quiet)
    return;
  printf ("%-24s %10.3f ms %12.1f /s", name, median_s * 1e3, items / median_s);
  if (flop > 0)
    printf (" %9.1f GFLOP/s", gflops);
  putchar ('\n');
  fflush (stdout);
}

static gboolean
is_wanted (char **names, const char *name)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return TRUE;
  return names[0] == NULL;
}

static gboolean
is_known (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (benches); i++)
    if (strcmp (benches[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

int
cmd_bench (CliGlobal *global, int argc, char **argv)
{
  Bench bench = { .global = global, .seconds = 3 };
  gint64 threads = G_MININT64, rows = G_MININT64;
  g_autofree char *save = NULL;
  const GOptionEntry entries[] = { { "threads", 0, 0, G_OPTION_ARG_INT64, &threads,
                                     "Threads (default: all cores)", "N" },
                                   { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &bench.seconds,
                                     "How long to measure each figure (default: 3)", "S" },
                                   { "save", 0, 0, G_OPTION_ARG_FILENAME, &save,
                                     "Write checkpoint and batch of `tiny`, rows and labels of "
                                     "`dbscan` here",
                                     "DIR" },
                                   { "rows", 0, 0, G_OPTION_ARG_INT64, &rows,
                                     "Rows of `dbscan` (default: 20000), `topk` (1000000) "
                                     "and `search` (100000)",
                                     "N" },
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, "[gemm] [tiny] [dbscan] [decode] [topk] [search]",
                  "Measures throughput: products and training with random weights, clustering, "
                  "decoding, ranking.",
                  "guisectl bench tiny --threads 2", 0, -1, &argc, &argv))
    return CLI_USAGE;
  for (int i = 1; i < argc; i++)
    if (!is_known (argv[i]))
      return cli_usage ("bench: unknown benchmark: '%s'", argv[i]);
  if (threads != G_MININT64 && !cli_check_threads ("bench", threads))
    return CLI_USAGE;
  if (rows != G_MININT64 && (rows < 1 || rows > 1000000))
    return cli_usage ("bench: --rows must be from 1 to 1000000");
  bench.rows = rows != G_MININT64 ? (gsize)rows : 0;
  bench.threads = threads != G_MININT64 ? (int)threads : 0;
  nn_gemm_init ();
  bench.save = save;
  bench.results = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (benches); i++)
    if (is_wanted (argv + 1, benches[i].name) && !benches[i].run (&bench, &error)) {
      json_decref (bench.results);
      return cli_fail (global, error);
    }
  cli_put_result (global, bench.results);
  return CLI_DONE;
}
