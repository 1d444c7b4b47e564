/* guisectl encode with a Hugging Face folder. */
#pragma once

#include "cli-precision.h"

/* Rows of one layer, as guise_search_model_encode_… gives them. */
typedef struct {
  float *rows;
  size_t shape[3];
  int n_dims;
} EncodedArray;

typedef struct {
  const char *folder;
  gboolean images; /* inputs are files; else texts */
  gboolean style;  /* texts as CLIP reads them, nothing else */
  gboolean tokens; /* the layer: tokens or pooled */
  char **inputs;
  size_t n;
  const char *ids; /* an array of token ids in place of texts, or NULL */
  GuisePrecision precision;
} EncodeRequest;

/* Whether the folder is one of Hugging Face's, not a checkpoint or a run of this program. */
gboolean encode_is_pretrained (const char *folder);
gboolean encode_pretrained (CliGlobal *global, const EncodeRequest *request, EncodedArray *array,
                            GError **error);
