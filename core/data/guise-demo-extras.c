/* Shoes, bags, the cane and hats. */
#include "guise-demo-figure.h"

#include <math.h>

/* -- shoes -- */

void
guise_demo_paint_shoe (GuiseDemoFigure *f, guint leg)
{
  GuiseDemoJoint ankle = f->legs[leg][2];
  guint8 type = f->value[GUISE_DEMO_SHOES_TYPE];
  double side = leg == 0 ? -1 : 1, y = ankle.y + 3.2, x = ankle.x, w = ankle.radius + 2.2;
  double toe = f->back ? 0.6 : 1.8, instep = 5;

  if (type == GUISE_DEMO_BOOTS) {
    GuiseDemoJoint shaft[2] = { guise_demo_between (f->legs[leg][1], ankle, 0.2), ankle };

    shaft[0].radius = shaft[1].radius = ankle.radius + 1.1;
    guise_demo_limb (f->cr, shaft, 2, f->shoes);
  }
  cairo_move_to (f->cr, x - w + 0.4, y - instep);
  cairo_curve_to (f->cr, x - w - 0.6, y - 1, x - w - 0.8 + side * toe, y + toe, x + side * toe,
                  y + toe);
  cairo_curve_to (f->cr, x + w + 0.8 + side * toe, y + toe, x + w + 0.6, y - 1, x + w - 0.4,
                  y - instep);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->shoes, x - w, x + w);
  if (type == GUISE_DEMO_TRAINERS) {
    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.96, 0.96, 0.95 }, 1);
    guise_demo_line (f->cr, x - w + side * toe, y + toe * 0.8, x + w + side * toe, y + toe * 0.8,
                     1.3);
  } else {
    guise_demo_set (f->cr, (GuiseDemoRgb){ 0.08, 0.07, 0.07 }, 0.9);
    guise_demo_line (f->cr, x - w + side * toe, y + toe * 0.9, x + w + side * toe, y + toe * 0.9,
                     0.9);
  }
}

/* -- bags -- */

static void
round_box (cairo_t *cr, double x, double y, double w, double h, double r)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + w - r, y + r, r, -G_PI / 2, 0);
  cairo_arc (cr, x + w - r, y + h - r, r, 0, G_PI / 2);
  cairo_arc (cr, x + r, y + h - r, r, G_PI / 2, G_PI);
  cairo_arc (cr, x + r, y + r, r, G_PI, G_PI * 1.5);
  cairo_close_path (cr);
}

/* From behind the whole rucksack; from the front only what stands out beside the body. */
void
guise_demo_paint_bag_behind (GuiseDemoFigure *f)
{
  double w = f->shoulder_w * (f->back ? 0.92 : 1.36), top = f->shoulder_y + (f->back ? 0.5 : -1.5);
  double height = (f->hip_y - f->shoulder_y) * (f->back ? 0.82 : 0.66);
  double x = f->back ? (f->shoulder_x + f->waist_x) / 2 : f->shoulder_x - 2.5;
  GuiseDemoRgb dark = guise_demo_tint (f->bag, 0.6);

  if (f->value[GUISE_DEMO_BAG_TYPE] != GUISE_DEMO_RUCKSACK)
    return;
  round_box (f->cr, x - w, top, 2 * w, height, 3.5);
  guise_demo_fill_round (f->cr, f->bag, x - w, x + w);
  if (!f->back)
    return;
  round_box (f->cr, x - w * 0.72, top + height * 0.5, w * 1.44, height * 0.4, 2);
  guise_demo_fill_round (f->cr, guise_demo_tint (f->bag, 0.88), x - w, x + w);
  guise_demo_set (f->cr, dark, 0.9);
  guise_demo_line (f->cr, x - w * 0.8, top + height * 0.3, x + w * 0.8, top + height * 0.3, 0.9);
  guise_demo_line (f->cr, x - w * 0.5, top + height * 0.6, x + w * 0.5, top + height * 0.6, 0.8);
  guise_demo_line (f->cr, x - 1.5, top - 0.8, x + 1.5, top - 0.8, 1.2);
}

static void
paint_straps (GuiseDemoFigure *f)
{
  guise_demo_set (f->cr, f->bag, 1);
  cairo_set_line_width (f->cr, 3.2);
  for (int side = -1; side <= 1; side += 2) {
    double x = f->shoulder_x + side * f->shoulder_w * 0.6;

    cairo_move_to (f->cr, x - side, f->shoulder_y - 1.2);
    cairo_curve_to (f->cr, x, f->shoulder_y + 5, x, f->waist_y - 7, x + side * 1.8, f->waist_y - 3);
    cairo_stroke (f->cr);
  }
}

static void
paint_handbag (GuiseDemoFigure *f)
{
  const GuiseDemoJoint hand = f->arms[f->bag_right ? 1 : 0][2];
  double x = hand.x + (f->bag_right ? 0.8 : -0.8), y = hand.y + 3;

  guise_demo_set (f->cr, guise_demo_tint (f->bag, 0.7), 1);
  cairo_set_line_width (f->cr, 1.1);
  cairo_move_to (f->cr, x - 3, y + 3.5);
  cairo_curve_to (f->cr, x - 2.4, y - 4.4, x + 2.4, y - 4.4, x + 3, y + 3.5);
  cairo_stroke (f->cr);
  cairo_move_to (f->cr, x - 5, y + 3);
  cairo_line_to (f->cr, x + 5, y + 3);
  cairo_line_to (f->cr, x + 6.8, y + 16);
  cairo_line_to (f->cr, x - 6.8, y + 16);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->bag, x - 6.8, x + 6.8);
  guise_demo_set (f->cr, guise_demo_tint (f->bag, 1.6), 0.9);
  guise_demo_line (f->cr, x - 1, y + 5.6, x + 1, y + 5.6, 1);
}

static void
paint_shoulder_bag (GuiseDemoFigure *f)
{
  double side = f->bag_right ? 1 : -1;
  double x = side * (f->hip_w + 1.8), y = f->hip_y - 5;
  double from = f->shoulder_x + side * f->shoulder_w * 0.66;

  guise_demo_set (f->cr, guise_demo_tint (f->bag, 0.7), 1);
  cairo_set_line_width (f->cr, 2.2);
  cairo_move_to (f->cr, from, f->shoulder_y - 0.8);
  cairo_curve_to (f->cr, from + side * 1.5, f->shoulder_y + 10, x - side * 3, y - 8, x - side * 2.4,
                  y);
  cairo_stroke (f->cr);
  round_box (f->cr, x - 7, y - 1, 14, 14, 2.2);
  guise_demo_fill_round (f->cr, f->bag, x - 7, x + 7);
  cairo_move_to (f->cr, x - 7, y - 0.4);
  cairo_line_to (f->cr, x + 7, y - 0.4);
  cairo_line_to (f->cr, x + 5.2, y + 6.8);
  cairo_line_to (f->cr, x - 5.2, y + 6.8);
  cairo_close_path (f->cr);
  guise_demo_fill_flat (f->cr, guise_demo_tint (f->bag, 0.82));
}

void
guise_demo_paint_bag_before (GuiseDemoFigure *f)
{
  switch (f->value[GUISE_DEMO_BAG_TYPE]) {
  case GUISE_DEMO_RUCKSACK:
    if (!f->back)
      paint_straps (f);
    break;
  case GUISE_DEMO_HANDBAG:
    paint_handbag (f);
    break;
  case GUISE_DEMO_SHOULDER_BAG:
    paint_shoulder_bag (f);
    break;
  default:
    break;
  }
}

/* The cane is held in the hand that has no bag, in front of the body's lean. */
void
guise_demo_paint_cane (GuiseDemoFigure *f)
{
  gboolean bag = f->value[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_HANDBAG
                 || f->value[GUISE_DEMO_BAG_TYPE] == GUISE_DEMO_SHOULDER_BAG;
  guint hand = bag && f->bag_right ? 0 : 1;
  double side = hand == 0 ? -1 : 1, x = f->arms[hand][2].x + side * 0.8,
         y = f->arms[hand][2].y + 0.6;

  if (f->value[GUISE_DEMO_CANE] == 0)
    return;
  cairo_set_line_cap (f->cr, CAIRO_LINE_CAP_ROUND);
  for (guint pass = 0; pass < 2; pass++) {
    GuiseDemoRgb dark = { 0.1, 0.06, 0.04 }, wood = { 0.45, 0.27, 0.13 };

    guise_demo_set (f->cr, pass ? wood : dark, 1);
    cairo_set_line_width (f->cr, pass ? 1.3 : 2.3);
    cairo_move_to (f->cr, x + side * 2.6, 0);
    cairo_line_to (f->cr, x + side * 0.6, y);
    cairo_curve_to (f->cr, x + side * 0.4, y - 3.6, x - side * 4, y - 3.6, x - side * 3.6, y + 0.6);
    cairo_stroke (f->cr);
  }
  cairo_set_line_cap (f->cr, CAIRO_LINE_CAP_BUTT);
  guise_demo_limb (f->cr, &(GuiseDemoJoint){ f->arms[hand][2].x, y + 0.6, f->arms[hand][2].radius },
                   1, f->skin);
}

/* -- hats -- */

static void
dome (GuiseDemoFigure *f, double wider, double higher, double brim)
{
  double x = f->head_x, rx = f->head_rx + wider, top = f->head_y - f->head_ry - higher;
  double y = f->head_y - f->head_ry * brim;

  cairo_move_to (f->cr, x - rx, y);
  cairo_curve_to (f->cr, x - rx, top + 1, x - rx * 0.6, top, x, top);
  cairo_curve_to (f->cr, x + rx * 0.6, top, x + rx, top + 1, x + rx, y);
  cairo_curve_to (f->cr, x + rx * 0.5, y + 1, x - rx * 0.5, y + 1, x - rx, y);
  cairo_close_path (f->cr);
  guise_demo_fill_round (f->cr, f->hat, x - rx, x + rx);
}

static void
paint_cap (GuiseDemoFigure *f)
{
  double y = f->head_y - f->head_ry * 0.36, x = f->head_x + f->turn * 1.6;

  dome (f, 1, 2.6, 0.34);
  if (f->back) {
    guise_demo_set (f->cr, guise_demo_tint (f->hat, 0.55), 1);
    guise_demo_line (f->cr, x - f->head_rx, y, x + f->head_rx, y, 1.2);
    return;
  }
  cairo_move_to (f->cr, x - f->head_rx - 0.4, y - 0.4);
  cairo_curve_to (f->cr, x - f->head_rx * 0.6, y + 3.4, x + f->head_rx * 0.9, y + 3.4,
                  x + f->head_rx + 2, y + 0.6);
  cairo_curve_to (f->cr, x + f->head_rx * 0.5, y - 1.6, x - f->head_rx * 0.5, y - 1.6,
                  x - f->head_rx - 0.4, y - 0.4);
  guise_demo_fill_flat (f->cr, guise_demo_tint (f->hat, 0.68));
}

static void
paint_beanie (GuiseDemoFigure *f)
{
  double y = f->head_y - f->head_ry * 0.32;

  dome (f, 1.2, 3.6, 0.3);
  guise_demo_set (f->cr, guise_demo_tint (f->hat, 0.7), 1);
  guise_demo_line (f->cr, f->head_x - f->head_rx - 1.2, y - 0.6, f->head_x + f->head_rx + 1.2,
                   y - 0.6, 3);
  guise_demo_ellipse (f->cr, f->head_x, f->head_y - f->head_ry - 5, 2.8, 2.7);
  guise_demo_fill_flat (f->cr, guise_demo_tint (f->hat, 1.25));
}

static void
paint_brimmed_hat (GuiseDemoFigure *f)
{
  double y = f->head_y - f->head_ry * 0.36;

  guise_demo_ellipse (f->cr, f->head_x, y, f->head_rx + 6, 3);
  guise_demo_fill_round (f->cr, guise_demo_tint (f->hat, 0.85), f->head_x - f->head_rx - 5,
                         f->head_x + f->head_rx + 5);
  dome (f, 0.6, 4, 0.4);
  guise_demo_set (f->cr, guise_demo_tint (f->hat, 0.45), 1);
  guise_demo_line (f->cr, f->head_x - f->head_rx - 0.4, y - 1.6, f->head_x + f->head_rx + 0.4,
                   y - 1.6, 1.8);
}

void
guise_demo_paint_hat (GuiseDemoFigure *f)
{
  switch (f->value[GUISE_DEMO_HAT_TYPE]) {
  case GUISE_DEMO_CAP:
    paint_cap (f);
    break;
  case GUISE_DEMO_BEANIE:
    paint_beanie (f);
    break;
  case GUISE_DEMO_HAT:
    paint_brimmed_hat (f);
    break;
  default:
    break;
  }
}
