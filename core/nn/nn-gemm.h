/* The seam through which every matrix product goes. Today OpenBLAS; other back ends come in here.
 */
#pragma once

#include "nn-real.h"

typedef enum { NN_PLAIN,
               NN_TRANSPOSED } NnTranspose;

/* c[m,n] = alpha * op(a)[m,k] * op(b)[k,n] + beta * c, row-major; ld* are row strides of the stored
 * matrices. With beta = 0, c may hold anything (NaN too). m, n or k may be 0. */
void nn_gemm (NnTranspose trans_a, NnTranspose trans_b, size_t m, size_t n, size_t k, nn_real alpha,
              const nn_real *a, size_t lda, const nn_real *b, size_t ldb, nn_real beta, nn_real *c,
              size_t ldc);

/* Makes OpenBLAS run each product on the calling thread: our own workers own the cores. Call once
 * at start. */
void nn_gemm_init (void);
/* Name of the kernels that OpenBLAS chose, e.g. "Zen"; static string. */
const char *nn_gemm_core_name (void);
