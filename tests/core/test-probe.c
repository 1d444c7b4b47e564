/* The linear probe against scikit-learn's answers, its interval, and what it refuses; the
 * minimiser. */
#include <math.h>
#include <string.h>

#include "analysis-golden.h"
#include "guise-lbfgs.h"
#include "guise-probe.h"
#include "nn-random.h"

static void
test_sklearn (void)
{
  enum { N_TRAIN = 180 }; /* persons 0 … 35, five rows each */
  g_autoptr (GuiseNpy) features = analysis_golden_read ("probe-features.npy");
  g_autoptr (GuiseNpy) labels = analysis_golden_read ("probe-labels.npy");
  g_autoptr (GuiseNpy) persons = analysis_golden_read ("probe-persons.npy");
  g_autoptr (GuiseNpy) answers = analysis_golden_read ("probe-answers.npy");
  size_t dim = features->shape[1], n_test = features->shape[0] - N_TRAIN, n_equal = 0, n_right = 0;
  const gint64 *expected = answers->data, *truth = (gint64 *)labels->data + N_TRAIN;
  GuiseProbeRows train = { N_TRAIN, features->data, labels->data, persons->data };
  GuiseProbeRows test = { n_test, (float *)features->data + N_TRAIN * dim, truth,
                          (gint64 *)persons->data + N_TRAIN };
  g_autofree gint64 *predicted = g_new (gint64, n_test);
  GuiseProbeResult r, again;

  g_assert_cmpuint (answers->shape[0], ==, n_test);
  g_assert_true (guise_probe_run (&r, predicted, &train, &test, dim, NULL, NULL));
  for (size_t i = 0; i < n_test; i++) {
    n_equal += predicted[i] == expected[i];
    n_right += expected[i] == truth[i];
  }
  g_assert_cmpuint (n_equal, ==, n_test);
  g_assert_cmpfloat_with_epsilon (r.accuracy, 100.0 * n_right / n_test, 1e-9);
  g_assert_true (r.converged);
  g_assert_cmpuint (r.n_classes, ==, 6);
  g_assert_cmpuint (r.n_groups, ==, 24);
  g_assert_cmpfloat (r.low, <, r.accuracy);
  g_assert_cmpfloat (r.high, >, r.accuracy);
  g_assert_true (guise_probe_run (&again, NULL, &train, &test, dim, NULL, NULL));
  g_assert_cmpmem (&r, sizeof r, &again, sizeof again); /* deterministic */
}

/* Rows of which the label is the sign of the first feature; persons of `size` rows that are all
 * right or all wrong together. */
static void
fill_rows (float *features, gint64 *labels, gint64 *groups, size_t n, size_t size, guint64 seed)
{
  for (size_t i = 0; i < n; i++) {
    gboolean wrong = nn_random_below (seed + 1, i / size, 4) == 0;
    double x = nn_random_uniform (seed, i) - 0.5;

    features[2 * i] = x;
    features[2 * i + 1] = 7; /* never moves */
    labels[i] = (x > 0) != wrong;
    groups[i] = 1000 + i / size;
  }
}

static void
test_groups_widen_the_interval (void)
{
  enum { N = 400 };
  float x[2 * N], tx[2 * N];
  gint64 y[N], ty[N], groups[N], tgroups[N];
  GuiseProbeRows train = { N, x, y, groups }, test = { N, tx, ty, tgroups };
  GuiseProbeResult clustered, alone;

  fill_rows (x, y, groups, N, 1, 1);
  fill_rows (tx, ty, tgroups, N, 20, 5);
  g_assert_true (guise_probe_run (&clustered, NULL, &train, &test, 2, NULL, NULL));
  test.groups = NULL;
  g_assert_true (guise_probe_run (&alone, NULL, &train, &test, 2, NULL, NULL));
  g_assert_cmpfloat (clustered.accuracy, ==, alone.accuracy);
  g_assert_cmpuint (clustered.n_groups, ==, 20);
  g_assert_cmpuint (alone.n_groups, ==, N);
  /* Twenty rows that agree are worth one: about √20 times wider. */
  g_assert_cmpfloat (clustered.high - clustered.low, >, 3 * (alone.high - alone.low));
  /* Independent rows: close to the textbook's interval. */
  g_assert_cmpfloat_with_epsilon (
      alone.high - alone.low, 2 * 1.96 * sqrt (alone.accuracy * (100 - alone.accuracy) / N), 1.2);
}

static void
test_unknown_labels (void)
{
  const float x[] = { -2, -1, 1, 2, 9 }, tx[] = { -3, 3, 3, 0.5f };
  const gint64 y[] = { 10, 10, 700, 700, -1 }, ty[] = { 10, 700, 33, -1 };
  const GuiseProbeRows train = { 5, x, y, NULL }, test = { 4, tx, ty, NULL };
  gint64 predicted[4];
  GuiseProbeResult r;

  g_assert_true (guise_probe_run (&r, predicted, &train, &test, 1, NULL, NULL));
  g_assert_cmpuint (r.n_train, ==, 4);
  g_assert_cmpuint (r.n_test, ==, 3);
  g_assert_cmpint (predicted[0], ==, 10);
  g_assert_cmpint (predicted[1], ==, 700);
  g_assert_cmpint (predicted[2], ==, 700); /* 33 was never learned: wrong */
  g_assert_cmpint (predicted[3], ==, -1);
  g_assert_cmpfloat_with_epsilon (r.accuracy, 200.0 / 3, 1e-9);
  g_assert_cmpfloat_with_epsilon (r.majority, 100.0 / 3, 1e-9); /* 10: the lower of two equals */
}

static void
test_all_right (void)
{
  const float x[] = { -2, -1, 1, 2 };
  const gint64 y[] = { 0, 0, 1, 1 };
  const GuiseProbeRows rows = { 4, x, y, NULL };
  GuiseProbeResult r;

  g_assert_true (guise_probe_run (&r, NULL, &rows, &rows, 1, NULL, NULL));
  g_assert_cmpfloat (r.accuracy, ==, 100);
  g_assert_cmpfloat (r.high, ==, 100);
  /* Wilson for 4 of 4 at 95 %: 4 / (4 + 1.96²) */
  g_assert_cmpfloat_with_epsilon (r.low, 100 * 4 / (4 + 1.959963985 * 1.959963985), 1e-4);
}

static void
test_refusals (void)
{
  float x[] = { -2, -1, 1, 2 };
  gint64 y[] = { 0, 0, 1, 1 }, same[] = { 3, 3, 3, 3 }, none[] = { -1, -1, -1, -1 };
  GuiseProbeRows good = { 4, x, y, NULL }, one = { 4, x, same, NULL }, empty = { 4, x, none, NULL };
  g_autoptr (GError) error = NULL;
  GuiseProbeResult r;

  g_assert_false (guise_probe_run (&r, NULL, &one, &good, 1, NULL, &error));
  g_assert_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL);
  g_clear_error (&error);
  g_assert_false (guise_probe_run (&r, NULL, &good, &empty, 1, NULL, &error));
  g_assert_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL);
  g_clear_error (&error);
  x[2] = NAN;
  g_assert_false (guise_probe_run (&r, NULL, &good, &good, 1, NULL, &error));
  g_assert_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_NOT_FINITE);
  g_assert_nonnull (strstr (error->message, "training row 2, feature 0"));
}

/* Rosenbrock's valley in eight dimensions: the minimum is at (1, …, 1). */
static double
rosenbrock (const double *x, double *gradient, gpointer data)
{
  double value = 0;

  ++*(guint *)data;
  memset (gradient, 0, 8 * sizeof *gradient);
  for (int i = 0; i < 7; i++) {
    double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];

    value += 100 * a * a + b * b;
    gradient[i] += -400 * a * x[i] - 2 * b;
    gradient[i + 1] += 200 * a;
  }
  return value;
}

static void
test_minimiser (void)
{
  double x[8] = { -1.2, 1, -1.2, 1, -1.2, 1, -1.2, 1 };
  guint n_calls = 0, n_iterations;

  g_assert_true (guise_lbfgs_minimise (x, 8, rosenbrock, &n_calls, 500, 1e-8, &n_iterations));
  for (int i = 0; i < 8; i++)
    g_assert_cmpfloat_with_epsilon (x[i], 1, 1e-6);
  g_assert_cmpuint (n_iterations, <, 150);
  x[0] = 3;
  g_assert_false (guise_lbfgs_minimise (x, 8, rosenbrock, &n_calls, 2, 1e-8, &n_iterations));
  g_assert_cmpuint (n_iterations, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/probe/sklearn", test_sklearn);
  g_test_add_func ("/probe/groups", test_groups_widen_the_interval);
  g_test_add_func ("/probe/unknown-labels", test_unknown_labels);
  g_test_add_func ("/probe/all-right", test_all_right);
  g_test_add_func ("/probe/refusals", test_refusals);
  g_test_add_func ("/probe/minimiser", test_minimiser);
  return g_test_run ();
}
