/* Layer normalisation and unit length, over the rows of x [n,d]. */
#pragma once

#include "nn-real.h"

/* x̂ = (x - mean) rstd, rstd = 1/√(var + eps) (biased variance), y = γ x̂ + β; mean, rstd [n] are
 * kept for backward. */
void nn_layer_norm_forward (nn_real *y, nn_real *mean, nn_real *rstd, const nn_real *x,
                            const nn_real *gamma, const nn_real *beta, nn_real eps, size_t n,
                            size_t d);
/* g = dy γ;  dx += rstd (g - mean(g) - x̂ mean(g x̂));  dγ += Σ dy x̂;  dβ += Σ dy.
 * NULL gradient = not wanted. dx is stored as `store` says. */
void nn_layer_norm_backward (nn_real *dx, NnStore store, nn_real *dgamma, nn_real *dbeta,
                             const nn_real *dy, const nn_real *mean, const nn_real *rstd,
                             const nn_real *x, const nn_real *gamma, size_t n, size_t d);

/* y = x / max(‖x‖, 1e-12); norm [n] = ‖x‖ unclamped, kept for backward. */
void nn_unit_forward (nn_real *y, nn_real *norm, const nn_real *x, size_t n, size_t d);
/* dx += (dy - y (dy·y)) / ‖x‖;  where the clamp was active dx += dy / 1e-12. */
void nn_unit_backward (nn_real *dx, const nn_real *dy, const nn_real *y, const nn_real *norm,
                       size_t n, size_t d);
