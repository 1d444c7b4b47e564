#include "guise-half.h"

#include <string.h>

static float
float_from_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

float
guise_half_to_float (guint16 half)
{
  guint32 sign = (guint32)(half & 0x8000) << 16;
  guint32 exponent = half >> 10 & 0x1f, mantissa = half & 0x3ff;

  if (exponent == 0x1f)
    return float_from_bits (sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0) {
    float value = (float)mantissa * 0x1p-24f; /* exact: ten bits times a power of two */

    return sign ? -value : value;
  }
  return float_from_bits (sign | (exponent + 112) << 23 | mantissa << 13);
}

/* mantissa >> shift, to nearest, ties to even; a carry into the exponent is the wanted result. */
static guint32
shift_round (guint32 mantissa, int shift)
{
  guint32 kept = mantissa >> shift, rest = mantissa & ((1u << shift) - 1), tie = 1u << (shift - 1);

  return kept + (rest > tie || (rest == tie && (kept & 1)));
}

guint16
guise_float_to_half (float value)
{
  guint32 bits;
  guint16 sign;

  memcpy (&bits, &value, sizeof bits);
  sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000)
    return sign | 0x7e00 | (bits >> 13 & 0x3ff);
  if (bits >= 0x477ff000) /* 65520: halfway between the largest half and the next step */
    return sign | 0x7c00;
  if (bits < 0x33000000) /* below 2^-25, half of the smallest subnormal */
    return sign;
  if (bits < 0x38800000) /* below 2^-14: a subnormal, counted in units of 2^-24 */
    return sign | shift_round ((bits & 0x7fffff) | 0x800000, 126 - (bits >> 23));
  return sign | shift_round (bits - (112u << 23), 13);
}

gboolean
guise_halves_are_finite (const guint16 *halves, gsize n)
{
  guint n_infinite = 0;

  for (gsize i = 0; i < n; i++)
    n_infinite += (halves[i] & 0x7c00) == 0x7c00;
  return n_infinite == 0;
}

float
guise_bfloat16_to_float (guint16 bits)
{
  return float_from_bits ((guint32)bits << 16);
}
