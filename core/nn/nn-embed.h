/* The first layers: images to patches to tokens, token ids to vectors. */
#pragma once

#include "nn-real.h"

/* patches [B·L, C·p·p] from images [B,C,H,W], L = (H/p)(W/p) row-major over the grid, columns in
 * order (c, y, x): the layout of a convolution weight [D,C,p,p], so that a linear layer on them is
 * the patch embedding. H and W are multiples of p. */
void nn_patches_forward (nn_real *patches, const nn_real *images, size_t batch, size_t channels,
                         size_t height, size_t width, size_t patch);
/* dimages += (the gather's transpose). */
void nn_patches_backward (nn_real *dimages, const nn_real *dpatches, size_t batch, size_t channels,
                          size_t height, size_t width, size_t patch);

/* tokens [B·(L+1), d]: row 0 of each image = cls + position[0],
 * row 1+l = patches[l] + position[1+l]. */
void nn_tokens_forward (nn_real *tokens, const nn_real *patches, const nn_real *cls,
                        const nn_real *position, size_t batch, size_t n_patches, size_t d);
/* Accumulates into dpatches [B·L,d], dcls [d], dposition [L+1,d]; each may be NULL. */
void nn_tokens_backward (nn_real *dpatches, nn_real *dcls, nn_real *dposition,
                         const nn_real *dtokens, size_t batch, size_t n_patches, size_t d);

/* y [n,d]: row r of sequence b = word[ids[r]] + position[r - start[b]] + type[0]; n = start[batch].
 * ids are in range. */
void nn_text_embedding_forward (nn_real *y, const int32_t *ids, const nn_real *word,
                                const nn_real *position, const nn_real *type, const size_t *start,
                                size_t batch, size_t d);
/* Accumulates into dword, dposition, dtype; each may be NULL. */
void nn_text_embedding_backward (nn_real *dword, nn_real *dposition, nn_real *dtype,
                                 const nn_real *dy, const int32_t *ids, const size_t *start,
                                 size_t batch, size_t d);
