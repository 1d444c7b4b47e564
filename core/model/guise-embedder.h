/* Inference: images and texts to embeddings, on all cores, a portion at a time; nothing is kept for
 * backward. */
#pragma once

#include "guise-model.h"
#include "nn-team.h"

typedef struct _GuiseEmbedder GuiseEmbedder;

/* model and team are borrowed and must outlive it; team NULL = the calling thread alone. One caller
 * at a time. */
GuiseEmbedder *guise_embedder_new (const GuiseModel *model, NnTeam *team);
void guise_embedder_free (GuiseEmbedder *embedder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseEmbedder, guise_embedder_free)

/* Where the results go, one row an item; NULL = not wanted. D = vision.hidden_size, F =
 * fusion.size. */
typedef struct {
  nn_real *v, *c;                                    /* [n,F], unit length: identity and clothing */
  nn_real *aligned;                                  /* [n,F], what the fusion reads */
  nn_real *identity, *clothing;                      /* [n,D], after the gate */
  nn_real *pooled_identity, *pooled_clothing, *gate; /* [n,D] */
  nn_real *tokens;                                   /* [n,L,D], the encoder's patch tokens */
  nn_real *pooled;                                   /* [n,D], their mean */
  guint16 *half;                                     /* [n,L,D], the tokens in half precision */
} GuiseImageOutputs;

typedef struct {
  nn_real *t, *u;   /* [n,F], unit length: identity and clothing reading */
  nn_real *aligned; /* [n,F] */
  nn_real *feature; /* [n, text.hidden_size] */
  nn_real *tokens;  /* [start[n] - start[0], text.hidden_size]: the encoder's, without padding */
} GuiseTextOutputs;

/* images [n,3,H,W]. */
void guise_embedder_embed_images (GuiseEmbedder *embedder, const nn_real *images, gsize n,
                                  const GuiseImageOutputs *out);
/* The same of tokens that were kept: n arrays [L,D] in half precision; out's `tokens`, `pooled` and
 * `half` are not written. */
void guise_embedder_embed_kept_tokens (GuiseEmbedder *embedder, const guint16 *const *kept,
                                       gsize n, const GuiseImageOutputs *out);
/* ids: the tokens of all texts, one after the other; text i owns start[i] … start[i+1]-1, at least
 * one. */
void guise_embedder_embed_texts (GuiseEmbedder *embedder, const gint32 *ids, const gsize *start,
                                 gsize n, const GuiseTextOutputs *out);
/* The same of features that were kept: n arrays [text.hidden_size]; out's `tokens` and `feature`
 * are not written. */
void guise_embedder_embed_kept_features (GuiseEmbedder *embedder, const float *const *kept,
                                         gsize n, const GuiseTextOutputs *out);
/* Match logits [n] of n pairs of aligned features [n,F]. The model must have a fusion. */
void guise_embedder_match (GuiseEmbedder *embedder, const nn_real *image, const nn_real *text,
                           gsize n, nn_real *logits);
