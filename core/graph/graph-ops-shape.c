/* Sums, products, gates, pooling and rearrangements of rows and columns. */
#include "graph-ops.h"
#include "graph-private.h"

#include <assert.h>
#include <string.h>

#include "nn-elementwise.h"
#include "nn-gemm.h"
#include "nn-pool.h"

/* ---------------------------------------------------------------------------------- sums, products
 */

static void
add_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *a = node->in[0], *b = node->in[1];

  if (b->wanted)
    graph_copy_grad (tape, b, node->out[0]);
  if (a->wanted)
    graph_pass_grad (tape, a, node->out[0]);
}

static const GraphOp op_add = { "add", add_backward };

GraphTensor *
graph_add (GraphTape *tape, GraphTensor *a, GraphTensor *b)
{
  GraphTensor *y = graph_tensor (tape, a->rows, a->cols, a->wanted || b->wanted);
  GraphNode *node;

  assert (a->rows == b->rows && a->cols == b->cols && a->ld == a->cols && b->ld == b->cols);
  nn_add_forward (y->data, a->data, b->data, a->rows * a->cols);
  node = graph_record (tape, &op_add, y);
  if (node != NULL) {
    node->in[0] = a;
    node->in[1] = b;
  }
  return y;
}

static void
mul_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *a = node->in[0], *b = node->in[1];

  nn_mul_backward (graph_grad_if_wanted (tape, a), graph_grad_if_wanted (tape, b),
                   node->out[0]->grad, a->data, b->data, a->rows * a->cols);
}

static const GraphOp op_mul = { "mul", mul_backward };

GraphTensor *
graph_mul (GraphTape *tape, GraphTensor *a, GraphTensor *b)
{
  GraphTensor *y = graph_tensor (tape, a->rows, a->cols, a->wanted || b->wanted);
  GraphNode *node;

  assert (a->rows == b->rows && a->cols == b->cols && a->ld == a->cols && b->ld == b->cols);
  nn_mul_forward (y->data, a->data, b->data, a->rows * a->cols);
  node = graph_record (tape, &op_mul, y);
  if (node != NULL) {
    node->in[0] = a;
    node->in[1] = b;
  }
  return y;
}

static void
scale_backward (GraphTape *tape, GraphNode *node)
{
  nn_axpy (graph_grad (tape, node->in[0]), (nn_real)node->scalar[0], node->out[0]->grad,
           node->out[0]->rows * node->out[0]->cols);
}

static const GraphOp op_scale = { "scale", scale_backward };

GraphTensor *
graph_scale (GraphTape *tape, GraphTensor *x, double factor)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  GraphNode *node;

  assert (x->ld == x->cols);
  memset (y->data, 0, x->rows * x->cols * sizeof (nn_real));
  nn_axpy (y->data, (nn_real)factor, x->data, x->rows * x->cols);
  node = graph_record (tape, &op_scale, y);
  if (node != NULL) {
    node->in[0] = x;
    node->scalar[0] = factor;
  }
  return y;
}

static void
scale_rows_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *scale = node->in[1];

  nn_scale_rows_backward (graph_grad_if_wanted (tape, x), graph_grad_if_wanted (tape, scale),
                          scale->ld, node->out[0]->grad, x->data, scale->data, x->rows, x->cols);
}

static const GraphOp op_scale_rows = { "scale rows", scale_rows_backward };

GraphTensor *
graph_scale_rows (GraphTape *tape, GraphTensor *x, GraphTensor *scale)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted || scale->wanted);
  GraphNode *node;

  assert (scale->rows == x->rows && scale->cols == 1 && x->ld == x->cols);
  nn_scale_rows_forward (y->data, x->data, scale->data, scale->ld, x->rows, x->cols);
  node = graph_record (tape, &op_scale_rows, y);
  if (node != NULL) {
    node->in[0] = x;
    node->in[1] = scale;
  }
  return y;
}

static void
feature_gate_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *gate = node->in[0], *a = node->in[1], *b = node->in[2];

  nn_feature_gate_backward (graph_grad_if_wanted (tape, gate), graph_grad_if_wanted (tape, a),
                            graph_grad_if_wanted (tape, b), graph_grad (tape, node->out[0]),
                            graph_grad (tape, node->out[1]), gate->data, a->data, b->data,
                            a->rows * a->cols);
}

static const GraphOp op_feature_gate = { "feature gate", feature_gate_backward };

void
graph_feature_gate (GraphTape *tape, GraphTensor **identity, GraphTensor **clothing,
                    GraphTensor *gate, GraphTensor *a, GraphTensor *b)
{
  bool wanted = gate->wanted || a->wanted || b->wanted;
  GraphNode *node;

  *identity = graph_tensor (tape, a->rows, a->cols, wanted);
  *clothing = graph_tensor (tape, a->rows, a->cols, wanted);
  nn_feature_gate_forward ((*identity)->data, (*clothing)->data, gate->data, a->data, b->data,
                           a->rows * a->cols);
  node = graph_record (tape, &op_feature_gate, *identity);
  if (node != NULL) {
    node->out[1] = *clothing;
    node->in[0] = gate;
    node->in[1] = a;
    node->in[2] = b;
  }
}

/* --------------------------------------------------------------------------------- rearrangements
 */

static void
concat_columns_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *y = node->out[0];
  size_t from = 0;

  for (size_t i = 0; i < 2; i++) {
    GraphTensor *x = node->in[i];

    if (x->wanted) {
      nn_real *dx = graph_grad (tape, x);

      for (size_t r = 0; r < x->rows; r++)
        nn_axpy (dx + r * x->ld, 1, y->grad + r * y->ld + from, x->cols);
    }
    from += x->cols;
  }
}

static const GraphOp op_concat_columns = { "concat columns", concat_columns_backward };

GraphTensor *
graph_concat_columns (GraphTape *tape, GraphTensor *a, GraphTensor *b)
{
  GraphTensor *y = graph_tensor (tape, a->rows, a->cols + b->cols, a->wanted || b->wanted);
  GraphNode *node;

  assert (a->rows == b->rows);
  for (size_t r = 0; r < a->rows; r++) {
    memcpy (y->data + r * y->ld, a->data + r * a->ld, a->cols * sizeof (nn_real));
    memcpy (y->data + r * y->ld + a->cols, b->data + r * b->ld, b->cols * sizeof (nn_real));
  }
  node = graph_record (tape, &op_concat_columns, y);
  if (node != NULL) {
    node->in[0] = a;
    node->in[1] = b;
  }
  return y;
}

static void
gather_rows_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];
  const size_t *index = node->aux[0];
  nn_real *dx = graph_grad (tape, x);

  for (size_t r = 0; r < y->rows; r++)
    nn_axpy (dx + index[r] * x->ld, 1, y->grad + r * y->ld, x->cols);
}

static const GraphOp op_gather_rows = { "gather rows", gather_rows_backward };

GraphTensor *
graph_gather_rows (GraphTape *tape, GraphTensor *x, const size_t *index, size_t n)
{
  GraphTensor *y = graph_tensor (tape, n, x->cols, x->wanted);
  GraphNode *node;

  for (size_t r = 0; r < n; r++) {
    assert (index[r] < x->rows);
    memcpy (y->data + r * y->ld, x->data + index[r] * x->ld, x->cols * sizeof (nn_real));
  }
  node = graph_record (tape, &op_gather_rows, y);
  if (node != NULL) {
    node->in[0] = x;
    node->aux[0] = index;
  }
  return y;
}

static void
interleave_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *y = node->out[0];
  size_t n = node->n[0];

  for (size_t i = 0; i < n; i++) {
    GraphTensor *x = node->in[i];
    nn_real *dx;

    if (!x->wanted)
      continue;
    dx = graph_grad (tape, x);
    for (size_t r = 0; r < x->rows; r++)
      nn_axpy (dx + r * x->ld, 1, y->grad + (r * n + i) * y->ld, x->cols);
  }
}

static const GraphOp op_interleave = { "interleave", interleave_backward };

GraphTensor *
graph_interleave (GraphTape *tape, GraphTensor *const *x, size_t n)
{
  bool wanted = false;
  GraphTensor *y;
  GraphNode *node;

  assert (n >= 1 && n <= 4);
  for (size_t i = 0; i < n; i++)
    wanted = wanted || x[i]->wanted;
  y = graph_tensor (tape, x[0]->rows * n, x[0]->cols, wanted);
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r < x[i]->rows; r++)
      memcpy (y->data + (r * n + i) * y->ld, x[i]->data + r * x[i]->ld, y->cols * sizeof (nn_real));
  node = graph_record (tape, &op_interleave, y);
  if (node != NULL) {
    memcpy (node->in, x, n * sizeof *x);
    node->n[0] = n;
  }
  return y;
}

static void
mean_pool_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];

  nn_mean_pool_backward (graph_grad (tape, x), x->ld, node->out[0]->grad, NULL, node->rows[0].start,
                         node->rows[0].batch, x->cols);
}

static const GraphOp op_mean_pool = { "mean pool", mean_pool_backward };

GraphTensor *
graph_mean_pool (GraphTape *tape, GraphTensor *x, GraphRows rows)
{
  GraphTensor *y = graph_tensor (tape, rows.batch, x->cols, x->wanted);
  GraphNode *node;

  nn_mean_pool_forward (y->data, x->data, x->ld, NULL, rows.start, rows.batch, x->cols);
  node = graph_record (tape, &op_mean_pool, y);
  if (node != NULL) {
    node->in[0] = x;
    node->rows[0] = rows;
  }
  return y;
}

/* ----------------------------------------------------------------------------------------
 * similarity */

static void
similarity_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->in[1], *s = node->out[0];
  nn_real factor = (nn_real)node->scalar[0];

  if (x->wanted)
    nn_gemm (NN_PLAIN, NN_PLAIN, x->rows, x->cols, y->rows, factor, s->grad, s->ld, y->data, y->ld,
             1, graph_grad (tape, x), x->ld);
  if (y->wanted)
    nn_gemm (NN_TRANSPOSED, NN_PLAIN, y->rows, y->cols, x->rows, factor, s->grad, s->ld, x->data,
             x->ld, 1, graph_grad (tape, y), y->ld);
}

static const GraphOp op_similarity = { "similarity", similarity_backward };

GraphTensor *
graph_similarity (GraphTape *tape, GraphTensor *x, GraphTensor *y, double factor)
{
  GraphTensor *s = graph_tensor (tape, x->rows, y->rows, x->wanted || y->wanted);
  GraphNode *node;

  assert (x->cols == y->cols);
  nn_gemm (NN_PLAIN, NN_TRANSPOSED, x->rows, y->rows, x->cols, (nn_real)factor, x->data, x->ld,
           y->data, y->ld, 0, s->data, s->ld);
  node = graph_record (tape, &op_similarity, s);
  if (node != NULL) {
    node->in[0] = x;
    node->in[1] = y;
    node->scalar[0] = factor;
  }
  return s;
}
