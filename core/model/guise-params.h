/* The table of parameters: one row per tensor of a checkpoint. It decides name, shape, place in the
 * parameter array, initial values, decay and who trains it; the handles beside it are what the
 * model's code works with. */
#pragma once

#include <glib.h>

#include "graph-tape.h"
#include "guise-config.h"
#include "guise-model-names.h"

typedef enum {
  GUISE_START_NORMAL,  /* standard deviation `scale` */
  GUISE_START_UNIFORM, /* in ±scale */
  GUISE_START_ONES,
  GUISE_START_ZEROS,
  GUISE_START_A_LOG,   /* ln 1 … ln N in each row */
  GUISE_START_DT_BIAS, /* inverse softplus of a log-uniform step in [0.001, 0.1] */
} GuiseStart;

typedef enum {
  GUISE_GROUP_VISION_FIRST, /* patches, [CLS], positions */
  GUISE_GROUP_VISION_BLOCK,
  GUISE_GROUP_VISION_NORM,
  GUISE_GROUP_TEXT,
  GUISE_GROUP_HEAD, /* everything on top of the two encoders */
} GuiseGroup;

typedef struct {
  char *name;
  int n_dims;
  gsize shape[4];
  gsize offset, n;   /* place in the array of values */
  gsize grad_offset; /* place in arrays of what is trained: gradients, moments; where frozen none */
  GuiseStart start;
  double scale;
  gboolean decay; /* weight decay applies */
  GuiseGroup group;
  gsize block;      /* of GUISE_GROUP_VISION_BLOCK */
  gboolean frozen;  /* not trained: config.train says so */
  gboolean mixed;   /* of a linear layer of the encoders or BDAM: may be multiplied in bf16 */
  double lr_factor; /* relative to optimiser.lr */
} GuiseParamSpec;

typedef struct {
  GraphParam weight, bias;
} GuiseLinear;

/* Linear layers that read the same input stand side by side, so that one product serves several of
 * them. */
typedef struct {
  GuiseLinear qkv;       /* [3D, D]: self-attention */
  GuiseLinear query, kv; /* [D, D], [2D, D]: cross-attention; the same memory */
  GuiseLinear output;
} GuiseAttention;

typedef struct {
  GuiseLinear norm_before, norm_after; /* weight γ, bias β */
  GuiseAttention attention;
  GuiseLinear up, down;
} GuiseEncoderLayer;

typedef struct {
  GuiseAttention attention;
  GuiseLinear norm;
} GuiseBranchLayer;

typedef struct {
  GuiseLinear projection;
  GuiseBranchLayer *self, *cross;
} GuiseBranch;

typedef struct {
  GuiseLinear first, norm, second; /* without alignment: first only */
} GuiseAlign;

typedef struct {
  GraphParam in_proj, x_proj, out_proj, a_log, d;
  GuiseLinear conv, dt_proj;
  gsize inner, rank; /* E, R */
} GuiseMamba;

typedef struct {
  GuiseBranchLayer attention;
  GuiseLinear up, down, norm;
} GuiseFusionLayer;

typedef struct {
  GArray *specs;   /* of GuiseParamSpec, in the order of the parameter array */
  GArray *layers;  /* allocations of the arrays below */
  gsize n;         /* numbers in all */
  gsize n_trained; /* of them those that are not frozen */
  struct {
    GraphParam cls, position;
    GuiseLinear patches, norm;
    GuiseEncoderLayer *layer;
  } vision;
  struct {
    GraphParam word, position, type;
    GuiseLinear norm;
    GuiseEncoderLayer *layer;
  } text;
  struct {
    GuiseBranch identity, clothing;
    GuiseLinear gate;
  } bdam;
  GuiseAlign align_image, align_text;
  GuiseLinear clothing_image, clothing_text;
  struct {
    GuiseLinear gate, out, match;
    GuiseMamba *mamba;
    GuiseFusionLayer *transformer;
  } fusion;
} GuiseParams;

/* The table of a checked configuration. */
GuiseParams *guise_params_new (const GuiseConfig *config);
void guise_params_free (GuiseParams *params);
/* Borrowed; NULL when there is none of that name. */
const GuiseParamSpec *guise_params_find (const GuiseParams *params, const char *name);
