/* The network's forward pass, part by part, in the order of the paper's section 3. Every function
 * records on the tape it is given. B images or texts, L visual tokens, D visual width, Dt text
 * width, F fusion width. */
#pragma once

#include "graph-ops.h"
#include "guise-model.h"

/* images [B,3,H,W] -> patch tokens [B·L,D]; [CLS] takes part in attention and is then dropped. */
GraphTensor *guise_vision_forward (const GuiseModel *model, GraphTape *tape, const nn_real *images,
                                   gsize batch);
/* The same in two parts, for a second pass that need not run what is frozen once more: what the
 * first trained block reads [B·(L+1),D], or the tokens themselves where none is trained, and the
 * rest. */
GraphTensor *guise_vision_forward_frozen (const GuiseModel *model, GraphTape *tape,
                                          const nn_real *images, gsize batch);
GraphTensor *guise_vision_forward_rest (const GuiseModel *model, GraphTape *tape, GraphTensor *x,
                                        gsize batch);
/* Rows of an image in what guise_vision_forward_frozen gives. */
gsize guise_vision_count_frozen_rows (const GuiseModel *model);

/* The same tokens as guise_vision_forward gave them once, each image's [L,D] in half precision. */
GraphTensor *guise_vision_tokens (const GuiseModel *model, GraphTape *tape,
                                  const guint16 *const *tokens, gsize batch);

/* Token ids, ragged -> the last layer's tokens [all rows,Dt]. */
GraphTensor *guise_text_tokens_forward (const GuiseModel *model, GraphTape *tape, const gint32 *ids,
                                        GraphRows rows);
/* Token ids, ragged -> mean over the tokens of the last layer [B,Dt]. */
GraphTensor *guise_text_forward (const GuiseModel *model, GraphTape *tape, const gint32 *ids,
                                 GraphRows rows);

/* Bi-branch disentangling attention: tokens [B·L,D] -> pooled identity and clothing [B,D] each,
 * before the gate. Without BDAM both are the plain mean: the same tensor twice. */
void guise_bdam_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *tokens, gsize batch,
                         GraphTensor **identity, GraphTensor **clothing);

/* What an image becomes. [B,D]: identity and clothing (gated), gate; aligned [B,F]; v, c [B,F] of
 * unit length. */
typedef struct {
  GraphTensor *pooled_identity, *pooled_clothing;
  GraphTensor *gate, *identity, *clothing;
  GraphTensor *aligned, *v, *c;
} GuiseImageHeads;

void guise_image_heads_forward (const GuiseModel *model, GraphTape *tape,
                                GraphTensor *pooled_identity, GraphTensor *pooled_clothing,
                                GuiseImageHeads *heads);

/* What a text becomes: aligned [B,F]; t (identity reading) and u (clothing reading) [B,F] of unit
 * length. */
typedef struct {
  GraphTensor *feature, *aligned, *t, *u;
} GuiseTextHeads;

void guise_text_heads_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *feature,
                               GuiseTextHeads *heads);

/* fused [B,out], match logit [B,1], modality weights [B,2]. */
typedef struct {
  GraphTensor *fused, *logit, *modality;
} GuiseFusion;

/* The fusion's layers over batch sequences of `length` tokens, [batch·length,F] -> the same shape;
 * without a backbone x itself. */
GraphTensor *guise_fusion_layers_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *x,
                                          gsize batch, gsize length);
/* The modality weights alone: all that the gate's penalty needs. */
GraphTensor *guise_fusion_modality (const GuiseModel *model, GraphTape *tape, GraphTensor *image,
                                    GraphTensor *text);
/* image, text: aligned features [B,F] of the pairs. */
void guise_fusion_forward (const GuiseModel *model, GraphTape *tape, GraphTensor *image,
                           GraphTensor *text, GuiseFusion *fusion);
