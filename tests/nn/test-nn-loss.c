/* The losses: gradients against differences, values against the definition, degenerate batches. */
#include "gradcheck.h"
#include "nn-loss.h"

#define MAX_N 12

typedef struct Loss {
  double (*run) (struct Loss *loss, double *first, double *second);
  size_t n, d, e;
  uint8_t pos[MAX_N * MAX_N];
  int64_t person[MAX_N];
  double *x, *y, *scratch, *tmp, *tmp2;
} Loss;

/* ---- the machinery ---- */

static double
loss_forward (gpointer data)
{
  Loss *l = data;

  return l->run (l, NULL, NULL);
}

/* Losses overwrite; the checker wants sums. What stood in the buffer must not matter: NaN. */
static void
loss_backward (gpointer data, double **wanted)
{
  Loss *l = data;
  size_t sizes[] = { l->n * l->d, l->n * l->e };
  double *tmp[] = { l->tmp, l->tmp2 };

  for (int s = 0; s < 2; s++)
    for (size_t i = 0; i < sizes[s]; i++)
      tmp[s][i] = NAN;
  l->run (l, l->tmp, l->e > 0 && wanted[1] ? l->tmp2 : NULL);
  for (size_t i = 0; i < sizes[0]; i++)
    wanted[0][i] += tmp[0][i];
  for (size_t i = 0; l->e > 0 && wanted[1] && i < sizes[1]; i++)
    wanted[1][i] += tmp[1][i];
}

/* Room for x [n,d] and, with e > 0, a second argument with a gradient, y [n,e]. */
static void
prepare (Loss *l, double (*run) (Loss *, double *, double *), size_t n, size_t d, size_t e,
         double scale)
{
  memset (l, 0, sizeof *l);
  l->run = run;
  l->n = n;
  l->d = d;
  l->e = e;
  l->x = gradcheck_random (n * d, 1, scale);
  l->y = gradcheck_random (n * (d > e ? d : e), 2, scale);
  l->scratch = gradcheck_zeros (4 * n * n + 2 * n * (d + e));
  l->tmp = gradcheck_zeros (n * d);
  l->tmp2 = gradcheck_zeros (n * e);
  for (size_t i = 0; i < n; i++) {
    l->person[i] = (int64_t)nn_random_below (3, i, n / 2 + 1) - 1;
    for (size_t j = 0; j <= i; j++)
      l->pos[i * n + j] = l->pos[j * n + i] = l->person[i] == l->person[j];
  }
}

static void
check (Loss *l, const char *name)
{
  GradCase grad = { name, loss_forward, loss_backward, l };

  gradcheck_slot (&grad, "first", l->x, l->n * l->d);
  if (l->e > 0)
    gradcheck_slot (&grad, "second", l->y, l->n * l->e);
  gradcheck_run (&grad);
}

/* The gradient is all zeros, whatever stood there. */
static void
expect_no_gradient (Loss *l)
{
  l->run (l, memset (l->tmp, 0xff, l->n * l->d * sizeof (double)), NULL);
  for (size_t i = 0; i < l->n * l->d; i++)
    g_assert_cmpfloat (l->tmp[i], ==, 0);
}

/* ---- InfoNCE ---- */

static double
run_info_nce (Loss *l, double *first, double *second)
{
  return nn_info_nce (first, l->x, l->pos, l->n);
}

static double
naive_info_nce (const Loss *l)
{
  double sum = 0;
  size_t n = l->n;

  for (size_t i = 0; i < n; i++) {
    double rows = 0, columns = 0, n_pos = 0;

    for (size_t j = 0; j < n; j++) {
      rows += exp (l->x[i * n + j]);
      columns += exp (l->x[j * n + i]);
      n_pos += l->pos[i * n + j];
    }
    for (size_t j = 0; j < n; j++)
      if (l->pos[i * n + j])
        sum -= (l->x[i * n + j] - log (rows) + l->x[j * n + i] - log (columns)) / n_pos;
  }
  return sum / (2 * (double)n);
}

static void
test_info_nce (void)
{
  for (size_t n = 1; n <= MAX_N; n += 3) {
    Loss l;

    prepare (&l, run_info_nce, n, n, 0, 4);
    g_assert_cmpfloat_with_epsilon (nn_info_nce (NULL, l.x, l.pos, n), naive_info_nce (&l), 1e-13);
    check (&l, "info nce");
    gradcheck_clear ();
  }
}

static void
test_info_nce_values (void)
{
  Loss l;

  for (size_t n = 1; n <= MAX_N; n++) {
    prepare (&l, run_info_nce, n, n, 0, 0);
    memset (l.pos, 0, sizeof l.pos);
    for (size_t i = 0; i < n; i++)
      l.pos[i * n + i] = 1;
    for (size_t i = 0; i < n * n; i++)
      l.x[i] = -700;
    g_assert_cmpfloat_with_epsilon (nn_info_nce (NULL, l.x, l.pos, n), log ((double)n), 1e-12);
    gradcheck_clear ();
  }
  /* All are positives of all and equally likely: the floor, ln |P|. */
  prepare (&l, run_info_nce, 5, 5, 0, 0);
  memset (l.pos, 1, sizeof l.pos);
  g_assert_cmpfloat_with_epsilon (nn_info_nce (l.tmp, l.x, l.pos, 5), log (5), 1e-12);
  expect_no_gradient (&l);
  g_assert_cmpfloat (nn_info_nce (NULL, NULL, NULL, 0), ==, 0);
  gradcheck_clear ();
}

/* ---- the adversary ---- */

static double
run_adversary (Loss *l, double *first, double *second)
{
  return nn_adversary (first, l->x, l->pos, l->n);
}

static double
naive_adversary (const Loss *l)
{
  double sum = 0;

  for (size_t i = 0; i < l->n; i++) {
    double positive = 0, all = 0;

    for (size_t j = 0; j < l->n; j++) {
      all += exp (l->x[i * l->n + j]);
      positive += l->pos[i * l->n + j] ? exp (l->x[i * l->n + j]) : 0;
    }
    if (all > positive)
      sum -= log (1 - positive / all);
  }
  return sum / (double)l->n;
}

static void
test_adversary (void)
{
  for (size_t n = 2; n <= MAX_N; n += 3) {
    Loss l;

    prepare (&l, run_adversary, n, n, 0, 3);
    for (size_t j = 0; j < n; j++) /* the last row has no negative */
      l.pos[(n - 1) * n + j] = l.pos[j * n + n - 1] = 1;
    g_assert_cmpfloat_with_epsilon (nn_adversary (NULL, l.x, l.pos, n), naive_adversary (&l),
                                    1e-10);
    check (&l, "adversary");
    gradcheck_clear ();
  }
}

static void
test_adversary_degenerate (void)
{
  Loss l;

  prepare (&l, run_adversary, 4, 4, 0, 3);
  memset (l.pos, 1, sizeof l.pos);
  g_assert_cmpfloat (nn_adversary (NULL, l.x, l.pos, 4), ==, 0);
  expect_no_gradient (&l);
  g_assert_cmpfloat (nn_adversary (NULL, NULL, NULL, 0), ==, 0);
  /* A positive 300 above: the mass of the negatives is gone, not the loss. */
  memset (l.pos, 0, sizeof l.pos);
  for (size_t i = 0; i < 4; i++) {
    l.pos[i * 4 + i] = 1;
    for (size_t j = 0; j < 4; j++)
      l.x[i * 4 + j] = i == j ? 1000 : 700;
  }
  g_assert_cmpfloat_with_epsilon (nn_adversary (NULL, l.x, l.pos, 4), 300 - log (3), 1e-9);
  gradcheck_clear ();
}

/* ---- HSIC ---- */

static double
run_hsic (Loss *l, double *first, double *second)
{
  return nn_hsic (first, second, l->scratch, l->x, l->y, l->n, l->d);
}

/* tr(Kx H Ky H)/(n-1)², H = I - 1/n: entry by entry. */
static double
naive_hsic (const Loss *l)
{
  size_t n = l->n, d = l->d;
  double trace = 0;

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      for (size_t p = 0; p < n; p++)
        for (size_t q = 0; q < n; q++)
          trace += gradcheck_dot (l->x + i * d, l->x + j * d, d) * ((j == p) - 1 / (double)n)
                   * gradcheck_dot (l->y + p * d, l->y + q * d, d) * ((q == i) - 1 / (double)n);
  return trace / (double)((n - 1) * (n - 1));
}

static void
test_hsic (void)
{
  for (size_t n = 2; n <= 7; n++) {
    Loss l;

    prepare (&l, run_hsic, n, n + 2, n + 2, 1);
    g_assert_cmpfloat_with_epsilon (run_hsic (&l, NULL, NULL), naive_hsic (&l), 1e-12);
    check (&l, "hsic");
    gradcheck_clear ();
  }
}

static void
test_hsic_degenerate (void)
{
  Loss l;

  prepare (&l, run_hsic, 1, 5, 5, 1);
  g_assert_cmpfloat (run_hsic (&l, NULL, NULL), ==, 0);
  expect_no_gradient (&l);
  gradcheck_clear ();
  prepare (&l, run_hsic, 6, 3, 3, 1);
  for (size_t i = 0; i < 18; i++)
    l.x[i] = 0.5; /* constant features depend on nothing */
  g_assert_cmpfloat (run_hsic (&l, l.tmp, l.tmp2), ==, 0);
  for (size_t i = 0; i < 18; i++) {
    g_assert_cmpfloat (l.tmp[i], ==, 0);
    g_assert_cmpfloat (l.tmp2[i], ==, 0);
  }
  gradcheck_clear ();
}

/* ---- text-CKA ---- */

static double
run_text_cka (Loss *l, double *first, double *second)
{
  return nn_text_cka (first, l->scratch, l->x, l->y, l->n, l->d, l->d);
}

/* Song et al. 2012, eq. 5, with K and L without diagonals. */
static double
naive_unbiased (const double *x, const double *u, size_t n, size_t d)
{
  double m = (double)n, product = 0, sum_k = 0, sum_l = 0, rows = 0;

  for (size_t i = 0; i < n; i++) {
    double row_k = 0, row_l = 0;

    for (size_t j = 0; j < n; j++)
      if (i != j) {
        double k = gradcheck_dot (x + i * d, x + j * d, d);
        double l = gradcheck_dot (u + i * d, u + j * d, d);

        product += k * l;
        row_k += k;
        row_l += l;
      }
    sum_k += row_k;
    sum_l += row_l;
    rows += row_k * row_l;
  }
  return (product + sum_k * sum_l / ((m - 1) * (m - 2)) - 2 * rows / (m - 2)) / (m * (m - 3));
}

static void
test_text_cka (void)
{
  for (size_t n = 4; n <= 10; n++) {
    Loss l;

    prepare (&l, run_text_cka, n, 6, 0, 1);
    for (size_t i = 0; i < n * 6; i++)
      l.x[i] += 0.8 * l.y[i]; /* so that they do depend on each other */
    double h_xu = naive_unbiased (l.x, l.y, n, 6), h_xx = naive_unbiased (l.x, l.x, n, 6);
    double h_uu = naive_unbiased (l.y, l.y, n, 6), got = run_text_cka (&l, NULL, NULL);
    g_assert_cmpfloat (h_xu, >, 0);
    g_assert_cmpfloat_with_epsilon (got, h_xu / sqrt (h_xx * h_uu), 1e-12);
    check (&l, "text cka");
    memcpy (l.y, l.x, n * 6 * sizeof (double));
    g_assert_cmpfloat_with_epsilon (run_text_cka (&l, NULL, NULL), 1, 1e-12);
    gradcheck_clear ();
  }
}

static void
test_text_cka_degenerate (void)
{
  Loss l;

  for (size_t n = 0; n < 4; n++) {
    prepare (&l, run_text_cka, n, 5, 0, 1);
    g_assert_cmpfloat (run_text_cka (&l, NULL, NULL), ==, 0);
    expect_no_gradient (&l);
    gradcheck_clear ();
  }
  prepare (&l, run_text_cka, 8, 5, 0, 1);
  for (size_t i = 0; i < 40; i++)
    l.x[i] = 0.5;
  double got = run_text_cka (&l, l.tmp, NULL);
  g_assert_cmpfloat (fabs (got), <, 1e-3);
  for (size_t i = 0; i < 40; i++)
    g_assert_true (isfinite (l.tmp[i]));
  gradcheck_clear ();
  /* Less dependent than chance: the estimate is negative, cut to 0, no gradient. */
  prepare (&l, run_text_cka, 4, 1, 0, 1);
  memcpy (l.x, (double[]){ 1, -1, 1, -1 }, 4 * sizeof (double));
  memcpy (l.y, (double[]){ 1, 1, -1, -1 }, 4 * sizeof (double));
  g_assert_cmpfloat (naive_unbiased (l.x, l.y, 4, 1), <, 0);
  g_assert_cmpfloat (run_text_cka (&l, NULL, NULL), ==, 0);
  expect_no_gradient (&l);
  gradcheck_clear ();
}

/* ---- triplet ---- */

static double
run_triplet (Loss *l, double *first, double *second)
{
  return nn_triplet (first, l->scratch, l->x, l->person, 0.3, l->n, l->d);
}

static double
naive_triplet (const Loss *l)
{
  double sum = 0, anchors = 0;

  for (size_t i = 0; i < l->n; i++) {
    double far = -1, near = 9;

    for (size_t j = 0; j < l->n; j++) {
      double square = 0;

      for (size_t c = 0; c < l->d; c++)
        square += pow (l->x[i * l->d + c] - l->x[j * l->d + c], 2);
      if (l->person[i] != l->person[j])
        near = fmin (near, square);
      else if (i != j)
        far = fmax (far, square);
    }
    if (far >= 0 && near < 9) {
      anchors++;
      sum += fmax (far - near + 0.3, 0);
    }
  }
  return anchors > 0 ? sum / anchors : 0;
}

/* The formula holds on unit rows; its gradient is the formula's own, also off the sphere. */
static void
unit_rows (Loss *l)
{
  for (size_t i = 0; i < l->n; i++) {
    double *row = l->x + i * l->d, norm = sqrt (gradcheck_dot (row, row, l->d));

    for (size_t c = 0; c < l->d; c++)
      row[c] /= norm;
  }
}

static void
test_triplet (void)
{
  for (size_t n = 2; n <= MAX_N; n += 2) {
    Loss l;

    prepare (&l, run_triplet, n, 5, 0, 1);
    unit_rows (&l);
    g_assert_cmpfloat_with_epsilon (run_triplet (&l, NULL, NULL), naive_triplet (&l), 1e-13);
    check (&l, "triplet");
    gradcheck_clear ();
  }
}

static void
test_triplet_degenerate (void)
{
  Loss l;

  for (int kind = 0; kind < 3; kind++) { /* all one person, all different, a single row */
    prepare (&l, run_triplet, kind == 2 ? 1 : 6, 4, 0, 1);
    unit_rows (&l);
    for (size_t i = 0; i < l.n; i++)
      l.person[i] = kind == 1 ? (int64_t)i : 7;
    g_assert_cmpfloat (run_triplet (&l, NULL, NULL), ==, 0);
    expect_no_gradient (&l);
    gradcheck_clear ();
  }
  /* Equal features: every distance is 0, what remains is the margin. */
  prepare (&l, run_triplet, 6, 4, 0, 1);
  for (size_t i = 0; i < 24; i++)
    l.x[i] = 0.5;
  g_assert_cmpfloat_with_epsilon (run_triplet (&l, l.tmp, NULL), 0.3, 1e-12);
  /* Negatives far beyond the margin. */
  for (size_t i = 0; i < 6; i++) {
    l.person[i] = (int64_t)i / 2;
    for (size_t c = 0; c < 4; c++)
      l.x[i * 4 + c] = c == i / 2;
  }
  g_assert_cmpfloat (run_triplet (&l, NULL, NULL), ==, 0);
  expect_no_gradient (&l);
  gradcheck_clear ();
}

/* ---- match and gate ---- */

static double
run_bce (Loss *l, double *first, double *second)
{
  return nn_bce_with_logits (first, l->x, l->y, l->n);
}

static double
run_gate (Loss *l, double *first, double *second)
{
  return nn_gate_penalty (first, l->x, l->n);
}

static void
test_bce (void)
{
  double z[] = { 0, 800, -800 }, target[] = { 1, 1, 0 }, dz[3];
  Loss l;

  prepare (&l, run_bce, 9, 1, 0, 3);
  for (size_t i = 0; i < 9; i++)
    l.y[i] = i % 3 == 0;
  check (&l, "bce");
  gradcheck_clear ();
  g_assert_cmpfloat_with_epsilon (nn_bce_with_logits (dz, z, target, 1), log (2), 1e-15);
  g_assert_cmpfloat_with_epsilon (dz[0], -0.5, 1e-15);
  g_assert_cmpfloat_with_epsilon (nn_bce_with_logits (dz, z, target, 3), log (2) / 3, 1e-15);
  target[1] = 0;
  g_assert_cmpfloat_with_epsilon (nn_bce_with_logits (NULL, z + 1, target + 1, 1), 800, 1e-9);
  g_assert_cmpfloat (nn_bce_with_logits (NULL, NULL, NULL, 0), ==, 0);
}

static void
test_gate (void)
{
  Loss l;
  double g[] = { 0, 1, 0.5, 0.5 };

  prepare (&l, run_gate, 7, 1, 0, 1);
  check (&l, "gate");
  gradcheck_clear ();
  g_assert_cmpfloat (nn_gate_penalty (NULL, g, 4), ==, 0.125);
  g_assert_cmpfloat (nn_gate_penalty (NULL, NULL, 0), ==, 0);
}

/* A NaN anywhere in what a loss reads must show in its value: the trainer skips the update. */
static void
test_nan (void)
{
  static double (*const losses[]) (Loss *, double *, double *)
      = { run_info_nce, run_adversary, run_hsic, run_text_cka, run_triplet, run_bce, run_gate };

  for (size_t k = 0; k < G_N_ELEMENTS (losses); k++)
    for (size_t i = 0; i < 5; i++) {
      Loss l;

      prepare (&l, losses[k], 5, 5, 0, 1);
      memset (l.person, 0, sizeof l.person);
      l.person[0] = 1;
      for (size_t j = 1; j < 5; j++)
        l.pos[j] = l.pos[j * 5] = 0;
      l.x[i] = NAN;
      g_assert_true (isnan (l.run (&l, NULL, NULL)));
      g_assert_true (isnan (l.run (&l, l.tmp, NULL)));
      gradcheck_clear ();
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/loss/info-nce", test_info_nce);
  g_test_add_func ("/nn/loss/info-nce-values", test_info_nce_values);
  g_test_add_func ("/nn/loss/adversary", test_adversary);
  g_test_add_func ("/nn/loss/adversary-degenerate", test_adversary_degenerate);
  g_test_add_func ("/nn/loss/hsic", test_hsic);
  g_test_add_func ("/nn/loss/hsic-degenerate", test_hsic_degenerate);
  g_test_add_func ("/nn/loss/text-cka", test_text_cka);
  g_test_add_func ("/nn/loss/text-cka-degenerate", test_text_cka_degenerate);
  g_test_add_func ("/nn/loss/triplet", test_triplet);
  g_test_add_func ("/nn/loss/triplet-degenerate", test_triplet_degenerate);
  g_test_add_func ("/nn/loss/bce", test_bce);
  g_test_add_func ("/nn/loss/gate", test_gate);
  g_test_add_func ("/nn/loss/nan", test_nan);
  return g_test_run ();
}
