/* The lens and the sensor, in whole numbers: the same pixels on every machine. */
#include "guise-demo-scene.h"
#include "guise-demo.h"

#include <string.h>

#define WIDTH GUISE_DEMO_WIDTH
#define HEIGHT GUISE_DEMO_HEIGHT

typedef struct {
  guint16 gain[3]; /* red, green, blue; 256 = as it is */
  gint8 lift;      /* added to every channel */
  guint8 n_blurs;  /* passes of the 3 × 3 binomial filter, at most */
  guint8 noise;    /* largest difference that noise makes */
} Camera;

static const Camera cameras[GUISE_DEMO_N_CAMERAS] = {
  { { 272, 256, 240 }, 4, 0, 2 }, /* warm */
  { { 242, 254, 274 }, 0, 0, 3 }, /* cold */
  { { 250, 266, 244 }, 4, 1, 2 }, /* green */
  { { 276, 258, 236 }, 0, 0, 3 }, /* street lamps */
  { { 234, 242, 246 }, -6, 1, 5 },
  { { 260, 252, 268 }, 8, 1, 2 }, /* hazy */
};

typedef guint8 Plane[HEIGHT][WIDTH][3];

enum {
  FACTOR = GUISE_DEMO_OVERSAMPLE,
  TAPS = 2 * FACTOR,
  TOTAL = FACTOR * (FACTOR + 1), /* of the weights 1 2 3 4 4 3 2 1 */
};

/* Filters one row of the canvas along x: sums of TOTAL weights. */
static void
shrink_row (const guint8 *data, guint32 (*out)[3])
{
  for (int x = 0; x < WIDTH; x++) {
    guint32 sum[3] = { 0 };

    for (int u = 0; u < TAPS; u++) {
      int sx = CLAMP (x * FACTOR - FACTOR / 2 + u, 0, WIDTH * FACTOR - 1);
      guint32 weight = u < FACTOR ? u + 1 : TAPS - u, pixel;

      memcpy (&pixel, data + (gsize)sx * 4, 4);
      sum[0] += weight * ((pixel >> 16) & 255);
      sum[1] += weight * ((pixel >> 8) & 255);
      sum[2] += weight * (pixel & 255);
    }
    memcpy (out[x], sum, sizeof sum);
  }
}

/* A triangular filter two finished pixels wide. */
static void
shrink (cairo_surface_t *canvas, Plane out)
{
  const guint8 *data = cairo_image_surface_get_data (canvas);
  int stride = cairo_image_surface_get_stride (canvas);
  g_autofree guint32 *memory = g_new (guint32, (gsize)HEIGHT * FACTOR * WIDTH * 3);
  guint32 (*rows)[WIDTH][3] = (guint32 (*)[WIDTH][3])memory;

  for (int y = 0; y < HEIGHT * FACTOR; y++)
    shrink_row (data + (gsize)y * stride, rows[y]);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) {
        guint32 sum = TOTAL * TOTAL / 2;

        for (int v = 0; v < TAPS; v++)
          sum += (v < FACTOR ? v + 1 : TAPS - v)
                 * rows[CLAMP (y * FACTOR - FACTOR / 2 + v, 0, HEIGHT * FACTOR - 1)][x][c];
        out[y][x][c] = sum / (TOTAL * TOTAL);
      }
}

static void
blur (Plane plane)
{
  static const guint8 weights[3] = { 1, 2, 1 };
  g_autofree guint8 *copy = g_memdup2 (plane, sizeof (Plane));
  guint8 (*from)[WIDTH][3] = (guint8 (*)[WIDTH][3])copy;

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int c = 0; c < 3; c++) {
        guint sum = 8;

        for (int v = -1; v <= 1; v++)
          for (int u = -1; u <= 1; u++)
            sum += weights[v + 1] * weights[u + 1]
                   * from[CLAMP (y + v, 0, HEIGHT - 1)][CLAMP (x + u, 0, WIDTH - 1)][c];
        plane[y][x][c] = sum / 16;
      }
}

static void
expose (Plane plane, const Camera *camera, int light, GuiseDemoRandom *noise)
{
  int spread = 2 * camera->noise + 1;

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      guint64 bits = guise_demo_random_bits (noise);
      /* two draws for brightness (a triangle), a small one for each colour */
      int grain = (int)(bits % spread + (bits >> 16) % spread) / 2 - camera->noise;

      for (int c = 0; c < 3; c++) {
        int tint = (int)((bits >> (32 + 4 * c)) % 5) - 2;
        int value
            = plane[y][x][c] * camera->gain[c] / 256 * light / 256 + camera->lift + grain + tint;

        plane[y][x][c] = CLAMP (value, 0, 255);
      }
    }
}

cairo_surface_t *
guise_demo_expose (cairo_surface_t *canvas, guint camera, GuiseDemoRandom *random,
                   GuiseDemoRandom *noise)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  g_autofree guint8 *memory = g_malloc (sizeof (Plane));
  guint8 (*plane)[WIDTH][3] = (guint8 (*)[WIDTH][3])memory;
  int light = 226 + (int)guise_demo_random_below (random, 52);
  guint n_blurs = guise_demo_random_below (random, cameras[camera].n_blurs + 1);
  guint8 *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);

  cairo_surface_flush (canvas);
  shrink (canvas, plane);
  for (guint i = 0; i < n_blurs; i++)
    blur (plane);
  expose (plane, &cameras[camera], light, noise);
  cairo_surface_flush (surface);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++) {
      guint32 pixel
          = ((guint32)plane[y][x][0] << 16) | ((guint32)plane[y][x][1] << 8) | plane[y][x][2];

      memcpy (data + (gsize)y * stride + (gsize)x * 4, &pixel, 4);
    }
  cairo_surface_mark_dirty (surface);
  return surface;
}
