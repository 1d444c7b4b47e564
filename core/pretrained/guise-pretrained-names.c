#include "guise-pretrained-names.h"

#include <string.h>

/* Taken off as long as one of them fits. */
static const char *const prefixes[][8] = {
  [GUISE_TOWER_VIT] = { "module.", "model.", "vit.", "vision_encoder.", "image_encoder." },
  [GUISE_TOWER_BERT] = { "module.", "model.", "bert.", "text_encoder." },
  [GUISE_TOWER_CLIP_VISION]
  = { "module.", "model.", "clip.", "vision_model.", "vision_encoder.", "image_encoder." },
  [GUISE_TOWER_CLIP_TEXT] = { "module.", "model.", "clip.", "text_model.", "text_encoder." },
};

/* What may be there and is not needed: what its name begins with then. */
static const char *const unneeded[][12] = {
  [GUISE_TOWER_VIT] = { "classifier.", "pooler.", "decoder.", "embeddings.mask_token" },
  [GUISE_TOWER_BERT] = { "cls.", "classifier.", "qa_outputs.", "pooler.", "embeddings.position_ids",
                         "embeddings.token_type_ids" },
  [GUISE_TOWER_CLIP_VISION]
  = { "text_model.", "text_projection.", "logit_scale", "classifier.", "embeddings.position_ids" },
  [GUISE_TOWER_CLIP_TEXT]
  = { "vision_model.", "visual_projection.", "logit_scale", "embeddings.position_ids" },
};

static const char *
find_prefix (const char *const *list, const char *name)
{
  for (; *list != NULL; list++)
    if (g_str_has_prefix (name, *list))
      return *list;
  return NULL;
}

char *
guise_pretrained_name (GuiseTowerKind kind, const char *name)
{
  const char *prefix;

  while ((prefix = find_prefix (prefixes[kind], name)) != NULL)
    name += strlen (prefix);
  if (find_prefix (unneeded[kind], name) != NULL)
    return NULL;
  if (g_str_has_suffix (name, ".gamma"))
    return g_strdup_printf ("%.*s.weight", (int)(strlen (name) - strlen (".gamma")), name);
  if (g_str_has_suffix (name, ".beta"))
    return g_strdup_printf ("%.*s.bias", (int)(strlen (name) - strlen (".beta")), name);
  return g_strdup (name);
}
