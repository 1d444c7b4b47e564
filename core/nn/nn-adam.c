/* g = grad + wd θ;  m = β₁ m + (1-β₁) g;  v = β₂ v + (1-β₂) g²;
 * θ -= lr/(1-β₁ᵗ) m / (√v/√(1-β₂ᵗ) + eps), over n numbers. */
#include "nn-adam.h"

#include "nn-simd.h"

NN_KERNEL void
nn_adam_step (nn_real *param, nn_real *m, nn_real *v, const nn_real *grad, size_t n,
              const NnAdam *adam, uint64_t step)
{
  double t = (double)step;
  nn_real beta1 = (nn_real)adam->beta1, rest1 = (nn_real)(1 - adam->beta1);
  nn_real beta2 = (nn_real)adam->beta2, rest2 = (nn_real)(1 - adam->beta2);
  nn_real decay = (nn_real)adam->weight_decay, eps = (nn_real)adam->eps;
  nn_real rate = (nn_real)(adam->lr / (1 - pow (adam->beta1, t)));
  nn_real root = (nn_real)(1 / sqrt (1 - pow (adam->beta2, t)));

  NN_SIMD
  for (size_t i = 0; i < n; i++) {
    nn_real g = grad[i] + decay * param[i];
    nn_real first = beta1 * m[i] + rest1 * g;
    nn_real second = beta2 * v[i] + rest2 * g * g;

    m[i] = first;
    v[i] = second;
    param[i] -= rate * first / (nn_sqrt (second) * root + eps);
  }
}
