/* BDAM, the bi-branch disentangling attention module (paper, section 3.2), and the heads that read
 * it. */
#include "guise-network.h"

enum { IDENTITY,
       CLOTHING };

/* What a layer needs besides its inputs. */
typedef struct {
  const GuiseBranchLayer *layer;
  GraphRows rows;
  gsize heads;
} LayerCall;

/* What follows the products for query, key and value: x is asked on, with post-norm and no
 * feed-forward. */
static GraphTensor *
answer (GraphTape *tape, GraphTensor *x, GraphTensor *q, GraphTensor *k, GraphTensor *v,
        const LayerCall *call)
{
  const GuiseBranchLayer *layer = call->layer;
  GraphTensor *mixed = graph_attention (tape, q, k, v, call->rows, call->rows, call->heads);
  GraphTensor *y = graph_linear (tape, mixed, &layer->attention.output.weight,
                                 &layer->attention.output.bias);

  return graph_layer_norm (tape, graph_add (tape, x, graph_dropout (tape, y, call->rows)),
                           &layer->norm.weight, &layer->norm.bias, 1e-5);
}

static GraphTensor *
self_layer (GraphTape *tape, GraphTensor *const *x, const void *data)
{
  const LayerCall *call = data;
  const GuiseLinear *qkv = &call->layer->attention.qkv;
  GraphTensor *all = graph_linear (tape, x[0], &qkv->weight, &qkv->bias);
  gsize width = x[0]->cols;

  return answer (tape, x[0], graph_columns (tape, all, 0, width),
                 graph_columns (tape, all, width, width),
                 graph_columns (tape, all, 2 * width, width), call);
}

/* x[0] asks x[1]. */
static GraphTensor *
cross_layer (GraphTape *tape, GraphTensor *const *x, const void *data)
{
  const LayerCall *call = data;
  const GuiseAttention *attention = &call->layer->attention;
  GraphTensor *kv
      = graph_linear (tape, x[1], &attention->kv.weight, &attention->kv.bias);
  GraphTensor *q
      = graph_linear (tape, x[0], &attention->query.weight, &attention->query.bias);
  gsize width = x[0]->cols;

  return answer (tape, x[0], q, graph_columns (tape, kv, 0, width),
                 graph_columns (tape, kv, width, width), call);
}

static GraphTensor *
run_layer (GraphTape *tape, GraphPart part, GraphTensor *const *x, gsize n, LayerCall call)
{
  LayerCall *mine = graph_alloc (tape, sizeof *mine);

  *mine = call;
  return graph_part (tape, part, x, n, mine, TRUE);
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
      x[b] = run_layer (tape, self_layer, &x[b], 1, (LayerCall){ &branch->self[i], rows, heads });
  }
  for (gsize i = 0; i < n_cross; i++) { /* simultaneous: both ask what the other was before */
    GraphTensor *asking[2][2] = { { x[IDENTITY], x[CLOTHING] }, { x[CLOTHING], x[IDENTITY] } };

    for (gsize b = 0; b < 2; b++)
      x[b] = run_layer (tape, cross_layer, asking[b], 2,
                        (LayerCall){ &branches[b]->cross[i], rows, heads });
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
