/* Compiled with NN_DOUBLE: the matrix products below are in double. With x moved to mean 0,
 *   Σ_d (x_d-μ_d)²/σ²_d = x²·(1/σ²) - 2 x·(μ/σ²) + Σ μ²/σ²,
 * so a block of points takes two products to get its logarithms, and two more to get the sums of x
 * and x² by component. Sums are made by a fixed number of jobs and added in their order. */
#include "guise-gmm.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "guise-cluster-centroids.h"
#include "nn-gemm.h"

enum { JOBS = 16,
       BLOCK = 240 };

/* What the points say about the components. */
typedef struct {
  double *weights;   /* [k] Σ of the shares */
  double *sums;      /* [k,dim] of x */
  double *squares;   /* [k,dim] of x² */
  double likelihood; /* Σ log p(x) */
} Moments;

typedef struct {
  const GuiseRows *rows;
  const GuiseGmmOptions *options;
  size_t k, dim;
  double *mean;         /* [dim] of all points */
  double *precisions;   /* [k,dim] 1/σ² */
  double *means;        /* [k,dim] μ/σ² */
  double *constants;    /* [k] what does not depend on x, weight of the component included */
  gint64 *labels;       /* [n] */
  gboolean from_labels; /* the shares are what labels say */
  Moments *moments;     /* [JOBS] */
} Mixture;

/* One job's room. */
typedef struct {
  double *x, *x2; /* [BLOCK,dim] */
  double *shares; /* [BLOCK,k]: logarithms, then shares */
} Room;

/* ---- expectation ---- */

static void
read_block (const Mixture *mixture, const Room *room, size_t first, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    double *x = room->x + i * mixture->dim, *x2 = room->x2 + i * mixture->dim;

    guise_rows_get (mixture->rows, first + i, x);
    for (size_t d = 0; d < mixture->dim; d++) {
      x[d] -= mixture->mean[d];
      x2[d] = x[d] * x[d];
    }
  }
}

/* Logarithms become shares; returns log p(x). */
static double
normalise (double *shares, size_t k, gint64 *label)
{
  double most = shares[0], sum = 0;

  *label = 0;
  for (size_t c = 1; c < k; c++)
    if (shares[c] > most) {
      most = shares[c];
      *label = (gint64)c;
    }
  for (size_t c = 0; c < k; c++) {
    shares[c] = exp (shares[c] - most);
    sum += shares[c];
  }
  for (size_t c = 0; c < k; c++)
    shares[c] /= sum;
  return most + log (sum);
}

static void
compute_shares (const Mixture *mixture, const Room *room, size_t first, size_t n, Moments *moments)
{
  size_t k = mixture->k, dim = mixture->dim;

  if (mixture->from_labels) {
    memset (room->shares, 0, n * k * sizeof *room->shares);
    for (size_t i = 0; i < n; i++)
      room->shares[i * k + (size_t)mixture->labels[first + i]] = 1;
    return;
  }
  for (size_t i = 0; i < n; i++)
    memcpy (room->shares + i * k, mixture->constants, k * sizeof *room->shares);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, k, dim, -0.5, room->x2, dim, mixture->precisions, dim, 1,
           room->shares, k);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, k, dim, 1, room->x, dim, mixture->means, dim, 1,
           room->shares, k);
  for (size_t i = 0; i < n; i++)
    moments->likelihood += normalise (room->shares + i * k, k, &mixture->labels[first + i]);
}

static void
add_block (const Mixture *mixture, const Room *room, size_t n, Moments *moments)
{
  size_t k = mixture->k, dim = mixture->dim;

  for (size_t i = 0; i < n; i++)
    for (size_t c = 0; c < k; c++)
      moments->weights[c] += room->shares[i * k + c];
  nn_gemm (NN_TRANSPOSED, NN_PLAIN, k, dim, n, 1, room->shares, k, room->x, dim, 1, moments->sums,
           dim);
  nn_gemm (NN_TRANSPOSED, NN_PLAIN, k, dim, n, 1, room->shares, k, room->x2, dim, 1,
           moments->squares, dim);
}

static void
expect_share (size_t job, void *data)
{
  const Mixture *mixture = data;
  size_t n = mixture->rows->n, low = n * job / JOBS, high = n * (job + 1) / JOBS;
  g_autofree double *x = g_new (double, BLOCK * mixture->dim);
  g_autofree double *x2 = g_new (double, BLOCK * mixture->dim);
  g_autofree double *shares = g_new (double, BLOCK * mixture->k);
  const Room room = { x, x2, shares };
  Moments *moments = &mixture->moments[job];

  memset (moments->weights, 0, mixture->k * sizeof (double));
  memset (moments->sums, 0, mixture->k * mixture->dim * sizeof (double));
  memset (moments->squares, 0, mixture->k * mixture->dim * sizeof (double));
  moments->likelihood = 0;
  for (size_t first = low; first < high; first += BLOCK) {
    size_t n_here = MIN ((size_t)BLOCK, high - first);

    read_block (mixture, &room, first, n_here);
    compute_shares (mixture, &room, first, n_here, moments);
    add_block (mixture, &room, n_here, moments);
  }
}

/* All jobs' moments into the first; returns the mean log likelihood. */
static double
expect (Mixture *mixture, NnTeam *team)
{
  Moments *all = mixture->moments;
  size_t k = mixture->k, n_sums = k * mixture->dim;

  nn_team_run (team, JOBS, expect_share, mixture);
  for (size_t job = 1; job < JOBS; job++) {
    for (size_t c = 0; c < k; c++)
      all->weights[c] += all[job].weights[c];
    for (size_t s = 0; s < n_sums; s++) {
      all->sums[s] += all[job].sums[s];
      all->squares[s] += all[job].squares[s];
    }
    all->likelihood += all[job].likelihood;
  }
  return all->likelihood / mixture->rows->n;
}

/* ---- maximisation ---- */

static void
maximise (Mixture *mixture)
{
  const Moments *moments = mixture->moments;
  size_t dim = mixture->dim;
  double total = 0;

  for (size_t c = 0; c < mixture->k; c++)
    total += moments->weights[c] + 10 * DBL_EPSILON;
  for (size_t c = 0; c < mixture->k; c++) {
    double weight = moments->weights[c] + 10 * DBL_EPSILON, constant = 2 * log (weight / total);

    for (size_t d = 0; d < dim; d++) {
      size_t at = c * dim + d;
      double mean = moments->sums[at] / weight;
      double variance = MAX (moments->squares[at] / weight - mean * mean, 0)
                        + mixture->options->reg_covar;

      mixture->precisions[at] = 1 / variance;
      mixture->means[at] = mean / variance;
      constant -= mean * mean / variance + log (2 * G_PI * variance);
    }
    mixture->constants[c] = 0.5 * constant;
  }
}

/* ---- the whole ---- */

static gboolean
iterate (Mixture *mixture, GuiseGmmResult *result, const GuiseWork *work, GError **error)
{
  double likelihood = -INFINITY;

  *result = (GuiseGmmResult){ 0 };
  mixture->from_labels = TRUE;
  expect (mixture, work->team);
  mixture->from_labels = FALSE;
  maximise (mixture);
  while (result->n_iterations < mixture->options->max_iterations && !result->converged) {
    double before = likelihood;

    if (g_cancellable_set_error_if_cancelled (work->cancellable, error))
      return FALSE;
    likelihood = expect (mixture, work->team);
    maximise (mixture);
    result->n_iterations++;
    result->converged = fabs (likelihood - before) < mixture->options->tolerance;
    guise_work_report (work, result->n_iterations, mixture->options->max_iterations);
  }
  result->log_likelihood = expect (mixture, work->team); /* labels by the last components */
  return TRUE;
}

static void
mixture_init (Mixture *mixture, const GuiseRows *rows, size_t k, const GuiseGmmOptions *options,
              gint64 *labels)
{
  size_t n_sums = k * rows->dim;

  *mixture = (Mixture){ .rows = rows, .options = options, .k = k, .dim = rows->dim };
  mixture->labels = labels;
  mixture->mean = g_new (double, rows->dim);
  guise_rows_mean (rows, mixture->mean);
  mixture->precisions = g_new (double, n_sums);
  mixture->means = g_new (double, n_sums);
  mixture->constants = g_new (double, k);
  mixture->moments = g_new (Moments, JOBS);
  for (size_t job = 0; job < JOBS; job++)
    mixture->moments[job] = (Moments){ g_new (double, k), g_new (double, n_sums),
                                       g_new (double, n_sums), 0 };
}

static void
mixture_clear (Mixture *mixture)
{
  for (size_t job = 0; mixture->moments != NULL && job < JOBS; job++) {
    g_free (mixture->moments[job].weights);
    g_free (mixture->moments[job].sums);
    g_free (mixture->moments[job].squares);
  }
  g_free (mixture->moments);
  g_free (mixture->mean);
  g_free (mixture->precisions);
  g_free (mixture->means);
  g_free (mixture->constants);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mixture, mixture_clear)

gint64
guise_gmm (const GuiseRows *rows, size_t k, const GuiseGmmOptions *options, gint64 *labels,
           GuiseGmmResult *result, const GuiseWork *work, GError **error)
{
  const GuiseGmmOptions defaults = GUISE_GMM_OPTIONS_INIT;
  g_auto (Mixture) mixture = { 0 };
  GuiseGmmResult done;

  if (!guise_rows_check (rows, error) || !guise_check_k (k, rows->n, error))
    return -1;
  mixture_init (&mixture, rows, k, options != NULL ? options : &defaults, labels);
  if (!iterate (&mixture, &done, work, error))
    return -1;
  if (result != NULL)
    *result = done;
  return guise_number_by_first (labels, rows->n);
}
