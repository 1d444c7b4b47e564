/* How much two sets of features, x [n,·] and y or u [n,·], depend on each other, by linear kernels.
 *   HSIC      Kx = Xc Xcᵀ, Ky = Yc Ycᵀ (c: column means taken out);  L = Σ Kx∘Ky / (n-1)²
 *             dx = 2 Ky Xc/(n-1)²,  dy = 2 Kx Yc/(n-1)²  (their column means are 0 already)
 *   text-CKA  K = x xᵀ, M = u uᵀ with zero diagonals, row sums k and m, totals k̂ and m̂;
 *             h(K,M) = (Σ K∘M + k̂ m̂/((n-1)(n-2)) - 2 k·m/(n-2)) / (n (n-3))
 *             L = relu(h(K,M)) / √(max(h(K,K),1e-12) max(h(M,M),1e-12)),  dx = 2 (∂L/∂K) x,
 *             ∂h/∂K_ij = (M_ij + m̂/((n-1)(n-2)) - (m_i + m_j)/(n-2)) / (n (n-3)) for i ≠ j
 *             (its symmetric part; 0 on the diagonal)
 * Sums run in double. */
#include <string.h>

#include "nn-gemm.h"
#include "nn-loss.h"
#include "nn-simd.h"

#define SMALLEST_HSIC 1e-12

/* centred [n,d] = x less its column means. */
static void
centre_columns (nn_real *centred, const nn_real *x, size_t n, size_t d)
{
  for (size_t j = 0; j < d; j++) {
    double sum = 0;

    for (size_t i = 0; i < n; i++)
      sum += x[i * d + j];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
      centred[i * d + j] = (nn_real)(x[i * d + j] - mean);
  }
}

NN_KERNEL static double
dot (const nn_real *a, const nn_real *b, size_t n)
{
  double sum = 0;

  NN_SIMD_SUM (sum)
  for (size_t i = 0; i < n; i++)
    sum += (double)a[i] * b[i];
  return sum;
}

double
nn_hsic (nn_real *dx, nn_real *dy, nn_real *scratch, const nn_real *x, const nn_real *y, size_t n,
         size_t d)
{
  nn_real *xc = scratch, *yc = xc + n * d, *kx = yc + n * d, *ky = kx + n * n;

  if (n < 2) {
    if (dx)
      memset (dx, 0, n * d * sizeof *dx);
    if (dy)
      memset (dy, 0, n * d * sizeof *dy);
    return 0;
  }
  double scale = 1 / ((double)(n - 1) * (double)(n - 1));
  centre_columns (xc, x, n, d);
  centre_columns (yc, y, n, d);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, d, 1, xc, d, xc, d, 0, kx, n);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, d, 1, yc, d, yc, d, 0, ky, n);
  if (dx)
    nn_gemm (NN_PLAIN, NN_PLAIN, n, d, n, (nn_real)(2 * scale), ky, n, xc, d, 0, dx, d);
  if (dy)
    nn_gemm (NN_PLAIN, NN_PLAIN, n, d, n, (nn_real)(2 * scale), kx, n, yc, d, 0, dy, d);
  return dot (kx, ky, n * n) * scale;
}

/* A Gram matrix without its diagonal, and its sums. */
typedef struct {
  nn_real *k;    /* [n,n] */
  nn_real *rows; /* [n] row sums */
  double total;
} Gram;

static Gram
make_gram (nn_real *k, nn_real *rows, const nn_real *x, size_t n, size_t d)
{
  Gram gram = { k, rows, 0 };

  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n, d, 1, x, d, x, d, 0, k, n);
  for (size_t i = 0; i < n; i++) {
    double sum = 0;

    k[i * n + i] = 0;
    for (size_t j = 0; j < n; j++)
      sum += k[i * n + j];
    rows[i] = (nn_real)sum;
    gram.total += sum;
  }
  return gram;
}

static double
unbiased_hsic (const Gram *a, const Gram *b, size_t n)
{
  double m = (double)n;
  double sum = dot (a->k, b->k, n * n) + a->total * b->total / ((m - 1) * (m - 2))
               - 2 / (m - 2) * dot (a->rows, b->rows, n);

  return sum / (m * (m - 3));
}

/* gradient [n,n] = with · ∂h(K,M)/∂K + within · ∂h(K,K)/∂K, where ∂h(K,K)/∂K counts both arguments.
 */
static void
hsic_gradient (nn_real *gradient, const Gram *k, const Gram *other, double with, double within,
               size_t n)
{
  double m = (double)n, per_pair = 1 / ((m - 1) * (m - 2)), per_row = 1 / (m - 2),
         all = 1 / (m * (m - 3));
  double wo = with * all, wk = 2 * within * all;

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++) {
      double to_other = other->k[i * n + j] + other->total * per_pair
                        - ((double)other->rows[i] + other->rows[j]) * per_row;
      double to_self
          = k->k[i * n + j] + k->total * per_pair - ((double)k->rows[i] + k->rows[j]) * per_row;

      gradient[i * n + j] = i == j ? 0 : (nn_real)(wo * to_other + wk * to_self);
    }
}

double
nn_text_cka (nn_real *dx, nn_real *scratch, const nn_real *x, const nn_real *u, size_t n,
             size_t x_width, size_t u_width)
{
  nn_real *rows = scratch + 3 * n * n;

  if (dx)
    memset (dx, 0, n * x_width * sizeof *dx);
  if (n < 4)
    return 0;
  Gram k = make_gram (scratch, rows, x, n, x_width);
  Gram m = make_gram (scratch + n * n, rows + n, u, n, u_width);
  double h_km = unbiased_hsic (&k, &m, n), h_kk = unbiased_hsic (&k, &k, n),
         h_mm = unbiased_hsic (&m, &m, n);
  if (isnan (h_km) || isnan (h_kk) || isnan (h_mm))
    return NAN;
  if (h_km <= 0)
    return 0;
  double scale = 1 / sqrt (fmax (h_kk, SMALLEST_HSIC) * fmax (h_mm, SMALLEST_HSIC));
  if (dx) {
    nn_real *gradient = scratch + 2 * n * n;
    double within = h_kk >= SMALLEST_HSIC ? -0.5 * h_km * scale / h_kk : 0;

    hsic_gradient (gradient, &k, &m, scale, within, n);
    nn_gemm (NN_PLAIN, NN_PLAIN, n, x_width, n, 2, gradient, n, x, x_width, 0, dx, x_width);
  }
  return h_km * scale;
}
