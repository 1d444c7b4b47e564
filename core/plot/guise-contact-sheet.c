#include "guise-contact-sheet.h"

#include <math.h>

#define MARGIN 16.0
#define TEXT_WIDTH 210.0
#define THUMB_WIDTH 72.0
#define THUMB_HEIGHT 144.0
#define CELL_GAP 14.0
#define RANK_HEIGHT 18.0
#define BAR_HEIGHT 5.0
#define BAR_GAP 3.0
#define FRAME 4.0
#define ROW_GAP 20.0
#define TITLE_HEIGHT 34.0
#define ROW_HEIGHT (RANK_HEIGHT + THUMB_HEIGHT + FRAME + 2 * (BAR_GAP + BAR_HEIGHT))

typedef struct {
  cairo_surface_t *picture; /* NULL = could not be read */
  float identity, clothing;
  GuiseTruth truth;
} Hit;

typedef struct {
  char *label, *query, *note;
  GArray *hits; /* Hit */
} Row;

struct _GuiseContactSheet {
  char *title;
  GPtrArray *rows; /* Row */
  size_t n_columns;
};

/* ---- data ---- */

static void
hit_clear (gpointer data)
{
  g_clear_pointer (&((Hit *)data)->picture, cairo_surface_destroy);
}

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->label);
  g_free (row->query);
  g_free (row->note);
  g_array_unref (row->hits);
  g_free (row);
}

GuiseContactSheet *
guise_contact_sheet_new (const char *title)
{
  GuiseContactSheet *sheet = g_new0 (GuiseContactSheet, 1);

  sheet->title = g_strdup (title);
  sheet->rows = g_ptr_array_new_with_free_func (row_free);
  return sheet;
}

void
guise_contact_sheet_free (GuiseContactSheet *sheet)
{
  if (sheet == NULL)
    return;
  g_free (sheet->title);
  g_ptr_array_unref (sheet->rows);
  g_free (sheet);
}

/* Cairo's own pixels out of RGB8; NULL when there is no picture. */
static cairo_surface_t *
create_picture (const GuiseSheetHit *hit)
{
  cairo_surface_t *surface;
  guint8 *pixels;
  int stride;

  if (hit->pixels == NULL || hit->width == 0 || hit->height == 0)
    return NULL;
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, hit->width, hit->height);
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS) {
    cairo_surface_destroy (surface);
    return NULL;
  }
  cairo_surface_flush (surface);
  pixels = cairo_image_surface_get_data (surface);
  stride = cairo_image_surface_get_stride (surface);
  for (size_t y = 0; y < hit->height; y++) {
    const guint8 *from = hit->pixels + 3 * y * hit->width;
    guint32 *to = (guint32 *)(void *)(pixels + y * stride);

    for (size_t x = 0; x < hit->width; x++)
      to[x] = (guint32)from[3 * x] << 16 | (guint32)from[3 * x + 1] << 8 | from[3 * x + 2];
  }
  cairo_surface_mark_dirty (surface);
  return surface;
}

void
guise_contact_sheet_add_row (GuiseContactSheet *sheet, const char *label, const char *query,
                             const char *note, const GuiseSheetHit *hits, size_t n_hits)
{
  Row *row = g_new0 (Row, 1);

  row->label = g_strdup (label);
  row->query = g_strdup (query);
  row->note = g_strdup (note);
  row->hits = g_array_new (FALSE, FALSE, sizeof (Hit));
  g_array_set_clear_func (row->hits, hit_clear);
  for (size_t i = 0; i < n_hits; i++) {
    Hit hit = { .picture = create_picture (&hits[i]),
                .identity = hits[i].identity,
                .clothing = hits[i].clothing,
                .truth = hits[i].truth };

    g_array_append_val (row->hits, hit);
  }
  g_ptr_array_add (sheet->rows, row);
  sheet->n_columns = MAX (sheet->n_columns, n_hits);
}

void
guise_contact_sheet_get_size (const GuiseContactSheet *sheet, double *width, double *height)
{
  *width = 2 * MARGIN + TEXT_WIDTH + sheet->n_columns * (THUMB_WIDTH + CELL_GAP) + CELL_GAP;
  *height = 2 * MARGIN + TITLE_HEIGHT + sheet->rows->len * (ROW_HEIGHT + ROW_GAP)
            - (sheet->rows->len > 0 ? ROW_GAP : 0);
}

/* ---- drawing ---- */

static GuisePlotColor
get_truth_color (const GuisePlotTheme *theme)
{
  return guise_plot_get_color (theme->dark, 2);
}

/* Identity and clothing have the first two colours of the palette, as everywhere. */
static void
draw_bar (cairo_t *cr, const GuisePlotTheme *theme, guint part, float value, double x, double y)
{
  if (isnan (value))
    return;
  guise_plot_set_color (cr, theme->foreground, 0.15);
  cairo_rectangle (cr, x, y, THUMB_WIDTH, BAR_HEIGHT);
  cairo_fill (cr);
  guise_plot_set_color (cr, guise_plot_get_color (theme->dark, part), 1);
  cairo_rectangle (cr, x, y, THUMB_WIDTH * CLAMP (value, 0, 1), BAR_HEIGHT);
  cairo_fill (cr);
}

static void
draw_picture (cairo_t *cr, const GuisePlotTheme *theme, cairo_surface_t *picture, double x,
              double y)
{
  double width, height, scale;

  if (picture == NULL) {
    guise_plot_set_color (cr, theme->foreground, 0.4);
    cairo_set_line_width (cr, 1);
    cairo_rectangle (cr, x + 0.5, y + 0.5, THUMB_WIDTH - 1, THUMB_HEIGHT - 1);
    cairo_move_to (cr, x, y);
    cairo_line_to (cr, x + THUMB_WIDTH, y + THUMB_HEIGHT);
    cairo_move_to (cr, x + THUMB_WIDTH, y);
    cairo_line_to (cr, x, y + THUMB_HEIGHT);
    cairo_stroke (cr);
    return;
  }
  width = cairo_image_surface_get_width (picture);
  height = cairo_image_surface_get_height (picture);
  scale = MIN (THUMB_WIDTH / width, THUMB_HEIGHT / height);
  cairo_save (cr);
  cairo_translate (cr, x + 0.5 * (THUMB_WIDTH - scale * width),
                   y + 0.5 * (THUMB_HEIGHT - scale * height));
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, picture, 0, 0);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  cairo_restore (cr);
}

static void
draw_tick (cairo_t *cr, const GuisePlotTheme *theme, double x, double y)
{
  guise_plot_set_color (cr, get_truth_color (theme), 1);
  cairo_arc (cr, x, y, 9, 0, 2 * G_PI);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, theme->dark ? 0 : 1, theme->dark ? 0 : 1, theme->dark ? 0 : 1);
  cairo_set_line_width (cr, 2.2);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_move_to (cr, x - 4, y + 0.5);
  cairo_line_to (cr, x - 1.2, y + 3.5);
  cairo_line_to (cr, x + 4.5, y - 3.5);
  cairo_stroke (cr);
}

static void
draw_truth (cairo_t *cr, const GuisePlotTheme *theme, GuiseTruth truth, double x, double y)
{
  if (truth == GUISE_TRUTH_UNKNOWN)
    return;
  if (truth == GUISE_TRUTH_WRONG) {
    guise_plot_set_color (cr, theme->foreground, 0.35);
    cairo_set_line_width (cr, 1);
    cairo_rectangle (cr, x - 0.5, y - 0.5, THUMB_WIDTH + 1, THUMB_HEIGHT + 1);
    cairo_stroke (cr);
    return;
  }
  guise_plot_set_color (cr, get_truth_color (theme), 1);
  cairo_set_line_width (cr, FRAME);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_rectangle (cr, x - 0.5 * FRAME, y - 0.5 * FRAME, THUMB_WIDTH + FRAME, THUMB_HEIGHT + FRAME);
  cairo_stroke (cr);
  draw_tick (cr, theme, x + THUMB_WIDTH - 4, y + 4);
}

static void
draw_hit (cairo_t *cr, const GuisePlotTheme *theme, const Hit *hit, size_t rank, double x, double y)
{
  g_autofree char *number = g_strdup_printf ("%zu", rank);
  double bar = y + RANK_HEIGHT + THUMB_HEIGHT + FRAME + BAR_GAP;

  guise_plot_set_color (cr, theme->foreground, 0.8);
  guise_plot_draw_text (cr, theme, number, x + 0.5 * THUMB_WIDTH, y, 0.5, 0, THUMB_WIDTH);
  draw_picture (cr, theme, hit->picture, x, y + RANK_HEIGHT);
  draw_truth (cr, theme, hit->truth, x, y + RANK_HEIGHT);
  draw_bar (cr, theme, 0, hit->identity, x, bar);
  draw_bar (cr, theme, 1, hit->clothing, x, bar + BAR_HEIGHT + BAR_GAP);
}

static void
draw_row (cairo_t *cr, const GuisePlotTheme *theme, const Row *row, double y)
{
  GuisePlotTheme large = *theme;
  double text_y = y + RANK_HEIGHT, width = TEXT_WIDTH - CELL_GAP;

  if (row->label != NULL) {
    guise_plot_set_color (cr, theme->foreground, 0.75);
    text_y += guise_plot_draw_paragraph (cr, theme, row->label, MARGIN, text_y, width, 1) + 2;
  }
  large.font_size = 1.2 * (theme->font_size > 0 ? theme->font_size : 11);
  guise_plot_set_color (cr, theme->foreground, 1);
  text_y += guise_plot_draw_paragraph (cr, &large, row->query, MARGIN, text_y, width, 7) + 6;
  if (row->note != NULL) {
    guise_plot_set_color (cr, theme->foreground, 0.75);
    guise_plot_draw_paragraph (cr, theme, row->note, MARGIN, text_y, width, 2);
  }
  for (guint i = 0; i < row->hits->len; i++)
    draw_hit (cr, theme, &g_array_index (row->hits, Hit, i), i + 1,
              MARGIN + TEXT_WIDTH + CELL_GAP + i * (THUMB_WIDTH + CELL_GAP), y);
}

/* Says what bars and frames mean; ends at right. */
static void
draw_key (cairo_t *cr, const GuisePlotTheme *theme, double right, double y)
{
  static const char *const names[] = { "clothing", "identity" };
  double width;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    guise_plot_set_color (cr, theme->foreground, 1);
    guise_plot_measure_text (cr, theme, names[i], &width, NULL);
    guise_plot_draw_text (cr, theme, names[i], right, y, 1, 0.5, 0);
    guise_plot_set_color (cr, guise_plot_get_color (theme->dark, 1 - i), 1);
    cairo_rectangle (cr, right - width - 28, y - 0.5 * BAR_HEIGHT, 22, BAR_HEIGHT);
    cairo_fill (cr);
    right -= width + 44;
  }
}

void
guise_contact_sheet_draw (const GuiseContactSheet *sheet, cairo_t *cr, const GuisePlotTheme *theme)
{
  GuisePlotTheme large = *theme;
  double width, height;

  guise_contact_sheet_get_size (sheet, &width, &height);
  cairo_save (cr);
  guise_plot_set_color (cr, theme->background, 1);
  cairo_paint (cr);
  large.font_size = 1.45 * (theme->font_size > 0 ? theme->font_size : 11);
  guise_plot_set_color (cr, theme->foreground, 1);
  if (sheet->title != NULL)
    guise_plot_draw_text (cr, &large, sheet->title, MARGIN, MARGIN, 0, 0,
                          MAX (width - 2 * MARGIN - 180, 40));
  draw_key (cr, theme, width - MARGIN, MARGIN + 9);
  for (guint r = 0; r < sheet->rows->len; r++)
    draw_row (cr, theme, g_ptr_array_index (sheet->rows, r),
              MARGIN + TITLE_HEIGHT + r * (ROW_HEIGHT + ROW_GAP));
  cairo_restore (cr);
}

/* ---- file ---- */

typedef struct {
  const GuiseContactSheet *sheet;
  const GuisePlotTheme *theme;
} Page;

static void
draw_page (cairo_t *cr, double width, double height, gpointer data)
{
  const Page *page = data;

  guise_contact_sheet_draw (page->sheet, cr, page->theme);
}

gboolean
guise_contact_sheet_save (const GuiseContactSheet *sheet, const char *path, double scale,
                          const GuisePlotTheme *theme, GError **error)
{
  Page page = { sheet, theme };
  double width, height;

  guise_contact_sheet_get_size (sheet, &width, &height);
  return guise_plot_save (path, width, height, scale, draw_page, &page, error);
}
