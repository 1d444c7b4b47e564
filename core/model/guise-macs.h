/* Multiply-adds of the network's parts, counted out of the configuration alone. Everything that
 * counts what computing costs begins here.
 *
 * Counted are the products of matrices, attention's two products among them, the convolution and,
 * of Mamba's scan, four multiplications a state and token (Δ·A, decay, input, output). Not counted
 * is what goes once over an activation: biases, norms, GELU, softmax, residuals, pooling. Two
 * floating-point operations are one multiply-add. Counts are whole numbers while lengths are. */
#pragma once

#include "guise-config.h"

/* A layer of attention over a sequence, with a feed-forward unless mlp is 0. */
double guise_macs_layer (double length, double width, double mlp);

/* An image: pixels to patches; so many of the encoder's layers; BDAM with its gate; alignment and
 * clothing head. */
double guise_macs_patches (const GuiseConfig *config);
double guise_macs_vision_layers (const GuiseConfig *config, gsize n_layers);
double guise_macs_bdam (const GuiseConfig *config);
double guise_macs_image_heads (const GuiseConfig *config);

/* A text; n_tokens with [CLS] and [SEP]. */
double guise_macs_text (const GuiseConfig *config, double n_tokens);
double guise_macs_text_heads (const GuiseConfig *config);

/* A pair; and the fusion's layers alone, over a sequence. */
double guise_macs_fusion (const GuiseConfig *config);
double guise_macs_backbone (const GuiseConfig *config, gsize length);
