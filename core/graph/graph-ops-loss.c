/* Losses: the kernel gives value and gradient in one go; backward multiplies by the weight that the
 * loss was seeded with. */
#include "graph-ops.h"
#include "graph-private.h"

#include <assert.h>

#include "nn-elementwise.h"
#include "nn-loss.h"

/* in[0], in[1] have the gradients saved[0], saved[1] for a weight of 1; NULL = not wanted. */
static void
loss_backward (GraphTape *tape, GraphNode *node)
{
  nn_real weight = node->out[0]->grad[0];

  for (size_t i = 0; i < 2; i++)
    if (node->saved[i] != NULL)
      nn_axpy (graph_grad (tape, node->in[i]), weight, node->saved[i],
               node->in[i]->rows * node->in[i]->cols);
}

static const GraphOp op_loss = { "loss", loss_backward };

/* Room for the gradient of x, or NULL when nobody wants it. */
static nn_real *
gradient_of (GraphTape *tape, GraphTensor *x)
{
  assert (x->ld == x->cols);
  return x->wanted ? graph_alloc_reals (tape, x->rows * x->cols) : NULL;
}

static GraphTensor *
loss (GraphTape *tape, double value, GraphTensor *x, nn_real *dx, GraphTensor *y, nn_real *dy)
{
  GraphTensor *out = graph_tensor (tape, 1, 1, dx != NULL || dy != NULL);
  GraphNode *node;

  out->data[0] = (nn_real)value;
  node = graph_record (tape, &op_loss, out);
  if (node != NULL) {
    node->in[0] = x;
    node->in[1] = y;
    node->saved[0] = dx;
    node->saved[1] = dy;
  }
  return out;
}

GraphTensor *
graph_info_nce (GraphTape *tape, GraphTensor *s, const uint8_t *positive)
{
  nn_real *ds = gradient_of (tape, s);

  return loss (tape, nn_info_nce (ds, s->data, positive, s->rows), s, ds, NULL, NULL);
}

GraphTensor *
graph_adversary (GraphTape *tape, GraphTensor *s, const uint8_t *positive)
{
  nn_real *ds = gradient_of (tape, s);

  return loss (tape, nn_adversary (ds, s->data, positive, s->rows), s, ds, NULL, NULL);
}

GraphTensor *
graph_hsic (GraphTape *tape, GraphTensor *x, GraphTensor *y)
{
  size_t n = x->rows, d = x->cols;
  nn_real *dx = gradient_of (tape, x), *dy = gradient_of (tape, y);
  nn_real *scratch = graph_alloc_reals (tape, 2 * n * d + 3 * n * n);

  assert (y->rows == n && y->cols == d);
  return loss (tape, nn_hsic (dx, dy, scratch, x->data, y->data, n, d), x, dx, y, dy);
}

GraphTensor *
graph_text_cka (GraphTape *tape, GraphTensor *x, GraphTensor *u)
{
  nn_real *dx = gradient_of (tape, x), *scratch = graph_alloc_reals (tape, 4 * x->rows * x->rows);

  return loss (tape, nn_text_cka (dx, scratch, x->data, u->data, x->rows, x->cols, u->cols), x, dx,
               NULL, NULL);
}

GraphTensor *
graph_triplet (GraphTape *tape, GraphTensor *f, const int64_t *person, double margin)
{
  nn_real *df = gradient_of (tape, f), *scratch = graph_alloc_reals (tape, f->rows * f->rows);

  return loss (tape, nn_triplet (df, scratch, f->data, person, margin, f->rows, f->cols), f, df,
               NULL, NULL);
}

GraphTensor *
graph_bce (GraphTape *tape, GraphTensor *logits, const nn_real *target)
{
  nn_real *dz = gradient_of (tape, logits);

  return loss (tape, nn_bce_with_logits (dz, logits->data, target, logits->rows), logits, dz, NULL,
               NULL);
}

GraphTensor *
graph_gate_penalty (GraphTape *tape, GraphTensor *g)
{
  nn_real *dg = gradient_of (tape, g);

  return loss (tape, nn_gate_penalty (dg, g->data, g->rows * g->cols), g, dg, NULL, NULL);
}
