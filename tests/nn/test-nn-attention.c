/* Attention: gradient checks for ragged and masked sequences, and both code paths (short and long
 * sequences) against the formula written out. */
#include "gradcheck.h"
#include "nn-attention.h"
#include "nn-gemm.h"

#define MAX_BATCH 4

typedef struct {
  size_t batch, heads, head_dim, ldq, ldk, ldv, ldo;
  size_t q_start[MAX_BATCH + 1], k_start[MAX_BATCH + 1];
  const uint8_t *mask;
  double *q, *k, *v, *out, *prob, *scratch, *dout;
} Attention;

static size_t
n_queries (const Attention *a)
{
  return a->q_start[a->batch];
}

static size_t
n_keys (const Attention *a)
{
  return a->k_start[a->batch];
}

static double
attention_forward (gpointer data)
{
  Attention *a = data;

  nn_attention_forward (a->out, a->ldo, a->prob, a->scratch, a->q, a->ldq, a->k, a->ldk, a->v,
                        a->ldv, a->mask, a->q_start, a->k_start, a->batch, a->heads, a->head_dim);
  return gradcheck_dot (a->out, a->dout, n_queries (a) * a->ldo);
}

static void
attention_backward (gpointer data, double **wanted)
{
  Attention *a = data;

  attention_forward (data);
  nn_attention_backward (wanted[0], a->ldq, wanted[1], a->ldk, wanted[2], a->ldv, NN_ADD, a->dout,
                         a->ldo, a->prob, a->scratch, a->q, a->ldq, a->k, a->ldk, a->v, a->ldv,
                         a->q_start, a->k_start, a->batch, a->heads, a->head_dim);
}

/* Sequences of the given lengths; every matrix gets `extra` columns of padding, each another. */
static void
prepare (Attention *a, const size_t *n_q, const size_t *n_k, size_t batch, size_t heads,
         size_t head_dim, size_t extra, double scale)
{
  size_t width = heads * head_dim;

  memset (a, 0, sizeof *a);
  a->batch = batch;
  a->heads = heads;
  a->head_dim = head_dim;
  for (size_t b = 0; b < batch; b++) {
    a->q_start[b + 1] = a->q_start[b] + n_q[b];
    a->k_start[b + 1] = a->k_start[b] + n_k[b];
  }
  a->ldq = width + extra;
  a->ldk = width + 2 * extra;
  a->ldv = width + 3 * extra;
  a->ldo = width + 4 * extra;
  a->q = gradcheck_random (n_queries (a) * a->ldq, 1, scale);
  a->k = gradcheck_random (n_keys (a) * a->ldk, 2, scale);
  a->v = gradcheck_random (n_keys (a) * a->ldv, 3, 1);
  a->out = gradcheck_zeros (n_queries (a) * a->ldo);
  a->dout = gradcheck_random (n_queries (a) * a->ldo, 4, 1);
  a->prob = gradcheck_zeros (nn_attention_prob_size (a->q_start, a->k_start, batch, heads));
  a->scratch = gradcheck_zeros (
      nn_attention_scratch_size (a->q_start, a->k_start, batch, heads, head_dim));
}

static void
check_gradients (const size_t *n_q, const size_t *n_k, size_t batch, size_t heads, size_t head_dim,
                 size_t extra, const uint8_t *mask)
{
  Attention a;
  GradCase check = { "attention", attention_forward, attention_backward, &a, TRUE };

  prepare (&a, n_q, n_k, batch, heads, head_dim, extra, 1.5);
  a.mask = mask;
  gradcheck_slot (&check, "q", a.q, n_queries (&a) * a.ldq);
  gradcheck_slot (&check, "k", a.k, n_keys (&a) * a.ldk);
  gradcheck_slot (&check, "v", a.v, n_keys (&a) * a.ldv);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static void
test_self (void)
{
  static const size_t one[] = { 1 }, five[] = { 5 }, ragged[] = { 3, 1, 0, 4 }, wide[] = { 19 };

  check_gradients (one, one, 1, 1, 1, 0, NULL);
  check_gradients (one, one, 1, 3, 4, 1, NULL);
  check_gradients (five, five, 1, 2, 3, 0, NULL);
  check_gradients (ragged, ragged, 4, 2, 5, 3, NULL);
  check_gradients (wide, wide, 1, 1, 17, 0, NULL);
}

static void
test_cross (void)
{
  static const size_t n_q[] = { 3, 1, 2, 0 }, n_k[] = { 2, 4, 0, 3 };
  static const size_t few[] = { 2 }, many[] = { 17 };

  check_gradients (n_q, n_k, 4, 2, 4, 2, NULL);
  check_gradients (few, many, 1, 1, 8, 0, NULL);
  check_gradients (many, few, 1, 1, 8, 0, NULL);
}

/* The second sequence has all its keys masked. */
static void
test_masked (void)
{
  static const size_t lengths[] = { 4, 2, 3 };
  static const uint8_t mask[] = { 1, 0, 255, 1, 0, 0, 0, 2, 0 };
  Attention a;

  check_gradients (lengths, lengths, 3, 2, 3, 1, mask);
  prepare (&a, lengths, lengths, 3, 2, 3, 0, 1);
  a.mask = mask;
  attention_forward (&a);
  for (size_t j = 4 * 6; j < 6 * 6; j++)
    g_assert_cmpfloat (a.out[j], ==, 0);
  gradcheck_clear ();
}

/* ---- against the formula written out ---- */

/* Row i of head h: prob [n_k] and out [head_dim], by the definition. */
static void
naive_row (const Attention *a, size_t b, size_t h, size_t i, double *prob, double *out)
{
  size_t from = a->k_start[b], to = a->k_start[b + 1], at = h * a->head_dim;
  double largest = -INFINITY, sum = 0;

  for (size_t j = from; j < to; j++) {
    prob[j - from] = gradcheck_dot (a->q + (a->q_start[b] + i) * a->ldq + at,
                                    a->k + j * a->ldk + at, a->head_dim)
                     / sqrt ((double)a->head_dim);
    if (!a->mask || a->mask[j])
      largest = fmax (largest, prob[j - from]);
  }
  for (size_t j = from; j < to; j++) {
    prob[j - from] = !a->mask || a->mask[j] ? exp (prob[j - from] - largest) : 0;
    sum += prob[j - from];
  }
  memset (out, 0, a->head_dim * sizeof *out);
  for (size_t j = from; j < to; j++) {
    prob[j - from] /= sum;
    for (size_t c = 0; c < a->head_dim; c++)
      out[c] += prob[j - from] * a->v[j * a->ldv + at + c];
  }
}

static void
expect_formula (const Attention *a)
{
  const double *p = a->prob;
  double *prob = gradcheck_zeros (n_keys (a)), *out = gradcheck_zeros (a->head_dim);

  for (size_t b = 0; b < a->batch; b++)
    for (size_t h = 0; h < a->heads; h++)
      for (size_t i = 0; i < a->q_start[b + 1] - a->q_start[b]; i++) {
        const double *row = a->out + (a->q_start[b] + i) * a->ldo + h * a->head_dim;

        naive_row (a, b, h, i, prob, out);
        for (size_t j = 0; j < a->k_start[b + 1] - a->k_start[b]; j++)
          g_assert_cmpfloat_with_epsilon (*p++, prob[j], 1e-13);
        for (size_t c = 0; c < a->head_dim; c++)
          g_assert_cmpfloat_with_epsilon (row[c], out[c], 1e-13);
      }
}

/* Along a random direction the loss must change as the gradient says. */
static void
expect_slope (Attention *a)
{
  double *x[] = { a->q, a->k, a->v };
  size_t sizes[] = { n_queries (a) * a->ldq, n_keys (a) * a->ldk, n_keys (a) * a->ldv };
  double *gradients[3];

  for (int s = 0; s < 3; s++)
    gradients[s] = gradcheck_zeros (sizes[s]);
  attention_backward (a, gradients);
  for (int s = 0; s < 3; s++) {
    const double h = 1e-4;
    double *way = gradcheck_random (sizes[s], 50 + (uint64_t)s, 1), f[2];
    double slope = gradcheck_dot (way, gradients[s], sizes[s]);

    for (int side = 0; side < 2; side++) {
      for (size_t i = 0; i < sizes[s]; i++)
        x[s][i] += (side ? -2 * h : h) * way[i];
      f[side] = attention_forward (a);
    }
    for (size_t i = 0; i < sizes[s]; i++)
      x[s][i] += h * way[i];
    g_assert_cmpfloat_with_epsilon ((f[0] - f[1]) / (2 * h), slope, 1e-6 * fmax (1, fabs (slope)));
  }
}

static void
check_formula (size_t n_q, size_t n_k, size_t heads, size_t head_dim, gboolean masked)
{
  size_t queries[] = { n_q, 2 }, keys[] = { n_k, 3 };
  g_autofree uint8_t *mask = g_new0 (uint8_t, n_k + 3);
  Attention a;

  for (size_t j = 0; j < n_k + 3; j++)
    mask[j] = nn_random_below (9, j, 3) > 0;
  prepare (&a, queries, keys, 2, heads, head_dim, 1, 1);
  a.mask = masked ? mask : NULL;
  attention_forward (&a);
  expect_formula (&a);
  expect_slope (&a);
  gradcheck_clear ();
}

static void
test_short_and_long (void)
{
  static const size_t lengths[] = { 2, 8, 15, 33, 63, 64, 65, 128, 197 };

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++) {
    check_formula (lengths[i], lengths[i], 2, 32, i % 2);
    check_formula (7, lengths[i], 1, 10, !(i % 2));
    check_formula (lengths[i], 5, 2, 9, FALSE);
  }
}

/* Scores in the hundreds: the maximum comes out first. */
static void
test_large_scores (void)
{
  static const size_t lengths[] = { 9, 5 };
  Attention a;

  prepare (&a, lengths, lengths, 2, 2, 8, 0, 40);
  attention_forward (&a);
  expect_formula (&a);
  gradcheck_clear ();
}

/* Set over anything is what adding to zeros is, also for sequences without queries or keys. */
static void
test_set (void)
{
  static const size_t n_q[] = { 3, 0, 2, 11 }, n_k[] = { 2, 4, 0, 9 };
  Attention a;
  double *x[2][3];

  prepare (&a, n_q, n_k, 4, 2, 5, 0, 1);
  attention_forward (&a);
  for (NnStore store = NN_ADD; store <= NN_SET; store++) {
    for (size_t s = 0; s < 3; s++) {
      x[store][s] = gradcheck_zeros (16 * 10);
      for (size_t i = 0; store == NN_SET && i < 16 * 10; i++)
        x[store][s][i] = NAN;
    }
    nn_attention_backward (x[store][0], a.ldq, x[store][1], a.ldk, x[store][2], a.ldv, store,
                           a.dout, a.ldo, a.prob, a.scratch, a.q, a.ldq, a.k, a.ldk, a.v, a.ldv,
                           a.q_start, a.k_start, a.batch, a.heads, a.head_dim);
  }
  for (size_t s = 0; s < 3; s++)
    for (size_t i = 0; i < (s == 0 ? n_queries (&a) : n_keys (&a)) * 10; i++)
      g_assert_cmpfloat_with_epsilon (x[NN_SET][s][i], x[NN_ADD][s][i], 1e-14);
  gradcheck_clear ();
}

/* Each test with OpenBLAS and products in registers, and with our own tiles where there are any. */
static const struct {
  const char *name;
  void (*run) (void);
} tests[] = {
  { "self", test_self },
  { "cross", test_cross },
  { "masked", test_masked },
  { "short-and-long", test_short_and_long },
  { "large-scores", test_large_scores },
  { "set", test_set },
};

static void
run_with_tiles (gconstpointer data)
{
  nn_gemm_allow_tiles (1);
  tests[GPOINTER_TO_SIZE (data)].run ();
}

static void
run_without_tiles (gconstpointer data)
{
  nn_gemm_allow_tiles (0);
  tests[GPOINTER_TO_SIZE (data)].run ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *tiles = g_strdup_printf ("/nn/attention/tiles/%s", tests[i].name);
    g_autofree char *blas = g_strdup_printf ("/nn/attention/blas/%s", tests[i].name);

    g_test_add_data_func (tiles, GSIZE_TO_POINTER (i), run_with_tiles);
    g_test_add_data_func (blas, GSIZE_TO_POINTER (i), run_without_tiles);
  }
  return g_test_run ();
}
