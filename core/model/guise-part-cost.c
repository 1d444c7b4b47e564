#include "guise-part-cost.h"

#include <string.h>

#include "guise-params.h"

static const struct {
  const char *name;
  const char *prefixes[2]; /* of its parameters */
} parts[GUISE_N_COSTS] = {
  [GUISE_COST_VISION] = { "vision", { "vision.", NULL } },
  [GUISE_COST_BDAM] = { "bdam", { "bdam.", NULL } },
  [GUISE_COST_IMAGE_HEADS] = { "image heads", { "align.image.", "clothing.image." } },
  [GUISE_COST_TEXT] = { "text", { "text.", NULL } },
  [GUISE_COST_TEXT_HEADS] = { "text heads", { "align.text.", "clothing.text." } },
  [GUISE_COST_FUSION] = { "fusion", { "fusion.", NULL } },
};

const char *
guise_cost_part_name (GuiseCostPart part)
{
  g_return_val_if_fail (part < GUISE_N_COSTS, NULL);
  return parts[part].name;
}

/* ---- parameters ---- */

static gboolean
belongs (const char *name, GuiseCostPart part)
{
  for (gsize i = 0; i < G_N_ELEMENTS (parts[part].prefixes); i++)
    if (parts[part].prefixes[i] != NULL && g_str_has_prefix (name, parts[part].prefixes[i]))
      return TRUE;
  return FALSE;
}

static void
count_parameters (const GuiseConfig *config, guint64 *parameters)
{
  GuiseParams *params = guise_params_new (config);

  for (guint i = 0; i < params->specs->len; i++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, i);

    for (guint part = 0; part < GUISE_N_COSTS; part++)
      if (belongs (spec->name, part))
        parameters[part] += spec->n;
  }
  guise_params_free (params);
}

guint64
guise_cost_count_backbone_parameters (const GuiseConfig *config)
{
  GuiseParams *params = guise_params_new (config);
  guint64 n = 0;

  for (guint i = 0; i < params->specs->len; i++) {
    const GuiseParamSpec *spec = &g_array_index (params->specs, GuiseParamSpec, i);

    if (g_str_has_prefix (spec->name, "fusion.layers."))
      n += spec->n;
  }
  guise_params_free (params);
  return n;
}

/* ---- multiply-adds ---- */

/* Four projections and attention's two products, of one of `length` tokens. */
static guint64
attention (gsize width, gsize length)
{
  return 4 * (guint64)width * width + 2 * (guint64)length * width;
}

static guint64
encoder (gsize layers, gsize width, gsize mlp, gsize length)
{
  return layers * length * (attention (width, length) + 2 * (guint64)width * mlp);
}

static guint64
count_vision (const GuiseConfig *config)
{
  guint64 patches = guise_config_get_n_patches (config), side = config->vision.patch_size;

  return patches * 3 * side * side * config->vision.hidden_size
         + encoder (config->vision.layers, config->vision.hidden_size, config->vision.mlp_size,
                    patches + 1);
}

static guint64
count_bdam (const GuiseConfig *config)
{
  guint64 width = config->vision.hidden_size, patches = guise_config_get_n_patches (config);
  guint64 layers = config->bdam.self_layers
                   + (config->bdam.cross_attention ? config->bdam.cross_layers : 0);

  if (!config->bdam.enabled)
    return 0;
  return 2 * patches * (width * width + layers * attention (width, patches))
         + (config->bdam.gate ? 2 * width * width : 0);
}

/* Alignment and clothing head of one side. */
static guint64
count_heads (const GuiseConfig *config, guint64 width)
{
  guint64 size = config->fusion.size;

  return 2 * width * size + (config->fusion.align ? size * size : 0);
}

static guint64
mamba_token (const GuiseConfig *config)
{
  guint64 width = config->fusion.size, inner = config->fusion.expand * width,
          rank = (width + 15) / 16, states = config->fusion.d_state;

  return width * 2 * inner                            /* in_proj */
         + inner * config->fusion.d_conv              /* the convolution */
         + inner * (rank + 2 * states) + rank * inner /* x_proj, dt_proj */
         + 4 * inner * states                         /* the scan */
         + inner * width;                             /* out_proj */
}

guint64
guise_cost_count_backbone (const GuiseConfig *config, gsize length)
{
  guint64 width = config->fusion.size, tokens = config->fusion.layers * (guint64)length;

  switch ((GuiseBackbone)config->fusion.backbone) {
  case GUISE_BACKBONE_MAMBA:
    return tokens * mamba_token (config);
  case GUISE_BACKBONE_TRANSFORMER:
    return tokens * (attention (width, length) + 2 * width * 4 * width);
  case GUISE_BACKBONE_NONE:
    return 0;
  }
  g_return_val_if_reached (0);
}

static guint64
count_fusion (const GuiseConfig *config)
{
  static const gsize lengths[] = { [GUISE_SEQUENCE_SINGLE] = 1,
                                   [GUISE_SEQUENCE_PAIR] = 2,
                                   [GUISE_SEQUENCE_TRIPLE] = 3 };
  guint64 size = config->fusion.size, out = config->fusion.out_size;

  if (!config->fusion.enabled)
    return 0;
  return (config->fusion.gate ? 2 * size * 2 : 0)
         + guise_cost_count_backbone (config, lengths[config->fusion.sequence]) + size * out + out;
}

void
guise_cost_count (const GuiseConfig *config, gsize n_tokens, GuiseCost *cost)
{
  *cost = (GuiseCost){
    .macs = {
        [GUISE_COST_VISION] = count_vision (config),
        [GUISE_COST_BDAM] = count_bdam (config),
        [GUISE_COST_IMAGE_HEADS] = count_heads (config, config->vision.hidden_size),
        [GUISE_COST_TEXT] = encoder (config->text.layers, config->text.hidden_size,
                                     config->text.mlp_size, n_tokens),
        [GUISE_COST_TEXT_HEADS] = count_heads (config, config->text.hidden_size),
        [GUISE_COST_FUSION] = count_fusion (config),
    },
  };
  count_parameters (config, cost->parameters);
}

guint64
guise_cost_count_step (const GuiseConfig *config, gsize n_tokens)
{
  guint64 batch = config->train.persons * config->train.images_per_person;
  GuiseCost cost;
  guint64 item = 0;

  guise_cost_count (config, n_tokens, &cost);
  for (guint part = 0; part < GUISE_N_COSTS; part++) /* three texts an image, three pairs */
    item += cost.macs[part] * (part >= GUISE_COST_TEXT ? 3 : 1);
  return 3 * batch * item;
}
