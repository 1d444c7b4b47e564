/* Half precision (IEEE 754 binary16) and bfloat16 as 16-bit patterns. */
#pragma once

#include <glib.h>

/* Exact, subnormals, infinities and NaN included. */
float guise_half_to_float (guint16 half);
/* Rounds to nearest, ties to even; 65520 and above become infinity; NaN stays NaN (made quiet). */
guint16 guise_float_to_half (float value);
/* FALSE where one of n is an infinity or NaN: the number did not fit, or was none. */
gboolean guise_halves_are_finite (const guint16 *halves, gsize n);
/* Exact. */
float guise_bfloat16_to_float (guint16 bits);
