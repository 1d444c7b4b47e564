/* y = x keep / (1-rate), dx += dy keep / (1-rate). keep_i: 53 hashed bits of (seed, counter + i)
 * are at least rate · 2⁵³, an integer comparison, so that both number types and every machine
 * agree. */
#include "nn-dropout.h"

#include "nn-random.h"
#include "nn-simd.h"

#define BITS 53

/* The smallest hash that is kept. */
static uint64_t
threshold_of (double rate)
{
  return (uint64_t)ceil (rate * (double)(1ull << BITS));
}

NN_KERNEL void
nn_dropout_forward (nn_real *y, const nn_real *x, size_t n, double rate, uint64_t seed,
                    uint64_t counter)
{
  uint64_t threshold = threshold_of (rate);
  nn_real scale = (nn_real)(1 / (1 - rate));

  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    uint64_t hash = nn_random_bits (seed, counter + i) >> (64 - BITS);

    y[i] = hash >= threshold ? x[i] * scale : 0;
  }
}

NN_KERNEL void
nn_dropout_backward (nn_real *dx, const nn_real *dy, size_t n, double rate, uint64_t seed,
                     uint64_t counter)
{
  uint64_t threshold = threshold_of (rate);
  nn_real scale = (nn_real)(1 / (1 - rate));

  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    uint64_t hash = nn_random_bits (seed, counter + i) >> (64 - BITS);

    dx[i] += hash >= threshold ? dy[i] * scale : 0;
  }
}
