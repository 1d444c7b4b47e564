#include "nn-bf16.h"

#include "nn-simd.h"

NN_KERNEL void
nn_bf16_encode (uint16_t *to, const float *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    to[i] = nn_bf16_from_float (x[i]);
}

NN_KERNEL void
nn_bf16_round (float *to, const float *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    to[i] = nn_bf16_to_float (nn_bf16_from_float (x[i]));
}
