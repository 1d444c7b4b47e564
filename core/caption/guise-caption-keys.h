/* The names of questions, and which of them are out: what is asked about two equal pictures is paid
 * for once. One thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The name of a question: the same picture, prompt, model, style, temperature and try give the same
 * one. The endpoint is no part of it: a model is what its name says, and a server that moves to
 * another port or machine must not make anybody pay twice. Where two servers give one name to
 * different models, they are told apart by the name that is asked for. */
char *guise_caption_create_key (const char *picture_hash, const char *prompt_hash,
                                const char *model, const char *const *exemplars, guint try_number,
                                gboolean after_refusal);

typedef struct _GuiseCaptionKeys GuiseCaptionKeys;

GuiseCaptionKeys *guise_caption_keys_new (void);
void guise_caption_keys_free (GuiseCaptionKeys *keys);

/* TRUE: the question is out from now on, and `who` has to ask it. FALSE: another one does, and
 * `who` waits for the answer. */
gboolean guise_caption_keys_claim (GuiseCaptionKeys *keys, const char *key, gpointer who);
/* Whoever claimed it has done with it: the question is not out any more. Those that waited, in the
 * order of their coming; free it. */
GPtrArray *guise_caption_keys_end (GuiseCaptionKeys *keys, const char *key);

G_END_DECLS
