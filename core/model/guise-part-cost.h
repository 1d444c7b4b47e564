/* What a configuration costs, counted without making the model: parameters and multiply-adds of
 * each part, for one image, one text and one pair of both.
 *
 * Counted are the products of matrices, attention's two products among them, the convolution and,
 * of Mamba's scan, four multiplications a state and token (Δ·A, decay, input, output). Not counted
 * is what goes once over an activation: biases, norms, GELU, softmax, residuals, pooling. Two
 * floating-point operations are one multiply-add. */
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
/* Of the fusion's layers alone, over a sequence of `length` tokens. */
guint64 guise_cost_count_backbone (const GuiseConfig *config, gsize length);
/* Of the fusion's layers alone. */
guint64 guise_cost_count_backbone_parameters (const GuiseConfig *config);
/* Multiply-adds of one update with a whole batch, about: forward, and twice that backward. */
guint64 guise_cost_count_step (const GuiseConfig *config, gsize n_tokens);
