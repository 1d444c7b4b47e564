/* How texts are written as CLIP's text encoder sees it: what they say is masked as for the features
 * that need no model (guise_style_mask()), and a text's row is the encoder's feature, of length 1.
 * Any thread. */
#pragma once

#include "guise-lexicon.h"
#include "guise-rows.h"

G_BEGIN_DECLS

/* folder: of a CLIP model, with its tokenizer. Gives rows [n,dim] for g_free(), the same bits with
 * any number of threads, of which there are as many as in work's team. Texts that are masked alike
 * are computed once. Errors: those of guise-pretrained.h and guise-tower-tokens.h, and
 * G_IO_ERROR_CANCELLED. */
float *guise_style_encode (const GuiseLexicon *lexicon, const char *folder,
                           const char *const *texts, size_t n, size_t *dim, const GuiseWork *work,
                           GError **error);

G_END_DECLS
