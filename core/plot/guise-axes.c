#include "guise-axes.h"

#include <math.h>
#include <pango/pangocairo.h>

#define PAD 8.0
#define TICK_LENGTH 4.0
#define SAMPLE_WIDTH 22.0
/* Pixels beyond which a place means nothing more; Cairo's own limit is 2^23. */
#define FAR_AWAY 1e5

/* ---- places ---- */

void
guise_axes_widen (double *low, double *high, gboolean logarithmic, double room)
{
  if (!(*low <= *high)) {
    *low = logarithmic ? 1 : 0;
    *high = logarithmic ? 10 : 1;
  } else if (logarithmic) {
    double factor = *low < *high ? pow (*high / *low, room) : 2;

    *low /= factor;
    *high *= factor;
  } else {
    double extra = (*high - *low) * room;

    if (*high - *low <= 1e-9 * MAX (fabs (*low), fabs (*high)))
      extra = MAX (fabs (*low), fabs (*high)) * 0.1;
    if (*low == 0 && *high == 0)
      extra = 1;
    *low -= extra;
    *high += extra;
  }
}

double
guise_axes_map_x (const GuiseAxes *axes, double x)
{
  const GuiseAxesSpec *s = &axes->spec;
  double share = s->log_x ? log (x / s->x_low) / log (s->x_high / s->x_low)
                          : (x - s->x_low) / (s->x_high - s->x_low);

  return axes->x + CLAMP (share, -100, 100) * axes->width;
}

double
guise_axes_unmap_x (const GuiseAxes *axes, double pixel)
{
  const GuiseAxesSpec *s = &axes->spec;
  double share = (pixel - axes->x) / axes->width;

  return s->log_x ? s->x_low * pow (s->x_high / s->x_low, share)
                  : s->x_low + share * (s->x_high - s->x_low);
}

double
guise_axes_map_y (const GuiseAxes *axes, double y)
{
  const GuiseAxesSpec *s = &axes->spec;
  double share;

  if (s->log_y)
    share = log (y / s->y_low) / log (s->y_high / s->y_low);
  else
    share = (y - s->y_low) / (s->y_high - s->y_low);
  return CLAMP (axes->y + (1 - share) * axes->height, -FAR_AWAY, FAR_AWAY);
}

/* ---- legend ---- */

static void
draw_sample (cairo_t *cr, const GuisePlotTheme *theme, const GuiseLegendEntry *entry, double x,
             double middle)
{
  double dashes[4];
  int n_dashes = guise_plot_get_dashes (entry->series, 2, dashes);

  guise_plot_set_color (cr, guise_plot_get_color (theme->dark, entry->series), 1);
  if (entry->box) {
    cairo_rectangle (cr, x + SAMPLE_WIDTH - 16, middle - 5, 10, 10);
    cairo_fill (cr);
    return;
  }
  cairo_set_dash (cr, dashes, n_dashes, 0);
  cairo_set_line_width (cr, 2);
  cairo_move_to (cr, x, middle);
  cairo_line_to (cr, x + SAMPLE_WIDTH - 4, middle);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

/* Walks along the legend's rows, drawing them or not; returns their height. */
static double
walk_legend (cairo_t *cr, const GuisePlotTheme *theme, const GuiseAxesSpec *spec, double line,
             double left, double top, double width, gboolean draw)
{
  double x = left, y = top;

  for (guint i = 0; i < spec->n_legend; i++) {
    double text;

    guise_plot_measure_text (cr, theme, spec->legend[i].name, &text, NULL);
    text = MIN (text, MAX (width - SAMPLE_WIDTH, 1));
    if (x > left && x + SAMPLE_WIDTH + text > left + width) {
      x = left;
      y += line;
    }
    if (draw) {
      draw_sample (cr, theme, &spec->legend[i], x, y + 0.5 * line);
      guise_plot_set_color (cr, theme->foreground, 1);
      guise_plot_draw_text (cr, theme, spec->legend[i].name, x + SAMPLE_WIDTH, y + 0.5 * line, 0,
                            0.5, text + 1);
    }
    x += SAMPLE_WIDTH + text + 2 * PAD;
  }
  return spec->n_legend > 0 ? y + line - top : 0;
}

/* ---- layout ---- */

static double
get_step (const double *ticks, guint n)
{
  return n > 1 ? ticks[1] - ticks[0] : ticks[0];
}

static char *
format_y_tick (const GuiseAxes *axes, guint i)
{
  double tick = axes->y_ticks[i];

  return guise_plot_format_tick (
      tick, axes->spec.log_y ? tick : get_step (axes->y_ticks, axes->n_y_ticks));
}

static double
measure_y_labels (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme)
{
  double widest = 0;

  for (guint i = 0; i < axes->n_y_ticks; i++) {
    g_autofree char *label = format_y_tick (axes, i);
    double width;

    guise_plot_measure_text (cr, theme, label, &width, NULL);
    widest = MAX (widest, width);
  }
  return widest;
}

void
guise_axes_layout (GuiseAxes *axes, const GuiseAxesSpec *spec, cairo_t *cr,
                   const GuisePlotTheme *theme, double width, double height)
{
  double left = PAD, right = PAD, top = PAD, bottom = PAD, legend;

  *axes = (GuiseAxes){ .spec = *spec, .whole_width = width, .whole_height = height };
  guise_plot_measure_text (cr, theme, "0", NULL, &axes->line);
  legend = walk_legend (cr, theme, spec, axes->line, 0, 0, MAX (width - 2 * PAD, 1), FALSE);
  top += (spec->title != NULL ? axes->line + 4 : 0) + (legend > 0 ? legend + 4 : 0);
  bottom += axes->line + TICK_LENGTH + 2 + (spec->x_label != NULL ? axes->line + 2 : 0);
  axes->y = top;
  axes->height = MAX (height - top - bottom, 1);
  axes->y_ticks = (spec->log_y ? guise_plot_create_log_ticks : guise_plot_create_ticks) (
      spec->y_low, spec->y_high, CLAMP (axes->height / (2.2 * axes->line), 2, 12),
      &axes->n_y_ticks);
  left += (spec->y_label != NULL ? axes->line + 4 : 0) + measure_y_labels (axes, cr, theme)
          + TICK_LENGTH + 3;
  right += axes->line;
  axes->x = left;
  axes->width = MAX (width - left - right, 1);
  if (spec->categories == NULL)
    axes->x_ticks = (spec->log_x ? guise_plot_create_log_ticks : guise_plot_create_ticks) (
        spec->x_low, spec->x_high, CLAMP (axes->width / (5 * axes->line), 2, 14), &axes->n_x_ticks);
}

void
guise_axes_clear (GuiseAxes *axes)
{
  g_clear_pointer (&axes->x_ticks, g_free);
  g_clear_pointer (&axes->y_ticks, g_free);
}

/* ---- drawing ---- */

/* Thin lines look best in the middle of a pixel. */
static double
snap (double place)
{
  return floor (place) + 0.5;
}

static void
draw_y_axis (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme)
{
  for (guint i = 0; i < axes->n_y_ticks; i++) {
    g_autofree char *label = format_y_tick (axes, i);
    double y = guise_axes_map_y (axes, axes->y_ticks[i]);

    guise_plot_set_color (cr, theme->foreground, 0.15);
    cairo_move_to (cr, axes->x, snap (y));
    cairo_line_to (cr, axes->x + axes->width, snap (y));
    cairo_stroke (cr);
    guise_plot_set_color (cr, theme->foreground, 0.9);
    guise_plot_draw_text (cr, theme, label, axes->x - TICK_LENGTH - 2, y, 1, 0.5, 0);
  }
}

static void
draw_x_label (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme, const char *label,
              double x, double max_width)
{
  double bottom = axes->y + axes->height;

  guise_plot_set_color (cr, theme->foreground, 0.6);
  cairo_move_to (cr, snap (x), bottom);
  cairo_line_to (cr, snap (x), bottom + TICK_LENGTH);
  cairo_stroke (cr);
  guise_plot_set_color (cr, theme->foreground, 0.9);
  guise_plot_draw_text (cr, theme, label, x, bottom + TICK_LENGTH + 1, 0.5, 0, max_width);
}

static void
draw_x_axis (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme)
{
  double room = axes->width / (axes->spec.x_high - axes->spec.x_low);

  for (guint i = 0; i < axes->n_x_ticks; i++) {
    double tick = axes->x_ticks[i];
    g_autofree char *label = guise_plot_format_tick (
        tick, axes->spec.log_x ? tick : get_step (axes->x_ticks, axes->n_x_ticks));

    draw_x_label (axes, cr, theme, label, guise_axes_map_x (axes, tick), 0);
  }
  for (guint i = 0; axes->spec.categories != NULL && axes->spec.categories[i] != NULL; i++)
    draw_x_label (axes, cr, theme, axes->spec.categories[i], guise_axes_map_x (axes, i),
                  MAX (room - 2, 1));
}

static void
draw_texts (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme)
{
  const GuiseAxesSpec *spec = &axes->spec;
  double top = PAD;

  guise_plot_set_color (cr, theme->foreground, 1);
  if (spec->title != NULL) {
    guise_plot_draw_text (cr, theme, spec->title, PAD, top, 0, 0, axes->whole_width - 2 * PAD);
    top += axes->line + 4;
  }
  walk_legend (cr, theme, spec, axes->line, PAD, top, MAX (axes->whole_width - 2 * PAD, 1), TRUE);
  guise_plot_set_color (cr, theme->foreground, 1);
  if (spec->x_label != NULL)
    guise_plot_draw_text (cr, theme, spec->x_label, axes->x + 0.5 * axes->width,
                          axes->whole_height - PAD, 0.5, 1, axes->width);
  if (spec->y_label != NULL) {
    cairo_save (cr);
    cairo_translate (cr, PAD, axes->y + 0.5 * axes->height);
    cairo_rotate (cr, -G_PI_2);
    guise_plot_draw_text (cr, theme, spec->y_label, 0, 0, 0.5, 0, axes->height);
    cairo_restore (cr);
  }
}

void
guise_axes_draw (const GuiseAxes *axes, cairo_t *cr, const GuisePlotTheme *theme)
{
  if (theme->background.alpha > 0) {
    guise_plot_set_color (cr, theme->background, 1);
    cairo_rectangle (cr, 0, 0, axes->whole_width, axes->whole_height);
    cairo_fill (cr);
  }
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_line_width (cr, 1);
  draw_y_axis (axes, cr, theme);
  draw_x_axis (axes, cr, theme);
  guise_plot_set_color (cr, theme->foreground, 0.6);
  cairo_move_to (cr, snap (axes->x), axes->y);
  cairo_line_to (cr, snap (axes->x), snap (axes->y + axes->height));
  cairo_line_to (cr, axes->x + axes->width, snap (axes->y + axes->height));
  cairo_stroke (cr);
  draw_texts (axes, cr, theme);
}

void
guise_axes_clip (const GuiseAxes *axes, cairo_t *cr)
{
  cairo_rectangle (cr, axes->x, axes->y - 2, axes->width + 2, axes->height + 4);
  cairo_clip (cr);
}
