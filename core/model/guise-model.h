/* A model: its configuration, its table of parameters and their values. Built in float and in
 * double (see nn-names.h). Reading is safe from several threads; whoever changes values must be
 * alone. */
#pragma once

#include "guise-config.h"
#include "guise-model-names.h"
#include "guise-params.h"
#include "nn-team.h"

#define GUISE_MODEL_ERROR (guise_model_error_quark ())

typedef enum {
  GUISE_MODEL_ERROR_TENSORS,    /* missing, unexpected or mis-shaped tensors */
  GUISE_MODEL_ERROR_NOT_FINITE, /* NaN or infinity among the weights */
  GUISE_MODEL_ERROR_BATCH,      /* a batch that does not fit the configuration */
  GUISE_MODEL_ERROR_MEMORY,     /* more values than the machine has memory for */
} GuiseModelError;

GQuark guise_model_error_quark (void);

typedef struct {
  GuiseConfig config;
  GuiseParams *params;
  nn_real *values; /* [params->n] */
  NnMixed *mixed;  /* products of bf16 numbers; NULL = of floats */
} GuiseModel;

/* Whether the values alone fit into the machine's memory: a few digits in a configuration can ask
 * for terabytes, and guise_model_new() ends the program where it does not get them. Ask before it
 * with a configuration that comes from a file or a user. */
gboolean guise_model_check_memory (const GuiseConfig *config, GError **error);
/* All values zero. config is copied and must have passed guise_config_check(). */
GuiseModel *guise_model_new (const GuiseConfig *config);
void guise_model_free (GuiseModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseModel, guise_model_free)

/* How the products in the encoders and BDAM are made from now on; float32 at the start, whatever
 * config.train.precision says. In double it changes nothing. */
void guise_model_set_precision (GuiseModel *model, GuisePrecision precision);
GuisePrecision guise_model_get_precision (const GuiseModel *model);
/* To be called once values of a model in use were changed, by whoever changed them, alone: the
 * copies in bf16 that there are of them are made anew. team NULL = on the calling thread. */
void guise_model_values_changed (GuiseModel *model, NnTeam *team);

/* Fresh values, a function of seed alone: docs/MODEL.md, "Starting values". */
void guise_model_init (GuiseModel *model, guint64 seed);
/* The same values, but those stay untouched whose tensor's name begins with one of the prefixes
 * (NULL-terminated): somebody else fills them, and to draw 200 million numbers takes seconds. */
void guise_model_init_except (GuiseModel *model, guint64 seed, const char *const *prefixes);

/* A checkpoint folder: config.json and model.safetensors. Fails with the full list of missing,
 * unexpected and mis-shaped tensors, or on the first number that is not finite. */
GuiseModel *guise_model_load (const char *folder, GError **error);
/* The values alone, into a model that already has its configuration. On failure the model is
 * unchanged. */
gboolean guise_model_load_values (GuiseModel *model, const char *path, GError **error);

typedef enum { GUISE_STORE_FULL,
               GUISE_STORE_HALF } GuiseStorePrecision;

/* Writes model.safetensors at path, atomically; full = F32 (F64 in the double build), half = F16.
 * metadata: pairs of key and value, ends with NULL; NULL = none. */
gboolean guise_model_save_values (const GuiseModel *model, const char *path,
                                  GuiseStorePrecision precision, const char *const *metadata,
                                  GError **error);
/* Makes folder (if need be) with config.json and model.safetensors. */
gboolean guise_model_save (const GuiseModel *model, const char *folder, GError **error);
