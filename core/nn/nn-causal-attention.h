/* Self-attention in which a token sees itself and those before it:
 *   S = Q Kᵀ/√d,  P = softmax of S over the keys j ≤ i of query i, 0 elsewhere,  O = P V
 *   dV += Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP - rowsum(dP ∘ P))/√d;  dQ += dS K;  dK += dSᵀ Q
 * Ragged sequences as in nn-attention.h: sequence b owns the rows start[b] … start[b+1]-1, head h
 * the columns h·head_dim … (h+1)·head_dim-1. */
#pragma once

#include "nn-real.h"

/* How many numbers prob takes: Σ_b heads · T · T, in the order [sequence][head][query][key]. */
size_t nn_causal_attention_prob_size (const size_t *start, size_t batch, size_t heads);
/* prob is kept for backward. ld* are row strides. */
void nn_causal_attention_forward (nn_real *out, size_t ldo, nn_real *prob, const nn_real *q,
                                  size_t ldq, const nn_real *k, size_t ldk, const nn_real *v,
                                  size_t ldv, const size_t *start, size_t batch, size_t heads,
                                  size_t head_dim);
/* Adds to dq, dk, dv, which may each be NULL. scratch: T · T numbers of the longest sequence. */
void nn_causal_attention_backward (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv,
                                   size_t lddv, const nn_real *dout, size_t lddo,
                                   const nn_real *prob, nn_real *scratch, const nn_real *q,
                                   size_t ldq, const nn_real *k, size_t ldk, const nn_real *v,
                                   size_t ldv, const size_t *start, size_t batch, size_t heads,
                                   size_t head_dim);
