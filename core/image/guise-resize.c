/* For output position x of a pass from n to m samples, with scale = n/m and stretch = max (scale,
 * 1): centre = (x + 0.5)·scale, support = stretch · (1 or 2) taps k = floor (centre - support +
 * 0.5) … floor (centre + support + 0.5) - 1, cut to 0 … n - 1 weight k = filter ((k - centre + 0.5)
 * / stretch), divided by the sum of the weights, times 2^22, rounded half away from zero. A sample
 * is (2^21 + sum of weight·input) >> 22, clipped to 0 … 255. The weights are computed in double and
 * in this very order of operations: the last bit decides the rounding. */
#include "guise-resize.h"

#include <math.h>
#include <string.h>

#define WEIGHT_BITS 22
#define CHANNELS 3

/* The weights of one pass: row i of weights holds n_taps[i] of them, from input sample first[i]. */
typedef struct {
  size_t stride; /* of weights: the largest number of taps */
  int *first;
  int *n_taps;
  gint32 *weights; /* [samples, stride] */
} Taps;

static double
filter_value (GuiseResizeFilter filter, double x)
{
  const double a = -0.5;

  x = fabs (x);
  if (filter == GUISE_FILTER_BILINEAR)
    return x < 1 ? 1 - x : 0;
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

static gint32
fix_weight (double weight)
{
  return (gint32)((weight < 0 ? -0.5 : 0.5) + weight * (1 << WEIGHT_BITS));
}

static void
taps_init (Taps *taps, size_t n_input, size_t n_output, GuiseResizeFilter filter)
{
  double scale = (double)n_input / n_output, stretch = MAX (scale, 1);
  double support = stretch * (filter == GUISE_FILTER_BILINEAR ? 1 : 2), shrink = 1 / stretch;
  g_autofree double *exact = NULL;

  taps->stride = (size_t)ceil (support) * 2 + 1;
  taps->first = g_new (int, n_output);
  taps->n_taps = g_new (int, n_output);
  taps->weights = g_new0 (gint32, n_output * taps->stride);
  exact = g_new (double, taps->stride);
  for (size_t i = 0; i < n_output; i++) {
    double centre = (i + 0.5) * scale, sum = 0;
    int first = MAX ((int)(centre - support + 0.5), 0);
    int n_taps = MIN ((int)(centre + support + 0.5), (int)n_input) - first;

    for (int k = 0; k < n_taps; k++) {
      exact[k] = filter_value (filter, (k + first - centre + 0.5) * shrink);
      sum += exact[k];
    }
    for (int k = 0; k < n_taps; k++)
      taps->weights[i * taps->stride + k] = fix_weight (sum != 0 ? exact[k] / sum : exact[k]);
    taps->first[i] = first;
    taps->n_taps[i] = n_taps;
  }
}

static void
taps_clear (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->n_taps);
  g_free (taps->weights);
}

static inline guint8
clip_sample (gint32 sum)
{
  return CLAMP (sum >> WEIGHT_BITS, 0, 255);
}

/* One row: input [n, 3] to output [n_output, 3]. */
static void
resample_row (guint8 *output, const guint8 *input, size_t n_output, const Taps *taps)
{
  for (size_t i = 0; i < n_output; i++) {
    const guint8 *pixel = input + CHANNELS * (size_t)taps->first[i];
    const gint32 *weights = taps->weights + i * taps->stride;
    gint32 red = 1 << (WEIGHT_BITS - 1), green = red, blue = red;

    for (int k = 0; k < taps->n_taps[i]; k++, pixel += CHANNELS) {
      red += pixel[0] * weights[k];
      green += pixel[1] * weights[k];
      blue += pixel[2] * weights[k];
    }
    output[CHANNELS * i] = clip_sample (red);
    output[CHANNELS * i + 1] = clip_sample (green);
    output[CHANNELS * i + 2] = clip_sample (blue);
  }
}

/* One output row out of the n_taps rows that begin at input; sums is room for n_samples. */
static void
blend_rows (guint8 *restrict output, const guint8 *restrict input, gint32 *restrict sums,
            size_t n_samples, const gint32 *weights, int n_taps)
{
  for (size_t j = 0; j < n_samples; j++)
    sums[j] = 1 << (WEIGHT_BITS - 1);
  for (int k = 0; k < n_taps; k++, input += n_samples) {
    gint32 weight = weights[k];

    for (size_t j = 0; j < n_samples; j++)
      sums[j] += input[j] * weight;
  }
  for (size_t j = 0; j < n_samples; j++)
    output[j] = clip_sample (sums[j]);
}

static void
resample_columns (guint8 *output, const guint8 *input, size_t width, size_t n_input,
                  size_t n_output, GuiseResizeFilter filter)
{
  size_t stride = CHANNELS * width;
  g_autofree gint32 *sums = g_new (gint32, stride);
  Taps taps;

  taps_init (&taps, n_input, n_output, filter);
  for (size_t i = 0; i < n_output; i++)
    blend_rows (output + i * stride, input + taps.first[i] * stride, sums, stride,
                taps.weights + i * taps.stride, taps.n_taps[i]);
  taps_clear (&taps);
}

static void
resample_rows (guint8 *output, const guint8 *input, size_t n_input, size_t n_output, size_t height,
               GuiseResizeFilter filter)
{
  Taps taps;

  taps_init (&taps, n_input, n_output, filter);
  for (size_t y = 0; y < height; y++)
    resample_row (output + y * CHANNELS * n_output, input + y * CHANNELS * n_input, n_output,
                  &taps);
  taps_clear (&taps);
}

void
guise_resize_rgb (guint8 *output, const guint8 *input, size_t width, size_t height,
                  size_t new_width, size_t new_height, GuiseResizeFilter filter)
{
  g_autofree guint8 *between = NULL;

  if (new_width == width && new_height == height) {
    memcpy (output, input, CHANNELS * width * height);
  } else if (new_width == width) {
    resample_columns (output, input, width, height, new_height, filter);
  } else if (new_height == height) {
    resample_rows (output, input, width, new_width, height, filter);
  } else {
    between = g_malloc (CHANNELS * new_width * height);
    resample_rows (between, input, width, new_width, height, filter);
    resample_columns (output, between, new_width, height, new_height, filter);
  }
}

GuiseImage *
guise_image_resize (GuiseImage *image, size_t width, size_t height, GuiseResizeFilter filter)
{
  size_t old_width = guise_image_get_width (image), old_height = guise_image_get_height (image);
  guint8 *pixels;

  g_return_val_if_fail (width > 0 && width <= GUISE_IMAGE_MAX_SIDE, NULL);
  g_return_val_if_fail (height > 0 && height <= GUISE_IMAGE_MAX_SIDE, NULL);
  if (width == old_width && height == old_height)
    return guise_image_ref (image);
  pixels = g_malloc (CHANNELS * width * height);
  guise_resize_rgb (pixels, guise_image_get_pixels (image), old_width, old_height, width, height,
                    filter);
  return guise_image_new_take (pixels, width, height);
}
