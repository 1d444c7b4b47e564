/* The tokenizer that stands in the folder of a text encoder, and whether the two belong together.
 * Any thread. */
#pragma once

#include "guise-pretrained-config.h"
#include "guise-tokenizer.h"

/* Whether so many tokens may be those of the encoder's embedding: as many, or fewer by less than
 * 128, since some embeddings are padded to a round number of rows. What lacks more is another
 * model's vocabulary, or cut. */
gboolean guise_tower_fits_vocabulary (const GuiseTower *tower, gsize n_tokens);
/* Refuses a tokenizer of another kind of model, and one whose tokens do not fit. Errors are
 * GUISE_FORMATS_ERROR and those of guise_tokenizer_open(). */
GuiseTokenizer *guise_tower_open_tokenizer (const GuiseTower *tower, const char *folder,
                                            GError **error);
/* How many ids of a text the encoder is given at most. */
gsize guise_tower_get_max_tokens (const GuiseTower *tower, const GuiseTokenizer *tokenizer);
