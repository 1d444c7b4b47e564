/* The seam through which every matrix product goes: our own tiles (nn-tiles.h) where the processor
 * has AVX-512, OpenBLAS everywhere else; other back ends come in here. */
#pragma once

#include "nn-real.h"

typedef enum { NN_PLAIN,
               NN_TRANSPOSED } NnTranspose;

/* c[m,n] = alpha * op(a)[m,k] * op(b)[k,n] + beta * c, row-major; ld* are row strides of the stored
 * matrices. With beta = 0, c may hold anything (NaN too). m, n or k may be 0. */
void nn_gemm (NnTranspose trans_a, NnTranspose trans_b, size_t m, size_t n, size_t k, nn_real alpha,
              const nn_real *a, size_t lda, const nn_real *b, size_t ldb, nn_real beta, nn_real *c,
              size_t ldc);
/* c[m,n] = a[m,k] op(b)[k,n] + bias[n] in every row; bias NULL = 0. */
void nn_gemm_bias (NnTranspose trans_b, size_t m, size_t n, size_t k, const nn_real *a, size_t lda,
                   const nn_real *b, size_t ldb, const nn_real *bias, nn_real *c, size_t ldc);

/* Bytes of address space that a program with OpenBLAS takes at least: each of its threads maps a
 * buffer when the library is loaded, each of ours when it first multiplies, and it asks for ever
 * where it does not get one. */
size_t nn_gemm_get_address_space (void);
/* Makes OpenBLAS run each product on the calling thread: our own workers own the cores. Call once
 * at start. */
void nn_gemm_init (void);
/* Whether our own tiles multiply on this processor, and whether they may: tests compare both ways.
 */
int nn_gemm_uses_tiles (void);
void nn_gemm_allow_tiles (int allow);
/* Name of the kernels that OpenBLAS chose, e.g. "Zen"; static string. */
const char *nn_gemm_core_name (void);
/* The library's name, version and options, e.g. "OpenBLAS 0.3.21 …"; static string. */
const char *nn_gemm_library (void);
