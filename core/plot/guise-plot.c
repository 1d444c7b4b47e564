#include "guise-plot.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "guise-atomic-file.h"

#define DEFAULT_FONT_SIZE 11.0
/* More than this in a picture is a mistake of the caller's. */
#define MAX_PIXELS 16384.0

#define RGB(hex)                                                              \
  {                                                                           \
    ((hex) >> 16) / 255.0, ((hex) >> 8 & 255) / 255.0, ((hex)&255) / 255.0, 1 \
  }

GQuark
guise_plot_error_quark (void)
{
  return g_quark_from_static_string ("guise-plot-error");
}

/* ---- colours ---- */

const GuisePlotTheme guise_plot_light = {
  .background = RGB (0xffffff),
  .foreground = RGB (0x2e3436),
};

const GuisePlotTheme guise_plot_dark = {
  .background = RGB (0x1e1e1e),
  .foreground = RGB (0xe6e6e6),
  .dark = TRUE,
};

static const GuisePlotColor light_palette[] = {
  RGB (0x0072b2), RGB (0xd55e00), RGB (0x008c66), RGB (0xb0508a),
  RGB (0xb07500), RGB (0x2486bf), RGB (0x757000), RGB (0x5c5c5c)
};

static const GuisePlotColor dark_palette[] = {
  RGB (0x4aa8e0), RGB (0xff8040), RGB (0x21bf92), RGB (0xe395c4),
  RGB (0xeba72d), RGB (0x9ad5f7), RGB (0xf0e442), RGB (0xbdbdbd)
};

GuisePlotColor
guise_plot_get_color (gboolean dark, guint series)
{
  guint i = series % G_N_ELEMENTS (light_palette);

  return dark ? dark_palette[i] : light_palette[i];
}

int
guise_plot_get_dashes (guint series, double line_width, double *dashes)
{
  static const struct {
    int n;
    double lengths[4];
  } patterns[] = { { 0 }, { 2, { 5, 2 } }, { 4, { 6, 2, 1.5, 2 } }, { 2, { 1.5, 1.5 } } };
  guint i = (series + series / G_N_ELEMENTS (light_palette)) % G_N_ELEMENTS (patterns);

  for (int d = 0; d < patterns[i].n; d++)
    dashes[d] = patterns[i].lengths[d] * line_width;
  return patterns[i].n;
}

/* ---- ticks ---- */

static size_t
count_ticks (double low, double high, double step, double *first)
{
  /* A millionth of a step forgives rounding at the ends. */
  *first = ceil (low / step - 1e-6);
  return MAX (floor (high / step + 1e-6) - *first + 1, 0);
}

double *
guise_plot_create_ticks (double low, double high, guint max_ticks, guint *n_ticks)
{
  static const double steps[] = { 1, 2, 2.5, 5 };
  double *ticks, first = 0, step, power;
  size_t n = 0;

  *n_ticks = 0;
  if (!(low <= high) || !isfinite (high - low) || max_ticks < 1)
    return g_new0 (double, 1);
  if (high - low <= 1e-12 * MAX (fabs (low), fabs (high))) {
    ticks = g_new0 (double, 1);
    ticks[(*n_ticks)++] = low;
    return ticks;
  }
  power = pow (10, floor (log10 ((high - low) / max_ticks)));
  for (guint i = 0;; i++) {
    step = power * steps[i % 4] * pow (10, i / 4);
    n = count_ticks (low, high, step, &first);
    if (n <= max_ticks)
      break;
  }
  ticks = g_new0 (double, n + 1);
  for (size_t i = 0; i < n; i++)
    ticks[i] = (first + i) * step + 0.0; /* -0 becomes 0 */
  *n_ticks = n;
  return ticks;
}

double *
guise_plot_create_log_ticks (double low, double high, guint max_ticks, guint *n_ticks)
{
  static const double within[] = { 1, 2, 5 };
  GArray *ticks = g_array_new (FALSE, TRUE, sizeof (double));
  double first, last;
  guint n_within, stride;

  *n_ticks = 0;
  g_array_set_size (ticks, 1);
  g_array_set_size (ticks, 0);
  if (!(low > 0 && low <= high) || !isfinite (high) || max_ticks < 1)
    return (double *)g_array_free (ticks, FALSE);
  first = floor (log10 (low));
  last = ceil (log10 (high));
  n_within = 3 * (last - first) <= max_ticks ? 3 : 1;
  stride = MAX (1, ceil ((last - first + 1) / max_ticks));
  for (double power = first; power <= last; power += stride) {
    for (guint i = 0; i < n_within; i++) {
      double tick = within[i] * pow (10, power);

      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9))
        g_array_append_val (ticks, tick);
    }
  }
  if (ticks->len < 2) {
    g_array_free (ticks, TRUE);
    return guise_plot_create_ticks (low, high, max_ticks, n_ticks);
  }
  *n_ticks = ticks->len;
  return (double *)g_array_free (ticks, FALSE);
}

static int
count_decimals (double step)
{
  for (int decimals = 0; decimals < 9; decimals++) {
    double scaled = fabs (step) * pow (10, decimals);

    if (fabs (scaled - round (scaled)) < 1e-6 * scaled)
      return decimals;
  }
  return 9;
}

/* value with as many decimals as step needs, less those that are zero. */
static char *
format_short (double value, double step, const char *unit)
{
  int decimals = count_decimals (step);
  g_autofree char *digits = g_strdup_printf ("%.*f", decimals, value);
  size_t n = strlen (digits);

  while (decimals > 0 && digits[n - 1] == '0') {
    digits[--n] = '\0';
    decimals--;
  }
  if (n > 0 && !g_ascii_isdigit (digits[n - 1])) /* the decimal point or comma */
    digits[--n] = '\0';
  return g_strconcat (digits, unit, NULL);
}

char *
guise_plot_format_tick (double value, double step)
{
  double size = fabs (value);

  if (size == 0)
    return g_strdup ("0");
  if (size < 1e-4 || size >= 1e12) {
    int power = floor (log10 (size) + 1e-9);

    return g_strdup_printf ("%.3ge%d", value / pow (10, power), power);
  }
  if (size >= 1e6 && step >= 1e4)
    return format_short (value / 1e6, step / 1e6, "M");
  if (size >= 1e4 && step >= 100)
    return format_short (value / 1e3, step / 1e3, "k");
  return format_short (value, step, "");
}

/* ---- text ---- */

static PangoLayout *
create_layout (cairo_t *cr, const GuisePlotTheme *theme, const char *text)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_new ();
  cairo_font_options_t *options = cairo_font_options_create ();
  double size = theme->font_size > 0 ? theme->font_size : DEFAULT_FONT_SIZE;

  /* Without hinted metrics, the same text is as wide on every kind of surface: places agree. */
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  pango_cairo_context_set_font_options (pango_layout_get_context (layout), options);
  cairo_font_options_destroy (options);
  pango_font_description_set_family (font, theme->font != NULL ? theme->font : "Sans");
  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

void
guise_plot_measure_text (cairo_t *cr, const GuisePlotTheme *theme, const char *text, double *width,
                         double *height)
{
  g_autoptr (PangoLayout) layout = create_layout (cr, theme, text);
  int w, h;

  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_get_size (layout, &w, &h);
  if (width != NULL)
    *width = (double)w / PANGO_SCALE;
  if (height != NULL)
    *height = (double)h / PANGO_SCALE;
}

void
guise_plot_draw_text (cairo_t *cr, const GuisePlotTheme *theme, const char *text, double x,
                      double y, double align_x, double align_y, double max_width)
{
  g_autoptr (PangoLayout) layout = create_layout (cr, theme, text);
  int w, h;

  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_get_size (layout, &w, &h);
  if (max_width > 0 && w > max_width * PANGO_SCALE) {
    pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_width (layout, max_width * PANGO_SCALE);
    pango_layout_get_size (layout, &w, &h);
  }
  cairo_move_to (cr, x - align_x * w / PANGO_SCALE, y - align_y * h / PANGO_SCALE);
  pango_cairo_show_layout (cr, layout);
}

double
guise_plot_draw_paragraph (cairo_t *cr, const GuisePlotTheme *theme, const char *text, double x,
                           double y, double width, guint max_lines)
{
  g_autoptr (PangoLayout) layout = create_layout (cr, theme, text);
  int height;

  pango_layout_set_width (layout, MAX (width, 1) * PANGO_SCALE);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height (layout, -(int)max_lines);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_get_size (layout, NULL, &height);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
  return (double)height / PANGO_SCALE;
}

void
guise_plot_set_color (cairo_t *cr, GuisePlotColor color, double alpha)
{
  cairo_set_source_rgba (cr, color.red, color.green, color.blue, color.alpha * alpha);
}

cairo_t *
guise_plot_create_measuring (void)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 1, 1);
  cairo_t *cr = cairo_create (surface);

  cairo_surface_destroy (surface);
  return cr;
}

/* ---- files ---- */

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int size)
{
  g_byte_array_append (closure, data, size);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (const char *path, double width, double height, double scale, GByteArray *bytes)
{
  if (g_str_has_suffix (path, ".svg"))
    return cairo_svg_surface_create_for_stream (append_bytes, bytes, width, height);
  if (g_str_has_suffix (path, ".pdf"))
    return cairo_pdf_surface_create_for_stream (append_bytes, bytes, width, height);
  if (g_str_has_suffix (path, ".png"))
    return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, ceil (width * scale),
                                       ceil (height * scale));
  return NULL;
}

gboolean
guise_plot_save (const char *path, double width, double height, double scale, GuisePlotDraw draw,
                 gpointer data, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  if (!(width >= 1 && height >= 1 && scale > 0)
      || !(MAX (width, height) * MAX (scale, 1) <= MAX_PIXELS)) {
    g_set_error (error, GUISE_PLOT_ERROR, GUISE_PLOT_ERROR_SIZE,
                 "saving a chart: '%s': a size of %g by %g at scale %g is out of range", path,
                 width, height, scale);
    return FALSE;
  }
  surface = create_surface (path, width, height, scale, bytes);
  if (surface == NULL) {
    g_set_error (error, GUISE_PLOT_ERROR, GUISE_PLOT_ERROR_FORMAT,
                 "saving a chart: '%s': the name must end in .png, .svg or .pdf", path);
    return FALSE;
  }
  cr = cairo_create (surface);
  if (cairo_surface_get_type (surface) == CAIRO_SURFACE_TYPE_IMAGE)
    cairo_scale (cr, scale, scale);
  draw (cr, width, height, data);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS
      && cairo_surface_get_type (surface) == CAIRO_SURFACE_TYPE_IMAGE)
    status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status != CAIRO_STATUS_SUCCESS) {
    g_set_error (error, GUISE_PLOT_ERROR, GUISE_PLOT_ERROR_DRAW, "saving a chart: '%s': %s", path,
                 cairo_status_to_string (status));
    return FALSE;
  }
  return guise_atomic_write (path, bytes->data, bytes->len, error);
}
