/* Which rows lie near each other, read off a block of products: with the half squared length h of
 * each row, ½‖a-b‖² = h_a + h_b - a·b. */
#pragma once

#include "nn-real.h"

/* Those of n columns, ascending, of which
 *   (row_half + half[j]) - products[j] <= max (row_limit, limits[j])
 * into found [n]; returns how many. groups: columns of the row's own group are left out; NULL =
 * none is. n <= 65536. */
size_t nn_find_near (uint16_t *found, const nn_real *products, const nn_real *half,
                     nn_real row_half, const nn_real *limits, nn_real row_limit,
                     const uint32_t *groups, uint32_t row_group, size_t n);

/* For each of n columns of products [rows,ld]: where half[r] - products[r,j] is less than
 * least[j], it becomes least[j], and first + r becomes which[j]; of equals the lower row stays. */
void nn_keep_nearest (uint32_t *which, nn_real *least, const nn_real *products, size_t ld,
                      const nn_real *half, uint32_t first, size_t rows, size_t n);

/* Σ (a-b)², in double. Up to 15 numbers in order, more of them in eight interleaved sums. */
double nn_square_distance (const nn_real *a, const nn_real *b, size_t n);
