/* A person's measures in one picture, and the painting of body, clothes and head. The origin lies
 * between the feet on the ground, y grows downwards, one unit is a pixel of the finished picture.
 */
#pragma once

#include "guise-demo-canvas.h"
#include "guise-demo-cast.h"

typedef struct {
  cairo_t *cr;
  const guint8 *value; /* the picture's attributes */
  gboolean woman, back;
  GuiseDemoRandom clothes; /* of the outfit: the same in all its pictures */

  GuiseDemoRgb skin, hair, upper, second, lower, shoes, bag, hat;

  double stature;
  double head_x, head_y, head_rx, head_ry; /* the face's ellipse */
  double neck_x, neck_y, neck_w;           /* where the neck meets the shoulders; half width */
  double shoulder_x, shoulder_y, shoulder_w;
  double waist_x, waist_y, waist_w;
  double hip_y, hip_w;
  double turn;               /* -1 .. 1: where the face looks */
  GuiseDemoJoint legs[2][3]; /* hip, knee, ankle; [0] on the left */
  GuiseDemoJoint arms[2][3]; /* shoulder, elbow, hand */
  gboolean bag_right;
} GuiseDemoFigure;

/* cr: the figure's own coordinates. Valid as long as cast and cr. */
void guise_demo_figure_init (GuiseDemoFigure *figure, cairo_t *cr, const GuiseDemoCast *cast,
                             guint image);
void guise_demo_figure_paint (GuiseDemoFigure *figure);

/* -- guise-demo-garments.c -- */

/* The torso's outline down to hem_y, where it is hem_w wide on either side; ease widens it. */
void guise_demo_torso_path (const GuiseDemoFigure *figure, double hem_y, double hem_w, double ease);
void guise_demo_paint_legs (GuiseDemoFigure *figure);
void guise_demo_paint_upper (GuiseDemoFigure *figure);
void guise_demo_paint_arms (GuiseDemoFigure *figure);
void guise_demo_paint_collar (GuiseDemoFigure *figure);

/* -- guise-demo-extras.c -- */

void guise_demo_paint_shoe (GuiseDemoFigure *figure, guint leg);
void guise_demo_paint_bag_behind (GuiseDemoFigure *figure);
void guise_demo_paint_bag_before (GuiseDemoFigure *figure);
void guise_demo_paint_cane (GuiseDemoFigure *figure);
void guise_demo_paint_hat (GuiseDemoFigure *figure);

/* -- guise-demo-head.c -- */

void guise_demo_paint_hair_behind (GuiseDemoFigure *figure);
void guise_demo_paint_head (GuiseDemoFigure *figure);
