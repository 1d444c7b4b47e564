#include "guise-search-page.h"

#include "guise-banner.h"
#include "guise-format.h"
#include "guise-hit-cell.h"
#include "guise-id-model.h"
#include "guise-job.h"
#include "guise-library-page.h"
#include "guise-plot.h"
#include "guise-status.h"
#include "guise-train-page.h"
#include "guise-window.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_HITS 120
#define TILE 112
/* What CSS puts around a tile, both sides together. */
#define TILE_PADDING 12
#define TYPING_PAUSE_MS 250
#define CACHE_BYTES (64u << 20)
#define EXAMPLE_CHARS 110
#define MAX_QUERY_CHARS 2000

struct _GuiseSearchPage {
  GuisePage parent_instance;

  GuiseBanner *banner;
  GtkWidget *query_box;
  GtkToggleButton *free_button;
  GtkToggleButton *pair_button;
  GtkStack *entries;
  GtkSearchEntry *text;
  GtkSearchEntry *who;
  GtkSearchEntry *wearing;
  GtkDropDown *split;
  GtkWidget *mix_box;
  GtkScale *scale;
  GtkAdjustment *lambda;
  GtkLabel *lambda_label;
  GtkLabel *run_label;
  GtkDrawingArea *identity_swatch;
  GtkDrawingArea *clothing_swatch;
  GtkStack *stack;
  AdwStatusPage *no_index;
  GtkProgressBar *build_bar;
  AdwStatusPage *failed;
  GtkBox *examples;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GtkLabel *count;
  GtkLabel *truth;
  GtkWidget *clear_truth;
  GtkWidget *mark_button;
  GtkLabel *latency;

  GuiseSearcher *searcher;
  GuiseThumbnailer *thumbnailer;
  GuiseIdModel *model;
  GtkSingleSelection *selection;
  GPtrArray *items; /* of GtkListItem: the bound ones, borrowed */
  GArray *views;    /* of GuiseHitView, by position */
  GuiseJob *building;
  double default_lambda;
  double used_lambda;
  double restored_lambda; /* of the session before, NaN = none */
  gint64 truth_image;
  guint typing_source;
  guint columns_source;
  gboolean lambda_moved;
  gboolean setting; /* fields are set by the program */
  gboolean started;
};

G_DEFINE_FINAL_TYPE (GuiseSearchPage, guise_search_page, GUISE_TYPE_PAGE)

static const char *const split_values[] = { NULL, "train", "val", "test" };

/* A field that is made insensitive while it has the focus goes on blinking in GTK 4.8. */
static void
release_fields (GuiseSearchPage *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus != NULL
      && (gtk_widget_is_ancestor (focus, self->query_box)
          || gtk_widget_is_ancestor (focus, self->mix_box)))
    gtk_root_set_focus (root, NULL);
}

/* The view of that name; the fields can be used where there is something to search. */
static void
show_view (GuiseSearchPage *self, const char *name)
{
  gboolean ready = guise_searcher_get_readiness (self->searcher) == GUISE_SEARCH_READY
                   && !guise_searcher_is_opening (self->searcher);

  if (!ready)
    release_fields (self);
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_set_sensitive (self->query_box, ready);
  gtk_widget_set_sensitive (self->mix_box, ready);
  gtk_widget_set_visible (self->mark_button, strcmp (name, "hits") == 0);
}

static void
set_enabled (GuiseSearchPage *self, const char *name, gboolean enabled)
{
  GSimpleActionGroup *actions = guise_page_get_actions (GUISE_PAGE (self));
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* ---- asking --------------------------------------------------------------------------------- */

static gboolean
is_pair (GuiseSearchPage *self)
{
  return gtk_toggle_button_get_active (self->pair_button);
}

static char *
dup_words (GtkSearchEntry *entry)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
}

static GuiseSearchQuestion *
create_question (GuiseSearchPage *self)
{
  GuiseSearchQuestion *question = g_new0 (GuiseSearchQuestion, 1);

  if (is_pair (self)) {
    question->who = dup_words (self->who);
    question->wearing = dup_words (self->wearing);
  } else {
    question->text = dup_words (self->text);
  }
  question->split = g_strdup (split_values[gtk_drop_down_get_selected (self->split)]);
  question->lambda = self->lambda_moved ? gtk_adjustment_get_value (self->lambda) : -1;
  question->truth_image = self->truth_image;
  question->k = N_HITS;
  return question;
}

static void
clear_hits (GuiseSearchPage *self)
{
  guise_id_model_set_ids (self->model, NULL);
  g_array_set_size (self->views, 0);
  gtk_label_set_text (self->count, "");
  gtk_label_set_text (self->latency, "");
  gtk_label_set_text (self->truth, "");
  gtk_widget_set_visible (self->clear_truth, FALSE);
  set_enabled (self, "mark-person", FALSE);
}

static void
ask (GuiseSearchPage *self)
{
  g_autoptr (GuiseSearchQuestion) question = NULL;

  guise_page_state_changed (GUISE_PAGE (self));
  g_clear_handle_id (&self->typing_source, g_source_remove);
  if (guise_searcher_is_opening (self->searcher)
      || guise_searcher_get_readiness (self->searcher) != GUISE_SEARCH_READY)
    return;
  question = create_question (self);
  if (guise_search_question_is_empty (question)) {
    guise_searcher_forget (self->searcher);
    clear_hits (self);
    show_view (self, "start");
    return;
  }
  guise_searcher_ask (self->searcher, question);
}

static gboolean
ask_late (gpointer data)
{
  GuiseSearchPage *self = data;

  self->typing_source = 0;
  ask (self);
  return G_SOURCE_REMOVE;
}

static void
words_changed (GuiseSearchPage *self)
{
  if (self->setting)
    return;
  self->truth_image = 0; /* was said of another query */
  g_clear_handle_id (&self->typing_source, g_source_remove);
  self->typing_source = g_timeout_add (TYPING_PAUSE_MS, ask_late, self);
}

static void
mode_changed (GuiseSearchPage *self)
{
  gtk_stack_set_visible_child_name (self->entries, is_pair (self) ? "pair" : "free");
  if (self->setting)
    return;
  self->lambda_moved = FALSE; /* the two have defaults of their own */
  self->truth_image = 0;
  gtk_widget_grab_focus (GTK_WIDGET (is_pair (self) ? self->who : self->text));
  ask (self);
}

static void
lambda_changed (GuiseSearchPage *self)
{
  if (self->setting)
    return;
  self->lambda_moved = TRUE;
  ask (self);
}

void
guise_search_page_search_for (GuiseSearchPage *self, const char *text, const char *wearing)
{
  self->setting = TRUE;
  self->lambda_moved = FALSE;
  self->truth_image = 0;
  gtk_toggle_button_set_active (wearing != NULL ? self->pair_button : self->free_button, TRUE);
  gtk_editable_set_text (GTK_EDITABLE (wearing != NULL ? self->who : self->text), text);
  if (wearing != NULL)
    gtk_editable_set_text (GTK_EDITABLE (self->wearing), wearing);
  self->setting = FALSE;
  ask (self);
}

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

static void
show_counts (GuiseSearchPage *self, const GuiseSearchAnswer *answer)
{
  g_autofree char *some = guise_format_count (answer->n_hits);
  g_autofree char *all = guise_format_count (answer->n_images), *text = NULL, *times = NULL;

  text = g_strdup_printf (ngettext ("Best %s of %s picture", "Best %s of %s pictures",
                                    answer->n_images),
                          some, all);
  times = g_strdup_printf (_ ("encode %.1f ms · score %.1f ms · rank %.1f ms"),
                           answer->times.encode, answer->times.score, answer->times.rank);
  gtk_label_set_text (self->count, text);
  gtk_label_set_text (self->latency, times);
}

static void
answered (GuiseSearcher *searcher, const GuiseSearchAnswer *answer, GuiseSearchPage *self)
{
  guise_page_clear_report (GUISE_PAGE (self), "search");
  show_lambda (self, answer);
  if (answer->n_hits == 0) {
    clear_hits (self);
    show_view (self, "none");
    return;
  }
  take_hits (self, answer);
  show_truth (self, answer);
  show_counts (self, answer);
  show_view (self, "hits");
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

/* Escape in a field: to the hits, if there are any. */
static void
leave_field (GuiseSearchPage *self)
{
  if (gtk_widget_get_mapped (GTK_WIDGET (self->grid)))
    gtk_widget_grab_focus (GTK_WIDGET (self->grid));
}

/* Escape elsewhere: back to the description. */
static void
back_to_field (GtkWidget *widget, const char *name, GVariant *parameter)
{
  guise_page_search (GUISE_PAGE (widget));
}

static gint64
get_selected_image (GuiseSearchPage *self)
{
  return guise_id_model_get_id (self->model, gtk_single_selection_get_selected (self->selection));
}

static void
selection_changed (GuiseSearchPage *self)
{
  set_enabled (self, "mark-person", get_selected_image (self) != 0);
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

/* ---- examples and states -------------------------------------------------------------------- */

static void
example_clicked (GtkButton *button, GuiseSearchPage *self)
{
  const char *example = g_object_get_data (G_OBJECT (button), "example");
  g_auto (GStrv) parts = g_strsplit (example, "\n", 2);

  guise_search_page_search_for (self, parts[0], parts[1]);
}

static GtkWidget *
create_example (GuiseSearchPage *self, const char *example)
{
  GtkWidget *button = gtk_button_new ();
  g_auto (GStrv) parts = g_strsplit (example, "\n", 2);
  g_autofree char *whole = parts[1] != NULL
                               ? g_strdup_printf (_ ("Who: %s — Wearing: %s"), parts[0], parts[1])
                               : g_strdup (example);
  g_autofree char *text = guise_format_excerpt (whole, EXAMPLE_CHARS);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 64);
  gtk_button_set_child (GTK_BUTTON (button), label);
  gtk_widget_add_css_class (button, "example");
  g_object_set_data_full (G_OBJECT (button), "example", g_strdup (example), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (example_clicked), self, 0);
  return button;
}

static void
show_examples (GuiseSearchPage *self)
{
  const char *const *examples = guise_searcher_get_examples (self->searcher);
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->examples))) != NULL)
    gtk_box_remove (self->examples, child);
  for (guint i = 0; examples[i] != NULL; i++)
    gtk_box_append (self->examples, create_example (self, examples[i]));
}

/* The fields cannot have the keyboard while a run is opened: it waits for them. */
static void
focus_entry (GuiseSearchPage *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  if (gtk_widget_get_mapped (GTK_WIDGET (self))
      && (focus == NULL || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self))))
    gtk_widget_grab_focus (GTK_WIDGET (is_pair (self) ? self->who : self->text));
}

static void
show_ready (GuiseSearchPage *self)
{
  g_autofree char *text
      = g_strdup_printf (_ ("searching with “%s”"), guise_searcher_get_run (self->searcher));

  gtk_label_set_text (self->run_label, text);
  show_examples (self);
  show_view (self, "start");
  focus_entry (self);
  ask (self);
}

static void
opened (GuiseSearcher *searcher, GuiseSearchPage *self)
{
  const GError *error = guise_searcher_get_error (searcher);
  g_autofree char *text = NULL;

  self->lambda_moved = !isnan (self->restored_lambda); /* of the session before */
  self->restored_lambda = NAN;
  clear_hits (self);
  gtk_label_set_text (self->run_label, "");
  switch (guise_searcher_get_readiness (searcher)) {
  case GUISE_SEARCH_READY:
    show_ready (self);
    break;
  case GUISE_SEARCH_NO_RUN:
    show_view (self, "no-run");
    break;
  case GUISE_SEARCH_NO_INDEX:
    text = g_strdup_printf (_ ("“%s” is trained, but its checkpoint has not looked at this "
                               "project’s pictures yet."),
                            guise_searcher_get_run (searcher));
    guise_status_set_description (self->no_index, text);
    show_view (self, "no-index");
    break;
  default:
    guise_status_set_description (self->failed, error ? error->message : "");
    show_view (self, "failed");
  }
}

/* The pictures that are ranked are not those on the disk any more. */
static void
files_checked (GuiseSearcher *searcher, GuiseSearchPage *self)
{
  size_t n = guise_searcher_get_n_changed (searcher);
  g_autofree char *count = guise_format_count (n), *text = NULL;

  if (n == 0) {
    guise_banner_hide (self->banner, "files");
    return;
  }
  text = g_strdup_printf (ngettext ("%s picture file has changed or gone since it was embedded; "
                                    "it is ranked as it was.",
                                    "%s picture files have changed or gone since they were "
                                    "embedded; they are ranked as they were.",
                                    n),
                          count);
  guise_banner_show (self->banner, "files", text, NULL);
  if (!guise_store_is_read_only (guise_page_get_store (GUISE_PAGE (self))))
    guise_banner_set_action (self->banner, "files", _ ("Embed Again"), "page.build-index");
}

static void
open_run (GuiseSearchPage *self)
{
  guise_banner_hide (self->banner, "files");
  guise_searcher_open (self->searcher, GUISE_SETTING_SEARCH_RUN);
  show_view (self, "opening");
}

/* ---- the index ------------------------------------------------------------------------------ */

static void
build_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseSearchPage *self)
{
  g_autofree char *some = guise_format_count (done), *all = guise_format_count (total);
  g_autofree char *left = guise_format_time_left (eta), *text = NULL;

  text = *left != '\0' ? g_strdup_printf (_ ("%s of %s · %s"), some, all, left)
                       : g_strdup_printf (_ ("%s of %s"), some, all);
  gtk_progress_bar_set_fraction (self->build_bar, total > 0 ? MIN ((double)done / total, 1) : 0);
  gtk_progress_bar_set_text (self->build_bar, text);
}

static void
build_finished (GuiseJob *job, GuiseSearchPage *self)
{
  if (job != self->building)
    return;
  if (guise_job_get_state (job) == GUISE_JOB_FAILED)
    guise_page_report (GUISE_PAGE (self), "index", _ ("The pictures could not be embedded."),
                       guise_job_get_error (job));
  open_run (self);
}

static void
activate_build (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;
  const char *folder = guise_project_get_folder (guise_page_get_project (GUISE_PAGE (self)));
  const char *run = guise_searcher_get_run (self->searcher);
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  if (run == NULL || (self->building != NULL && guise_job_is_active (self->building)))
    return;
  g_clear_object (&self->building);
  self->building = guise_job_new ((const char *[]){ "embed", "--project", folder, "--run", run,
                                                    NULL },
                                  GUISE_JOB_DEFAULT);
  g_signal_connect_object (self->building, "progress", G_CALLBACK (build_progress), self, 0);
  g_signal_connect_object (self->building, "finished", G_CALLBACK (build_finished), self, 0);
  guise_page_clear_report (GUISE_PAGE (self), "index");
  guise_banner_hide (self->banner, "files");
  gtk_progress_bar_set_fraction (self->build_bar, 0);
  gtk_progress_bar_set_text (self->build_bar, _ ("Starting…"));
  show_view (self, "building");
  if (!guise_job_start (self->building, &error)) {
    guise_page_report (GUISE_PAGE (self), "index", _ ("The pictures could not be embedded."),
                       error);
    show_view (self, "no-index");
    return;
  }
  name = g_strdup_printf (_ ("Embedding pictures with “%s”"), run);
  guise_page_add_job (GUISE_PAGE (self), name, self->building);
}

static void
activate_stop_build (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  if (self->building != NULL)
    guise_job_cancel (self->building);
}

static void
activate_mark (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  self->truth_image = get_selected_image (self);
  ask (self);
}

static void
activate_clear_mark (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GuiseSearchPage *self = data;

  self->truth_image = 0;
  ask (self);
}

/* ---- page ----------------------------------------------------------------------------------- */

static void
guise_search_page_shown (GuisePage *page)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);
  gboolean building = self->building != NULL && guise_job_is_active (self->building);

  if (!self->started
      || (!building && !guise_searcher_is_opening (self->searcher)
          && guise_searcher_get_readiness (self->searcher) != GUISE_SEARCH_READY))
    open_run (self);
  else if (!building)
    guise_searcher_check_files (self->searcher);
  self->started = TRUE;
  focus_entry (self);
}

static gboolean
guise_search_page_search (GuisePage *page)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);
  GtkSearchEntry *entry = is_pair (self) ? self->who : self->text;

  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
  return gtk_widget_grab_focus (GTK_WIDGET (entry));
}

static void
guise_search_page_save_state (GuisePage *page, GVariantDict *state)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);

  g_variant_dict_insert (state, "pair", "b", is_pair (self));
  g_variant_dict_insert (state, "text", "s", gtk_editable_get_text (GTK_EDITABLE (self->text)));
  g_variant_dict_insert (state, "who", "s", gtk_editable_get_text (GTK_EDITABLE (self->who)));
  g_variant_dict_insert (state, "wearing", "s",
                         gtk_editable_get_text (GTK_EDITABLE (self->wearing)));
  g_variant_dict_insert (state, "split", "u", gtk_drop_down_get_selected (self->split));
  if (self->lambda_moved)
    g_variant_dict_insert (state, "lambda", "d", gtk_adjustment_get_value (self->lambda));
}

static void
restore_text (GtkSearchEntry *entry, GVariantDict *state, const char *name)
{
  const char *text;

  if (g_variant_dict_lookup (state, name, "&s", &text))
    gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

/* The question is asked when the page is shown and its run is open. */
static void
guise_search_page_restore_state (GuisePage *page, GVariantDict *state)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);
  gboolean pair = FALSE;
  guint split = 0;
  double lambda;

  self->setting = TRUE;
  g_variant_dict_lookup (state, "pair", "b", &pair);
  gtk_toggle_button_set_active (pair ? self->pair_button : self->free_button, TRUE);
  restore_text (self->text, state, "text");
  restore_text (self->who, state, "who");
  restore_text (self->wearing, state, "wearing");
  g_variant_dict_lookup (state, "split", "u", &split);
  if (split < G_N_ELEMENTS (split_values))
    gtk_drop_down_set_selected (self->split, split);
  if (g_variant_dict_lookup (state, "lambda", "d", &lambda) && lambda >= 0 && lambda <= 1) {
    gtk_adjustment_set_value (self->lambda, lambda);
    self->restored_lambda = lambda;
  }
  self->setting = FALSE;
}

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer series)
{
  GuisePlotColor colour;
  GdkRGBA text;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &text);
  colour = guise_plot_get_color (0.3 * text.red + 0.59 * text.green + 0.11 * text.blue > 0.5,
                                 GPOINTER_TO_UINT (series));
  guise_plot_set_color (cr, colour, 1);
  cairo_arc (cr, width / 2.0, height / 2.0, MIN (width, height) / 2.0, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
guise_search_page_constructed (GObject *object)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (object);
  GuisePage *page = GUISE_PAGE (object);
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  GtkAdjustment *horizontal = gtk_scrolled_window_get_hadjustment (self->scroller);
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));

  G_OBJECT_CLASS (guise_search_page_parent_class)->constructed (object);
  self->thumbnailer = guise_thumbnailer_new (guise_page_get_project (page), CACHE_BYTES);
  guise_thumbnailer_set_side (self->thumbnailer, 2 * TILE * scale);
  self->searcher = guise_searcher_new (guise_page_get_project (page));
  g_signal_connect_object (self->searcher, "opened", G_CALLBACK (opened), self, 0);
  g_signal_connect_object (self->searcher, "answer", G_CALLBACK (answered), self, 0);
  g_signal_connect_object (self->searcher, "checked", G_CALLBACK (files_checked), self, 0);
  g_signal_connect_object (self->searcher, "failed", G_CALLBACK (not_answered), self, 0);
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cell), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cell), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cell), self, 0);
  set_enabled (self, "build-index", !guise_store_is_read_only (guise_page_get_store (page)));
  gtk_grid_view_set_factory (self->grid, factory);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (guise_page_get_store (page), "changed", G_CALLBACK (store_changed), self,
                           0);
  g_signal_connect_object (horizontal, "notify::page-size", G_CALLBACK (width_changed), self,
                           G_CONNECT_SWAPPED);
}

static void
guise_search_page_dispose (GObject *object)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (object);

  if (self->building != NULL)
    guise_job_cancel (self->building);
  g_clear_object (&self->building);
  if (self->searcher != NULL)
    guise_searcher_stop (self->searcher);
  if (self->stack != NULL) {
    gtk_grid_view_set_model (self->grid, NULL);
    self->stack = NULL;
    adw_bin_set_child (ADW_BIN (self), NULL);
  }
  g_clear_handle_id (&self->typing_source, g_source_remove);
  g_clear_handle_id (&self->columns_source, g_source_remove);
  if (self->thumbnailer != NULL)
    guise_thumbnailer_stop (self->thumbnailer);
  g_clear_object (&self->thumbnailer);
  g_clear_object (&self->searcher);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (guise_search_page_parent_class)->dispose (object);
}

static void
guise_search_page_finalize (GObject *object)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (object);

  g_ptr_array_unref (self->items);
  g_array_unref (self->views);
  G_OBJECT_CLASS (guise_search_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  g_type_ensure (GUISE_TYPE_BANNER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/guise/Guise/search-page.ui");
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, banner);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, query_box);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, free_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, pair_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, entries);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, text);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, who);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, wearing);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, split);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, mix_box);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, scale);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, lambda);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, lambda_label);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, run_label);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, identity_swatch);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, clothing_swatch);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, stack);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, no_index);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, build_bar);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, failed);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, examples);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, grid);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, count);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, truth);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, clear_truth);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, mark_button);
  gtk_widget_class_bind_template_child (widget_class, GuiseSearchPage, latency);
}

static void
guise_search_page_class_init (GuiseSearchPageClass *class)
{
  GuisePageClass *page_class = GUISE_PAGE_CLASS (class);

  G_OBJECT_CLASS (class)->constructed = guise_search_page_constructed;
  G_OBJECT_CLASS (class)->dispose = guise_search_page_dispose;
  G_OBJECT_CLASS (class)->finalize = guise_search_page_finalize;
  page_class->name = "search";
  page_class->title = N_ ("Search");
  page_class->icon_name = "system-search-symbolic";
  page_class->shown = guise_search_page_shown;
  page_class->search = guise_search_page_search;
  page_class->save_state = guise_search_page_save_state;
  page_class->restore_state = guise_search_page_restore_state;
  bind_template (GTK_WIDGET_CLASS (class));
  gtk_widget_class_install_action (GTK_WIDGET_CLASS (class), "search.back", NULL, back_to_field);
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, "search.back",
                                       NULL);
}

static const GActionEntry actions[] = {
  { "build-index", activate_build },
  { "stop-build", activate_stop_build },
  { "mark-person", activate_mark },
  { "clear-person", activate_clear_mark },
};

static void
connect_fields (GuiseSearchPage *self)
{
  GtkSearchEntry *const entries[] = { self->text, self->who, self->wearing };

  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++) {
    gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (entries[i]))),
                             MAX_QUERY_CHARS);
    g_signal_connect_object (entries[i], "changed", G_CALLBACK (words_changed), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (entries[i], "activate", G_CALLBACK (ask), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (entries[i], "stop-search", G_CALLBACK (leave_field), self,
                             G_CONNECT_SWAPPED);
  }
  g_signal_connect_object (self->pair_button, "toggled", G_CALLBACK (mode_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->split, "notify::selected", G_CALLBACK (ask), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lambda, "value-changed", G_CALLBACK (lambda_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selection_changed),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->grid, "activate", G_CALLBACK (hit_activated), self, 0);
}

static void
guise_search_page_init (GuiseSearchPage *self)
{
  self->items = g_ptr_array_new ();
  self->views = g_array_new (FALSE, FALSE, sizeof (GuiseHitView));
  self->model = guise_id_model_new ();
  self->selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->model)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  self->default_lambda = NAN;
  self->restored_lambda = NAN;
  g_action_map_add_action_entries (G_ACTION_MAP (guise_page_get_actions (GUISE_PAGE (self))),
                                   actions, G_N_ELEMENTS (actions), self);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->identity_swatch, draw_swatch, GUINT_TO_POINTER (0), NULL);
  gtk_drawing_area_set_draw_func (self->clothing_swatch, draw_swatch, GUINT_TO_POINTER (1), NULL);
  set_enabled (self, "mark-person", FALSE);
  connect_fields (self);
}

/* ---- for tests ------------------------------------------------------------------------------ */

GuiseSearcher *
guise_search_page_get_searcher (GuiseSearchPage *self)
{
  return self->searcher;
}

GtkWidget *
guise_search_page_get_grid (GuiseSearchPage *self)
{
  return GTK_WIDGET (self->grid);
}

guint
guise_search_page_get_n_hits (GuiseSearchPage *self)
{
  return self->views->len;
}

const GuiseHit *
guise_search_page_get_hit (GuiseSearchPage *self, guint position)
{
  return &g_array_index (self->views, GuiseHitView, position).hit;
}

double
guise_search_page_get_lambda (GuiseSearchPage *self)
{
  return self->used_lambda;
}

const char *
guise_search_page_get_view (GuiseSearchPage *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}

gboolean
guise_search_page_is_busy (GuiseSearchPage *self)
{
  return self->typing_source != 0 || guise_searcher_is_opening (self->searcher)
         || guise_searcher_is_busy (self->searcher);
}
