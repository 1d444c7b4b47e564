/* The float build of the kernels whose inner layout depends on the vector width, against plain
 * loops in double: attention forward and backward, the selective scan. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn-attention.h"
#include "nn-mamba.h"
#include "nn-random.h"

/* Of the largest value in the tensor. */
#define LIMIT 2e-5

static float *
random_floats (size_t n, uint64_t seed)
{
  float *x = g_new (float, n + 1);

  for (size_t i = 0; i < n; i++)
    x[i] = (float)(2 * nn_random_uniform (seed, i) - 1);
  return x;
}

static void
expect_near (const float *got, const double *want, size_t n)
{
  double largest = 1e-3;

  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, fabs (want[i]));
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (got[i], want[i], LIMIT * largest);
}

/* ---- attention ---- */

/* One sequence of n_q queries and n_k keys; matrices [rows,width], width = heads · d. */
typedef struct {
  size_t n_q, n_k, heads, d, width;
  float *q, *k, *v, *dout;
  uint8_t *mask;
  double *out, *dq, *dk, *dv; /* from plain loops */
} Case;

/* prob [n_k] of query i and head h. */
static void
plain_probabilities (const Case *c, size_t h, size_t i, double *prob)
{
  double sum = 0;

  for (size_t j = 0; j < c->n_k; j++) {
    double score = 0;

    for (size_t p = h * c->d; p < (h + 1) * c->d; p++)
      score += (double)c->q[i * c->width + p] * c->k[j * c->width + p];
    prob[j] = c->mask[j] ? exp (score / sqrt ((double)c->d)) : 0;
    sum += prob[j];
  }
  for (size_t j = 0; j < c->n_k; j++)
    prob[j] /= sum;
}

static void
plain_row (Case *c, size_t h, size_t i, const double *prob, double *dprob)
{
  double mean = 0, scale = 1 / sqrt ((double)c->d);

  for (size_t j = 0; j < c->n_k; j++) {
    dprob[j] = 0;
    for (size_t p = h * c->d; p < (h + 1) * c->d; p++) {
      c->out[i * c->width + p] += prob[j] * c->v[j * c->width + p];
      c->dv[j * c->width + p] += prob[j] * c->dout[i * c->width + p];
      dprob[j] += (double)c->dout[i * c->width + p] * c->v[j * c->width + p];
    }
    mean += prob[j] * dprob[j];
  }
  for (size_t j = 0; j < c->n_k; j++)
    for (size_t p = h * c->d; p < (h + 1) * c->d; p++) {
      double slope = prob[j] * (dprob[j] - mean) * scale;

      c->dq[i * c->width + p] += slope * c->k[j * c->width + p];
      c->dk[j * c->width + p] += slope * c->q[i * c->width + p];
    }
}

static void
make_case (Case *c, size_t n_q, size_t n_k, size_t heads, size_t d)
{
  size_t width = heads * d;

  *c = (Case){ n_q, n_k, heads, d, width };
  c->q = random_floats (n_q * width, 1);
  c->k = random_floats (n_k * width, 2);
  c->v = random_floats (n_k * width, 3);
  c->dout = random_floats (n_q * width, 4);
  c->mask = g_new0 (uint8_t, n_k);
  c->out = g_new0 (double, n_q *width);
  c->dq = g_new0 (double, n_q *width);
  c->dk = g_new0 (double, n_k *width);
  c->dv = g_new0 (double, n_k *width);
  for (size_t j = 0; j < n_k; j++)
    c->mask[j] = j == 0 || nn_random_below (5, j, 4) > 0;
  g_autofree double *prob = g_new (double, n_k), *dprob = g_new (double, n_k);
  for (size_t h = 0; h < heads; h++)
    for (size_t i = 0; i < n_q; i++) {
      plain_probabilities (c, h, i, prob);
      plain_row (c, h, i, prob, dprob);
    }
}

static void
clear_case (Case *c)
{
  g_free (c->q);
  g_free (c->k);
  g_free (c->v);
  g_free (c->dout);
  g_free (c->mask);
  g_free (c->out);
  g_free (c->dq);
  g_free (c->dk);
  g_free (c->dv);
}

static void
check_attention (size_t n_q, size_t n_k, size_t heads, size_t d)
{
  size_t q_start[] = { 0, n_q }, k_start[] = { 0, n_k }, w = heads * d;
  g_autofree float *prob = g_new (float, nn_attention_prob_size (q_start, k_start, 1, heads));
  g_autofree float *scratch
      = g_new (float, nn_attention_scratch_size (q_start, k_start, 1, heads, d));
  g_autofree float *out = g_new (float, n_q *w), *dq = g_new0 (float, n_q *w);
  g_autofree float *dk = g_new0 (float, n_k *w), *dv = g_new0 (float, n_k *w);
  Case c;

  make_case (&c, n_q, n_k, heads, d);
  nn_attention_forward (out, w, prob, scratch, c.q, w, c.k, w,
                        c.v, w, c.mask, q_start, k_start, 1,
                        heads, d);
  nn_attention_backward (dq, w, dk, w, dv, w, NN_ADD, c.dout, w, prob, scratch, c.q, w, c.k, w,
                         c.v, w,
                         q_start, k_start, 1, heads, d);
  expect_near (out, c.out, n_q * w);
  expect_near (dq, c.dq, n_q * w);
  expect_near (dk, c.dk, n_k * w);
  expect_near (dv, c.dv, n_k * w);
  clear_case (&c);
}

static void
test_attention (void)
{
  for (size_t n = 1; n <= 42; n++)
    check_attention (n, n, 2, 32);
  check_attention (33, 33, 4, 32);
  check_attention (5, 18, 3, 10);
  check_attention (18, 5, 1, 7);
  check_attention (64, 64, 1, 32);
  check_attention (65, 65, 1, 32);
  check_attention (7, 130, 2, 8);
}

/* ---- scan ---- */

static void
check_scan (size_t batch, size_t length, size_t channels, size_t n_states)
{
  size_t rows = batch * length, n = rows * channels;
  g_autofree float *u = random_floats (n, 1), *raw = random_floats (n, 2);
  g_autofree float *b = random_floats (rows * n_states, 3), *c = random_floats (rows * n_states, 4);
  g_autofree float *a_log = random_floats (channels * n_states, 5);
  g_autofree float *d = random_floats (channels, 6);
  g_autofree float *y = g_new (float, n), *delta = g_new (float, n);
  g_autofree float *states = g_new (float, n *n_states);
  g_autofree double *want = g_new0 (double, n), *h = g_new (double, n_states);

  for (size_t s = 0; s < batch; s++)
    for (size_t e = 0; e < channels; e++) {
      memset (h, 0, n_states * sizeof *h);
      for (size_t r = s * length; r < (s + 1) * length; r++) {
        size_t i = r * channels + e;
        double step = log1p (exp (raw[i]));

        want[i] = (double)d[e] * u[i];
        for (size_t k = 0; k < n_states; k++) {
          h[k] = exp (-step * exp (a_log[e * n_states + k])) * h[k]
                 + step * u[i] * b[r * n_states + k];
          want[i] += h[k] * c[r * n_states + k];
        }
      }
    }
  nn_selective_scan_forward (y, delta, states, u, raw, b, c, n_states, a_log, d, batch, length,
                             channels, n_states);
  expect_near (y, want, n);
}

static void
test_scan (void)
{
  check_scan (3, 3, 256, 16);
  check_scan (2, 5, 67, 7);
  check_scan (1, 1, 1, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/float/attention", test_attention);
  g_test_add_func ("/nn/float/scan", test_scan);
  return g_test_run ();
}
