/* BERT's tokenizer in one file, as transformers saves it from its version 5 on. */
#pragma once

#include <jansson.h>

/* Puts a tokenizer.json of the same tokens in the place of the folder's vocab.txt, and gives what
 * it says. */
json_t *tokenizer_json_replace_vocab (const char *folder);
