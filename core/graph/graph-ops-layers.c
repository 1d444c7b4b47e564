/* Linear layers, norms, activations, attention, dropout and the first layers of both encoders. */
#include "graph-ops.h"
#include "graph-private.h"

#include <assert.h>

#include "nn-activation.h"
#include "nn-attention.h"
#include "nn-dropout.h"
#include "nn-elementwise.h"
#include "nn-embed.h"
#include "nn-linear.h"
#include "nn-norm.h"
#include "nn-random.h"

/* -------------------------------------------------------------------------------------------
 * linear */

static NnMixed *
get_mixed (const GraphTape *tape, const GraphParam *weight)
{
  return weight->mixed ? graph_settings (tape)->mixed : NULL;
}

static void
linear_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];
  nn_real *dbias = node->n[0] ? graph_param_grad (tape, &node->param[1]) : NULL;
  NnStore store = graph_prepare_grads (tape, &x, 1);

  nn_linear_backward (get_mixed (tape, &node->param[0]), graph_grad_if_wanted (tape, x), x->ld,
                      store, graph_param_grad (tape, &node->param[0]), dbias, y->grad, y->ld,
                      x->data, x->ld, graph_param_data (tape, &node->param[0]), x->rows, x->cols,
                      y->cols);
}

static const GraphOp op_linear = { "linear", linear_backward };

GraphTensor *
graph_linear (GraphTape *tape, GraphTensor *x, const GraphParam *weight, const GraphParam *bias)
{
  bool wanted = x->wanted || graph_param_wanted (tape, weight)
                || (bias != NULL && graph_param_wanted (tape, bias));
  GraphTensor *y = graph_tensor (tape, x->rows, weight->rows, wanted);
  GraphNode *node;

  assert (weight->cols == x->cols);
  nn_linear_forward (get_mixed (tape, weight), y->data, y->ld, x->data, x->ld,
                     graph_param_data (tape, weight),
                     bias != NULL ? graph_param_data (tape, bias) : NULL, x->rows, x->cols,
                     y->cols);
  node = graph_record (tape, &op_linear, y);
  if (node != NULL) {
    node->in[0] = x;
    node->param[0] = *weight;
    node->n[0] = bias != NULL;
    if (bias != NULL)
      node->param[1] = *bias;
  }
  return y;
}

/* --------------------------------------------------------------------------------------- layer
 * norm */

static void
layer_norm_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];
  NnStore store = graph_prepare_grads (tape, &x, 1);

  nn_layer_norm_backward (graph_grad_if_wanted (tape, x), store,
                          graph_param_grad (tape, &node->param[0]),
                          graph_param_grad (tape, &node->param[1]), node->out[0]->grad,
                          node->saved[0], node->saved[1], x->data,
                          graph_param_data (tape, &node->param[0]), x->rows, x->cols);
}

static const GraphOp op_layer_norm = { "layer norm", layer_norm_backward };

GraphTensor *
graph_layer_norm (GraphTape *tape, GraphTensor *x, const GraphParam *gamma, const GraphParam *beta,
                  double eps)
{
  GraphTensor *y
      = graph_tensor (tape, x->rows, x->cols, x->wanted || graph_param_wanted (tape, gamma));
  nn_real *mean = graph_alloc_reals (tape, x->rows), *rstd = graph_alloc_reals (tape, x->rows);
  GraphNode *node;

  assert (x->ld == x->cols);
  nn_layer_norm_forward (y->data, mean, rstd, x->data, graph_param_data (tape, gamma),
                         graph_param_data (tape, beta), (nn_real)eps, x->rows, x->cols);
  node = graph_record (tape, &op_layer_norm, y);
  if (node != NULL) {
    node->in[0] = x;
    node->param[0] = *gamma;
    node->param[1] = *beta;
    node->saved[0] = mean;
    node->saved[1] = rstd;
  }
  return y;
}

/* --------------------------------------------------------------------------- element-wise
 * activations */

typedef void (*Forward) (nn_real *y, const nn_real *x, size_t n);

static GraphTensor *
activation (GraphTape *tape, GraphTensor *x, const GraphOp *op, Forward forward)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  GraphNode *node;

  assert (x->ld == x->cols);
  forward (y->data, x->data, x->rows * x->cols);
  node = graph_record (tape, op, y);
  if (node != NULL)
    node->in[0] = x;
  return y;
}

static void
gelu_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];
  NnStore store = graph_prepare_grads (tape, &x, 1);

  nn_gelu_backward (graph_grad (tape, x), store, node->out[0]->grad, x->data, x->rows * x->cols);
}

static void
sigmoid_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];

  nn_sigmoid_backward (graph_grad (tape, x), y->grad, y->data, x->rows * x->cols);
}

static void
silu_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];

  nn_silu_backward (graph_grad (tape, x), node->out[0]->grad, x->data, x->rows * x->cols);
}

static void
softmax_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];

  nn_softmax_backward (graph_grad (tape, x), y->grad, y->data, x->rows, x->cols);
}

static const GraphOp op_gelu = { "gelu", gelu_backward };
static const GraphOp op_sigmoid = { "sigmoid", sigmoid_backward };
static const GraphOp op_silu = { "silu", silu_backward };
static const GraphOp op_softmax = { "softmax", softmax_backward };

GraphTensor *
graph_gelu (GraphTape *tape, GraphTensor *x)
{
  return activation (tape, x, &op_gelu, nn_gelu_forward);
}

GraphTensor *
graph_sigmoid (GraphTape *tape, GraphTensor *x)
{
  return activation (tape, x, &op_sigmoid, nn_sigmoid_forward);
}

GraphTensor *
graph_silu (GraphTape *tape, GraphTensor *x)
{
  return activation (tape, x, &op_silu, nn_silu_forward);
}

GraphTensor *
graph_softmax (GraphTape *tape, GraphTensor *x)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  GraphNode *node;

  assert (x->ld == x->cols);
  nn_softmax_forward (y->data, x->data, x->rows, x->cols);
  node = graph_record (tape, &op_softmax, y);
  if (node != NULL)
    node->in[0] = x;
  return y;
}

/* ------------------------------------------------------------------------------------------
 * dropout */

/* Every item draws from a stream of its own. */
static uint64_t
dropout_stream (const GraphTape *tape, size_t nth, size_t sequence)
{
  const GraphSettings *settings = graph_settings (tape);

  return nn_random_bits (nn_random_bits (settings->dropout_seed, nth),
                         settings->dropout_item + sequence);
}

static void
dropout_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];
  const nn_real *dy = node->out[0]->grad;
  nn_real *dx = graph_grad (tape, x);
  const size_t *start = node->rows[0].start;

  for (size_t b = 0; b < node->rows[0].batch; b++)
    nn_dropout_backward (dx + start[b] * x->cols, dy + start[b] * x->cols,
                         (start[b + 1] - start[b]) * x->cols, graph_settings (tape)->dropout,
                         dropout_stream (tape, node->n[0], b), 0);
}

static const GraphOp op_dropout = { "dropout", dropout_backward };

GraphTensor *
graph_dropout (GraphTape *tape, GraphTensor *x, GraphRows rows)
{
  double rate = graph_settings (tape)->dropout;
  const size_t *start = rows.start;
  GraphTensor *y;
  GraphNode *node;
  size_t nth;

  if (rate <= 0)
    return x;
  assert (x->ld == x->cols && start[rows.batch] == x->rows);
  nth = graph_count_dropout (tape);
  y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  for (size_t b = 0; b < rows.batch; b++)
    nn_dropout_forward (y->data + start[b] * x->cols, x->data + start[b] * x->cols,
                        (start[b + 1] - start[b]) * x->cols, rate, dropout_stream (tape, nth, b),
                        0);
  node = graph_record (tape, &op_dropout, y);
  if (node != NULL) {
    node->in[0] = x;
    node->n[0] = nth;
    node->rows[0] = rows;
  }
  return y;
}

/* ----------------------------------------------------------------------------------------
 * attention */

static void
attention_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *q = node->in[0], *k = node->in[1], *v = node->in[2], *out = node->out[0];
  size_t heads = node->n[0];
  NnStore store = graph_prepare_grads (tape, node->in, 3);

  nn_attention_backward (graph_grad_if_wanted (tape, q), q->ld, graph_grad_if_wanted (tape, k),
                         k->ld, graph_grad_if_wanted (tape, v), v->ld, store, out->grad, out->ld,
                         node->saved[0], node->saved[1], q->data, q->ld, k->data, k->ld, v->data,
                         v->ld, node->rows[0].start, node->rows[1].start, node->rows[0].batch,
                         heads, q->cols / heads);
}

static const GraphOp op_attention = { "attention", attention_backward };

GraphTensor *
graph_attention (GraphTape *tape, GraphTensor *q, GraphTensor *k, GraphTensor *v, GraphRows q_rows,
                 GraphRows k_rows, size_t heads)
{
  GraphTensor *out = graph_tensor (tape, q->rows, q->cols, q->wanted || k->wanted || v->wanted);
  size_t batch = q_rows.batch, head_dim = q->cols / heads;
  size_t n_prob = nn_attention_prob_size (q_rows.start, k_rows.start, batch, heads);
  size_t n_scratch = nn_attention_scratch_size (q_rows.start, k_rows.start, batch, heads, head_dim);
  nn_real *prob = graph_alloc_reals (tape, n_prob), *scratch = graph_alloc_reals (tape, n_scratch);
  GraphNode *node;

  assert (k->cols == q->cols && v->cols == q->cols && k->rows == v->rows && k_rows.batch == batch);
  nn_attention_forward (out->data, out->ld, prob, scratch, q->data, q->ld, k->data, k->ld, v->data,
                        v->ld, NULL, q_rows.start, k_rows.start, batch, heads, head_dim);
  node = graph_record (tape, &op_attention, out);
  if (node != NULL) {
    node->in[0] = q;
    node->in[1] = k;
    node->in[2] = v;
    node->saved[0] = prob;
    node->saved[1] = scratch;
    node->rows[0] = q_rows;
    node->rows[1] = k_rows;
    node->n[0] = heads;
  }
  return out;
}

/* ---------------------------------------------------------------------------------------------
 * unit */

static void
unit_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0], *y = node->out[0];

  nn_unit_backward (graph_grad (tape, x), y->grad, y->data, node->saved[0], x->rows, x->cols);
}

static const GraphOp op_unit = { "unit", unit_backward };

GraphTensor *
graph_unit (GraphTape *tape, GraphTensor *x)
{
  GraphTensor *y = graph_tensor (tape, x->rows, x->cols, x->wanted);
  nn_real *norm = graph_alloc_reals (tape, x->rows);
  GraphNode *node;

  assert (x->ld == x->cols);
  nn_unit_forward (y->data, norm, x->data, x->rows, x->cols);
  node = graph_record (tape, &op_unit, y);
  if (node != NULL) {
    node->in[0] = x;
    node->saved[0] = norm;
  }
  return y;
}

/* ------------------------------------------------------------------------------------- first
 * layers */

GraphTensor *
graph_patches (GraphTape *tape, const nn_real *images, size_t batch, size_t height, size_t width,
               size_t patch)
{
  size_t n = batch * (height / patch) * (width / patch);
  GraphTensor *y = graph_tensor (tape, n, 3 * patch * patch, false);

  nn_patches_forward (y->data, images, batch, 3, height, width, patch);
  return y;
}

static void
tokens_backward (GraphTape *tape, GraphNode *node)
{
  GraphTensor *x = node->in[0];
  size_t batch = node->n[0];

  nn_tokens_backward (graph_grad_if_wanted (tape, x), graph_param_grad (tape, &node->param[0]),
                      graph_param_grad (tape, &node->param[1]), node->out[0]->grad, batch,
                      x->rows / batch, x->cols);
}

static const GraphOp op_tokens = { "tokens", tokens_backward };

GraphTensor *
graph_tokens (GraphTape *tape, GraphTensor *patches, const GraphParam *cls,
              const GraphParam *position, size_t batch)
{
  bool wanted
      = patches->wanted || graph_param_wanted (tape, cls) || graph_param_wanted (tape, position);
  GraphTensor *y = graph_tensor (tape, patches->rows + batch, patches->cols, wanted);
  GraphNode *node;

  nn_tokens_forward (y->data, patches->data, graph_param_data (tape, cls),
                     graph_param_data (tape, position), batch, patches->rows / batch,
                     patches->cols);
  node = graph_record (tape, &op_tokens, y);
  if (node != NULL) {
    node->in[0] = patches;
    node->param[0] = *cls;
    node->param[1] = *position;
    node->n[0] = batch;
  }
  return y;
}

static void
text_embedding_backward (GraphTape *tape, GraphNode *node)
{
  nn_text_embedding_backward (
      graph_param_grad (tape, &node->param[0]), graph_param_grad (tape, &node->param[1]),
      graph_param_grad (tape, &node->param[2]), node->out[0]->grad, node->aux[0],
      node->rows[0].start, node->rows[0].batch, node->out[0]->cols);
}

static const GraphOp op_text_embedding = { "text embedding", text_embedding_backward };

GraphTensor *
graph_text_embedding (GraphTape *tape, const int32_t *ids, GraphRows rows, const GraphParam *word,
                      const GraphParam *position, const GraphParam *type)
{
  GraphTensor *y
      = graph_tensor (tape, rows.start[rows.batch], word->cols, graph_param_wanted (tape, word));
  GraphNode *node;

  nn_text_embedding_forward (y->data, ids, graph_param_data (tape, word),
                             graph_param_data (tape, position), graph_param_data (tape, type),
                             rows.start, rows.batch, y->cols);
  node = graph_record (tape, &op_text_embedding, y);
  if (node != NULL) {
    node->param[0] = *word;
    node->param[1] = *position;
    node->param[2] = *type;
    node->aux[0] = ids;
    node->rows[0] = rows;
  }
  return y;
}
