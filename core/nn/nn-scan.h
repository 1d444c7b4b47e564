/* Products of one vector with many rows: each row is read once, from memory at its full speed. */
#pragma once

#include "nn-real.h"

/* products[i] = row_i · vector and squares[i] = row_i · row_i, of n rows [n,dim], in sums of some
 * order. */
void nn_scan_rows (nn_real *products, nn_real *squares, const nn_real *rows, const nn_real *vector,
                   size_t n, size_t dim);

/* a · b, summed in double in an order that depends on dim alone: equal vectors have equal
 * products, on every processor (in float no product is rounded, so that it does not matter whether
 * it is added at once). */
double nn_dot_exact (const nn_real *a, const nn_real *b, size_t dim);
/* products[i] = nn_dot_exact of row i and the vector, rounded once. */
void nn_scan_exact (nn_real *products, const nn_real *rows, const nn_real *vector, size_t n,
                    size_t dim);
