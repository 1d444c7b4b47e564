/* The encoder of a Hugging Face folder by itself, for inference: ViT, BERT, and both towers of
 * CLIP. Features are what transformers' models give:
 *
 *   tower        tokens                                   pooled
 *   ViT          last_hidden_state without [CLS]          the mean of the tokens
 *   BERT         last_hidden_state                        the mean of the tokens
 *   CLIP vision  last_hidden_state, the class token first the class token, normed and projected
 *   CLIP text    last_hidden_state, normed                the end of the text, projected
 *
 * One caller at a time; it uses all cores. */
#pragma once

#include "guise-image.h"
#include "guise-pretrained.h"

typedef struct _GuiseTowerEncoder GuiseTowerEncoder;

/* The tower for images, or that for texts. n_threads 0 = all cores. Errors are those of
 * guise-pretrained.h. */
GuiseTowerEncoder *guise_tower_encoder_open (const char *folder, gboolean images, guint n_threads,
                                             GError **error);
void guise_tower_encoder_free (GuiseTowerEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTowerEncoder, guise_tower_encoder_free)

/* How the linear layers multiply; float32 at the start. */
void guise_tower_encoder_set_precision (GuiseTowerEncoder *encoder, GuisePrecision precision);

const GuiseTower *guise_tower_encoder_get_tower (const GuiseTowerEncoder *encoder);
/* Tokens of an image. */
gsize guise_tower_encoder_get_n_tokens (const GuiseTowerEncoder *encoder);
/* The width of the pooled feature; that of a token is the tower's. */
gsize guise_tower_encoder_get_n_pooled (const GuiseTowerEncoder *encoder);
/* So many items in one call keep all cores busy. Of calls with a multiple of that many every item
 * is computed in the same company, and to the same bits, whatever the number of threads. */
gsize guise_tower_encoder_get_n_at_once (const GuiseTowerEncoder *encoder);

/* planes [3,height,width] of a picture, as the folder's preprocessor_config.json says: resized to
 * the tower's size (CLIP: its shorter side, then the middle cut out), mean and deviation taken out.
 * Any thread. */
void guise_tower_encoder_prepare (const GuiseTowerEncoder *encoder, GuiseImage *image,
                                  float *planes);

/* tokens and pooled: rows of all items one after the other; NULL = not wanted. */
void guise_tower_encoder_run_images (GuiseTowerEncoder *encoder, const float *planes, gsize n,
                                     float *tokens, float *pooled);
/* ids: of all texts, one after the other and without padding; text i owns start[i] …
 * start[i+1]-1, at least one and at most the tower's positions. They are in the vocabulary. */
void guise_tower_encoder_run_texts (GuiseTowerEncoder *encoder, const gint32 *ids,
                                    const gsize *start, gsize n, float *tokens, float *pooled);
