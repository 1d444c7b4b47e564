/* What tests/golden/make-pretrained.py wrote: folders of small models, and what transformers
 * computes with them; and ways to spoil a copy of such a folder. */
#pragma once

#include "guise-safetensors.h"

/* The path of a golden folder. The caller frees it. */
char *pretrained_golden_folder (const char *name);

/* NAME.safetensors: what goes in and what comes out. */
typedef struct {
  GuiseSafetensors *file;
  gsize n;
  float *images; /* [n,3,height,width], or NULL */
  gint32 *ids;   /* of all texts, or NULL */
  gsize *start;  /* [n + 1] */
  float *tokens; /* [n_tokens, width], those of all items one after the other */
  gsize n_tokens, width;
  float *pooled; /* [n, n_pooled] */
  gsize n_pooled;
} PretrainedGolden;

PretrainedGolden *pretrained_golden_load (const char *name);
void pretrained_golden_free (PretrainedGolden *golden);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PretrainedGolden, pretrained_golden_free)

/* The largest difference of two arrays, which must be below 1e-4; said in the test's log. */
void pretrained_golden_compare (const char *what, const float *got, const float *expected, gsize n);

/* How tensor `name` is to be written: a new name (freed), or NULL to leave it out. values
 * [n_elements] may be changed, shape too as long as the product stays. */
typedef char *(*PretrainedChange) (const char *name, float *values, gsize *shape, gpointer data);
/* Writes model.safetensors of the folder anew, in F32. */
void pretrained_rewrite (const char *folder, PretrainedChange change, gpointer data);
/* Sets a key of config.json; value in JSON, NULL removes the key. */
void pretrained_reconfigure (const char *folder, const char *key, const char *value);
