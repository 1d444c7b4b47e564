/* What CLIP's encoders need besides: quick GELU and attention to what came before. */
#include "graph-ops.h"
#include "graph-private.h"

#include <assert.h>

#include "nn-activation.h"
#include "nn-causal-attention.h"

static void
quick_gelu_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];

  nn_quick_gelu_backward (graph_grad (tape, x), y->grad, x->data, x->rows * x->cols);
}

static const GraphOp op_quick_gelu = { "quick gelu", quick_gelu_backward };

GraphTensor *
graph_quick_gelu (GraphTape *tape, GraphTensor *x)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  GraphNode *node;

  assert (x->ld == x->cols);
  nn_quick_gelu_forward (y->data, x->data, x->rows * x->cols);
  node = graph_record (tape, &op_quick_gelu, y);
  if (node != NULL)
    node->in[0] = x;
  return y;
}

static size_t
longest (GraphRows rows)
{
  size_t most = 0;

  for (size_t b = 0; b < rows.batch; b++)
    most = rows.start[b + 1] - rows.start[b] > most ? rows.start[b + 1] - rows.start[b] : most;
  return most;
}

static void
causal_attention_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *q = node->in[0], *k = node->in[1], *v = node->in[2], *out = node->out[0];
  size_t heads = node->n[0], most = longest (node->rows[0]);
  nn_real *scratch = graph_alloc_reals (tape, most * most);

  nn_causal_attention_backward (
      graph_grad_if_wanted (tape, q), q->ld, graph_grad_if_wanted (tape, k), k->ld,
      graph_grad_if_wanted (tape, v), v->ld, out->grad, out->ld, node->saved[0], scratch, q->data,
      q->ld, k->data, k->ld, v->data, v->ld, node->rows[0].start, node->rows[0].batch, heads,
      q->cols / heads);
}

static const GraphOp op_causal_attention = { "causal attention", causal_attention_backward };

GraphTensor *
graph_causal_attention (GraphTape *tape, GraphTensor *q, GraphTensor *k, GraphTensor *v,
                        GraphRows rows, size_t heads)
{
  GraphTensor *out = graph_tensor (tape, q->rows, q->cols, q->wanted || k->wanted || v->wanted);
  nn_real *prob
      = graph_alloc_reals (tape, nn_causal_attention_prob_size (rows.start, rows.batch, heads));
  GraphNode *node;

  assert (k->cols == q->cols && v->cols == q->cols && k->rows == q->rows && v->rows == q->rows);
  nn_causal_attention_forward (out->data, out->ld, prob, q->data, q->ld, k->data, k->ld, v->data,
                               v->ld, rows.start, rows.batch, heads, q->cols / heads);
  node = graph_record (tape, &op_causal_attention, out);
  if (node != NULL) {
    node->in[0] = q;
    node->in[1] = k;
    node->in[2] = v;
    node->saved[0] = prob;
    node->rows[0] = rows;
    node->n[0] = heads;
  }
  return out;
}
