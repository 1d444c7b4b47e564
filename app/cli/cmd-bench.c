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
  { "vision", bench_vision },
  { "text", bench_text },
  { "finetune", bench_finetune },
  { "train", bench_train },
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

static double
median_of (double *times, gsize n)
{
  qsort (times, n, sizeof *times, compare_doubles);
  return n % 2 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
}

static double
time_of (BenchRun run, gpointer data)
{
  gint64 start = g_get_monotonic_time ();

  run (data);
  return (g_get_monotonic_time () - start) / 1e6;
}

double
bench_median_beside (const Bench *bench, BenchRun run, gpointer data, BenchRun other,
                     gpointer other_data, double *other_s)
{
  g_autofree double *times = g_new (double, MAX_RUNS), *others = g_new (double, MAX_RUNS);
  gint64 begin, end, patience;
  gsize n = 0;

  run (data);
  if (other != NULL)
    other (other_data);
  begin = g_get_monotonic_time ();
  end = begin + (gint64)(bench->seconds * 1e6);
  patience = begin + (gint64)(bench->seconds * 1e7);
  while (n == 0 || (n < 5 && g_get_monotonic_time () < patience)
         || (n < MAX_RUNS && g_get_monotonic_time () < end)) {
    others[n] = other != NULL ? time_of (other, other_data) : 0;
    times[n++] = time_of (run, data);
  }
  if (other_s != NULL)
    *other_s = median_of (others, n);
  return median_of (times, n);
}

double
bench_median (const Bench *bench, BenchRun run, gpointer data)
{
  return bench_median_beside (bench, run, data, NULL, NULL, NULL);
}

static json_t *
number_or_null (double x)
{
  return x > 0 ? json_real (x) : json_null ();
}

void
bench_report_beside (Bench *bench, const char *name, double median_s, double items, double flop,
                     double peak)
{
  struct rusage usage;
  double rate = flop / median_s, peak_rss_mb;

  getrusage (RUSAGE_SELF, &usage);
  peak_rss_mb = usage.ru_maxrss / 1024.0;
  json_object_set_new (bench->results, name,
                       json_pack ("{s:f, s:f, s:o, s:o, s:f}", "median_s", median_s, "per_s",
                                  items / median_s, "gflops", number_or_null (rate / 1e9),
                                  "peak_gflops", number_or_null (peak / 1e9), "peak_rss_mb",
                                  peak_rss_mb));
  if (bench->global->json || bench->global->quiet)
    return;
  printf ("%-24s %10.3f ms %12.1f /s", name, median_s * 1e3, items / median_s);
  if (flop > 0)
    printf (" %9.1f GFLOP/s", rate / 1e9);
  if (peak > 0)
    printf (" %5.1f %% of %.1f %8.0f MB", 100 * rate / peak, peak / 1e9, peak_rss_mb);
  putchar ('\n');
  fflush (stdout);
}

void
bench_report (Bench *bench, const char *name, double median_s, double items, double flop)
{
  bench_report_beside (bench, name, median_s, items, flop, 0);
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

static void
report_precision (Bench *bench)
{
  g_autofree char *bf16 = cli_describe_bf16 ();
  const char *name = guise_precision_get_names ()[bench->precision];

  json_object_set_new (bench->results, "precision", json_string (name));
  json_object_set_new (bench->results, "bf16", json_string (bf16));
  if (!bench->global->json && !bench->global->quiet)
    printf ("precision: %s, bf16: %s\n", name, bf16);
  cli_note_precision (bench->global, bench->precision);
}

int
cmd_bench (CliGlobal *global, int argc, char **argv)
{
  Bench bench = { .global = global, .seconds = 3 };
  gint64 threads = G_MININT64, rows = G_MININT64;
  g_autofree char *save = NULL, *precision = NULL;
  const GOptionEntry entries[] = { { "threads", 0, 0, G_OPTION_ARG_INT64, &threads,
                                     "Threads (default: all cores)", "N" },
                                   { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &bench.seconds,
                                     "How long to measure each figure (default: 3)", "S" },
                                   { "save", 0, 0, G_OPTION_ARG_FILENAME, &save,
                                     "Write here: checkpoint and batch of the network's "
                                     "benchmarks, rows and labels of `dbscan`, and the indexes of "
                                     "`search`, which are then mapped",
                                     "DIR" },
                                   { "rows", 0, 0, G_OPTION_ARG_INT64, &rows,
                                     "Rows of `dbscan` (default: 20000), `topk` (1000000) "
                                     "and `search` (100000)",
                                     "N" },
                                   CLI_PRECISION_ENTRY (&precision,
                                                        "Of the encoders' products and of one more "
                                                        "line, gemm-bf16 (default: float32)"),
                                   G_OPTION_ENTRY_NULL };
  g_autoptr (GError) error = NULL;

  if (!cli_parse (global, entries, "[gemm] [tiny] [vision] [text] [finetune] [train] [dbscan] "
                                   "[decode] [topk] [search]",
                  "Measures throughput with random weights: products, a training step of the tiny "
                  "preset, and at the paper's size and batch 8 both encoders and a step of the "
                  "presets recommended (finetune) and paper (train); then clustering, "
                  "decoding and ranking.",
                  "guisectl bench tiny --threads 2", 0, -1, &argc, &argv))
    return CLI_USAGE;
  for (int i = 1; i < argc; i++)
    if (!is_known (argv[i]))
      return cli_usage ("bench: unknown benchmark: '%s'", argv[i]);
  if (threads != G_MININT64 && !cli_check_threads ("bench", threads))
    return CLI_USAGE;
  if (rows != G_MININT64 && (rows < 1 || rows > 1000000))
    return cli_usage ("bench: --rows must be from 1 to 1000000");
  if (!cli_parse_precision (global, precision, &bench.precision))
    return CLI_USAGE;
  bench.rows = rows != G_MININT64 ? (gsize)rows : 0;
  bench.threads = threads != G_MININT64 ? (int)threads : 0;
  nn_gemm_init ();
  bench.save = save;
  bench.results = json_object ();
  report_precision (&bench);
  for (gsize i = 0; i < G_N_ELEMENTS (benches); i++)
    if (is_wanted (argv + 1, benches[i].name) && !benches[i].run (&bench, &error)) {
      json_decref (bench.results);
      return cli_fail (global, error);
    }
  cli_put_result (global, bench.results);
  return CLI_DONE;
}
