/* Rows of numbers in IEEE half precision, which are read from memory in half the time. Always with
 * floats, whatever nn_real is; names are not changed for double. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "nn-level.h"

/* products[i] = row_i · vector, of n rows [n,dim] of finite halves, in float sums of some order. */
void nn_scan_halves (float *products, const uint16_t *rows, const float *vector, size_t n,
                     size_t dim);
/* The same as a processor of that level does it, which must not be above nn_level_get(). */
void nn_scan_halves_at (NnLevel level, float *products, const uint16_t *rows, const float *vector,
                        size_t n, size_t dim);

/* How far rows of halves are from rows of floats, both [n,dim]: off[i] = Σ (row - half)² and
 * squares[i] = Σ half² of row i, in double. Where either row has what is not finite, off[i] is not
 * finite. */
void nn_measure_halves (double *off, double *squares, const uint16_t *halves, const float *rows,
                        size_t n, size_t dim);
