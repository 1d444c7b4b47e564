/* What the benchmarks share: repeated timing and the table of results. */
#pragma once

#include "cli-precision.h"

typedef struct {
  CliGlobal *global;
  json_t *results;          /* name -> figures */
  int threads;              /* 0 = all cores */
  double seconds;           /* how long each figure is measured, about */
  const char *save;         /* folder for what was computed with; NULL = none */
  GuisePrecision precision; /* of the network's benchmarks */
  gsize rows;               /* of `dbscan`, `topk`, `search`; 0 = their own choice */
} Bench;

typedef void (*BenchRun) (gpointer data);

/* Runs once to warm up, then until about bench->seconds have passed, at least 5 times unless that
 * takes ten times as long. Returns the median in seconds. */
double bench_median (const Bench *bench, BenchRun run, gpointer data);
/* The same, with a run of something else before each; *other_s is that one's median. */
double bench_median_beside (const Bench *bench, BenchRun run, gpointer data, BenchRun other,
                            gpointer other_data, double *other_s);
/* Adds a row. per_s: items a second; flop: floating point operations of one run, 0 = not counted.
 */
void bench_report (Bench *bench, const char *name, double median_s, double items, double flop);
/* peak: operations a second that the machine was found to be capable of in the same minutes. */
void bench_report_beside (Bench *bench, const char *name, double median_s, double items,
                          double flop, double peak);

/* Each returns FALSE with an error when it cannot run. */
gboolean bench_dbscan (Bench *bench, GError **error);
gboolean bench_decode (Bench *bench, GError **error);
gboolean bench_finetune (Bench *bench, GError **error);
gboolean bench_gemm (Bench *bench, GError **error);
gboolean bench_search (Bench *bench, GError **error);
gboolean bench_topk (Bench *bench, GError **error);
gboolean bench_text (Bench *bench, GError **error);
gboolean bench_train (Bench *bench, GError **error);
gboolean bench_vision (Bench *bench, GError **error);
gboolean bench_tiny (Bench *bench, GError **error);
