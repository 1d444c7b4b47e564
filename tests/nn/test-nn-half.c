/* Scans of rows in half precision, at every level that this processor has: each half is what it
 * stands for, and products of any width are those of plain loops in double. */
#include <float.h>
#include <glib.h>
#include <math.h>

#include "nn-half.h"
#include "nn-random.h"

enum { ALL = 65536 };

/* What the bits mean, by the standard's own words. */
static double
get_value (guint16 half)
{
  int exponent = half >> 10 & 31, mantissa = half & 1023;
  double value = exponent == 0    ? ldexp (mantissa, -24)
                 : exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                                  : ldexp (1024 + mantissa, exponent - 25);

  return half & 0x8000 ? -value : value;
}

static void
test_values (void)
{
  g_autofree guint16 *halves = g_new (guint16, ALL);
  g_autofree float *products = g_new (float, ALL);
  const float one = 1;
  gsize n = 0;

  for (guint h = 0; h < ALL; h++)
    if (isfinite (get_value (h)))
      halves[n++] = h;
  for (NnLevel level = NN_LEVEL_PLAIN; level <= nn_level_get (); level++) {
    nn_scan_halves_at (level, products, halves, &one, n, 1);
    for (gsize i = 0; i < n; i++)
      g_assert_cmpfloat (products[i], ==, get_value (halves[i]));
  }
}

static void
check_products (NnLevel level, gsize n, gsize dim)
{
  g_autofree guint16 *halves = g_new (guint16, n * dim);
  g_autofree float *vector = g_new (float, dim), *products = g_new (float, n + 1);

  for (gsize i = 0; i < n * dim; i++) /* of all sizes, a few subnormal */
    halves[i] = (guint16)(nn_random_below (1, i, 0x3c00) | nn_random_below (2, i, 2) << 15);
  for (gsize k = 0; k < dim; k++)
    vector[k] = nn_random_uniform (3, k) - 0.5;
  products[n] = 123;
  nn_scan_halves_at (level, products, halves, vector, n, dim);
  for (gsize i = 0; i < n; i++) {
    double sum = 0, size = 0;

    for (gsize k = 0; k < dim; k++) {
      double product = get_value (halves[i * dim + k]) * vector[k];

      sum += product;
      size += fabs (product);
    }
    g_assert_cmpfloat_with_epsilon (products[i], sum, size * (dim + 1) * FLT_EPSILON);
  }
  g_assert_cmpfloat (products[n], ==, 123);
}

static void
test_products (void)
{
  for (NnLevel level = NN_LEVEL_PLAIN; level <= nn_level_get (); level++)
    for (gsize n = 1; n <= 9; n++)
      for (gsize dim = 1; dim <= 70; dim += dim < 20 ? 1 : 5)
        check_products (level, n, dim);
}

static void
test_measures (void)
{
  const guint16 halves[] = { 0x3c00, 0xc000, 0x0001, /* 1, -2, 2^-24 */
                             0x3c00, 0x3c00, 0x7c00, /* …, infinity */
                             0x3c00, 0x7e00, 0x3c00, /* …, NaN */
                             0, 0x8000, 0x3c01 };
  const float rows[] = { 1.25f, -2, 0, 1, 1, 70000, 1, 1, 1, 1e-30f, 0, INFINITY };
  double off[4], squares[4];

  nn_measure_halves (off, squares, halves, rows, 4, 3);
  g_assert_cmpfloat (off[0], ==, 0.0625 + 0x1p-48);
  g_assert_cmpfloat (squares[0], ==, 5 + 0x1p-48);
  for (int i = 1; i < 4; i++)
    g_assert_false (isfinite (off[i]));
  nn_measure_halves (off, squares, halves + 9, rows + 9, 1, 2);
  g_assert_cmpfloat_with_epsilon (off[0], 1e-60, 1e-66); /* nothing is lost that a float loses */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/half/values", test_values);
  g_test_add_func ("/nn/half/products", test_products);
  g_test_add_func ("/nn/half/measures", test_measures);
  return g_test_run ();
}
