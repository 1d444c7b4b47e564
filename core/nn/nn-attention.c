/* Scaled dot-product attention by head and sequence, T_q queries and T_k keys of head_dim numbers:
 *   S = Q Kᵀ/√d,  P = softmax(S) over the keys that are not masked,  O = P V
 *   dV += Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP - rowsum(dP ∘ P))/√d;  dQ += dS K;  dK += dSᵀ Q */
#include "nn-attention.h"

#include <string.h>

#include "nn-gemm.h"
#include "nn-simd.h"

/* The rows of one sequence. */
typedef struct {
  size_t q, k;     /* first row */
  size_t n_q, n_k; /* how many */
} Span;

static Span
span_of (const size_t *q_start, const size_t *k_start, size_t b)
{
  Span span = { q_start[b], k_start[b], q_start[b + 1] - q_start[b], k_start[b + 1] - k_start[b] };

  return span;
}

size_t
nn_attention_prob_size (const size_t *q_start, const size_t *k_start, size_t batch, size_t heads)
{
  size_t size = 0;

  for (size_t b = 0; b < batch; b++) {
    Span span = span_of (q_start, k_start, b);

    size += heads * span.n_q * span.n_k;
  }
  return size;
}

size_t
nn_attention_scratch_size (const size_t *q_start, const size_t *k_start, size_t batch, size_t heads,
                           size_t head_dim)
{
  size_t size = 0;

  for (size_t b = 0; b < batch; b++) {
    Span span = span_of (q_start, k_start, b);
    size_t need = span.n_q * span.n_k;

    size = need > size ? need : size;
  }
  return size;
}

/* prob [n_q,n_k]: scores in, probabilities out. mask [n_k] or NULL; one key at least is not
 * masked. */
NN_KERNEL static void
softmax_keys (nn_real *prob, const uint8_t *mask, size_t n_q, size_t n_k)
{
  for (size_t i = 0; i < n_q; i++) {
    nn_real *row = prob + i * n_k, largest = -INFINITY, sum = 0;

    if (mask)
      for (size_t j = 0; j < n_k; j++)
        row[j] = mask[j] ? row[j] : -INFINITY;
    NN_SIMD_MAX (largest)
    for (size_t j = 0; j < n_k; j++)
      largest = row[j] > largest ? row[j] : largest;
    NN_SIMD_SUM (sum)
    for (size_t j = 0; j < n_k; j++) {
      row[j] = nn_exp (row[j] - largest);
      sum += row[j];
    }
    nn_real scale = 1 / sum;
    NN_SIMD
    for (size_t j = 0; j < n_k; j++)
      row[j] *= scale;
  }
}

/* dprob [n_q,n_k]: dP in, dS out. */
NN_KERNEL static void
softmax_keys_backward (nn_real *dprob, const nn_real *prob, nn_real scale, size_t n_q, size_t n_k)
{
  for (size_t i = 0; i < n_q; i++) {
    const nn_real *p = prob + i * n_k;
    nn_real *row = dprob + i * n_k, dot = 0;

    NN_SIMD_SUM (dot)
    for (size_t j = 0; j < n_k; j++)
      dot += row[j] * p[j];
    NN_SIMD
    for (size_t j = 0; j < n_k; j++)
      row[j] = p[j] * (row[j] - dot) * scale;
  }
}

static int
any_key (const uint8_t *mask, size_t n)
{
  for (size_t j = 0; j < n; j++)
    if (!mask || mask[j])
      return 1;
  return 0;
}

void
nn_attention_forward (nn_real *out, size_t ldo, nn_real *prob, nn_real *scratch, const nn_real *q,
                      size_t ldq, const nn_real *k, size_t ldk, const nn_real *v, size_t ldv,
                      const uint8_t *key_mask, const size_t *q_start, const size_t *k_start,
                      size_t batch, size_t heads, size_t head_dim)
{
  nn_real scale = (nn_real)(1 / sqrt ((double)head_dim));

  for (size_t b = 0; b < batch; b++) {
    Span s = span_of (q_start, k_start, b);
    const uint8_t *mask = key_mask ? key_mask + s.k : NULL;
    int any = any_key (mask, s.n_k);

    for (size_t h = 0; h < heads; h++, prob += s.n_q * s.n_k) {
      size_t at = h * head_dim;

      if (any) {
        nn_gemm (NN_PLAIN, NN_TRANSPOSED, s.n_q, s.n_k, head_dim, scale, q + s.q * ldq + at, ldq,
                 k + s.k * ldk + at, ldk, 0, prob, s.n_k);
        softmax_keys (prob, mask, s.n_q, s.n_k);
      } else
        memset (prob, 0, s.n_q * s.n_k * sizeof *prob);
      nn_gemm (NN_PLAIN, NN_PLAIN, s.n_q, head_dim, s.n_k, 1, prob, s.n_k, v + s.k * ldv + at, ldv,
               0, out + s.q * ldo + at, ldo);
    }
  }
}

void
nn_attention_backward (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv, size_t lddv,
                       const nn_real *dout, size_t lddo, const nn_real *prob, nn_real *scratch,
                       const nn_real *q, size_t ldq, const nn_real *k, size_t ldk, const nn_real *v,
                       size_t ldv, const size_t *q_start, const size_t *k_start, size_t batch,
                       size_t heads, size_t head_dim)
{
  nn_real scale = (nn_real)(1 / sqrt ((double)head_dim));

  for (size_t b = 0; b < batch; b++) {
    Span s = span_of (q_start, k_start, b);

    for (size_t h = 0; h < heads; h++, prob += s.n_q * s.n_k) {
      size_t at = h * head_dim;
      const nn_real *grad = dout + s.q * lddo + at;

      if (dv)
        nn_gemm (NN_TRANSPOSED, NN_PLAIN, s.n_k, head_dim, s.n_q, 1, prob, s.n_k, grad, lddo, 1,
                 dv + s.k * lddv + at, lddv);
      nn_gemm (NN_PLAIN, NN_TRANSPOSED, s.n_q, s.n_k, head_dim, 1, grad, lddo, v + s.k * ldv + at,
               ldv, 0, scratch, s.n_k);
      softmax_keys_backward (scratch, prob, scale, s.n_q, s.n_k);
      if (dq)
        nn_gemm (NN_PLAIN, NN_PLAIN, s.n_q, head_dim, s.n_k, 1, scratch, s.n_k, k + s.k * ldk + at,
                 ldk, 1, dq + s.q * lddq + at, lddq);
      if (dk)
        nn_gemm (NN_TRANSPOSED, NN_PLAIN, s.n_k, head_dim, s.n_q, 1, scratch, s.n_k,
                 q + s.q * ldq + at, ldq, 1, dk + s.k * lddk + at, lddk);
    }
  }
}
