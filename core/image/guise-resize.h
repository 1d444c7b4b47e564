/* Resampling of RGB8 pictures, bit for bit what Pillow's Image.resize() gives on 8-bit channels
 * (src/libImaging/Resample.c): separable, horizontal pass first, antialiased when it shrinks,
 * weights in fixed point with 22 fractional bits, rounded and clipped to 0 … 255 after each pass.
 * (Pillow 13.0 turned the order round where height shrinks more than twice as much as width; this
 * is the order of all versions before, with which the networks in use were trained.) */
#pragma once

#include "guise-image.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_FILTER_BILINEAR, /* triangle, support 1 */
  GUISE_FILTER_BICUBIC,  /* Keys' cubic with a = -0.5, support 2 */
} GuiseResizeFilter;

/* image at width × height (1 … GUISE_IMAGE_MAX_SIDE each); the same image, with one more reference,
 * if it has that size already. Any thread. */
GuiseImage *guise_image_resize (GuiseImage *image, size_t width, size_t height,
                                GuiseResizeFilter filter);

/* The same on plain arrays: input [height, width, 3] to output [new_height, new_width, 3], which
 * must not overlap. */
void guise_resize_rgb (guint8 *output, const guint8 *input, size_t width, size_t height,
                       size_t new_width, size_t new_height, GuiseResizeFilter filter);

G_END_DECLS
