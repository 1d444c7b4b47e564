/* Legs with what they wear, the upper garment, sleeves, collars, patterns and folds. */
#include "guise-demo-figure.h"

#include <math.h>

void
guise_demo_torso_path (const GuiseDemoFigure *f, double hem_y, double hem_w, double ease)
{
  cairo_t *cr = f->cr;
  double nw = f->neck_w + 0.6, ny = f->neck_y, sx = f->shoulder_x, sy = f->shoulder_y;
  double sw = f->shoulder_w + ease, wx = f->waist_x, wy = f->waist_y, ww = f->waist_w + ease;
  double hy = f->hip_y, hw = f->hip_w + ease;

  cairo_move_to (cr, f->neck_x - nw, ny - 0.5);
  cairo_curve_to (cr, f->neck_x - nw - 1, ny + 0.8, sx - sw * 0.9, sy - 1, sx - sw, sy + 3);
  cairo_curve_to (cr, sx - sw, sy + 8, wx - ww, wy - 6, wx - ww, wy);
  cairo_curve_to (cr, wx - ww, wy + 3, -hw, hy - 5, -hw, hy);
  cairo_line_to (cr, -hem_w, hem_y);
  cairo_curve_to (cr, -hem_w * 0.4, hem_y + 1.2, hem_w * 0.4, hem_y + 1.2, hem_w, hem_y);
  cairo_line_to (cr, hw, hy);
  cairo_curve_to (cr, hw, hy - 5, wx + ww, wy + 3, wx + ww, wy);
  cairo_curve_to (cr, wx + ww, wy - 6, sx + sw, sy + 8, sx + sw, sy + 3);
  cairo_curve_to (cr, sx + sw * 0.9, sy - 1, f->neck_x + nw + 1, ny + 0.8, f->neck_x + nw,
                  ny - 0.5);
  cairo_close_path (cr);
}

/* -- legs -- */

static void
paint_leg (GuiseDemoFigure *f, guint i, GuiseDemoRgb colour, double down_to, double ease)
{
  GuiseDemoJoint joints[3] = { f->legs[i][0], f->legs[i][1], f->legs[i][2] };
  guint n = 3;

  if (down_to <= 1) {
    joints[1] = guise_demo_between (joints[0], joints[1], down_to);
    n = 2;
  } else {
    joints[2] = guise_demo_between (joints[1], joints[2], down_to - 1);
  }
  for (guint j = 0; j < n; j++)
    joints[j].radius += ease;
  guise_demo_limb (f->cr, joints, n, colour);
}

static void
paint_crease (GuiseDemoFigure *f, guint i, GuiseDemoRgb colour, double alpha, double dx)
{
  guise_demo_set (f->cr, colour, alpha);
  cairo_set_line_width (f->cr, 0.9);
  cairo_move_to (f->cr, f->legs[i][0].x + dx, f->legs[i][0].y + 6);
  cairo_line_to (f->cr, f->legs[i][1].x + dx, f->legs[i][1].y);
  cairo_line_to (f->cr, f->legs[i][2].x + dx * 0.6, f->legs[i][2].y);
  cairo_stroke (f->cr);
}

static void
paint_trousers (GuiseDemoFigure *f)
{
  gboolean jeans = f->value[GUISE_DEMO_LOWER_TYPE] == GUISE_DEMO_JEANS;
  GuiseDemoRgb dark = guise_demo_tint (f->lower, 0.45), pale = guise_demo_tint (f->lower, 1.4);

  for (guint i = 0; i < 2; i++) {
    const GuiseDemoJoint *leg = f->legs[i];

    paint_leg (f, i, f->lower, 2, jeans ? 0 : 0.5);
    if (jeans) {
      guise_demo_set (f->cr, pale, 0.6);
      guise_demo_ellipse (f->cr, leg[0].x * 0.7 + leg[1].x * 0.3, leg[0].y * 0.6 + leg[1].y * 0.4,
                          1.5, 6);
      cairo_fill (f->cr);
      paint_crease (f, i, pale, 0.55, leg[0].x > 0 ? leg[1].radius * 0.75 : -leg[1].radius * 0.75);
      guise_demo_set (f->cr, pale, 0.9);
      guise_demo_line (f->cr, leg[2].x - leg[2].radius, leg[2].y - 1, leg[2].x + leg[2].radius,
                       leg[2].y - 1, 3);
    } else {
      paint_crease (f, i, dark, 0.4, 0);
    }
    guise_demo_set (f->cr, dark, 0.35);
    guise_demo_line (f->cr, leg[1].x - 2.4, leg[1].y + 1, leg[1].x + 2, leg[1].y + 2.2, 0.7);
  }
}

static void
paint_skirt (GuiseDemoFigure *f)
{
  double top = f->waist_y + 2, bottom = f->hip_y * 0.48, w = f->hip_w, hem = w + 3.2;

  cairo_move_to (f->cr, -f->waist_w, top);
  cairo_curve_to (f->cr, -w, f->hip_y - 4, -w - 0.6, f->hip_y, -hem, bottom);
  cairo_curve_to (f->cr, -hem * 0.4, bottom + 1.8, hem * 0.4, bottom + 1.8, hem, bottom);
  cairo_curve_to (f->cr, w + 0.6, f->hip_y, w, f->hip_y - 4, f->waist_w, top);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->lower, -hem, hem);
  guise_demo_set (f->cr, guise_demo_tint (f->lower, 0.5), 0.45);
  for (int i = -1; i <= 1; i++)
    guise_demo_line (f->cr, i * w * 0.42, f->hip_y + 2, i * hem * 0.6, bottom, 0.8);
}

void
guise_demo_paint_legs (GuiseDemoFigure *f)
{
  guint8 type = f->value[GUISE_DEMO_LOWER_TYPE];
  gboolean bare
      = type == GUISE_DEMO_SHORTS || type == GUISE_DEMO_SKIRT || type == GUISE_DEMO_LOWER_NONE;

  if (bare) {
    for (guint i = 0; i < 2; i++) {
      GuiseDemoJoint calf[3] = { f->legs[i][0], f->legs[i][1], f->legs[i][2] };

      calf[0].radius *= 0.7;
      calf[1].radius *= 0.8;
      calf[2].radius *= 0.75;
      guise_demo_limb (f->cr, calf, 3, f->skin);
    }
  }
  guise_demo_paint_shoe (f, 0);
  guise_demo_paint_shoe (f, 1);
  if (type == GUISE_DEMO_SHORTS) {
    paint_leg (f, 0, f->lower, 0.86, 0.7);
    paint_leg (f, 1, f->lower, 0.86, 0.7);
  } else if (type == GUISE_DEMO_SKIRT) {
    paint_skirt (f);
  } else if (!bare) {
    paint_trousers (f);
  }
}

/* -- patterns and folds -- */

static void
paint_pattern (GuiseDemoFigure *f, double top, double bottom)
{
  GuiseDemoRandom random = f->clothes;
  double period = guise_demo_random_between (&random, 5.6, 6.6);

  if (f->value[GUISE_DEMO_UPPER_PATTERN] == GUISE_DEMO_PLAIN)
    return;
  if (f->value[GUISE_DEMO_UPPER_PATTERN] == GUISE_DEMO_STRIPED) {
    guise_demo_set (f->cr, f->second, 0.88);
    for (double y = top; y < bottom; y += period)
      guise_demo_line (f->cr, -40, y, 40, y, period * 0.42);
    return;
  }
  guise_demo_set (f->cr, f->second, 0.5);
  for (double y = top; y < bottom; y += period)
    guise_demo_line (f->cr, -40, y, 40, y, period * 0.36);
  for (double x = -36; x < 40; x += period)
    guise_demo_line (f->cr, x, top - 3, x, bottom, period * 0.36);
}

static void
paint_folds (GuiseDemoFigure *f, double bottom)
{
  GuiseDemoRgb dark = guise_demo_tint (f->upper, 0.45), light = guise_demo_tint (f->upper, 1.35);
  double w = f->waist_w, y = f->waist_y;

  guise_demo_set (f->cr, dark, 0.3);
  guise_demo_line (f->cr, f->waist_x - w, y - 1, f->waist_x - w * 0.3, y + 1.5, 0.8);
  guise_demo_line (f->cr, f->waist_x + w, y - 2.5, f->waist_x + w * 0.35, y + 0.5, 0.8);
  guise_demo_line (f->cr, -w * 0.8, bottom - 2, -w * 0.2, bottom - 4, 0.8);
  guise_demo_set (f->cr, light, 0.35);
  guise_demo_line (f->cr, f->waist_x - w, y + 0.2, f->waist_x - w * 0.3, y + 2.7, 0.7);
  if (f->woman && !f->back) {
    double by = f->shoulder_y + (f->waist_y - f->shoulder_y) * 0.58, bx = f->shoulder_w * 0.42;

    guise_demo_set (f->cr, dark, 0.42);
    cairo_set_line_width (f->cr, 1.1);
    for (int side = -1; side <= 1; side += 2) {
      cairo_new_sub_path (f->cr);
      cairo_arc (f->cr, f->shoulder_x + side * bx, by - 2.4, 3.4, 0.15 * G_PI, 0.85 * G_PI);
      cairo_stroke (f->cr);
    }
  }
}

/* -- the upper garment -- */

typedef struct {
  double hem_y, hem_w, ease, sleeve; /* sleeve: 0 .. 1 upper arm, 1 .. 2 forearm */
} Cut;

static Cut
cut_of (const GuiseDemoFigure *f)
{
  double knee = f->hip_y * 0.5;

  switch (f->value[GUISE_DEMO_UPPER_TYPE]) {
  case GUISE_DEMO_T_SHIRT:
    return (Cut){ f->hip_y + 1.5, f->hip_w + 0.4, 0.2, 0.62 };
  case GUISE_DEMO_SHIRT:
    return (Cut){ f->hip_y + 3.5, f->hip_w + 0.8, 0.4, 1.92 };
  case GUISE_DEMO_JUMPER:
    return (Cut){ f->hip_y + 1.5, f->hip_w + 0.2, 0.8, 1.9 };
  case GUISE_DEMO_HOODIE:
    return (Cut){ f->hip_y + 2.5, f->hip_w + 0.8, 1.3, 1.9 };
  case GUISE_DEMO_JACKET:
    return (Cut){ f->hip_y - 0.5, f->hip_w + 0.6, 1.4, 1.9 };
  case GUISE_DEMO_COAT:
    return (Cut){ knee + 1, f->hip_w + 3, 1.7, 1.9 };
  default:
    return (Cut){ knee + 2, f->hip_w + 5.5, 0.2, 0.5 };
  }
}

void
guise_demo_paint_upper (GuiseDemoFigure *f)
{
  Cut cut = cut_of (f);
  double half = MAX (MAX (f->shoulder_w, f->hip_w), f->waist_w) + cut.ease;
  cairo_path_t *path;

  guise_demo_torso_path (f, cut.hem_y, cut.hem_w, cut.ease);
  path = cairo_copy_path (f->cr);
  guise_demo_fill_round_preserve (f->cr, f->upper, f->waist_x * 0.5 - half, f->waist_x + half);
  cairo_save (f->cr);
  cairo_clip (f->cr);
  paint_pattern (f, f->neck_y + 2, cut.hem_y + 3);
  paint_folds (f, MIN (cut.hem_y, f->hip_y + 2));
  cairo_restore (f->cr);
  cairo_append_path (f->cr, path);
  guise_demo_edge (f->cr, f->upper);
  cairo_path_destroy (path);
}

/* -- sleeves -- */

static void
paint_sleeve (GuiseDemoFigure *f, guint i, const Cut *cut)
{
  GuiseDemoJoint joints[3] = { f->arms[i][0], f->arms[i][1], f->arms[i][2] };
  guint n = 3;

  if (cut->sleeve <= 1) {
    joints[1] = guise_demo_between (joints[0], joints[1], cut->sleeve);
    n = 2;
  } else {
    joints[2] = guise_demo_between (joints[1], joints[2], cut->sleeve - 1);
  }
  for (guint j = 0; j < n; j++)
    joints[j].radius += 0.35 + cut->ease * 0.35;
  guise_demo_limb (f->cr, joints, n, guise_demo_tint (f->upper, 0.93));
  cairo_save (f->cr);
  guise_demo_limb_path (f->cr, joints, n);
  cairo_clip (f->cr);
  paint_pattern (f, f->neck_y + 2, joints[n - 1].y + 4);
  cairo_restore (f->cr);
  guise_demo_set (f->cr, guise_demo_tint (f->upper, 0.5), 0.55);
  guise_demo_line (f->cr, joints[n - 1].x - joints[n - 1].radius, joints[n - 1].y,
                   joints[n - 1].x + joints[n - 1].radius, joints[n - 1].y, 0.8);
}

void
guise_demo_paint_arms (GuiseDemoFigure *f)
{
  Cut cut = cut_of (f);

  for (guint i = 0; i < 2; i++) {
    GuiseDemoJoint bare[3] = { f->arms[i][0], f->arms[i][1], f->arms[i][2] };
    GuiseDemoJoint hand = f->arms[i][2];

    hand.y += 1.6;
    guise_demo_limb (f->cr, &hand, 1, f->skin);
    if (cut.sleeve <= 1)
      guise_demo_limb (f->cr, bare, 3, f->skin);
    paint_sleeve (f, i, &cut);
  }
}

/* -- neck, collars, zips, pockets -- */

static void
paint_neck (GuiseDemoFigure *f, double depth, double width)
{
  cairo_t *cr = f->cr;
  double y = f->neck_y;

  cairo_move_to (cr, f->head_x - f->neck_w, f->head_y);
  cairo_line_to (cr, f->neck_x - f->neck_w, y - 0.6);
  cairo_curve_to (cr, f->neck_x - width, y + depth, f->neck_x + width, y + depth,
                  f->neck_x + f->neck_w, y - 0.6);
  cairo_line_to (cr, f->head_x + f->neck_w, f->head_y);
  cairo_close_path (cr);
  guise_demo_fill_round (cr, guise_demo_tint (f->skin, 0.84), f->neck_x - f->neck_w - 1,
                         f->neck_x + f->neck_w + 1);
}

static void
paint_band (GuiseDemoFigure *f, GuiseDemoRgb colour, double depth, double width, double thickness)
{
  guise_demo_set (f->cr, colour, 0.9);
  cairo_set_line_width (f->cr, thickness);
  cairo_move_to (f->cr, f->neck_x - f->neck_w - 0.4, f->neck_y - 0.4);
  cairo_curve_to (f->cr, f->neck_x - width, f->neck_y + depth, f->neck_x + width, f->neck_y + depth,
                  f->neck_x + f->neck_w + 0.4, f->neck_y - 0.4);
  cairo_stroke (f->cr);
}

static void
paint_flap (GuiseDemoFigure *f, int side, GuiseDemoRgb colour, double reach, double drop)
{
  cairo_move_to (f->cr, f->neck_x + side * (f->neck_w + 0.3), f->neck_y - 1.6);
  cairo_line_to (f->cr, f->neck_x + side * (f->neck_w + reach), f->neck_y + drop * 0.55);
  cairo_line_to (f->cr, f->neck_x + side * (f->neck_w + reach * 0.2), f->neck_y + drop);
  cairo_line_to (f->cr, f->neck_x + side * 0.4, f->neck_y + drop * 0.6);
  cairo_close_path (f->cr);
  guise_demo_fill_flat (f->cr, colour);
}

static void
paint_buttons (GuiseDemoFigure *f, double from, double to, double step)
{
  GuiseDemoRgb dark = guise_demo_tint (f->upper, 0.4), light = guise_demo_tint (f->upper, 1.6);

  guise_demo_set (f->cr, dark, 0.6);
  guise_demo_line (f->cr, f->neck_x * 0.8, from, 0, to, 0.7);
  for (double y = from + 2; y < to; y += step) {
    double x = f->neck_x * 0.8 * (to - y) / (to - from);

    guise_demo_set (f->cr, guise_demo_luminance (f->upper) > 0.5 ? dark : light, 1);
    guise_demo_ellipse (f->cr, x + 0.9, y, 0.75, 0.75);
    cairo_fill (f->cr);
  }
}

/* The open front of a jacket or coat: a wedge of the shirt below, and a lapel on either side. */
static void
paint_open_front (GuiseDemoFigure *f, double to)
{
  gboolean pale = guise_demo_luminance (f->upper) > 0.75;
  GuiseDemoRgb inner
      = pale ? (GuiseDemoRgb){ 0.25, 0.26, 0.3 } : (GuiseDemoRgb){ 0.93, 0.93, 0.91 };
  double w = f->neck_w + 1.4;

  cairo_move_to (f->cr, f->neck_x - w, f->neck_y);
  cairo_line_to (f->cr, f->waist_x - w * 0.3, to);
  cairo_line_to (f->cr, f->waist_x + w * 0.3, to);
  cairo_line_to (f->cr, f->neck_x + w, f->neck_y);
  cairo_close_path (f->cr);
  guise_demo_fill_flat (f->cr, inner);
  paint_flap (f, -1, guise_demo_tint (f->upper, 0.82), 3.4, (to - f->neck_y) * 0.62);
  paint_flap (f, 1, guise_demo_tint (f->upper, 0.72), 3.4, (to - f->neck_y) * 0.62);
}

static void
paint_hood (GuiseDemoFigure *f)
{
  GuiseDemoRgb dark = guise_demo_tint (f->upper, 0.7);
  double w = f->shoulder_w * 0.62;

  if (f->back) {
    cairo_move_to (f->cr, f->neck_x - w, f->neck_y - 1);
    cairo_curve_to (f->cr, f->neck_x - w - 1, f->neck_y + 12, f->neck_x + w + 1, f->neck_y + 12,
                    f->neck_x + w, f->neck_y - 1);
    cairo_close_path (f->cr);
    guise_demo_fill_round (f->cr, dark, f->neck_x - w, f->neck_x + w);
    return;
  }
  paint_band (f, dark, 4.5, w * 1.1, 3);
  guise_demo_set (f->cr, (GuiseDemoRgb){ 0.95, 0.95, 0.93 }, 0.9);
  guise_demo_line (f->cr, f->neck_x - 1.7, f->neck_y + 4, f->neck_x - 2, f->neck_y + 10, 0.8);
  guise_demo_line (f->cr, f->neck_x + 1.7, f->neck_y + 4, f->neck_x + 2, f->neck_y + 10, 0.8);
  cairo_move_to (f->cr, -f->waist_w * 0.62, f->hip_y);
  cairo_line_to (f->cr, -f->waist_w * 0.42, f->hip_y - 7);
  cairo_line_to (f->cr, f->waist_w * 0.42, f->hip_y - 7);
  cairo_line_to (f->cr, f->waist_w * 0.62, f->hip_y);
  cairo_close_path (f->cr);
  guise_demo_fill_flat (f->cr, guise_demo_tint (f->upper, 0.66));
}

static void
paint_hem_band (GuiseDemoFigure *f, double y, double w, double height)
{
  guise_demo_set (f->cr, guise_demo_tint (f->upper, 0.6), 0.8);
  guise_demo_line (f->cr, -w, y, w, y, height);
}

static void
paint_belt (GuiseDemoFigure *f)
{
  guise_demo_set (f->cr, guise_demo_tint (f->upper, 0.45), 0.9);
  guise_demo_line (f->cr, f->waist_x - f->waist_w, f->waist_y + 1, f->waist_x + f->waist_w,
                   f->waist_y + 1, 2);
}

static void
paint_pleats (GuiseDemoFigure *f)
{
  Cut cut = cut_of (f);

  guise_demo_set (f->cr, guise_demo_tint (f->upper, 0.5), 0.45);
  for (int i = -1; i <= 1; i++)
    guise_demo_line (f->cr, i * f->waist_w * 0.4, f->waist_y + 4, i * cut.hem_w * 0.6, cut.hem_y,
                     0.8);
}

/* What closes a jacket or a coat: lapels and buttons, or from behind the collar's back. */
static void
paint_closure (GuiseDemoFigure *f, double open_to, double hem_y, double step)
{
  if (f->back) {
    paint_band (f, guise_demo_tint (f->upper, 0.62), 1.5, f->neck_w + 1, 2.2);
    return;
  }
  paint_open_front (f, open_to);
  paint_buttons (f, open_to, hem_y, step);
}

static double
neckline_depth (const GuiseDemoFigure *f)
{
  if (f->back)
    return 0.6;
  return f->woman && f->value[GUISE_DEMO_UPPER_TYPE] != GUISE_DEMO_JUMPER ? 5 : 3.2;
}

void
guise_demo_paint_collar (GuiseDemoFigure *f)
{
  GuiseDemoRgb dark = guise_demo_tint (f->upper, 0.62), light = guise_demo_tint (f->upper, 1.25);
  double depth = neckline_depth (f);
  Cut cut = cut_of (f);

  paint_neck (f, depth, f->neck_w + 0.2);
  switch (f->value[GUISE_DEMO_UPPER_TYPE]) {
  case GUISE_DEMO_T_SHIRT:
    paint_band (f, dark, depth + 0.2, f->neck_w + 0.6, 1);
    break;
  case GUISE_DEMO_SHIRT:
    paint_flap (f, -1, light, 3.6, 6);
    paint_flap (f, 1, light, 3.6, 6);
    if (!f->back)
      paint_buttons (f, f->neck_y + 4, cut.hem_y, 5);
    break;
  case GUISE_DEMO_JUMPER:
    paint_band (f, dark, depth + 0.2, f->neck_w + 0.8, 3.4);
    paint_hem_band (f, cut.hem_y - 1.4, cut.hem_w, 4.2);
    break;
  case GUISE_DEMO_HOODIE:
    paint_hood (f);
    paint_hem_band (f, cut.hem_y - 0.8, cut.hem_w, 2);
    break;
  case GUISE_DEMO_JACKET:
    paint_closure (f, cut.hem_y, cut.hem_y + 1, 99);
    paint_hem_band (f, cut.hem_y - 0.6, cut.hem_w, 2.6);
    break;
  case GUISE_DEMO_COAT:
    paint_closure (f, f->waist_y - 3, cut.hem_y, 6);
    paint_belt (f);
    break;
  default:
    paint_belt (f);
    paint_pleats (f);
    break;
  }
}
