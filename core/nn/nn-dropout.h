/* Dropout whose mask is a function of (seed, position): backward, or a second forward pass, replays
 * it. */
#pragma once

#include "nn-real.h"

/* y[i] = x[i] / (1-rate) where hash(seed, counter + i) says keep, else 0; rate in [0,1). x = y is
 * allowed. The mask is the same in float and in double. */
void nn_dropout_forward (nn_real *y, const nn_real *x, size_t n, double rate, uint64_t seed,
                         uint64_t counter);
void nn_dropout_backward (nn_real *dx, const nn_real *dy, size_t n, double rate, uint64_t seed,
                          uint64_t counter);
