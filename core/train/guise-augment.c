#include "guise-augment.h"

#include <math.h>

#include "guise-pixels.h"
#include "guise-stream.h"

/* Random erasing: between these shares of the picture, this much longer than wide or the other way
 * round (Zhong et al. 2020), filled with the grey that the network reads as 0. */
#define ERASE_LEAST 0.02
#define ERASE_MOST 0.25
#define ERASE_RATIO 2.0
#define GREY 128

enum {
  DRAW_FLIP,
  DRAW_DY,
  DRAW_DX,
  DRAW_BRIGHTNESS,
  DRAW_CHANNEL,
  DRAW_ERASE = DRAW_CHANNEL + 3,
  DRAW_AREA,
  DRAW_RATIO,
  DRAW_LEFT,
  DRAW_TOP,
  N_DRAWS = 16
};

/* Uniform in -1 … 1. */
static double
signed_draw (guint64 key, guint64 counter)
{
  return 2 * nn_random_uniform (key, counter) - 1;
}

static void
draw_erasing (GuiseAugmentation *augmentation, const GuiseConfig *config, guint64 key,
              guint64 counter)
{
  gsize height = config->vision.image_size[0], width = config->vision.image_size[1];
  double share = ERASE_LEAST
                 + (ERASE_MOST - ERASE_LEAST) * nn_random_uniform (key, counter + DRAW_AREA);
  double ratio = pow (ERASE_RATIO, signed_draw (key, counter + DRAW_RATIO));
  double area = share * (double)(width * height);

  augmentation->erase
      = nn_random_uniform (key, counter + DRAW_ERASE) < config->train.augment.erase;
  augmentation->width = CLAMP ((gsize)lround (sqrt (area / ratio)), 1, width);
  augmentation->height = CLAMP ((gsize)lround (sqrt (area * ratio)), 1, height);
  augmentation->left = nn_random_below (key, counter + DRAW_LEFT, width - augmentation->width + 1);
  augmentation->top = nn_random_below (key, counter + DRAW_TOP, height - augmentation->height + 1);
}

void
guise_augmentation_draw (GuiseAugmentation *augmentation, const GuiseConfig *config, guint64 seed,
                         guint64 step, gsize slot, gboolean sided)
{
  guint64 key = guise_stream_key (seed, GUISE_STREAM_AUGMENT, step), counter = slot * N_DRAWS;
  gsize crop_y = config->train.augment.crop[0], crop_x = config->train.augment.crop[1];

  augmentation->flip
      = !sided && nn_random_uniform (key, counter + DRAW_FLIP) < config->train.augment.flip;
  augmentation->dy = (int)nn_random_below (key, counter + DRAW_DY, 2 * crop_y + 1) - (int)crop_y;
  augmentation->dx = (int)nn_random_below (key, counter + DRAW_DX, 2 * crop_x + 1) - (int)crop_x;
  augmentation->brightness = (float)(1
                                     + config->train.augment.brightness
                                           * signed_draw (key, counter + DRAW_BRIGHTNESS));
  for (gsize c = 0; c < 3; c++)
    augmentation->channel[c] = (float)(1
                                       + config->train.augment.channel_gain
                                             * signed_draw (key, counter + DRAW_CHANNEL + c));
  draw_erasing (augmentation, config, key, counter);
}

void
guise_augmentation_apply (const GuiseAugmentation *augmentation, float *planes, const guint8 *rgb,
                          guint8 *scratch, gsize width, gsize height)
{
  static const guint8 grey[3] = { GREY, GREY, GREY };

  guise_pixels_shift (scratch, rgb, width, height, augmentation->dx, augmentation->dy,
                      GUISE_PAD_EDGE);
  if (augmentation->flip)
    guise_pixels_flip (scratch, width, height);
  guise_pixels_gain (scratch, width, height, augmentation->brightness, augmentation->channel);
  if (augmentation->erase)
    guise_pixels_erase (scratch, width, height, augmentation->left, augmentation->top,
                        augmentation->width, augmentation->height, grey);
  guise_pixels_to_planes (planes, scratch, width, height);
}
