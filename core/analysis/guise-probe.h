/* Linear probe: how well a label can be read off a feature by a linear classifier; the leakage
 * matrix is made of these.
 *
 * Multinomial logistic regression on standardised features (mean and deviation of the training
 * rows), minimising
 *   Σ_rows -log softmax(W x + b)[label] + l2/2 ‖W‖²
 * (scikit-learn's LogisticRegression with C = 1/l2) by L-BFGS in double from zero: deterministic.
 *
 * The interval of the accuracy is a percentile bootstrap over groups: images of one person are not
 * independent, so persons are drawn with replacement, not rows. Where all test rows are right or
 * all are wrong, the bootstrap has no width; the interval is then Wilson's, with the number of
 * groups as sample size.
 *
 * Pure functions on the caller's arrays; any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define GUISE_PROBE_ERROR (guise_probe_error_quark ())
GQuark guise_probe_error_quark (void);

typedef enum {
  GUISE_PROBE_ERROR_TOO_SMALL,  /* fewer than two classes to learn, or nothing to test on */
  GUISE_PROBE_ERROR_NOT_FINITE, /* a feature is NaN or infinite: the message names row and column */
} GuiseProbeError;

/* Rows to learn from or to test on. Rows with a negative label (unknown) are left out. */
typedef struct {
  size_t n_rows;
  const float *features; /* [n_rows,dim] */
  const gint64 *labels;  /* [n_rows], any numbers from 0 */
  const gint64 *groups;  /* [n_rows]: persons; NULL = each row is its own. Used of test rows only */
} GuiseProbeRows;

typedef struct {
  double l2;
  guint max_iterations;
  double tolerance;  /* stop when no component of the gradient of the mean loss is larger */
  guint n_resamples; /* of the bootstrap */
  double level;      /* of the interval, e.g. 0.95 */
  guint64 seed;
} GuiseProbeOptions;

#define GUISE_PROBE_OPTIONS_INIT                                                             \
  {                                                                                          \
    .l2 = 1.0, .max_iterations = 500, .tolerance = 1e-5, .n_resamples = 2000, .level = 0.95, \
    .seed = 0                                                                                \
  }

typedef struct {
  double accuracy;        /* all in percent */
  double low, high;       /* interval of the accuracy */
  double majority;        /* accuracy of always answering the training rows' most frequent class */
  size_t n_train, n_test; /* rows with a label */
  size_t n_classes;       /* among the training rows */
  size_t n_groups;        /* among the test rows */
  guint n_iterations;
  gboolean converged; /* FALSE: stopped at max_iterations */
} GuiseProbeResult;

/* A test label that no training row has counts as wrong. options NULL = the defaults; predicted
 * [test->n_rows] or NULL: the class answered for each test row, -1 for those left out. */
gboolean guise_probe_run (GuiseProbeResult *result, gint64 *predicted, const GuiseProbeRows *train,
                          const GuiseProbeRows *test, size_t dim, const GuiseProbeOptions *options,
                          GError **error);

G_END_DECLS
