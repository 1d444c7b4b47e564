/* The head: face, marks of age, glasses, beard, and hair in seven styles. */
#include "guise-demo-figure.h"

static void
face_path (GuiseDemoFigure *f)
{
  cairo_t *cr = f->cr;
  double x = f->head_x, y = f->head_y, rx = f->head_rx, ry = f->head_ry;
  double jaw = f->woman ? 0.5 : 0.78; /* how square the chin is */

  cairo_move_to (cr, x, y - ry);
  cairo_curve_to (cr, x + rx * 0.9, y - ry, x + rx * 1.06, y - ry * 0.35, x + rx, y + ry * 0.15);
  cairo_curve_to (cr, x + rx * 0.94, y + ry * 0.7, x + rx * jaw, y + ry, x, y + ry);
  cairo_curve_to (cr, x - rx * jaw, y + ry, x - rx * 0.94, y + ry * 0.7, x - rx, y + ry * 0.15);
  cairo_curve_to (cr, x - rx * 1.06, y - ry * 0.35, x - rx * 0.9, y - ry, x, y - ry);
  cairo_close_path (cr);
}

static void
paint_skull (GuiseDemoFigure *f)
{
  double x = f->head_x, y = f->head_y;

  for (int side = -1; side <= 1; side += 2) {
    guise_demo_ellipse (f->cr, x + side * f->head_rx, y + f->head_ry * 0.08, 1.2, 2);
    guise_demo_fill_flat (f->cr, guise_demo_tint (f->skin, 0.85));
  }
  face_path (f);
  guise_demo_fill_round (f->cr, f->skin, x - f->head_rx, x + f->head_rx * 1.1);
}

static void
paint_eyes (GuiseDemoFigure *f, double u)
{
  GuiseDemoRgb dark = { 0.1, 0.07, 0.07 };
  double x = f->head_x + f->turn * 1.1 * u, y = f->head_y - 0.2 * u;

  for (int side = -1; side <= 1; side += 2) {
    double ex = x + side * f->head_rx * 0.44;

    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.97, 0.97, 0.97 }, 0.9);
    guise_demo_ellipse (f->cr, ex, y, 1.35 * u, 0.8 * u);
    cairo_fill (f->cr);
    guise_demo_set (f->cr, dark, 1);
    guise_demo_ellipse (f->cr, ex, y, 0.72 * u, 0.8 * u);
    cairo_fill (f->cr);
    guise_demo_set (f->cr, guise_demo_blend (f->hair, dark, 0.45), 0.9);
    guise_demo_line (f->cr, ex - 1.5 * u, y - 1.9 * u, ex + 1.5 * u, y - 2.1 * u,
                     f->woman ? 0.6 : 1.1);
    if (f->woman) {
      guise_demo_set (f->cr, dark, 0.9);
      guise_demo_line (f->cr, ex - 1.5 * u, y - 0.8 * u, ex + 1.6 * u, y - 0.9 * u, 0.7);
    }
  }
}

static void
paint_nose_and_mouth (GuiseDemoFigure *f, double u)
{
  double x = f->head_x + f->turn * 1.4 * u, y = f->head_y + f->head_ry * 0.6;
  const GuiseDemoRgb lips = { 0.8, 0.12, 0.2 };

  guise_demo_set (f->cr, guise_demo_tint (f->skin, 0.55), 0.7);
  cairo_set_line_width (f->cr, 0.7);
  cairo_move_to (f->cr, x + 0.2 * u, f->head_y);
  cairo_line_to (f->cr, x + 0.9 * u, f->head_y + 2.3 * u);
  cairo_line_to (f->cr, x - 0.4 * u, f->head_y + 2.5 * u);
  cairo_stroke (f->cr);
  guise_demo_set (
      f->cr, f->woman ? lips : guise_demo_tint (guise_demo_blend (f->skin, lips, 0.35), 0.6), 1);
  if (f->woman) {
    guise_demo_ellipse (f->cr, x, y, 1.9 * u, 0.85 * u);
    cairo_fill (f->cr);
  } else {
    guise_demo_line (f->cr, x - 1.8 * u, y, x + 1.8 * u, y, 0.8);
  }
  if (f->value[GUISE_DEMO_AGE] == GUISE_DEMO_YOUNG) {
    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.95, 0.4, 0.4 }, 0.3);
    for (int side = -1; side <= 1; side += 2) {
      guise_demo_ellipse (f->cr, x + side * f->head_rx * 0.55, f->head_y + 2.2 * u, 1.6 * u,
                          1.2 * u);
      cairo_fill (f->cr);
    }
  }
}

/* Lines beside nose and mouth from the middle years on, forehead lines and sunken cheeks in old
 * age. */
static void
paint_age (GuiseDemoFigure *f, double u)
{
  gboolean elderly = f->value[GUISE_DEMO_AGE] == GUISE_DEMO_ELDERLY;
  double x = f->head_x + f->turn * 1.2 * u, y = f->head_y;

  if (f->value[GUISE_DEMO_AGE] == GUISE_DEMO_YOUNG)
    return;
  guise_demo_set (f->cr, guise_demo_tint (f->skin, 0.5), elderly ? 0.75 : 0.5);
  for (int side = -1; side <= 1; side += 2) {
    guise_demo_line (f->cr, x + side * 1.6 * u, y + 2.4 * u, x + side * 2.6 * u, y + 5 * u, 0.6);
    if (elderly)
      guise_demo_line (f->cr, x + side * 1.6 * u, y + 1.3 * u, x + side * 3.6 * u, y + 1.7 * u,
                       0.6);
  }
  if (elderly) {
    guise_demo_line (f->cr, x - 2.6 * u, y - 3.6 * u, x + 2.6 * u, y - 3.6 * u, 0.6);
    guise_demo_line (f->cr, x - 2.2 * u, y - 4.8 * u, x + 2.2 * u, y - 4.8 * u, 0.5);
  }
}

static void
paint_glasses (GuiseDemoFigure *f, double u)
{
  double x = f->head_x + f->turn * 1.1 * u, y = f->head_y, w = f->head_rx * 0.44;

  if (f->value[GUISE_DEMO_GLASSES] == 0)
    return;
  for (int side = -1; side <= 1; side += 2) {
    guise_demo_ellipse (f->cr, x + side * w, y, 2.1 * u, 1.75 * u);
    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.85, 0.93, 1 }, 0.5);
    cairo_fill_preserve (f->cr);
    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.05, 0.05, 0.07 }, 1);
    cairo_set_line_width (f->cr, 0.85);
    cairo_stroke (f->cr);
    guise_demo_line (f->cr, x + side * (w + 2 * u), y - 0.4, f->head_x + side * f->head_rx, y - 0.6,
                     0.9);
  }
  guise_demo_line (f->cr, x - w * 0.5, y - 0.2, x + w * 0.5, y - 0.2, 0.9);
}

static void
paint_beard (GuiseDemoFigure *f, double u)
{
  double x = f->head_x, rx = f->head_rx, ry = f->head_ry, y = f->head_y;
  double mx = x + f->turn * 1.4 * u, my = y + ry * 0.6;
  GuiseDemoRgb colour = guise_demo_tint (f->hair, 0.86);

  if (f->value[GUISE_DEMO_BEARD] == GUISE_DEMO_BEARD_NONE)
    return;
  if (f->value[GUISE_DEMO_BEARD] == GUISE_DEMO_MOUSTACHE) {
    cairo_move_to (f->cr, mx - 3.3 * u, my + 0.6 * u);
    cairo_curve_to (f->cr, mx - 2 * u, my - 2.4 * u, mx + 2 * u, my - 2.4 * u, mx + 3.3 * u,
                    my + 0.6 * u);
    cairo_curve_to (f->cr, mx + u, my - 0.6 * u, mx - u, my - 0.6 * u, mx - 3.3 * u, my + 0.6 * u);
    guise_demo_fill_flat (f->cr, colour);
    return;
  }
  cairo_move_to (f->cr, x - rx * 1.02, y + ry * 0.05);
  cairo_curve_to (f->cr, x - rx * 1.0, y + ry * 1.1, x - rx * 0.5, y + ry * 1.28, x, y + ry * 1.28);
  cairo_curve_to (f->cr, x + rx * 0.5, y + ry * 1.28, x + rx * 1.0, y + ry * 1.1, x + rx * 1.02,
                  y + ry * 0.05);
  cairo_curve_to (f->cr, x + rx * 0.8, y + ry * 0.5, mx + 2.6 * u, my - 1.9 * u, mx, my - 1.7 * u);
  cairo_curve_to (f->cr, mx - 2.6 * u, my - 1.9 * u, x - rx * 0.8, y + ry * 0.5, x - rx * 1.02,
                  y + ry * 0.05);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, colour, x - rx, x + rx);
  guise_demo_set (f->cr, (GuiseDemoRgb){ 0.62, 0.3, 0.28 }, 1);
  guise_demo_line (f->cr, mx - 1.5 * u, my + 0.2 * u, mx + 1.5 * u, my + 0.2 * u, 0.9);
}

/* -- hair -- */

static GuiseDemoRgb
hair_shade (const GuiseDemoFigure *f, double factor)
{
  return guise_demo_tint (f->hair, factor);
}

/* Strands along the skull, so that hair is not a flat patch. */
static void
paint_strands (GuiseDemoFigure *f, double top, double bottom, double w)
{
  for (int i = -3; i <= 3; i++) {
    guise_demo_set (f->cr, hair_shade (f, i % 2 ? 1.25 : 0.6), 0.4);
    cairo_set_line_width (f->cr, 0.55);
    cairo_move_to (f->cr, f->head_x + i * w * 0.12, top);
    cairo_curve_to (f->cr, f->head_x + i * w * 0.3, top + 2, f->head_x + i * w * 0.31, bottom - 2,
                    f->head_x + i * w * 0.29, bottom);
    cairo_stroke (f->cr);
  }
}

static void
paint_curls (GuiseDemoFigure *f, double from, double reach)
{
  static const gint8 ring[][2] = {
    { -10, 4 },
    { -11, -1 },
    { -10, -6 },
    { -7, -10 },
    { -3, -12 },
    { 2, -12 },
    { 6, -10 },
    { 10, -6 },
    { 11, -1 },
    { 10, 4 },
    { -6, -6 },
    { -2, -8 },
    { 3, -8 },
    { 7, -6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (ring); i++) {
    double x = f->head_x + ring[i][0] / 10.0 * f->head_rx * reach;
    double y = f->head_y + ring[i][1] / 10.0 * f->head_ry * 0.92;

    if (y > f->head_y + f->head_ry * from)
      continue;
    guise_demo_ellipse (f->cr, x, y, 2.5, 2.5);
    guise_demo_fill_flat (f->cr, hair_shade (f, i % 3 == 0 ? 0.8 : i % 3 == 1 ? 1.0
                                                                              : 1.12));
  }
}

/* The hair's lower layer: what hangs behind the shoulders, or, seen from behind, over them. */
void
guise_demo_paint_hair_behind (GuiseDemoFigure *f)
{
  double x = f->head_x, y = f->head_y, rx = f->head_rx, ry = f->head_ry, w, bottom;
  guint8 style = f->value[GUISE_DEMO_HAIR_STYLE];

  if (style == GUISE_DEMO_HAIR_LONG || style == GUISE_DEMO_BOB) {
    w = rx + (style == GUISE_DEMO_BOB ? 2.6 : 2.2);
    bottom = style == GUISE_DEMO_BOB ? y + ry * 1.12
                                     : f->shoulder_y + (f->waist_y - f->shoulder_y) * 0.75;
    cairo_move_to (f->cr, x, y - ry - 1);
    cairo_curve_to (f->cr, x + w * 1.1, y - ry - 1, x + w, y, x + w * 1.06, bottom);
    cairo_curve_to (f->cr, x + w * 0.4, bottom + 1.6, x - w * 0.4, bottom + 1.6, x - w * 1.06,
                    bottom);
    cairo_curve_to (f->cr, x - w, y, x - w * 1.1, y - ry - 1, x, y - ry - 1);
    cairo_close_path (f->cr);
    guise_demo_fill_round (f->cr, hair_shade (f, f->back ? 1 : 0.8), x - w, x + w);
    paint_strands (f, y - ry, bottom, w);
  } else if (style == GUISE_DEMO_PONYTAIL) {
    GuiseDemoJoint tail[3] = { { x + (f->back ? 0 : rx * 0.7), y - ry * 0.75, 2.4 },
                               { x + (f->back ? 0.8 : rx + 3.4), y + ry * 0.4, 2.9 },
                               { x + (f->back ? 0 : rx + 3), f->shoulder_y + 8, 1.2 } };

    guise_demo_limb (f->cr, tail, 3, hair_shade (f, f->back ? 0.85 : 0.9));
    guise_demo_ellipse (f->cr, tail[0].x, tail[0].y, 1.6, 1.2);
    guise_demo_fill_flat (f->cr, (GuiseDemoRgb){ 0.75, 0.2, 0.3 });
  } else if (style == GUISE_DEMO_BUN) {
    gboolean low = f->back && f->value[GUISE_DEMO_HAT_TYPE] != GUISE_DEMO_HAT_NONE;

    guise_demo_ellipse (f->cr, x, low ? y + ry * 0.55 : y - ry - 1.8, 3.6, 3.2);
    guise_demo_fill_round (f->cr, hair_shade (f, 0.92), x - 3.6, x + 3.6);
  }
}

/* The cap of hair over the skull; fringe: how far it comes down the forehead (0 .. 1 of ry). */
static void
paint_cap_of_hair (GuiseDemoFigure *f, double fringe, double sides, double puff)
{
  double x = f->head_x, y = f->head_y, rx = f->head_rx + puff, ry = f->head_ry + puff;
  double line = y - f->head_ry * (1 - fringe), part = x + f->head_rx * 0.3;

  cairo_move_to (f->cr, x - rx, y + f->head_ry * sides);
  cairo_curve_to (f->cr, x - rx * 1.12, y - ry * 0.7, x - rx * 0.7, y - ry * 1.08, x,
                  y - ry * 1.06);
  cairo_curve_to (f->cr, x + rx * 0.7, y - ry * 1.08, x + rx * 1.12, y - ry * 0.7, x + rx,
                  y + f->head_ry * sides);
  cairo_line_to (f->cr, x + f->head_rx * 0.8, y + f->head_ry * (sides - 0.06));
  cairo_curve_to (f->cr, x + f->head_rx * 0.84, line + 1, part + 1, line + 1.6, part, line - 0.6);
  cairo_curve_to (f->cr, part - 2, line + 2, x - f->head_rx * 0.84, line + 1, x - f->head_rx * 0.8,
                  y + f->head_ry * (sides - 0.06));
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->hair, x - rx, x + rx);
}

static void
paint_back_of_head (GuiseDemoFigure *f)
{
  double x = f->head_x, y = f->head_y, rx = f->head_rx + 0.7, ry = f->head_ry;

  cairo_move_to (f->cr, x - rx, y + ry * 0.2);
  cairo_curve_to (f->cr, x - rx * 1.1, y - ry * 0.9, x - rx * 0.6, y - ry * 1.1, x, y - ry * 1.1);
  cairo_curve_to (f->cr, x + rx * 0.6, y - ry * 1.1, x + rx * 1.1, y - ry * 0.9, x + rx,
                  y + ry * 0.2);
  cairo_curve_to (f->cr, x + rx * 0.9, y + ry * 0.8, x + rx * 0.5, y + ry * 0.88, x, y + ry * 0.86);
  cairo_curve_to (f->cr, x - rx * 0.5, y + ry * 0.88, x - rx * 0.9, y + ry * 0.8, x - rx,
                  y + ry * 0.2);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->hair, x - rx, x + rx);
  paint_strands (f, y - ry, y + ry * 0.8, rx);
}

/* Grey strands at the temples in the middle years, where the hair is not grey already. */
static void
paint_temples (GuiseDemoFigure *f)
{
  double x = f->head_x, y = f->head_y, rx = f->head_rx, ry = f->head_ry;

  if (f->value[GUISE_DEMO_AGE] != GUISE_DEMO_MIDDLE_AGED
      || f->value[GUISE_DEMO_HAIR_COLOUR] == GUISE_DEMO_HAIR_GREY)
    return;
  guise_demo_set (f->cr, (GuiseDemoRgb){ 0.82, 0.82, 0.84 }, 0.75);
  cairo_set_line_width (f->cr, 1.1);
  for (int side = -1; side <= 1; side += 2) {
    cairo_move_to (f->cr, x + side * rx * 0.7, y - ry * 0.86);
    cairo_curve_to (f->cr, x + side * rx * 0.94, y - ry * 0.6, x + side * rx * 1.02, y - ry * 0.3,
                    x + side * rx * 0.98, y);
    cairo_stroke (f->cr);
  }
}

static void
paint_bald (GuiseDemoFigure *f)
{
  guise_demo_set (f->cr, guise_demo_tint (f->skin, 1.5), 0.7);
  guise_demo_ellipse (f->cr, f->head_x - f->head_rx * 0.3, f->head_y - f->head_ry * 0.66, 2.2, 1.3);
  cairo_fill (f->cr);
}

static void
paint_hair (GuiseDemoFigure *f)
{
  guint8 style = f->value[GUISE_DEMO_HAIR_STYLE];
  gboolean receding = !f->woman && f->value[GUISE_DEMO_AGE] != GUISE_DEMO_YOUNG;

  if (style == GUISE_DEMO_BALD) {
    paint_bald (f);
    return;
  }
  if (f->back)
    paint_back_of_head (f);
  else if (style == GUISE_DEMO_BOB)
    paint_cap_of_hair (f, 0.62, 0.95, 1.4);
  else if (style == GUISE_DEMO_HAIR_LONG)
    paint_cap_of_hair (f, 0.46, 1.0, 1.2);
  else
    paint_cap_of_hair (f, receding ? 0.3 : 0.48, style == GUISE_DEMO_HAIR_SHORT ? 0.12 : 0.0, 0.6);
  if (style == GUISE_DEMO_CURLY)
    paint_curls (f, f->back ? 0.9 : 0.3, f->woman ? 1.2 : 1.02);
  if (!f->back || style != GUISE_DEMO_HAIR_LONG)
    paint_temples (f);
}

void
guise_demo_paint_head (GuiseDemoFigure *f)
{
  double u = f->head_ry / 8;

  paint_skull (f);
  if (!f->back) {
    paint_age (f, u);
    paint_eyes (f, u);
    paint_nose_and_mouth (f, u);
    paint_beard (f, u);
  }
  paint_hair (f);
  if (!f->back)
    paint_glasses (f, u);
}
