/* The parts of a Mamba mixer that are not linear layers. */
#include "graph-ops.h"
#include "graph-private.h"

#include <assert.h>

#include "nn-mamba.h"

static void
causal_conv_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];
  size_t length = node->n[0];

  nn_causal_conv_backward (graph_grad_if_wanted (tape, x), x->ld,
                           graph_param_grad (tape, &node->param[0]),
                           graph_param_grad (tape, &node->param[1]), node->out[0]->grad, x->data,
                           x->ld, graph_param_data (tape, &node->param[0]), x->rows / length,
                           length, x->cols, node->param[0].cols);
}

static const GraphOp op_causal_conv = { "causal conv", causal_conv_backward };

GraphTensor *
graph_causal_conv (GraphTape *tape, GraphTensor *x, const GraphParam *weight,
                   const GraphParam *bias, size_t length)
{
  GraphTensor *y
      = graph_tensor (tape, x->rows, x->cols, x->wanted || graph_param_wanted (tape, weight));
  GraphNode *node;

  assert (weight->rows == x->cols && x->rows % length == 0);
  nn_causal_conv_forward (y->data, x->data, x->ld, graph_param_data (tape, weight),
                          graph_param_data (tape, bias), x->rows / length, length, x->cols,
                          weight->cols);
  node = graph_record (tape, &op_causal_conv, y);
  if (node != NULL) {
    node->in[0] = x;
    node->param[0] = *weight;
    node->param[1] = *bias;
    node->n[0] = length;
  }
  return y;
}

/* in: u, raw, b, c; saved: delta, states. */
static void
selective_scan_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *u = node->in[0], *raw = node->in[1], *b = node->in[2], *c = node->in[3];
  const GraphParam *a_log = &node->param[0], *d = &node->param[1];
  size_t length = node->n[0], n_states = b->cols;

  nn_selective_scan_backward (graph_grad_if_wanted (tape, u), graph_grad_if_wanted (tape, raw),
                              graph_grad_if_wanted (tape, b), graph_grad_if_wanted (tape, c), b->ld,
                              graph_param_grad (tape, a_log), graph_param_grad (tape, d),
                              node->out[0]->grad, node->saved[0], node->saved[1], u->data,
                              raw->data, b->data, c->data, b->ld, graph_param_data (tape, a_log),
                              graph_param_data (tape, d), u->rows / length, length, u->cols,
                              n_states);
}

static const GraphOp op_selective_scan = { "selective scan", selective_scan_backward };

GraphTensor *
graph_selective_scan (GraphTape *tape, GraphTensor *u, GraphTensor *raw, GraphTensor *b,
                      GraphTensor *c, const GraphParam *a_log, const GraphParam *d, size_t length)
{
  bool wanted
      = u->wanted || raw->wanted || b->wanted || c->wanted || graph_param_wanted (tape, a_log);
  GraphTensor *y = graph_tensor (tape, u->rows, u->cols, wanted);
  nn_real *delta = graph_alloc_reals (tape, u->rows * u->cols);
  nn_real *states = graph_alloc_reals (tape, u->rows * u->cols * b->cols);
  GraphNode *node;

  assert (b->ld == c->ld && u->rows % length == 0);
  nn_selective_scan_forward (y->data, delta, states, u->data, raw->data, b->data, c->data, b->ld,
                             graph_param_data (tape, a_log), graph_param_data (tape, d),
                             u->rows / length, length, u->cols, b->cols);
  node = graph_record (tape, &op_selective_scan, y);
  if (node != NULL) {
    node->in[0] = u;
    node->in[1] = raw;
    node->in[2] = b;
    node->in[3] = c;
    node->param[0] = *a_log;
    node->param[1] = *d;
    node->saved[0] = delta;
    node->saved[1] = states;
    node->n[0] = length;
  }
  return y;
}

static void
silu_gate_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *y = node->in[0], *z = node->in[1];

  nn_silu_gate_backward (graph_grad_if_wanted (tape, y), graph_grad_if_wanted (tape, z), z->ld,
                         node->out[0]->grad, y->data, z->data, z->ld, y->rows, y->cols);
}

static const GraphOp op_silu_gate = { "silu gate", silu_gate_backward };

GraphTensor *
graph_silu_gate (GraphTape *tape, GraphTensor *y, GraphTensor *z)
{
  GraphTensor *out = graph_tensor (tape, y->rows, y->cols, y->wanted || z->wanted);
  GraphNode *node;

  assert (y->ld == y->cols && z->cols == y->cols);
  nn_silu_gate_forward (out->data, y->data, z->data, z->ld, y->rows, y->cols);
  node = graph_record (tape, &op_silu_gate, out);
  if (node != NULL) {
    node->in[0] = y;
    node->in[1] = z;
  }
  return out;
}
