/* The operations that can be recorded. Each runs at once and returns its output; formulas stand in
 * the kernels' headers. Shapes: rows × cols; "rows" layouts say which rows belong to one sequence.
 * All arrays that are handed over (ids, masks, positions, layouts) must live until the tape is
 * reset. */
#pragma once

#include "graph-tape.h"

/* -- layers -- */

/* x [n,in] -> [n,out] with weight [out,in]; bias NULL = none. */
GraphTensor *graph_linear (GraphTape *tape, GraphTensor *x, const GraphParam *weight,
                           const GraphParam *bias);
GraphTensor *graph_layer_norm (GraphTape *tape, GraphTensor *x, const GraphParam *gamma,
                               const GraphParam *beta, double eps);
GraphTensor *graph_gelu (GraphTape *tape, GraphTensor *x);
GraphTensor *graph_sigmoid (GraphTape *tape, GraphTensor *x);
GraphTensor *graph_silu (GraphTape *tape, GraphTensor *x);
/* Over each row. */
GraphTensor *graph_softmax (GraphTape *tape, GraphTensor *x);
/* x itself where the tape's rate is 0. The mask of a sequence is a function of the tape's seed, of
 * how many dropouts came before on the tape, and of the item the sequence is: it does not matter
 * with which others it stands on the tape. rows: x's sequences. */
GraphTensor *graph_dropout (GraphTape *tape, GraphTensor *x, GraphRows rows);
/* q [Σ T_q, heads·d], k and v [Σ T_k, heads·d]; may be column views. */
GraphTensor *graph_attention (GraphTape *tape, GraphTensor *q, GraphTensor *k, GraphTensor *v,
                              GraphRows q_rows, GraphRows k_rows, size_t heads);
/* x σ(1.702 x). */
GraphTensor *graph_quick_gelu (GraphTape *tape, GraphTensor *x);
/* Within each sequence, every row sees itself and those before it. Shapes as above. */
GraphTensor *graph_causal_attention (GraphTape *tape, GraphTensor *q, GraphTensor *k,
                                     GraphTensor *v, GraphRows rows, size_t heads);
/* Rows scaled to unit length. */
GraphTensor *graph_unit (GraphTape *tape, GraphTensor *x);

/* -- first layers -- */

/* images [B,3,H,W] (no gradient) -> patches [B·L, 3·p·p]. */
GraphTensor *graph_patches (GraphTape *tape, const nn_real *images, size_t batch, size_t height,
                            size_t width, size_t patch);
/* patches [B·L,d] -> tokens [B·(L+1),d] with [CLS] first and positions added. */
GraphTensor *graph_tokens (GraphTape *tape, GraphTensor *patches, const GraphParam *cls,
                           const GraphParam *position, size_t batch);
/* ids [rows.start[batch]] -> word + position + token type 0, [n,d]. */
GraphTensor *graph_text_embedding (GraphTape *tape, const int32_t *ids, GraphRows rows,
                                   const GraphParam *word, const GraphParam *position,
                                   const GraphParam *type);

/* -- shapes, sums, gates -- */

GraphTensor *graph_add (GraphTape *tape, GraphTensor *a, GraphTensor *b);
GraphTensor *graph_mul (GraphTape *tape, GraphTensor *a, GraphTensor *b);
GraphTensor *graph_scale (GraphTape *tape, GraphTensor *x, double factor);
/* x [n,d] times scale [n,1] (a column view is fine). */
GraphTensor *graph_scale_rows (GraphTape *tape, GraphTensor *x, GraphTensor *scale);
GraphTensor *graph_concat_columns (GraphTape *tape, GraphTensor *a, GraphTensor *b);
/* Row r of the result is row index[r] of x. */
GraphTensor *graph_gather_rows (GraphTape *tape, GraphTensor *x, const size_t *index, size_t n);
/* n ≤ 4 tensors [B,d] -> [B·n,d]: sequence b holds row b of each. */
GraphTensor *graph_interleave (GraphTape *tape, GraphTensor *const *x, size_t n);
/* Mean over the rows of each sequence -> [batch, cols]. */
GraphTensor *graph_mean_pool (GraphTape *tape, GraphTensor *x, GraphRows rows);
/* identity = gate a, clothing = (1 - gate) b. */
void graph_feature_gate (GraphTape *tape, GraphTensor **identity, GraphTensor **clothing,
                         GraphTensor *gate, GraphTensor *a, GraphTensor *b);
/* factor · x yᵀ: [n,d], [m,d] -> [n,m]. */
GraphTensor *graph_similarity (GraphTape *tape, GraphTensor *x, GraphTensor *y, double factor);

/* -- the Mamba mixer's own parts: rows are [B·length, ·] -- */

/* weight [E, taps] */
GraphTensor *graph_causal_conv (GraphTape *tape, GraphTensor *x, const GraphParam *weight,
                                const GraphParam *bias, size_t length);
/* u, raw [n,E]; b, c [n,N] column views of one matrix. */
GraphTensor *graph_selective_scan (GraphTape *tape, GraphTensor *u, GraphTensor *raw,
                                   GraphTensor *b, GraphTensor *c, const GraphParam *a_log,
                                   const GraphParam *d, size_t length);
GraphTensor *graph_silu_gate (GraphTape *tape, GraphTensor *y, GraphTensor *z);

/* -- losses: [1,1] -- */

GraphTensor *graph_info_nce (GraphTape *tape, GraphTensor *s, const uint8_t *positive);
GraphTensor *graph_adversary (GraphTape *tape, GraphTensor *s, const uint8_t *positive);
GraphTensor *graph_hsic (GraphTape *tape, GraphTensor *x, GraphTensor *y);
/* No gradient goes into u. */
GraphTensor *graph_text_cka (GraphTape *tape, GraphTensor *x, GraphTensor *u);
GraphTensor *graph_triplet (GraphTape *tape, GraphTensor *f, const int64_t *person, double margin);
GraphTensor *graph_bce (GraphTape *tape, GraphTensor *logits, const nn_real *target);
GraphTensor *graph_gate_penalty (GraphTape *tape, GraphTensor *g);
