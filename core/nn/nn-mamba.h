/* The parts of a Mamba-1 mixer that are not linear layers (Gu and Dao 2023; state-spaces/mamba).
 * Rows are [B·L, ·], the L steps of a sequence one after the other; E channels, N states, K
 * taps. */
#pragma once

#include "nn-real.h"

/* Causal depthwise convolution: y[t,e] = bias[e] + Σ_k weight[e,k] x[t-(K-1)+k, e], with
 * zeros before the start. */
void nn_causal_conv_forward (nn_real *y, const nn_real *x, size_t ldx, const nn_real *weight,
                             const nn_real *bias, size_t batch, size_t length, size_t channels,
                             size_t taps);
void nn_causal_conv_backward (nn_real *dx, size_t lddx, nn_real *dweight, nn_real *dbias,
                              const nn_real *dy, const nn_real *x, size_t ldx,
                              const nn_real *weight, size_t batch, size_t length, size_t channels,
                              size_t taps);

/* Selective scan. Δ = softplus(raw) (= raw above 20), A = -exp(A_log) [E,N], h_{-1} = 0,
 *   h_t = exp(Δ_t A) h_{t-1} + Δ_t u_t B_t,   y_t = Σ_n h_t C_t + D u_t
 * delta [B·L,E] and states [B·L,N,E] are kept for backward. B and C are [B·L,N] with row stride
 * ldbc, N <= NN_SCAN_MAX_STATES. */
#define NN_SCAN_MAX_STATES 1024
void nn_selective_scan_forward (nn_real *y, nn_real *delta, nn_real *states, const nn_real *u,
                                const nn_real *raw, const nn_real *b, const nn_real *c, size_t ldbc,
                                const nn_real *a_log, const nn_real *d, size_t batch, size_t length,
                                size_t channels, size_t n_states);
/* With gh = dy C + carry, a = exp(Δ A), run backwards in t:
 *   dD += dy u; dC += Σ_e dy h; dB += Σ_e gh Δ u; du += dy D + Σ_n gh Δ B;
 *   dΔ = Σ_n gh (B u + A a h_{t-1}); dA_log += gh Δ a h_{t-1} A; carry = gh a; draw += dΔ σ(raw).
 * Each gradient may be NULL. */
void nn_selective_scan_backward (nn_real *du, nn_real *draw, nn_real *db, nn_real *dc, size_t lddbc,
                                 nn_real *da_log, nn_real *dd, const nn_real *dy,
                                 const nn_real *delta, const nn_real *states, const nn_real *u,
                                 const nn_real *raw, const nn_real *b, const nn_real *c,
                                 size_t ldbc, const nn_real *a_log, const nn_real *d, size_t batch,
                                 size_t length, size_t channels, size_t n_states);

/* out [n,e] = y silu(z), z with row stride ldz. */
void nn_silu_gate_forward (nn_real *out, const nn_real *y, const nn_real *z, size_t ldz, size_t n,
                           size_t e);
void nn_silu_gate_backward (nn_real *dy, nn_real *dz, size_t lddz, const nn_real *dout,
                            const nn_real *y, const nn_real *z, size_t ldz, size_t n, size_t e);
