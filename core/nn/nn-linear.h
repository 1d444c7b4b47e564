/* Linear layer.  y = x Wᵀ + b      x [n,in], W [out,in], b [out], y [n,out]
 * dx += dy W;  dW += dyᵀ x;  db += Σ_rows dy */
#pragma once

#include "nn-mixed.h"

/* mixed: products of bf16 numbers; NULL = of nn_reals, as always in double. */

/* ld* are row strides (>= the width); bias NULL = none. */
void nn_linear_forward (NnMixed *mixed, nn_real *y, size_t ldy, const nn_real *x, size_t ldx,
                        const nn_real *weight, const nn_real *bias, size_t n, size_t in,
                        size_t out);
/* Adds, dx as `store` says; dx, dweight, dbias may each be NULL = not wanted. */
void nn_linear_backward (NnMixed *mixed, nn_real *dx, size_t lddx, NnStore store, nn_real *dweight,
                         nn_real *dbias, const nn_real *dy, size_t lddy, const nn_real *x,
                         size_t ldx, const nn_real *weight, size_t n, size_t in, size_t out);
