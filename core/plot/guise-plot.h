/* What all charts share: colours, text, ticks, and saving to a file. Cairo and Pango, never GTK:
 * the same code draws on the screen and into PNG, SVG and PDF. Sizes are in the units of the
 * cairo_t (pixels on the screen, points in PDF). */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

#define GUISE_PLOT_ERROR (guise_plot_error_quark ())
GQuark guise_plot_error_quark (void);

typedef enum {
  GUISE_PLOT_ERROR_FORMAT, /* the file's ending is none of .png .svg .pdf */
  GUISE_PLOT_ERROR_SIZE,   /* empty, or too large to be meant */
  GUISE_PLOT_ERROR_DRAW,   /* Cairo gave up, e.g. for memory */
} GuisePlotError;

typedef struct {
  double red, green, blue, alpha;
} GuisePlotColor;

/* The caller takes background and text from its style context; everything else follows. */
typedef struct {
  GuisePlotColor background; /* alpha 0 = none is painted */
  GuisePlotColor foreground; /* text and axes */
  gboolean dark;             /* which palette: see guise_plot_get_color() */
  const char *font;          /* Pango family, NULL = "Sans" */
  double font_size;          /* 0 = 11 */
} GuisePlotTheme;

extern const GuisePlotTheme guise_plot_light, guise_plot_dark;

/* Eight colours that stay apart for colour-blind eyes (Okabe and Ito's, darkened or lightened until
 * each has a contrast of 3:1 with its background); from the ninth on they start again with other
 * dashes. */
GuisePlotColor guise_plot_get_color (gboolean dark, guint series);
/* Dash pattern of a series into dashes [4]; returns how many numbers it has, 0 = solid. */
int guise_plot_get_dashes (guint series, double line_width, double *dashes);

/* At most max_ticks (>= 2) round numbers that lie in [low,high], ascending; the step is 1, 2, 2.5
 * or 5 times a power of ten. g_free() it. */
double *guise_plot_create_ticks (double low, double high, guint max_ticks, guint *n_ticks);
/* The same on a logarithmic axis (0 < low < high): powers of ten, with 2 and 5 between them where
 * there is room. */
double *guise_plot_create_log_ticks (double low, double high, guint max_ticks, guint *n_ticks);
/* As few digits as tell ticks of this step apart: "0.25", "1500", "2M". */
char *guise_plot_format_tick (double value, double step);

/* Width and height of a line of text; either may be NULL. */
void guise_plot_measure_text (cairo_t *cr, const GuisePlotTheme *theme, const char *text,
                              double *width, double *height);
/* Draws a line of text in the current colour. (x,y) is the point of the text's box that align_x and
 * align_y say: 0 = left or top, 0.5 = middle, 1 = right or bottom. Wider than max_width (> 0): cut
 * with an ellipsis. */
void guise_plot_draw_text (cairo_t *cr, const GuisePlotTheme *theme, const char *text, double x,
                           double y, double align_x, double align_y, double max_width);

/* Draws text in lines of at most width, at most max_lines of them, from (x,y) downwards; returns
 * the height that it took. */
double guise_plot_draw_paragraph (cairo_t *cr, const GuisePlotTheme *theme, const char *text,
                                  double x, double y, double width, guint max_lines);
/* Makes color, its alpha times alpha, the source. */
void guise_plot_set_color (cairo_t *cr, GuisePlotColor color, double alpha);
/* A context that draws nowhere, to measure text with; the same text is as wide on every surface. */
cairo_t *guise_plot_create_measuring (void);

typedef void (*GuisePlotDraw) (cairo_t *cr, double width, double height, gpointer data);

/* Draws into a new file, by the ending of path: .png (scale pixels a unit), .svg or .pdf. The file
 * appears whole or not at all; trouble with it is G_IO_ERROR. */
gboolean guise_plot_save (const char *path, double width, double height, double scale,
                          GuisePlotDraw draw, gpointer data, GError **error);

G_END_DECLS
