/* For the operations only: nodes and how they are recorded. */
#pragma once

#include "graph-tape.h"

/* One row of an operation's table. backward reads node->out's gradient and accumulates into its
 * inputs'. */
typedef struct {
  const char *name;
  void (*backward) (GraphTape *tape, GraphNode *node);
} GraphOp;

struct GraphNode {
  const GraphOp *op;
  GraphNode *previous;
  GraphTensor *out[2];
  GraphTensor *in[4];
  GraphParam param[3];
  nn_real *saved[3];
  const void *aux[2]; /* ids, masks, positions */
  GraphRows rows[2];
  size_t n[4];
  double scalar[2];
};

/* An uninitialised tensor [rows, cols], dense. */
GraphTensor *graph_tensor (GraphTape *tape, size_t rows, size_t cols, bool wanted);
/* A node at the tape's end, or NULL when nothing is to be kept: not recording, or nobody wants the
 * outputs' gradients. */
GraphNode *graph_record (GraphTape *tape, const GraphOp *op, GraphTensor *out);

/* True if the parameter's gradient is wanted at all. */
bool graph_param_wanted (const GraphTape *tape, const GraphParam *param);
const nn_real *graph_param_data (const GraphTape *tape, const GraphParam *param);
/* NULL when it is not wanted in this backward pass. */
nn_real *graph_param_grad (const GraphTape *tape, const GraphParam *param);

const GraphSettings *graph_settings (const GraphTape *tape);
/* How many dropouts were counted since the reset, before this one. */
size_t graph_count_dropout (GraphTape *tape);

/* For results that are sums: x's gradient gets from's, dense and of the same shape. To pass is to
 * give up: from's gradient may be gone afterwards. */
void graph_pass_grad (GraphTape *tape, GraphTensor *x, GraphTensor *from);
void graph_copy_grad (GraphTape *tape, GraphTensor *x, const GraphTensor *from);

/* The gradients of inputs that are views of the same tensors or tensors of their own, before
 * something is stored in all of them: NN_SET if this is the first contribution and covers what they
 * are views of as a whole (their memory is then not cleared), else NN_ADD. */
NnStore graph_prepare_grads (GraphTape *tape, GraphTensor *const *x, size_t n);

/* The gradient of an input, or NULL when it is not wanted. */
static inline nn_real *
graph_grad_if_wanted (GraphTape *tape, GraphTensor *x)
{
  return x->wanted ? graph_grad (tape, x) : NULL;
}
