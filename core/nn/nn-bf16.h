/* Numbers of bf16: the upper half of a float, with 8 significant bits. Rounding is to nearest, ties
 * to even; numbers below the smallest normal one are kept, what lies beyond the largest becomes
 * infinite, and a NaN stays one (quiet). Names are not changed for double. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What rounding may add to a normal number, relative to it. */
#define NN_BF16_ERROR 0x1p-8

/* The bits of a float rounded to bf16, as those of a float again: the lower half is zero. */
static inline __attribute__ ((always_inline)) uint32_t
nn_bf16_round_bits (uint32_t bits)
{
  uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
  uint32_t quiet = bits | 0x400000u; /* adding could carry a NaN into infinity */

  return ((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded) & 0xffff0000u;
}

static inline __attribute__ ((always_inline)) uint16_t
nn_bf16_from_float (float x)
{
  uint32_t bits;

  __builtin_memcpy (&bits, &x, sizeof bits);
  return (uint16_t)(nn_bf16_round_bits (bits) >> 16);
}

static inline __attribute__ ((always_inline)) float
nn_bf16_to_float (uint16_t x)
{
  uint32_t bits = (uint32_t)x << 16;
  float y;

  __builtin_memcpy (&y, &bits, sizeof y);
  return y;
}

/* to[i] = x[i] in bf16. */
void nn_bf16_encode (uint16_t *to, const float *x, size_t n);
/* to[i] = the float next to x[i] that is a bf16; to may be x. */
void nn_bf16_round (float *to, const float *x, size_t n);
