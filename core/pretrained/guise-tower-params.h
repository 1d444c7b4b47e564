/* The parameters of one tower, under transformers' names: what the encoder in guise-tower-encoder.h
 * computes with. Immutable: any thread may read. */
#pragma once

#include "guise-params.h"
#include "guise-pretrained-config.h"

typedef struct {
  GArray *specs; /* of GuiseParamSpec: what a folder must have */
  gsize n;       /* numbers in all */
  /* of images */
  GraphParam cls, patches, patches_bias; /* CLIP's patches have no bias */
  /* of texts */
  GraphParam word, type; /* CLIP's type is a row of zeros, which is in no folder */
  GraphParam position;
  GuiseLinear first_norm; /* BERT, CLIP vision */
  GuiseLinear last_norm;  /* not BERT */
  GraphParam projection;  /* CLIP, where the tower has one */
  GuiseEncoderLayer *layer;
} GuiseTowerParams;

GuiseTowerParams *guise_tower_params_new (const GuiseTower *tower);
void guise_tower_params_free (GuiseTowerParams *params);
