/* Scaled dot-product attention by head and sequence, T_q queries and T_k keys of head_dim numbers:
 *   S = Q Kᵀ/√d,  P = softmax(S) over the keys that are not masked,  O = P V
 *   dV += Pᵀ dO;  dP = dO Vᵀ;  dS = P ∘ (dP - rowsum(dP ∘ P))/√d;  dQ += dS K;  dK += dSᵀ Q
 * Short sequences multiply in registers (nn-block.h), after Kᵀ or Vᵀ has been packed into scratch,
 * padded to whole vectors; long ones go through nn_gemm. */
#include "nn-attention.h"

#include <string.h>

#include "nn-block.h"
#include "nn-gemm.h"
#include "nn-simd.h"

/* Up to this many queries and keys the products in registers are faster than OpenBLAS' (but not
 * than our own tiles). */
#define SHORT 64

/* The rows of one sequence. */
typedef struct {
  size_t q, k;     /* first row */
  size_t n_q, n_k; /* how many */
} Span;

/* One head of one sequence. */
typedef struct {
  const nn_real *q, *k, *v;
  size_t ldq, ldk, ldv;
  size_t n_q, n_k, d;
  nn_real scale;
} Head;

static Span
span_of (const size_t *q_start, const size_t *k_start, size_t b)
{
  Span span = { q_start[b], k_start[b], q_start[b + 1] - q_start[b], k_start[b + 1] - k_start[b] };

  return span;
}

static int
is_short (Span span)
{
  return span.n_q <= SHORT && span.n_k <= SHORT && !nn_gemm_uses_tiles ();
}

/* n rounded up to whole vectors. */
static size_t
padded (size_t n)
{
  return (n + NN_LANES - 1) / NN_LANES * NN_LANES;
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

/* Short: which keys are open, Kᵀ or Vᵀ, and scores or dS. Long: dS. */
size_t
nn_attention_scratch_size (const size_t *q_start, const size_t *k_start, size_t batch, size_t heads,
                           size_t head_dim)
{
  size_t size = 0;

  for (size_t b = 0; b < batch; b++) {
    Span span = span_of (q_start, k_start, b);
    size_t need = is_short (span) ? (1 + head_dim + span.n_q) * padded (span.n_k)
                                  : span.n_q * span.n_k;

    size = need > size ? need : size;
  }
  return size;
}

/* ---- short sequences ---- */

/* packed [d,width] = the transpose of x [n,d], zeros in the columns n … width-1. */
NN_INLINE void
pack_transposed (nn_real *packed, size_t width, const nn_real *x, size_t ldx, size_t n, size_t d)
{
  for (size_t c = 0; c < d; c++) {
    nn_real *row = packed + c * width;

    for (size_t j = 0; j < n; j++)
      row[j] = x[j * ldx + c];
    for (size_t j = n; j < width; j++)
      row[j] = 0;
  }
}

/* row [width]: unscaled scores in, probabilities out; keys that are not open get 0, one at least
 * is. */
NN_INLINE void
softmax_open (nn_real *row, const nn_real *open, nn_real scale, size_t width)
{
  nn_real largest = -INFINITY, sum = 0;

  NN_SIMD_MAX (largest)
  for (size_t j = 0; j < width; j++) {
    row[j] = open[j] != 0 ? row[j] : -INFINITY;
    largest = row[j] > largest ? row[j] : largest;
  }
  NN_SIMD_SUM (sum)
  for (size_t j = 0; j < width; j++) {
    row[j] = nn_exp (scale * (row[j] - largest));
    sum += row[j];
  }
  nn_real share = 1 / sum;
  NN_SIMD
  for (size_t j = 0; j < width; j++)
    row[j] *= share;
}

/* open [padded n_k] says which keys may be attended. */
NN_KERNEL static void
forward_short (nn_real *out, size_t ldo, nn_real *prob, const nn_real *open, nn_real *scratch,
               const Head *h)
{
  size_t width = padded (h->n_k);
  nn_real *packed = scratch, *scores = scratch + h->d * width;

  pack_transposed (packed, width, h->k, h->ldk, h->n_k, h->d);
  nn_block_multiply (scores, width, (NnStrided){ h->q, h->ldq, 1 }, packed, width, h->n_q, width,
                     h->d, 0);
  for (size_t i = 0; i < h->n_q; i++) {
    softmax_open (scores + i * width, open, h->scale, width);
    memcpy (prob + i * h->n_k, scores + i * width, h->n_k * sizeof *prob);
  }
  nn_block_multiply (out, ldo, (NnStrided){ scores, width, 1 }, h->v, h->ldv, h->n_q, h->d, h->n_k,
                     0);
}

/* dscores [n_q,ld]: dP in, dS out. */
NN_INLINE void
softmax_gradient (nn_real *dscores, size_t ld, const nn_real *prob, nn_real scale, size_t n_q,
                  size_t n_k)
{
  for (size_t i = 0; i < n_q; i++) {
    const nn_real *p = prob + i * n_k;
    nn_real *row = dscores + i * ld, dot = 0;

    NN_SIMD_SUM (dot)
    for (size_t j = 0; j < n_k; j++)
      dot += row[j] * p[j];
    NN_SIMD
    for (size_t j = 0; j < n_k; j++)
      row[j] = p[j] * (row[j] - dot) * scale;
  }
}

NN_KERNEL static void
backward_short (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv, size_t lddv,
                NnStore store, const nn_real *dout, size_t lddo, const nn_real *prob,
                nn_real *scratch, const Head *h)
{
  size_t width = padded (h->n_k);
  nn_real *packed = scratch, *dscores = scratch + h->d * width;

  if (dv)
    nn_block_multiply (dv, lddv, (NnStrided){ prob, 1, h->n_k }, dout, lddo, h->n_k, h->d, h->n_q,
                       store == NN_ADD);
  if (!dq && !dk)
    return;
  pack_transposed (packed, width, h->v, h->ldv, h->n_k, h->d);
  nn_block_multiply (dscores, width, (NnStrided){ dout, lddo, 1 }, packed, width, h->n_q, width,
                     h->d, 0);
  softmax_gradient (dscores, width, prob, h->scale, h->n_q, h->n_k);
  if (dq)
    nn_block_multiply (dq, lddq, (NnStrided){ dscores, width, 1 }, h->k, h->ldk, h->n_q, h->d,
                       h->n_k, store == NN_ADD);
  if (dk)
    nn_block_multiply (dk, lddk, (NnStrided){ dscores, 1, width }, h->q, h->ldq, h->n_k, h->d,
                       h->n_q, store == NN_ADD);
}

/* ---- long sequences ---- */

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
    nn_real share = 1 / sum;
    NN_SIMD
    for (size_t j = 0; j < n_k; j++)
      row[j] *= share;
  }
}

static void
forward_long (nn_real *out, size_t ldo, nn_real *prob, const uint8_t *mask, const Head *h)
{
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, h->n_q, h->n_k, h->d, h->scale, h->q, h->ldq, h->k, h->ldk, 0,
           prob, h->n_k);
  softmax_keys (prob, mask, h->n_q, h->n_k);
  nn_gemm (NN_PLAIN, NN_PLAIN, h->n_q, h->d, h->n_k, 1, prob, h->n_k, h->v, h->ldv, 0, out, ldo);
}

NN_KERNEL static void
softmax_keys_backward (nn_real *dscores, const nn_real *prob, nn_real scale, size_t n_q, size_t n_k)
{
  softmax_gradient (dscores, n_k, prob, scale, n_q, n_k);
}

static void
backward_long (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv, size_t lddv,
               NnStore store, const nn_real *dout, size_t lddo, const nn_real *prob,
               nn_real *scratch, const Head *h)
{
  if (dv)
    nn_gemm (NN_TRANSPOSED, NN_PLAIN, h->n_k, h->d, h->n_q, 1, prob, h->n_k, dout, lddo,
             store == NN_ADD, dv, lddv);
  if (!dq && !dk)
    return;
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, h->n_q, h->n_k, h->d, 1, dout, lddo, h->v, h->ldv, 0, scratch,
           h->n_k);
  softmax_keys_backward (scratch, prob, h->scale, h->n_q, h->n_k);
  if (dq)
    nn_gemm (NN_PLAIN, NN_PLAIN, h->n_q, h->d, h->n_k, 1, scratch, h->n_k, h->k, h->ldk,
             store == NN_ADD, dq, lddq);
  if (dk)
    nn_gemm (NN_TRANSPOSED, NN_PLAIN, h->n_k, h->d, h->n_q, 1, scratch, h->n_k, h->q, h->ldq,
             store == NN_ADD, dk, lddk);
}

/* ---- all sequences ---- */

/* open [width] = 1 for a key that may be attended, 0 for others and for padding. Returns whether
 * there is one. */
static int
find_open_keys (nn_real *open, size_t width, const uint8_t *mask, size_t n_k)
{
  int any = 0;

  for (size_t j = 0; j < width; j++) {
    int is_open = j < n_k && (!mask || mask[j]);

    open[j] = (nn_real)is_open;
    any |= is_open;
  }
  return any;
}

static int
any_key (const uint8_t *mask, size_t n)
{
  for (size_t j = 0; j < n; j++)
    if (!mask || mask[j])
      return 1;
  return 0;
}

static void
clear_rows (nn_real *x, size_t ld, size_t n, size_t width)
{
  for (size_t i = 0; i < n; i++)
    memset (x + i * ld, 0, width * sizeof *x);
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
    size_t width = padded (s.n_k), n_prob = s.n_q * s.n_k;
    int in_registers = is_short (s);
    int any = in_registers ? find_open_keys (scratch, width, mask, s.n_k) : any_key (mask, s.n_k);

    if (!any) {
      memset (prob, 0, heads * n_prob * sizeof *prob);
      clear_rows (out + s.q * ldo, ldo, s.n_q, heads * head_dim);
    }
    for (size_t i = 0; any && i < heads; i++) {
      size_t at = i * head_dim;
      Head h = { q + s.q * ldq + at, k + s.k * ldk + at, v + s.k * ldv + at, ldq, ldk, ldv, s.n_q,
                 s.n_k, head_dim, scale };

      if (in_registers)
        forward_short (out + s.q * ldo + at, ldo, prob + i * n_prob, scratch, scratch + width, &h);
      else
        forward_long (out + s.q * ldo + at, ldo, prob + i * n_prob, mask, &h);
    }
    prob += heads * n_prob;
  }
}

void
nn_attention_backward (nn_real *dq, size_t lddq, nn_real *dk, size_t lddk, nn_real *dv, size_t lddv,
                       NnStore store, const nn_real *dout, size_t lddo, const nn_real *prob,
                       nn_real *scratch, const nn_real *q, size_t ldq, const nn_real *k, size_t ldk,
                       const nn_real *v, size_t ldv, const size_t *q_start, const size_t *k_start,
                       size_t batch, size_t heads, size_t head_dim)
{
  nn_real scale = (nn_real)(1 / sqrt ((double)head_dim));

  for (size_t b = 0; b < batch; b++) {
    Span s = span_of (q_start, k_start, b);

    for (size_t i = 0; i < heads; i++, prob += s.n_q * s.n_k) {
      size_t at = i * head_dim;
      Head h = { q + s.q * ldq + at, k + s.k * ldk + at, v + s.k * ldv + at, ldq, ldk, ldv, s.n_q,
                 s.n_k, head_dim, scale };

      (is_short (s) ? backward_short : backward_long) (
          dq ? dq + s.q * lddq + at : NULL, lddq, dk ? dk + s.k * lddk + at : NULL, lddk,
          dv ? dv + s.k * lddv + at : NULL, lddv, store, dout + s.q * lddo + at, lddo, prob,
          scratch, &h);
    }
  }
}
