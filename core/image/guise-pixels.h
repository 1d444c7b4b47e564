/* From RGB8 pixels to what the network reads, and the steps of training's augmentation. Pure
 * functions: the caller draws the random numbers. rgb is [height, width, 3], planes [3, height,
 * width]; where there are an input and an output they must not overlap. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* planes[c, y, x] = rgb[y, x, c] / 127.5 - 1: mean and standard deviation 0.5 on 0 … 1, so -1 … 1.
 */
void guise_pixels_to_planes (float *planes, const guint8 *rgb, size_t width, size_t height);

/* Mirrors left and right, in place. */
void guise_pixels_flip (guint8 *rgb, size_t width, size_t height);

/* What lies around the picture that is shifted. */
typedef enum {
  GUISE_PAD_EDGE, /* its outermost pixels, repeated */
  GUISE_PAD_ZERO, /* black */
} GuisePad;

/* Pad on all sides and crop back to the same size: output[y, x] = input[y + dy, x + dx]. */
void guise_pixels_shift (guint8 *output, const guint8 *input, size_t width, size_t height, int dx,
                         int dy, GuisePad pad);

/* Brightness and colour cast in place: channel c becomes round (value · brightness · channel[c]),
 * clipped. */
void guise_pixels_gain (guint8 *rgb, size_t width, size_t height, float brightness,
                        const float channel[3]);

/* Random erasing: fills the rectangle (x, y, erase_width, erase_height), cut to the picture, with
 * colour. */
void guise_pixels_erase (guint8 *rgb, size_t width, size_t height, size_t x, size_t y,
                         size_t erase_width, size_t erase_height, const guint8 colour[3]);

G_END_DECLS
