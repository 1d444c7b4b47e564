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

/* One channel, one step: h [N] = e^(ΔA) h_before + Δu B, gives Σ_n h C. h may be where A stands. */
NN_INLINE nn_real
scan_step (nn_real *h, const nn_real *before, const nn_real *a, nn_real delta, nn_real u,
           const nn_real *b, const nn_real *c, size_t n)
{
  nn_real sum = 0, input = delta * u;

  if (before) {
    NN_SIMD_SUM (sum)
    for (size_t i = 0; i < n; i++) {
      nn_real state = nn_exp (delta * a[i]) * before[i] + input * b[i];

      h[i] = state;
      sum += state * c[i];
    }
  } else {
    NN_SIMD_SUM (sum)
    for (size_t i = 0; i < n; i++) {
      nn_real state = input * b[i];

      h[i] = state;
      sum += state * c[i];
    }
  }
  return sum;
}

/* A = -e^A_log */
NN_INLINE void
negative_exp (nn_real *a, const nn_real *a_log, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    a[i] = -nn_exp (a_log[i]);
}

NN_KERNEL void
nn_selective_scan_forward (nn_real *y, nn_real *delta, nn_real *states, const nn_real *u,
                           const nn_real *raw, const nn_real *b, const nn_real *c, size_t ldbc,
                           const nn_real *a_log, const nn_real *d, size_t batch, size_t length,
                           size_t channels, size_t n_states)
{
  size_t rows = batch * length, width = channels * n_states;

  if (rows == 0)
    return;
  /* A waits where the very last states will stand: each channel there reads its A, then overwrites
   * it. */
  nn_real *a = states + (rows - 1) * width;

  negative_exp (a, a_log, width);
  NN_SIMD
  for (size_t i = 0; i < rows * channels; i++)
    delta[i] = nn_softplus (raw[i]);
  for (size_t r = 0; r < rows; r++) {
    nn_real *h = states + r * width, *before = r % length > 0 ? h - width : NULL;

    for (size_t e = 0; e < channels; e++) {
      size_t i = r * channels + e, at = e * n_states;
      nn_real sum = scan_step (h + at, before ? before + at : NULL, a + at, delta[i], u[i],
                               b + r * ldbc, c + r * ldbc, n_states);

      y[i] = sum + d[e] * u[i];
    }
  }
}

/* One channel at one step, backwards: what its N states hand on, and two sums over them. */
typedef struct {
  nn_real input; /* Σ_n gh B */
  nn_real decay; /* Σ_n gh A a h_{t-1} */
} ScanSums;

NN_INLINE ScanSums
scan_step_backward (nn_real *carry, nn_real *da_log, nn_real *db, nn_real *dc, const nn_real *h,
                    const nn_real *before, const nn_real *a, nn_real dy, nn_real delta, nn_real u,
                    const nn_real *b, const nn_real *c, size_t n)
{
  nn_real input = 0, decay = 0, drive = delta * u;

  if (before) {
    NN_SIMD_SUM (input, decay)
    for (size_t i = 0; i < n; i++) {
      nn_real grad = dy * c[i] + carry[i];
      nn_real factor = nn_exp (delta * a[i]);
      nn_real through = grad * factor * before[i] * a[i];

      dc[i] += dy * h[i];
      db[i] += grad * drive;
      input += grad * b[i];
      decay += through;
      da_log[i] += through * delta;
      carry[i] = grad * factor;
    }
  } else {
    NN_SIMD_SUM (input)
    for (size_t i = 0; i < n; i++) {
      nn_real grad = dy * c[i] + carry[i];

      dc[i] += dy * h[i];
      db[i] += grad * drive;
      input += grad * b[i];
      carry[i] = 0;
    }
  }
  return (ScanSums){ input, decay };
}

NN_KERNEL void
nn_selective_scan_backward (nn_real *du, nn_real *draw, nn_real *db, nn_real *dc, size_t lddbc,
                            nn_real *da_log, nn_real *dd, nn_real *scratch, const nn_real *dy,
                            const nn_real *delta, const nn_real *states, const nn_real *u,
                            const nn_real *raw, const nn_real *b, const nn_real *c, size_t ldbc,
                            const nn_real *a_log, const nn_real *d, size_t batch, size_t length,
                            size_t channels, size_t n_states)
{
  size_t width = channels * n_states;
  nn_real *a = scratch, *carry = scratch + width;

  negative_exp (a, a_log, width);
  memset (carry, 0, width * sizeof *carry);
  for (size_t s = 0; s < batch; s++)
    for (size_t t = length; t-- > 0;) {
      size_t r = s * length + t;
      const nn_real *h = states + r * width, *before = t > 0 ? h - width : NULL;

      for (size_t e = 0; e < channels; e++) {
        size_t i = r * channels + e, at = e * n_states;
        ScanSums sums = scan_step_backward (carry + at, da_log + at, db + r * lddbc, dc + r * lddbc,
                                            h + at, before ? before + at : NULL, a + at, dy[i],
                                            delta[i], u[i], b + r * ldbc, c + r * ldbc, n_states);
        nn_real slope = raw[i] > 20 ? 1 : nn_logistic (raw[i]);

        dd[e] += dy[i] * u[i];
        du[i] += dy[i] * d[e] + sums.input * delta[i];
        draw[i] += (sums.input * u[i] + sums.decay) * slope;
      }
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
