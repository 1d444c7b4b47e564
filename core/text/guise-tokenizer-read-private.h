/* Readers of the files in which Hugging Face's tools keep a tokenizer, from memory. where names
 * the file in errors, which are GUISE_FORMATS_ERROR: damaged content, or a kind of tokenizer that
 * is not read. */
#pragma once

#include "guise-clip-bpe.h"
#include "guise-wordpiece.h"

#include <jansson.h>

/* Exactly one of them. */
typedef struct {
  GuiseWordpiece *wordpiece;
  GuiseClipBpe *bpe;
} GuiseTokenizerModel;

/* The largest of these files that is read. */
#define GUISE_TOKENIZER_MAX_BYTES ((gsize)64 << 20)

/* {"token": id, ...}: vocab.json, and "vocab" in tokenizer.json. */
GuiseVocabulary *guise_tokenizer_read_vocabulary (json_t *object, const char *where,
                                                  GError **error);
/* A merges.txt: "left right" a line, in order; lines that begin with "#version" and empty ones do
 * not count. */
gboolean guise_tokenizer_read_merges (GuiseClipBpe *bpe, const char *text, gsize size,
                                      const char *where, GError **error);

/* tokenizer_config.json (NULL: none) says how a vocab.txt is meant; where is the vocabulary's. */
GuiseWordpiece *guise_tokenizer_read_bert (const char *vocab, gsize size, json_t *config,
                                           const char *where, GError **error);
/* vocab.json and merges.txt likewise. */
GuiseClipBpe *guise_tokenizer_read_clip (json_t *vocab, const char *merges, gsize size,
                                         json_t *config, const char *where,
                                         const char *where_merges, GError **error);
/* A tokenizer.json. */
gboolean guise_tokenizer_read_json (json_t *root, const char *where, GuiseTokenizerModel *model,
                                    GError **error);
