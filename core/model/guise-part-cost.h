/* What a configuration costs, counted without making the model: parameters and multiply-adds of
 * each part, for one image, one text and one pair of both. See guise-macs.h
 * for what is counted. */
#pragma once

#include "guise-config.h"

typedef enum {
  GUISE_COST_VISION,      /* an image */
  GUISE_COST_BDAM,        /* an image; with the gate */
  GUISE_COST_IMAGE_HEADS, /* an image: alignment and clothing head */
  GUISE_COST_TEXT,        /* a text */
  GUISE_COST_TEXT_HEADS,  /* a text */
  GUISE_COST_FUSION,      /* a pair */
  GUISE_N_COSTS,
} GuiseCostPart;

typedef struct {
  guint64 parameters[GUISE_N_COSTS], macs[GUISE_N_COSTS];
} GuiseCost;

/* "vision", "bdam", "image heads", "text", "text heads", "fusion". */
const char *guise_cost_part_name (GuiseCostPart part);
/* n_tokens: of the text, [CLS] and [SEP] counted. config must have passed guise_config_check(). */
void guise_cost_count (const GuiseConfig *config, gsize n_tokens, GuiseCost *cost);
/* Of the fusion's layers alone. */
guint64 guise_cost_count_backbone_parameters (const GuiseConfig *config);
