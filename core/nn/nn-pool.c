/* y[B,d] = mean over the rows of x[n,d] that belong to the sequence and are not masked;  dx += dy /
 * count. */
#include "nn-pool.h"

#include <string.h>

#include "nn-simd.h"

static size_t
count_rows (const uint8_t *mask, size_t from, size_t to)
{
  size_t n = 0;

  if (!mask)
    return to - from;
  for (size_t r = from; r < to; r++)
    n += mask[r] != 0;
  return n;
}

NN_KERNEL void
nn_mean_pool_forward (nn_real *y, const nn_real *x, size_t ldx, const uint8_t *mask,
                      const size_t *start, size_t batch, size_t d)
{
  for (size_t b = 0; b < batch; b++) {
    size_t n = count_rows (mask, start[b], start[b + 1]);
    nn_real *out = y + b * d, scale = n > 0 ? 1 / (nn_real)n : 0;

    memset (out, 0, d * sizeof *out);
    for (size_t r = start[b]; r < start[b + 1]; r++) {
      const nn_real *row = x + r * ldx;

      if (mask && !mask[r])
        continue;
      NN_SIMD
      for (size_t j = 0; j < d; j++)
        out[j] += row[j];
    }
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] *= scale;
  }
}

NN_KERNEL void
nn_mean_pool_backward (nn_real *dx, size_t lddx, const nn_real *dy, const uint8_t *mask,
                       const size_t *start, size_t batch, size_t d)
{
  for (size_t b = 0; b < batch; b++) {
    size_t n = count_rows (mask, start[b], start[b + 1]);
    const nn_real *grad = dy + b * d;
    nn_real scale = n > 0 ? 1 / (nn_real)n : 0;

    for (size_t r = start[b]; r < start[b + 1]; r++) {
      nn_real *row = dx + r * lddx;

      if (mask && !mask[r])
        continue;
      NN_SIMD
      for (size_t j = 0; j < d; j++)
        row[j] += grad[j] * scale;
    }
  }
}
