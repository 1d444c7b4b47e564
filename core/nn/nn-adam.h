/* torch.optim.Adam's update (decay inside the gradient), over n numbers. */
#pragma once

#include "nn-real.h"

typedef struct {
  double lr, beta1, beta2, eps, weight_decay;
} NnAdam;

/* step counts from 1. g = grad + wd·θ; m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²;
 * θ -= lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + eps) */
void nn_adam_step (nn_real *param, nn_real *m, nn_real *v, const nn_real *grad, size_t n,
                   const NnAdam *adam, uint64_t step);
