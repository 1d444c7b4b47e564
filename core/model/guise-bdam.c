/* BDAM, the bi-branch disentangling attention module (paper, section 3.2), and the heads that read
 * it. */
#include "guise-network.h"

enum { IDENTITY,
       CLOTHING };

/* x asks y: residual attention with post-norm, no feed-forward. Self-attention where x is y. */
static GraphTensor *
branch_layer (GraphTape *tape, GraphTensor *x, GraphTensor *y, const GuiseBranchLayer *layer,
              GraphRows rows, gsize heads)
{
  const GuiseAttention *attention = &layer->attention;
  gsize width = x->cols;
  GraphTensor *q, *k, *v, *answer;

  if (x == y) {
    GraphTensor *qkv = graph_linear (tape, x, &attention->qkv.weight, &attention->qkv.bias);

    q = graph_columns (tape, qkv, 0, width);
    k = graph_columns (tape, qkv, width, width);
    v = graph_columns (tape, qkv, 2 * width, width);
  } else {
    GraphTensor *kv = graph_linear (tape, y, &attention->kv.weight, &attention->kv.bias);

    q = graph_linear (tape, x, &attention->query.weight, &attention->query.bias);
    k = graph_columns (tape, kv, 0, width);
    v = graph_columns (tape, kv, width, width);
  }
  answer = graph_linear (tape, graph_attention (tape, q, k, v, rows, rows, heads),
                         &attention->output.weight, &attention->output.bias);
  return graph_layer_norm (tape, graph_add (tape, x, graph_dropout (tape, answer, rows)),
                           &layer->norm.weight, &layer->norm.bias, 1e-5);
}

void
guise_bdam_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *tokens, gsize batch,
                    GraphTensor **identity, GraphTensor **clothing)
{
  const GuiseConfig *config = &model->config;
  const GuiseBranch *branches[] = { &model->params->bdam.identity, &model->params->bdam.clothing };
  GraphRows rows = graph_even_rows (tape, batch, tokens->rows / batch);
  gsize heads = config->bdam.heads,
        n_cross = config->bdam.cross_attention ? config->bdam.cross_layers : 0;
  GraphTensor *x[2];

  if (!config->bdam.enabled) {
    *identity = *clothing = graph_mean_pool (tape, tokens, rows);
    return;
  }
  for (gsize b = 0; b < 2; b++) {
    const GuiseBranch *branch = branches[b];

    x[b] = graph_linear (tape, tokens, &branch->projection.weight, &branch->projection.bias);
    for (gsize i = 0; i < config->bdam.self_layers; i++)
      x[b] = branch_layer (tape, x[b], x[b], &branch->self[i], rows, heads);
  }
  for (gsize i = 0; i < n_cross; i++) { /* simultaneous: both ask what the other was before */
    GraphTensor *a
        = branch_layer (tape, x[IDENTITY], x[CLOTHING], &branches[IDENTITY]->cross[i], rows, heads);

    x[CLOTHING]
        = branch_layer (tape, x[CLOTHING], x[IDENTITY], &branches[CLOTHING]->cross[i], rows, heads);
    x[IDENTITY] = a;
  }
  *identity = graph_mean_pool (tape, x[IDENTITY], rows);
  *clothing = graph_mean_pool (tape, x[CLOTHING], rows);
}

/* The alignment MLP: linear, GELU, norm, linear; a single linear layer where alignment is off. */
static GraphTensor *
align (const GuiseModel *model, GraphTape *tape, GraphTensor *x, const GuiseAlign *align)
{
  x = graph_linear (tape, x, &align->first.weight, &align->first.bias);
  if (!model->config.fusion.align)
    return x;
  x = graph_layer_norm (tape, graph_gelu (tape, x), &align->norm.weight, &align->norm.bias, 1e-5);
  return graph_linear (tape, x, &align->second.weight, &align->second.bias);
}

void
guise_image_heads_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *pooled_identity,
                           GraphTensor *pooled_clothing, GuiseImageHeads *heads)
{
  const GuiseParams *params = model->params;
  GraphTensor *a = pooled_identity, *b = pooled_clothing;
  const GuiseLinear *gate = &params->bdam.gate, *clothing = &params->clothing_image;

  *heads = (GuiseImageHeads){ .pooled_identity = a, .pooled_clothing = b };
  if (model->config.bdam.enabled && model->config.bdam.gate)
    heads->gate = graph_sigmoid (
        tape, graph_linear (tape, graph_concat_columns (tape, a, b), &gate->weight, &gate->bias));
  else
    heads->gate = graph_constant (tape, a->rows, a->cols, 0.5);
  if (model->config.bdam.enabled)
    graph_feature_gate (tape, &heads->identity, &heads->clothing, heads->gate, a, b);
  else
    heads->identity = heads->clothing = a;
  heads->aligned = align (model, tape, heads->identity, &params->align_image);
  heads->v = graph_unit (tape, heads->aligned);
  heads->c = graph_unit (tape, graph_linear (tape, b, &clothing->weight, &clothing->bias));
}

void
guise_text_heads_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *feature,
                          GuiseTextHeads *heads)
{
  const GuiseLinear *clothing = &model->params->clothing_text;

  heads->feature = feature;
  heads->aligned = align (model, tape, feature, &model->params->align_text);
  heads->t = graph_unit (tape, heads->aligned);
  heads->u = graph_unit (tape, graph_linear (tape, feature, &clothing->weight, &clothing->bias));
}
