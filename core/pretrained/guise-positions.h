/* Learned positions of image patches for another grid than they were learned for. */
#pragma once

#include <glib.h>

/* from [1 + H·W, width] -> to [1 + h·w, width], grids are {height, width}. Row 0, the class
 * token's, is copied; the others are interpolated as torch.nn.functional.interpolate
 * (mode="bicubic", align_corners=False, antialias=False) does: the convolution of Keys with a =
 * -0.75 at (i + ½)·H/h - ½, edges repeated. */
void guise_positions_resize (const float *from, const gsize from_grid[2], float *to,
                             const gsize to_grid[2], gsize width);
