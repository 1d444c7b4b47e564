/* A trained model opened for retrieval: weights, vocabulary, λ, and a team of threads to embed
 * with. Pictures enter it by one way everywhere: guise-decoder's pixels, Pillow's bilinear resize
 * to the configuration's size, planes in -1 … 1.
 *
 * References may be taken and dropped anywhere. The functions that embed may be called from any
 * thread; they wait for each other, since each uses all cores. */
#pragma once

#include <gio/gio.h>

#include "guise-image.h"
#include "guise-index.h"
#include "guise-model.h"
#include "nn-team.h"

G_BEGIN_DECLS

#define GUISE_SEARCH_MODEL_ERROR (guise_search_model_error_quark ())
GQuark guise_search_model_error_quark (void);

typedef enum {
  GUISE_SEARCH_MODEL_ERROR_VOCABULARY, /* does not belong to the configuration */
  GUISE_SEARCH_MODEL_ERROR_NO_MATCH,   /* its match head was never trained */
} GuiseSearchModelError;

typedef struct _GuiseSearchModel GuiseSearchModel;

/* folder: a run's (its best checkpoint, else its newest) or a checkpoint's: config.json,
 * model.safetensors, vocab.txt. n_threads 0 = all cores. Errors name the file. */
GuiseSearchModel *guise_search_model_open (const char *folder, guint n_threads, GError **error);
GuiseSearchModel *guise_search_model_ref (GuiseSearchModel *model);
void guise_search_model_unref (GuiseSearchModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSearchModel, guise_search_model_unref)

/* The run's name, or the checkpoint folder's. */
const char *guise_search_model_get_name (const GuiseSearchModel *model);
/* Changes with the weights and with the configuration. */
const char *guise_search_model_get_hash (const GuiseSearchModel *model);
/* For captions: the run's, chosen on validation. */
double guise_search_model_get_lambda (const GuiseSearchModel *model);
/* Updates that made the weights; 0 = the files do not say. */
guint64 guise_search_model_get_step (const GuiseSearchModel *model);
const GuiseConfig *guise_search_model_get_config (const GuiseSearchModel *model);
/* How its encoders multiply from now on: float32 at the start. Who works with an index follows its
 * precision (NULL = none is known), which does nothing once one was chosen. Any thread. */
void guise_search_model_choose_precision (GuiseSearchModel *model, GuisePrecision precision);
void guise_search_model_follow_precision (GuiseSearchModel *model, const char *name);
GuisePrecision guise_search_model_get_precision (const GuiseSearchModel *model);
/* F: the width of v, c, t and u. */
size_t guise_search_model_get_dim (const GuiseSearchModel *model);
/* For work on the caller's own arrays beside this; one thread at a time, between
 * guise_search_model_lock() and _unlock(). NULL = one thread. */
NnTeam *guise_search_model_lock (GuiseSearchModel *model);
void guise_search_model_unlock (GuiseSearchModel *model);

/* Whether reranking makes sense: the model has a fusion whose match head saw at least one update
 * with a weight above 0. FALSE with _NO_MATCH and the reason. */
gboolean guise_search_model_check_match (const GuiseSearchModel *model, GError **error);

/* planes [3,H,W] of one picture; any number of threads. */
size_t guise_search_model_get_plane_size (const GuiseSearchModel *model);
void guise_search_model_prepare (const GuiseSearchModel *model, GuiseImage *image, float *planes);

/* Any output may be NULL. planes [n,3,H,W]; v, c [n,F]; norm [n]: length of the aligned feature of
 * which v is the direction. */
void guise_search_model_embed_images (GuiseSearchModel *model, const float *planes, size_t n,
                                      float *v, float *c, float *norm);
/* texts: UTF-8; t, u, aligned [n,F]. */
void guise_search_model_embed_texts (GuiseSearchModel *model, const char *const *texts, size_t n,
                                     float *t, float *u, float *aligned);
/* The words of a text, as white space parts them, of which the vocabulary has nothing or not all;
 * each once, in their order. Free with g_strfreev(); never NULL. */
char **guise_search_model_list_unknown_words (const GuiseSearchModel *model, const char *text);
/* Whether the text is longer than what the model reads of one. */
gboolean guise_search_model_is_too_long (const GuiseSearchModel *model, const char *text);
/* Probability that image i and text i belong together, σ(match logit), into p [n]. image, text
 * [n,F]: aligned features. The model must have passed guise_search_model_check_match(). */
void guise_search_model_match (GuiseSearchModel *model, const float *image, const float *text,
                               size_t n, float *p);

/* The layers beneath the embeddings, for `encode`. */
typedef enum {
  GUISE_LAYER_TOKENS,    /* the encoder's last: [n,L,D]; texts padded with zeros to the longest */
  GUISE_LAYER_POOLED,    /* the mean of the tokens: [n,D] */
  GUISE_LAYER_EMBEDDING, /* v then c, or t then u: [n,2F] */
} GuiseLayer;

/* Rows of one layer; shape [3], *n_dims of them used. g_free() the result. */
float *guise_search_model_encode_images (GuiseSearchModel *model, const float *planes, size_t n,
                                         GuiseLayer layer, size_t *shape, int *n_dims);
float *guise_search_model_encode_texts (GuiseSearchModel *model, const char *const *texts, size_t n,
                                        GuiseLayer layer, size_t *shape, int *n_dims);

G_END_DECLS
