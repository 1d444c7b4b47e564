/* c[m,n] = alpha op(a)[m,k] op(b)[k,n] + beta c. What reaches CBLAS here has no zero size; a
 * product with one row or one column goes through the matrix-vector routine, which need not pack
 * anything. */
#include "nn-gemm.h"

#include <cblas.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "nn-tiles.h"

#ifdef NN_DOUBLE
#define nn_cblas_gemm cblas_dgemm
#define nn_cblas_gemv cblas_dgemv
#else
#define nn_cblas_gemm cblas_sgemm
#define nn_cblas_gemv cblas_sgemv
#endif

/* c = beta c, where beta = 0 clears whatever stood there. */
static void
scale_matrix (nn_real *c, size_t ldc, size_t m, size_t n, nn_real beta)
{
  if (beta == 1)
    return;
  for (size_t i = 0; i < m; i++) {
    nn_real *row = c + i * ldc;

    for (size_t j = 0; j < n; j++)
      row[j] = beta == 0 ? 0 : beta * row[j];
  }
}

/* y[len] += alpha op(a) x, where op(a) has len rows; op is the transpose if `transposed`, and a is
 * stored [rows,cols]. */
static void
multiply_vector (int transposed, size_t rows, size_t cols, nn_real alpha, const nn_real *a,
                 size_t lda, const nn_real *x, size_t inc_x, nn_real *y, size_t inc_y)
{
  nn_cblas_gemv (CblasRowMajor, transposed ? CblasTrans : CblasNoTrans, (blasint)rows,
                 (blasint)cols, alpha, a, (blasint)lda, x, (blasint)inc_x, 1, y, (blasint)inc_y);
}

/* Asked once; threads that ask at the same time get the same answer. */
static atomic_int n_blas_threads; /* that the library started; 0 = not asked yet */
static atomic_int tiles_usable = -1;
static atomic_bool tiles_allowed = true;

int
nn_gemm_uses_tiles (void)
{
  int usable = atomic_load_explicit (&tiles_usable, memory_order_relaxed);

  if (usable < 0) {
    usable = nn_tiles_usable ();
    atomic_store_explicit (&tiles_usable, usable, memory_order_relaxed);
  }
  return usable && atomic_load_explicit (&tiles_allowed, memory_order_relaxed);
}

void
nn_gemm_allow_tiles (int allow)
{
  atomic_store (&tiles_allowed, allow != 0);
}

/* A tile narrower than this leaves too much of it empty. */
static int
suits_tiles (size_t n)
{
  return n >= 32 / sizeof (nn_real) && nn_gemm_uses_tiles ();
}

static NnStrided
strided (const nn_real *x, size_t ld, int transposed)
{
  return transposed ? (NnStrided){ x, 1, ld } : (NnStrided){ x, ld, 1 };
}

void
nn_gemm (NnTranspose trans_a, NnTranspose trans_b, size_t m, size_t n, size_t k, nn_real alpha,
         const nn_real *a, size_t lda, const nn_real *b, size_t ldb, nn_real beta, nn_real *c,
         size_t ldc)
{
  int ta = trans_a == NN_TRANSPOSED, tb = trans_b == NN_TRANSPOSED;

  if (m == 0 || n == 0)
    return;
  if (k == 0 || alpha == 0) {
    scale_matrix (c, ldc, m, n, beta);
    return;
  }
  if (n == 1) {
    scale_matrix (c, ldc, m, 1, beta);
    multiply_vector (ta, ta ? k : m, ta ? m : k, alpha, a, lda, b, tb ? 1 : ldb, c, ldc);
    return;
  }
  if (m == 1) {
    scale_matrix (c, ldc, 1, n, beta);
    multiply_vector (!tb, tb ? n : k, tb ? k : n, alpha, b, ldb, a, ta ? lda : 1, c, 1);
    return;
  }
  if ((beta == 0 || beta == 1) && suits_tiles (n)
      && nn_tiles_multiply (c, ldc, strided (a, lda, ta), strided (b, ldb, tb), m, n, k, alpha,
                            NULL, beta == 1))
    return;
  nn_cblas_gemm (CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans,
                 (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb, beta,
                 c, (blasint)ldc);
}

void
nn_gemm_bias (NnTranspose trans_b, size_t m, size_t n, size_t k, const nn_real *a, size_t lda,
              const nn_real *b, size_t ldb, const nn_real *bias, nn_real *c, size_t ldc)
{
  if (bias && m > 1 && k > 0 && suits_tiles (n)
      && nn_tiles_multiply (c, ldc, strided (a, lda, 0), strided (b, ldb, trans_b == NN_TRANSPOSED),
                            m, n, k, 1, bias, 0))
    return;
  for (size_t i = 0; bias && i < m; i++)
    memcpy (c + i * ldc, bias, n * sizeof *c);
  nn_gemm (NN_PLAIN, trans_b, m, n, k, 1, a, lda, b, ldb, bias ? 1 : 0, c, ldc);
}

/* Measured: a program maps some 200 MiB, and OpenBLAS 128 for each of its threads and as much for
 * each of ours that multiplies with it. */
size_t
nn_gemm_get_address_space (void)
{
  int n_threads = atomic_load (&n_blas_threads);

  if (n_threads == 0)
    n_threads = openblas_get_num_threads ();
  return ((size_t)256 << 20) * (size_t)(1 + n_threads);
}

void
nn_gemm_init (void)
{
  int none = 0;

  atomic_compare_exchange_strong (&n_blas_threads, &none, openblas_get_num_threads ());
  openblas_set_num_threads (1);
}

const char *
nn_gemm_core_name (void)
{
  return openblas_get_corename ();
}

const char *
nn_gemm_library (void)
{
  return openblas_get_config ();
}
