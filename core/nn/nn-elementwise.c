/* Sums, products, the gates and two reductions; the formulas stand in the header. */
#include "nn-elementwise.h"

#include <float.h>

#include "nn-simd.h"

#ifdef NN_DOUBLE
#define NN_LARGEST DBL_MAX
#else
#define NN_LARGEST FLT_MAX
#endif

NN_KERNEL void
nn_add_forward (nn_real *y, const nn_real *a, const nn_real *b, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

NN_KERNEL void
nn_axpy (nn_real *y, nn_real alpha, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] += alpha * x[i];
}

NN_KERNEL void
nn_mul_forward (nn_real *y, const nn_real *a, const nn_real *b, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] * b[i];
}

/* sum += a b */
NN_INLINE void
add_product (nn_real *sum, const nn_real *a, const nn_real *b, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    sum[i] += a[i] * b[i];
}

NN_KERNEL void
nn_mul_backward (nn_real *da, nn_real *db, const nn_real *dy, const nn_real *a, const nn_real *b,
                 size_t n)
{
  if (da)
    add_product (da, dy, b, n);
  if (db)
    add_product (db, dy, a, n);
}

NN_KERNEL void
nn_scale_rows_forward (nn_real *y, const nn_real *x, const nn_real *scale, size_t ld_scale,
                       size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * d;
    nn_real *out = y + i * d, s = scale[i * ld_scale];

    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] = s * row[j];
  }
}

NN_KERNEL void
nn_scale_rows_backward (nn_real *dx, nn_real *dscale, size_t ld_scale, const nn_real *dy,
                        const nn_real *x, const nn_real *scale, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *grad = dy + i * d, *row = x + i * d;

    if (dscale) {
      nn_real sum = 0;

      NN_SIMD_SUM (sum)
      for (size_t j = 0; j < d; j++)
        sum += grad[j] * row[j];
      dscale[i * ld_scale] += sum;
    }
    if (dx) {
      nn_real *out = dx + i * d, s = scale[i * ld_scale];

      NN_SIMD
      for (size_t j = 0; j < d; j++)
        out[j] += s * grad[j];
    }
  }
}

NN_KERNEL void
nn_feature_gate_forward (nn_real *identity, nn_real *clothing, const nn_real *gate,
                         const nn_real *a, const nn_real *b, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    identity[i] = gate[i] * a[i];
    clothing[i] = (1 - gate[i]) * b[i];
  }
}

NN_KERNEL void
nn_feature_gate_backward (nn_real *dgate, nn_real *da, nn_real *db, const nn_real *didentity,
                          const nn_real *dclothing, const nn_real *gate, const nn_real *a,
                          const nn_real *b, size_t n)
{
  if (dgate) {
    NN_SIMD
    for (size_t i = 0; i < n; i++)
      dgate[i] += didentity[i] * a[i] - dclothing[i] * b[i];
  }
  if (da)
    add_product (da, didentity, gate, n);
  if (db) {
    NN_SIMD
    for (size_t i = 0; i < n; i++)
      db[i] += dclothing[i] * (1 - gate[i]);
  }
}

NN_KERNEL double
nn_sum_squares (const nn_real *x, size_t n)
{
  double sum = 0;

  NN_SIMD_SUM (sum)
  for (size_t i = 0; i < n; i++)
    sum += (double)x[i] * x[i];
  return sum;
}

NN_KERNEL int
nn_all_finite (const nn_real *x, size_t n)
{
  int bad = 0;

  NN_SIMD_OR (bad)
  for (size_t i = 0; i < n; i++)
    bad |= !(nn_abs (x[i]) <= NN_LARGEST);
  return !bad;
}
