/* Compiled with NN_DOUBLE: the matrix products below are in double. */
#include "guise-probe.h"

#include <math.h>
#include <string.h>

#include "guise-lbfgs.h"
#include "nn-gemm.h"
#include "nn-random.h"

GQuark
guise_probe_error_quark (void)
{
  return g_quark_from_static_string ("guise-probe-error");
}

/* Labelled rows, ready to use. */
typedef struct {
  size_t n;
  double *x;    /* [n,dim], standardised */
  int *classes; /* [n]; -1 = a label that was not there in training */
  size_t *rows; /* [n] which row of the caller's this is */
} Rows;

typedef struct {
  const Rows *rows;
  size_t dim, n_classes;
  double l2;
  double *logits; /* [n,n_classes] */
} Problem;

static void
rows_clear (Rows *rows)
{
  g_clear_pointer (&rows->x, g_free);
  g_clear_pointer (&rows->classes, g_free);
  g_clear_pointer (&rows->rows, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rows, rows_clear)

/* ---- labels ---- */

static int
compare_labels (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

/* The different values among n that are not negative, ascending; g_free() them. */
static gint64 *
create_distinct (const gint64 *values, size_t n, size_t *n_distinct)
{
  gint64 *distinct = g_new (gint64, MAX (n, 1));
  size_t n_known = 0, n_kept = 0;

  for (size_t i = 0; i < n; i++)
    if (values[i] >= 0)
      distinct[n_known++] = values[i];
  qsort (distinct, n_known, sizeof *distinct, compare_labels);
  for (size_t i = 0; i < n_known; i++)
    if (i == 0 || distinct[i] != distinct[i - 1])
      distinct[n_kept++] = distinct[i];
  *n_distinct = n_kept;
  return distinct;
}

static int
find_label (const gint64 *labels, size_t n, gint64 label)
{
  const gint64 *found = bsearch (&label, labels, n, sizeof *labels, compare_labels);

  return found != NULL ? (int)(found - labels) : -1;
}

/* ---- rows ---- */

static gboolean
rows_init (Rows *rows, const GuiseProbeRows *from, size_t dim, const gint64 *labels,
           size_t n_labels, const char *what, GError **error)
{
  rows->rows = g_new (size_t, MAX (from->n_rows, 1));
  rows->classes = g_new (int, MAX (from->n_rows, 1));
  for (size_t i = 0; i < from->n_rows; i++) {
    if (from->labels[i] < 0)
      continue;
    for (size_t k = 0; k < dim; k++) {
      if (!isfinite (from->features[i * dim + k])) {
        g_set_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_NOT_FINITE,
                     "fitting a linear probe: %s row %zu, feature %zu: not a finite number", what,
                     i, k);
        return FALSE;
      }
    }
    rows->classes[rows->n] = find_label (labels, n_labels, from->labels[i]);
    rows->rows[rows->n++] = i;
  }
  rows->x = g_new (double, MAX (rows->n * dim, 1));
  for (size_t i = 0; i < rows->n; i++)
    for (size_t k = 0; k < dim; k++)
      rows->x[i * dim + k] = from->features[rows->rows[i] * dim + k];
  return TRUE;
}

/* Mean and deviation of the training rows onto both sets; a feature that never moves becomes 0. */
static void
standardise (Rows *train, Rows *test, size_t dim)
{
  for (size_t k = 0; k < dim; k++) {
    double mean = 0, variance = 0, scale;

    for (size_t i = 0; i < train->n; i++)
      mean += train->x[i * dim + k];
    mean /= train->n;
    for (size_t i = 0; i < train->n; i++) {
      double d = train->x[i * dim + k] - mean;

      variance += d * d;
    }
    variance /= train->n;
    /* Rounding leaves a constant column with a deviation of about 1e-16 of its value. */
    scale = variance > 1e-24 * mean * mean ? 1 / sqrt (variance) : 0;
    for (size_t i = 0; i < train->n; i++)
      train->x[i * dim + k] = (train->x[i * dim + k] - mean) * scale;
    for (size_t i = 0; i < test->n; i++)
      test->x[i * dim + k] = (test->x[i * dim + k] - mean) * scale;
  }
}

/* ---- the model: θ = W [n_classes,dim], then b [n_classes] ---- */

static void
compute_logits (double *logits, const Rows *rows, const double *theta, size_t n_classes, size_t dim)
{
  const double *bias = theta + n_classes * dim;

  for (size_t i = 0; i < rows->n; i++)
    memcpy (logits + i * n_classes, bias, n_classes * sizeof *logits);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, rows->n, n_classes, dim, 1, rows->x, dim, theta, dim, 1, logits,
           n_classes);
}

/* Replaces logits z by the gradient softmax(z) - onehot; returns -log softmax(z)[label]. */
static double
softmax_loss (double *z, size_t n, int label)
{
  double top = z[0], sum = 0, at_label;

  for (size_t c = 1; c < n; c++)
    top = MAX (top, z[c]);
  at_label = z[label] - top;
  for (size_t c = 0; c < n; c++) {
    z[c] = exp (z[c] - top);
    sum += z[c];
  }
  for (size_t c = 0; c < n; c++)
    z[c] /= sum;
  z[label] -= 1;
  return log (sum) - at_label;
}

/* Mean loss with its decay, and the gradient. */
static double
evaluate (const double *theta, double *gradient, gpointer data)
{
  const Problem *problem = data;
  const Rows *rows = problem->rows;
  size_t n_classes = problem->n_classes, dim = problem->dim, n_weights = n_classes * dim;
  double *bias_gradient = gradient + n_weights;
  double loss = 0, decay = 0, scale = 1.0 / rows->n;

  compute_logits (problem->logits, rows, theta, n_classes, dim);
  memset (bias_gradient, 0, n_classes * sizeof *bias_gradient);
  for (size_t i = 0; i < rows->n; i++) {
    double *z = problem->logits + i * n_classes;

    loss += softmax_loss (z, n_classes, rows->classes[i]);
    for (size_t c = 0; c < n_classes; c++)
      bias_gradient[c] += z[c] * scale;
  }
  for (size_t w = 0; w < n_weights; w++) {
    gradient[w] = theta[w] * problem->l2 * scale;
    decay += theta[w] * theta[w];
  }
  nn_gemm (NN_TRANSPOSED, NN_PLAIN, n_classes, dim, rows->n, scale, problem->logits, n_classes,
           rows->x, dim, 1, gradient, dim);
  return (loss + 0.5 * problem->l2 * decay) * scale;
}

static void
predict (int *answers, const Rows *rows, const double *theta, size_t n_classes, size_t dim)
{
  g_autofree double *logits = g_new (double, rows->n *n_classes);

  compute_logits (logits, rows, theta, n_classes, dim);
  for (size_t i = 0; i < rows->n; i++) {
    const double *z = logits + i * n_classes;

    answers[i] = 0;
    for (size_t c = 1; c < n_classes; c++)
      if (z[c] > z[answers[i]])
        answers[i] = c;
  }
}

/* ---- accuracy and its interval ---- */

typedef struct {
  size_t n, n_right;
} Group;

/* The number that a normal variable exceeds with probability tail (< ½). */
static double
normal_quantile (double tail)
{
  double low = 0, high = 40;

  for (int i = 0; i < 100; i++) {
    double middle = 0.5 * (low + high);

    if (0.5 * erfc (middle / G_SQRT2) > tail)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static void
set_wilson (GuiseProbeResult *result, double share, size_t n, double level)
{
  double z = normal_quantile (0.5 * (1 - level)), z2 = z * z / n;
  double centre = (share + 0.5 * z2) / (1 + z2);
  double half = z / (1 + z2) * sqrt (share * (1 - share) / n + 0.25 * z2 / n);

  result->low = 100 * CLAMP (centre - half, 0, share);
  result->high = 100 * CLAMP (centre + half, share, 1);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double
get_quantile (const double *sorted, size_t n, double share)
{
  double place = share * (n - 1);
  size_t i = place;

  return i + 1 < n ? sorted[i] + (place - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static void
set_bootstrap (GuiseProbeResult *result, const Group *groups, size_t n_groups,
               const GuiseProbeOptions *options)
{
  g_autofree double *accuracies = g_new (double, options->n_resamples);
  guint64 counter = 0;

  for (guint r = 0; r < options->n_resamples; r++) {
    size_t n = 0, n_right = 0;

    for (size_t g = 0; g < n_groups; g++) {
      const Group *group = &groups[nn_random_below (options->seed, counter++, n_groups)];

      n += group->n;
      n_right += group->n_right;
    }
    accuracies[r] = 100.0 * n_right / n;
  }
  qsort (accuracies, options->n_resamples, sizeof *accuracies, compare_doubles);
  result->low = get_quantile (accuracies, options->n_resamples, 0.5 * (1 - options->level));
  result->high = get_quantile (accuracies, options->n_resamples, 0.5 * (1 + options->level));
}

/* Counts right answers by group. n_groups: as many as there are. */
static Group *
create_groups (const GuiseProbeRows *test, const Rows *rows, const int *answers, size_t *n_groups)
{
  GHashTable *places = g_hash_table_new (g_int64_hash, g_int64_equal);
  Group *groups = g_new0 (Group, rows->n);

  *n_groups = 0;
  for (size_t i = 0; i < rows->n; i++) {
    size_t place = i;

    if (test->groups != NULL) {
      const gint64 *key = &test->groups[rows->rows[i]];
      gpointer found;

      if (!g_hash_table_lookup_extended (places, key, NULL, &found))
        g_hash_table_insert (places, (gpointer)key, found = GSIZE_TO_POINTER (*n_groups));
      place = GPOINTER_TO_SIZE (found);
    }
    *n_groups = MAX (*n_groups, place + 1);
    groups[place].n++;
    groups[place].n_right += rows->classes[i] >= 0 && answers[i] == rows->classes[i];
  }
  g_hash_table_unref (places);
  return groups;
}

static void
judge (GuiseProbeResult *result, const GuiseProbeRows *test, const Rows *rows, const int *answers,
       const GuiseProbeOptions *options)
{
  g_autofree Group *groups = create_groups (test, rows, answers, &result->n_groups);
  size_t n_right = 0;
  double share;

  for (size_t g = 0; g < result->n_groups; g++)
    n_right += groups[g].n_right;
  share = (double)n_right / rows->n;
  result->accuracy = 100 * share;
  if (n_right == 0 || n_right == rows->n || result->n_groups == 1 || options->n_resamples == 0)
    set_wilson (result, share, result->n_groups, options->level);
  else
    set_bootstrap (result, groups, result->n_groups, options);
}

/* Share of the test rows that carry the training rows' most frequent class, the lowest of equals.
 */
static double
compute_majority (const Rows *train, const Rows *test, size_t n_classes)
{
  g_autofree size_t *counts = g_new0 (size_t, n_classes);
  size_t top = 0, n_right = 0;

  for (size_t i = 0; i < train->n; i++)
    counts[train->classes[i]]++;
  for (size_t c = 1; c < n_classes; c++)
    if (counts[c] > counts[top])
      top = c;
  for (size_t i = 0; i < test->n; i++)
    n_right += test->classes[i] == (int)top;
  return 100.0 * n_right / test->n;
}

/* ---- the whole ---- */

static void
fit (double *theta, GuiseProbeResult *result, const Rows *train, size_t dim, size_t n_classes,
     const GuiseProbeOptions *options)
{
  g_autofree double *logits = g_new (double, train->n *n_classes);
  Problem problem
      = { .rows = train, .dim = dim, .n_classes = n_classes, .l2 = options->l2, .logits = logits };

  result->converged
      = guise_lbfgs_minimise (theta, (dim + 1) * n_classes, evaluate, &problem,
                              options->max_iterations, options->tolerance, &result->n_iterations);
}

static void
store_answers (gint64 *predicted, size_t n, const Rows *test, const int *answers,
               const gint64 *labels)
{
  for (size_t i = 0; i < n; i++)
    predicted[i] = -1;
  for (size_t i = 0; i < test->n; i++)
    predicted[test->rows[i]] = labels[answers[i]];
}

gboolean
guise_probe_run (GuiseProbeResult *result, gint64 *predicted, const GuiseProbeRows *train,
                 const GuiseProbeRows *test, size_t dim, const GuiseProbeOptions *options,
                 GError **error)
{
  const GuiseProbeOptions defaults = GUISE_PROBE_OPTIONS_INIT;
  size_t n_classes;
  g_autofree gint64 *labels = create_distinct (train->labels, train->n_rows, &n_classes);
  g_auto (Rows) known = { 0 }, asked = { 0 };
  g_autofree double *theta = NULL;
  g_autofree int *answers = NULL;

  if (options == NULL)
    options = &defaults;
  if (!rows_init (&known, train, dim, labels, n_classes, "training", error)
      || !rows_init (&asked, test, dim, labels, n_classes, "test", error))
    return FALSE;
  if (n_classes < 2 || asked.n == 0) {
    g_set_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL,
                 "fitting a linear probe: %zu classes in %zu training rows, %zu test rows: "
                 "at least two classes and one test row are needed",
                 n_classes, known.n, asked.n);
    return FALSE;
  }
  *result = (GuiseProbeResult){ .n_train = known.n, .n_test = asked.n, .n_classes = n_classes };
  standardise (&known, &asked, dim);
  theta = g_new0 (double, (dim + 1) * n_classes);
  answers = g_new (int, asked.n);
  fit (theta, result, &known, dim, n_classes, options);
  predict (answers, &asked, theta, n_classes, dim);
  judge (result, test, &asked, answers, options);
  result->majority = compute_majority (&known, &asked, n_classes);
  if (predicted != NULL)
    store_answers (predicted, test->n_rows, &asked, answers, labels);
  return TRUE;
}
