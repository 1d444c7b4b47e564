/* Sums, products and the two gates. Backward accumulates; a NULL gradient is not wanted. */
#pragma once

#include "nn-real.h"

/* y = a + b */
void nn_add_forward (nn_real *y, const nn_real *a, const nn_real *b, size_t n);
/* y += alpha x */
void nn_axpy (nn_real *y, nn_real alpha, const nn_real *x, size_t n);
/* y = a b;  da += dy b;  db += dy a */
void nn_mul_forward (nn_real *y, const nn_real *a, const nn_real *b, size_t n);
void nn_mul_backward (nn_real *da, nn_real *db, const nn_real *dy, const nn_real *a,
                      const nn_real *b, size_t n);
/* y [n,d] = scale[row·ld_scale] x [n,d];  dx += scale dy;  dscale[row·ld_scale] += Σ_cols dy x */
void nn_scale_rows_forward (nn_real *y, const nn_real *x, const nn_real *scale, size_t ld_scale,
                            size_t n, size_t d);
void nn_scale_rows_backward (nn_real *dx, nn_real *dscale, size_t ld_scale, const nn_real *dy,
                             const nn_real *x, const nn_real *scale, size_t n, size_t d);
/* The feature gate (paper, section 3.2): identity = g a, clothing = (1-g) b. */
void nn_feature_gate_forward (nn_real *identity, nn_real *clothing, const nn_real *gate,
                              const nn_real *a, const nn_real *b, size_t n);
/* dg += didentity a - dclothing b;  da += didentity g;  db += dclothing (1-g) */
void nn_feature_gate_backward (nn_real *dgate, nn_real *da, nn_real *db, const nn_real *didentity,
                               const nn_real *dclothing, const nn_real *gate, const nn_real *a,
                               const nn_real *b, size_t n);
/* Σ x², accumulated in double. */
double nn_sum_squares (const nn_real *x, size_t n);
/* 1 if every number is finite. */
int nn_all_finite (const nn_real *x, size_t n);
