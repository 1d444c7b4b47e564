/* How far a sum of products in float may be from the true one. Private to the layer. */
#pragma once

#include <float.h>
#include <stddef.h>

/* No float sum of n products, in whatever order and with or without FMA, is further than this times
 * both lengths from the true one (Higham, Accuracy and Stability of Numerical Algorithms, 3.1),
 * with room for rounding the exact one, and for adding and subtracting this. */
static inline float
guise_product_slack (size_t n)
{
  return (float)((n + 6) * 0.52 * FLT_EPSILON);
}

/* The same for products of subnormal numbers: as it is, not times anything. */
static inline float
guise_product_least_slack (size_t n)
{
  return (float)(n + 6) * 2 * FLT_TRUE_MIN;
}
