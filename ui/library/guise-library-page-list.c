/* The list of the library page: what the filter, the split and the order say. */
#include "guise-library-page-private.h"

#include "guise-format.h"
#include "guise-library-query.h"
#include "guise-store-images.h"

#include <glib/gi18n.h>

#define MAX_FILTER_CHARS 4000

static const char *const split_values[] = { NULL, "train", "val", "test", "none" };
static const GuiseImageSort order_values[] = {
  GUISE_SORT_IMPORT,
  GUISE_SORT_PERSON,
  GUISE_SORT_CAMERA,
  GUISE_SORT_PATH,
  GUISE_SORT_CHANGED,
};

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
void
guise_library_page_scroll_to_selected (GuiseLibraryPage *self)
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
  guise_library_page_scroll_to_selected (self);
}

/* What is selected is given up before the list changes: GtkSingleSelection would look for it among
 * all new items, and make every one of them to do so. */
static void
replace_ids (GuiseLibraryPage *self, GArray *ids)
{
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  guise_id_model_set_ids (self->model, ids);
  for (guint i = 0; i < self->items->len; i++)
    guise_library_page_bind_tile (self->items->pdata[i]);
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

void
guise_library_page_list (GuiseLibraryPage *self)
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
gboolean
guise_library_page_apply_filter (GuiseLibraryPage *self)
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
  if (guise_library_page_apply_filter (self))
    guise_library_page_list (self);
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
  guise_library_page_list (self);
  guise_page_state_changed (GUISE_PAGE (self));
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

void
guise_library_page_set_up_list (GuiseLibraryPage *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_text_set_max_length (
      GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (self->filter_entry))), MAX_FILTER_CHARS);
  g_signal_connect_object (focus, "enter", G_CALLBACK (filter_entered), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->filter_entry), focus);
  g_signal_connect_object (self->filter_entry, "search-changed", G_CALLBACK (filter_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->split, "notify::selected", G_CALLBACK (query_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->order, "notify::selected", G_CALLBACK (query_changed), self,
                           G_CONNECT_SWAPPED);
}
