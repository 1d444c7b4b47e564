#include "guise-image-cell.h"

#include "guise-format.h"
#include "guise-store-captions.h"

#include <glib/gi18n.h>

#define RADIUS 8
#define STRIP_HEIGHT 20
#define BADGE_SIZE 20
#define ICON_SIZE 12
#define LABEL_CHARS 24

struct _GuiseImageCell {
  GtkWidget parent_instance;

  GuiseThumbnailer *thumbnailer;
  GuiseThumbnail *thumbnail;
  PangoLayout *label;
  gint64 image_id;
  guint position;
  guint ticket;
  int size;
};

G_DEFINE_FINAL_TYPE (GuiseImageCell, guise_image_cell, GTK_TYPE_WIDGET)

/* ---- drawing -------------------------------------------------------------------------------- */

static void
draw_icon (GuiseImageCell *self, GtkSnapshot *snapshot, const char *name, float x, float y,
           int size, const GdkRGBA *colour)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  g_autoptr (GtkIconPaintable) icon = NULL;

  icon = gtk_icon_theme_lookup_icon (theme, name, NULL, size,
                                     gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                                     gtk_widget_get_direction (GTK_WIDGET (self)), 0);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, size, size,
                                            colour, 1);
  gtk_snapshot_restore (snapshot);
}

/* The whole picture, as large as fits, in the middle. */
static void
draw_texture (GtkSnapshot *snapshot, GdkTexture *texture, int width, int height)
{
  double texture_width = gdk_texture_get_width (texture);
  double texture_height = gdk_texture_get_height (texture);
  double scale = MIN (width / texture_width, height / texture_height);
  double w = texture_width * scale, h = texture_height * scale;

  gtk_snapshot_append_texture (snapshot, texture,
                               &GRAPHENE_RECT_INIT ((width - w) / 2, (height - h) / 2, w, h));
}

static char *
create_label (const GuiseImageRecord *record)
{
  g_autofree char *path = g_filename_display_basename (record->path), *person = NULL;

  if (record->person == NULL)
    return guise_format_excerpt (path, LABEL_CHARS);
  person = guise_format_excerpt (record->person, LABEL_CHARS);
  return g_strdup_printf (_ ("Person %s"), person);
}

/* Made for the tiles that are drawn: the grid has many times as many. */
static void
ensure_layout (GuiseImageCell *self)
{
  g_autofree char *label = NULL;

  if (self->label != NULL)
    return;
  label = create_label (self->thumbnail->record);
  self->label = gtk_widget_create_pango_layout (GTK_WIDGET (self), label);
  pango_layout_set_ellipsize (self->label, PANGO_ELLIPSIZE_MIDDLE);
  pango_layout_set_single_paragraph_mode (self->label, TRUE);
}

static void
draw_strip (GuiseImageCell *self, GtkSnapshot *snapshot, int width, int height)
{
  const GdkRGBA shade = { 0, 0, 0, 0.55 }, white = { 1, 1, 1, 1 };
  int text_width, text_height, strip;

  ensure_layout (self);
  pango_layout_set_width (self->label, MAX (width - 12, 1) * PANGO_SCALE);
  pango_layout_get_pixel_size (self->label, &text_width, &text_height);
  strip = MAX (STRIP_HEIGHT, text_height + 2); /* letters may be set larger than usual */
  gtk_snapshot_append_color (snapshot, &shade,
                             &GRAPHENE_RECT_INIT (0, height - strip, width, strip));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (6, height - (strip + text_height) / 2));
  gtk_snapshot_append_layout (snapshot, self->label, &white);
  gtk_snapshot_restore (snapshot);
}

/* Marks for what people did with the captions, from the right: a glyph each, so that colour alone
 * says nothing. */
static void
draw_badges (GuiseImageCell *self, GtkSnapshot *snapshot, int width)
{
  static const struct {
    GuiseCaptionState state;
    const char *icon;
    GdkRGBA colour;
  } badges[] = {
    { GUISE_STATE_FLAGGED, "dialog-warning-symbolic", { 0.65, 0.35, 0, 0.9 } },
    { GUISE_STATE_REJECTED, "window-close-symbolic", { 0.65, 0.11, 0.16, 0.9 } },
    { GUISE_STATE_EDITED, "document-edit-symbolic", { 0.1, 0.37, 0.71, 0.9 } },
    { GUISE_STATE_ACCEPTED, "object-select-symbolic", { 0.1, 0.45, 0.25, 0.9 } },
  };
  const GdkRGBA white = { 1, 1, 1, 1 };
  const float inset = (BADGE_SIZE - ICON_SIZE) / 2.0;
  float x = width - BADGE_SIZE - 4;

  for (size_t i = 0; i < G_N_ELEMENTS (badges); i++) {
    GskRoundedRect circle;

    if (!(self->thumbnail->record->caption_states & (1u << badges[i].state)))
      continue;
    gsk_rounded_rect_init_from_rect (&circle, &GRAPHENE_RECT_INIT (x, 4, BADGE_SIZE, BADGE_SIZE),
                                     BADGE_SIZE / 2.0);
    gtk_snapshot_push_rounded_clip (snapshot, &circle);
    gtk_snapshot_append_color (snapshot, &badges[i].colour, &circle.bounds);
    gtk_snapshot_pop (snapshot);
    draw_icon (self, snapshot, badges[i].icon, x + inset, 4 + inset, ICON_SIZE, &white);
    x -= BADGE_SIZE + 2;
  }
}

static void
guise_image_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GuiseImageCell *self = GUISE_IMAGE_CELL (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  GskRoundedRect frame;
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  gsk_rounded_rect_init_from_rect (&frame, &GRAPHENE_RECT_INIT (0, 0, width, height), RADIUS);
  gtk_snapshot_push_rounded_clip (snapshot, &frame);
  colour.alpha *= 0.08;
  gtk_snapshot_append_color (snapshot, &colour, &frame.bounds);
  if (self->thumbnail != NULL && self->thumbnail->texture != NULL) {
    draw_texture (snapshot, self->thumbnail->texture, width, height);
  } else if (self->thumbnail != NULL) {
    colour.alpha = 0.6;
    draw_icon (self, snapshot, "image-missing-symbolic", (width - 32) / 2.0,
               (height - 32) / 2.0, 32, &colour);
  }
  if (self->thumbnail != NULL && self->thumbnail->record != NULL) {
    draw_strip (self, snapshot, width, height);
    draw_badges (self, snapshot, width);
  }
  gtk_snapshot_pop (snapshot);
}

static void
guise_image_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  GuiseImageCell *self = GUISE_IMAGE_CELL (widget);

  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? self->size : 2 * self->size;
}

/* Why there is no picture. Asked for when it is to be shown: setting a text would ask the display
 * where the pointer is, each time. */
static gboolean
guise_image_cell_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard,
                                GtkTooltip *tooltip)
{
  GuiseImageCell *self = GUISE_IMAGE_CELL (widget);

  if (self->thumbnail == NULL || self->thumbnail->error == NULL)
    return FALSE;
  gtk_tooltip_set_text (tooltip, self->thumbnail->error->message);
  return TRUE;
}

/* ---- contents ------------------------------------------------------------------------------- */

/* The name goes to the grid's own item too: that is what has the focus. */
static void
set_name (GuiseImageCell *self, const char *name, const char *description)
{
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
  if (parent != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static void
take_thumbnail (GuiseImageCell *self, GuiseThumbnail *thumbnail)
{
  g_autofree char *label = NULL;

  g_clear_pointer (&self->thumbnail, guise_thumbnail_unref);
  g_clear_object (&self->label);
  self->thumbnail = guise_thumbnail_ref (thumbnail);
  if (thumbnail->record != NULL)
    label = create_label (thumbnail->record);
  set_name (self, *thumbnail->excerpt ? thumbnail->excerpt : _ ("Picture without a caption"),
            label ? label : "");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
thumbnail_ready (GuiseThumbnail *thumbnail, gpointer data)
{
  GuiseImageCell *self = data;

  self->ticket = 0;
  if (thumbnail->image_id == self->image_id)
    take_thumbnail (self, thumbnail);
}

static void
ask (GuiseImageCell *self)
{
  GuiseThumbnail *known = guise_thumbnailer_lookup (self->thumbnailer, self->image_id);

  guise_thumbnailer_take_back (self->thumbnailer, self->ticket);
  self->ticket = 0;
  if (known != NULL)
    take_thumbnail (self, known);
  else
    self->ticket = guise_thumbnailer_request (self->thumbnailer, self->image_id, self->position,
                                              thumbnail_ready, self);
}

void
guise_image_cell_bind (GuiseImageCell *self, gint64 image_id, guint position)
{
  self->image_id = image_id;
  self->position = position;
  ask (self);
}

void
guise_image_cell_refresh (GuiseImageCell *self)
{
  if (self->image_id != 0)
    ask (self);
}

void
guise_image_cell_unbind (GuiseImageCell *self)
{
  guise_thumbnailer_take_back (self->thumbnailer, self->ticket);
  self->ticket = 0;
  self->image_id = 0;
  g_clear_pointer (&self->thumbnail, guise_thumbnail_unref);
  g_clear_object (&self->label);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
guise_image_cell_dispose (GObject *object)
{
  GuiseImageCell *self = GUISE_IMAGE_CELL (object);

  if (self->thumbnailer != NULL)
    guise_thumbnailer_take_back (self->thumbnailer, self->ticket);
  self->ticket = 0;
  self->image_id = 0;
  g_clear_pointer (&self->thumbnail, guise_thumbnail_unref);
  g_clear_object (&self->label);
  g_clear_object (&self->thumbnailer);
  G_OBJECT_CLASS (guise_image_cell_parent_class)->dispose (object);
}

static void
guise_image_cell_class_init (GuiseImageCellClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = guise_image_cell_dispose;
  widget_class->measure = guise_image_cell_measure;
  widget_class->snapshot = guise_image_cell_snapshot;
  widget_class->query_tooltip = guise_image_cell_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "imagecell");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
guise_image_cell_init (GuiseImageCell *self)
{
  self->size = 96;
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
}

GtkWidget *
guise_image_cell_new (GuiseThumbnailer *thumbnailer)
{
  GuiseImageCell *self = g_object_new (GUISE_TYPE_IMAGE_CELL, NULL);

  self->thumbnailer = g_object_ref (thumbnailer);
  return GTK_WIDGET (self);
}

void
guise_image_cell_set_tile_size (GuiseImageCell *self, int size)
{
  if (self->size == size)
    return;
  self->size = size;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

gint64
guise_image_cell_get_image_id (GuiseImageCell *self)
{
  return self->image_id;
}

GuiseThumbnail *
guise_image_cell_get_thumbnail (GuiseImageCell *self)
{
  return self->thumbnail;
}
