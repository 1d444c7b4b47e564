/* Augmentation of a training picture: pad and crop, mirror, brightness and colour cast, a rectangle
 * erased. What is done is drawn first, as a function of (seed, step, slot) alone, then applied. */
#pragma once

#include "guise-config.h"

typedef struct {
  gboolean flip;
  int dx, dy; /* pixels by which the crop lies off the middle */
  float brightness, channel[3];
  gboolean erase;
  gsize left, top, width, height; /* of what is erased */
} GuiseAugmentation;

/* slot: the place in the batch. sided: a text of the sample says left or right, so the picture is
 * not mirrored; all else is drawn the same with and without. */
void guise_augmentation_draw (GuiseAugmentation *augmentation, const GuiseConfig *config,
                              guint64 seed, guint64 step, gsize slot, gboolean sided);
/* rgb [height,width,3] -> planes [3,height,width] in -1 … 1. scratch: as large as rgb; must not be
 * it. */
void guise_augmentation_apply (const GuiseAugmentation *augmentation, float *planes,
                               const guint8 *rgb, guint8 *scratch, gsize width, gsize height);
