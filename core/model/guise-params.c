#include "guise-params.h"

#include <math.h>
#include <string.h>

typedef struct {
  GuiseParams *params;
  const GuiseConfig *config;
  GuiseGroup group;
  gsize block;
  gboolean mixed; /* what is added belongs to layers of the encoders or BDAM */
} Builder;

/* ---------------------------------------------------------------------------------------- one row
 */

/* config.train: the last k vision blocks, the text encoder or not, and at which rate. */
static void
set_training (const GuiseConfig *config, GuiseParamSpec *spec)
{
  int blocks = config->train.vision_blocks;
  gboolean all = blocks < 0 || (gsize)blocks > config->vision.layers;
  gsize first = all ? 0 : config->vision.layers - (gsize)blocks;

  spec->lr_factor = 1;
  if (spec->group == GUISE_GROUP_TEXT) {
    spec->frozen = !config->train.train_text;
    spec->lr_factor = config->train.text_lr;
  } else if (spec->group != GUISE_GROUP_HEAD) {
    spec->lr_factor = config->train.vision_lr;
    if (spec->group == GUISE_GROUP_VISION_FIRST)
      spec->frozen = !all;
    else if (spec->group == GUISE_GROUP_VISION_BLOCK)
      spec->frozen = spec->block < first;
    else
      spec->frozen = blocks == 0;
  }
}

static GraphParam
add (Builder *builder, char *name, GuiseStart start, double scale, int n_dims, const gsize *shape)
{
  GuiseParams *params = builder->params;
  GuiseParamSpec spec = {
    .name = name,
    .n_dims = n_dims,
    .offset = params->n,
    .n = 1,
    .start = start,
    .scale = scale,
    .group = builder->group,
    .block = builder->block,
    .mixed = builder->mixed && n_dims >= 2,
  };

  for (int i = 0; i < n_dims; i++) {
    spec.shape[i] = shape[i];
    spec.n *= shape[i];
  }
  spec.decay = n_dims >= 2 && !g_str_has_suffix (name, "A_log")
               && !g_str_has_suffix (name, "cls_token")
               && !g_str_has_suffix (name, "position_embeddings")
               && !g_str_has_suffix (name, "position_embeddings.weight");
  set_training (builder->config, &spec);
  spec.grad_offset = params->n_trained;
  params->n += spec.n;
  params->n_trained += spec.frozen ? 0 : spec.n;
  g_array_append_val (params->specs, spec);
  return (GraphParam){ .offset = spec.offset,
                       .grad_offset = spec.grad_offset,
                       .rows = n_dims >= 2 ? shape[0] : 1,
                       .cols = n_dims >= 2 ? spec.n / shape[0] : spec.n,
                       .frozen = spec.frozen,
                       .mixed = spec.mixed };
}

/* Normal weights: 0.02 for fine-tuning; from scratch `scratch`, or 1/√fan-in where that is 0. */
static GraphParam
add_weight (Builder *builder, char *name, double scratch, int n_dims, const gsize *shape)
{
  double fan_in = 1;

  for (int i = 1; i < n_dims; i++)
    fan_in *= shape[i];
  if (builder->config->init == GUISE_INIT_FINETUNE)
    scratch = 0.02;
  else if (scratch == 0)
    scratch = 1 / sqrt (fan_in);
  return add (builder, name, GUISE_START_NORMAL, scratch, n_dims, shape);
}

static GraphParam
add_vector (Builder *builder, char *name, GuiseStart start, gsize n)
{
  return add (builder, name, start, 0, 1, &n);
}

static GuiseLinear
add_linear (Builder *builder, const char *name, gsize in, gsize out)
{
  GuiseLinear linear;

  linear.weight
      = add_weight (builder, g_strconcat (name, ".weight", NULL), 0, 2, (gsize[]){ out, in });
  linear.bias = add_vector (builder, g_strconcat (name, ".bias", NULL), GUISE_START_ZEROS, out);
  return linear;
}

static GuiseLinear
add_norm (Builder *builder, const char *name, gsize width)
{
  GuiseLinear norm;

  norm.weight = add_vector (builder, g_strconcat (name, ".weight", NULL), GUISE_START_ONES, width);
  norm.bias = add_vector (builder, g_strconcat (name, ".bias", NULL), GUISE_START_ZEROS, width);
  return norm;
}

static GuiseLinear
join (const GuiseLinear *first, gsize n)
{
  GuiseLinear joined = *first;

  joined.weight.rows *= n;
  joined.bias.cols *= n;
  return joined;
}

/* query, key and value: their weights side by side, then their biases. */
static GuiseAttention
add_attention (Builder *builder, const char *name, const char *output, gsize width)
{
  static const char *const parts[] = { "query", "key", "value" };
  GuiseAttention attention;
  GuiseLinear part[3];

  for (gsize i = 0; i < 3; i++)
    part[i].weight = add_weight (builder, g_strdup_printf ("%s.%s.weight", name, parts[i]), 0, 2,
                                 (gsize[]){ width, width });
  for (gsize i = 0; i < 3; i++)
    part[i].bias = add_vector (builder, g_strdup_printf ("%s.%s.bias", name, parts[i]),
                               GUISE_START_ZEROS, width);
  attention.qkv = join (&part[0], 3);
  attention.query = part[0];
  attention.kv = join (&part[1], 2);
  attention.output = add_linear (builder, output, width, width);
  return attention;
}

/* Zeroed room for n structures, freed with the table. */
static gpointer
add_layers (Builder *builder, gsize n, gsize size)
{
  gpointer layers = g_malloc0_n (MAX (n, 1), size);

  g_array_append_val (builder->params->layers, layers);
  return layers;
}

/* ----------------------------------------------------------------------------------- the two
 * encoders */

static GuiseEncoderLayer
add_vit_layer (Builder *builder, gsize i)
{
  gsize width = builder->config->vision.hidden_size, mlp = builder->config->vision.mlp_size;
  g_autofree char *p = g_strdup_printf ("vision.encoder.layer.%zu.", i);
  g_autofree char *before = g_strconcat (p, "layernorm_before", NULL);
  g_autofree char *attention = g_strconcat (p, "attention.attention", NULL);
  g_autofree char *output = g_strconcat (p, "attention.output.dense", NULL);
  g_autofree char *after = g_strconcat (p, "layernorm_after", NULL);
  g_autofree char *up = g_strconcat (p, "intermediate.dense", NULL);
  g_autofree char *down = g_strconcat (p, "output.dense", NULL);
  GuiseEncoderLayer layer;

  builder->block = i;
  builder->mixed = TRUE;
  layer.norm_before = add_norm (builder, before, width);
  layer.attention = add_attention (builder, attention, output, width);
  layer.norm_after = add_norm (builder, after, width);
  layer.up = add_linear (builder, up, width, mlp);
  layer.down = add_linear (builder, down, mlp, width);
  builder->mixed = FALSE;
  return layer;
}

static void
add_vision (Builder *builder)
{
  const GuiseConfig *config = builder->config;
  GuiseParams *params = builder->params;
  gsize width = config->vision.hidden_size, patch = config->vision.patch_size;
  gsize tokens = guise_config_get_n_patches (config) + 1;

  builder->group = GUISE_GROUP_VISION_FIRST;
  params->vision.cls = add_weight (builder, g_strdup ("vision.embeddings.cls_token"), 0.02, 3,
                                   (gsize[]){ 1, 1, width });
  params->vision.position = add_weight (builder, g_strdup ("vision.embeddings.position_embeddings"),
                                        0.3, 3, (gsize[]){ 1, tokens, width });
  builder->mixed = TRUE;
  params->vision.patches.weight
      = add_weight (builder, g_strdup ("vision.embeddings.patch_embeddings.projection.weight"), 0,
                    4, (gsize[]){ width, 3, patch, patch });
  params->vision.patches.bias
      = add_vector (builder, g_strdup ("vision.embeddings.patch_embeddings.projection.bias"),
                    GUISE_START_ZEROS, width);
  builder->mixed = FALSE;
  builder->group = GUISE_GROUP_VISION_BLOCK;
  params->vision.layer = add_layers (builder, config->vision.layers, sizeof (GuiseEncoderLayer));
  for (gsize i = 0; i < config->vision.layers; i++)
    params->vision.layer[i] = add_vit_layer (builder, i);
  builder->group = GUISE_GROUP_VISION_NORM;
  params->vision.norm = add_norm (builder, "vision.layernorm", width);
}

static GuiseEncoderLayer
add_bert_layer (Builder *builder, gsize i)
{
  gsize width = builder->config->text.hidden_size, mlp = builder->config->text.mlp_size;
  g_autofree char *p = g_strdup_printf ("text.encoder.layer.%zu.", i);
  g_autofree char *attention = g_strconcat (p, "attention.self", NULL);
  g_autofree char *output = g_strconcat (p, "attention.output.dense", NULL);
  g_autofree char *before = g_strconcat (p, "attention.output.LayerNorm", NULL);
  g_autofree char *up = g_strconcat (p, "intermediate.dense", NULL);
  g_autofree char *down = g_strconcat (p, "output.dense", NULL);
  g_autofree char *after = g_strconcat (p, "output.LayerNorm", NULL);
  GuiseEncoderLayer layer;

  builder->mixed = TRUE;
  layer.attention = add_attention (builder, attention, output, width);
  layer.norm_before = add_norm (builder, before, width);
  layer.up = add_linear (builder, up, width, mlp);
  layer.down = add_linear (builder, down, mlp, width);
  layer.norm_after = add_norm (builder, after, width);
  builder->mixed = FALSE;
  return layer;
}

static void
add_text (Builder *builder)
{
  const GuiseConfig *config = builder->config;
  GuiseParams *params = builder->params;
  gsize width = config->text.hidden_size;

  builder->group = GUISE_GROUP_TEXT;
  params->text.word = add_weight (builder, g_strdup ("text.embeddings.word_embeddings.weight"),
                                  0.05, 2, (gsize[]){ config->text.vocab_size, width });
  params->text.position
      = add_weight (builder, g_strdup ("text.embeddings.position_embeddings.weight"), 0.01, 2,
                    (gsize[]){ config->text.max_positions, width });
  params->text.type
      = add_weight (builder, g_strdup ("text.embeddings.token_type_embeddings.weight"), 0.01, 2,
                    (gsize[]){ 2, width });
  params->text.norm = add_norm (builder, "text.embeddings.LayerNorm", width);
  params->text.layer = add_layers (builder, config->text.layers, sizeof (GuiseEncoderLayer));
  for (gsize i = 0; i < config->text.layers; i++)
    params->text.layer[i] = add_bert_layer (builder, i);
}

/* -------------------------------------------------------------------------------------------- BDAM
 */

/* Residual attention with post-norm: names "<name>.query" … "<name>.norm". */
static GuiseBranchLayer
add_branch_layer (Builder *builder, const char *name, gsize width)
{
  g_autofree char *output = g_strconcat (name, ".output", NULL);
  g_autofree char *norm = g_strconcat (name, ".norm", NULL);
  GuiseBranchLayer layer;

  layer.attention = add_attention (builder, name, output, width);
  layer.norm = add_norm (builder, norm, width);
  return layer;
}

static GuiseBranch
add_branch (Builder *builder, const char *branch)
{
  const GuiseConfig *config = builder->config;
  gsize width = config->vision.hidden_size;
  gsize n_cross = config->bdam.cross_attention ? config->bdam.cross_layers : 0;
  g_autofree char *projection = g_strdup_printf ("bdam.%s.projection", branch);
  GuiseBranch result;

  result.projection = add_linear (builder, projection, width, width);
  result.self = add_layers (builder, config->bdam.self_layers, sizeof (GuiseBranchLayer));
  for (gsize i = 0; i < config->bdam.self_layers; i++) {
    g_autofree char *name = g_strdup_printf ("bdam.%s.self_attention.%zu", branch, i);

    result.self[i] = add_branch_layer (builder, name, width);
  }
  result.cross = add_layers (builder, n_cross, sizeof (GuiseBranchLayer));
  for (gsize i = 0; i < n_cross; i++) {
    g_autofree char *name = g_strdup_printf ("bdam.%s.cross_attention.%zu", branch, i);

    result.cross[i] = add_branch_layer (builder, name, width);
  }
  return result;
}

static void
add_bdam (Builder *builder)
{
  gsize width = builder->config->vision.hidden_size;

  if (!builder->config->bdam.enabled)
    return;
  builder->mixed = TRUE;
  builder->params->bdam.identity = add_branch (builder, "identity");
  builder->params->bdam.clothing = add_branch (builder, "clothing");
  builder->mixed = FALSE;
  if (builder->config->bdam.gate)
    builder->params->bdam.gate = add_linear (builder, "bdam.gate", 2 * width, width);
}

/* ---------------------------------------------------------------------------------- heads and
 * fusion */

static GuiseAlign
add_align (Builder *builder, const char *modality, gsize in)
{
  gsize size = builder->config->fusion.size;
  g_autofree char *first = g_strdup_printf ("align.%s.0", modality);
  g_autofree char *norm = g_strdup_printf ("align.%s.2", modality);
  g_autofree char *second = g_strdup_printf ("align.%s.3", modality);
  GuiseAlign align = { 0 };

  align.first = add_linear (builder, first, in, size);
  if (builder->config->fusion.align) {
    align.norm = add_norm (builder, norm, size);
    align.second = add_linear (builder, second, size, size);
  }
  return align;
}

/* A weight that starts uniform in ±1/√fan. */
static GraphParam
add_uniform (Builder *builder, const char *layer, const char *name, gsize fan, int n_dims,
             const gsize *shape)
{
  return add (builder, g_strconcat (layer, name, NULL), GUISE_START_UNIFORM, 1 / sqrt (fan), n_dims,
              shape);
}

/* E = expand·F, R = ⌈F/16⌉, N states, K taps; names as in state-spaces/mamba. */
static GuiseMamba
add_mamba (Builder *builder, gsize i)
{
  const GuiseConfig *config = builder->config;
  gsize width = config->fusion.size, inner = config->fusion.expand * width,
        rank = (width + 15) / 16;
  gsize n_states = config->fusion.d_state, taps = config->fusion.d_conv, out = rank + 2 * n_states;
  g_autofree char *p = g_strdup_printf ("fusion.layers.%zu.", i);
  GuiseMamba mamba = { .inner = inner, .rank = rank };

  mamba.in_proj
      = add_uniform (builder, p, "in_proj.weight", width, 2, (gsize[]){ 2 * inner, width });
  mamba.conv.weight
      = add_uniform (builder, p, "conv1d.weight", taps, 3, (gsize[]){ inner, 1, taps });
  mamba.conv.bias = add_uniform (builder, p, "conv1d.bias", taps, 1, (gsize[]){ inner });
  mamba.x_proj = add_uniform (builder, p, "x_proj.weight", inner, 2, (gsize[]){ out, inner });
  mamba.dt_proj.weight
      = add_uniform (builder, p, "dt_proj.weight", rank, 2, (gsize[]){ inner, rank });
  mamba.dt_proj.bias
      = add_vector (builder, g_strconcat (p, "dt_proj.bias", NULL), GUISE_START_DT_BIAS, inner);
  mamba.out_proj = add_uniform (builder, p, "out_proj.weight", inner, 2, (gsize[]){ width, inner });
  mamba.a_log = add (builder, g_strconcat (p, "A_log", NULL), GUISE_START_A_LOG, 0, 2,
                     (gsize[]){ inner, n_states });
  mamba.d = add_vector (builder, g_strconcat (p, "D", NULL), GUISE_START_ONES, inner);
  return mamba;
}

static GuiseFusionLayer
add_fusion_layer (Builder *builder, gsize i)
{
  gsize width = builder->config->fusion.size;
  g_autofree char *attention = g_strdup_printf ("fusion.layers.%zu.attention", i);
  g_autofree char *up = g_strdup_printf ("fusion.layers.%zu.up", i);
  g_autofree char *down = g_strdup_printf ("fusion.layers.%zu.down", i);
  g_autofree char *norm = g_strdup_printf ("fusion.layers.%zu.norm", i);
  GuiseFusionLayer layer;

  layer.attention = add_branch_layer (builder, attention, width);
  layer.up = add_linear (builder, up, width, 4 * width);
  layer.down = add_linear (builder, down, 4 * width, width);
  layer.norm = add_norm (builder, norm, width);
  return layer;
}

static void
add_fusion (Builder *builder)
{
  const GuiseConfig *config = builder->config;
  GuiseParams *params = builder->params;
  gsize n_layers = config->fusion.layers;

  if (!config->fusion.enabled)
    return;
  if (config->fusion.gate)
    params->fusion.gate = add_linear (builder, "fusion.gate", 2 * config->fusion.size, 2);
  if (config->fusion.backbone == GUISE_BACKBONE_MAMBA) {
    params->fusion.mamba = add_layers (builder, n_layers, sizeof (GuiseMamba));
    for (gsize i = 0; i < n_layers; i++)
      params->fusion.mamba[i] = add_mamba (builder, i);
  } else if (config->fusion.backbone == GUISE_BACKBONE_TRANSFORMER) {
    params->fusion.transformer = add_layers (builder, n_layers, sizeof (GuiseFusionLayer));
    for (gsize i = 0; i < n_layers; i++)
      params->fusion.transformer[i] = add_fusion_layer (builder, i);
  }
  params->fusion.out
      = add_linear (builder, "fusion.out", config->fusion.size, config->fusion.out_size);
  params->fusion.match = add_linear (builder, "fusion.match", config->fusion.out_size, 1);
}

/* -------------------------------------------------------------------------------------------
 * public */

static void
clear_spec (gpointer spec)
{
  g_free (((GuiseParamSpec *)spec)->name);
}

static void
clear_layers (gpointer layers)
{
  g_free (*(gpointer *)layers);
}

GuiseParams *
guise_params_new (const GuiseConfig *config)
{
  GuiseParams *params = g_new0 (GuiseParams, 1);
  Builder builder = { .params = params, .config = config, .group = GUISE_GROUP_HEAD };
  gsize size = config->fusion.size;

  params->specs = g_array_new (FALSE, TRUE, sizeof (GuiseParamSpec));
  g_array_set_clear_func (params->specs, clear_spec);
  params->layers = g_array_new (FALSE, TRUE, sizeof (gpointer));
  g_array_set_clear_func (params->layers, clear_layers);
  add_vision (&builder);
  add_text (&builder);
  builder.group = GUISE_GROUP_HEAD;
  add_bdam (&builder);
  params->align_image = add_align (&builder, "image", config->vision.hidden_size);
  params->align_text = add_align (&builder, "text", config->text.hidden_size);
  params->clothing_image
      = add_linear (&builder, "clothing.image", config->vision.hidden_size, size);
  params->clothing_text = add_linear (&builder, "clothing.text", config->text.hidden_size, size);
  add_fusion (&builder);
  return params;
}

void
guise_params_free (GuiseParams *params)
{
  if (params == NULL)
    return;
  g_array_unref (params->specs);
  g_array_unref (params->layers);
  g_free (params);
}

const GuiseParamSpec *
guise_params_find (const GuiseParams *params, const char *name)
{
  for (guint i = 0; i < params->specs->len; i++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, i);

    if (strcmp (spec->name, name) == 0)
      return spec;
  }
  return NULL;
}
