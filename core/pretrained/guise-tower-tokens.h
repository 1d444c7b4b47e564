/* The tokenizer that stands in the folder of a text encoder, and whether the two belong together.
 * Any thread. */
#pragma once

#include "guise-pretrained-config.h"
#include "guise-tokenizer.h"

/* Refuses a tokenizer of another kind of model, and one that knows more tokens than the encoder has
 * rows for. Errors are GUISE_FORMATS_ERROR and those of guise_tokenizer_open(). */
GuiseTokenizer *guise_tower_open_tokenizer (const GuiseTower *tower, const char *folder,
                                            GError **error);
/* How many ids of a text the encoder is given at most. */
gsize guise_tower_get_max_tokens (const GuiseTower *tower, const GuiseTokenizer *tokenizer);
