/* The hits of the search page: answers, and the tiles that show them. */
#include "guise-search-page-private.h"

#include "guise-format.h"
#include "guise-library-page.h"
#include "guise-library-page.h"
#include "guise-search-notes.h"
#include "guise-tab-keys.h"
#include "guise-train-page.h"
#include "guise-window.h"

#include <glib/gi18n.h>

#define TILE 112
/* What CSS puts around a tile, both sides together. */
#define TILE_PADDING 12
#define CACHE_BYTES (64u << 20)

/* ---- answers -------------------------------------------------------------------------------- */

/* The largest product of either kind fills a bar, so that bars compare within a page. */
static double
find_full (const GuiseSearchAnswer *answer)
{
  double full = 0.05;

  for (size_t i = 0; i < answer->n_hits; i++) {
    if (answer->has_identity)
      full = MAX (full, answer->hits[i].identity);
    if (answer->has_clothing)
      full = MAX (full, answer->hits[i].clothing);
  }
  return full;
}

static void
bind_item (GuiseSearchPage *self, GtkListItem *item)
{
  guint position = gtk_list_item_get_position (item);

  if (position < self->views->len)
    guise_hit_cell_bind (GUISE_HIT_CELL (gtk_list_item_get_child (item)),
                         &g_array_index (self->views, GuiseHitView, position));
}

static void
take_hits (GuiseSearchPage *self, const GuiseSearchAnswer *answer)
{
  g_autoptr (GArray) ids = g_array_sized_new (FALSE, FALSE, sizeof (gint64), answer->n_hits);
  gint64 selected
      = guise_id_model_get_id (self->model, gtk_single_selection_get_selected (self->selection));
  double full = find_full (answer);
  guint position;

  g_array_set_size (self->views, 0);
  for (size_t i = 0; i < answer->n_hits; i++) {
    const GuiseHitView view = { answer->hits[i], (guint)i + 1, answer->has_identity,
                                answer->has_clothing, full, answer->matches[i] };

    g_array_append_val (self->views, view);
    g_array_append_val (ids, view.hit.id);
  }
  guise_id_model_set_ids (self->model, ids);
  for (guint i = 0; i < self->items->len; i++)
    bind_item (self, self->items->pdata[i]);
  if (selected == 0 || !guise_id_model_find (self->model, selected, &position))
    position = GTK_INVALID_LIST_POSITION;
  gtk_single_selection_set_selected (self->selection, position);
}

static void
show_lambda (GuiseSearchPage *self, const GuiseSearchAnswer *answer)
{
  gboolean mixes = answer->has_identity && answer->has_clothing;
  g_autofree char *text = g_strdup_printf ("λ %.2f", answer->lambda);

  self->used_lambda = answer->lambda;
  gtk_widget_set_sensitive (GTK_WIDGET (self->scale), mixes);
  gtk_widget_set_tooltip_text (self->mix_box,
                               mixes ? _ ("How much who a person is counts against what they wear")
                                     : _ ("One description alone is ranked by its own score"));
  gtk_label_set_text (self->lambda_label, text);
  if (answer->default_lambda != self->default_lambda) {
    self->default_lambda = answer->default_lambda;
    gtk_scale_clear_marks (self->scale);
    gtk_scale_add_mark (self->scale, answer->default_lambda, GTK_POS_BOTTOM, NULL);
  }
  if (!self->lambda_moved || !mixes) {
    self->setting = TRUE;
    gtk_adjustment_set_value (self->lambda, answer->lambda);
    self->setting = FALSE;
  }
}

static void
show_truth (GuiseSearchPage *self, const GuiseSearchAnswer *answer)
{
  g_autofree char *person = NULL, *text = NULL;

  gtk_widget_set_visible (self->clear_truth, answer->truth_told);
  if (answer->truth == NULL) {
    gtk_label_set_text (self->truth, "");
    return;
  }
  person = guise_format_excerpt (answer->truth, 32);
  if (answer->judged.n_positives == 0)
    text = g_strdup_printf (_ ("Person %s has no picture here"), person);
  else
    text = g_strdup_printf (ngettext ("Person %s first at rank %u · %u picture, AP %.0f %%",
                                      "Person %s first at rank %u · %u pictures, AP %.0f %%",
                                      answer->judged.n_positives),
                            person, (guint)answer->judged.first_rank,
                            (guint)answer->judged.n_positives, 100 * answer->judged.ap);
  gtk_label_set_text (self->truth, text);
}

/* A ranking of few pictures takes less than what is shown, but not nothing. */
static char *
format_ms (double ms)
{
  return ms < 0.1 ? g_strdup_printf ("<%.1f", 0.1) : g_strdup_printf ("%.1f", ms);
}

static void
show_counts (GuiseSearchPage *self, const GuiseSearchAnswer *answer)
{
  g_autofree char *some = guise_format_count (answer->n_hits);
  g_autofree char *all = guise_format_count (answer->n_images), *text = NULL, *times = NULL;
  g_autofree char *encode = format_ms (answer->times.encode);
  g_autofree char *score = format_ms (answer->times.score);
  g_autofree char *rank = format_ms (answer->times.rank);

  text = g_strdup_printf (ngettext ("Best %s of %s picture", "Best %s of %s pictures",
                                    answer->n_images),
                          some, all);
  times = g_strdup_printf (_ ("encode %s ms · score %s ms · rank %s ms"), encode, score, rank);
  gtk_label_set_text (self->count, text);
  gtk_label_set_text (self->latency, times);
}

static void
answered (GuiseSearcher *searcher, const GuiseSearchAnswer *answer, GuiseSearchPage *self)
{
  guise_page_clear_report (GUISE_PAGE (self), "search");
  show_lambda (self, answer);
  guise_search_notes_show_words (self->banner, answer);
  if (answer->n_hits == 0) {
    guise_search_page_clear_hits (self);
    guise_search_page_show_view (self, "none");
    return;
  }
  take_hits (self, answer);
  show_truth (self, answer);
  show_counts (self, answer);
  guise_search_page_show_view (self, "hits");
}

static void
not_answered (GuiseSearcher *searcher, const GError *error, GuiseSearchPage *self)
{
  guise_page_report (GUISE_PAGE (self), "search", _ ("The search failed."), error);
}

/* ---- tiles ---------------------------------------------------------------------------------- */

static void
setup_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseSearchPage *self)
{
  gtk_list_item_set_child (item, guise_hit_cell_new (self->thumbnailer, TILE));
}

static void
bind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseSearchPage *self)
{
  g_ptr_array_add (self->items, item);
  bind_item (self, item);
}

static void
unbind_cell (GtkSignalListItemFactory *factory, GtkListItem *item, GuiseSearchPage *self)
{
  g_ptr_array_remove_fast (self->items, item);
  guise_hit_cell_unbind (GUISE_HIT_CELL (gtk_list_item_get_child (item)));
}

/* As many columns as fit and no more: the grid makes 32 rows of cells whatever the window shows.
 * The least stays 1, or the grid would not let the window become narrower. */
static gboolean
set_columns (gpointer data)
{
  GuiseSearchPage *self = data;
  int width = gtk_widget_get_width (GTK_WIDGET (self->scroller));
  int columns = MAX (1, (width - 16) / (TILE + TILE_PADDING));

  self->columns_source = 0;
  if (width > 0 && gtk_grid_view_get_max_columns (self->grid) != (guint)columns)
    gtk_grid_view_set_max_columns (self->grid, columns);
  return G_SOURCE_REMOVE;
}

static void
width_changed (GuiseSearchPage *self)
{
  if (self->columns_source == 0)
    self->columns_source = g_idle_add_full (GDK_PRIORITY_REDRAW - 5, set_columns, self, NULL);
}

gint64
guise_search_page_get_selected_image (GuiseSearchPage *self)
{
  return guise_id_model_get_id (self->model, gtk_single_selection_get_selected (self->selection));
}

static void
selection_changed (GuiseSearchPage *self)
{
  guise_search_page_set_enabled (self, "mark-person",
                                 guise_search_page_get_selected_image (self) != 0);
}

/* Double click and Enter: the picture with its captions. */
static void
hit_activated (GtkGridView *grid, guint position, GuiseSearchPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  gint64 id = guise_id_model_get_id (self->model, position);
  GuisePage *library = GUISE_IS_WINDOW (root)
                           ? guise_window_get_page (GUISE_WINDOW (root), "library")
                           : NULL;

  if (library == NULL || id == 0)
    return;
  guise_library_page_reveal (GUISE_LIBRARY_PAGE (library), id);
  guise_window_show_page (GUISE_WINDOW (root), "library");
}

static void
store_changed (GuiseStore *store, const GuiseStoreChange *change, GuiseSearchPage *self)
{
  if (self->started
      && g_ptr_array_find_with_equal_func (change->settings, GUISE_SETTING_SEARCH_RUN,
                                           g_str_equal, NULL))
    guise_searcher_open (self->searcher, GUISE_SETTING_SEARCH_RUN);
  for (guint i = 0; i < change->image_ids->len; i++)
    guise_thumbnailer_invalidate (self->thumbnailer, g_array_index (change->image_ids, gint64, i));
}

void
guise_search_page_set_up_hits (GuiseSearchPage *self)
{
  GuisePage *page = GUISE_PAGE (self);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkAdjustment *horizontal = gtk_scrolled_window_get_hadjustment (self->scroller);
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));

  self->thumbnailer = guise_thumbnailer_new (guise_page_get_project (page), CACHE_BYTES);
  guise_thumbnailer_set_side (self->thumbnailer, 2 * TILE * scale);
  g_signal_connect_object (self->searcher, "answer", G_CALLBACK (answered), self, 0);
  g_signal_connect_object (self->searcher, "failed", G_CALLBACK (not_answered), self, 0);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cell), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cell), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cell), self, 0);
  gtk_grid_view_set_factory (self->grid, factory);
  guise_tab_keys_add (GTK_WIDGET (self->grid));
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (guise_page_get_store (page), "changed", G_CALLBACK (store_changed), self,
                           0);
  g_signal_connect_object (horizontal, "notify::page-size", G_CALLBACK (width_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selection_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "activate", G_CALLBACK (hit_activated), self, 0);
}
