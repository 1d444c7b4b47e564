/* Private: small matrix products whose partial sums stay in registers. At attention's usual sizes
 * (some 20 to 60 rows, 32 columns) a BLAS call spends more time on packing than on products.
 *   c[m,n] = (c[m,n] if `add`) + a[m,k] b[k,n],  a(i,p) = a.x[i·a.row + p·a.col], b, c by rows */
#pragma once

#include "nn-simd.h"
#include "nn-tiles.h"

#define NN_VECTOR_BYTES 32
#define NN_LANES (NN_VECTOR_BYTES / sizeof (nn_real))
#define NN_BLOCK_ROWS 4

/* As many numbers as an AVX register holds, read and written at any address. The compiler makes
 * two SSE registers of it where there is no AVX. */
typedef nn_real NnVector
    __attribute__ ((vector_size (NN_VECTOR_BYTES), aligned (sizeof (nn_real)), may_alias));

/* rows × vectors sums, both constants: the loops over them disappear. */
NN_INLINE void
nn_block_tile (nn_real *c, size_t ldc, NnStrided a, const nn_real *b, size_t ldb, size_t k,
               const size_t rows, const size_t vectors, int add)
{
  NnVector sum[NN_BLOCK_ROWS][3] = { { { 0 } } };

  for (size_t p = 0; p < k; p++) {
    const nn_real *from = b + p * ldb;

#pragma GCC unroll 4
    for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 3
      for (size_t v = 0; v < vectors; v++)
        sum[i][v] += a.x[i * a.row + p * a.col] * *(const NnVector *)(from + v * NN_LANES);
  }
#pragma GCC unroll 4
  for (size_t i = 0; i < rows; i++)
#pragma GCC unroll 3
    for (size_t v = 0; v < vectors; v++) {
      NnVector *to = (NnVector *)(c + i * ldc + v * NN_LANES);

      if (add)
        *to += sum[i][v];
      else
        *to = sum[i][v];
    }
}

/* All rows of a panel that is `vectors` vectors wide. */
NN_INLINE void
nn_block_panel (nn_real *c, size_t ldc, NnStrided a, const nn_real *b, size_t ldb, size_t m,
                size_t k, const size_t vectors, int add)
{
  while (m >= NN_BLOCK_ROWS) {
    nn_block_tile (c, ldc, a, b, ldb, k, NN_BLOCK_ROWS, vectors, add);
    c += NN_BLOCK_ROWS * ldc;
    a.x += NN_BLOCK_ROWS * a.row;
    m -= NN_BLOCK_ROWS;
  }
  if (m == 3)
    nn_block_tile (c, ldc, a, b, ldb, k, 3, vectors, add);
  else if (m == 2)
    nn_block_tile (c, ldc, a, b, ldb, k, 2, vectors, add);
  else if (m == 1)
    nn_block_tile (c, ldc, a, b, ldb, k, 1, vectors, add);
}

/* The columns that do not fill a vector. */
NN_INLINE void
nn_block_rest (nn_real *c, size_t ldc, NnStrided a, const nn_real *b, size_t ldb, size_t m,
               size_t n, size_t k, int add)
{
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      nn_real sum = add ? c[i * ldc + j] : 0;

      for (size_t p = 0; p < k; p++)
        sum += a.x[i * a.row + p * a.col] * b[p * ldb + j];
      c[i * ldc + j] = sum;
    }
}

NN_INLINE void
nn_block_multiply (nn_real *c, size_t ldc, NnStrided a, const nn_real *b, size_t ldb, size_t m,
                   size_t n, size_t k, int add)
{
  size_t j = 0;

  while (n - j >= 2 * NN_LANES && (n - j) / NN_LANES != 3) {
    nn_block_panel (c + j, ldc, a, b + j, ldb, m, k, 2, add);
    j += 2 * NN_LANES;
  }
  if (n - j >= 3 * NN_LANES) {
    nn_block_panel (c + j, ldc, a, b + j, ldb, m, k, 3, add);
    j += 3 * NN_LANES;
  }
  if (n - j >= NN_LANES) {
    nn_block_panel (c + j, ldc, a, b + j, ldb, m, k, 1, add);
    j += NN_LANES;
  }
  if (n > j)
    nn_block_rest (c + j, ldc, a, b + j, ldb, m, n - j, k, add);
}
