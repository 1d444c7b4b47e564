#include "guise-demo-scene.h"

#include "guise-demo.h"

#define WIDTH GUISE_DEMO_WIDTH
#define HEIGHT GUISE_DEMO_HEIGHT

static GuiseDemoRgb
rgb (guint8 r, guint8 g, guint8 b)
{
  return (GuiseDemoRgb){ r / 255.0, g / 255.0, b / 255.0 };
}

static void
box (cairo_t *cr, GuiseDemoRgb colour, double x, double y, double w, double h)
{
  guise_demo_set (cr, colour, 1);
  cairo_rectangle (cr, x, y, w, h);
  cairo_fill (cr);
}

static void
fade (cairo_t *cr, GuiseDemoRgb top, GuiseDemoRgb bottom, double y0, double y1)
{
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, y0, 0, y1);

  cairo_pattern_add_color_stop_rgb (pattern, 0, top.r, top.g, top.b);
  cairo_pattern_add_color_stop_rgb (pattern, 1, bottom.r, bottom.g, bottom.b);
  cairo_set_source (cr, pattern);
  cairo_rectangle (cr, 0, y0, WIDTH, y1 - y0);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
}

/* Slabs that run together towards the horizon. */
static void
slabs (cairo_t *cr, GuiseDemoRgb colour, double horizon, double offset)
{
  guise_demo_set (cr, guise_demo_tint (colour, 0.8), 0.7);
  for (int i = -4; i <= 8; i++)
    guise_demo_line (cr, 32 + (i * 12 - 24) * 0.5 + offset, horizon,
                     32 + (i * 12 - 24) * 1.8 + offset * 2, HEIGHT, 0.8);
  for (double y = horizon + 4, step = 5; y < HEIGHT; y += step, step *= 1.5)
    guise_demo_line (cr, 0, y, WIDTH, y, 0.8);
}

static void
brick_wall (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb wall = guise_demo_jitter (rgb (176, 158, 146), random, 0.04);
  GuiseDemoRgb ground = guise_demo_jitter (rgb (168, 167, 164), random, 0.04);

  box (cr, wall, 0, 0, WIDTH, horizon);
  guise_demo_set (cr, guise_demo_tint (wall, 0.86), 1);
  for (int row = 0; row * 5 < horizon; row++) {
    guise_demo_line (cr, 0, row * 5, WIDTH, row * 5, 0.7);
    for (int i = -1; i < 7; i++)
      guise_demo_line (cr, i * 11 + (row % 2) * 5.5 + offset, row * 5,
                       i * 11 + (row % 2) * 5.5 + offset, row * 5 + 5, 0.7);
  }
  fade (cr, guise_demo_tint (ground, 0.85), ground, horizon, HEIGHT);
  slabs (cr, ground, horizon, offset);
}

static void
shop_front (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb frame = guise_demo_jitter (rgb (150, 152, 158), random, 0.04);
  GuiseDemoRgb glass = guise_demo_jitter (rgb (188, 200, 206), random, 0.04);
  GuiseDemoRgb ground = guise_demo_jitter (rgb (182, 176, 168), random, 0.04);

  box (cr, frame, 0, 0, WIDTH, horizon);
  box (cr, guise_demo_tint (frame, 0.7), 0, 12, WIDTH, 7);
  for (int i = -1; i < 3; i++) {
    double x = i * 30 + offset * 2;

    box (cr, glass, x, 23, 26, horizon - 31);
    box (cr, guise_demo_tint (glass, 1.35), x + 3, 27, 6, horizon - 42);
    box (cr, guise_demo_tint (glass, 0.84), x + 13, horizon - 28, 9, 18);
  }
  fade (cr, guise_demo_tint (ground, 0.9), ground, horizon, HEIGHT);
  slabs (cr, ground, horizon, offset);
}

static void
park (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb leaves = guise_demo_jitter (rgb (146, 162, 132), random, 0.04);
  GuiseDemoRgb path = guise_demo_jitter (rgb (190, 182, 166), random, 0.04);

  fade (cr, rgb (206, 214, 218), rgb (190, 200, 196), 0, horizon);
  for (int i = -1; i < 5; i++) {
    double x = i * 18 + offset * 2, r = guise_demo_random_between (random, 11, 17);

    box (cr, rgb (132, 120, 108), x - 1.5, 40, 3, horizon - 40);
    guise_demo_set (cr, guise_demo_tint (leaves, guise_demo_random_between (random, 0.86, 1.12)),
                    1);
    guise_demo_ellipse (cr, x, guise_demo_random_between (random, 24, 40), r, r * 1.2);
    cairo_fill (cr);
  }
  box (cr, guise_demo_tint (leaves, 0.9), 0, horizon - 16, WIDTH, 16);
  box (cr, guise_demo_tint (leaves, 1.1), 0, horizon, WIDTH, HEIGHT - horizon);
  guise_demo_set (cr, path, 1);
  cairo_move_to (cr, 22 + offset, horizon);
  cairo_line_to (cr, 42 + offset, horizon);
  cairo_line_to (cr, 78, HEIGHT);
  cairo_line_to (cr, -14, HEIGHT);
  cairo_fill (cr);
}

static void
station_hall (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb wall = guise_demo_jitter (rgb (202, 200, 190), random, 0.03);
  GuiseDemoRgb ground = guise_demo_jitter (rgb (176, 178, 182), random, 0.03);

  fade (cr, guise_demo_tint (wall, 0.9), wall, 0, horizon);
  guise_demo_set (cr, guise_demo_tint (wall, 0.88), 1);
  for (double y = 3; y < horizon; y += 9)
    guise_demo_line (cr, 0, y, WIDTH, y, 0.7);
  box (cr, rgb (112, 120, 134), 0, 16, WIDTH, 5);
  for (int i = -1; i < 3; i++) {
    double x = i * 34 + offset * 2.4;

    box (cr, guise_demo_tint (wall, 0.78), x, 0, 8, horizon + 3);
    box (cr, guise_demo_tint (wall, 1.2), x + 1.5, 0, 2, horizon + 3);
  }
  fade (cr, guise_demo_tint (ground, 1.15), ground, horizon, HEIGHT);
  slabs (cr, ground, horizon, offset);
}

static void
garage (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb wall = guise_demo_jitter (rgb (152, 156, 156), random, 0.03);
  GuiseDemoRgb ground = guise_demo_jitter (rgb (142, 142, 142), random, 0.03);
  GuiseDemoRgb car = guise_demo_jitter (rgb (164, 168, 176), random, 0.08);
  double x = offset * 2.5 + (guise_demo_random_chance (random, 50) ? -26 : 26);

  fade (cr, guise_demo_tint (wall, 0.75), wall, 0, horizon);
  box (cr, guise_demo_tint (wall, 1.3), 0, horizon - 24, WIDTH, 4);
  for (int i = -1; i < 4; i++)
    box (cr, guise_demo_tint (wall, 0.84), i * 24 + offset, 0, 6, horizon);
  box (cr, ground, 0, horizon, WIDTH, HEIGHT - horizon);
  guise_demo_set (cr, rgb (212, 210, 196), 0.9);
  guise_demo_line (cr, 6 + offset, horizon, -10 + offset, HEIGHT, 1.6);
  guise_demo_line (cr, 52 + offset, horizon, 70 + offset, HEIGHT, 1.6);
  guise_demo_set (cr, car, 1);
  guise_demo_ellipse (cr, x + 32, horizon - 12, 15, 11);
  cairo_fill (cr);
  box (cr, car, x + 10, horizon - 10, 44, 14);
  box (cr, guise_demo_tint (car, 0.55), x + 20, horizon - 19, 24, 7);
  box (cr, rgb (60, 60, 62), x + 13, horizon + 1, 8, 6);
  box (cr, rgb (60, 60, 62), x + 43, horizon + 1, 8, 6);
}

static void
road (cairo_t *cr, double horizon, double offset, GuiseDemoRandom *random)
{
  GuiseDemoRgb tar = guise_demo_jitter (rgb (150, 150, 154), random, 0.03);
  GuiseDemoRgb house = guise_demo_jitter (rgb (190, 180, 168), random, 0.05);

  fade (cr, rgb (200, 210, 220), rgb (216, 218, 218), 0, horizon);
  for (int i = -1; i < 4; i++) {
    double top = guise_demo_random_between (random, 4, 34), x = i * 22 + offset * 2;

    box (cr, guise_demo_tint (house, guise_demo_random_between (random, 0.84, 1.14)), x, top, 21,
         horizon - top);
    for (int row = 0; top + 8 + row * 13 < horizon - 8; row++)
      for (int column = 0; column < 2; column++)
        box (cr, rgb (140, 148, 158), x + 3.5 + column * 9, top + 5 + row * 13, 5, 7);
  }
  box (cr, guise_demo_tint (tar, 1.25), 0, horizon - 4, WIDTH, 6);
  box (cr, tar, 0, horizon + 2, WIDTH, HEIGHT - horizon);
  guise_demo_set (cr, rgb (224, 224, 220), 0.9);
  for (int i = 0; i < 4; i++)
    guise_demo_line (cr, i * 20 + offset, HEIGHT - 14, i * 20 + 11 + offset, HEIGHT - 15, 2.2);
}

/* Passers-by and posts far behind, grey and dim. */
static void
clutter (cairo_t *cr, double horizon, GuiseDemoRandom *random)
{
  guint n = guise_demo_random_below (random, 3);

  for (guint i = 0; i < n; i++) {
    double x = guise_demo_random_chance (random, 50) ? guise_demo_random_between (random, 0, 14)
                                                     : guise_demo_random_between (random, 50, 64);
    GuiseDemoRgb grey = guise_demo_jitter (rgb (128, 130, 134), random, 0.09);
    double height = guise_demo_random_between (random, 26, 40);

    if (guise_demo_random_chance (random, 40)) {
      box (cr, guise_demo_tint (grey, 0.8), x, 0, 2.5, horizon + 4);
      continue;
    }
    guise_demo_set (cr, grey, 0.9);
    guise_demo_ellipse (cr, x, horizon + 4 - height, 2.6, 3.2);
    guise_demo_ellipse (cr, x, horizon + 4 - height * 0.62, 4.6, height * 0.28);
    cairo_fill (cr);
    box (cr, guise_demo_tint (grey, 0.75), x - 3, horizon + 4 - height * 0.42, 6, height * 0.42);
  }
}

void
guise_demo_paint_background (cairo_t *cr, const GuiseDemoImage *image, GuiseDemoRandom *random)
{
  static void (*const places[GUISE_DEMO_N_CAMERAS]) (cairo_t *, double, double, GuiseDemoRandom *)
      = { brick_wall, shop_front, park, station_hall, garage, road };
  double horizon = guise_demo_random_between (random, 84, 96);
  double offset = guise_demo_random_between (random, -9, 9);
  cairo_surface_t *coarse = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  cairo_t *own = cairo_create (coarse);

  places[image->camera](own, horizon, offset, random);
  clutter (own, horizon, random);
  cairo_destroy (own);
  /* enlarging a coarse picture makes the soft distance behind a sharp person */
  cairo_set_source_surface (cr, coarse, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_BILINEAR);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_surface_destroy (coarse);
}

/* -- in front of the person -- */

static void
low_occluder (cairo_t *cr, double ground, guint camera, GuiseDemoRandom *random)
{
  double top = ground - guise_demo_random_between (random, 14, 19);
  GuiseDemoRgb stone = guise_demo_jitter (rgb (138, 138, 136), random, 0.05);
  GuiseDemoRgb leaves = guise_demo_jitter (rgb (98, 118, 88), random, 0.05);

  if (camera == 2 || camera == 0) {
    box (cr, leaves, 0, top + 2, WIDTH, HEIGHT);
    for (int i = 0; i < 14; i++) {
      double x = i * 5 + guise_demo_random_between (random, -2, 2);
      double y = top + guise_demo_random_between (random, 1, 5);
      double shade = guise_demo_random_between (random, 0.8, 1.15);

      guise_demo_ellipse (cr, x, y, 3.6, 3);
      guise_demo_set (cr, guise_demo_tint (leaves, shade), 1);
      cairo_fill (cr);
    }
    return;
  }
  box (cr, stone, 0, top, WIDTH, HEIGHT);
  box (cr, guise_demo_tint (stone, 1.25), 0, top, WIDTH, 3);
  box (cr, guise_demo_tint (stone, 0.7), 0, top + 3, WIDTH, 1.2);
}

void
guise_demo_paint_occluder (cairo_t *cr, const GuiseDemoImage *image, double ground,
                           GuiseDemoRandom *random)
{
  double x = 32 + (image->pole_right ? 1 : -1) * guise_demo_random_between (random, 14, 17);
  double w = guise_demo_random_between (random, 6, 8);
  GuiseDemoRgb metal = guise_demo_jitter (rgb (120, 124, 128), random, 0.05);

  switch (image->occlusion) {
  case GUISE_DEMO_FEET_HIDDEN:
    low_occluder (cr, ground, image->camera, random);
    break;
  case GUISE_DEMO_SIDE_HIDDEN:
    cairo_rectangle (cr, x - w / 2, -2, w, HEIGHT + 4);
    guise_demo_fill_round (cr, metal, x - w / 2, x + w / 2);
    break;
  default:
    break;
  }
}
