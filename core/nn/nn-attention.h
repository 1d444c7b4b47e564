/* Scaled dot-product attention over ragged sequences, self and cross.
 *   P = softmax(Q Kᵀ/√d) by head and sequence,  O = P V
 *   dV += Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP - rowsum(dP ∘ P));  dQ += dS K/√d;  dK += dSᵀ Q/√d
 * Rows of all sequences stand one after the other: sequence b owns the query rows q_start[b] …
 * q_start[b+1]-1 and the key and value rows k_start[b] … k_start[b+1]-1. Head h owns columns
 * h·head_dim … (h+1)·head_dim-1. */
#pragma once

#include "nn-real.h"

/* How many numbers prob takes: Σ_b heads · T_q · T_k. The order is [sequence][head][query][key]. */
size_t nn_attention_prob_size (const size_t *q_start, const size_t *k_start, size_t batch,
                               size_t heads);
/* How many numbers of scratch forward and backward need, whichever is more. */
size_t nn_attention_scratch_size (const size_t *q_start, const size_t *k_start, size_t batch,
                                  size_t heads, size_t head_dim);

/* prob is kept for backward. key_mask [total keys]: 0 = never attend; NULL = attend to all. A query
 * whose keys are all masked gets zeros. ld* are row strides of the [rows, heads·head_dim]
 * matrices. */
void nn_attention_forward (nn_real *out, size_t ldo, nn_real *prob, nn_real *scratch,
                           const nn_real *q, size_t ldq, const nn_real *k, size_t ldk,
                           const nn_real *v, size_t ldv, const uint8_t *key_mask,
                           const size_t *q_start, const size_t *k_start, size_t batch, size_t heads,
                           size_t head_dim);
/* dq, dk, dv are stored as `store` says, and may each be NULL. */
void nn_attention_backward (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv,
                            size_t lddv, NnStore store, const nn_real *dout, size_t lddo,
                            const nn_real *prob, nn_real *scratch, const nn_real *q, size_t ldq,
                            const nn_real *k, size_t ldk, const nn_real *v, size_t ldv,
                            const size_t *q_start, const size_t *k_start, size_t batch,
                            size_t heads, size_t head_dim);
