/* The two encoders: a ViT for images and a BERT for texts. */
#include "guise-half.h"
#include "guise-network.h"

/* Multi-head self-attention with one product for query, key and value; x [n,D] -> [n,D] before the
 * residual. */
static GraphTensor *
self_attention (GraphTape *tape, GraphTensor *x, const GuiseAttention *attention, GraphRows rows,
                gsize heads)
{
  gsize width = x->cols;
  GraphTensor *qkv = graph_linear (tape, x, &attention->qkv.weight, &attention->qkv.bias);
  GraphTensor *mixed = graph_attention (
      tape, graph_columns (tape, qkv, 0, width), graph_columns (tape, qkv, width, width),
      graph_columns (tape, qkv, 2 * width, width), rows, rows, heads);

  return graph_linear (tape, mixed, &attention->output.weight, &attention->output.bias);
}

static GraphTensor *
feed_forward (GraphTape *tape, GraphTensor *x, const GuiseEncoderLayer *layer)
{
  GraphTensor *hidden
      = graph_gelu (tape, graph_linear (tape, x, &layer->up.weight, &layer->up.bias));

  return graph_linear (tape, hidden, &layer->down.weight, &layer->down.bias);
}

/* What a layer needs besides its input. */
typedef struct {
  const GuiseEncoderLayer *layer;
  GraphRows rows;
  gsize heads;
  double eps;
} LayerCall;

/* All layers of an encoder, each a part of its own. */
static GraphTensor *
run_layers (GraphTape *tape, GraphPart part, GraphTensor *x, const GuiseEncoderLayer *layers,
            gsize n, LayerCall call)
{
  for (gsize i = 0; i < n; i++) {
    LayerCall *mine = graph_alloc (tape, sizeof *mine);

    *mine = call;
    mine->layer = &layers[i];
    x = graph_part (tape, part, &x, 1, mine, !layers[i].up.weight.frozen);
  }
  return x;
}

static GraphTensor *
norm (GraphTape *tape, GraphTensor *x, const GuiseLinear *norm, double eps)
{
  return graph_layer_norm (tape, x, &norm->weight, &norm->bias, eps);
}

/* ----------------------------------------------------------------------------------------------
 * vision */

/* Pre-norm, as in ViT. */
static GraphTensor *
vit_layer (GraphTape *tape, GraphTensor *const *in, const void *data)
{
  const LayerCall *call = data;
  const GuiseEncoderLayer *layer = call->layer;
  GraphTensor *x = in[0], *changed;
  GraphTensor *attended = self_attention (tape, norm (tape, x, &layer->norm_before, call->eps),
                                          &layer->attention, call->rows, call->heads);

  x = graph_add (tape, x, graph_dropout (tape, attended, call->rows));
  changed = feed_forward (tape, norm (tape, x, &layer->norm_after, call->eps), layer);
  return graph_add (tape, x, graph_dropout (tape, changed, call->rows));
}

/* The rows of all tokens but each image's first. */
static const gsize *
patch_rows (GraphTape *tape, gsize batch, gsize n_patches)
{
  gsize *index = graph_alloc (tape, batch * n_patches * sizeof *index);

  for (gsize b = 0; b < batch; b++)
    for (gsize l = 0; l < n_patches; l++)
      index[b * n_patches + l] = b * (n_patches + 1) + 1 + l;
  return index;
}

/* Blocks before the first trained one; layers + 1 where the last norm is not trained either. */
static gsize
count_frozen (const GuiseModel *model)
{
  const GuiseParams *params = model->params;
  gsize n_layers = model->config.vision.layers, n = 0;

  if (!params->vision.cls.frozen)
    return 0;
  while (n < n_layers && params->vision.layer[n].up.weight.frozen)
    n++;
  return n + (n == n_layers && params->vision.norm.weight.frozen);
}

/* Blocks from … to-1. */
static GraphTensor *
run_blocks (const GuiseModel *model, GraphTape *tape, GraphTensor *x, gsize from, gsize to,
            gsize batch)
{
  const GuiseConfig *config = &model->config;
  GraphRows rows = graph_even_rows (tape, batch, x->rows / batch);

  return run_layers (
      tape, vit_layer, x, model->params->vision.layer + from, to - from,
      (LayerCall){ NULL, rows, config->vision.heads, config->vision.layer_norm_eps });
}

static GraphTensor *
take_patches (const GuiseModel *model, GraphTape *tape, GraphTensor *x, gsize batch)
{
  gsize n_patches = guise_config_get_n_patches (&model->config);

  x = graph_gather_rows (tape, x, patch_rows (tape, batch, n_patches), batch * n_patches);
  return norm (tape, x, &model->params->vision.norm, model->config.vision.layer_norm_eps);
}

GraphTensor *
guise_vision_forward_frozen (const GuiseModel *model, GraphTape *tape, const nn_real *images,
                             gsize batch)
{
  const GuiseConfig *config = &model->config;
  const GuiseParams *params = model->params;
  gsize n_frozen = count_frozen (model);
  GraphTensor *patches = graph_patches (tape, images, batch, config->vision.image_size[0],
                                        config->vision.image_size[1], config->vision.patch_size);
  GraphTensor *x
      = graph_linear (tape, patches, &params->vision.patches.weight, &params->vision.patches.bias);

  x = graph_tokens (tape, x, &params->vision.cls, &params->vision.position, batch);
  if (!params->vision.cls.frozen)
    x = graph_dropout (tape, x, graph_even_rows (tape, batch, x->rows / batch));
  x = run_blocks (model, tape, x, 0, MIN (n_frozen, config->vision.layers), batch);
  return n_frozen > config->vision.layers ? take_patches (model, tape, x, batch) : x;
}

GraphTensor *
guise_vision_forward_rest (const GuiseModel *model, GraphTape *tape, GraphTensor *x, gsize batch)
{
  gsize n_frozen = count_frozen (model), n_layers = model->config.vision.layers;

  if (n_frozen > n_layers)
    return x;
  return take_patches (model, tape, run_blocks (model, tape, x, n_frozen, n_layers, batch), batch);
}

gsize
guise_vision_count_frozen_rows (const GuiseModel *model)
{
  return guise_config_get_n_patches (&model->config)
         + (count_frozen (model) <= model->config.vision.layers);
}

GraphTensor *
guise_vision_forward (const GuiseModel *model, GraphTape *tape, const nn_real *images, gsize batch)
{
  return guise_vision_forward_rest (
      model, tape, guise_vision_forward_frozen (model, tape, images, batch), batch);
}

GraphTensor *
guise_vision_tokens (const GuiseModel *model, GraphTape *tape, const guint16 *const *tokens,
                     gsize batch)
{
  gsize length = guise_config_get_n_patches (&model->config),
        width = model->config.vision.hidden_size, size = length * width;
  nn_real *x = graph_alloc_reals (tape, batch * size);

  for (gsize b = 0; b < batch; b++)
    for (gsize i = 0; i < size; i++)
      x[b * size + i] = (nn_real)guise_half_to_float (tokens[b][i]);
  return graph_input (tape, x, batch * length, width, FALSE);
}

/* ------------------------------------------------------------------------------------------------
 * text */

/* Post-norm, as in BERT. */
static GraphTensor *
bert_layer (GraphTape *tape, GraphTensor *const *in, const void *data)
{
  const LayerCall *call = data;
  const GuiseEncoderLayer *layer = call->layer;
  GraphTensor *x = in[0], *changed;
  GraphTensor *attended = self_attention (tape, x, &layer->attention, call->rows, call->heads);

  x = graph_add (tape, x, graph_dropout (tape, attended, call->rows));
  x = norm (tape, x, &layer->norm_before, call->eps);
  changed = feed_forward (tape, x, layer);
  x = graph_add (tape, x, graph_dropout (tape, changed, call->rows));
  return norm (tape, x, &layer->norm_after, call->eps);
}

GraphTensor *
guise_text_tokens_forward (const GuiseModel *model, GraphTape *tape, const gint32 *ids,
                           GraphRows rows)
{
  const GuiseConfig *config = &model->config;
  const GuiseParams *params = model->params;
  double eps = config->text.layer_norm_eps;
  GraphTensor *x = graph_text_embedding (tape, ids, rows, &params->text.word,
                                         &params->text.position, &params->text.type);

  x = norm (tape, x, &params->text.norm, eps);
  if (!params->text.word.frozen)
    x = graph_dropout (tape, x, rows);
  return run_layers (tape, bert_layer, x, params->text.layer, config->text.layers,
                     (LayerCall){ NULL, rows, config->text.heads, eps });
}

GraphTensor *
guise_text_forward (const GuiseModel *model, GraphTape *tape, const gint32 *ids, GraphRows rows)
{
  return graph_mean_pool (tape, guise_text_tokens_forward (model, tape, ids, rows), rows);
}
