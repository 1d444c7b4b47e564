/* The tiles of the library page: what they show, their size and how many stand in a row. */
#include "guise-library-page-private.h"

#include "guise-settings.h"
#include "guise-tab-keys.h"

/* What CSS puts around a tile, both sides together. */
#define TILE_PADDING 8

static GuiseImageCell *
get_cell (GtkListItem *item)
{
  return GUISE_IMAGE_CELL (gtk_list_item_get_child (item));
}

/* Shows what is at the item's place now. */
void
guise_library_page_bind_tile (GtkListItem *item)
{
  gint64 id = guise_id_item_get_id (gtk_list_item_get_item (item));

  if (id != guise_image_cell_get_image_id (get_cell (item))) {
    guise_image_cell_unbind (get_cell (item));
    guise_image_cell_bind (get_cell (item), id, gtk_list_item_get_position (item));
  }
}

int
guise_library_page_get_tile_size (GuiseLibraryPage *self)
{
  return (int)gtk_adjustment_get_value (self->tile_size);
}

static void
setup_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseLibraryPage *self)
{
  GtkWidget *cell = guise_image_cell_new (self->thumbnailer);

  guise_image_cell_set_tile_size (GUISE_IMAGE_CELL (cell), guise_library_page_get_tile_size (self));
  gtk_list_item_set_child (item, cell);
}

static void
bind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseLibraryPage *self)
{
  g_ptr_array_add (self->items, item);
  guise_image_cell_set_tile_size (get_cell (item), guise_library_page_get_tile_size (self));
  guise_library_page_bind_tile (item);
}

static void
unbind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseLibraryPage *self)
{
  g_ptr_array_remove_fast (self->items, item);
  guise_image_cell_unbind (get_cell (item));
}

/* As many columns as fit and no more: the grid makes 32 rows of cells whatever the window shows.
 * The least stays 1, or the grid would not let the window become narrower. */
static void
set_columns (GuiseLibraryPage *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self->scroller));
  guint columns = MAX (1, width / (guise_library_page_get_tile_size (self) + TILE_PADDING));

  if (width > 0 && gtk_grid_view_get_max_columns (self->grid) != columns)
    gtk_grid_view_set_max_columns (self->grid, columns);
}

static void
set_pane_width (GuiseLibraryPage *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self->paned));
  int pane = guise_settings_get_int (GUISE_SETTING_PANE_WIDTH);

  if (self->positioned || width <= 0)
    return;
  gtk_paned_set_position (self->paned, width - MIN (pane, width / 2));
  self->positioned = TRUE;
}

static gboolean
adapt_to_width (gpointer data)
{
  GuiseLibraryPage *self = data;

  self->columns_source = 0;
  set_pane_width (self);
  set_columns (self);
  return G_SOURCE_REMOVE;
}

/* The width is known in the middle of a layout; the grid may only be changed after it. */
static void
width_changed (GuiseLibraryPage *self)
{
  if (self->columns_source == 0)
    self->columns_source = g_idle_add_full (GDK_PRIORITY_REDRAW - 5, adapt_to_width, self, NULL);
}

static void
set_thumbnail_side (GuiseLibraryPage *self)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  int height = 2 * guise_library_page_get_tile_size (self);

  guise_thumbnailer_set_side (self->thumbnailer, height * scale);
}

static void
tile_size_changed (GuiseLibraryPage *self)
{
  int size = guise_library_page_get_tile_size (self);

  if (!self->started)
    return;
  guise_settings_set_int (GUISE_SETTING_TILE_SIZE, size);
  set_thumbnail_side (self);
  set_columns (self); /* first, or as many larger tiles would widen the window */
  for (guint i = 0; i < self->items->len; i++) {
    guise_image_cell_set_tile_size (get_cell (self->items->pdata[i]), size);
    guise_image_cell_refresh (get_cell (self->items->pdata[i]));
  }
}

/* Tiles in sight are served first. */
static void
scrolled (GtkAdjustment *vertical, GuiseLibraryPage *self)
{
  double middle = gtk_adjustment_get_value (vertical) + gtk_adjustment_get_page_size (vertical) / 2;
  double upper = MAX (gtk_adjustment_get_upper (vertical), 1);

  guise_thumbnailer_set_centre (self->thumbnailer,
                                middle / upper * guise_id_model_get_size (self->model));
}

void
guise_library_page_refresh_tiles (GuiseLibraryPage *self, gint64 image_id)
{
  guise_thumbnailer_invalidate (self->thumbnailer, image_id);
  for (guint i = 0; i < self->items->len; i++) {
    GuiseImageCell *cell = get_cell (self->items->pdata[i]);

    if (image_id == 0 || guise_image_cell_get_image_id (cell) == image_id)
      guise_image_cell_refresh (cell);
  }
}

void
guise_library_page_set_up_tiles (GuiseLibraryPage *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkAdjustment *vertical = gtk_scrolled_window_get_vadjustment (self->scroller);
  GtkAdjustment *horizontal = gtk_scrolled_window_get_hadjustment (self->scroller);

  self->thumbnailer = guise_thumbnailer_new (guise_page_get_project (GUISE_PAGE (self)), 0);
  set_thumbnail_side (self);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cell), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cell), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cell), self, 0);
  gtk_grid_view_set_factory (self->grid, factory);
  guise_tab_keys_add (GTK_WIDGET (self->grid));
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->tile_size, "value-changed", G_CALLBACK (tile_size_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (vertical, "value-changed", G_CALLBACK (scrolled), self, 0);
  g_signal_connect_object (horizontal, "notify::page-size", G_CALLBACK (width_changed), self,
                           G_CONNECT_SWAPPED);
}
