/* The float kernels' own exp, softplus and normal distribution against libm in double, over a wide
 * range of numbers. Errors are counted in units of the last place of the true value. */
#include <glib.h>
#include <math.h>

#include "nn-activation.h"
#include "nn-mamba.h"

#define STEPS 200001

/* Below the smallest normal float the unit stays what it is there. */
static double
ulps (float got, double want)
{
  float next = nextafterf ((float)fabs (want), INFINITY);
  double unit = fmax ((double)next - fabs ((double)(float)want), 0x1p-149);

  return fabs ((double)got - want) / unit;
}

static float
point (double from, double to, size_t i)
{
  return (float)(from + (to - from) * (double)i / (STEPS - 1));
}

static double
true_sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

static double
true_silu (double x)
{
  return x * true_sigmoid (x);
}

static double
true_gelu (double x)
{
  return 0.5 * x * erfc (-x * M_SQRT1_2);
}

static double
true_gelu_slope (double x)
{
  return 0.5 * erfc (-x * M_SQRT1_2) + x * exp (-0.5 * x * x) / sqrt (2 * M_PI);
}

static double
true_silu_slope (double x)
{
  return true_sigmoid (x) * (1 + x * (1 - true_sigmoid (x)));
}

typedef void (*Kernel) (float *y, const float *x, size_t n);

/* The worst error in units over [from,to]. */
static double
worst (Kernel kernel, double (*truth) (double), double from, double to)
{
  g_autofree float *x = g_new (float, STEPS), *y = g_new (float, STEPS);
  double most = 0;

  for (size_t i = 0; i < STEPS; i++)
    x[i] = point (from, to, i);
  kernel (y, x, STEPS);
  for (size_t i = 0; i < STEPS; i++)
    most = fmax (most, ulps (y[i], truth (x[i])));
  g_test_message ("worst error %.2f units", most);
  return most;
}

/* e^x through the softmax of (x, 0): y₀/y₁, exact division aside. */
static void
exp_by_softmax (float *y, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    float pair[2] = { x[i], 0 }, out[2];

    nn_softmax_forward (out, pair, 1, 2);
    y[i] = out[0] / out[1];
  }
}

/* Δ = softplus(raw), as the scan keeps it. */
static void
softplus_by_scan (float *y, const float *x, size_t n)
{
  static const float zeros[STEPS];
  g_autofree float *out = g_new (float, n), *states = g_new (float, n);

  nn_selective_scan_forward (out, y, states, zeros, x, zeros, zeros, 1, zeros, zeros, n, 1, 1, 1);
}

static double
true_softplus (double x)
{
  return x > 20 ? x : log1p (exp (x));
}

static void
test_exp (void)
{
  g_assert_cmpfloat (worst (exp_by_softmax, exp, -80, 0), <=, 3);
  g_assert_cmpfloat (worst (exp_by_softmax, exp, -1, 0), <=, 3);
}

static void
test_sigmoid (void)
{
  g_assert_cmpfloat (worst (nn_sigmoid_forward, true_sigmoid, -87, 87), <=, 3);
}

static void
test_silu (void)
{
  g_assert_cmpfloat (worst (nn_silu_forward, true_silu, -80, 100), <=, 4);
}

/* Far out on the left the rounding of x² itself counts, e^(-x²/2) magnifies it. */
static void
test_gelu (void)
{
  g_assert_cmpfloat (worst (nn_gelu_forward, true_gelu, -1, 10), <=, 6);
  g_assert_cmpfloat (worst (nn_gelu_forward, true_gelu, -4, -1), <=, 12);
  g_assert_cmpfloat (worst (nn_gelu_forward, true_gelu, -12, -4), <=, 80);
}

static void
test_softplus (void)
{
  g_assert_cmpfloat (worst (softplus_by_scan, true_softplus, -80, 40), <=, 4);
}

/* Slopes pass through zero: absolute errors. */
static void
test_slopes (void)
{
  for (size_t i = 0; i < STEPS; i++) {
    float x = point (-30, 30, i), one = 1, gelu = 0, silu = 0;

    nn_gelu_backward (&gelu, NN_ADD, &one, &x, 1);
    nn_silu_backward (&silu, &one, &x, 1);
    g_assert_cmpfloat (fabs (gelu - true_gelu_slope (x)), <=, 1e-6);
    g_assert_cmpfloat (fabs (silu - true_silu_slope (x)), <=, 1e-6);
  }
}

/* Nothing overflows into NaN, however large the number. */
static void
test_extremes (void)
{
  static const float x[] = { 0.0f, -0.0f, 1e-40f, -1e-40f, 104, -104, 1e4f, -1e4f, 3e38f, -3e38f };
  enum { N = G_N_ELEMENTS (x) };
  float one[N], gelu[N], sigmoid[N], silu[N], softplus[N], dgelu[N] = { 0 }, dsilu[N] = { 0 };

  for (size_t i = 0; i < N; i++)
    one[i] = 1;
  nn_gelu_forward (gelu, x, N);
  nn_sigmoid_forward (sigmoid, x, N);
  nn_silu_forward (silu, x, N);
  softplus_by_scan (softplus, x, N);
  nn_gelu_backward (dgelu, NN_ADD, one, x, N);
  nn_silu_backward (dsilu, one, x, N);
  for (size_t i = 0; i < N; i++) {
    double right = x[i] > 1 ? x[i] : 0;

    g_assert_cmpfloat_with_epsilon (gelu[i], right, 1e-30);
    g_assert_cmpfloat_with_epsilon (silu[i], right, 1e-30);
    if (fabsf (x[i]) > 1) {
      g_assert_cmpfloat_with_epsilon (sigmoid[i], x[i] > 0, 1e-30);
      g_assert_cmpfloat_with_epsilon (softplus[i], right, 1e-30);
      g_assert_cmpfloat_with_epsilon (dgelu[i], x[i] > 0, 1e-30);
      g_assert_cmpfloat_with_epsilon (dsilu[i], x[i] > 0, 1e-30);
    }
  }
}

static void
test_nan (void)
{
  float x[9], y[9], s[9];

  for (int i = 0; i < 9; i++)
    x[i] = i == 4 ? NAN : 1;
  nn_gelu_forward (y, x, 9);
  nn_sigmoid_forward (s, x, 9);
  for (int i = 0; i < 9; i++)
    g_assert_true (isnan (y[i]) == (i == 4) && isnan (s[i]) == (i == 4));
  nn_softmax_forward (y, x, 1, 9);
  g_assert_true (isnan (y[0]) && isnan (y[8]));
  softplus_by_scan (y, x, 9);
  g_assert_true (isnan (y[4]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/accuracy/exp", test_exp);
  g_test_add_func ("/nn/accuracy/sigmoid", test_sigmoid);
  g_test_add_func ("/nn/accuracy/silu", test_silu);
  g_test_add_func ("/nn/accuracy/gelu", test_gelu);
  g_test_add_func ("/nn/accuracy/softplus", test_softplus);
  g_test_add_func ("/nn/accuracy/slopes", test_slopes);
  g_test_add_func ("/nn/accuracy/extremes", test_extremes);
  g_test_add_func ("/nn/accuracy/nan", test_nan);
  return g_test_run ();
}
