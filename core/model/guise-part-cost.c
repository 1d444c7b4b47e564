#include "guise-part-cost.h"

#include <string.h>

#include "guise-macs.h"
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

/* ---- all of it ---- */

void
guise_cost_count (const GuiseConfig *config, gsize n_tokens, GuiseCost *cost)
{
  *cost = (GuiseCost){
    .macs = {
        [GUISE_COST_VISION] = (guint64)(guise_macs_patches (config)
                                        + guise_macs_vision_layers (config, config->vision.layers)),
        [GUISE_COST_BDAM] = (guint64)guise_macs_bdam (config),
        [GUISE_COST_IMAGE_HEADS] = (guint64)guise_macs_image_heads (config),
        [GUISE_COST_TEXT] = (guint64)guise_macs_text (config, (double)n_tokens),
        [GUISE_COST_TEXT_HEADS] = (guint64)guise_macs_text_heads (config),
        [GUISE_COST_FUSION] = (guint64)guise_macs_fusion (config),
    },
  };
  count_parameters (config, cost->parameters);
}
