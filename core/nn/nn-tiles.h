/* Private: matrix products in tiles of 8 rows × 3 vectors of 64 bytes, for processors with AVX-512.
 * At the sizes of this program they are faster than OpenBLAS. On other processors OpenBLAS is as
 * good or better, and this is not used. */
#pragma once

#include "nn-real.h"

/* A matrix that is read at two free strides, and so may be a transpose. */
typedef struct {
  const nn_real *x;
  size_t row, col;
} NnStrided;

/* Whether this processor has what nn_tiles_multiply needs. */
int nn_tiles_usable (void);

/* c[m,n] = alpha a[m,k] b[k,n] + (c if `add`, else bias[n] in every row, else 0). bias may be NULL;
 * m, n, k > 0. Returns 0, with nothing done, where the thread has no room to pack (nn-room.h). */
int nn_tiles_multiply (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n,
                       size_t k, nn_real alpha, const nn_real *bias, int add);
/* The same of numbers rounded to bf16 (nn-bf16.h), without alpha; in double they stay as they are.
 */
int nn_tiles_multiply_rounded (nn_real *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n,
                               size_t k, const nn_real *bias, int add);
