/* The config.json of a folder as Hugging Face's transformers writes it: which encoders ("towers")
 * its weights are, and their sizes. Keys that are missing have the values that transformers gives
 * them; what would compute something else than is built here is refused. Any thread; errors are
 * GUISE_FORMATS_ERROR, the file's own G_IO_ERROR. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

typedef enum {
  GUISE_TOWER_VIT,         /* ViTModel */
  GUISE_TOWER_BERT,        /* BertModel */
  GUISE_TOWER_CLIP_VISION, /* CLIPVisionModel */
  GUISE_TOWER_CLIP_TEXT,   /* CLIPTextModel */
} GuiseTowerKind;

/* "ViT", "BERT", … */
const char *guise_tower_kind_get_name (GuiseTowerKind kind);

typedef struct {
  gboolean is_there; /* all else is 0 where it is not */
  GuiseTowerKind kind;
  gsize width, layers, heads, mlp;
  double eps;          /* of the layer norms */
  gboolean quick_gelu; /* x σ(1.702x) instead of x Φ(x) */
  /* of images */
  gsize image_size[2]; /* height, width: a multiple of patch */
  gsize patch;
  /* of texts */
  gsize vocab_size, positions;
  gint64 pad_id;
  gint64 eos_id; /* CLIP reads its feature at the first of these; 2, which old files say in error:
                  * at the largest id */
  /* of CLIP: width of the projected feature; 0 = it is not projected */
  gsize projection;
} GuiseTower;

typedef struct {
  GuiseTower vision, text;
} GuisePretrainedConfig;

/* object: the file's content; where names it in errors. */
gboolean guise_pretrained_config_parse (GuisePretrainedConfig *config, json_t *object,
                                        const char *where, GError **error);
gboolean guise_pretrained_config_load (GuisePretrainedConfig *config, const char *path,
                                       GError **error);

/* Patches of an image; 0 of a tower for texts. */
gsize guise_tower_get_n_patches (const GuiseTower *tower);
