/* The frame that charts draw into: title, legend, axes with ticks and grid, and the way from data
 * to places. Used by this layer's charts only. */
#pragma once

#include "guise-plot.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  guint series; /* gives colour and dashes */
  gboolean box; /* a filled box instead of a piece of line */
} GuiseLegendEntry;

/* What the caller fills in before guise_axes_layout(); NULL texts are none. */
typedef struct {
  const char *title, *x_label, *y_label;
  const GuiseLegendEntry *legend;
  guint n_legend;
  double x_low, x_high, y_low, y_high; /* low < high; both > 0 on a logarithmic axis */
  gboolean log_x, log_y;
  const char *const *categories; /* names instead of numbers under the x axis: NULL-terminated, the
                                    i-th stands at x = i */
} GuiseAxesSpec;

typedef struct {
  GuiseAxesSpec spec;         /* its strings and arrays stay the caller's */
  double x, y, width, height; /* the rectangle that data is drawn in */
  double whole_width, whole_height;
  double line; /* height of a line of text */
  double *x_ticks, *y_ticks;
  guint n_x_ticks, n_y_ticks;
} GuiseAxes;

/* Finds the room for everything. cr is only measured with. */
void guise_axes_layout (GuiseAxes *axes, const GuiseAxesSpec *spec, cairo_t *cr,
                        const GuisePlotTheme *theme, double width, double height);
void guise_axes_clear (GuiseAxes *axes);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseAxes, guise_axes_clear)

/* Background, texts, legend, grid and axes. */
void guise_axes_draw (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme);
/* Clips to the data rectangle, a little wider so that lines at its edge keep their thickness. */
void guise_axes_clip (const GuiseAxes *axes, cairo_t *cr);

/* x must be > 0 on a logarithmic axis. */
double guise_axes_map_x (const GuiseAxes *axes, double x);
/* Far outside the rectangle the result is limited; y must be > 0 on a logarithmic axis. */
double guise_axes_map_y (const GuiseAxes *axes, double y);
double guise_axes_unmap_x (const GuiseAxes *axes, double pixel);

/* Makes a range with low < high that holds [low,high] with a little room; low > high stands for "no
 * data" and gives 0 … 1 (1 … 10 when logarithmic). */
void guise_axes_widen (double *low, double *high, gboolean logarithmic, double room);

G_END_DECLS
