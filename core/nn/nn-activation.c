/* Non-linearities, number by number or by rows of x [n,d].
 *   gelu     y = x Φ(x)            dx += dy (Φ(x) + x φ(x))
 *   sigmoid  y = σ(x)              dx += dy y (1-y)
 *   silu     y = x σ(x)            dx += dy σ(x) (1 + x (1-σ(x)))
 *   quick    y = x s, s = σ(1.702 x)   dx += dy (s + 1.702 x s (1-s))
 *   softmax  y = e^(x-max)/Σ       dx += y (dy - Σ_cols dy y) */
#include "nn-activation.h"

#include "nn-simd.h"

NN_KERNEL void
nn_gelu_forward (nn_real *y, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    nn_real cdf, pdf;

    nn_normal (x[i], &cdf, &pdf);
    y[i] = x[i] * cdf;
  }
}

/* Φ(x) + x φ(x) */
NN_INLINE nn_real
gelu_slope (nn_real x)
{
  nn_real cdf, pdf;

  nn_normal (x, &cdf, &pdf);
  return cdf + x * pdf;
}

NN_KERNEL void
nn_gelu_backward (nn_real *dx, NnStore store, const nn_real *dy, const nn_real *x, size_t n)
{
  if (store == NN_SET) {
    NN_SIMD
    for (size_t i = 0; i < n; i++)
      dx[i] = dy[i] * gelu_slope (x[i]);
  } else {
    NN_SIMD
    for (size_t i = 0; i < n; i++)
      dx[i] += dy[i] * gelu_slope (x[i]);
  }
}

NN_KERNEL void
nn_sigmoid_forward (nn_real *y, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = nn_logistic (x[i]);
}

NN_KERNEL void
nn_sigmoid_backward (nn_real *dx, const nn_real *dy, const nn_real *y, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    dx[i] += dy[i] * y[i] * (1 - y[i]);
}

NN_KERNEL void
nn_silu_forward (nn_real *y, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] * nn_logistic (x[i]);
}

NN_KERNEL void
nn_silu_backward (nn_real *dx, const nn_real *dy, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    nn_real s = nn_logistic (x[i]);

    dx[i] += dy[i] * s * (1 + x[i] * (1 - s));
  }
}

#define QUICK ((nn_real)1.702)

NN_KERNEL void
nn_quick_gelu_forward (nn_real *y, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] * nn_logistic (QUICK * x[i]);
}

NN_KERNEL void
nn_quick_gelu_backward (nn_real *dx, const nn_real *dy, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    nn_real s = nn_logistic (QUICK * x[i]);

    dx[i] += dy[i] * s * (1 + QUICK * x[i] * (1 - s));
  }
}

NN_KERNEL void
nn_softmax_forward (nn_real *y, const nn_real *x, size_t n, size_t d)
{
  if (d == 0)
    return;
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * d;
    nn_real *out = y + i * d, largest = row[0], sum = 0;

    NN_SIMD_MAX (largest)
    for (size_t j = 0; j < d; j++)
      largest = row[j] > largest ? row[j] : largest;
    NN_SIMD_SUM (sum)
    for (size_t j = 0; j < d; j++) {
      out[j] = nn_exp (row[j] - largest);
      sum += out[j];
    }
    nn_real scale = 1 / sum;
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] *= scale;
  }
}

NN_KERNEL void
nn_softmax_backward (nn_real *dx, const nn_real *dy, const nn_real *y, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *grad = dy + i * d, *prob = y + i * d;
    nn_real *out = dx + i * d, dot = 0;

    NN_SIMD_SUM (dot)
    for (size_t j = 0; j < d; j++)
      dot += grad[j] * prob[j];
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] += prob[j] * (grad[j] - dot);
  }
}
