#include "guise-demo-canvas.h"

#include "guise-demo-lexicon.h"

#include <math.h>

GuiseDemoRgb
guise_demo_tint (GuiseDemoRgb c, double factor)
{
  double white = CLAMP (factor - 1, 0, 1), dark = MIN (factor, 1);

  return (GuiseDemoRgb){ c.r * dark + (1 - c.r) * white, c.g * dark + (1 - c.g) * white,
                         c.b * dark + (1 - c.b) * white };
}

GuiseDemoRgb
guise_demo_blend (GuiseDemoRgb a, GuiseDemoRgb b, double share)
{
  return (GuiseDemoRgb){ a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share,
                         a.b + (b.b - a.b) * share };
}

GuiseDemoRgb
guise_demo_jitter (GuiseDemoRgb c, GuiseDemoRandom *random, double amount)
{
  double all = guise_demo_random_between (random, -amount, amount);
  double r = c.r + all + guise_demo_random_between (random, -amount, amount) / 2;
  double g = c.g + all + guise_demo_random_between (random, -amount, amount) / 2;
  double b = c.b + all + guise_demo_random_between (random, -amount, amount) / 2;

  return (GuiseDemoRgb){ CLAMP (r, 0, 1), CLAMP (g, 0, 1), CLAMP (b, 0, 1) };
}

double
guise_demo_luminance (GuiseDemoRgb c)
{
  return 0.299 * c.r + 0.587 * c.g + 0.114 * c.b;
}

GuiseDemoRgb
guise_demo_garment_colour (guint colour)
{
  static const guint8 table[GUISE_DEMO_N_COLOURS][3] = {
    [GUISE_DEMO_BLACK] = { 34, 34, 38 },
    [GUISE_DEMO_WHITE] = { 240, 240, 236 },
    [GUISE_DEMO_GREY] = { 136, 139, 144 },
    [GUISE_DEMO_RED] = { 200, 36, 42 },
    [GUISE_DEMO_BLUE] = { 42, 84, 182 },
    [GUISE_DEMO_GREEN] = { 44, 132, 66 },
    [GUISE_DEMO_YELLOW] = { 240, 204, 44 },
    [GUISE_DEMO_ORANGE] = { 236, 122, 30 },
    [GUISE_DEMO_PURPLE] = { 116, 58, 156 },
    [GUISE_DEMO_PINK] = { 240, 142, 176 },
    [GUISE_DEMO_BROWN] = { 112, 68, 40 },
    [GUISE_DEMO_BEIGE] = { 216, 192, 150 },
    [GUISE_DEMO_TURQUOISE] = { 44, 180, 178 },
  };
  const guint8 *c = table[colour];

  return (GuiseDemoRgb){ c[0] / 255.0, c[1] / 255.0, c[2] / 255.0 };
}

void
guise_demo_set (cairo_t *cr, GuiseDemoRgb c, double alpha)
{
  cairo_set_source_rgba (cr, c.r, c.g, c.b, alpha);
}

void
guise_demo_edge (cairo_t *cr, GuiseDemoRgb colour)
{
  guise_demo_set (cr, guise_demo_tint (colour, 0.4), 0.55);
  cairo_set_line_width (cr, 0.45);
  cairo_stroke (cr);
}

void
guise_demo_fill_round_preserve (cairo_t *cr, GuiseDemoRgb colour, double x0, double x1)
{
  static const double stops[][2] = { { 0, 0.66 }, { 0.3, 1.05 }, { 0.5, 1.0 }, { 1, 0.58 } };
  cairo_pattern_t *pattern = cairo_pattern_create_linear (x0, 0, x1, 0);

  for (guint i = 0; i < G_N_ELEMENTS (stops); i++) {
    GuiseDemoRgb c = guise_demo_tint (colour, stops[i][1]);

    cairo_pattern_add_color_stop_rgb (pattern, stops[i][0], c.r, c.g, c.b);
  }
  cairo_set_source (cr, pattern);
  cairo_fill_preserve (cr);
  cairo_pattern_destroy (pattern);
}

void
guise_demo_fill_round (cairo_t *cr, GuiseDemoRgb colour, double x0, double x1)
{
  guise_demo_fill_round_preserve (cr, colour, x0, x1);
  guise_demo_edge (cr, colour);
}

void
guise_demo_fill_flat (cairo_t *cr, GuiseDemoRgb colour)
{
  guise_demo_set (cr, colour, 1);
  cairo_fill_preserve (cr);
  guise_demo_edge (cr, colour);
}

void
guise_demo_ellipse (cairo_t *cr, double x, double y, double rx, double ry)
{
  cairo_matrix_t matrix;

  cairo_get_matrix (cr, &matrix);
  cairo_new_sub_path (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, rx, ry);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_close_path (cr);
  cairo_set_matrix (cr, &matrix);
}

void
guise_demo_line (cairo_t *cr, double x0, double y0, double x1, double y1, double width)
{
  cairo_set_line_width (cr, width);
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x1, y1);
  cairo_stroke (cr);
}

void
guise_demo_limb_path (cairo_t *cr, const GuiseDemoJoint *joints, guint n)
{
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_WINDING);
  for (guint i = 0; i < n; i++) {
    const GuiseDemoJoint *a = &joints[i], *b = a + 1;
    double dx, dy, length;

    guise_demo_ellipse (cr, a->x, a->y, a->radius, a->radius);
    if (i + 1 == n)
      break;
    dx = b->x - a->x;
    dy = b->y - a->y;
    length = sqrt (dx * dx + dy * dy);
    if (length < 1e-6)
      continue;
    dx /= length;
    dy /= length;
    cairo_move_to (cr, a->x + dy * a->radius, a->y - dx * a->radius);
    cairo_line_to (cr, b->x + dy * b->radius, b->y - dx * b->radius);
    cairo_line_to (cr, b->x - dy * b->radius, b->y + dx * b->radius);
    cairo_line_to (cr, a->x - dy * a->radius, a->y + dx * a->radius);
    cairo_close_path (cr);
  }
}

/* Edges of the single pieces would show inside: a slightly wider limb in the dark lies below
 * instead. */
void
guise_demo_limb (cairo_t *cr, const GuiseDemoJoint *joints, guint n, GuiseDemoRgb colour)
{
  double x0 = G_MAXDOUBLE, x1 = -G_MAXDOUBLE;

  for (guint i = 0; i < n; i++) {
    x0 = MIN (x0, joints[i].x - joints[i].radius);
    x1 = MAX (x1, joints[i].x + joints[i].radius);
  }
  guise_demo_limb_path (cr, joints, n);
  guise_demo_set (cr, guise_demo_tint (colour, 0.4), 0.55);
  cairo_set_line_width (cr, 0.6);
  cairo_stroke_preserve (cr);
  guise_demo_fill_round_preserve (cr, colour, x0, x1);
  cairo_new_path (cr);
}

GuiseDemoJoint
guise_demo_between (GuiseDemoJoint a, GuiseDemoJoint b, double share)
{
  return (GuiseDemoJoint){ a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share,
                           a.radius + (b.radius - a.radius) * share };
}
