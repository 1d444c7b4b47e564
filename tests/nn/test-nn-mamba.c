/* Gradient checks: causal convolution and selective scan. */
#include "gradcheck.h"
#include "nn-mamba.h"

/* ---- convolution ---- */

typedef struct {
  size_t batch, length, channels, taps, ldx;
  double *x, *weight, *bias, *y, *dy;
} Conv;

static double
conv_forward (gpointer data)
{
  Conv *c = data;

  nn_causal_conv_forward (c->y, c->x, c->ldx, c->weight, c->bias, c->batch, c->length, c->channels,
                          c->taps);
  return gradcheck_dot (c->y, c->dy, c->batch * c->length * c->channels);
}

static void
conv_backward (gpointer data, double **wanted)
{
  Conv *c = data;

  nn_causal_conv_backward (wanted[0], c->ldx, wanted[1], wanted[2], c->dy, c->x, c->ldx, c->weight,
                           c->batch, c->length, c->channels, c->taps);
}

static void
check_conv (size_t batch, size_t length, size_t channels, size_t taps, size_t ldx)
{
  Conv c = { batch, length, channels, taps, ldx };
  GradCase check = { "causal convolution", conv_forward, conv_backward, &c, TRUE };
  size_t n = batch * length * channels;

  c.x = gradcheck_random (batch * length * ldx, 1, 1);
  c.weight = gradcheck_random (channels * taps, 2, 1);
  c.bias = gradcheck_random (channels, 3, 1);
  c.y = gradcheck_zeros (n);
  c.dy = gradcheck_random (n, 4, 1);
  gradcheck_slot (&check, "x", c.x, batch * length * ldx);
  gradcheck_slot (&check, "weight", c.weight, channels * taps);
  gradcheck_slot (&check, "bias", c.bias, channels);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static void
test_conv (void)
{
  check_conv (2, 3, 5, 4, 5);
  check_conv (1, 1, 9, 4, 18);
  check_conv (3, 7, 4, 3, 6);
  check_conv (1, 5, 1, 1, 1);
}

/* ---- scan ---- */

typedef struct {
  size_t batch, length, channels, n_states, ldbc;
  double *u, *raw, *b, *c, *a_log, *d, *y, *delta, *states, *dy;
} Scan;

static double
scan_forward (gpointer data)
{
  Scan *s = data;

  nn_selective_scan_forward (s->y, s->delta, s->states, s->u, s->raw, s->b, s->c, s->ldbc, s->a_log,
                             s->d, s->batch, s->length, s->channels, s->n_states);
  return gradcheck_dot (s->y, s->dy, s->batch * s->length * s->channels);
}

static void
scan_backward (gpointer data, double **wanted)
{
  Scan *s = data;

  scan_forward (data);
  nn_selective_scan_backward (wanted[0], wanted[1], wanted[2], wanted[3], s->ldbc, wanted[4],
                              wanted[5], s->dy, s->delta, s->states, s->u, s->raw, s->b,
                              s->c, s->ldbc, s->a_log, s->d, s->batch, s->length, s->channels,
                              s->n_states);
}

static void
prepare_scan (Scan *s, size_t batch, size_t length, size_t channels, size_t n_states, size_t ldbc)
{
  size_t n = batch * length * channels;

  *s = (Scan){ batch, length, channels, n_states, ldbc };
  s->u = gradcheck_random (n, 1, 1);
  s->raw = gradcheck_random (n, 2, 2);
  s->b = gradcheck_random (batch * length * ldbc, 3, 1);
  s->c = gradcheck_random (batch * length * ldbc, 4, 1);
  s->a_log = gradcheck_random (channels * n_states, 5, 1);
  s->d = gradcheck_random (channels, 6, 1);
  s->y = gradcheck_zeros (n);
  s->delta = gradcheck_zeros (n);
  s->states = gradcheck_zeros (n * n_states);
  s->dy = gradcheck_random (n, 7, 1);
}

static void
check_scan (size_t batch, size_t length, size_t channels, size_t n_states, size_t ldbc)
{
  Scan s;
  GradCase check = { "selective scan", scan_forward, scan_backward, &s, TRUE };
  size_t n = batch * length * channels;

  prepare_scan (&s, batch, length, channels, n_states, ldbc);
  if (n > 1)
    s.raw[1] = 25; /* above the threshold: Δ = raw */
  gradcheck_slot (&check, "u", s.u, n);
  gradcheck_slot (&check, "raw", s.raw, n);
  gradcheck_slot (&check, "B", s.b, batch * length * ldbc);
  gradcheck_slot (&check, "C", s.c, batch * length * ldbc);
  gradcheck_slot (&check, "A_log", s.a_log, channels * n_states);
  gradcheck_slot (&check, "D", s.d, channels);
  gradcheck_run (&check);
  if (length == 1)
    for (size_t i = 0; i < channels * n_states; i++)
      g_assert_cmpfloat (check.slots[4].gradient[i], ==, 0);
  gradcheck_clear ();
}

static void
test_scan (void)
{
  check_scan (2, 3, 5, 4, 4);
  check_scan (3, 2, 3, 16, 19);
  check_scan (1, 7, 2, 5, 11);
  check_scan (2, 1, 3, 16, 16);
  check_scan (1, 1, 1, 1, 1);
  check_scan (1, 4, 33, 16, 40);
  check_scan (2, 2, 67, 3, 3);
  check_scan (1, 2, 3, 700, 700);
}

/* The recurrence spelled out, with everything recomputed. */
static void
test_scan_values (void)
{
  Scan s;

  prepare_scan (&s, 2, 3, 4, 5, 6);
  scan_forward (&s);
  for (size_t b = 0; b < 2; b++)
    for (size_t e = 0; e < 4; e++) {
      double h[5] = { 0 };

      for (size_t t = 0; t < 3; t++) {
        size_t row = b * 3 + t, i = row * 4 + e;
        double delta = log1p (exp (s.raw[i])), y = s.d[e] * s.u[i];

        for (size_t k = 0; k < 5; k++) {
          h[k] = exp (-delta * exp (s.a_log[e * 5 + k])) * h[k] + delta * s.u[i] * s.b[row * 6 + k];
          y += h[k] * s.c[row * 6 + k];
          g_assert_cmpfloat_with_epsilon (s.states[(row * 5 + k) * 4 + e], h[k], 1e-14);
        }
        g_assert_cmpfloat_with_epsilon (s.delta[i], delta, 1e-14);
        g_assert_cmpfloat_with_epsilon (s.y[i], y, 1e-14);
      }
    }
  gradcheck_clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/mamba/conv", test_conv);
  g_test_add_func ("/nn/mamba/scan", test_scan);
  g_test_add_func ("/nn/mamba/scan-values", test_scan_values);
  return g_test_run ();
}
