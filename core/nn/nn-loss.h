/* The losses. Each returns its value and, in one go, its gradient (overwritten, not accumulated;
 * NULL = not wanted); the tape multiplies by the weight. Reductions run in double. pos [n,n]: 1 =
 * positive pair, symmetric with a true diagonal. Sources: paper Eqs. 1-4; Song et al. 2012 for
 * text-CKA. */
#pragma once

#include "nn-real.h"

/* Symmetric multi-positive InfoNCE of the logits s [n,n]; q_ij = pos_ij / |P_i|:
 * L = -(Σ_i Σ_j q_ij (s_ij - lse_i) + the same on sᵀ) / 2n
 * ds = (softmax_row - q)/2n + (softmax_col - qᵀ)/2n */
double nn_info_nce (nn_real *ds, const nn_real *s, const uint8_t *pos, size_t n);

/* Eq. 1: mean over all rows of -log(1 - P_pos) = softplus(lse_pos - lse_neg); rows without a
 * negative count 0. */
double nn_adversary (nn_real *ds, const nn_real *s, const uint8_t *pos, size_t n);

/* Eq. 2, linear kernels: ‖X_cᵀ Y_c‖_F² / (n-1)²; 0 for n < 2. x [n,d], y [n,d].
 * scratch: 2·n·d + 3·n·n numbers. */
double nn_hsic (nn_real *dx, nn_real *dy, nn_real *scratch, const nn_real *x, const nn_real *y,
                size_t n, size_t d);

/* relu(HSIC_u(x,u)) / √(max(HSIC_u(x,x),1e-12) max(HSIC_u(u,u),1e-12)), the unbiased estimator;
 * 0 for n < 4. x [n,x_width], u [n,u_width]; gradient into x only. scratch: 4·n·n numbers. */
double nn_text_cka (nn_real *dx, nn_real *scratch, const nn_real *x, const nn_real *u, size_t n,
                    size_t x_width, size_t u_width);

/* Eq. 4: batch-hard on unit rows f [n,d], squared L2 d_ij = max(2 - 2 f_i·f_j, 0): mean over the
 * anchors that have a positive and a negative of relu(d_pos - d_neg + margin); 0 where there is
 * none. scratch: n·n numbers. */
double nn_triplet (nn_real *df, nn_real *scratch, const nn_real *f, const int64_t *person,
                   double margin, size_t n, size_t d);

/* Binary cross-entropy of logits z [n] against target [n], mean. */
double nn_bce_with_logits (nn_real *dz, const nn_real *z, const nn_real *target, size_t n);

/* mean((g - ½)²) */
double nn_gate_penalty (nn_real *dg, const nn_real *g, size_t n);
