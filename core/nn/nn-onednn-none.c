/* Built without oneDNN. */
#include "nn-onednn.h"

NnBf16Unit
nn_onednn_get_unit (void)
{
  return NN_BF16_EMULATED;
}

const char *
nn_onednn_get_version (void)
{
  return NULL;
}

int
nn_onednn_can (NnHeld held)
{
  return 0;
}

NnPacked *
nn_onednn_packed_new (size_t k, size_t n, NnHeld held)
{
  return NULL;
}

void
nn_onednn_packed_free (NnPacked *packed)
{
}

size_t
nn_onednn_packed_bytes (const NnPacked *packed)
{
  return 0;
}

int
nn_onednn_pack (NnPacked *packed, NnStrided b)
{
  return 0;
}

size_t
nn_onednn_multiply (float *c, size_t ldc, const float *a, size_t lda, const NnPacked *b, size_t m,
                    const float *bias, int add)
{
  return 0;
}

size_t
nn_onednn_add_transposed (float *c, size_t ldc, const float *a, size_t lda, const float *b,
                          size_t ldb, size_t m, size_t n, size_t k, NnHeld held)
{
  return 0;
}
