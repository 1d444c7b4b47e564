/* From a picture to what an image tower reads, as transformers' image processors do it with Pillow.
 * Any thread. */
#pragma once

#include "guise-image.h"
#include "guise-pretrained-config.h"

typedef struct {
  double mean[3], deviation[3]; /* of channels in 0 … 1 */
} GuiseTowerPixels;

/* What the folder's preprocessor_config.json says, or the kind's usual values where there is none.
 * Errors: GUISE_FORMATS_ERROR, the file's own G_IO_ERROR. */
gboolean guise_tower_pixels_load (GuiseTowerPixels *pixels, GuiseTowerKind kind, const char *folder,
                                  GError **error);
/* Whether they are ViT's, with which every picture is read in training and search here. */
gboolean guise_tower_pixels_is_usual (const GuiseTowerPixels *pixels);
/* planes [3,height,width] of the tower's size. ViT: the whole picture, bilinear. CLIP: the shorter
 * side made to fit, bicubic, then the middle. */
void guise_tower_pixels_prepare (const GuiseTowerPixels *pixels, const GuiseTower *tower,
                                 GuiseImage *image, float *planes);
