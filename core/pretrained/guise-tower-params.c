#include "guise-tower-params.h"

/* What the four families call the parts of a layer. */
static const struct {
  const char *stem, *norm_before, *part[3], *output, *norm_after, *up, *down;
} names[] = {
  [GUISE_TOWER_VIT]
  = { "encoder.layer",
      "layernorm_before",
      { "attention.attention.query", "attention.attention.key", "attention.attention.value" },
      "attention.output.dense",
      "layernorm_after",
      "intermediate.dense",
      "output.dense" },
  [GUISE_TOWER_BERT] = { "encoder.layer",
                         "attention.output.LayerNorm",
                         { "attention.self.query", "attention.self.key", "attention.self.value" },
                         "attention.output.dense",
                         "output.LayerNorm",
                         "intermediate.dense",
                         "output.dense" },
  [GUISE_TOWER_CLIP_VISION] = { "encoder.layers",
                                "layer_norm1",
                                { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
                                "self_attn.out_proj",
                                "layer_norm2",
                                "mlp.fc1",
                                "mlp.fc2" },
  [GUISE_TOWER_CLIP_TEXT] = { "encoder.layers",
                              "layer_norm1",
                              { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" },
                              "self_attn.out_proj",
                              "layer_norm2",
                              "mlp.fc1",
                              "mlp.fc2" },
};

static GraphParam
add (GuiseTowerParams *params, char *name, int n_dims, const gsize *shape)
{
  GuiseParamSpec spec = { .name = name, .n_dims = n_dims, .offset = params->n, .n = 1 };

  for (int i = 0; i < n_dims; i++) {
    spec.shape[i] = shape[i];
    spec.n *= shape[i];
  }
  params->n += spec.n;
  g_array_append_val (params->specs, spec);
  return (GraphParam){ .offset = spec.offset,
                       .rows = n_dims >= 2 ? shape[0] : 1,
                       .cols = n_dims >= 2 ? spec.n / shape[0] : spec.n,
                       .frozen = TRUE,
                       .mixed = TRUE };
}

static GraphParam
add_vector (GuiseTowerParams *params, const char *name, const char *part, gsize n)
{
  return add (params, g_strconcat (name, part, NULL), 1, &n);
}

static GraphParam
add_matrix (GuiseTowerParams *params, const char *name, const char *part, gsize rows, gsize cols)
{
  return add (params, g_strconcat (name, part, NULL), 2, (gsize[]){ rows, cols });
}

static GuiseLinear
add_linear (GuiseTowerParams *params, const char *name, gsize in, gsize out)
{
  GuiseLinear linear;

  linear.weight = add_matrix (params, name, ".weight", out, in);
  linear.bias = add_vector (params, name, ".bias", out);
  return linear;
}

static GuiseLinear
add_norm (GuiseTowerParams *params, const char *name, gsize width)
{
  GuiseLinear norm;

  norm.weight = add_vector (params, name, ".weight", width);
  norm.bias = add_vector (params, name, ".bias", width);
  return norm;
}

/* ---- layers --------------------------------------------------------------------------------- */

static char *
name_part (GuiseTowerKind kind, gsize i, const char *part)
{
  return g_strdup_printf ("%s.%zu.%s", names[kind].stem, i, part);
}

/* Query, key and value side by side: one product for the three. */
static void
add_attention (GuiseTowerParams *params, const GuiseTower *tower, gsize i,
               GuiseAttention *attention)
{
  gsize width = tower->width;
  g_autofree char *output = name_part (tower->kind, i, names[tower->kind].output);
  GuiseLinear part[3];

  for (gsize k = 0; k < 3; k++) {
    g_autofree char *name = name_part (tower->kind, i, names[tower->kind].part[k]);

    part[k].weight = add_matrix (params, name, ".weight", width, width);
  }
  for (gsize k = 0; k < 3; k++) {
    g_autofree char *name = name_part (tower->kind, i, names[tower->kind].part[k]);

    part[k].bias = add_vector (params, name, ".bias", width);
  }
  attention->qkv = part[0];
  attention->qkv.weight.rows *= 3;
  attention->qkv.bias.cols *= 3;
  attention->output = add_linear (params, output, width, width);
}

static void
add_layer (GuiseTowerParams *params, const GuiseTower *tower, gsize i)
{
  GuiseEncoderLayer *layer = &params->layer[i];
  g_autofree char *before = name_part (tower->kind, i, names[tower->kind].norm_before);
  g_autofree char *after = name_part (tower->kind, i, names[tower->kind].norm_after);
  g_autofree char *up = name_part (tower->kind, i, names[tower->kind].up);
  g_autofree char *down = name_part (tower->kind, i, names[tower->kind].down);

  layer->norm_before = add_norm (params, before, tower->width);
  add_attention (params, tower, i, &layer->attention);
  layer->norm_after = add_norm (params, after, tower->width);
  layer->up = add_linear (params, up, tower->width, tower->mlp);
  layer->down = add_linear (params, down, tower->mlp, tower->width);
}

/* ---- what stands around them ---------------------------------------------------------------- */

static GraphParam
add_patches (GuiseTowerParams *params, const GuiseTower *tower, const char *name)
{
  return add (params, g_strdup (name), 4, (gsize[]){ tower->width, 3, tower->patch, tower->patch });
}

static void
add_vit (GuiseTowerParams *params, const GuiseTower *tower)
{
  gsize width = tower->width, tokens = guise_tower_get_n_patches (tower) + 1;

  params->cls = add (params, g_strdup ("embeddings.cls_token"), 3, (gsize[]){ 1, 1, width });
  params->position
      = add (params, g_strdup ("embeddings.position_embeddings"), 3, (gsize[]){ 1, tokens, width });
  params->patches = add_patches (params, tower, "embeddings.patch_embeddings.projection.weight");
  params->patches_bias
      = add_vector (params, "embeddings.patch_embeddings.projection", ".bias", width);
  params->last_norm = add_norm (params, "layernorm", width);
}

static void
add_bert (GuiseTowerParams *params, const GuiseTower *tower)
{
  gsize width = tower->width;

  params->word
      = add_matrix (params, "embeddings.word_embeddings", ".weight", tower->vocab_size, width);
  params->position
      = add_matrix (params, "embeddings.position_embeddings", ".weight", tower->positions, width);
  params->type = add_matrix (params, "embeddings.token_type_embeddings", ".weight", 2, width);
  params->first_norm = add_norm (params, "embeddings.LayerNorm", width);
}

static void
add_clip_vision (GuiseTowerParams *params, const GuiseTower *tower)
{
  gsize width = tower->width, tokens = guise_tower_get_n_patches (tower) + 1;

  params->cls = add_vector (params, "embeddings.class_embedding", "", width);
  params->position = add_matrix (params, "embeddings.position_embedding", ".weight", tokens, width);
  params->patches = add_patches (params, tower, "embeddings.patch_embedding.weight");
  params->first_norm = add_norm (params, "pre_layrnorm", width); /* as it is written there */
  params->last_norm = add_norm (params, "post_layernorm", width);
  if (tower->projection > 0)
    params->projection
        = add_matrix (params, "visual_projection", ".weight", tower->projection, width);
}

static void
add_clip_text (GuiseTowerParams *params, const GuiseTower *tower)
{
  gsize width = tower->width;

  params->word
      = add_matrix (params, "embeddings.token_embedding", ".weight", tower->vocab_size, width);
  params->position
      = add_matrix (params, "embeddings.position_embedding", ".weight", tower->positions, width);
  params->last_norm = add_norm (params, "final_layer_norm", width);
  if (tower->projection > 0)
    params->projection
        = add_matrix (params, "text_projection", ".weight", tower->projection, width);
  params->type = (GraphParam){ .offset = params->n, .rows = 1, .cols = width, .frozen = TRUE };
  params->n += width;
}

static void
clear_spec (gpointer spec)
{
  g_free (((GuiseParamSpec *)spec)->name);
}

GuiseTowerParams *
guise_tower_params_new (const GuiseTower *tower)
{
  static void (*const add_rest[]) (GuiseTowerParams * params, const GuiseTower *tower) = {
    [GUISE_TOWER_VIT] = add_vit,
    [GUISE_TOWER_BERT] = add_bert,
    [GUISE_TOWER_CLIP_VISION] = add_clip_vision,
    [GUISE_TOWER_CLIP_TEXT] = add_clip_text,
  };
  GuiseTowerParams *params = g_new0 (GuiseTowerParams, 1);

  params->specs = g_array_new (FALSE, TRUE, sizeof (GuiseParamSpec));
  g_array_set_clear_func (params->specs, clear_spec);
  params->layer = g_new0 (GuiseEncoderLayer, MAX (tower->layers, 1));
  add_rest[tower->kind](params, tower);
  for (gsize i = 0; i < tower->layers; i++)
    add_layer (params, tower, i);
  return params;
}

void
guise_tower_params_free (GuiseTowerParams *params)
{
  if (params == NULL)
    return;
  g_array_unref (params->specs);
  g_free (params->layer);
  g_free (params);
}
