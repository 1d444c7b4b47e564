#include "guise-macs.h"

double
guise_macs_layer (double length, double width, double mlp)
{
  return length * (4 * width * width + 2 * length * width + 2 * width * mlp);
}

/* ---- an image ---- */

double
guise_macs_patches (const GuiseConfig *config)
{
  double side = (double)config->vision.patch_size;

  return (double)guise_config_get_n_patches (config) * 3 * side * side
         * (double)config->vision.hidden_size;
}

double
guise_macs_vision_layers (const GuiseConfig *config, gsize n_layers)
{
  return (double)n_layers
         * guise_macs_layer ((double)guise_config_get_n_patches (config) + 1,
                             (double)config->vision.hidden_size, (double)config->vision.mlp_size);
}

double
guise_macs_bdam (const GuiseConfig *config)
{
  double width = (double)config->vision.hidden_size,
         patches = (double)guise_config_get_n_patches (config);
  gsize layers = config->bdam.self_layers
                 + (config->bdam.cross_attention ? config->bdam.cross_layers : 0);

  if (!config->bdam.enabled)
    return 0;
  return 2 * (patches * width * width + (double)layers * guise_macs_layer (patches, width, 0))
         + (config->bdam.gate ? 2 * width * width : 0);
}

/* Alignment and clothing head of one side. */
static double
count_heads (const GuiseConfig *config, gsize width)
{
  double size = (double)config->fusion.size;

  return 2 * (double)width * size + (config->fusion.align ? size * size : 0);
}

double
guise_macs_image_heads (const GuiseConfig *config)
{
  return count_heads (config, config->vision.hidden_size);
}

/* ---- a text ---- */

double
guise_macs_text (const GuiseConfig *config, double n_tokens)
{
  return (double)config->text.layers
         * guise_macs_layer (n_tokens, (double)config->text.hidden_size,
                             (double)config->text.mlp_size);
}

double
guise_macs_text_heads (const GuiseConfig *config)
{
  return count_heads (config, config->text.hidden_size);
}

/* ---- a pair ---- */

static gsize
count_mamba_token (const GuiseConfig *config)
{
  gsize width = config->fusion.size, inner = config->fusion.expand * width,
        rank = (width + 15) / 16, states = config->fusion.d_state;

  return width * 2 * inner                            /* in_proj */
         + inner * config->fusion.d_conv              /* the convolution */
         + inner * (rank + 2 * states) + rank * inner /* x_proj, dt_proj */
         + 4 * inner * states                         /* the scan */
         + inner * width;                             /* out_proj */
}

double
guise_macs_backbone (const GuiseConfig *config, gsize length)
{
  double width = (double)config->fusion.size, layers = (double)config->fusion.layers;

  switch ((GuiseBackbone)config->fusion.backbone) {
  case GUISE_BACKBONE_MAMBA:
    return layers * (double)length * (double)count_mamba_token (config);
  case GUISE_BACKBONE_TRANSFORMER:
    return layers * guise_macs_layer ((double)length, width, 4 * width);
  case GUISE_BACKBONE_NONE:
    return 0;
  }
  g_return_val_if_reached (0);
}

double
guise_macs_fusion (const GuiseConfig *config)
{
  static const gsize lengths[] = { [GUISE_SEQUENCE_SINGLE] = 1,
                                   [GUISE_SEQUENCE_PAIR] = 2,
                                   [GUISE_SEQUENCE_TRIPLE] = 3 };
  double size = (double)config->fusion.size, out = (double)config->fusion.out_size;

  if (!config->fusion.enabled)
    return 0;
  return (config->fusion.gate ? 2 * size * 2 : 0)
         + guise_macs_backbone (config, lengths[config->fusion.sequence]) + size * out + out;
}
