/* Half precision (IEEE 754 binary16) and bfloat16 as 16-bit patterns. */
#pragma once

#include <glib.h>

/* Exact, subnormals, infinities and NaN included. */
float guise_half_to_float (guint16 half);
/* Rounds to nearest, ties to even; 65520 and above become infinity; NaN stays NaN (made quiet). */
guint16 guise_float_to_half (float value);
/* Exact. */
float guise_bfloat16_to_float (guint16 bits);
