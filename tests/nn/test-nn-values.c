/* Known values, in both number types: this file is compiled once as float and once as double. */
#include <float.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn-activation.h"
#include "nn-adam.h"
#include "nn-dropout.h"
#include "nn-elementwise.h"
#include "nn-gemm.h"
#include "nn-linear.h"
#include "nn-loss.h"
#include "nn-near.h"
#include "nn-norm.h"
#include "nn-random.h"

#ifdef NN_DOUBLE
#define EPSILON 1e-14
#define LARGEST DBL_MAX
#else
#define EPSILON 3e-6
#define LARGEST FLT_MAX
#endif

#define assert_near(a, b) g_assert_cmpfloat_with_epsilon ((double)(a), (double)(b), EPSILON)

static nn_real *
random_reals (size_t n, uint64_t seed)
{
  nn_real *x = g_new (nn_real, n + 1);

  for (size_t i = 0; i < n; i++)
    x[i] = (nn_real)(2 * nn_random_uniform (seed, i) - 1);
  return x;
}

/* ---- products ---- */

/* For sums of k products. */
#define assert_sum_near(a, b, k) \
  g_assert_cmpfloat_with_epsilon ((double)(a), (double)(b), EPSILON *(1 + (double)(k) / 32))

static double
naive_entry (int ta, int tb, size_t k, const nn_real *a, size_t lda, const nn_real *b, size_t ldb,
             size_t i, size_t j)
{
  double sum = 0;

  for (size_t p = 0; p < k; p++)
    sum += (double)a[ta ? p * lda + i : i * lda + p] * b[tb ? j * ldb + p : p * ldb + j];
  return sum;
}

/* beta = 0 must wipe NaN; padding beyond column n stays. */
static void
check_gemm (int ta, int tb, size_t m, size_t n, size_t k, nn_real beta)
{
  size_t lda = (ta ? m : k) + 2, ldb = (tb ? k : n) + 3, ldc = n + 1;
  g_autofree nn_real *a = random_reals ((ta ? k : m) * lda, 1);
  g_autofree nn_real *b = random_reals ((tb ? n : k) * ldb, 2);
  g_autofree nn_real *before = random_reals (m * ldc, 3), *c = random_reals (m * ldc, 3);

  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; beta == 0 && j < n; j++)
      c[i * ldc + j] = NAN;
  nn_gemm (ta ? NN_TRANSPOSED : NN_PLAIN, tb ? NN_TRANSPOSED : NN_PLAIN, m, n, k, (nn_real)0.5, a,
           lda, b, ldb, beta, c, ldc);
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++) {
      double old = beta == 0 ? 0 : beta * before[i * ldc + j];

      assert_sum_near (c[i * ldc + j],
                       0.5 * naive_entry (ta, tb, k, a, lda, b, ldb, i, j) + old, k);
    }
    g_assert_true (c[i * ldc + n] == before[i * ldc + n]);
  }
}

static void
test_gemm (void)
{
  static const size_t shapes[][3]
      = {
          { 3, 4, 5 },
          { 1, 7, 3 },
          { 6, 1, 4 },
          { 1, 1, 9 },
          { 5, 4, 0 },
          { 0, 3, 2 },
          { 3, 0, 2 },
          { 17, 33, 19 },
          { 1, 5, 1 },
          { 5, 1, 1 },
          { 1, 0, 3 },
          { 70, 40, 65 },
          { 9, 48, 7 },    /* tiles: a row too many, a whole panel, short */
          { 40, 64, 300 }, /* two panels of two vectors, strips in pairs */
          { 135, 60, 40 }, /* a second block of rows, with a ragged end */
          { 15, 807, 19 }, /* two blocks wide, a ragged panel */
          { 10, 50, 807 }, /* two blocks deep */
          { 2, 1100, 3 },
        };
  static const nn_real betas[] = { 0, 1, (nn_real)-0.25 };

  for (int tiles = 0; tiles < 2; tiles++) {
    nn_gemm_allow_tiles (tiles);
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      for (size_t b = 0; b < G_N_ELEMENTS (betas); b++)
        for (int t = 0; t < 4; t++)
          check_gemm (t & 1, t >> 1, shapes[s][0], shapes[s][1], shapes[s][2], betas[b]);
  }
}

static void
check_gemm_bias (int tb, size_t m, size_t n, size_t k, int with_bias)
{
  size_t lda = k + 1, ldb = (tb ? k : n) + 2, ldc = n + 3;
  g_autofree nn_real *a = random_reals (m * lda, 1), *b = random_reals ((tb ? n : k) * ldb, 2);
  g_autofree nn_real *bias = random_reals (n, 4), *c = random_reals (m * ldc, 3);
  g_autofree nn_real *before = random_reals (m * ldc, 3);

  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++)
      c[i * ldc + j] = NAN;
  nn_gemm_bias (tb ? NN_TRANSPOSED : NN_PLAIN, m, n, k, a, lda, b, ldb, with_bias ? bias : NULL, c,
                ldc);
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < n; j++)
      assert_sum_near (c[i * ldc + j],
                       naive_entry (0, tb, k, a, lda, b, ldb, i, j) + (with_bias ? bias[j] : 0), k);
    g_assert_true (c[i * ldc + n] == before[i * ldc + n]);
  }
}

static void
test_gemm_bias (void)
{
  static const size_t shapes[][3]
      = { { 3, 4, 5 }, { 1, 40, 3 }, { 6, 1, 4 }, { 5, 24, 0 }, { 9, 50, 7 }, { 17, 807, 300 } };

  for (int tiles = 0; tiles < 2; tiles++) {
    nn_gemm_allow_tiles (tiles);
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      for (int t = 0; t < 4; t++)
        check_gemm_bias (t & 1, shapes[s][0], shapes[s][1], shapes[s][2], t >> 1);
  }
}

static void
test_gemm_alpha_zero (void)
{
  nn_real a = NAN, c[2] = { 3, NAN };

  nn_gemm (NN_PLAIN, NN_PLAIN, 1, 1, 1, 0, &a, 1, &a, 1, 2, c, 1);
  g_assert_true (c[0] == 6);
  nn_gemm (NN_PLAIN, NN_PLAIN, 1, 1, 1, 0, &a, 1, &a, 1, 0, c + 1, 1);
  g_assert_true (c[1] == 0);
}

static void
test_core_name (void)
{
  nn_gemm_init ();
  g_assert_cmpuint (strlen (nn_gemm_core_name ()), >, 0);
}

static void
test_linear (void)
{
  static const nn_real x[] = { 1, 2, -1, 0.5 }, weight[] = { 1, 2, 3, 4, 5, 6 },
                       bias[] = { 10, 20, 30 };
  static const nn_real want[] = { 15, 31, 47, 10, 19, 28 };
  nn_real y[6];

  nn_linear_forward (NULL, y, 3, x, 2, weight, bias, 2, 2, 3);
  for (int i = 0; i < 6; i++)
    assert_near (y[i], want[i]);
  nn_linear_forward (NULL, y, 3, x, 2, weight, NULL, 2, 2, 3);
  for (int i = 0; i < 6; i++)
    assert_near (y[i], want[i] - bias[i % 3]);
}

/* ---- rows ---- */

static void
test_softmax (void)
{
  nn_real x[] = { 0, (nn_real)log (2), (nn_real)log (5), 1000, 1000, -1000 }, y[6];

  nn_softmax_forward (y, x, 2, 3);
  assert_near (y[0], 0.125);
  assert_near (y[1], 0.25);
  assert_near (y[2], 0.625);
  assert_near (y[3], 0.5);
  assert_near (y[4], 0.5);
  assert_near (y[5], 0);
}

/* Mean 2.5, variance 1.25. */
static void
test_layer_norm (void)
{
  static const nn_real x[] = { 1, 2, 3, 4, 7, 7, 7, 7 }, gamma[] = { 1, 1, 2, 1 },
                       beta[] = { 0, 0, 0, 5 };
  nn_real y[8], mean[2], rstd[2], unit = (nn_real)(1 / sqrt (1.25 + 1e-12));

  nn_layer_norm_forward (y, mean, rstd, x, gamma, beta, (nn_real)1e-12, 2, 4);
  assert_near (mean[0], 2.5);
  assert_near (rstd[0], unit);
  assert_near (y[0], -1.5 * (double)unit);
  assert_near (y[1], -0.5 * (double)unit);
  assert_near (y[2], 1.0 * (double)unit);
  assert_near (y[3], 1.5 * (double)unit + 5);
  for (int j = 4; j < 8; j++) /* a constant row is its bias */
    assert_near (y[j], beta[j - 4]);
}

static void
test_unit (void)
{
  static const nn_real x[] = { 3, 4, 0, 0 };
  nn_real y[4], norm[2];

  nn_unit_forward (y, norm, x, 2, 2);
  assert_near (y[0], 0.6);
  assert_near (y[1], 0.8);
  assert_near (norm[0], 5);
  g_assert_true (y[2] == 0 && y[3] == 0 && norm[1] == 0);
}

static void
test_elementwise (void)
{
  static const nn_real a[] = { 1, 2, 3 }, b[] = { 10, 20, 30 };
  nn_real y[3], bad[] = { 0, 0, 0 };

  nn_add_forward (y, a, b, 3);
  g_assert_true (y[0] == 11 && y[1] == 22 && y[2] == 33);
  nn_axpy (y, 2, a, 3);
  g_assert_true (y[0] == 13 && y[1] == 26 && y[2] == 39);
  g_assert_cmpfloat (nn_sum_squares (b, 3), ==, 1400);
  g_assert_cmpfloat (nn_sum_squares (b, 0), ==, 0);
  for (size_t i = 0; i < 3; i++) {
    g_assert_true (nn_all_finite (bad, 3));
    bad[i] = NAN;
    g_assert_false (nn_all_finite (bad, 3));
    bad[i] = -INFINITY;
    g_assert_false (nn_all_finite (bad, 3));
    bad[i] = -LARGEST;
  }
  g_assert_true (nn_all_finite (bad, 3));
}

/* ---- losses ---- */

static void
test_losses (void)
{
  static const uint8_t identity[] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
  static const nn_real zeros[9] = { 0 }, one[] = { 1 };
  g_autofree nn_real *x = random_reals (8 * 5, 5), *scratch = random_reals (4 * 64, 6);

  assert_near (nn_info_nce (NULL, zeros, identity, 3), log (3));
  assert_near (nn_adversary (NULL, zeros, identity, 3), -log (2.0 / 3));
  assert_near (nn_bce_with_logits (NULL, zeros, one, 1), log (2));
  assert_near (nn_text_cka (NULL, scratch, x, x, 8, 5, 5), 1);
}

/* ---- dropout ---- */

/* The mask by its definition; the same text runs as float and as double. */
static void
test_dropout_mask (void)
{
  static const double rates[] = { 0, 0.1, 0.5, 0.9 };
  enum { N = 20000 };
  g_autofree nn_real *x = random_reals (N, 1), *y = random_reals (N, 2), *dx = random_reals (N, 3);

  for (size_t r = 0; r < G_N_ELEMENTS (rates); r++) {
    double kept = 0, sigma = sqrt (N * rates[r] * (1 - rates[r]));

    nn_dropout_forward (y, x, N, rates[r], 42, 77);
    memset (dx, 0, N * sizeof *dx);
    nn_dropout_backward (dx, x, N, rates[r], 42, 77);
    for (size_t i = 0; i < N; i++) {
      int keep = nn_random_uniform (42, 77 + i) >= rates[r];

      assert_near (y[i], keep ? x[i] / (1 - rates[r]) : 0);
      g_assert_true (dx[i] == y[i]);
      kept += keep;
    }
    g_assert_cmpfloat (fabs (kept - N * (1 - rates[r])), <=, 5 * sigma);
  }
}

/* In place, and in pieces: the counter is the position. */
static void
test_dropout_pieces (void)
{
  g_autofree nn_real *x = random_reals (100, 1), *y = random_reals (100, 2);
  size_t n_same = 0;

  nn_dropout_forward (y, x, 100, 0.5, 3, 0);
  nn_dropout_forward (x, x, 40, 0.5, 3, 0);
  nn_dropout_forward (x + 40, x + 40, 60, 0.5, 3, 40);
  g_assert_cmpmem (x, 100 * sizeof *x, y, 100 * sizeof *y);
  g_autofree nn_real *ones = random_reals (100, 1), *other = random_reals (100, 1);
  for (size_t i = 0; i < 100; i++)
    ones[i] = 1;
  nn_dropout_forward (other, ones, 100, 0.5, 4, 0);
  for (size_t i = 0; i < 100; i++)
    n_same += (other[i] != 0) == (y[i] != 0);
  g_assert_cmpuint (n_same, <, 80); /* another seed, another mask */
  g_assert_cmpuint (n_same, >, 20);
}

/* ---- Adam ---- */

static void
test_adam (void)
{
  static const NnAdam adam = { 0.01, 0.9, 0.98, 1e-8, 0.1 };
  enum { N = 13 };
  g_autofree nn_real *theta = random_reals (N, 1), *grad = random_reals (N, 2);
  nn_real m[N] = { 0 }, v[N] = { 0 };
  double want[N], wm[N] = { 0 }, wv[N] = { 0 };

  for (size_t i = 0; i < N; i++)
    want[i] = theta[i];
  for (int step = 1; step <= 5; step++) {
    for (size_t i = 0; i < N; i++) {
      double g = grad[i] * step + adam.weight_decay * want[i];

      wm[i] = adam.beta1 * wm[i] + (1 - adam.beta1) * g;
      wv[i] = adam.beta2 * wv[i] + (1 - adam.beta2) * g * g;
      want[i] -= adam.lr / (1 - pow (adam.beta1, step)) * wm[i]
                 / (sqrt (wv[i]) / sqrt (1 - pow (adam.beta2, step)) + adam.eps);
    }
    nn_real scaled[N];
    for (size_t i = 0; i < N; i++)
      scaled[i] = grad[i] * (nn_real)step;
    nn_adam_step (theta, m, v, scaled, N, &adam, (uint64_t)step);
  }
  for (size_t i = 0; i < N; i++) {
    assert_near (theta[i], want[i]);
    assert_near (m[i], wm[i]);
    assert_near (v[i], wv[i]);
  }
}

/* Nothing to learn, nothing moves, not even by 0/0. */
static void
test_adam_zero (void)
{
  static const NnAdam adam = { 0.01, 0.9, 0.999, 1e-8, 0 };
  nn_real theta = 2, m = 0, v = 0, grad = 0;

  nn_adam_step (&theta, &m, &v, &grad, 1, &adam, 1);
  g_assert_true (theta == 2 && m == 0 && v == 0);
}

/* Against the definition, over widths around a segment, with and without groups. */
static void
test_find_near (void)
{
  enum { MOST = 145 };
  g_autofree nn_real *products = random_reals (MOST, 31), *half = random_reals (MOST, 32);
  g_autofree nn_real *limits = random_reals (MOST, 33);
  uint32_t groups[MOST];
  uint16_t found[MOST];

  for (size_t j = 0; j < MOST; j++)
    groups[j] = j % 3;
  for (size_t n = 0; n <= MOST; n += n < 3 || n % 48 > 45 || n % 48 < 2 ? 1 : 7)
    for (int grouped = 0; grouped < 2; grouped++)
      for (nn_real row_limit = -3; row_limit <= 3; row_limit += 1) {
        size_t n_found = nn_find_near (found, products, half, (nn_real)0.25, limits, row_limit,
                                       grouped ? groups : NULL, 1, n);
        size_t f = 0;

        for (size_t j = 0; j < n; j++)
          if ((nn_real)0.25 + half[j] - products[j] <= MAX (limits[j], row_limit)
              && (!grouped || groups[j] != 1)) {
            g_assert_cmpuint (f, <, n_found);
            g_assert_cmpuint (found[f++], ==, j);
          }
        g_assert_cmpuint (f, ==, n_found);
      }
}

static void
test_keep_nearest (void)
{
  const nn_real products[] = { 1, 5, 0, 9, /* of a stride of four, three are used */
                               2, 5, 1, 9 };
  const nn_real half[] = { 3, 3 };
  nn_real least[] = { 10, 10, -7 };
  uint32_t which[] = { 9, 9, 9 };

  nn_keep_nearest (which, least, products, 4, half, 4, 2, 3);
  g_assert_true (which[0] == 5 && least[0] == 1);
  g_assert_true (which[1] == 4 && least[1] == -2); /* the first of equals */
  g_assert_true (which[2] == 9 && least[2] == -7);
}

static void
test_square_distance (void)
{
  for (size_t n = 0; n < 40; n++) {
    g_autofree nn_real *a = random_reals (n, 41), *b = random_reals (n, 42);
    double sum = 0;

    for (size_t i = 0; i < n; i++)
      sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    g_assert_cmpfloat_with_epsilon (nn_square_distance (a, b, n), sum, 1e-13);
    g_assert_true (nn_square_distance (a, a, n) == 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/values/gemm", test_gemm);
  g_test_add_func ("/nn/values/gemm-bias", test_gemm_bias);
  g_test_add_func ("/nn/values/gemm-alpha-zero", test_gemm_alpha_zero);
  g_test_add_func ("/nn/values/core-name", test_core_name);
  g_test_add_func ("/nn/values/linear", test_linear);
  g_test_add_func ("/nn/values/softmax", test_softmax);
  g_test_add_func ("/nn/values/layer-norm", test_layer_norm);
  g_test_add_func ("/nn/values/unit", test_unit);
  g_test_add_func ("/nn/values/elementwise", test_elementwise);
  g_test_add_func ("/nn/values/losses", test_losses);
  g_test_add_func ("/nn/values/dropout-mask", test_dropout_mask);
  g_test_add_func ("/nn/values/dropout-pieces", test_dropout_pieces);
  g_test_add_func ("/nn/values/find-near", test_find_near);
  g_test_add_func ("/nn/values/keep-nearest", test_keep_nearest);
  g_test_add_func ("/nn/values/square-distance", test_square_distance);
  g_test_add_func ("/nn/values/adam", test_adam);
  g_test_add_func ("/nn/values/adam-zero", test_adam_zero);
  return g_test_run ();
}
