/* The parts of a Mamba-1 mixer that are not linear layers. Rows [B·L, ·]; E channels, N states,
 * K taps.
 *   convolution  y[t,e] = bias[e] + Σ_k weight[e,k] x[t-(K-1)+k, e]
 *   scan         Δ = softplus(raw), A = -e^A_log, a = e^(Δ_t A),
 *                h_t = a h_{t-1} + Δ_t u_t B_t,  y_t = Σ_n h_t C_t + D u_t
 *                backward in t, gh = dy C + carry:
 *                dD += dy u; dC += Σ_e dy h; dB += Σ_e gh Δ u; du += dy D + Σ_n gh Δ B;
 *                dΔ = Σ_n gh (B u + A a h_{t-1}); dA_log += gh Δ a h_{t-1} A; carry = gh a;
 *                draw += dΔ σ(raw)
 *   gate         out = y silu(z) */
#include "nn-mamba.h"

#include <string.h>

#include "nn-simd.h"

NN_KERNEL void
nn_causal_conv_forward (nn_real *y, const nn_real *x, size_t ldx, const nn_real *weight,
                        const nn_real *bias, size_t batch, size_t length, size_t channels,
                        size_t taps)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t t = 0; t < length; t++) {
      nn_real *out = y + (b * length + t) * channels;

      memcpy (out, bias, channels * sizeof *out);
      for (size_t back = 0; back < taps && back <= t; back++) {
        const nn_real *row = x + (b * length + t - back) * ldx, *w = weight + (taps - 1 - back);

        NN_SIMD
        for (size_t e = 0; e < channels; e++)
          out[e] += w[e * taps] * row[e];
      }
    }
}

NN_KERNEL void
nn_causal_conv_backward (nn_real *dx, size_t lddx, nn_real *dweight, nn_real *dbias,
                         const nn_real *dy, const nn_real *x, size_t ldx, const nn_real *weight,
                         size_t batch, size_t length, size_t channels, size_t taps)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t t = 0; t < length; t++) {
      const nn_real *grad = dy + (b * length + t) * channels;

      if (dbias) {
        NN_SIMD
        for (size_t e = 0; e < channels; e++)
          dbias[e] += grad[e];
      }
      for (size_t back = 0; back < taps && back <= t; back++) {
        size_t row = b * length + t - back, tap = taps - 1 - back;

        if (dx) {
          NN_SIMD
          for (size_t e = 0; e < channels; e++)
            dx[row * lddx + e] += weight[e * taps + tap] * grad[e];
        }
        if (dweight) {
          NN_SIMD
          for (size_t e = 0; e < channels; e++)
            dweight[e * taps + tap] += grad[e] * x[row * ldx + e];
        }
      }
    }
}

/* A = -e^A_log for `width` channels, turned so that channels are neighbours: a [N,ld] from
 * a_log [·,N]. */
NN_INLINE void
decay_rates (nn_real *a, size_t ld, const nn_real *a_log, size_t width, size_t n_states)
{
  for (size_t n = 0; n < n_states; n++) {
    NN_SIMD
    for (size_t e = 0; e < width; e++)
      a[n * ld + e] = -nn_exp (a_log[e * n_states + n]);
  }
}

/* One state of all channels at one step; before is NULL at the first. h may be where a stands. */
NN_INLINE void
scan_state (nn_real *y, nn_real *h, const nn_real *before, const nn_real *a, const nn_real *delta,
            const nn_real *u, nn_real b, nn_real c, size_t width)
{
  if (before) {
    NN_SIMD
    for (size_t e = 0; e < width; e++) {
      h[e] = nn_exp (delta[e] * a[e]) * before[e] + delta[e] * u[e] * b;
      y[e] += h[e] * c;
    }
  } else {
    NN_SIMD
    for (size_t e = 0; e < width; e++) {
      h[e] = delta[e] * u[e] * b;
      y[e] += h[e] * c;
    }
  }
}

NN_KERNEL void
nn_selective_scan_forward (nn_real *y, nn_real *delta, nn_real *states, const nn_real *u,
                           const nn_real *raw, const nn_real *b, const nn_real *c, size_t ldbc,
                           const nn_real *a_log, const nn_real *d, size_t batch, size_t length,
                           size_t channels, size_t n_states)
{
  size_t rows = batch * length, size = n_states * channels;

  if (rows == 0)
    return;
  /* A waits where the very last states will stand: each is read there, then overwritten. */
  nn_real *a = states + (rows - 1) * size;

  decay_rates (a, channels, a_log, channels, n_states);
  NN_SIMD
  for (size_t i = 0; i < rows * channels; i++)
    delta[i] = nn_softplus (raw[i]);
  for (size_t r = 0; r < rows; r++) {
    const nn_real *in = u + r * channels, *step = delta + r * channels;
    nn_real *h = states + r * size, *out = y + r * channels;

    NN_SIMD
    for (size_t e = 0; e < channels; e++)
      out[e] = d[e] * in[e];
    for (size_t n = 0; n < n_states; n++)
      scan_state (out, h + n * channels, r % length > 0 ? h - size + n * channels : NULL,
                  a + n * channels, step, in, b[r * ldbc + n], c[r * ldbc + n], channels);
  }
}

/* Channels that the backward scan takes at a time, so that what it carries stays in the nearest
 * cache: at most BLOCK, and with n_states each no more than NN_SCAN_MAX_STATES numbers. */
#define BLOCK 64

typedef struct {
  size_t width;
  nn_real a[NN_SCAN_MAX_STATES];      /* [N,width] */
  nn_real carry[NN_SCAN_MAX_STATES];  /* [N,width] */
  nn_real da_log[NN_SCAN_MAX_STATES]; /* [N,width] */
  nn_real input[BLOCK], decay[BLOCK]; /* Σ_n gh B and Σ_n gh A a h_{t-1} of one step */
} ScanBlock;

typedef struct {
  nn_real b, c;
} ScanSums;

/* One state of the block's channels at one step; gives its gradients of B_t and C_t. */
NN_INLINE ScanSums
scan_state_backward (ScanBlock *block, size_t at, const nn_real *h, const nn_real *before,
                     const nn_real *dy, const nn_real *delta, const nn_real *u, nn_real b,
                     nn_real c)
{
  const nn_real *a = block->a + at;
  nn_real *carry = block->carry + at, *da_log = block->da_log + at, db = 0, dc = 0;
  size_t width = block->width;

  if (before) {
    NN_SIMD_SUM (db, dc)
    for (size_t e = 0; e < width; e++) {
      nn_real grad = dy[e] * c + carry[e];
      nn_real passed = grad * nn_exp (delta[e] * a[e]);
      nn_real through = passed * before[e] * a[e];

      dc += dy[e] * h[e];
      db += grad * delta[e] * u[e];
      block->input[e] += grad * b;
      block->decay[e] += through;
      da_log[e] += through * delta[e];
      carry[e] = passed;
    }
  } else {
    NN_SIMD_SUM (db, dc)
    for (size_t e = 0; e < width; e++) {
      nn_real grad = dy[e] * c + carry[e];

      dc += dy[e] * h[e];
      db += grad * delta[e] * u[e];
      block->input[e] += grad * b;
      carry[e] = 0;
    }
  }
  return (ScanSums){ db, dc };
}

/* What one step hands to u, raw and D; every gradient may be NULL. */
NN_INLINE void
scan_step_gradients (nn_real *du, nn_real *draw, nn_real *dd, const ScanBlock *block,
                     const nn_real *dy, const nn_real *delta, const nn_real *u, const nn_real *raw,
                     const nn_real *d)
{
  if (dd) {
    NN_SIMD
    for (size_t e = 0; e < block->width; e++)
      dd[e] += dy[e] * u[e];
  }
  if (du) {
    NN_SIMD
    for (size_t e = 0; e < block->width; e++)
      du[e] += dy[e] * d[e] + block->input[e] * delta[e];
  }
  if (draw) {
    NN_SIMD
    for (size_t e = 0; e < block->width; e++) {
      nn_real slope = raw[e] > 20 ? 1 : nn_logistic (raw[e]);

      draw[e] += (block->input[e] * u[e] + block->decay[e]) * slope;
    }
  }
}

NN_KERNEL void
nn_selective_scan_backward (nn_real *du, nn_real *draw, nn_real *db, nn_real *dc, size_t lddbc,
                            nn_real *da_log, nn_real *dd, const nn_real *dy, const nn_real *delta,
                            const nn_real *states, const nn_real *u, const nn_real *raw,
                            const nn_real *b, const nn_real *c, size_t ldbc, const nn_real *a_log,
                            const nn_real *d, size_t batch, size_t length, size_t channels,
                            size_t n_states)
{
  size_t most = n_states > 0 ? NN_SCAN_MAX_STATES / n_states : BLOCK;
  ScanBlock block;

  most = most < BLOCK ? most : BLOCK;
  for (size_t from = 0; from < channels; from += most) {
    size_t width = channels - from < most ? channels - from : most;

    block.width = width;
    decay_rates (block.a, width, a_log + from * n_states, width, n_states);
    memset (block.carry, 0, sizeof block.carry);
    memset (block.da_log, 0, sizeof block.da_log);
    for (size_t r = batch * length; r-- > 0;) {
      const nn_real *h = states + r * n_states * channels + from;
      size_t i = r * channels + from;
      int first = r % length == 0;

      memset (block.input, 0, sizeof block.input);
      memset (block.decay, 0, sizeof block.decay);
      for (size_t n = 0; n < n_states; n++) {
        const nn_real *now = h + n * channels;
        ScanSums sums = scan_state_backward (
            &block, n * width, now, first ? NULL : now - n_states * channels, dy + i, delta + i,
            u + i, b[r * ldbc + n], c[r * ldbc + n]);

        if (db)
          db[r * lddbc + n] += sums.b;
        if (dc)
          dc[r * lddbc + n] += sums.c;
      }
      scan_step_gradients (du ? du + i : NULL, draw ? draw + i : NULL, dd ? dd + from : NULL,
                           &block, dy + i, delta + i, u + i, raw + i, d + from);
    }
    for (size_t e = 0; da_log && e < width; e++)
      for (size_t n = 0; n < n_states; n++)
        da_log[(from + e) * n_states + n] += block.da_log[n * width + e];
  }
}

NN_KERNEL void
nn_silu_gate_forward (nn_real *out, const nn_real *y, const nn_real *z, size_t ldz, size_t n,
                      size_t e)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *gate = z + i * ldz, *row = y + i * e;
    nn_real *result = out + i * e;

    NN_SIMD
    for (size_t j = 0; j < e; j++)
      result[j] = row[j] * gate[j] * nn_logistic (gate[j]);
  }
}

NN_KERNEL void
nn_silu_gate_backward (nn_real *dy, nn_real *dz, size_t lddz, const nn_real *dout, const nn_real *y,
                       const nn_real *z, size_t ldz, size_t n, size_t e)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *gate = z + i * ldz, *row = y + i * e, *grad = dout + i * e;

    if (dy) {
      NN_SIMD
      for (size_t j = 0; j < e; j++)
        dy[i * e + j] += grad[j] * gate[j] * nn_logistic (gate[j]);
    }
    if (dz) {
      NN_SIMD
      for (size_t j = 0; j < e; j++) {
        nn_real s = nn_logistic (gate[j]);

        dz[i * lddz + j] += grad[j] * row[j] * s * (1 + gate[j] * (1 - s));
      }
    }
  }
}
