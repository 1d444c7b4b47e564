/* Self-attention to what came before, by head and sequence of T tokens of head_dim numbers:
 *   S = Q Kᵀ/√d,  P = softmax of S over the keys j ≤ i of query i, 0 elsewhere,  O = P V
 *   dV += Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP - rowsum(dP ∘ P))/√d;  dQ += dS K;  dK += dSᵀ Q
 * The products are whole ones: sequences are short (77 in CLIP), half of them is not worth a loop
 * of its own. */
#include "nn-causal-attention.h"

#include "nn-gemm.h"
#include "nn-simd.h"

size_t
nn_causal_attention_prob_size (const size_t *start, size_t batch, size_t heads)
{
  size_t size = 0;

  for (size_t b = 0; b < batch; b++)
    size += heads * (start[b + 1] - start[b]) * (start[b + 1] - start[b]);
  return size;
}

/* prob [T,T]: scores in, probabilities out. */
NN_KERNEL static void
softmax_before (nn_real *prob, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    nn_real *row = prob + i * n, largest = -INFINITY, sum = 0;

    NN_SIMD_MAX (largest)
    for (size_t j = 0; j <= i; j++)
      largest = row[j] > largest ? row[j] : largest;
    NN_SIMD_SUM (sum)
    for (size_t j = 0; j <= i; j++) {
      row[j] = nn_exp (row[j] - largest);
      sum += row[j];
    }
    nn_real share = 1 / sum;
    NN_SIMD
    for (size_t j = 0; j <= i; j++)
      row[j] *= share;
    for (size_t j = i + 1; j < n; j++)
      row[j] = 0;
  }
}

/* dscores [T,T]: dP in, dS out. */
NN_KERNEL static void
softmax_before_backward (nn_real *dscores, const nn_real *prob, nn_real scale, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *p = prob + i * n;
    nn_real *row = dscores + i * n, dot = 0;

    NN_SIMD_SUM (dot)
    for (size_t j = 0; j <= i; j++)
      dot += row[j] * p[j];
    NN_SIMD
    for (size_t j = 0; j < n; j++)
      row[j] = p[j] * (row[j] - dot) * scale;
  }
}

static nn_real
scale_of (size_t head_dim)
{
  return (nn_real)(1 / sqrt ((double)head_dim));
}

void
nn_causal_attention_forward (nn_real *out, size_t ldo, nn_real *prob, const nn_real *q, size_t ldq,
                             const nn_real *k, size_t ldk, const nn_real *v, size_t ldv,
                             const size_t *start, size_t batch, size_t heads, size_t head_dim)
{
  for (size_t b = 0; b < batch; b++) {
    size_t from = start[b], n = start[b + 1] - from;

    for (size_t h = 0; h < heads; h++, prob += n * n) {
      size_t at = h * head_dim;

      nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, head_dim, scale_of (head_dim), q + from * ldq + at,
               ldq, k + from * ldk + at, ldk, 0, prob, n);
      softmax_before (prob, n);
      nn_gemm (NN_PLAIN, NN_PLAIN, n, head_dim, n, 1, prob, n, v + from * ldv + at, ldv, 0,
               out + from * ldo + at, ldo);
    }
  }
}

void
nn_causal_attention_backward (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv,
                              size_t lddv, const nn_real *dout, size_t lddo, const nn_real *prob,
                              nn_real *scratch, const nn_real *q, size_t ldq, const nn_real *k,
                              size_t ldk, const nn_real *v, size_t ldv, const size_t *start,
                              size_t batch, size_t heads, size_t head_dim)
{
  for (size_t b = 0; b < batch; b++) {
    size_t from = start[b], n = start[b + 1] - from;

    for (size_t h = 0; h < heads; h++, prob += n * n) {
      size_t at = h * head_dim;
      const nn_real *dy = dout + from * lddo + at;

      if (dv)
        nn_gemm (NN_TRANSPOSED, NN_PLAIN, n, head_dim, n, 1, prob, n, dy, lddo, 1,
                 dv + from * lddv + at, lddv);
      nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, head_dim, 1, dy, lddo, v + from * ldv + at, ldv, 0,
               scratch, n);
      softmax_before_backward (scratch, prob, scale_of (head_dim), n);
      if (dq)
        nn_gemm (NN_PLAIN, NN_PLAIN, n, head_dim, n, 1, scratch, n, k + from * ldk + at, ldk, 1,
                 dq + from * lddq + at, lddq);
      if (dk)
        nn_gemm (NN_TRANSPOSED, NN_PLAIN, n, head_dim, n, 1, scratch, n, q + from * ldq + at, ldq,
                 1, dk + from * lddk + at, lddk);
    }
  }
}
