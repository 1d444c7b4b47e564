/* Small drawing tools of the painter: colours, shaded shapes, limbs. Lengths are pixels of the
 * finished picture; the canvas itself is GUISE_DEMO_OVERSAMPLE times as fine. */
#pragma once

#include "guise-demo-random.h"

#include <cairo.h>

#define GUISE_DEMO_OVERSAMPLE 4

typedef struct {
  double r, g, b;
} GuiseDemoRgb;

typedef struct {
  double x, y;
  double radius;
} GuiseDemoJoint;

/* factor < 1 darkens, > 1 mixes with white. */
GuiseDemoRgb guise_demo_tint (GuiseDemoRgb colour, double factor);
GuiseDemoRgb guise_demo_blend (GuiseDemoRgb a, GuiseDemoRgb b, double share_of_b);
/* The same colour, each channel up to amount (0 .. 1) away. */
GuiseDemoRgb guise_demo_jitter (GuiseDemoRgb colour, GuiseDemoRandom *random, double amount);
double guise_demo_luminance (GuiseDemoRgb colour);
/* A garment's colour by name. */
GuiseDemoRgb guise_demo_garment_colour (guint colour);

void guise_demo_set (cairo_t *cr, GuiseDemoRgb colour, double alpha);
/* Fills the path as if it were round between x0 and x1, draws its edge and forgets it. */
void guise_demo_fill_round (cairo_t *cr, GuiseDemoRgb colour, double x0, double x1);
/* The same but keeps the path and draws no edge. */
void guise_demo_fill_round_preserve (cairo_t *cr, GuiseDemoRgb colour, double x0, double x1);
/* Fills flat with a thin darker edge. */
void guise_demo_fill_flat (cairo_t *cr, GuiseDemoRgb colour);
void guise_demo_edge (cairo_t *cr, GuiseDemoRgb colour);

void guise_demo_ellipse (cairo_t *cr, double x, double y, double rx, double ry);
void guise_demo_line (cairo_t *cr, double x0, double y0, double x1, double y1, double width);
/* The outline of circles joined by their tangents (roughly): an arm or a leg. */
void guise_demo_limb_path (cairo_t *cr, const GuiseDemoJoint *joints, guint n);
void guise_demo_limb (cairo_t *cr, const GuiseDemoJoint *joints, guint n, GuiseDemoRgb colour);
/* The point at share (0 .. 1) of the way from a to b. */
GuiseDemoJoint guise_demo_between (GuiseDemoJoint a, GuiseDemoJoint b, double share);
