/* Rows for the benchmarks of the gallery, and what reading them costs at least. */
#pragma once

#include "bench.h"
#include "nn-team.h"

/* Numbers of about variance 1 / dim, the same at every start; [n,dim], to be freed. */
float *bench_create_rows (gsize n, gsize dim, guint64 state);
/* Reads the bytes once, each thread a share: 64 bits at a time, added up. */
void bench_read (const void *bytes, gsize n, NnTeam *team);
