/* Mixed precision: the products of linear layers with operands rounded to bf16 and sums in float.
 * The weights stay floats; where oneDNN multiplies, it gets copies of them that are made once and
 * serve every product until the weights change. Elsewhere (nn-rounded.h) rounding is part of the
 * product, and there are no copies. Names are not changed for double, and there is no such thing
 * in double. */
#pragma once

#include "nn-onednn.h"

typedef enum {
  NN_WAY_BEST,          /* oneDNN where the processor has instructions for bf16, else own */
  NN_WAY_OWN,           /* nn-rounded.h */
  NN_WAY_ONEDNN,        /* by emulation where there are no instructions; the next one likewise */
  NN_WAY_ONEDNN_FLOATS, /* NN_HELD_AS_FLOATS */
} NnWay;

/* What NN_WAY_BEST multiplies bf16 with. Where the processor knows nothing of bf16, oneDNN is not
 * even loaded. */
NnBf16Unit nn_mixed_get_unit (void);
/* "emulated", "AVX512_BF16" or "AMX". */
const char *nn_mixed_unit_name (NnBf16Unit unit);

/* One sentence for whoever asked for bf16 where NN_WAY_BEST makes it no faster: why; NULL where it
 * does. Static string. */
const char *nn_mixed_get_note (void);

/* What mixed products keep of one set of weights. */
typedef struct NnMixed NnMixed;

/* NULL when memory is out, or there is no such way here. */
NnMixed *nn_mixed_new (NnWay way);
void nn_mixed_free (NnMixed *mixed);
/* Copies that there are, and their bytes. */
size_t nn_mixed_count (NnMixed *mixed);
size_t nn_mixed_bytes (NnMixed *mixed);
/* For nn_team_run(): makes copy `job` anew; mixed: an NnMixed. To be done for all of them after the
 * weights have changed, before the next product; nobody multiplies meanwhile. */
void nn_mixed_renew (size_t job, void *mixed);

/* The products of nn-linear.h; may be called by several threads at a time. */
void nn_mixed_forward (NnMixed *mixed, float *y, size_t ldy, const float *x, size_t ldx,
                       const float *weight, const float *bias, size_t n, size_t in, size_t out);
void nn_mixed_input_gradient (NnMixed *mixed, float *dx, size_t lddx, NnStore store,
                              const float *dy, size_t lddy, const float *weight, size_t n,
                              size_t in, size_t out);
void nn_mixed_weight_gradient (NnMixed *mixed, float *dweight, const float *dy, size_t lddy,
                               const float *x, size_t ldx, size_t n, size_t in, size_t out);
