#include "guise-pretrained-config.h"

#include <string.h>

#include "guise-formats-error.h"
#include "guise-json.h"

enum { MAX_BYTES = 16 << 20 }; /* lists of class names may be long */

/* ---- reading one key ------------------------------------------------------------------------ */

/* One object of the file. */
typedef struct {
  json_t *object;
  const char *where;  /* the file */
  const char *prefix; /* of its keys in messages */
} Section;

static gboolean refuse (const Section *section, const char *key, GError **error, const char *format,
                        ...) G_GNUC_PRINTF (4, 5);

static gboolean
refuse (const Section *section, const char *key, GError **error, const char *format, ...)
{
  g_autofree char *raw = NULL, *why = NULL;
  va_list args;

  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  why = guise_formats_clean (raw);
  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot use '%s': '%s%s' %s", section->where, section->prefix, key, why);
  return FALSE;
}

/* What is not there keeps its value. */
static gboolean
read_count (const Section *section, const char *key, gint64 min, gint64 max, gsize *value,
            GError **error)
{
  json_t *number = json_object_get (section->object, key);

  if (number == NULL || json_is_null (number))
    return TRUE;
  if (!json_is_integer (number))
    return refuse (section, key, error, "is not a whole number");
  if (json_integer_value (number) < min || json_integer_value (number) > max)
    return refuse (section, key, error,
                   "is %" JSON_INTEGER_FORMAT ", but must lie between %" G_GINT64_FORMAT
                   " and %" G_GINT64_FORMAT,
                   json_integer_value (number), min, max);
  *value = (gsize)json_integer_value (number);
  return TRUE;
}

static gboolean
read_id (const Section *section, const char *key, gint64 *value, GError **error)
{
  json_t *number = json_object_get (section->object, key);

  if (number == NULL || json_is_null (number))
    return TRUE;
  if (!json_is_integer (number) || json_integer_value (number) < 0)
    return refuse (section, key, error, "is not the id of a token");
  *value = json_integer_value (number);
  return TRUE;
}

static gboolean
read_eps (const Section *section, double *value, GError **error)
{
  json_t *number = json_object_get (section->object, "layer_norm_eps");

  if (number == NULL)
    return TRUE;
  if (!json_is_number (number) || !(json_number_value (number) >= 0)
      || !(json_number_value (number) <= 1))
    return refuse (section, "layer_norm_eps", error, "is not a number between 0 and 1");
  *value = json_number_value (number);
  return TRUE;
}

/* One number for both sides, or a pair: height and width. */
static gboolean
read_sides (const Section *section, const char *key, gsize sides[2], GError **error)
{
  json_t *value = json_object_get (section->object, key);

  if (value == NULL)
    return TRUE;
  for (gsize i = 0; i < 2; i++) {
    json_t *side
        = json_is_array (value) && json_array_size (value) == 2 ? json_array_get (value, i) : value;

    if (!json_is_integer (side) || json_integer_value (side) < 1
        || json_integer_value (side) > 4096)
      return refuse (section, key, error, "is neither a size from 1 to 4096 nor a pair of them");
    sides[i] = (gsize)json_integer_value (side);
  }
  return TRUE;
}

/* A key that must be missing, or say what is built here. */
static gboolean
require_text (const Section *section, const char *key, const char *wanted, GError **error)
{
  json_t *value = json_object_get (section->object, key);

  if (value == NULL || json_is_null (value) || g_strcmp0 (json_string_value (value), wanted) == 0)
    return TRUE;
  if (!json_is_string (value))
    return refuse (section, key, error, "is not a name");
  return refuse (section, key, error, "is '%.40s': only '%s' is computed here",
                 json_string_value (value), wanted);
}

static gboolean
require_bool (const Section *section, const char *key, gboolean wanted, GError **error)
{
  json_t *value = json_object_get (section->object, key);

  if (value == NULL || json_is_null (value)
      || (json_is_boolean (value) && json_is_true (value) == wanted))
    return TRUE;
  return refuse (section, key, error, "is not %s: such models are not computed here",
                 wanted ? "true" : "false");
}

static gboolean
require_count (const Section *section, const char *key, gsize wanted, GError **error)
{
  gsize value = wanted;

  if (!read_count (section, key, 0, G_MAXINT32, &value, error))
    return FALSE;
  return value == wanted
         || refuse (section, key, error, "is %zu: only %zu is computed here", value, wanted);
}

/* ---- towers --------------------------------------------------------------------------------- */

/* What transformers takes for a key that is missing. */
static const GuiseTower usual[] = {
  [GUISE_TOWER_VIT] = { TRUE, GUISE_TOWER_VIT, 768, 12, 12, 3072, 1e-12, FALSE, .patch = 16,
                        .image_size = { 224, 224 } },
  [GUISE_TOWER_BERT] = { TRUE, GUISE_TOWER_BERT, 768, 12, 12, 3072, 1e-12, FALSE,
                         .vocab_size = 30522, .positions = 512 },
  [GUISE_TOWER_CLIP_VISION] = { TRUE, GUISE_TOWER_CLIP_VISION, 768, 12, 12, 3072, 1e-5, TRUE,
                                .patch = 32, .image_size = { 224, 224 }, .projection = 512 },
  [GUISE_TOWER_CLIP_TEXT]
  = { TRUE, GUISE_TOWER_CLIP_TEXT, 512, 12, 8, 2048, 1e-5, TRUE, .vocab_size = 49408,
      .positions = 77, .pad_id = 1, .eos_id = 49407, .projection = 512 },
};

static gboolean
is_vision (GuiseTowerKind kind)
{
  return kind == GUISE_TOWER_VIT || kind == GUISE_TOWER_CLIP_VISION;
}

static gboolean
is_clip (GuiseTowerKind kind)
{
  return kind == GUISE_TOWER_CLIP_VISION || kind == GUISE_TOWER_CLIP_TEXT;
}

const char *
guise_tower_kind_get_name (GuiseTowerKind kind)
{
  static const char *const names[] = { "ViT", "BERT", "CLIP vision", "CLIP text" };

  return names[kind];
}

gsize
guise_tower_get_n_patches (const GuiseTower *tower)
{
  if (tower->patch == 0)
    return 0;
  return tower->image_size[0] / tower->patch * (tower->image_size[1] / tower->patch);
}

static gboolean
read_activation (const Section *section, GuiseTower *tower, GError **error)
{
  json_t *value = json_object_get (section->object, "hidden_act");

  if (value == NULL)
    return TRUE;
  if (is_clip (tower->kind) && g_strcmp0 (json_string_value (value), "gelu") == 0)
    tower->quick_gelu = FALSE;
  else
    return require_text (section, "hidden_act", tower->quick_gelu ? "quick_gelu" : "gelu", error);
  return TRUE;
}

static gboolean
read_images (const Section *section, GuiseTower *tower, GError **error)
{
  gsize patch[2] = { tower->patch, tower->patch };

  if (!read_sides (section, "image_size", tower->image_size, error)
      || !read_sides (section, "patch_size", patch, error)
      || !require_count (section, "num_channels", 3, error)
      || !require_bool (section, "qkv_bias", TRUE, error))
    return FALSE;
  if (patch[0] != patch[1] || patch[0] > 256)
    return refuse (section, "patch_size", error, "is not a square of at most 256");
  tower->patch = patch[0];
  if (tower->image_size[0] % patch[0] != 0 || tower->image_size[1] % patch[0] != 0)
    return refuse (section, "image_size", error, "is not a multiple of patch_size %zu", patch[0]);
  return TRUE;
}

static gboolean
read_texts (const Section *section, GuiseTower *tower, GError **error)
{
  if (!read_count (section, "vocab_size", 1, 1 << 20, &tower->vocab_size, error)
      || !read_count (section, "max_position_embeddings", 2, 65536, &tower->positions, error)
      || !read_id (section, "pad_token_id", &tower->pad_id, error)
      || !read_id (section, "eos_token_id", &tower->eos_id, error)
      || !require_bool (section, "is_decoder", FALSE, error)
      || !require_bool (section, "add_cross_attention", FALSE, error))
    return FALSE;
  return is_clip (tower->kind)
         || (require_count (section, "type_vocab_size", 2, error)
             && require_text (section, "position_embedding_type", "absolute", error));
}

static gboolean
read_tower (const Section *section, GuiseTowerKind kind, GuiseTower *tower, GError **error)
{
  *tower = usual[kind];
  if (!read_count (section, "hidden_size", 1, 16384, &tower->width, error)
      || !read_count (section, "num_hidden_layers", 0, 256, &tower->layers, error)
      || !read_count (section, "num_attention_heads", 1, 256, &tower->heads, error)
      || !read_count (section, "intermediate_size", 1, 65536, &tower->mlp, error)
      || !read_eps (section, &tower->eps, error) || !read_activation (section, tower, error)
      || !(is_vision (kind) ? read_images : read_texts) (section, tower, error))
    return FALSE;
  if (is_clip (kind)
      && !read_count (section, "projection_dim", 1, 16384, &tower->projection, error))
    return FALSE;
  return tower->width % tower->heads == 0
         || refuse (section, "num_attention_heads", error, "does not divide hidden_size %zu",
                    tower->width);
}

/* ---- the file ------------------------------------------------------------------------------- */

static const struct {
  const char *type, *class; /* model_type; what the names in architectures begin with */
} families[] = {
  { "vit", "ViT" },
  { "bert", "Bert" },
  { "clip_vision_model", "CLIPVision" },
  { "clip_text_model", "CLIPText" },
  { "clip", "CLIP" },
};

static const char *
get_class (json_t *object)
{
  return json_string_value (json_array_get (json_object_get (object, "architectures"), 0));
}

/* The model_type, or what the first class' name says where there is none; NULL = nothing says. */
static const char *
find_type (json_t *object)
{
  const char *type = json_string_value (json_object_get (object, "model_type"));
  const char *class = get_class (object);

  if (type != NULL)
    return type;
  for (gsize i = 0; class != NULL && i < G_N_ELEMENTS (families); i++)
    if (g_str_has_prefix (class, families[i].class))
      return families[i].type;
  return class;
}

/* A class without projection gives the feature as it is. */
static void
drop_projection (json_t *object, GuiseTower *tower)
{
  const char *class = get_class (object);

  if (class != NULL && g_str_has_prefix (class, "CLIP") && strcmp (class, "CLIPModel") != 0
      && !g_str_has_suffix (class, "WithProjection"))
    tower->projection = 0;
}

static gboolean
read_clip (GuisePretrainedConfig *config, json_t *object, const char *where, GError **error)
{
  const Section whole = { object, where, "" };
  const Section vision = { json_object_get (object, "vision_config"), where, "vision_config." };
  const Section text = { json_object_get (object, "text_config"), where, "text_config." };
  gsize projection = 512;

  if (!json_is_object (vision.object) || !json_is_object (text.object)) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
                 "cannot use '%s': a CLIP model needs 'vision_config' and 'text_config'", where);
    return FALSE;
  }
  if (!read_count (&whole, "projection_dim", 1, 16384, &projection, error)
      || !read_tower (&vision, GUISE_TOWER_CLIP_VISION, &config->vision, error)
      || !read_tower (&text, GUISE_TOWER_CLIP_TEXT, &config->text, error))
    return FALSE;
  config->vision.projection = config->text.projection
      = projection; /* the sections' own are not used */
  return TRUE;
}

static gboolean
refuse_type (json_t *object, const char *type, const char *where, GError **error)
{
  g_autofree char *clean = type != NULL ? guise_formats_excerpt (type, 60) : NULL;

  if (type == NULL && json_is_object (json_object_get (object, "vision"))
      && json_is_object (json_object_get (object, "bdam")))
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                 "cannot use '%s': it is a checkpoint of this program, not a Hugging Face folder",
                 where);
  else if (type == NULL)
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_MISSING,
                 "cannot use '%s': neither 'model_type' nor 'architectures' says what it is",
                 where);
  else
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
                 "cannot use '%s': '%s' is none of the models that are read here: vit, bert, "
                 "clip, clip_text_model, clip_vision_model",
                 where, clean);
  return FALSE;
}

gboolean
guise_pretrained_config_parse (GuisePretrainedConfig *config, json_t *object, const char *where,
                               GError **error)
{
  const Section whole = { object, where, "" };
  const char *type = find_type (object);
  GuisePretrainedConfig read = { 0 };
  gboolean good;

  if (g_strcmp0 (type, "vit") == 0)
    good = read_tower (&whole, GUISE_TOWER_VIT, &read.vision, error);
  else if (g_strcmp0 (type, "bert") == 0)
    good = read_tower (&whole, GUISE_TOWER_BERT, &read.text, error);
  else if (g_strcmp0 (type, "clip_vision_model") == 0)
    good = read_tower (&whole, GUISE_TOWER_CLIP_VISION, &read.vision, error);
  else if (g_strcmp0 (type, "clip_text_model") == 0)
    good = read_tower (&whole, GUISE_TOWER_CLIP_TEXT, &read.text, error);
  else if (g_strcmp0 (type, "clip") == 0)
    good = read_clip (&read, object, where, error);
  else
    good = refuse_type (object, type, where, error);
  if (!good)
    return FALSE;
  drop_projection (object, &read.vision);
  drop_projection (object, &read.text);
  *config = read;
  return TRUE;
}

gboolean
guise_pretrained_config_load (GuisePretrainedConfig *config, const char *path, GError **error)
{
  json_auto_t *object = guise_json_load_wide (path, MAX_BYTES, error);

  return object != NULL && guise_pretrained_config_parse (config, object, path, error);
}
