/* What a training step takes, out of the configuration's sizes alone: bytes of the tapes and
 * floating-point operations. It follows what the network records, operation by operation; the tests
 * hold it against what steps took. */
#pragma once

#include "guise-config.h"
#include "guise-model-names.h"

/* What is about to be trained. */
typedef struct {
  gsize batch, n_lanes, n_ranks;       /* images of a step; threads and processes that share them */
  double text_tokens;                  /* of a text, on average */
  gboolean kept_tokens, kept_features; /* frozen encoders do not run */
  gboolean copies;                     /* products read copies of the weights in bf16 */
} GuiseStepWork;

/* Bytes, of all lanes of one process together. */
typedef struct {
  double values, grads, moments;
  double copies;               /* of weights, in bf16 */
  double images, texts, heads; /* tapes */
  double features;             /* between the encoders and the losses */
} GuiseStepBytes;

void guise_cost_get_bytes (const GuiseConfig *config, const GuiseStepWork *work,
                           GuiseStepBytes *bytes);
double guise_step_bytes_sum (const GuiseStepBytes *bytes);
/* Multiplications and additions of a step's products (guise-macs.h), forward and backward, of one
 * process. */
double guise_cost_get_flops (const GuiseConfig *config, const GuiseStepWork *work);
/* Of one image through the vision encoder, forward. */
double guise_cost_get_vision_flops (const GuiseConfig *config);
