/* Element-wise non-linearities over n numbers. Backward adds to dx; gelu, whose
 * rows are the widest, can set it. */
#pragma once

#include "nn-real.h"

/* y = x Φ(x), Φ the normal distribution function (exact, by erf).  dx += dy (Φ(x) + x φ(x)) */
void nn_gelu_forward (nn_real *y, const nn_real *x, size_t n);
void nn_gelu_backward (nn_real *dx, NnStore store, const nn_real *dy, const nn_real *x, size_t n);

/* y = 1/(1+e^-x).  dx += dy y (1-y), from the output y. */
void nn_sigmoid_forward (nn_real *y, const nn_real *x, size_t n);
void nn_sigmoid_backward (nn_real *dx, const nn_real *dy, const nn_real *y, size_t n);

/* y = x σ(x).  dx += dy σ(x) (1 + x (1-σ(x))) */
void nn_silu_forward (nn_real *y, const nn_real *x, size_t n);
void nn_silu_backward (nn_real *dx, const nn_real *dy, const nn_real *x, size_t n);

/* y = x s with s = σ(1.702 x), CLIP's approximation of gelu.  dx += dy s (1 + 1.702 x (1-s)) */
void nn_quick_gelu_forward (nn_real *y, const nn_real *x, size_t n);
void nn_quick_gelu_backward (nn_real *dx, const nn_real *dy, const nn_real *x, size_t n);

/* Softmax of each row of x [n,d], with the row maximum taken out first.  dx += y (dy - Σ dy y),
 * from the output y. */
void nn_softmax_forward (nn_real *y, const nn_real *x, size_t n, size_t d);
void nn_softmax_backward (nn_real *dx, const nn_real *dy, const nn_real *y, size_t n, size_t d);
