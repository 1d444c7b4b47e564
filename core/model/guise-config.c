#include "guise-config.h"

#include <string.h>

#include "guise-json.h"
#include "guise-presets.h"

G_DEFINE_QUARK (guise - config - error - quark, guise_config_error)

gboolean
guise_term_list_contains (const GuiseTermList *list, GuiseTerm term)
{
  for (gsize i = 0; i < list->n; i++)
    if (list->item[i] == term)
      return TRUE;
  return FALSE;
}

/* ---- presets, files ---- */

const char *const *
guise_config_get_presets (void)
{
  static const char *names[16];
  static gsize filled;

  if (g_once_init_enter (&filled)) {
    for (gsize i = 0; guise_presets[i].name != NULL; i++)
      names[i] = guise_presets[i].name;
    g_once_init_leave (&filled, 1);
  }
  return names;
}

static void
merge_preset (GuiseConfig *config, const GuisePreset *preset)
{
  g_autoptr (GError) error = NULL;
  json_auto_t *object
      = guise_json_parse (preset->json, strlen (preset->json), 1 << 20, preset->name, &error);

  if (object == NULL || !guise_config_merge (config, object, preset->name, &error))
    g_error ("preset %s: %s", preset->name, error->message); /* our own text: a bug */
}

gboolean
guise_config_init_preset (GuiseConfig *config, const char *preset, GError **error)
{
  g_autofree char *all = NULL;

  for (gsize i = 0; guise_presets[i].name != NULL; i++) {
    if (strcmp (guise_presets[i].name, preset) != 0)
      continue;
    *config = (GuiseConfig){ 0 };
    for (gsize k = 0; k < GUISE_N_TERMS; k++)
      config->loss.weights[k] = 1;
    merge_preset (config, &guise_presets[0]);
    if (i > 0)
      merge_preset (config, &guise_presets[i]);
    return TRUE;
  }
  all = g_strjoinv (", ", (char **)guise_config_get_presets ());
  g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE,
               "unknown preset '%s': there are %s", preset, all);
  return FALSE;
}

gboolean
guise_config_load (GuiseConfig *config, const char *path, GError **error)
{
  json_auto_t *object = guise_json_load (path, 1 << 20, error);
  g_autofree char *where = g_strdup_printf ("cannot read '%s'", path);
  GuiseConfig loaded;

  if (object == NULL)
    return FALSE;
  guise_config_init_preset (&loaded, "recommended", NULL);
  if (json_object_get (json_object_get (object, "loss"), "weights") != NULL)
    for (gsize k = 0; k < GUISE_N_TERMS; k++)
      loaded.loss.weights[k] = 1;
  if (!guise_config_merge (&loaded, object, where, error))
    return FALSE;
  if (!guise_config_check (&loaded, error)) {
    g_prefix_error (error, "%s: ", where);
    return FALSE;
  }
  *config = loaded;
  return TRUE;
}

gboolean
guise_config_save (const GuiseConfig *config, const char *path, GError **error)
{
  json_auto_t *object = guise_config_to_json (config);

  return guise_json_save (path, object, error);
}

/* ---- checking ---- */

typedef struct {
  gboolean holds;
  const char *message;
} Rule;

gboolean
guise_config_check (const GuiseConfig *config, GError **error)
{
  const Rule rules[] = {
    { config->vision.hidden_size % config->vision.heads == 0,
      "vision.heads must divide vision.hidden_size" },
    { config->vision.image_size[0] % config->vision.patch_size == 0
          && config->vision.image_size[1] % config->vision.patch_size == 0,
      "vision.patch_size must divide both sides of vision.image_size" },
    { config->text.hidden_size % config->text.heads == 0,
      "text.heads must divide text.hidden_size" },
    { config->text.max_tokens <= config->text.max_positions,
      "text.max_tokens exceeds text.max_positions" },
    { config->text.pad_id < config->text.vocab_size, "text.pad_id lies outside the vocabulary" },
    { !config->bdam.enabled || config->vision.hidden_size % config->bdam.heads == 0,
      "bdam.heads must divide vision.hidden_size" },
    { !config->fusion.enabled || config->fusion.backbone != GUISE_BACKBONE_TRANSFORMER
          || config->fusion.size % config->fusion.heads == 0,
      "fusion.heads must divide fusion.size" },
    { config->gradnorm.clip[0] <= config->gradnorm.clip[1],
      "gradnorm.clip must be an ascending pair" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
    if (!rules[i].holds) {
      g_set_error (error, GUISE_CONFIG_ERROR, GUISE_CONFIG_ERROR_BAD_VALUE, "configuration: %s",
                   rules[i].message);
      return FALSE;
    }
  return TRUE;
}

void
guise_config_get_active_terms (const GuiseConfig *config, GuiseTermList *terms)
{
  *terms = (GuiseTermList){ 0 };
  for (gsize i = 0; i < config->loss.terms.n; i++)
    if (config->loss.terms.item[i] != GUISE_TERM_MATCH || config->fusion.enabled)
      terms->item[terms->n++] = config->loss.terms.item[i];
}

gsize
guise_config_get_n_patches (const GuiseConfig *config)
{
  return config->vision.image_size[0] / config->vision.patch_size
         * (config->vision.image_size[1] / config->vision.patch_size);
}
