/* Gradient checks: linear, normalisation, activations, sums and gates, pooling, dropout. */
#include "gradcheck.h"
#include "nn-activation.h"
#include "nn-dropout.h"
#include "nn-elementwise.h"
#include "nn-linear.h"
#include "nn-mamba.h"
#include "nn-norm.h"
#include "nn-pool.h"

/* What the kernels here read and write; each case uses some of it. */
typedef struct {
  size_t n, d, in, ldx, ldy;
  double *x, *weight, *bias, *gate, *y, *y2, *dy, *dy2, *mean, *rstd;
  const uint8_t *mask;
  const size_t *start;
  size_t batch;
  const struct Activation *activation;
} Layer;

/* ---- linear ---- */

static double
linear_forward (gpointer data)
{
  Layer *l = data;

  nn_linear_forward (NULL, l->y, l->ldy, l->x, l->ldx, l->weight, l->bias, l->n, l->in, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->ldy);
}

static void
linear_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_linear_backward (NULL, wanted[0], l->ldx, NN_ADD, wanted[1], l->bias ? wanted[2] : NULL, l->dy,
                      l->ldy, l->x, l->ldx, l->weight, l->n, l->in, l->d);
}

static void
check_linear (size_t n, size_t in, size_t out, size_t ldx, size_t ldy, gboolean with_bias)
{
  Layer l = { .n = n, .d = out, .in = in, .ldx = ldx, .ldy = ldy };
  GradCase check = { "linear", linear_forward, linear_backward, &l, TRUE };

  l.x = gradcheck_random (n * ldx, 1, 1);
  l.weight = gradcheck_random (out * in, 2, 1);
  l.bias = with_bias ? gradcheck_random (out, 3, 1) : NULL;
  l.dy = gradcheck_random (n * ldy, 4, 1);
  l.y = gradcheck_zeros (n * ldy);
  gradcheck_slot (&check, "x", l.x, n * ldx);
  gradcheck_slot (&check, "weight", l.weight, out * in);
  if (with_bias)
    gradcheck_slot (&check, "bias", l.bias, out);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static void
test_linear (void)
{
  check_linear (5, 7, 3, 7, 3, TRUE);
  check_linear (5, 7, 3, 11, 4, TRUE);
  check_linear (1, 9, 5, 9, 5, TRUE);
  check_linear (6, 1, 4, 2, 4, FALSE);
  check_linear (6, 5, 1, 5, 3, TRUE);
  check_linear (1, 1, 1, 1, 1, FALSE);
  check_linear (0, 3, 2, 3, 2, TRUE);
  check_linear (19, 17, 33, 18, 40, TRUE);
}

/* ---- normalisation ---- */

static double
layer_norm_forward (gpointer data)
{
  Layer *l = data;

  nn_layer_norm_forward (l->y, l->mean, l->rstd, l->x, l->weight, l->bias, 1e-5, l->n, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
layer_norm_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  layer_norm_forward (data);
  nn_layer_norm_backward (wanted[0], NN_ADD, wanted[1], wanted[2], l->dy, l->mean, l->rstd, l->x,
                          l->weight, l->n, l->d);
}

static double
unit_forward (gpointer data)
{
  Layer *l = data;

  nn_unit_forward (l->y, l->mean, l->x, l->n, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
unit_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  unit_forward (data);
  nn_unit_backward (wanted[0], l->dy, l->y, l->mean, l->n, l->d);
}

static void
prepare_rows (Layer *l, size_t n, size_t d)
{
  memset (l, 0, sizeof *l);
  l->n = n;
  l->d = l->ldx = l->ldy = d;
  l->x = gradcheck_random (n * d, 11, 2);
  l->weight = gradcheck_random (d, 12, 1);
  l->bias = gradcheck_random (d, 13, 1);
  l->gate = gradcheck_random (n * d, 14, 1);
  l->dy = gradcheck_random (n * d, 15, 1);
  l->dy2 = gradcheck_random (n * d, 16, 1);
  l->y = gradcheck_zeros (n * d);
  l->y2 = gradcheck_zeros (n * d);
  l->mean = gradcheck_zeros (n);
  l->rstd = gradcheck_zeros (n);
}

static void
test_layer_norm (void)
{
  static const size_t shapes[][2] = { { 1, 2 }, { 3, 7 }, { 1, 33 }, { 5, 16 }, { 0, 4 } };

  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++) {
    Layer l;
    GradCase check = { "layer norm", layer_norm_forward, layer_norm_backward, &l, TRUE };

    prepare_rows (&l, shapes[i][0], shapes[i][1]);
    gradcheck_slot (&check, "x", l.x, l.n * l.d);
    gradcheck_slot (&check, "gamma", l.weight, l.d);
    gradcheck_slot (&check, "beta", l.bias, l.d);
    gradcheck_run (&check);
    gradcheck_clear ();
  }
}

static void
test_unit (void)
{
  static const size_t shapes[][2] = { { 1, 2 }, { 3, 7 }, { 4, 17 }, { 0, 4 } };

  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++) {
    Layer l;
    GradCase check = { "unit", unit_forward, unit_backward, &l };

    prepare_rows (&l, shapes[i][0], shapes[i][1]);
    gradcheck_slot (&check, "x", l.x, l.n * l.d);
    gradcheck_run (&check);
    gradcheck_clear ();
  }
}

/* A row of zeros: the clamp is active, so the map is x / 1e-12. */
static void
test_unit_zero (void)
{
  double x[3] = { 0 }, y[3], norm, dy[3] = { 1, -2, 0.5 }, dx[3] = { 0 };

  nn_unit_forward (y, &norm, x, 1, 3);
  g_assert_cmpfloat (norm, ==, 0);
  nn_unit_backward (dx, dy, y, &norm, 1, 3);
  for (int i = 0; i < 3; i++) {
    g_assert_cmpfloat (y[i], ==, 0);
    g_assert_cmpfloat_with_epsilon (dx[i], dy[i] * 1e12, 1e-3);
  }
}

/* ---- activations ---- */

static void
gelu_add (double *dx, const double *dy, const double *x, size_t n)
{
  nn_gelu_backward (dx, NN_ADD, dy, x, n);
}

typedef struct Activation {
  const char *name;
  void (*forward) (double *y, const double *x, size_t n);
  void (*backward) (double *dx, const double *dy, const double *x_or_y, size_t n);
  gboolean from_output;
} Activation;

static double
activation_forward (gpointer data)
{
  Layer *l = data;

  l->activation->forward (l->y, l->x, l->n * l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
activation_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  activation_forward (data);
  l->activation->backward (wanted[0], l->dy, l->activation->from_output ? l->y : l->x, l->n * l->d);
}

static void
test_activations (void)
{
  static const Activation activations[] = {
    { "gelu", nn_gelu_forward, gelu_add, FALSE },
    { "sigmoid", nn_sigmoid_forward, nn_sigmoid_backward, TRUE },
    { "silu", nn_silu_forward, nn_silu_backward, FALSE },
    { "quick gelu", nn_quick_gelu_forward, nn_quick_gelu_backward, FALSE },
  };
  static const size_t sizes[] = { 0, 1, 3, 8, 37 };

  for (size_t i = 0; i < G_N_ELEMENTS (activations); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (sizes); j++) {
      Layer l;
      GradCase check = { activations[i].name, activation_forward, activation_backward, &l };

      prepare_rows (&l, 1, sizes[j]);
      l.activation = &activations[i];
      gradcheck_slot (&check, "x", l.x, l.n * l.d);
      gradcheck_run (&check);
      gradcheck_clear ();
    }
}

static double
softmax_forward (gpointer data)
{
  Layer *l = data;

  nn_softmax_forward (l->y, l->x, l->n, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
softmax_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  softmax_forward (data);
  nn_softmax_backward (wanted[0], l->dy, l->y, l->n, l->d);
}

static void
test_softmax (void)
{
  static const size_t shapes[][2] = { { 1, 1 }, { 3, 2 }, { 4, 13 }, { 0, 5 }, { 2, 0 } };

  for (size_t i = 0; i < G_N_ELEMENTS (shapes); i++) {
    Layer l;
    GradCase check = { "softmax", softmax_forward, softmax_backward, &l };

    prepare_rows (&l, shapes[i][0], shapes[i][1]);
    gradcheck_slot (&check, "x", l.x, l.n * l.d);
    gradcheck_run (&check);
    gradcheck_clear ();
  }
}

/* ---- sums, products, gates ---- */

static double
mul_forward (gpointer data)
{
  Layer *l = data;

  nn_mul_forward (l->y, l->x, l->gate, l->n * l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
mul_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_mul_backward (wanted[0], wanted[1], l->dy, l->x, l->gate, l->n * l->d);
}

static void
test_mul (void)
{
  Layer l;
  GradCase check = { "mul", mul_forward, mul_backward, &l, TRUE };

  prepare_rows (&l, 3, 5);
  gradcheck_slot (&check, "a", l.x, 15);
  gradcheck_slot (&check, "b", l.gate, 15);
  gradcheck_run (&check);
  gradcheck_clear ();
}

/* The scale stands in the second of three columns. */
static double
scale_rows_forward (gpointer data)
{
  Layer *l = data;

  nn_scale_rows_forward (l->y, l->x, l->gate + 1, 3, l->n, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
scale_rows_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_scale_rows_backward (wanted[0], wanted[1] ? wanted[1] + 1 : NULL, 3, l->dy, l->x, l->gate + 1,
                          l->n, l->d);
}

static void
test_scale_rows (void)
{
  Layer l;
  GradCase check = { "scale rows", scale_rows_forward, scale_rows_backward, &l, TRUE };

  prepare_rows (&l, 4, 7);
  gradcheck_slot (&check, "x", l.x, 28);
  gradcheck_slot (&check, "scale", l.gate, 12);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static double
gate_forward (gpointer data)
{
  Layer *l = data;
  size_t n = l->n * l->d;

  nn_feature_gate_forward (l->y, l->y2, l->gate, l->x, l->weight, n);
  return gradcheck_dot (l->y, l->dy, n) + gradcheck_dot (l->y2, l->dy2, n);
}

static void
gate_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_feature_gate_backward (wanted[0], wanted[1], wanted[2], l->dy, l->dy2, l->gate, l->x,
                            l->weight, l->n * l->d);
}

static void
test_feature_gate (void)
{
  Layer l;
  GradCase check = { "feature gate", gate_forward, gate_backward, &l, TRUE };

  prepare_rows (&l, 1, 19);
  gradcheck_slot (&check, "gate", l.gate, 19);
  gradcheck_slot (&check, "identity", l.x, 19);
  gradcheck_slot (&check, "clothing", l.weight, 19);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static double
silu_gate_forward (gpointer data)
{
  Layer *l = data;

  nn_silu_gate_forward (l->y, l->x, l->gate, l->ldx, l->n, l->d);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
silu_gate_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_silu_gate_backward (wanted[0], wanted[1], l->ldx, l->dy, l->x, l->gate, l->ldx, l->n, l->d);
}

static void
test_silu_gate (void)
{
  Layer l;
  GradCase check = { "silu gate", silu_gate_forward, silu_gate_backward, &l, TRUE };

  prepare_rows (&l, 3, 5);
  l.ldx = 9;
  l.gate = gradcheck_random (3 * 9, 17, 2);
  gradcheck_slot (&check, "y", l.x, 15);
  gradcheck_slot (&check, "z", l.gate, 27);
  gradcheck_run (&check);
  gradcheck_clear ();
}

/* ---- pooling ---- */

static double
pool_forward (gpointer data)
{
  Layer *l = data;

  nn_mean_pool_forward (l->y, l->x, l->ldx, l->mask, l->start, l->batch, l->d);
  return gradcheck_dot (l->y, l->dy, l->batch * l->d);
}

static void
pool_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_mean_pool_backward (wanted[0], l->ldx, l->dy, l->mask, l->start, l->batch, l->d);
}

/* Sequences of 3, 0, 1 and 4 rows; in the mask the third has no row left. */
static void
test_mean_pool (void)
{
  static const size_t start[] = { 0, 3, 3, 4, 8 };
  static const uint8_t mask[] = { 1, 0, 1, 0, 0, 0, 7, 0 };

  for (int masked = 0; masked < 2; masked++) {
    Layer l;
    GradCase check = { "mean pool", pool_forward, pool_backward, &l };

    prepare_rows (&l, 8, 7);
    l.d = 5;
    l.mask = masked ? mask : NULL;
    l.start = start;
    l.batch = 4;
    gradcheck_slot (&check, "x", l.x, 8 * 7);
    gradcheck_run (&check);
    for (size_t j = 0; j < 5; j++) {
      g_assert_cmpfloat (l.y[5 + j], ==, 0);
      g_assert_cmpfloat (l.y[10 + j], ==, masked ? 0 : l.x[3 * 7 + j]);
    }
    gradcheck_clear ();
  }
}

/* ---- dropout ---- */

static double
dropout_forward (gpointer data)
{
  Layer *l = data;

  nn_dropout_forward (l->y, l->x, l->n * l->d, 0.3, 7, 1000);
  return gradcheck_dot (l->y, l->dy, l->n * l->d);
}

static void
dropout_backward (gpointer data, double **wanted)
{
  Layer *l = data;

  nn_dropout_backward (wanted[0], l->dy, l->n * l->d, 0.3, 7, 1000);
}

static void
test_dropout (void)
{
  Layer l;
  GradCase check = { "dropout", dropout_forward, dropout_backward, &l };

  prepare_rows (&l, 7, 9);
  gradcheck_slot (&check, "x", l.x, 63);
  gradcheck_run (&check);
  gradcheck_clear ();
}

/* Set is what adding to zeros is, whatever stood there. */
static void
assert_set (const double *set, const double *added, size_t n)
{
  for (size_t i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (set[i], added[i], 1e-14);
}

static void
test_set (void)
{
  enum { N = 5,
         IN = 7,
         OUT = 3 };
  const double *x = gradcheck_random (N * IN, 1, 1), *weight = gradcheck_random (OUT * IN, 2, 1);
  const double *dy = gradcheck_random (N * IN, 3, 1), *gamma = gradcheck_random (IN, 4, 1);
  double *y = gradcheck_zeros (N * IN), *mean = gradcheck_zeros (N), *rstd = gradcheck_zeros (N);
  double *dx[2];

  for (int kind = 0; kind < 3; kind++) {
    for (NnStore store = NN_ADD; store <= NN_SET; store++) {
      dx[store] = gradcheck_zeros (N * IN);
      for (size_t i = 0; store == NN_SET && i < N * IN; i++)
        dx[store][i] = NAN;
      if (kind == 0)
        nn_linear_backward (NULL, dx[store], IN, store, NULL, NULL, dy, OUT, x, IN, weight, N, IN,
                            OUT);
      else if (kind == 1)
        nn_gelu_backward (dx[store], store, dy, x, N * IN);
      else {
        nn_layer_norm_forward (y, mean, rstd, x, gamma, gamma, 1e-5, N, IN);
        nn_layer_norm_backward (dx[store], store, NULL, NULL, dy, mean, rstd, x, gamma, N, IN);
      }
    }
    assert_set (dx[NN_SET], dx[NN_ADD], N * IN);
  }
  gradcheck_clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/layers/linear", test_linear);
  g_test_add_func ("/nn/layers/layer-norm", test_layer_norm);
  g_test_add_func ("/nn/layers/unit", test_unit);
  g_test_add_func ("/nn/layers/unit-zero", test_unit_zero);
  g_test_add_func ("/nn/layers/activations", test_activations);
  g_test_add_func ("/nn/layers/softmax", test_softmax);
  g_test_add_func ("/nn/layers/mul", test_mul);
  g_test_add_func ("/nn/layers/scale-rows", test_scale_rows);
  g_test_add_func ("/nn/layers/feature-gate", test_feature_gate);
  g_test_add_func ("/nn/layers/silu-gate", test_silu_gate);
  g_test_add_func ("/nn/layers/mean-pool", test_mean_pool);
  g_test_add_func ("/nn/layers/dropout", test_dropout);
  g_test_add_func ("/nn/layers/set", test_set);
  return g_test_run ();
}
