#include "guise-library-page-private.h"

#include "guise-settings.h"

#include <glib/gi18n.h>

#define MIN_TILE 48
#define MAX_TILE 256
#define TILE_STEP 16
#define USUAL_TILE 96

G_DEFINE_FINAL_TYPE (GuiseLibraryPage, guise_library_page, GUISE_TYPE_PAGE)

/* ---- selection and changes ------------------------------------------------------------------ */

static void
selection_changed (GuiseLibraryPage *self)
{
  guint position = gtk_single_selection_get_selected (self->selection);
  gint64 id = guise_id_model_get_id (self->model, position);

  if (id == 0)
    return;
  self->selected_id = id;
  guise_image_pane_show (self->pane, id);
  guise_page_state_changed (GUISE_PAGE (self));
}

static void
tile_activated (GtkGridView *grid, guint position, GuiseLibraryPage *self)
{
  guise_image_pane_edit (self->pane);
}

static void
refresh_image (GuiseLibraryPage *self, gint64 image_id)
{
  guise_library_page_refresh_tiles (self, image_id);
  if (image_id == 0 || image_id == guise_image_pane_get_image_id (self->pane))
    guise_image_pane_reload (self->pane);
}

/* An edit does not run the filter again: a picture must not vanish while its caption is typed. */
static void
store_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseLibraryPage *self)
{
  if (!(change->changes & (GUISE_STORE_CHANGED_IMAGES | GUISE_STORE_CHANGED_CAPTIONS)))
    return;
  if (change->everything) {
    refresh_image (self, 0);
    guise_library_page_list (self);
    return;
  }
  for (guint i = 0; i < change->image_ids->len; i++)
    refresh_image (self, g_array_index (change->image_ids, gint64, i));
}

/* ---- actions -------------------------------------------------------------------------------- */

static void
resize_tiles (GuiseLibraryPage *self, int size)
{
  gtk_adjustment_set_value (self->tile_size, CLAMP (size, MIN_TILE, MAX_TILE));
}

static void
zoom_in (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);

  resize_tiles (self, guise_library_page_get_tile_size (self) + TILE_STEP);
}

static void
zoom_out (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);

  resize_tiles (self, guise_library_page_get_tile_size (self) - TILE_STEP);
}

static void
zoom_usual (GtkWidget *widget, const char *name, GVariant *parameter)
{
  resize_tiles (GUISE_LIBRARY_PAGE (widget), USUAL_TILE);
}

static void
edit_caption (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_image_pane_edit (GUISE_LIBRARY_PAGE (widget)->pane);
}

static void
clear_filter (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);

  gtk_drop_down_set_selected (self->split, 0);
  guise_library_page_set_filter (self, "");
}

/* Out of the caption or the filter, back to the pictures. */
static void
back_to_grid (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);

  guise_image_pane_flush (self->pane);
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

/* Escape and Enter in the filter, which keep its words. */
static void
leave_filter (GuiseLibraryPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

/* ---- page ----------------------------------------------------------------------------------- */

static void
guise_library_page_shown (GuisePage *page)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (page);

  if (self->started)
    return;
  self->started = TRUE;
  guise_library_page_apply_filter (self);
  guise_library_page_list (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

static void
guise_library_page_flush (GuisePage *page)
{
  guise_image_pane_flush (GUISE_LIBRARY_PAGE (page)->pane);
}

static gboolean
guise_library_page_keep_async (GuisePage *page, GAsyncReadyCallback callback, gpointer data)
{
  return guise_image_pane_keep_async (GUISE_LIBRARY_PAGE (page)->pane, callback, data);
}

static gboolean
guise_library_page_search (GuisePage *page)
{
  return gtk_widget_grab_focus (GTK_WIDGET (GUISE_LIBRARY_PAGE (page)->filter_entry));
}

/* The keyboard does not stay in a caption that goes with its picture. */
static gboolean
guise_library_page_show_image (GuisePage *page, gint64 image_id)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (page);
  gboolean other = image_id != guise_image_pane_get_image_id (self->pane);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (!guise_library_page_select (self, image_id))
    return FALSE;
  if (other && focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->pane)))
    gtk_widget_grab_focus (GTK_WIDGET (self->grid));
  return TRUE;
}

static void
guise_library_page_save_state (GuisePage *page, GVariantDict *state)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (page);

  g_variant_dict_insert (state, "filter", "s",
                         gtk_editable_get_text (GTK_EDITABLE (self->filter_entry)));
  g_variant_dict_insert (state, "split", "u", gtk_drop_down_get_selected (self->split));
  g_variant_dict_insert (state, "order", "u", gtk_drop_down_get_selected (self->order));
  g_variant_dict_insert (state, "selected", "x", self->selected_id);
}

static void
restore_choice (GtkDropDown *choice, GVariantDict *state, const char *name)
{
  guint selected;

  if (g_variant_dict_lookup (state, name, "u", &selected)
      && selected < g_list_model_get_n_items (gtk_drop_down_get_model (choice)))
    gtk_drop_down_set_selected (choice, selected);
}

static void
guise_library_page_restore_state (GuisePage *page, GVariantDict *state)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (page);
  const char *filter;

  if (g_variant_dict_lookup (state, "filter", "&s", &filter))
    guise_library_page_set_filter (self, filter);
  restore_choice (self->split, state, "split");
  restore_choice (self->order, state, "order");
  g_variant_dict_lookup (state, "selected", "x", &self->selected_id);
}

static void
guise_library_page_unmap (GtkWidget *widget)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);
  int width = gtk_widget_get_width (GTK_WIDGET (self->paned));

  if (self->positioned)
    guise_settings_set_int (GUISE_SETTING_PANE_WIDTH, width - gtk_paned_get_position (self->paned));
  GTK_WIDGET_CLASS (guise_library_page_parent_class)->unmap (widget);
}

static void
guise_library_page_constructed (GObject *object)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (object);
  GuisePage *page = GUISE_PAGE (object);

  G_OBJECT_CLASS (guise_library_page_parent_class)->constructed (object);
  guise_image_pane_set_page (self->pane, page);
  guise_library_page_set_up_tiles (self);
  g_signal_connect_object (guise_page_get_store (page), "changed", G_CALLBACK (store_changed), self,
                           0);
}

/* The pane knows its page, and whoever loads a picture for it would keep it longer than that. */
static void
drop_pane (GuiseLibraryPage *self)
{
  g_autoptr (GuiseImagePane) pane = g_object_ref (self->pane);

  guise_image_pane_flush (pane);
  gtk_paned_set_end_child (self->paned, NULL);
  g_object_run_dispose (G_OBJECT (pane));
}

static void
guise_library_page_dispose (GObject *object)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (object);

  g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  if (self->paned != NULL) {
    if (self->scroll_tick != 0)
      gtk_widget_remove_tick_callback (GTK_WIDGET (self->grid), self->scroll_tick);
    self->scroll_tick = 0;
    drop_pane (self);
    gtk_grid_view_set_model (self->grid, NULL);
    adw_bin_set_child (ADW_BIN (self), NULL);
    self->paned = NULL;
  }
  g_clear_handle_id (&self->columns_source, g_source_remove);
  if (self->thumbnailer != NULL)
    guise_thumbnailer_stop (self->thumbnailer);
  g_clear_object (&self->thumbnailer);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (guise_library_page_parent_class)->dispose (object);
}

static void
guise_library_page_finalize (GObject *object)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (object);

  g_ptr_array_unref (self->items);
  g_free (self->applied);
  G_OBJECT_CLASS (guise_library_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/library-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, paned);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, filter_entry);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, filter_error);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, split);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, order);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, count);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, tile_size);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, grid);
  gtk_widget_class_bind_template_child (widget_class, GuiseLibraryPage, pane);
}

static void
guise_library_page_class_init (GuiseLibraryPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GuisePageClass *page_class = GUISE_PAGE_CLASS (class);

  g_type_ensure (GUISE_TYPE_IMAGE_PANE);
  G_OBJECT_CLASS (class)->constructed = guise_library_page_constructed;
  G_OBJECT_CLASS (class)->dispose = guise_library_page_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_library_page_finalize;
  widget_class->unmap = guise_library_page_unmap;
  page_class->name = "library";
  page_class->title = N_ ("Library");
  page_class->icon_name = "view-grid-symbolic";
  page_class->shown = guise_library_page_shown;
  page_class->flush = guise_library_page_flush;
  page_class->keep_async = guise_library_page_keep_async;
  page_class->search = guise_library_page_search;
  page_class->show_image = guise_library_page_show_image;
  page_class->save_state = guise_library_page_save_state;
  page_class->restore_state = guise_library_page_restore_state;
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "library.zoom-in", NULL, zoom_in);
  gtk_widget_class_install_action (widget_class, "library.zoom-out", NULL, zoom_out);
  gtk_widget_class_install_action (widget_class, "library.zoom-usual", NULL, zoom_usual);
  gtk_widget_class_install_action (widget_class, "library.edit", NULL, edit_caption);
  gtk_widget_class_install_action (widget_class, "library.clear-filter", NULL, clear_filter);
  gtk_widget_class_install_action (widget_class, "library.back", NULL, back_to_grid);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_plus, GDK_CONTROL_MASK,
                                       "library.zoom-in", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_equal, GDK_CONTROL_MASK,
                                       "library.zoom-in", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_minus, GDK_CONTROL_MASK,
                                       "library.zoom-out", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_0, GDK_CONTROL_MASK,
                                       "library.zoom-usual", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "library.edit", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "library.back", NULL);
}

static void
guise_library_page_init (GuiseLibraryPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_ptr_array_new ();
  self->applied = g_strdup ("");
  self->model = guise_id_model_new ();
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->model)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_adjustment_set_value (self->tile_size, guise_settings_get_int (GUISE_SETTING_TILE_SIZE));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selection_changed),
                           self, G_CONNECT_SWAPPED);
  guise_library_page_set_up_list (self);
  g_signal_connect (self->grid, "activate", G_CALLBACK (tile_activated), self);
  g_signal_connect_object (self->filter_entry, "stop-search", G_CALLBACK (leave_filter), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->filter_entry, "activate", G_CALLBACK (leave_filter), self,
                           G_CONNECT_SWAPPED);
}

gboolean
guise_library_page_select (GuiseLibraryPage *self, gint64 image_id)
{
  guint position;

  if (!guise_id_model_find (self->model, image_id, &position))
    return FALSE;
  gtk_single_selection_set_selected (self->selection, position);
  guise_library_page_scroll_to_selected (self);
  return TRUE;
}

void
guise_library_page_reveal (GuiseLibraryPage *self, gint64 image_id)
{
  self->selected_id = image_id; /* a list that comes later shows it too */
  if (guise_library_page_select (self, image_id) || !self->started)
    return;
  gtk_drop_down_set_selected (self->split, 0);
  guise_library_page_set_filter (self, "");
  guise_library_page_list (self);
}

GuiseImagePane *
guise_library_page_get_pane (GuiseLibraryPage *self)
{
  return self->pane;
}

GuiseThumbnailer *
guise_library_page_get_thumbnailer (GuiseLibraryPage *self)
{
  return self->thumbnailer;
}

GtkWidget *
guise_library_page_get_grid (GuiseLibraryPage *self)
{
  return GTK_WIDGET (self->grid);
}

GuiseIdModel *
guise_library_page_get_model (GuiseLibraryPage *self)
{
  return self->model;
}

guint
guise_library_page_get_n_shown (GuiseLibraryPage *self)
{
  return guise_id_model_get_size (self->model);
}

gboolean
guise_library_page_is_busy (GuiseLibraryPage *self)
{
  return self->listing != NULL;
}
