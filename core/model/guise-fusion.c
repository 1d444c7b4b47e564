/* Fusion of an image and a text (paper, section 3.4): a modality gate, a short sequence, Mamba
 * layers with residual. */
#include "guise-network.h"

/* Mamba-1: x [B·length, F] -> the same shape, before the residual. */
static GraphTensor *
mamba (GraphTape *tape, GraphTensor *x, const GuiseMamba *layer, gsize length, gsize n_states)
{
  gsize inner = layer->inner, rank = layer->rank;
  GraphTensor *xz = graph_linear (tape, x, &layer->in_proj, NULL);
  GraphTensor *z = graph_columns (tape, xz, inner, inner);
  GraphTensor *u
      = graph_silu (tape, graph_causal_conv (tape, graph_columns (tape, xz, 0, inner),
                                             &layer->conv.weight, &layer->conv.bias, length));
  GraphTensor *rbc = graph_linear (tape, u, &layer->x_proj, NULL);
  GraphTensor *raw = graph_linear (tape, graph_columns (tape, rbc, 0, rank), &layer->dt_proj.weight,
                                   &layer->dt_proj.bias);
  GraphTensor *y = graph_selective_scan (tape, u, raw, graph_columns (tape, rbc, rank, n_states),
                                         graph_columns (tape, rbc, rank + n_states, n_states),
                                         &layer->a_log, &layer->d, length);

  return graph_linear (tape, graph_silu_gate (tape, y, z), &layer->out_proj, NULL);
}

static GraphTensor *
transformer (GraphTape *tape, GraphTensor *x, const GuiseFusionLayer *layer, GraphRows rows,
             gsize heads)
{
  const GuiseAttention *attention = &layer->attention.attention;
  gsize width = x->cols;
  GraphTensor *qkv = graph_linear (tape, x, &attention->qkv.weight, &attention->qkv.bias);
  GraphTensor *mixed = graph_attention (
      tape, graph_columns (tape, qkv, 0, width), graph_columns (tape, qkv, width, width),
      graph_columns (tape, qkv, 2 * width, width), rows, rows, heads);
  GraphTensor *answer
      = graph_linear (tape, mixed, &attention->output.weight, &attention->output.bias);
  GraphTensor *hidden;

  x = graph_layer_norm (tape, graph_add (tape, x, graph_dropout (tape, answer, rows)),
                        &layer->attention.norm.weight, &layer->attention.norm.bias, 1e-5);
  hidden = graph_gelu (tape, graph_linear (tape, x, &layer->up.weight, &layer->up.bias));
  hidden = graph_linear (tape, hidden, &layer->down.weight, &layer->down.bias);
  return graph_layer_norm (tape, graph_add (tape, x, graph_dropout (tape, hidden, rows)),
                           &layer->norm.weight, &layer->norm.bias, 1e-5);
}

GraphTensor *
guise_fusion_modality (const GuiseModel *model, GraphTape *tape, GraphTensor *image,
                       GraphTensor *text)
{
  const GuiseLinear *gate = &model->params->fusion.gate;

  if (!model->config.fusion.gate)
    return graph_constant (tape, image->rows, 2, 0.5);
  return graph_softmax (tape, graph_linear (tape, graph_concat_columns (tape, image, text),
                                            &gate->weight, &gate->bias));
}

/* single: the paper's weighted sum, one token; pair: image, text; triple: and their product. */
static GraphTensor *
build_sequence (const GuiseModel *model, GraphTape *tape, GraphTensor *image, GraphTensor *text,
                GraphTensor *modality, gsize *length)
{
  GraphTensor *a = graph_scale_rows (tape, image, graph_columns (tape, modality, 0, 1));
  GraphTensor *b = graph_scale_rows (tape, text, graph_columns (tape, modality, 1, 1));

  switch ((GuiseSequence)model->config.fusion.sequence) {
  case GUISE_SEQUENCE_SINGLE:
    *length = 1;
    return graph_add (tape, a, b);
  case GUISE_SEQUENCE_PAIR:
    *length = 2;
    return graph_interleave (tape, (GraphTensor *[]){ a, b }, 2);
  case GUISE_SEQUENCE_TRIPLE:
    *length = 3;
    return graph_interleave (tape, (GraphTensor *[]){ a, b, graph_mul (tape, image, text) }, 3);
  }
  g_return_val_if_reached (NULL);
}

static GraphTensor *
last_tokens (GraphTape *tape, GraphTensor *x, gsize length)
{
  gsize batch = x->rows / length;
  gsize *index = graph_alloc (tape, batch * sizeof *index);

  for (gsize b = 0; b < batch; b++)
    index[b] = b * length + length - 1;
  return graph_gather_rows (tape, x, index, batch);
}

GraphTensor *
guise_fusion_layers_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *x, gsize batch,
                             gsize length)
{
  const GuiseConfig *config = &model->config;
  const GuiseParams *params = model->params;

  for (gsize i = 0; i < config->fusion.layers; i++)
    if (config->fusion.backbone == GUISE_BACKBONE_MAMBA)
      x = graph_add (tape,
                     mamba (tape, x, &params->fusion.mamba[i], length, config->fusion.d_state), x);
    else if (config->fusion.backbone == GUISE_BACKBONE_TRANSFORMER)
      x = transformer (tape, x, &params->fusion.transformer[i],
                       graph_even_rows (tape, batch, length), config->fusion.heads);
  return x;
}

void
guise_fusion_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *image,
                      GraphTensor *text, GuiseFusion *fusion)
{
  const GuiseParams *params = model->params;
  gsize length = 0;
  GraphTensor *x;

  fusion->modality = guise_fusion_modality (model, tape, image, text);
  x = build_sequence (model, tape, image, text, fusion->modality, &length);
  x = guise_fusion_layers_forward (model, tape, x, image->rows, length);
  fusion->fused = graph_linear (tape, last_tokens (tape, x, length), &params->fusion.out.weight,
                                &params->fusion.out.bias);
  fusion->logit = graph_linear (tape, fusion->fused, &params->fusion.match.weight,
                                &params->fusion.match.bias);
}
