#include "guise-pen.h"

#include <math.h>

/* Cairo's time to stroke a path grows faster than the path: it is cut after so many columns. */
#define STROKE_COLUMNS 24

void
guise_pen_finish (GuisePen *pen)
{
  cairo_set_dash (pen->cr, pen->dashes, pen->n_dashes, pen->travelled);
  cairo_stroke (pen->cr);
  pen->n_columns = 0;
}

static void
pen_line_to (GuisePen *pen, double x, double y, double *length)
{
  *length += hypot (x - pen->x, y - pen->y);
  cairo_line_to (pen->cr, x, y);
  pen->x = x;
  pen->y = y;
}

static void
pen_move_to (GuisePen *pen, double x, double y)
{
  cairo_move_to (pen->cr, x, y);
  pen->x = x;
  pen->y = y;
}

/* Draws the column that was begun. */
static void
pen_flush (GuisePen *pen)
{
  double length = 0;

  if (isnan (pen->column))
    return;
  if (pen->open)
    pen_line_to (pen, pen->column, pen->first, &length);
  else
    pen_move_to (pen, pen->column, pen->first);
  if (pen->high - pen->low > 0.5) {
    pen_line_to (pen, pen->column, pen->low, &length);
    pen_line_to (pen, pen->column, pen->high, &length);
    pen_line_to (pen, pen->column, pen->last, &length);
  }
  pen->lone = !pen->open && pen->high - pen->low <= 0.5;
  pen->open = TRUE;
  pen->column = NAN;
  pen->piece_length += length;
  if (++pen->n_columns >= STROKE_COLUMNS) {
    guise_pen_finish (pen);
    pen->travelled += pen->piece_length;
    pen->piece_length = 0;
    pen_move_to (pen, pen->x, pen->y);
  }
}

void
guise_pen_lift (GuisePen *pen)
{
  pen_flush (pen);
  if (pen->open && pen->lone) {
    cairo_new_sub_path (pen->cr);
    cairo_arc (pen->cr, pen->x, pen->y, 0.6 * GUISE_PEN_WIDTH, 0, 2 * G_PI);
  }
  pen->open = FALSE;
}

void
guise_pen_add (GuisePen *pen, double x, double y)
{
  if (!isnan (pen->column) && floor (x) == floor (pen->column)) {
    pen->low = MIN (pen->low, y);
    pen->high = MAX (pen->high, y);
    pen->last = y;
    return;
  }
  pen_flush (pen);
  pen->column = x;
  pen->first = pen->low = pen->high = pen->last = y;
}
