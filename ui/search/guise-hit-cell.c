#include "guise-hit-cell.h"

#include "guise-format.h"
#include "guise-plot.h"

#include <glib/gi18n.h>

/* Under the picture: a line with rank and camera, and a line for each bar. */
#define HEAD_HEIGHT 22
#define BAR_LINE 15
#define FOOT_HEIGHT (HEAD_HEIGHT + 2 * BAR_LINE + 4)
#define BAR_HEIGHT 5
#define VALUE_WIDTH 32
#define FRAME 3
#define TICK 22
#define RADIUS 8
#define CAMERA_CHARS 16

struct _GuiseHitCell {
  GtkWidget parent_instance;

  GtkWidget *image;
  GuiseHitView view;
  int size;
};

G_DEFINE_FINAL_TYPE (GuiseHitCell, guise_hit_cell, GTK_TYPE_WIDGET)

/* ---- drawing -------------------------------------------------------------------------------- */

static gboolean
is_dark (const GdkRGBA *text)
{
  return 0.3 * text->red + 0.59 * text->green + 0.11 * text->blue > 0.5;
}

static GdkRGBA
get_series_colour (const GdkRGBA *text, guint series)
{
  GuisePlotColor colour = guise_plot_get_color (is_dark (text), series);

  return (GdkRGBA){ colour.red, colour.green, colour.blue, 1 };
}

typedef struct {
  const char *text;
  double scale;
  gboolean bold;
  double align; /* of (x,y): 0 left, 1 right */
} Piece;

static void
draw_text (GuiseHitCell *self, GtkSnapshot *snapshot, const Piece *piece, double x, double y,
           int max_width, const GdkRGBA *colour)
{
  g_autoptr (PangoLayout) layout
      = gtk_widget_create_pango_layout (GTK_WIDGET (self), piece->text);
  PangoAttrList *attributes = pango_attr_list_new ();
  int width, height;

  pango_attr_list_insert (attributes, pango_attr_scale_new (piece->scale));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  if (piece->bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_size (layout, &width, &height);
  if (width > max_width) {
    pango_layout_set_width (layout, MAX (max_width, 1) * PANGO_SCALE);
    width = max_width;
  }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x - piece->align * width,
                                                          y - height / 2.0));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

/* y: the middle of the line. */
static void
draw_bar (GuiseHitCell *self, GtkSnapshot *snapshot, guint series, double value, double y,
          const GdkRGBA *text)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self)) - VALUE_WIDTH - 6;
  double part = self->view.full > 0 ? CLAMP (value / self->view.full, 0, 1) : 0;
  g_autofree char *number = g_strdup_printf ("%.2f", value);
  GdkRGBA track = *text, fill = get_series_colour (text, series), dim = *text;
  GskRoundedRect box;

  track.alpha *= 0.12;
  dim.alpha *= 0.75;
  gsk_rounded_rect_init_from_rect (
      &box, &GRAPHENE_RECT_INIT (2, y - BAR_HEIGHT / 2.0, width, BAR_HEIGHT), BAR_HEIGHT / 2.0);
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &track, &box.bounds);
  gtk_snapshot_append_color (snapshot, &fill,
                             &GRAPHENE_RECT_INIT (2, y - BAR_HEIGHT / 2.0, width * part,
                                                  BAR_HEIGHT));
  gtk_snapshot_pop (snapshot);
  draw_text (self, snapshot, &(Piece){ number, 0.78, FALSE, 1 },
             gtk_widget_get_width (GTK_WIDGET (self)) - 2, y, VALUE_WIDTH, &dim);
}

static void
draw_foot (GuiseHitCell *self, GtkSnapshot *snapshot, const GdkRGBA *text)
{
  const GuiseThumbnail *thumbnail
      = guise_image_cell_get_thumbnail (GUISE_IMAGE_CELL (self->image));
  const char *camera = thumbnail && thumbnail->record ? thumbnail->record->camera : NULL;
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  double y = 2 * self->size + HEAD_HEIGHT / 2.0;
  g_autofree char *rank = guise_format_count (self->view.rank), *excerpt = NULL, *place = NULL;
  GdkRGBA dim = *text;

  dim.alpha *= 0.6;
  draw_text (self, snapshot, &(Piece){ rank, 0.95, TRUE, 0 }, 2, y, width / 2, text);
  if (camera != NULL) {
    excerpt = guise_format_excerpt (camera, CAMERA_CHARS);
    place = g_strdup_printf (_ ("camera %s"), excerpt);
    draw_text (self, snapshot, &(Piece){ place, 0.8, FALSE, 1 }, width - 2, y, width * 2 / 3,
               &dim);
  }
  y = 2 * self->size + HEAD_HEIGHT + BAR_LINE / 2.0;
  if (self->view.has_identity)
    draw_bar (self, snapshot, 0, self->view.hit.identity, y, text);
  if (self->view.has_clothing)
    draw_bar (self, snapshot, 1, self->view.hit.clothing, y + BAR_LINE, text);
}

/* A frame and a glyph: the colour alone says nothing. */
static void
draw_match (GuiseHitCell *self, GtkSnapshot *snapshot, const GdkRGBA *text)
{
  GtkIconTheme *theme
      = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  const GdkRGBA white = { 1, 1, 1, 1 }, green = { 0.1, 0.52, 0.3, 1 };
  const float widths[4] = { FRAME, FRAME, FRAME, FRAME };
  GdkRGBA colour = get_series_colour (text, 2);
  const GdkRGBA colours[4] = { colour, colour, colour, colour };
  g_autoptr (GtkIconPaintable) icon = NULL;
  GskRoundedRect box;

  gsk_rounded_rect_init_from_rect (&box, &GRAPHENE_RECT_INIT (0, 0, self->size, 2 * self->size),
                                   RADIUS);
  gtk_snapshot_append_border (snapshot, &box, widths, colours);
  gsk_rounded_rect_init_from_rect (&box, &GRAPHENE_RECT_INIT (6, 6, TICK, TICK), TICK / 2.0);
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &green, &box.bounds);
  gtk_snapshot_pop (snapshot);
  icon = gtk_icon_theme_lookup_icon (theme, "object-select-symbolic", NULL, 14,
                                     gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                                     gtk_widget_get_direction (GTK_WIDGET (self)), 0);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (6 + (TICK - 14) / 2.0,
                                                          6 + (TICK - 14) / 2.0));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, 14, 14,
                                            &white, 1);
  gtk_snapshot_restore (snapshot);
}

static void
guise_hit_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GuiseHitCell *self = GUISE_HIT_CELL (widget);
  GdkRGBA text;

  gtk_widget_snapshot_child (widget, self->image, snapshot);
  if (self->view.rank == 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &text);
  draw_foot (self, snapshot, &text);
  if (self->view.match)
    draw_match (self, snapshot, &text);
}

static void
guise_hit_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  GuiseHitCell *self = GUISE_HIT_CELL (widget);

  *minimum = *natural
      = orientation == GTK_ORIENTATION_HORIZONTAL ? self->size : 2 * self->size + FOOT_HEIGHT;
}

static void
guise_hit_cell_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GuiseHitCell *self = GUISE_HIT_CELL (widget);

  gtk_widget_allocate (self->image, width, 2 * self->size, -1, NULL);
}

/* ---- contents ------------------------------------------------------------------------------- */

static char *
describe_scores (const GuiseHitView *view)
{
  return g_strdup_printf (_ ("score %.2f, identity %.2f, clothing %.2f"), view->hit.score,
                          view->hit.identity, view->hit.clothing);
}

/* Made when it is shown, as the picture's own. */
static gboolean
guise_hit_cell_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                              GtkTooltip *tooltip)
{
  GuiseHitCell *self = GUISE_HIT_CELL (widget);
  g_autofree char *scores = NULL;

  if (self->view.rank == 0)
    return FALSE;
  scores = describe_scores (&self->view);
  gtk_tooltip_set_text (tooltip, scores);
  return TRUE;
}

/* The grid's own item has the focus: it says rank and scores, the picture its caption. */
static void
set_name (GuiseHitCell *self)
{
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));
  const GuiseHitView *view = &self->view;
  g_autofree char *name = NULL, *scores = describe_scores (view);

  name = g_strdup_printf (view->match ? _ ("Rank %u, the person who is looked for") : _ ("Rank %u"),
                          view->rank);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, scores, -1);
  if (parent != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, scores, -1);
}

void
guise_hit_cell_bind (GuiseHitCell *self, const GuiseHitView *view)
{
  GuiseImageCell *image = GUISE_IMAGE_CELL (self->image);

  self->view = *view;
  if (guise_image_cell_get_image_id (image) != view->hit.id) {
    guise_image_cell_unbind (image);
    guise_image_cell_bind (image, view->hit.id, view->rank - 1);
  }
  set_name (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
guise_hit_cell_unbind (GuiseHitCell *self)
{
  self->view = (GuiseHitView){ 0 };
  guise_image_cell_unbind (GUISE_IMAGE_CELL (self->image));
}

const GuiseHitView *
guise_hit_cell_get_view (GuiseHitCell *self)
{
  return &self->view;
}

GuiseImageCell *
guise_hit_cell_get_image (GuiseHitCell *self)
{
  return GUISE_IMAGE_CELL (self->image);
}

/* ---- widget --------------------------------------------------------------------------------- */

static void
guise_hit_cell_dispose (GObject *object)
{
  g_clear_pointer (&GUISE_HIT_CELL (object)->image, gtk_widget_unparent);
  G_OBJECT_CLASS (guise_hit_cell_parent_class)->dispose (object);
}

static void
guise_hit_cell_class_init (GuiseHitCellClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_hit_cell_dispose;
  widget_class->measure = guise_hit_cell_measure;
  widget_class->size_allocate = guise_hit_cell_size_allocate;
  widget_class->snapshot = guise_hit_cell_snapshot;
  widget_class->query_tooltip = guise_hit_cell_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "hitcell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
guise_hit_cell_init (GuiseHitCell *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
guise_hit_cell_new (GuiseThumbnailer *thumbnailer, int tile_size)
{
  GuiseHitCell *self = g_object_new (GUISE_TYPE_HIT_CELL, NULL);

  self->size = tile_size;
  self->image = guise_image_cell_new (thumbnailer);
  guise_image_cell_set_tile_size (GUISE_IMAGE_CELL (self->image), tile_size);
  gtk_widget_set_parent (self->image, GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

void
guise_hit_cell_draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer bar)
{
  GuisePlotColor colour;
  GdkRGBA text;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &text);
  colour = guise_plot_get_color (is_dark (&text), GPOINTER_TO_UINT (bar));
  guise_plot_set_color (cr, colour, 1);
  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0, 0, 2 * G_PI);
  cairo_fill (cr);
}
