/* Products of bf16 numbers by oneDNN, which knows the processors' instructions for them (AMX,
 * AVX512_BF16). The library is loaded when it is first asked for, and need not be there. Operands
 * are rounded here, as nn-bf16.h says; sums are floats. Any thread; each makes its own primitives,
 * which are kept until it ends. Names are not changed for double, and there is no such thing in
 * double.
 *
 * The library may be missing or refuse: what it has not done is for nn-rounded.h. */
#pragma once

#include "nn-tiles.h"

typedef enum {
  NN_BF16_EMULATED, /* no instructions for bf16, or no oneDNN */
  NN_BF16_AVX512,   /* AVX512_BF16 */
  NN_BF16_AMX,
} NnBf16Unit;

/* What the library would multiply with on this processor. */
NnBf16Unit nn_onednn_get_unit (void);
/* Its version, such as "2.6.3"; NULL where it is not there. Static string. */
const char *nn_onednn_get_version (void);

/* How rounded numbers are held. As floats they take, on a processor without instructions for bf16,
 * the same ways through the library that bf16 takes where they are: for tests. */
typedef enum { NN_HELD_AS_BF16,
               NN_HELD_AS_FLOATS } NnHeld;
/* Whether it multiplies such numbers here at all, by instructions or by emulation. */
int nn_onednn_can (NnHeld held);

/* A matrix [k,n], rounded, in the library's layout for the right side of products. */
typedef struct NnPacked NnPacked;

/* NULL when memory is out or the library refuses. */
NnPacked *nn_onednn_packed_new (size_t k, size_t n, NnHeld held);
void nn_onednn_packed_free (NnPacked *packed);
size_t nn_onednn_packed_bytes (const NnPacked *packed);
/* Fills it. One of b's strides is 1 and the other k or n, without gaps. Returns 0 on failure. */
int nn_onednn_pack (NnPacked *packed, NnStrided b);

/* c[m,n] = a[m,k] b[k,n] + (c if `add`, else bias[n] in every row, else 0). bias may be NULL.
 * Returns how many rows of c are done: m unless something failed. */
size_t nn_onednn_multiply (float *c, size_t ldc, const float *a, size_t lda, const NnPacked *b,
                           size_t m, const float *bias, int add);
/* c[m,n] += aᵀ b with a [k,m] and b [k,n]. Returns how many rows of a and b are done: k unless
 * something failed. */
size_t nn_onednn_add_transposed (float *c, size_t ldc, const float *a, size_t lda, const float *b,
                                 size_t ldb, size_t m, size_t n, size_t k, NnHeld held);
