/* Attention to what came before: gradients, and that every token's output is what plain attention
 * gives it over itself and those before. */
#include "gradcheck.h"
#include "nn-attention.h"
#include "nn-causal-attention.h"
#include "nn-gemm.h"

#define MAX_BATCH 4

typedef struct {
  size_t batch, heads, head_dim, ld, longest;
  size_t start[MAX_BATCH + 1];
  double *q, *k, *v, *out, *prob, *scratch, *dout;
} Causal;

static double
causal_forward (gpointer data)
{
  Causal *c = data;

  nn_causal_attention_forward (c->out, c->ld, c->prob, c->q, c->ld, c->k, c->ld, c->v, c->ld,
                               c->start, c->batch, c->heads, c->head_dim);
  return gradcheck_dot (c->out, c->dout, c->start[c->batch] * c->ld);
}

static void
causal_backward (gpointer data, double **wanted)
{
  Causal *c = data;

  causal_forward (data);
  nn_causal_attention_backward (wanted[0], c->ld, wanted[1], c->ld, wanted[2], c->ld, c->dout,
                                c->ld, c->prob, c->scratch, c->q, c->ld, c->k, c->ld, c->v, c->ld,
                                c->start, c->batch, c->heads, c->head_dim);
}

/* Sequences of the given lengths; the matrices have `extra` columns more than they need. */
static void
prepare (Causal *c, const size_t *lengths, size_t batch, size_t heads, size_t head_dim,
         size_t extra, double scale)
{
  size_t n;

  *c = (Causal){ .batch = batch, .heads = heads, .head_dim = head_dim };
  for (size_t b = 0; b < batch; b++) {
    c->start[b + 1] = c->start[b] + lengths[b];
    c->longest = MAX (c->longest, lengths[b]);
  }
  c->ld = heads * head_dim + extra;
  n = c->start[batch] * c->ld;
  c->q = gradcheck_random (n, 1, scale);
  c->k = gradcheck_random (n, 2, scale);
  c->v = gradcheck_random (n, 3, 1);
  c->out = gradcheck_zeros (n);
  c->dout = gradcheck_random (n, 4, 1);
  c->prob = gradcheck_zeros (nn_causal_attention_prob_size (c->start, batch, heads));
  c->scratch = gradcheck_zeros (c->longest * c->longest);
}

static void
check_gradients (const size_t *lengths, size_t batch, size_t heads, size_t head_dim, size_t extra)
{
  Causal c;
  GradCase check = { "causal attention", causal_forward, causal_backward, &c, TRUE };

  prepare (&c, lengths, batch, heads, head_dim, extra, 1.5);
  gradcheck_slot (&check, "q", c.q, c.start[batch] * c.ld);
  gradcheck_slot (&check, "k", c.k, c.start[batch] * c.ld);
  gradcheck_slot (&check, "v", c.v, c.start[batch] * c.ld);
  gradcheck_run (&check);
  gradcheck_clear ();
}

static void
test_gradients (void)
{
  static const size_t one[] = { 1 }, five[] = { 5 }, ragged[] = { 3, 1, 0, 4 }, wide[] = { 19 };

  check_gradients (one, 1, 1, 1, 0);
  check_gradients (one, 1, 3, 4, 1);
  check_gradients (five, 1, 2, 3, 0);
  check_gradients (ragged, 4, 2, 5, 3);
  check_gradients (wide, 1, 1, 17, 0);
}

/* Token i of sequence b: plain attention of one query over i + 1 keys. */
static void
expect_token (const Causal *c, size_t b, size_t i)
{
  size_t q_start[] = { 0, 1 }, k_start[] = { 0, i + 1 };
  size_t first = c->start[b] * c->ld, at = first + i * c->ld, width = c->heads * c->head_dim;
  double *out = gradcheck_zeros (width);
  double *prob = gradcheck_zeros (nn_attention_prob_size (q_start, k_start, 1, c->heads));
  double *scratch
      = gradcheck_zeros (nn_attention_scratch_size (q_start, k_start, 1, c->heads, c->head_dim));

  nn_attention_forward (out, width, prob, scratch, c->q + at, c->ld, c->k + first, c->ld,
                        c->v + first, c->ld, NULL, q_start, k_start, 1, c->heads, c->head_dim);
  for (size_t j = 0; j < width; j++)
    g_assert_cmpfloat_with_epsilon (c->out[at + j], out[j], 1e-13);
}

static void
check_values (const size_t *lengths, size_t batch, double scale)
{
  Causal c;

  prepare (&c, lengths, batch, 2, 7, 2, scale);
  causal_forward (&c);
  for (size_t b = 0; b < batch; b++)
    for (size_t i = 0; i < lengths[b]; i++)
      expect_token (&c, b, i);
  gradcheck_clear ();
}

/* Scores of hundreds too. */
static void
test_values (void)
{
  static const size_t lengths[] = { 77, 1, 0, 12 };

  check_values (lengths, 4, 1);
  check_values (lengths, 4, 40);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/nn/causal-attention/gradients", test_gradients);
  g_test_add_func ("/nn/causal-attention/values", test_values);
  return g_test_run ();
}
