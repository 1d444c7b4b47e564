/* The configuration of a model and of its training: everything that config.json holds. Names,
 * defaults and meaning are those of docs/MODEL.md. One table (guise-config.c) drives reading,
 * checking and writing. */
#pragma once

#include <gio/gio.h>
#include <jansson.h>

#define GUISE_CONFIG_ERROR (guise_config_error_quark ())

typedef enum {
  GUISE_CONFIG_ERROR_UNKNOWN_KEY,
  GUISE_CONFIG_ERROR_BAD_VALUE,
} GuiseConfigError;

GQuark guise_config_error_quark (void);

/* The loss terms. */
typedef enum {
  GUISE_TERM_INFO,
  GUISE_TERM_CAPTION,
  GUISE_TERM_TRIPLET,
  GUISE_TERM_ADV,
  GUISE_TERM_DECOUPLE,
  GUISE_TERM_CLOTH,
  GUISE_TERM_MATCH,
  GUISE_N_TERMS,
} GuiseTerm;

/* "info", "caption", … */
const char *guise_term_name (GuiseTerm term);

/* Terms in the order in which the configuration lists them. */
typedef struct {
  gsize n;
  GuiseTerm item[GUISE_N_TERMS];
} GuiseTermList;

gboolean guise_term_list_contains (const GuiseTermList *list, GuiseTerm term);

typedef enum {
  GUISE_BACKBONE_MAMBA,
  GUISE_BACKBONE_TRANSFORMER,
  GUISE_BACKBONE_NONE
} GuiseBackbone;
typedef enum { GUISE_SEQUENCE_SINGLE,
               GUISE_SEQUENCE_PAIR,
               GUISE_SEQUENCE_TRIPLE } GuiseSequence;
typedef enum { GUISE_ADVERSARY_IDENTITY,
               GUISE_ADVERSARY_CLOTHING } GuiseAdversary;
typedef enum {
  GUISE_DECOUPLE_TEXT_CKA,
  GUISE_DECOUPLE_HSIC,
  GUISE_DECOUPLE_HSIC_UNIT
} GuiseDecouple;
typedef enum { GUISE_RATIO_FLOORED,
               GUISE_RATIO_PLAIN } GuiseRatio;
typedef enum { GUISE_ALPHA_EXPONENT,
               GUISE_ALPHA_COEFFICIENT } GuiseAlphaRole;
typedef enum { GUISE_REFERENCE_MEAN,
               GUISE_REFERENCE_FIRST } GuiseReference;
typedef enum { GUISE_INIT_FINETUNE,
               GUISE_INIT_SCRATCH } GuiseInit;
typedef enum { GUISE_PRECISION_FLOAT32,
               GUISE_PRECISION_BFLOAT16 } GuisePrecision;

/* "float32" and "bfloat16", ends with NULL. */
const char *const *guise_precision_get_names (void);
/* FALSE for any other text. */
gboolean guise_precision_parse (const char *name, GuisePrecision *precision);

typedef struct {
  struct {
    gsize image_size[2]; /* height, width */
    gsize patch_size, hidden_size, layers, heads, mlp_size;
    double layer_norm_eps;
  } vision;
  struct {
    gsize vocab_size, hidden_size, layers, heads, mlp_size, max_positions, max_tokens;
    double layer_norm_eps;
    gsize pad_id;
  } text;
  struct {
    gboolean enabled;
    gsize self_layers, cross_layers, heads;
    gboolean cross_attention, gate;
  } bdam;
  struct {
    gboolean enabled, align, gate;
    int backbone; /* GuiseBackbone */
    int sequence; /* GuiseSequence */
    gsize size, layers, heads, d_state, d_conv, expand, out_size;
  } fusion;
  struct {
    double temperature, margin;
    int adversary; /* GuiseAdversary */
    int decouple;  /* GuiseDecouple */
    double gate_weight;
    struct {
      gboolean identity, fused;
    } triplet_on;
    GuiseTermList terms;
    double weights[GUISE_N_TERMS]; /* 1 unless the file says otherwise */
    struct {
      GuiseTermList terms;
      gsize start, length;
    } ramp;
  } loss;
  struct {
    gboolean enabled;
    GuiseTermList tasks;
    int ratio; /* GuiseRatio */
    double alpha;
    int alpha_role; /* GuiseAlphaRole */
    int reference;  /* GuiseReference */
    double lr, log_weight_decay;
    gsize warmup;
    double clip[2];
  } gradnorm;
  struct {
    double lr, weight_decay, betas[2], eps;
  } optimiser;
  int init; /* GuiseInit */
  double dropout;
  struct {
    gsize steps, persons, images_per_person, warmup;
    double final_lr;   /* relative to optimiser.lr, like the two below */
    int vision_blocks; /* the last k are trained; -1 all, 0 none */
    double vision_lr;
    gboolean train_text;
    double text_lr;
    gsize micro_batch;  /* images at a time; 0 = the whole batch at once */
    gboolean recompute; /* layers run again in backward instead of keeping what they computed */
    int precision;      /* GuisePrecision, of the products in the encoders and BDAM */
    gboolean cache_tokens;
    gsize validate_every, patience, checkpoint_every; /* patience 0 = no early stop */
    struct {
      double flip;
      gsize crop[2]; /* pixels, down and across */
      double brightness, channel_gain, erase;
    } augment;
  } train;
} GuiseConfig;

/* The names of the presets, ends with NULL. */
const char *const *guise_config_get_presets (void);
/* FALSE when there is no preset of that name. */
gboolean guise_config_init_preset (GuiseConfig *config, const char *preset, GError **error);

/* Merges object into config: keys that are not there keep their value, unknown ones are errors,
 * `where` names the source in messages. config is unchanged on error. */
gboolean guise_config_merge (GuiseConfig *config, json_t *object, const char *where,
                             GError **error);
/* One assignment "section.key=value", value in JSON or a bare word: "optimiser.lr=3e-4"; or a whole
 * JSON object. */
gboolean guise_config_set (GuiseConfig *config, const char *assignment, GError **error);
/* Whether the parts fit together (heads divide widths, patches tile the image, …). */
gboolean guise_config_check (const GuiseConfig *config, GError **error);

/* config.json of a checkpoint; missing keys take the recommended preset's value. Checked. */
gboolean guise_config_load (GuiseConfig *config, const char *path, GError **error);
/* Everything, as a new JSON object. */
json_t *guise_config_to_json (const GuiseConfig *config);
/* For hashes and comparisons that outlive a version: as above, without the keys that came later and
 * stand at their default, so that what an older version wrote stays the same. */
json_t *guise_config_to_stable_json (const GuiseConfig *config);
gboolean guise_config_save (const GuiseConfig *config, const char *path, GError **error);

/* The terms that count: match needs the fusion. */
void guise_config_get_active_terms (const GuiseConfig *config, GuiseTermList *terms);
/* Visual tokens of an image, [CLS] not counted. */
gsize guise_config_get_n_patches (const GuiseConfig *config);
