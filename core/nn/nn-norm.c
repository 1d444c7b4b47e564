/* Layer normalisation: x̂ = (x - mean) rstd, y = γ x̂ + β; x, y [n,d], γ, β [d], mean, rstd [n].
 *   g = dy γ;  dx += rstd (g - mean(g) - x̂ mean(g x̂));  dγ += Σ_rows dy x̂;  dβ += Σ_rows dy
 * Unit length: y = x / max(‖x‖, 1e-12);  dx += (dy - y (dy·y)) / ‖x‖. */
#include "nn-norm.h"

#include "nn-simd.h"

#define SMALLEST_NORM 1e-12

NN_KERNEL void
nn_layer_norm_forward (nn_real *y, nn_real *mean, nn_real *rstd, const nn_real *x,
                       const nn_real *gamma, const nn_real *beta, nn_real eps, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * d;
    nn_real *out = y + i * d, sum = 0, squares = 0;

    NN_SIMD_SUM (sum)
    for (size_t j = 0; j < d; j++)
      sum += row[j];
    nn_real m = sum / (nn_real)d;
    NN_SIMD_SUM (squares)
    for (size_t j = 0; j < d; j++)
      squares += (row[j] - m) * (row[j] - m);
    nn_real r = 1 / nn_sqrt (squares / (nn_real)d + eps);
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] = (row[j] - m) * r * gamma[j] + beta[j];
    mean[i] = m;
    rstd[i] = r;
  }
}

/* dγ += dy x̂ and dβ += dy for one row. */
NN_INLINE void
add_scale_gradients (nn_real *dgamma, nn_real *dbeta, const nn_real *dy, const nn_real *x,
                     nn_real m, nn_real r, size_t d)
{
  if (dgamma) {
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      dgamma[j] += dy[j] * (x[j] - m) * r;
  }
  if (dbeta) {
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      dbeta[j] += dy[j];
  }
}

/* dx = or += r (dy γ - sum - (x - m) product) for one row. */
NN_INLINE void
store_row_gradient (nn_real *dx, NnStore store, const nn_real *dy, const nn_real *x,
                    const nn_real *gamma, nn_real m, nn_real r, nn_real sum, nn_real product,
                    size_t d)
{
  if (store == NN_SET) {
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      dx[j] = r * (dy[j] * gamma[j] - sum - (x[j] - m) * product);
  } else {
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      dx[j] += r * (dy[j] * gamma[j] - sum - (x[j] - m) * product);
  }
}

NN_KERNEL void
nn_layer_norm_backward (nn_real *dx, NnStore store, nn_real *dgamma, nn_real *dbeta,
                        const nn_real *dy, const nn_real *mean, const nn_real *rstd,
                        const nn_real *x, const nn_real *gamma, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * d, *grad = dy + i * d;
    nn_real m = mean[i], r = rstd[i], sum = 0, product = 0;

    add_scale_gradients (dgamma, dbeta, grad, row, m, r, d);
    if (!dx)
      continue;
    NN_SIMD_SUM (sum, product)
    for (size_t j = 0; j < d; j++) {
      nn_real g = grad[j] * gamma[j];

      sum += g;
      product += g * (row[j] - m);
    }
    sum /= (nn_real)d;
    product *= r * r / (nn_real)d;
    store_row_gradient (dx + i * d, store, grad, row, gamma, m, r, sum, product, d);
  }
}

NN_KERNEL void
nn_unit_forward (nn_real *y, nn_real *norm, const nn_real *x, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * d;
    nn_real *out = y + i * d;
    double squares = 0;

    NN_SIMD_SUM (squares)
    for (size_t j = 0; j < d; j++)
      squares += (double)row[j] * row[j];
    double length = sqrt (squares);
    nn_real scale = (nn_real)(1 / (length < SMALLEST_NORM ? SMALLEST_NORM : length));
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] = row[j] * scale;
    norm[i] = (nn_real)length;
  }
}

NN_KERNEL void
nn_unit_backward (nn_real *dx, const nn_real *dy, const nn_real *y, const nn_real *norm, size_t n,
                  size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *grad = dy + i * d, *unit = y + i * d;
    nn_real *out = dx + i * d, dot = 0;
    int clamped = norm[i] < (nn_real)SMALLEST_NORM;
    nn_real scale = 1 / (clamped ? (nn_real)SMALLEST_NORM : norm[i]);

    NN_SIMD_SUM (dot)
    for (size_t j = 0; j < d; j++)
      dot += grad[j] * unit[j];
    dot = clamped ? 0 : dot;
    NN_SIMD
    for (size_t j = 0; j < d; j++)
      out[j] += (grad[j] - unit[j] * dot) * scale;
  }
}
