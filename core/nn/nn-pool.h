/* Masked mean over the rows of each sequence. */
#pragma once

#include "nn-real.h"

/* y [B,d] = mean of the rows start[b] … start[b+1]-1 of x whose mask is not 0 (mask NULL: all);
 * zeros where there are none. */
void nn_mean_pool_forward (nn_real *y, const nn_real *x, size_t ldx, const uint8_t *mask,
                           const size_t *start, size_t batch, size_t d);
void nn_mean_pool_backward (nn_real *dx, size_t lddx, const nn_real *dy, const uint8_t *mask,
                            const size_t *start, size_t batch, size_t d);
