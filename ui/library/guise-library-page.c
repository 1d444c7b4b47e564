#include "guise-library-page.h"

#include "guise-format.h"
#include "guise-grid-keys.h"
#include "guise-id-model.h"
#include "guise-image-cell.h"
#include "guise-library-query.h"
#include "guise-settings.h"
#include "guise-store-images.h"

#include <glib/gi18n.h>

#define MIN_TILE 48
#define MAX_TILE 256
#define TILE_STEP 16
#define USUAL_TILE 96
#define MAX_FILTER_CHARS 4000
/* What CSS puts around a tile, both sides together. */
#define TILE_PADDING 8

struct _GuiseLibraryPage {
  GuisePage parent_instance;

  GtkPaned *paned;
  GtkSearchEntry *filter_entry;
  GtkLabel *filter_error;
  GtkDropDown *split;
  GtkDropDown *order;
  GtkLabel *count;
  GtkAdjustment *tile_size;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GuiseImagePane *pane;

  GuiseThumbnailer *thumbnailer;
  GuiseIdModel *model;
  GtkSingleSelection *selection;
  GPtrArray *items; /* of GtkListItem: the bound ones, borrowed */
  GCancellable *listing;
  char *applied;      /* the filter of the list: the last one that could be read */
  gint64 selected_id; /* survives a new list */
  guint n_all;        /* images of the project, as far as known */
  guint columns_source;
  guint scroll_tick; /* scrolls to what is selected as soon as that can be done, 0 = none */
  guint n_layouts;   /* that the tick has seen */
  gboolean laid_out; /* the grid has had tiles and a frame to lay them out */
  gboolean started;
  gboolean positioned;
};

G_DEFINE_FINAL_TYPE (GuiseLibraryPage, guise_library_page, GUISE_TYPE_PAGE)

static const char *const split_values[] = { NULL, "train", "val", "test", "none" };
static const GuiseImageSort order_values[] = {
  GUISE_SORT_IMPORT,
  GUISE_SORT_PERSON,
  GUISE_SORT_CAMERA,
  GUISE_SORT_PATH,
  GUISE_SORT_CHANGED,
};

/* ---- the list ------------------------------------------------------------------------------- */

typedef struct {
  GuiseStore *store;
  GuiseFilter *filter;
  GuiseImageSort sort;
  GArray *ids;
  gint64 n_all;
} Listing;

static void
listing_free (Listing *listing)
{
  g_clear_object (&listing->store);
  g_clear_pointer (&listing->filter, guise_filter_free);
  g_clear_pointer (&listing->ids, g_array_unref);
  g_free (listing);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Listing *listing = data;
  GError *error = NULL;

  listing->n_all = guise_store_count_images (listing->store, NULL, cancellable, &error);
  if (listing->n_all >= 0)
    listing->ids = guise_store_list_images (listing->store, listing->filter, listing->sort,
                                            cancellable, &error);
  if (listing->ids == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

static void
show_count (GuiseLibraryPage *self)
{
  guint shown = guise_id_model_get_size (self->model);
  g_autofree char *some = guise_format_count (shown), *all = guise_format_count (self->n_all);
  g_autofree char *text = NULL;

  if (shown == self->n_all)
    text = g_strdup_printf (ngettext ("%s picture", "%s pictures", shown), all);
  else
    text = g_strdup_printf (_ ("%s of %s pictures"), some, all);
  gtk_label_set_text (self->count, text);
}

static gboolean
scroll_late (GtkWidget *grid, GdkFrameClock *clock, gpointer data)
{
  GuiseLibraryPage *self = data;
  guint selected = gtk_single_selection_get_selected (self->selection);

  if (gtk_widget_get_width (grid) <= 0 || self->columns_source != 0)
    self->n_layouts = 0;
  else if (++self->n_layouts > 2) {
    self->scroll_tick = 0;
    self->laid_out = TRUE;
    if (selected < guise_id_model_get_size (self->model))
      gtk_widget_activate_action (grid, "list.scroll-to-item", "u", selected);
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

/* Not before the tiles have been laid out in the columns that fit: the grid of GTK 4.8 does not
 * know their size until then, and would show the first one and nothing else from then on. */
static void
scroll_to_selected (GuiseLibraryPage *self)
{
  guint selected = gtk_single_selection_get_selected (self->selection);

  if (self->laid_out) {
    gtk_widget_activate_action (GTK_WIDGET (self->grid), "list.scroll-to-item", "u", selected);
  } else if (self->scroll_tick == 0) {
    self->n_layouts = 0;
    self->scroll_tick
        = gtk_widget_add_tick_callback (GTK_WIDGET (self->grid), scroll_late, self, NULL);
  }
}

/* The image that was selected before stays so; else the first one is. */
static void
restore_selection (GuiseLibraryPage *self)
{
  guint position = 0;

  if (guise_id_model_get_size (self->model) == 0) {
    guise_image_pane_show (self->pane, 0);
    return;
  }
  if (self->selected_id == 0 || !guise_id_model_find (self->model, self->selected_id, &position))
    position = 0;
  gtk_single_selection_set_selected (self->selection, position);
  scroll_to_selected (self);
}

static GuiseImageCell *
get_cell (GtkListItem *item)
{
  return GUISE_IMAGE_CELL (gtk_list_item_get_child (item));
}

/* Shows what is at the item's place now. */
static void
bind_item (GtkListItem *item)
{
  gint64 id = guise_id_item_get_id (gtk_list_item_get_item (item));

  if (id != guise_image_cell_get_image_id (get_cell (item))) {
    guise_image_cell_unbind (get_cell (item));
    guise_image_cell_bind (get_cell (item), id, gtk_list_item_get_position (item));
  }
}

/* What is selected is given up before the list changes: GtkSingleSelection would look for it among
 * all new items, and make every one of them to do so. */
static void
replace_ids (GuiseLibraryPage *self, GArray *ids)
{
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  guise_id_model_set_ids (self->model, ids);
  for (guint i = 0; i < self->items->len; i++)
    bind_item (self->items->pdata[i]);
  show_count (self);
  restore_selection (self);
}

static void
list_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseLibraryPage) self = data;
  g_autoptr (GError) error = NULL;
  Listing *listing = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
      return;
    g_clear_object (&self->listing);
    gtk_stack_set_visible_child_name (self->stack, "failed");
    guise_page_report (GUISE_PAGE (self), "list", _ ("The pictures cannot be listed."), error);
    return;
  }
  g_clear_object (&self->listing);
  guise_page_clear_report (GUISE_PAGE (self), "list");
  self->n_all = listing->n_all;
  if (listing->ids->len > 0)
    gtk_stack_set_visible_child_name (self->stack, "grid");
  else
    gtk_stack_set_visible_child_name (self->stack, self->n_all > 0 ? "no-result" : "no-data");
  replace_ids (self, listing->ids);
}

static void
start_listing (GuiseLibraryPage *self)
{
  const char *split = split_values[gtk_drop_down_get_selected (self->split)];
  g_auto (GuiseFilterMistake) mistake = { 0 };
  g_autoptr (GTask) task = NULL;
  Listing *listing = g_new0 (Listing, 1);

  g_cancellable_cancel (self->listing);
  g_clear_object (&self->listing);
  self->listing = g_cancellable_new ();
  listing->store = g_object_ref (guise_page_get_store (GUISE_PAGE (self)));
  listing->filter = guise_library_query (self->applied, split, NULL, &mistake);
  listing->sort = order_values[gtk_drop_down_get_selected (self->order)];
  task = g_task_new (NULL, self->listing, list_ready, g_object_ref (self));
  g_task_set_task_data (task, listing, (GDestroyNotify)listing_free);
  g_task_run_in_thread (task, list_in_thread);
}

/* mistake: NULL where the text that stands in the filter is applied. */
static void
show_mistake (GuiseLibraryPage *self, const GuiseFilterMistake *mistake)
{
  GtkWidget *entry = GTK_WIDGET (self->filter_entry);
  g_autofree char *text = mistake ? guise_library_explain (mistake, self->applied) : g_strdup ("");

  gtk_label_set_text (self->filter_error, text);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_error), mistake != NULL);
  if (mistake != NULL)
    gtk_widget_add_css_class (entry, "error");
  else
    gtk_widget_remove_css_class (entry, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                               mistake ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

/* What the list is filtered by becomes what was typed, where that can be read with any split. */
static gboolean
apply_filter (GuiseLibraryPage *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->filter_entry));
  g_auto (GuiseFilterMistake) mistake = { 0 };
  g_autoptr (GuiseFilter) filter = guise_library_query (text, "train", NULL, &mistake);

  show_mistake (self, filter == NULL ? &mistake : NULL);
  if (filter == NULL)
    return FALSE;
  g_free (self->applied);
  self->applied = g_strdup (text);
  return TRUE;
}

/* What is listed stays until the filter can be read. */
static void
filter_changed (GuiseLibraryPage *self)
{
  if (!self->started)
    return;
  if (apply_filter (self))
    start_listing (self);
  guise_page_state_changed (GUISE_PAGE (self));
}

static void
prepare_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  guise_store_prepare_words (data, cancellable, NULL);
}

/* Whoever looks for words will type them next: what is needed for it is read meanwhile. */
static void
filter_entered (GuiseLibraryPage *self)
{
  GCancellable *cancellable = guise_page_get_cancellable (GUISE_PAGE (self));
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, NULL, NULL);

  g_task_set_task_data (task, g_object_ref (guise_page_get_store (GUISE_PAGE (self))),
                        g_object_unref);
  g_task_run_in_thread (task, prepare_in_thread);
}

static void
query_changed (GuiseLibraryPage *self)
{
  if (!self->started)
    return;
  start_listing (self);
  guise_page_state_changed (GUISE_PAGE (self));
}

/* ---- tiles ---------------------------------------------------------------------------------- */

static int
get_tile_size (GuiseLibraryPage *self)
{
  return (int)gtk_adjustment_get_value (self->tile_size);
}

static void
setup_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseLibraryPage *self)
{
  GtkWidget *cell = guise_image_cell_new (self->thumbnailer);

  guise_image_cell_set_tile_size (GUISE_IMAGE_CELL (cell), get_tile_size (self));
  gtk_list_item_set_child (item, cell);
}

static void
bind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseLibraryPage *self)
{
  g_ptr_array_add (self->items, item);
  guise_image_cell_set_tile_size (get_cell (item), get_tile_size (self));
  bind_item (item);
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
  guint columns = MAX (1, width / (get_tile_size (self) + TILE_PADDING));

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

  guise_thumbnailer_set_side (self->thumbnailer, 2 * get_tile_size (self) * scale);
}

static void
tile_size_changed (GuiseLibraryPage *self)
{
  int size = get_tile_size (self);

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
  guise_thumbnailer_invalidate (self->thumbnailer, image_id);
  for (guint i = 0; i < self->items->len; i++) {
    GuiseImageCell *cell = get_cell (self->items->pdata[i]);

    if (image_id == 0 || guise_image_cell_get_image_id (cell) == image_id)
      guise_image_cell_refresh (cell);
  }
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
    start_listing (self);
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

  resize_tiles (self, get_tile_size (self) + TILE_STEP);
}

static void
zoom_out (GtkWidget *widget, const char *name, GVariant *parameter)
{
  GuiseLibraryPage *self = GUISE_LIBRARY_PAGE (widget);

  resize_tiles (self, get_tile_size (self) - TILE_STEP);
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
  apply_filter (self);
  start_listing (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

static void
guise_library_page_flush (GuisePage *page)
{
  guise_image_pane_flush (GUISE_LIBRARY_PAGE (page)->pane);
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
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkAdjustment *vertical = gtk_scrolled_window_get_vadjustment (self->scroller);
  GtkAdjustment *horizontal = gtk_scrolled_window_get_hadjustment (self->scroller);

  G_OBJECT_CLASS (guise_library_page_parent_class)->constructed (object);
  self->thumbnailer = guise_thumbnailer_new (guise_page_get_project (page), 0);
  set_thumbnail_side (self);
  guise_image_pane_set_page (self->pane, page);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cell), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cell), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cell), self, 0);
  gtk_grid_view_set_factory (self->grid, factory);
  guise_grid_keys_add (self->grid);
  g_object_unref (factory);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (guise_page_get_store (page), "changed", G_CALLBACK (store_changed), self,
                           0);
  g_signal_connect_object (vertical, "value-changed", G_CALLBACK (scrolled), self, 0);
  g_signal_connect_object (horizontal, "notify::page-size", G_CALLBACK (width_changed), self,
                           G_CONNECT_SWAPPED);
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
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->items = g_ptr_array_new ();
  self->applied = g_strdup ("");
  self->model = guise_id_model_new ();
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->model)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_text_set_max_length (
      GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->filter_entry))), MAX_FILTER_CHARS);
  gtk_adjustment_set_value (self->tile_size, guise_settings_get_int (GUISE_SETTING_TILE_SIZE));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selection_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (focus, "enter", G_CALLBACK (filter_entered), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->filter_entry), focus);
  g_signal_connect_object (self->filter_entry, "search-changed", G_CALLBACK (filter_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->split, "notify::selected", G_CALLBACK (query_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->order, "notify::selected", G_CALLBACK (query_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->tile_size, "value-changed", G_CALLBACK (tile_size_changed), self,
                           G_CONNECT_SWAPPED);
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
  scroll_to_selected (self);
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
  start_listing (self);
}

void
guise_library_page_set_filter (GuiseLibraryPage *self, const char *text)
{
  /* setting a text empties the entry first, which would list everything in between */
  g_signal_handlers_block_by_func (self->filter_entry, filter_changed, self);
  gtk_editable_set_text (GTK_EDITABLE (self->filter_entry), text);
  g_signal_handlers_unblock_by_func (self->filter_entry, filter_changed, self);
  filter_changed (self);
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
