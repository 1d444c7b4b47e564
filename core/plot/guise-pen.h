/* Strokes lines of any number of points in the time of as many as the chart is wide: points that
 * fall into one column of pixels become one upright stroke from the least to the greatest. Used by
 * this layer's charts only. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

#define GUISE_PEN_WIDTH 2.0

/* Start with {.cr, .dashes, .n_dashes, .column = NAN}; colour and width are the context's. */
typedef struct {
  cairo_t *cr;
  const double *dashes;
  int n_dashes;
  double travelled, piece_length;        /* dashes go on from piece to piece */
  double x, y;                           /* where the line stands */
  guint n_columns;                       /* in this piece */
  gboolean open;                         /* the line goes on from the point before */
  gboolean lone;                         /* that point is all there is of it */
  double column, first, low, high, last; /* column NaN = none begun */
} GuisePen;

/* Points in ascending x. */
void guise_pen_add (GuisePen *pen, double x, double y);
/* A gap: the line ends here; one of a single point becomes a dot. */
void guise_pen_lift (GuisePen *pen);
/* Strokes what is left; after guise_pen_lift(). */
void guise_pen_finish (GuisePen *pen);

G_END_DECLS
