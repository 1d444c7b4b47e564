#include "guise-pixels.h"

#include <math.h>
#include <string.h>

#define CHANNELS 3

void
guise_pixels_to_planes (float *planes, const guint8 *rgb, size_t width, size_t height)
{
  size_t n_pixels = width * height;
  float *red = planes, *green = planes + n_pixels, *blue = planes + 2 * n_pixels;

  for (size_t i = 0; i < n_pixels; i++) {
    red[i] = rgb[CHANNELS * i] / 127.5f - 1;
    green[i] = rgb[CHANNELS * i + 1] / 127.5f - 1;
    blue[i] = rgb[CHANNELS * i + 2] / 127.5f - 1;
  }
}

void
guise_pixels_flip (guint8 *rgb, size_t width, size_t height)
{
  for (size_t y = 0; y < height; y++, rgb += CHANNELS * width) {
    for (size_t x = 0; x < width / 2; x++) {
      guint8 *left = rgb + CHANNELS * x, *right = rgb + CHANNELS * (width - 1 - x);
      guint8 kept[CHANNELS];

      memcpy (kept, left, CHANNELS);
      memcpy (left, right, CHANNELS);
      memcpy (right, kept, CHANNELS);
    }
  }
}

void
guise_pixels_shift (guint8 *output, const guint8 *input, size_t width, size_t height, int dx,
                    int dy, GuisePad pad)
{
  for (size_t y = 0; y < height; y++) {
    gint64 from_y = (gint64)y + dy, edge_y = CLAMP (from_y, 0, (gint64)height - 1);

    for (size_t x = 0; x < width; x++, output += CHANNELS) {
      gint64 from_x = (gint64)x + dx, edge_x = CLAMP (from_x, 0, (gint64)width - 1);

      if (pad == GUISE_PAD_ZERO && (from_x != edge_x || from_y != edge_y))
        memset (output, 0, CHANNELS);
      else
        memcpy (output, input + CHANNELS * ((size_t)edge_y * width + (size_t)edge_x), CHANNELS);
    }
  }
}

void
guise_pixels_gain (guint8 *rgb, size_t width, size_t height, float brightness,
                   const float channel[3])
{
  guint8 table[CHANNELS][256];

  for (int c = 0; c < CHANNELS; c++)
    for (int value = 0; value < 256; value++)
      table[c][value] = (guint8)CLAMP (floorf (value * brightness * channel[c] + 0.5f), 0, 255);
  for (size_t i = 0; i < width * height; i++, rgb += CHANNELS)
    for (int c = 0; c < CHANNELS; c++)
      rgb[c] = table[c][rgb[c]];
}

void
guise_pixels_erase (guint8 *rgb, size_t width, size_t height, size_t x, size_t y,
                    size_t erase_width, size_t erase_height, const guint8 colour[3])
{
  size_t end_x = MIN (width, x + erase_width), end_y = MIN (height, y + erase_height);

  for (size_t row = y; row < end_y; row++)
    for (size_t column = x; column < end_x; column++)
      memcpy (rgb + CHANNELS * (row * width + column), colour, CHANNELS);
}
