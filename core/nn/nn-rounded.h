/* Products of floats that are rounded to bf16 first, on any processor: the sums are made in float,
 * so the results are those of bf16 instructions but for the order of their sums. No faster than
 * products of floats. Names are not changed for double, and there is no such thing in double. */
#pragma once

#include "nn-tiles.h"

/* c[m,n] = a[m,k] b[k,n] + (c if `add`, else bias[n] in every row, else 0). bias may be NULL; any
 * size may be 0. */
void nn_rounded_multiply (float *c, size_t ldc, NnStrided a, NnStrided b, size_t m, size_t n,
                          size_t k, const float *bias, int add);
