/* Images [B,C,H,W] to patches [B·L,C·p·p], patches to tokens [B·(L+1),d], token ids to vectors
 * [n,d]. Backward passes are the transposes: scatters and sums over rows. */
#include "nn-embed.h"

#include <string.h>

#include "nn-simd.h"

void
nn_patches_forward (nn_real *patches, const nn_real *images, size_t batch, size_t channels,
                    size_t height, size_t width, size_t patch)
{
  size_t rows = height / patch, columns = width / patch;

  for (size_t b = 0; b < batch; b++)
    for (size_t r = 0; r < rows; r++)
      for (size_t s = 0; s < columns; s++)
        for (size_t c = 0; c < channels; c++)
          for (size_t y = 0; y < patch; y++) {
            memcpy (patches,
                    images + ((b * channels + c) * height + r * patch + y) * width + s * patch,
                    patch * sizeof *patches);
            patches += patch;
          }
}

NN_INLINE void
add (nn_real *sum, const nn_real *x, size_t n)
{
  NN_SIMD
  for (size_t i = 0; i < n; i++)
    sum[i] += x[i];
}

NN_KERNEL void
nn_patches_backward (nn_real *dimages, const nn_real *dpatches, size_t batch, size_t channels,
                     size_t height, size_t width, size_t patch)
{
  size_t rows = height / patch, columns = width / patch;

  for (size_t b = 0; b < batch; b++)
    for (size_t r = 0; r < rows; r++)
      for (size_t s = 0; s < columns; s++)
        for (size_t c = 0; c < channels; c++)
          for (size_t y = 0; y < patch; y++) {
            add (dimages + ((b * channels + c) * height + r * patch + y) * width + s * patch,
                 dpatches, patch);
            dpatches += patch;
          }
}

NN_KERNEL void
nn_tokens_forward (nn_real *tokens, const nn_real *patches, const nn_real *cls,
                   const nn_real *position, size_t batch, size_t n_patches, size_t d)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t l = 0; l <= n_patches; l++) {
      const nn_real *source = l == 0 ? cls : patches + (b * n_patches + l - 1) * d;
      const nn_real *offset = position + l * d;
      nn_real *row = tokens + (b * (n_patches + 1) + l) * d;

      NN_SIMD
      for (size_t j = 0; j < d; j++)
        row[j] = source[j] + offset[j];
    }
}

NN_KERNEL void
nn_tokens_backward (nn_real *dpatches, nn_real *dcls, nn_real *dposition, const nn_real *dtokens,
                    size_t batch, size_t n_patches, size_t d)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t l = 0; l <= n_patches; l++) {
      const nn_real *row = dtokens + (b * (n_patches + 1) + l) * d;

      if (dposition)
        add (dposition + l * d, row, d);
      if (l == 0 && dcls)
        add (dcls, row, d);
      if (l > 0 && dpatches)
        add (dpatches + (b * n_patches + l - 1) * d, row, d);
    }
}

NN_KERNEL void
nn_text_embedding_forward (nn_real *y, const int32_t *ids, const nn_real *word,
                           const nn_real *position, const nn_real *type, const size_t *start,
                           size_t batch, size_t d)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t r = start[b]; r < start[b + 1]; r++) {
      const nn_real *w = word + (size_t)ids[r] * d, *p = position + (r - start[b]) * d;
      nn_real *row = y + r * d;

      NN_SIMD
      for (size_t j = 0; j < d; j++)
        row[j] = w[j] + p[j] + type[j];
    }
}

NN_KERNEL void
nn_text_embedding_backward (nn_real *dword, nn_real *dposition, nn_real *dtype, const nn_real *dy,
                            const int32_t *ids, const size_t *start, size_t batch, size_t d)
{
  for (size_t b = 0; b < batch; b++)
    for (size_t r = start[b]; r < start[b + 1]; r++) {
      const nn_real *row = dy + r * d;

      if (dword)
        add (dword + (size_t)ids[r] * d, row, d);
      if (dposition)
        add (dposition + (r - start[b]) * d, row, d);
      if (dtype)
        add (dtype, row, d);
    }
}
