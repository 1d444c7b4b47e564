/* Charts and contact sheets: ticks, palette, what is drawn where, files. */
#include <fontconfig/fontconfig.h>
#include <glib/gstdio.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "guise-bar-chart.h"
#include "guise-chart.h"
#include "guise-contact-sheet.h"
#include "guise-radar-chart.h"

enum { WIDTH = 480,
       HEIGHT = 300 };

/* ---- a canvas to look at ---- */

typedef struct {
  cairo_surface_t *surface;
  cairo_t *cr;
} Canvas;

static Canvas
canvas_new (void)
{
  Canvas canvas;

  canvas.surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT);
  canvas.cr = cairo_create (canvas.surface);
  return canvas;
}

static void
canvas_clear (Canvas *canvas)
{
  g_assert_cmpint (cairo_status (canvas->cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (canvas->cr);
  cairo_surface_destroy (canvas->surface);
}

static gboolean
has_color (const Canvas *canvas, int x, int y, GuisePlotColor color)
{
  const guint8 *data = cairo_image_surface_get_data (canvas->surface);
  guint32 pixel;

  if (x < 0 || y < 0 || x >= WIDTH || y >= HEIGHT)
    return FALSE;
  memcpy (&pixel, data + y * cairo_image_surface_get_stride (canvas->surface) + 4 * x, 4);
  return fabs ((pixel >> 16 & 255) / 255.0 - color.red) < 0.02
         && fabs ((pixel >> 8 & 255) / 255.0 - color.green) < 0.02
         && fabs ((pixel & 255) / 255.0 - color.blue) < 0.02;
}

/* Pixels of that colour within a box around (x,y). */
static int
count_color (const Canvas *canvas, double x, double y, int reach, GuisePlotColor color)
{
  int n = 0;

  cairo_surface_flush (canvas->surface);
  for (int i = (int)y - reach; i <= (int)y + reach; i++)
    for (int j = (int)x - reach; j <= (int)x + reach; j++)
      n += has_color (canvas, j, i, color);
  return n;
}

static int
count_everywhere (const Canvas *canvas, GuisePlotColor color)
{
  return count_color (canvas, WIDTH / 2, HEIGHT / 2, WIDTH, color);
}

static int
count_series (const GuiseChart *chart, const Canvas *canvas, guint series, double x, double y)
{
  int reach = series == 0 ? 2 : 8; /* the second is dashed */
  double px, py;

  g_assert_true (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, x, y, &px, &py));
  return count_color (canvas, px, py, reach, guise_plot_get_color (FALSE, series));
}

/* ---- marks ---- */

/* A dot where the line has none so thick, with a name beside it; what has no place is left out. */
static void
test_mark (void)
{
  GuisePlotColor color = guise_plot_get_color (FALSE, 0);
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, "x", "y");
  guint series = guise_chart_add_series (chart, "line");
  Canvas plain = canvas_new (), marked = canvas_new ();
  double x, y;
  int n_before;

  for (int i = 0; i <= 10; i++)
    guise_chart_append (chart, series, i, i);
  g_assert_true (
      guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 5, 5, &x, &y));
  guise_chart_draw (chart, plain.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  n_before = count_color (&plain, x, y, 4, color);
  guise_chart_add_mark (chart, series, 5, 5, "knee");
  guise_chart_add_mark (chart, series, NAN, 5, "nowhere");
  guise_chart_add_mark (chart, series, 5, INFINITY, NULL);
  guise_chart_draw (chart, marked.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  g_assert_cmpint (count_color (&marked, x, y, 4, color), >, n_before + 20);
  g_assert_cmpint (count_everywhere (&marked, guise_plot_light.foreground), >,
                   count_everywhere (&plain, guise_plot_light.foreground));
  canvas_clear (&plain);
  canvas_clear (&marked);
}

/* ---- palette, ticks ---- */

static double
get_luminance (GuisePlotColor color)
{
  const double part[3] = { color.red, color.green, color.blue },
               weight[] = { 0.2126, 0.7152, 0.0722 };
  double sum = 0;

  for (int i = 0; i < 3; i++)
    sum += weight[i]
           * (part[i] <= 0.03928 ? part[i] / 12.92 : pow ((part[i] + 0.055) / 1.055, 2.4));
  return sum;
}

static void
test_palette (void)
{
  for (gboolean dark = FALSE; dark <= TRUE; dark++) {
    double ground = get_luminance ((dark ? guise_plot_dark : guise_plot_light).background);

    for (guint s = 0; s < 8; s++) {
      double light = get_luminance (guise_plot_get_color (dark, s));

      g_assert_cmpfloat ((MAX (light, ground) + 0.05) / (MIN (light, ground) + 0.05), >=, 3);
    }
  }
}

static void
test_dashes (void)
{
  double a[4], b[4];

  g_assert_cmpint (guise_plot_get_dashes (0, 2, a), ==, 0);
  for (guint s = 0; s < 8; s++) { /* the same colour eight series on has other dashes */
    int n = guise_plot_get_dashes (s, 2, a), m = guise_plot_get_dashes (s + 8, 2, b);

    g_assert_true (n != m || memcmp (a, b, n * sizeof *a) != 0);
  }
}

static void
assert_ticks (double low, double high, guint max, const char *expected)
{
  guint n;
  g_autofree double *ticks = guise_plot_create_ticks (low, high, max, &n);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    g_autofree char *label = guise_plot_format_tick (ticks[i], n > 1 ? ticks[1] - ticks[0] : 1);

    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", label);
  }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_ticks (void)
{
  guint n;
  g_autofree double *none = NULL, *logs = NULL, *decades = NULL;

  assert_ticks (0, 1, 6, "0 0.2 0.4 0.6 0.8 1");
  assert_ticks (-1, 1, 5, "-1 -0.5 0 0.5 1");
  assert_ticks (0, 7000, 5, "0 2000 4000 6000");
  assert_ticks (0, 40000, 5, "0 10k 20k 30k 40k");
  assert_ticks (0, 3e6, 4, "0 1M 2M 3M");
  assert_ticks (0.12, 0.13, 5, "0.12 0.1225 0.125 0.1275 0.13");
  assert_ticks (0.1, 0.9, 3, "0.25 0.5 0.75");
  assert_ticks (5, 5, 5, "5");
  assert_ticks (3, 1, 5, "");
  none = guise_plot_create_ticks (NAN, 1, 5, &n);
  g_assert_cmpuint (n, ==, 0);
  logs = guise_plot_create_log_ticks (0.01, 10, 12, &n);
  g_assert_cmpuint (n, ==, 10);
  g_assert_cmpfloat_with_epsilon (logs[1], 0.02, 1e-12);
  decades = guise_plot_create_log_ticks (1e-8, 1e8, 5, &n);
  g_assert_cmpuint (n, <=, 6);
  g_assert_cmpuint (n, >=, 3);
}

/* Any range whatever gives few, ascending ticks inside it. */
static void
test_ticks_everywhere (void)
{
  for (int power = -300; power <= 300; power += 7) {
    for (int i = 0; i < 20; i++) {
      double low = g_test_rand_double_range (-1, 1) * pow (10, power), high;
      guint n;
      g_autofree double *ticks = NULL;

      high = low + g_test_rand_double_range (1e-6, 1) * pow (10, power);
      ticks = guise_plot_create_ticks (low, high, 7, &n);
      g_assert_cmpuint (n, <=, 7);
      for (guint k = 1; k < n; k++)
        g_assert_cmpfloat (ticks[k], >, ticks[k - 1]);
    }
  }
}

/* ---- line charts ---- */

static GuiseChart *
create_chart (void)
{
  GuiseChart *chart = guise_chart_new ("Losses", "step", "loss");

  g_assert_cmpuint (guise_chart_add_series (chart, "info"), ==, 0);
  g_assert_cmpuint (guise_chart_add_series (chart, "caption"), ==, 1);
  for (int i = 0; i <= 100; i++) {
    guise_chart_append (chart, 0, i * 10, 4 - 0.03 * i);
    if (i % 20 == 0)
      guise_chart_append (chart, 1, i * 10, 1 + 0.01 * i);
  }
  return chart;
}

static void
test_lines (void)
{
  g_autoptr (GuiseChart) chart = create_chart ();
  Canvas canvas = canvas_new ();

  guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  g_assert_cmpint (count_series (chart, &canvas, 0, 0, 4), >, 0);
  g_assert_cmpint (count_series (chart, &canvas, 0, 500, 2.5), >, 0);
  g_assert_cmpint (count_series (chart, &canvas, 0, 1000, 1), >, 0);
  g_assert_cmpint (count_series (chart, &canvas, 0, 500, 3.5), ==, 0);
  g_assert_cmpint (count_series (chart, &canvas, 1, 400, 1.4), >, 0);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_light.background), >, WIDTH * HEIGHT / 2);
  canvas_clear (&canvas);
}

static void
test_hidden (void)
{
  g_autoptr (GuiseChart) chart = create_chart ();
  Canvas canvas = canvas_new ();

  guise_chart_set_visible (chart, 1, FALSE);
  guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 1)), ==, 0);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 0)), >, 100);
  canvas_clear (&canvas);
}

static void
test_gaps (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, NULL, NULL);
  Canvas canvas = canvas_new ();
  double y[] = { 1, 1, NAN, 1, 1, INFINITY, 1, -1e300, 2 };

  guise_chart_add_series (chart, "a");
  for (guint i = 0; i < G_N_ELEMENTS (y); i++)
    g_assert_true (guise_chart_append (chart, 0, i, y[i]));
  guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  g_assert_cmpint (count_series (chart, &canvas, 0, 0.5, 1), >, 0);
  g_assert_cmpint (count_series (chart, &canvas, 0, 2, 1), ==, 0); /* not bridged */
  g_assert_cmpint (count_series (chart, &canvas, 0, 3.5, 1), >, 0);
  g_assert_cmpint (count_series (chart, &canvas, 0, 6, 1), >, 0); /* a lone point is a dot */
  canvas_clear (&canvas);
}

static void
test_odd_data (void)
{
  const double constants[] = { 0, 5, -1e-9, 1e100 };

  for (guint i = 0; i < G_N_ELEMENTS (constants); i++) {
    for (guint log_y = 0; log_y <= 1; log_y++) {
      g_autoptr (GuiseChart) chart = guise_chart_new ("t", "x", "y");
      Canvas canvas = canvas_new ();

      guise_chart_add_series (chart, "a");
      guise_chart_add_series (chart, "empty");
      guise_chart_set_log_y (chart, log_y);
      for (int x = 0; x < 4; x++)
        guise_chart_append (chart, 0, x, constants[i]);
      guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, 2);
      if (!log_y || constants[i] > 0)
        g_assert_cmpint (count_series (chart, &canvas, 0, 1, constants[i]), >, 0);
      guise_chart_draw (chart, canvas.cr, 3, 2, &guise_plot_light, 2); /* far too small */
      canvas_clear (&canvas);
    }
  }
}

static void
test_empty (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, NULL, NULL);
  Canvas canvas = canvas_new ();
  GuiseChartHover hover;

  guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, NAN);
  guise_chart_add_series (chart, "a");
  g_assert_false (guise_chart_append (chart, 0, NAN, 1));
  guise_chart_append (chart, 0, 5, NAN);
  g_assert_false (guise_chart_append (chart, 0, 4, 1)); /* backwards */
  guise_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light, 5);
  g_assert_false (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, WIDTH / 2, &hover));
  guise_chart_hover_clear (&hover);
  canvas_clear (&canvas);
}

static void
test_hover (void)
{
  g_autoptr (GuiseChart) chart = create_chart ();
  GuiseChartHover hover;
  double x, y;

  g_assert_true (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 400, 2.8, &x, &y));
  g_assert_true (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, x + 1, &hover));
  g_assert_cmpfloat (hover.x, ==, 400);
  g_assert_cmpuint (hover.n_series, ==, 2);
  g_assert_cmpfloat_with_epsilon (hover.values[0], 2.8, 1e-9);
  g_assert_cmpfloat_with_epsilon (hover.values[1], 1.4, 1e-9);
  guise_chart_hover_clear (&hover);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 410, 2.8, &x, &y);
  g_assert_true (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, x, &hover));
  g_assert_cmpfloat (hover.x, ==, 410);
  g_assert_true (isnan (hover.values[1])); /* it has no point there */
  guise_chart_hover_clear (&hover);
  g_assert_false (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, 2, &hover));
  guise_chart_hover_clear (&hover);
}

static void
test_smoothing (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, NULL, NULL);
  GuiseChartHover hover;
  double x, y;

  guise_chart_add_series (chart, "a");
  guise_chart_append (chart, 0, 0, 4);
  guise_chart_set_smoothing (chart, 0.5);
  guise_chart_append (chart, 0, 1, 8);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 1, 8, &x, &y);
  g_assert_true (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, x, &hover));
  g_assert_cmpfloat (hover.values[0], ==, 8);
  g_assert_cmpfloat_with_epsilon (hover.smoothed[0], (0.25 * 4 + 0.5 * 8) / 0.75, 1e-9);
  guise_chart_hover_clear (&hover);
}

static void
test_log_and_range (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, NULL, NULL);
  double x, low, middle, high;

  guise_chart_add_series (chart, "a");
  guise_chart_append (chart, 0, 0, 0.01);
  guise_chart_append (chart, 0, 1, 1);
  guise_chart_set_log_y (chart, TRUE);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 0.01, &x, &low);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 0.1, &x, &middle);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 1, &x, &high);
  g_assert_cmpfloat_with_epsilon (middle, 0.5 * (low + high), 1e-6);
  g_assert_false (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 0, &x, &low));
  guise_chart_set_log_y (chart, FALSE);
  guise_chart_set_y_range (chart, 0, 100);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 0, &x, &low);
  guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 100, &x, &high);
  g_assert_cmpfloat (low - high, >, HEIGHT / 2);
}

static void
test_words (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, NULL, NULL);
  g_autofree char *summary = NULL, *csv = NULL;

  guise_chart_add_series (chart, "R@1 \"who\"");
  guise_chart_add_series (chart, "none");
  guise_chart_append (chart, 0, 100, 20.5);
  guise_chart_append (chart, 0, 200, NAN);
  guise_chart_append (chart, 0, 300, 10);
  summary = guise_chart_create_summary (chart);
  g_assert_cmpstr (summary, ==, "R@1 \"who\": 10 at 300, least 10, greatest 20.5.\nnone: no data.");
  csv = guise_chart_create_csv (chart);
  g_assert_cmpstr (csv, ==,
                   "series,x,y\n\"R@1 \"\"who\"\"\",100,20.5\n\"R@1 \"\"who\"\"\",200,\n"
                   "\"R@1 \"\"who\"\"\",300,10\n");
}

/* ---- bars ---- */

static void
test_histogram (void)
{
  const float samples[] = { 0.05f, 0.1f, 0.55f, -3, 7, NAN, 1 };
  g_autoptr (GuiseBarChart) chart = guise_bar_chart_new ("Gates", "weight", "images");
  Canvas canvas = canvas_new ();

  guise_bar_chart_set_bins (chart, 0, 1, 4);
  g_assert_cmpuint (guise_bar_chart_add_samples (chart, "identity", samples, 7), ==, 6);
  g_assert_cmpfloat (guise_bar_chart_get_value (chart, 0, 0), ==, 3);
  g_assert_cmpfloat (guise_bar_chart_get_value (chart, 0, 1), ==, 0);
  g_assert_cmpfloat (guise_bar_chart_get_value (chart, 0, 2), ==, 1);
  g_assert_cmpfloat (guise_bar_chart_get_value (chart, 0, 3), ==, 2);
  g_assert_true (isnan (guise_bar_chart_get_value (chart, 1, 0)));
  guise_bar_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light);
  g_assert_cmpint (count_color (&canvas, 100, HEIGHT - 60, 3, guise_plot_get_color (FALSE, 0)), ==,
                   49);
  g_assert_cmpint (count_color (&canvas, 200, HEIGHT - 60, 3, guise_plot_get_color (FALSE, 0)), ==,
                   0); /* the empty bin */
  g_assert_cmpint (guise_bar_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, 100), ==, 0);
  g_assert_cmpint (guise_bar_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, 400), ==, 3);
  g_assert_cmpint (guise_bar_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, 1), ==, -1);
  canvas_clear (&canvas);
}

static void
test_bars (void)
{
  const char *const names[] = { "who", "colour", NULL };
  const double v[] = { 57, NAN }, c[] = { -20, 66 }, low[] = { 50, NAN }, high[] = { 64, NAN };
  g_autoptr (GuiseBarChart) chart = guise_bar_chart_new (NULL, NULL, NULL);
  Canvas canvas = canvas_new ();

  guise_bar_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light); /* nothing yet */
  guise_bar_chart_set_categories (chart, names);
  guise_bar_chart_add_values (chart, "from v", v, low, high);
  guise_bar_chart_add_values (chart, "from c", c, NULL, NULL);
  guise_bar_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 0)), >, 3000);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 1)), >, 3000);
  g_assert_cmpint (guise_bar_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, 400), ==, 1);
  canvas_clear (&canvas);
}

/* ---- contact sheet ---- */

static void
fill_picture (guint8 *pixels, guint width, guint height, guint8 red, guint8 green, guint8 blue)
{
  for (guint i = 0; i < width * height; i++) {
    pixels[3 * i] = red;
    pixels[3 * i + 1] = green;
    pixels[3 * i + 2] = blue;
  }
}

static void
test_contact_sheet (void)
{
  static guint8 pixels[3 * 32 * 64];
  const GuisePlotColor blood = { 200 / 255.0, 30 / 255.0, 10 / 255.0, 1 };
  GuiseSheetHit hits[3] = { { pixels, 32, 64, 0.9f, 0.5f, GUISE_TRUTH_RIGHT },
                            { NULL, 0, 0, 0.1f, NAN, GUISE_TRUTH_WRONG },
                            { pixels, 32, 64, -0.5f, 2, GUISE_TRUTH_UNKNOWN } };
  g_autoptr (GuiseContactSheet) sheet = guise_contact_sheet_new ("Three queries");
  Canvas canvas = canvas_new ();
  double width, height, taller;

  fill_picture (pixels, 32, 64, 200, 30, 10);
  guise_contact_sheet_draw (sheet, canvas.cr, &guise_plot_light); /* no rows */
  guise_contact_sheet_add_row (sheet, "Who", "a tall man with grey hair", "rank 1", hits, 2);
  guise_contact_sheet_get_size (sheet, &width, &height);
  guise_contact_sheet_draw (sheet, canvas.cr, &guise_plot_light);
  /* Red survives as red, at 72 by 144 less the tick's corner. */
  g_assert_cmpint (count_everywhere (&canvas, blood), >, 70 * 140 - 200);
  g_assert_cmpint (count_everywhere (&canvas, blood), <=, 72 * 144);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 2)), >, 4 * 400);
  g_assert_cmpint (count_everywhere (&canvas, guise_plot_get_color (FALSE, 0)), >, 300);
  guise_contact_sheet_add_row (sheet, NULL, "", NULL, hits + 2, 1);
  guise_contact_sheet_get_size (sheet, &width, &taller);
  g_assert_cmpfloat (taller, >, height + 100);
  canvas_clear (&canvas);
}

/* ---- files ---- */

static void
assert_file (const char *path, const char *start)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, 500);
  g_assert_cmpmem (bytes, strlen (start), start, strlen (start));
}

static void
test_files (void)
{
  const char *const endings[] = { "png", "svg", "pdf" };
  const char *const starts[] = { "\x89PNG", "<?xml", "%PDF" };
  g_autofree char *folder = g_dir_make_tmp ("guise-plot-XXXXXX", NULL);
  g_autoptr (GuiseChart) chart = create_chart ();
  g_autoptr (GError) error = NULL;
  g_autofree char *wrong = g_build_filename (folder, "a.gif", NULL);

  for (guint i = 0; i < 3; i++) {
    g_autofree char *name = g_strdup_printf ("a.%s", endings[i]);
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_assert_true (guise_chart_save (chart, path, 400, 300, 2, &guise_plot_dark, &error));
    g_assert_no_error (error);
    assert_file (path, starts[i]);
    if (i == 0) {
      cairo_surface_t *picture = cairo_image_surface_create_from_png (path);

      g_assert_cmpint (cairo_image_surface_get_width (picture), ==, 800);
      g_assert_cmpint (cairo_image_surface_get_height (picture), ==, 600);
      cairo_surface_destroy (picture);
    }
    g_unlink (path);
  }
  g_assert_false (guise_chart_save (chart, wrong, 400, 300, 1, &guise_plot_dark, &error));
  g_assert_error (error, GUISE_PLOT_ERROR, GUISE_PLOT_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_false (
      guise_chart_save (chart, "/nonexistent/a.png", 400, 300, 1, &guise_plot_dark, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_false (guise_chart_save (chart, "a.png", 1e6, 300, 1, &guise_plot_dark, &error));
  g_assert_error (error, GUISE_PLOT_ERROR, GUISE_PLOT_ERROR_SIZE);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing half-written is left */
}

/* ---- logarithmic x, several in one picture ---- */

/* Steps of ten are equally far apart, and there is no place for nothing. */
static void
test_log_x (void)
{
  g_autoptr (GuiseChart) chart = guise_chart_new (NULL, "x", "y");
  GuiseChartHover hover;
  double a, b, c, y;

  guise_chart_set_log_x (chart, TRUE);
  guise_chart_add_series (chart, "s");
  g_assert_false (guise_chart_append (chart, 0, 0, 1));
  g_assert_false (guise_chart_append (chart, 0, -1, 1));
  for (double x = 1; x <= 100; x *= 10)
    g_assert_true (guise_chart_append (chart, 0, x, x));
  g_assert_true (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 1, 1, &a, &y));
  g_assert_true (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 10, 10, &b, &y));
  g_assert_true (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 100, 100, &c, &y));
  g_assert_cmpfloat_with_epsilon (b - a, c - b, 1e-6);
  g_assert_cmpfloat (b - a, >, 100);
  g_assert_true (guise_chart_hover (chart, WIDTH, HEIGHT, &guise_plot_light, b + 3, &hover));
  g_assert_cmpfloat (hover.x, ==, 10);
  guise_chart_hover_clear (&hover);
  g_assert_false (guise_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 10, &a, &y));
}

static void
test_grid (void)
{
  g_autofree char *folder = g_dir_make_tmp ("plot-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "grid.png", NULL);
  g_autoptr (GuiseChart) first = guise_chart_new ("one", NULL, NULL),
                         second = guise_chart_new ("two", NULL, NULL);
  const GuiseChart *charts[] = { first, second };
  Canvas canvas;
  double x, y;

  guise_chart_add_series (first, "s");
  guise_chart_add_series (second, "s");
  for (int i = 0; i <= 4; i++)
    guise_chart_append (second, 0, i, i);
  g_assert_true (guise_chart_save_grid (charts, 2, 2, path, WIDTH, HEIGHT, 1, &guise_plot_light,
                                        NULL));
  canvas.surface = cairo_image_surface_create_from_png (path);
  canvas.cr = cairo_create (canvas.surface);
  g_assert_true (guise_chart_locate (second, WIDTH / 2, HEIGHT, &guise_plot_light, 2, 2, &x, &y));
  g_assert_cmpint (count_color (&canvas, WIDTH / 2 + x, y, 2, guise_plot_get_color (FALSE, 0)), >,
                   0);
  g_assert_cmpint (count_color (&canvas, x, y, 2, guise_plot_get_color (FALSE, 0)), ==, 0);
  canvas_clear (&canvas);
  g_unlink (path);
  g_rmdir (folder);
}

/* ---- radar ---- */

static void
test_radar (void)
{
  static const char *const axes[] = { "up", "right", "down", "left", NULL };
  const double whole[] = { 100, 50, 200, 100 }, gap[] = { 40, NAN, 40, 40 };
  g_autoptr (GuiseRadarChart) chart = guise_radar_chart_new ("radar", axes, 100);
  GuisePlotColor first = guise_plot_get_color (FALSE, 0);
  Canvas canvas = canvas_new ();
  double x, y, up_x, up_y;

  guise_radar_chart_add_values (chart, "whole", whole);
  guise_radar_chart_add_values (chart, "with a gap", gap);
  guise_radar_chart_draw (chart, canvas.cr, WIDTH, HEIGHT, &guise_plot_light);
  guise_radar_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 0, 100, &up_x, &up_y);
  g_assert_cmpint (count_color (&canvas, up_x, up_y, 2, first), >, 0);
  guise_radar_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 1, 50, &x, &y);
  g_assert_cmpint (count_color (&canvas, x, y, 2, first), >, 0);
  g_assert_cmpfloat (x, >, up_x);
  g_assert_cmpfloat (y, >, up_y);
  guise_radar_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 1, 100, &x, &y);
  g_assert_cmpint (count_color (&canvas, x, y, 2, first), ==, 0);
  guise_radar_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 2, 200, &x, &y); /* the rim */
  g_assert_cmpint (count_color (&canvas, x, y, 2, first), >, 0);
  guise_radar_chart_locate (chart, WIDTH, HEIGHT, &guise_plot_light, 1, 40, &x, &y);
  g_assert_cmpint (count_color (&canvas, x, y, 2, guise_plot_get_color (FALSE, 1)), ==, 0);
  canvas_clear (&canvas);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plot/palette", test_palette);
  g_test_add_func ("/plot/dashes", test_dashes);
  g_test_add_func ("/plot/ticks", test_ticks);
  g_test_add_func ("/plot/ticks-everywhere", test_ticks_everywhere);
  g_test_add_func ("/plot/lines", test_lines);
  g_test_add_func ("/plot/hidden", test_hidden);
  g_test_add_func ("/plot/mark", test_mark);
  g_test_add_func ("/plot/gaps", test_gaps);
  g_test_add_func ("/plot/odd-data", test_odd_data);
  g_test_add_func ("/plot/empty", test_empty);
  g_test_add_func ("/plot/hover", test_hover);
  g_test_add_func ("/plot/smoothing", test_smoothing);
  g_test_add_func ("/plot/log-and-range", test_log_and_range);
  g_test_add_func ("/plot/words", test_words);
  g_test_add_func ("/plot/histogram", test_histogram);
  g_test_add_func ("/plot/bars", test_bars);
  g_test_add_func ("/plot/contact-sheet", test_contact_sheet);
  g_test_add_func ("/plot/files", test_files);
  g_test_add_func ("/plot/log-x", test_log_x);
  g_test_add_func ("/plot/grid", test_grid);
  g_test_add_func ("/plot/radar", test_radar);
  status = g_test_run ();
  pango_cairo_font_map_set_default (NULL); /* fonts are kept until the end: no leak */
  cairo_debug_reset_static_data ();
  FcFini ();
  return status;
}
