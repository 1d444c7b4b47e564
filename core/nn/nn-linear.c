/* y[n,out] = x[n,in] Wᵀ + b,  W [out,in].   dx[n,in] += dy W;  dW[out,in] += dyᵀ x;  db[out] +=
 * Σ_rows dy */
#include "nn-linear.h"

#include "nn-gemm.h"
#include "nn-simd.h"

/* In double there are no products of bf16 numbers. */
#ifdef NN_DOUBLE
#define IF_MIXED(product)
#else
#define IF_MIXED(product) \
  if (mixed) {            \
    product;              \
    return;               \
  }
#endif

void
nn_linear_forward (NnMixed *mixed, nn_real *y, size_t ldy, const nn_real *x, size_t ldx,
                   const nn_real *weight, const nn_real *bias, size_t n, size_t in, size_t out)
{
  IF_MIXED (nn_mixed_forward (mixed, y, ldy, x, ldx, weight, bias, n, in, out))
  nn_gemm_bias (NN_TRANSPOSED, n, out, in, x, ldx, weight, in, bias, y, ldy);
}

/* sum[d] += Σ_rows x[n,d] */
NN_KERNEL static void
add_column_sums (nn_real *sum, const nn_real *x, size_t ldx, size_t n, size_t d)
{
  for (size_t i = 0; i < n; i++) {
    const nn_real *row = x + i * ldx;

    NN_SIMD
    for (size_t j = 0; j < d; j++)
      sum[j] += row[j];
  }
}

static void
add_input_gradient (NnMixed *mixed, nn_real *dx, size_t lddx, NnStore store, const nn_real *dy,
                    size_t lddy, const nn_real *weight, size_t n, size_t in, size_t out)
{
  IF_MIXED (nn_mixed_input_gradient (mixed, dx, lddx, store, dy, lddy, weight, n, in, out))
  nn_gemm (NN_PLAIN, NN_PLAIN, n, in, out, 1, dy, lddy, weight, in, store == NN_ADD, dx, lddx);
}

static void
add_weight_gradient (NnMixed *mixed, nn_real *dweight, const nn_real *dy, size_t lddy,
                     const nn_real *x, size_t ldx, size_t n, size_t in, size_t out)
{
  IF_MIXED (nn_mixed_weight_gradient (mixed, dweight, dy, lddy, x, ldx, n, in, out))
  nn_gemm (NN_TRANSPOSED, NN_PLAIN, out, in, n, 1, dy, lddy, x, ldx, 1, dweight, in);
}

void
nn_linear_backward (NnMixed *mixed, nn_real *dx, size_t lddx, NnStore store, nn_real *dweight,
                    nn_real *dbias, const nn_real *dy, size_t lddy, const nn_real *x, size_t ldx,
                    const nn_real *weight, size_t n, size_t in, size_t out)
{
  if (dx)
    add_input_gradient (mixed, dx, lddx, store, dy, lddy, weight, n, in, out);
  if (dweight)
    add_weight_gradient (mixed, dweight, dy, lddy, x, ldx, n, in, out);
  if (dbias)
    add_column_sums (dbias, dy, lddy, n, out);
}
