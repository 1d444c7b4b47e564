#include "guise-search-page-private.h"

#include "guise-search-notes.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define N_HITS 120
#define TYPING_PAUSE_MS 250
#define MAX_QUERY_CHARS 2000

G_DEFINE_FINAL_TYPE (GuiseSearchPage, guise_search_page, GUISE_TYPE_PAGE)

static const char *const split_values[] = { NULL, "train", "val", "test" };

/* Where a description begins. */
static GtkWidget *
get_entry (GuiseSearchPage *self)
{
  return GTK_WIDGET (guise_search_page_is_pair (self) ? self->who : self->text);
}

/* Whether the keyboard is on what goes, or cannot be used any more, with the view of that name. */
static gboolean
loses_focus (GuiseSearchPage *self, const char *view, gboolean has_words, gboolean has_mix)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (focus == NULL)
    return FALSE;
  if (gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack)))
    return strcmp (view, gtk_stack_get_visible_child_name (self->stack)) != 0;
  return (!has_words && gtk_widget_is_ancestor (focus, self->query_box))
         || (!has_mix && gtk_widget_is_ancestor (focus, self->mix_box));
}

/* GTK 4.8 lets a field blink on that is made insensitive with the keyboard, and moves the keyboard
 * from what is hidden to whatever comes next, outside of the page: it is taken away before. */
void
guise_search_page_show_view (GuiseSearchPage *self, const char *name)
{
  gboolean opening = guise_searcher_is_opening (self->searcher);
  gboolean ready = guise_searcher_get_readiness (self->searcher) == GUISE_SEARCH_READY && !opening;
  gboolean loses = loses_focus (self, name, ready || opening, ready);

  if (loses)
    gtk_root_set_focus (gtk_widget_get_root (GTK_WIDGET (self)), NULL);
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_set_sensitive (self->query_box, ready || opening);
  gtk_widget_set_sensitive (self->mix_box, ready);
  gtk_widget_set_visible (self->mark_button, strcmp (name, "hits") == 0);
  if (loses && !gtk_widget_grab_focus (get_entry (self)))
    guise_page_take_focus (GUISE_PAGE (self));
}

void
guise_search_page_set_enabled (GuiseSearchPage *self, const char *name, gboolean enabled)
{
  GSimpleActionGroup *actions = guise_page_get_actions (GUISE_PAGE (self));
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (actions), name);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), enabled);
}

/* ---- asking --------------------------------------------------------------------------------- */

gboolean
guise_search_page_is_pair (GuiseSearchPage *self)
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

  if (guise_search_page_is_pair (self)) {
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

void
guise_search_page_clear_hits (GuiseSearchPage *self)
{
  guise_id_model_set_ids (self->model, NULL);
  g_array_set_size (self->views, 0);
  gtk_label_set_text (self->count, "");
  gtk_label_set_text (self->latency, "");
  gtk_label_set_text (self->truth, "");
  gtk_widget_set_visible (self->clear_truth, FALSE);
}

void
guise_search_page_ask (GuiseSearchPage *self)
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
    guise_search_notes_show_words (self->banner, NULL);
    guise_search_page_clear_hits (self);
    guise_search_page_show_view (self, "start");
    return;
  }
  guise_searcher_ask (self->searcher, question);
}

static gboolean
ask_late (gpointer data)
{
  GuiseSearchPage *self = data;

  self->typing_source = 0;
  guise_search_page_ask (self);
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
  gtk_stack_set_visible_child_name (self->entries,
                                    guise_search_page_is_pair (self) ? "pair" : "free");
  if (self->setting)
    return;
  self->lambda_moved = FALSE; /* the two have defaults of their own */
  self->truth_image = 0;
  guise_search_page_ask (self);
}

/* Also where that way of asking is chosen already: its key leads to its words. */
static void
mode_clicked (GuiseSearchPage *self)
{
  gtk_widget_grab_focus (get_entry (self));
}

static void
lambda_changed (GuiseSearchPage *self)
{
  if (self->setting)
    return;
  self->lambda_moved = TRUE;
  guise_search_page_ask (self);
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
  guise_search_page_ask (self);
}

/* ---- page ----------------------------------------------------------------------------------- */

void
guise_search_page_focus_entry (GuiseSearchPage *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));

  if (gtk_widget_get_mapped (GTK_WIDGET (self))
      && (focus == NULL || !gtk_widget_is_ancestor (focus, GTK_WIDGET (self))))
    gtk_widget_grab_focus (get_entry (self));
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

static void
guise_search_page_shown (GuisePage *page)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);
  gboolean building = self->building != NULL && guise_job_is_active (self->building);

  if (!self->started
      || (!building && !guise_searcher_is_opening (self->searcher)
          && guise_searcher_get_readiness (self->searcher) != GUISE_SEARCH_READY))
    guise_search_page_open_run (self);
  else if (!building)
    guise_searcher_check_files (self->searcher);
  if (!self->started && gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_widget_grab_focus (get_entry (self)); /* who enters begins with words */
  self->started = TRUE;
  guise_search_page_focus_entry (self);
}

static gboolean
guise_search_page_search (GuisePage *page)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);
  GtkWidget *entry = get_entry (self);

  gtk_editable_select_region (GTK_EDITABLE (entry), 0, -1);
  return gtk_widget_grab_focus (entry);
}

static void
guise_search_page_save_state (GuisePage *page, GVariantDict *state)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (page);

  g_variant_dict_insert (state, "pair", "b", guise_search_page_is_pair (self));
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
guise_search_page_constructed (GObject *object)
{
  GuiseSearchPage *self = GUISE_SEARCH_PAGE (object);

  G_OBJECT_CLASS (guise_search_page_parent_class)->constructed (object);
  self->searcher = guise_searcher_new (guise_page_get_project (GUISE_PAGE (self)));
  guise_search_page_set_up_hits (self);
  guise_search_page_set_up_run (self);
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

static void
connect_fields (GuiseSearchPage *self)
{
  GtkSearchEntry *const entries[] = { self->text, self->who, self->wearing };

  for (size_t i = 0; i < G_N_ELEMENTS (entries); i++) {
    gtk_text_set_max_length (GTK_TEXT (gtk_editable_get_delegate (GTK_EDITABLE (entries[i]))),
                             MAX_QUERY_CHARS);
    g_signal_connect_object (entries[i], "changed", G_CALLBACK (words_changed), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (entries[i], "activate", G_CALLBACK (guise_search_page_ask), self,
                             G_CONNECT_SWAPPED);
    g_signal_connect_object (entries[i], "stop-search", G_CALLBACK (leave_field), self,
                             G_CONNECT_SWAPPED);
  }
  g_signal_connect_object (self->pair_button, "toggled", G_CALLBACK (mode_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->free_button, "clicked", G_CALLBACK (mode_clicked), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->pair_button, "clicked", G_CALLBACK (mode_clicked), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->split, "notify::selected", G_CALLBACK (guise_search_page_ask),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->lambda, "value-changed", G_CALLBACK (lambda_changed), self,
                           G_CONNECT_SWAPPED);
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
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_drawing_area_set_draw_func (self->identity_swatch, guise_hit_cell_draw_swatch,
                                  GUINT_TO_POINTER (0), NULL);
  gtk_drawing_area_set_draw_func (self->clothing_swatch, guise_hit_cell_draw_swatch,
                                  GUINT_TO_POINTER (1), NULL);
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
