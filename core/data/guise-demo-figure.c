#include "guise-demo-figure.h"

#include <math.h>

/* How far the shades of one colour name lie apart: a navy and a sky blue are both blue. Upper
 * garments vary most, so their colour is the hardest to tell; the smaller things keep to theirs.
 */
#define UPPER_SHADES 0.05
#define SHADES 0.03

static const double build_widths[] = { 0.78, 1.0, 1.24 };
static const double build_waists[] = { 0.74, 1.0, 1.6 };
static const double build_hips[] = { 0.78, 1.0, 1.34 };
static const double build_limbs[] = { 0.76, 1.0, 1.3 };

static GuiseDemoRgb
skin_tone (GuiseDemoRandom *random)
{
  static const guint8 tones[][3] = {
    { 246, 214, 190 },
    { 236, 194, 162 },
    { 222, 174, 136 },
    { 196, 142, 104 },
    { 156, 104, 72 },
    { 112, 74, 52 },
  };
  const guint8 *tone = tones[guise_demo_random_below (random, G_N_ELEMENTS (tones))];
  GuiseDemoRgb c = { tone[0] / 255.0, tone[1] / 255.0, tone[2] / 255.0 };

  return guise_demo_jitter (c, random, 0.015);
}

static GuiseDemoRgb
hair_colour (guint8 colour, GuiseDemoRandom *random)
{
  static const guint8 tones[][3]
      = { { 26, 23, 24 }, { 98, 60, 34 }, { 228, 192, 104 }, { 190, 78, 26 }, { 190, 190, 194 } };
  GuiseDemoRgb c = { tones[colour][0] / 255.0, tones[colour][1] / 255.0, tones[colour][2] / 255.0 };

  return guise_demo_jitter (c, random, 0.03);
}

/* A pattern's second colour stands out from the first. */
static GuiseDemoRgb
second_colour (GuiseDemoRgb first)
{
  const GuiseDemoRgb light = { 0.95, 0.95, 0.92 }, dark = { 0.13, 0.13, 0.17 };

  return guise_demo_luminance (first) > 0.5 ? dark : light;
}

static void
set_colours (GuiseDemoFigure *figure, GuiseDemoRandom *person)
{
  const guint8 *value = figure->value;
  GuiseDemoRandom *random = &figure->clothes;

  figure->skin = skin_tone (person);
  figure->hair = hair_colour (value[GUISE_DEMO_HAIR_COLOUR], person);
  figure->upper = guise_demo_jitter (guise_demo_garment_colour (value[GUISE_DEMO_UPPER_COLOUR]),
                                     random, UPPER_SHADES);
  figure->second = second_colour (figure->upper);
  figure->lower = guise_demo_jitter (guise_demo_garment_colour (value[GUISE_DEMO_LOWER_COLOUR]),
                                     random, SHADES);
  figure->shoes = guise_demo_jitter (guise_demo_garment_colour (value[GUISE_DEMO_SHOES_COLOUR]),
                                     random, SHADES);
  figure->bag = guise_demo_jitter (guise_demo_garment_colour (value[GUISE_DEMO_BAG_COLOUR]), random,
                                   SHADES);
  figure->hat = guise_demo_jitter (guise_demo_garment_colour (value[GUISE_DEMO_HAT_COLOUR]), random,
                                   SHADES);
}

/* Heights along the body. The head hardly grows with the body, but the young have a larger one:
 * both height and age can be read from the proportions, whatever the picture's scale. */
static void
set_heights (GuiseDemoFigure *figure, GuiseDemoRandom *person)
{
  static const double statures[] = { 92, 102, 112 };
  static const double heads[] = { 11, 9.6, 9.0 };
  const guint8 *value = figure->value;
  gboolean stooped = value[GUISE_DEMO_POSTURE] == GUISE_DEMO_STOOPED;
  double lean = stooped ? 7 : 0, leg, top;

  figure->stature = statures[value[GUISE_DEMO_STATURE]] + guise_demo_random_between (person, -2, 2);
  figure->head_ry = heads[value[GUISE_DEMO_AGE]] + guise_demo_random_between (person, -0.2, 0.2);
  figure->head_rx = figure->head_ry * guise_demo_random_between (person, 0.7, 0.76)
                    * (value[GUISE_DEMO_BUILD] == GUISE_DEMO_STOUT ? 1.08 : 1);
  leg = figure->stature * (0.465 + 0.015 * (value[GUISE_DEMO_STATURE] - 1));
  top = -figure->stature + (stooped ? 6 : 0);
  figure->head_x = lean * 1.15;
  figure->head_y = top + figure->head_ry;
  figure->neck_x = lean * 0.8;
  figure->neck_y = figure->head_y + figure->head_ry + (stooped ? -1 : 1.6);
  figure->shoulder_x = lean * 0.62;
  figure->shoulder_y = figure->neck_y + 2.2;
  figure->hip_y = -leg - 1;
  figure->waist_x = lean * 0.15;
  figure->waist_y = figure->shoulder_y + 0.6 * (figure->hip_y - figure->shoulder_y);
}

static void
set_widths (GuiseDemoFigure *figure)
{
  guint build = figure->value[GUISE_DEMO_BUILD];
  double size = sqrt (figure->stature / 100);

  figure->shoulder_w = (figure->woman ? 8.4 : 12) * build_widths[build] * size;
  figure->waist_w = (figure->woman ? 5.8 : 8.8) * build_waists[build] * size;
  figure->hip_w = (figure->woman ? 9.8 : 8.1) * build_hips[build] * size;
  figure->neck_w = (figure->woman ? 2.3 : 3.3) * build_limbs[build];
}

static void
set_legs (GuiseDemoFigure *figure, GuiseDemoRandom *view)
{
  gboolean walking = figure->value[GUISE_DEMO_POSE] == GUISE_DEMO_WALKING;
  double stride = walking ? guise_demo_random_between (view, 3.5, 5.5) : 0;
  double limb = build_limbs[figure->value[GUISE_DEMO_BUILD]];
  guint raised = guise_demo_random_below (view, 2);

  for (guint i = 0; i < 2; i++) {
    double side = i == 0 ? -1 : 1, lift = walking && i == raised ? 3 : 0;
    double hip_x = side * figure->hip_w * 0.5, ankle_x = side * figure->hip_w * 0.44;

    ankle_x += i == raised ? -side * stride * 0.35 : side * stride * 0.7;
    figure->legs[i][0] = (GuiseDemoJoint){ hip_x, figure->hip_y + 1, figure->hip_w * 0.5 };
    figure->legs[i][2] = (GuiseDemoJoint){ ankle_x, -3.4 - lift, 2.5 * limb };
    figure->legs[i][1] = (GuiseDemoJoint){ (hip_x + ankle_x) / 2 + (lift > 0 ? side * 0.8 : 0),
                                           figure->hip_y * 0.5 - lift * 0.5, 3.5 * limb };
  }
}

static void
set_arms (GuiseDemoFigure *figure, GuiseDemoRandom *view)
{
  gboolean walking = figure->value[GUISE_DEMO_POSE] == GUISE_DEMO_WALKING;
  double limb = build_limbs[figure->value[GUISE_DEMO_BUILD]] * (figure->woman ? 0.86 : 1.05);
  double out = MAX (figure->shoulder_w, figure->waist_w + 1.5 * limb);
  guint forward = guise_demo_random_below (view, 2);

  for (guint i = 0; i < 2; i++) {
    double side = i == 0 ? -1 : 1, swing = !walking ? 0 : i == forward ? 1
                                                                       : -0.7;
    double x = figure->shoulder_x + side * (figure->shoulder_w - 2 * limb);
    double elbow_x = figure->waist_x * 1.6 + side * (out + 1.6);

    figure->arms[i][0] = (GuiseDemoJoint){ x, figure->shoulder_y + 2.4 * limb, 3.0 * limb };
    figure->arms[i][1]
        = (GuiseDemoJoint){ elbow_x, figure->waist_y - 1.5 - MAX (swing, 0), 2.5 * limb };
    figure->arms[i][2] = (GuiseDemoJoint){ elbow_x + side * (0.4 - 2.4 * MAX (swing, 0)),
                                           figure->hip_y + 4 - 3.5 * fabs (swing), 1.8 * limb };
  }
}

void
guise_demo_figure_init (GuiseDemoFigure *figure, cairo_t *cr, const GuiseDemoCast *cast, guint i)
{
  const GuiseDemoImage *image = &g_array_index (cast->images, GuiseDemoImage, i);
  GuiseDemoRandom person
      = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_FIGURE, image->person, 0);
  GuiseDemoRandom view = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_FIGURE, i, 1);

  *figure = (GuiseDemoFigure){
    .cr = cr,
    .value = image->value,
    .woman = image->value[GUISE_DEMO_GENDER] == GUISE_DEMO_WOMAN,
    .back = image->value[GUISE_DEMO_FACING] == GUISE_DEMO_BACK,
    .clothes = guise_demo_random (cast->seed, GUISE_DEMO_STREAM_CLOTHES, image->outfit, 0),
    .bag_right = guise_demo_bag_is_right (image) != image->mirrored,
  };
  set_colours (figure, &person);
  set_heights (figure, &person);
  set_widths (figure);
  set_legs (figure, &view);
  set_arms (figure, &view);
  figure->turn = guise_demo_random_between (&view, 0, 1);
}

static void
paint_shadow (GuiseDemoFigure *figure)
{
  cairo_pattern_t *pattern = cairo_pattern_create_radial (0, 0, 0, 0, 0, 1);

  cairo_pattern_add_color_stop_rgba (pattern, 0, 0, 0, 0, 0.5);
  cairo_pattern_add_color_stop_rgba (pattern, 0.6, 0, 0, 0, 0.3);
  cairo_pattern_add_color_stop_rgba (pattern, 1, 0, 0, 0, 0);
  cairo_save (figure->cr);
  cairo_translate (figure->cr, 3, -0.8);
  cairo_scale (figure->cr, 18, 3.6);
  cairo_set_source (figure->cr, pattern);
  cairo_rectangle (figure->cr, -1, -1, 2, 2);
  cairo_fill (figure->cr);
  cairo_restore (figure->cr);
  cairo_pattern_destroy (pattern);
}

void
guise_demo_figure_paint (GuiseDemoFigure *figure)
{
  paint_shadow (figure);
  if (!figure->back) {
    guise_demo_paint_hair_behind (figure);
    guise_demo_paint_bag_behind (figure);
  }
  guise_demo_paint_legs (figure);
  guise_demo_paint_upper (figure);
  guise_demo_paint_arms (figure);
  guise_demo_paint_collar (figure);
  if (figure->back)
    guise_demo_paint_bag_behind (figure);
  guise_demo_paint_bag_before (figure);
  guise_demo_paint_cane (figure);
  guise_demo_paint_head (figure);
  if (figure->back)
    guise_demo_paint_hair_behind (figure);
  guise_demo_paint_hat (figure);
}
