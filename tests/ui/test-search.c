/* The Search page in the real window, on a model that was really trained for a few steps: its four
 * empty states, typing, λ, who and wearing, marks, splits; what is shown is what the engine says.
 */
#include "guise-banner.h"
#include "guise-hit-cell.h"
#include "guise-search-page.h"
#include "guise-train-page.h"
#include "ui-fixture.h"
#include "ui-trained.h"

#include <glib/gstdio.h>
#include <string.h>
#include <utime.h>

typedef struct {
  GuiseWindow *window;
  GuiseSearchPage *page;
} Fixture;

/* Trained and embedded once for all tests. */
static char *trained;

static gboolean
is_idle (gpointer data)
{
  return !guise_search_page_is_busy (data);
}

static void
settle (Fixture *fixture)
{
  ui_wait (is_idle, fixture->page, "the answer of the search");
  ui_settle (fixture->window, 2);
}

static void
open_page (Fixture *fixture, const char *folder)
{
  fixture->window = ui_open_window (folder);
  guise_window_show_page (fixture->window, "search");
  fixture->page = GUISE_SEARCH_PAGE (guise_window_get_page (fixture->window, "search"));
  settle (fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  if (trained == NULL)
    trained = ui_make_trained_project ();
  ui_forget_sessions ();
  open_page (fixture, trained);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  ui_close_window (fixture->window);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static void
type (Fixture *fixture, const char *field, const char *text)
{
  GtkWidget *entry = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SEARCH_ENTRY, field);

  gtk_editable_set_text (GTK_EDITABLE (entry), text);
}

static const char *
get_label (Fixture *fixture, const char *name)
{
  return gtk_label_get_text (
      GTK_LABEL (ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_LABEL, name)));
}

static GtkRange *
get_slider (Fixture *fixture)
{
  return GTK_RANGE (ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SCALE, "scale"));
}

/* What the engine says to the request, beside what the page shows. */
static void
compare (Fixture *fixture, const GuiseSearchRequest *request, double lambda)
{
  GuiseProject *project = guise_window_get_project (fixture->window);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSearchModel) model = guise_project_open_model (project, "small", 1, &error);
  g_autofree char *path = guise_project_get_index_path (project, "small");
  g_autoptr (GuiseIndex) index = guise_index_open (path, &error);
  g_autoptr (GuiseSearch) search = guise_search_new (model, index, request, &error);
  g_autofree GuiseHit *hits = NULL;
  size_t n;

  g_assert_no_error (error);
  if (lambda < 0)
    lambda = guise_search_get_default_lambda (search);
  hits = guise_search_top (search, lambda, NULL, 120, &n);
  g_assert_cmpuint (guise_search_page_get_n_hits (fixture->page), ==, n);
  g_assert_cmpfloat (guise_search_page_get_lambda (fixture->page), ==, lambda);
  for (size_t i = 0; i < n; i++) {
    const GuiseHit *shown = guise_search_page_get_hit (fixture->page, (guint)i);

    g_assert_cmpfloat_with_epsilon (shown->score, hits[i].score, 1e-5);
    g_assert_cmpfloat_with_epsilon (
        shown->score, lambda * shown->identity + (1 - lambda) * shown->clothing, 1e-5);
  }
}

static gint64
get_first (Fixture *fixture)
{
  return guise_search_page_get_hit (fixture->page, 0)->id;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void
assert_view (Fixture *fixture, const char *name)
{
  g_assert_cmpstr (guise_search_page_get_view (fixture->page), ==, name);
}

static void
test_empty_states (void)
{
  Fixture fixture;
  g_autofree char *folder = ui_make_project ();

  open_page (&fixture, folder);
  assert_view (&fixture, "no-run");
  ui_screenshot (fixture.window, "search-no-run-light");
  ui_close_window (fixture.window);

  ui_train (folder);
  open_page (&fixture, folder);
  assert_view (&fixture, "no-index");
  ui_screenshot (fixture.window, "search-no-index-light");
  gtk_widget_activate_action (GTK_WIDGET (fixture.page), "page.build-index", NULL);
  assert_view (&fixture, "building");
  while (strcmp (guise_search_page_get_view (fixture.page), "building") == 0)
    g_main_context_iteration (NULL, TRUE);
  settle (&fixture);
  assert_view (&fixture, "start");
  g_assert_nonnull (guise_searcher_get_examples (guise_search_page_get_searcher (fixture.page))[0]);
  ui_close_window (fixture.window);
}

/* A folder's name is shown, not read as markup, in an error too. */
static void
test_hostile_error (void)
{
  Fixture fixture;
  g_autofree char *made = ui_make_project (), *parent = g_path_get_dirname (made);
  g_autofree char *folder = g_build_filename (parent, "R&D <b>", NULL);
  g_autofree char *runs = g_build_filename (folder, "runs", NULL);
  g_autoptr (GError) error = NULL;
  const GError *shown;
  AdwStatusPage *failed;

  g_assert_cmpint (g_rename (made, folder), ==, 0);
  g_assert_cmpint (g_rmdir (runs), ==, 0);
  g_file_set_contents (runs, "not a folder", -1, &error);
  g_assert_no_error (error);
  open_page (&fixture, folder);
  assert_view (&fixture, "failed");
  failed = ADW_STATUS_PAGE (ui_find (GTK_WIDGET (fixture.page), ADW_TYPE_STATUS_PAGE, "failed"));
  g_assert_nonnull (strstr (adw_status_page_get_description (failed), "R&amp;D &lt;b&gt;"));
  shown = guise_searcher_get_error (guise_search_page_get_searcher (fixture.page));
  g_assert_nonnull (ui_find (GTK_WIDGET (failed), GTK_TYPE_LABEL, shown->message));
  ui_close_window (fixture.window);
}

static gboolean
shows_search (gpointer data)
{
  GuisePage *page = guise_window_get_page (data, "search");

  return gtk_widget_get_mapped (GTK_WIDGET (page))
         && !guise_search_page_is_busy (GUISE_SEARCH_PAGE (page));
}

static gboolean
has_run (gpointer data)
{
  GuiseTrainRun *run = guise_train_page_get_current (data);

  return run != NULL && guise_train_run_has_best (run);
}

/* The suggested action of the Train page leads here. */
static void
test_use_for_search (Fixture *fixture, gconstpointer data)
{
  GuisePage *train_page = guise_window_get_page (fixture->window, "train");
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  g_autofree char *run = NULL;

  guise_window_show_page (fixture->window, "train");
  ui_wait (has_run, train_page, "the trained run to be listed");
  gtk_widget_activate_action (GTK_WIDGET (train_page), "page.use-run", NULL);
  ui_wait (shows_search, fixture->window, "the search to be shown");
  run = guise_store_get_setting (store, GUISE_SETTING_SEARCH_RUN, NULL);
  g_assert_cmpstr (run, ==, "small");
  assert_view (fixture, "start");
}

static void
check_cells (Fixture *fixture)
{
  GtkWidget *cell = ui_find (guise_search_page_get_grid (fixture->page), GUISE_TYPE_HIT_CELL, NULL);
  const GuiseHitView *view = guise_hit_cell_get_view (GUISE_HIT_CELL (cell));

  g_assert_cmpuint (view->rank, ==, 1);
  g_assert_true (view->has_identity && view->has_clothing);
  g_assert_cmpint (guise_image_cell_get_image_id (guise_hit_cell_get_image (GUISE_HIT_CELL (cell))),
                   ==, get_first (fixture));
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (gtk_widget_get_parent (cell)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Rank 1");
}

static void
test_text_and_lambda (Fixture *fixture, gconstpointer data)
{
  const GuiseSearchRequest request = { .text = "a man in a red coat" };
  GuiseSearcher *searcher = guise_search_page_get_searcher (fixture->page);
  guint encoded;

  assert_view (fixture, "start");
  ui_screenshot (fixture->window, "search-start-light");
  type (fixture, "text", "a man in a red coat");
  g_assert_true (guise_search_page_is_busy (fixture->page)); /* the pause after typing */
  settle (fixture);
  assert_view (fixture, "hits");
  compare (fixture, &request, -1);
  check_cells (fixture);
  g_assert_nonnull (strstr (get_label (fixture, "latency"), "encode "));
  g_assert_null (strstr (get_label (fixture, "latency"), " 0.0 ms"));
  encoded = guise_searcher_get_n_encoded (searcher);

  for (double lambda = 0; lambda <= 1; lambda += 0.5) {
    gtk_range_set_value (get_slider (fixture), lambda);
    settle (fixture);
    compare (fixture, &request, lambda);
  }
  g_assert_cmpuint (guise_searcher_get_n_encoded (searcher), ==, encoded);

  type (fixture, "text", "   ");
  settle (fixture);
  assert_view (fixture, "start");
}

static void
test_lambda_reorders (Fixture *fixture, gconstpointer data)
{
  gboolean differs = FALSE;
  gint64 ids[20];

  guise_search_page_search_for (fixture->page, "an elderly woman with a blue bag", NULL);
  settle (fixture);
  gtk_range_set_value (get_slider (fixture), 0);
  settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = guise_search_page_get_hit (fixture->page, i)->id;
  gtk_range_set_value (get_slider (fixture), 1);
  settle (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    differs |= ids[i] != guise_search_page_get_hit (fixture->page, i)->id;
  g_assert_true (differs);
}

static void
test_who_and_wearing (Fixture *fixture, gconstpointer data)
{
  GtkWidget *pair = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_TOGGLE_BUTTON, "pair_button");

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (pair), TRUE);
  type (fixture, "who", "a tall man");
  settle (fixture);
  compare (fixture, &(GuiseSearchRequest){ .who = "a tall man" }, 1);
  g_assert_false (gtk_widget_get_sensitive (GTK_WIDGET (get_slider (fixture))));
  type (fixture, "wearing", "a green jacket");
  settle (fixture);
  compare (fixture, &(GuiseSearchRequest){ .who = "a tall man", .wearing = "a green jacket" }, 0.5);
  g_assert_true (gtk_widget_get_sensitive (GTK_WIDGET (get_slider (fixture))));
  ui_screenshot (fixture->window, "search-pair-light");
  type (fixture, "who", "");
  settle (fixture);
  compare (fixture, &(GuiseSearchRequest){ .wearing = "a green jacket" }, 0);
}

/* Fast typing: what was overtaken is not shown, and hardly ever computed. */
static void
test_typing (Fixture *fixture, gconstpointer data)
{
  GuiseSearcher *searcher = guise_search_page_get_searcher (fixture->page);
  GtkWidget *entry = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SEARCH_ENTRY, "text");
  guint before = guise_searcher_get_n_encoded (searcher);

  for (guint i = 1; i <= 20; i++) {
    g_autofree char *text = g_strdup_printf ("a woman %u", i);

    gtk_editable_set_text (GTK_EDITABLE (entry), text);
  }
  settle (fixture);
  g_assert_cmpuint (guise_searcher_get_n_encoded (searcher), ==, before + 1);
  for (guint i = 1; i <= 20; i++) {
    g_autofree char *text = g_strdup_printf ("a man %u", i);

    gtk_editable_set_text (GTK_EDITABLE (entry), text);
    g_signal_emit_by_name (entry, "activate"); /* Enter does not wait */
  }
  settle (fixture);
  g_assert_cmpuint (guise_searcher_get_n_encoded (searcher), <=, before + 1 + 20);
  compare (fixture, &(GuiseSearchRequest){ .text = "a man 20" }, -1);
}

static guint
count_matches (Fixture *fixture)
{
  GtkWidget *grid = guise_search_page_get_grid (fixture->page);
  guint n = 0;

  for (GtkWidget *item = gtk_widget_get_first_child (grid); item != NULL;
       item = gtk_widget_get_next_sibling (item)) {
    GtkWidget *cell = gtk_widget_get_first_child (item);

    if (GUISE_IS_HIT_CELL (cell))
      n += guise_hit_cell_get_view (GUISE_HIT_CELL (cell))->match;
  }
  return n;
}

static guint
count_person_images (Fixture *fixture, gint64 image_id)
{
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  g_autoptr (GuiseImageRecord) record = guise_store_get_image (store, image_id, NULL);
  g_autoptr (GArray) ids = guise_store_list_person_images (store, record->person_id, NULL, NULL);

  return ids->len;
}

static void
test_truth (Fixture *fixture, gconstpointer data)
{
  GuiseSearcher *searcher = guise_search_page_get_searcher (fixture->page);
  const char *const *examples = guise_searcher_get_examples (searcher);
  GtkWidget *grid = guise_search_page_get_grid (fixture->page);
  GtkSelectionModel *selection = gtk_grid_view_get_model (GTK_GRID_VIEW (grid));

  /* the words of a caption say who is meant */
  guise_search_page_search_for (fixture->page, examples[0], NULL);
  settle (fixture);
  g_assert_nonnull (strstr (get_label (fixture, "truth"), "first at rank "));
  g_assert_true (gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (
      ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_TOGGLE_BUTTON, "free_button"))));
  g_assert_cmpuint (count_matches (fixture), >, 0);
  ui_screenshot (fixture->window, "search-light");
  ui_set_dark (TRUE);
  ui_screenshot (fixture->window, "search-dark");
  ui_set_dark (FALSE);

  /* other words do not; a hit does */
  guise_search_page_search_for (fixture->page, "somebody with an umbrella", NULL);
  settle (fixture);
  g_assert_cmpstr (get_label (fixture, "truth"), ==, "");
  g_assert_cmpuint (count_matches (fixture), ==, 0);
  gtk_selection_model_select_item (selection, 2, TRUE);
  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.mark-person", NULL);
  settle (fixture);
  g_assert_cmpuint (
      count_matches (fixture), ==,
      count_person_images (fixture, guise_search_page_get_hit (fixture->page, 2)->id));
  gtk_widget_activate_action (GTK_WIDGET (fixture->page), "page.clear-person", NULL);
  settle (fixture);
  g_assert_cmpuint (count_matches (fixture), ==, 0);
}

static void
test_split (Fixture *fixture, gconstpointer data)
{
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  GtkWidget *split = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_DROP_DOWN, "split");
  GuiseStoreCounts counts;

  g_assert_true (guise_store_get_counts (store, &counts, NULL));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (split), 3);
  guise_search_page_search_for (fixture->page, "a person", NULL);
  settle (fixture);
  g_assert_cmpuint (guise_search_page_get_n_hits (fixture->page), ==,
                    counts.images_by_split[GUISE_SPLIT_TEST]);
  for (guint i = 0; i < guise_search_page_get_n_hits (fixture->page); i++) {
    gint64 id = guise_search_page_get_hit (fixture->page, i)->id;
    g_autoptr (GuiseImageRecord) record = guise_store_get_image (store, id, NULL);

    g_assert_cmpint (record->split, ==, GUISE_SPLIT_TEST);
  }
}

static gboolean
is_first_a_match (Fixture *fixture)
{
  GtkWidget *grid = guise_search_page_get_grid (fixture->page);
  GtkWidget *cell = ui_find (grid, GUISE_TYPE_HIT_CELL, NULL);

  return guise_hit_cell_get_view (GUISE_HIT_CELL (cell))->match;
}

/* The model that the program ships with finds persons that it has never seen. The picture of this
 * is docs/images/search.png. */
static void
test_shipped (void)
{
  Fixture fixture;
  g_autofree char *parent = g_dir_make_tmp ("guise-ui-XXXXXX", NULL);
  g_autofree char *folder = g_build_filename (parent, "demo", NULL);
  g_autofree char *shipped = g_test_build_filename (G_TEST_DIST, "..", "data", "demo", NULL);
  const char *const *examples;
  guint n_found = 0;

  ui_run_guisectl ((const char *[]){ "demo", folder, "--persons", "120", NULL });
  ui_run_guisectl (
      (const char *[]){ "runs", "add", shipped, "--name", "demo", "--project", folder, NULL });
  ui_run_guisectl (
      (const char *[]){ "embed", "--project", folder, "--run", "demo", "--split", "test", NULL });
  open_page (&fixture, folder);
  examples = guise_searcher_get_examples (guise_search_page_get_searcher (fixture.page));
  for (guint i = 0; examples[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (examples[i], "\n", 2);

    guise_search_page_search_for (fixture.page, parts[0], parts[1]);
    settle (&fixture);
    n_found += is_first_a_match (&fixture);
    if (i == 0)
      ui_screenshot (fixture.window, "search-shipped-light");
  }
  g_assert_cmpuint (n_found, >, 0);
  ui_close_window (fixture.window);
}

typedef struct {
  GuiseWindow *window;
  gint64 id;
} Reveal;

static gboolean
is_revealed (gpointer data)
{
  Reveal *reveal = data;
  GuiseLibraryPage *library = ui_get_library (reveal->window);

  return gtk_widget_get_mapped (GTK_WIDGET (library))
         && guise_image_pane_get_image_id (guise_library_page_get_pane (library)) == reveal->id;
}

static void
test_reveal (Fixture *fixture, gconstpointer data)
{
  GtkWidget *grid = guise_search_page_get_grid (fixture->page);
  Reveal reveal = { fixture->window, 0 };

  guise_search_page_search_for (fixture->page, "a child in yellow", NULL);
  settle (fixture);
  reveal.id = guise_search_page_get_hit (fixture->page, 4)->id;
  g_signal_emit_by_name (grid, "activate", 4);
  ui_wait (is_revealed, &reveal, "the library to show the hit");
}

static void
test_focus (Fixture *fixture, gconstpointer data)
{
  GtkWidget *entry = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SEARCH_ENTRY, "text");
  GtkWidget *focus;

  gtk_widget_grab_focus (GTK_WIDGET (get_slider (fixture)));
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.search", NULL);
  focus = gtk_window_get_focus (GTK_WINDOW (fixture->window));
  g_assert_true (focus == entry || gtk_widget_is_ancestor (focus, entry));
}

static gboolean
has_focus (gpointer entry)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (entry));

  return focus != NULL && gtk_widget_is_ancestor (focus, entry);
}

/* Alt+F leads to the words, though free text is what is asked for already. */
static void
test_mode_key (Fixture *fixture, gconstpointer data)
{
  GtkWidget *entry = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_SEARCH_ENTRY, "text");
  GtkWidget *button = ui_find (GTK_WIDGET (fixture->page), GTK_TYPE_TOGGLE_BUTTON, "free_button");

  gtk_widget_grab_focus (button);
  g_assert_false (has_focus (entry));
  gtk_widget_mnemonic_activate (button, FALSE);
  ui_wait (has_focus, entry, "the words to have the keyboard");
}

static gboolean
is_warned (gpointer data)
{
  GtkWidget *banner = ui_find (data, GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner));
}

static gboolean
is_not_warned (gpointer data)
{
  return !is_warned (data);
}

static gboolean
was_checked (gpointer data)
{
  return *(gboolean *)data;
}

static void
note_check (GuiseSearcher *searcher, gboolean *checked)
{
  *checked = TRUE;
}

/* The file of one picture changes behind the window: said when the page is shown again, until it
 * is embedded. */
static void
test_changed_files (Fixture *fixture, gconstpointer data)
{
  GuiseSearcher *searcher = guise_search_page_get_searcher (fixture->page);
  GuiseProject *project = guise_window_get_project (fixture->window);
  GtkWidget *page = GTK_WIDGET (fixture->page), *action;
  g_autoptr (GuiseImageRecord) record
      = guise_store_get_image (guise_project_get_store (project), 1, NULL);
  g_autofree char *path = NULL;
  const struct utimbuf other_time = { 1000, 1000 };
  gboolean checked = FALSE;

  g_signal_connect (searcher, "checked", G_CALLBACK (note_check), &checked);
  guise_searcher_check_files (searcher);
  ui_wait (was_checked, &checked, "the first look at the files");
  g_assert_false (is_warned (page));
  path = guise_project_get_image_path (project, record->dataset_id, record->path, NULL);
  g_assert_cmpint (g_utime (path, (struct utimbuf *)&other_time), ==, 0);
  guise_window_show_page (fixture->window, "library");
  guise_window_show_page (fixture->window, "search");
  ui_wait (is_warned, page, "the banner about the changed file");
  g_assert_cmpuint (guise_searcher_get_n_changed (searcher), ==, 1);
  ui_screenshot (fixture->window, "search-changed-files");
  action = ui_find (ui_find (page, GUISE_TYPE_BANNER, "banner"), GTK_TYPE_BUTTON, "Embed Again");
  g_assert_true (gtk_widget_is_sensitive (action));
  checked = FALSE;
  g_signal_emit_by_name (action, "clicked");
  assert_view (fixture, "building");
  ui_wait (was_checked, &checked, "the look after embedding");
  ui_wait (is_not_warned, page, "the banner to go");
  g_assert_cmpuint (guise_searcher_get_n_changed (searcher), ==, 0);
  g_signal_handlers_disconnect_by_func (searcher, note_check, &checked);
}

static const char *
get_sentence (Fixture *fixture)
{
  GtkWidget *banner = ui_find (GTK_WIDGET (fixture->page), GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner))
             ? guise_banner_get_sentence (GUISE_BANNER (banner))
             : "";
}

/* A ranking by words that mean nothing to the model is not shown as if they did. */
static void
test_unknown_words (Fixture *fixture, gconstpointer data)
{
  g_autofree char *lots = g_strnfill (1500, 'a');

  type (fixture, "text", "a man in a red coat");
  settle (fixture);
  g_assert_cmpstr (get_sentence (fixture), ==, "");
  type (fixture, "text", "a man with a 伞 and a <b>😀</b>");
  settle (fixture);
  g_assert_nonnull (strstr (get_sentence (fixture), "“伞”, “<b>😀</b>”"));
  assert_view (fixture, "hits");
  ui_screenshot (fixture->window, "search-unknown-words");
  type (fixture, "text", "红色 外套");
  settle (fixture);
  g_assert_nonnull (strstr (get_sentence (fixture), "none of these words"));
  for (size_t i = 1; i < strlen (lots); i += 2)
    lots[i] = ' ';
  type (fixture, "text", lots);
  settle (fixture);
  g_assert_nonnull (strstr (get_sentence (fixture), "its end does not count"));
  type (fixture, "text", "");
  settle (fixture);
  g_assert_cmpstr (get_sentence (fixture), ==, "");
}

/* Pictures that are not embedded are said to be missing, and embedded from there. */
static void
test_missing_pictures (void)
{
  Fixture fixture;
  g_autofree char *folder = ui_make_project ();
  GuiseSearcher *searcher;
  GtkWidget *page, *action;

  ui_train (folder);
  ui_run_guisectl ((const char *[]){ "embed", "--project", folder, "--run", "small", "--split",
                                     "test", NULL });
  open_page (&fixture, folder);
  page = GTK_WIDGET (fixture.page);
  searcher = guise_search_page_get_searcher (fixture.page);
  ui_wait (is_warned, page, "the banner about the missing pictures");
  g_assert_cmpuint (guise_searcher_get_n_missing (searcher), >, 0);
  action = ui_find (ui_find (page, GUISE_TYPE_BANNER, "banner"), GTK_TYPE_BUTTON, "Embed");
  g_assert_true (gtk_widget_is_sensitive (action));
  ui_screenshot (fixture.window, "search-missing-pictures");
  g_signal_emit_by_name (action, "clicked");
  assert_view (&fixture, "building");
  while (strcmp (guise_search_page_get_view (fixture.page), "building") == 0)
    g_main_context_iteration (NULL, TRUE);
  settle (&fixture);
  ui_wait (is_not_warned, page, "the banner to go");
  g_assert_cmpuint (guise_searcher_get_n_missing (searcher), ==, 0);
  ui_close_window (fixture.window);
}

/* The file of the image with this id. */
static char *
dup_image_path (GuiseProject *project, gint64 id)
{
  g_autoptr (GuiseImageRecord) record
      = guise_store_get_image (guise_project_get_store (project), id, NULL);

  return guise_project_get_image_path (project, record->dataset_id, record->path, NULL);
}

/* Pictures that cannot be read are not said to be missing: embedding them is no use, until their
 * files are others. */
static void
test_unreadable_pictures (void)
{
  Fixture fixture;
  g_autofree char *folder = ui_make_project (), *first = NULL, *second = NULL, *good = NULL;
  g_autofree char *bytes = NULL;
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  gboolean checked = FALSE;
  GuiseSearcher *searcher;
  GtkWidget *banner;
  GtkLabel *details;
  gsize size;

  ui_train (folder);
  first = dup_image_path (project, 1);
  second = dup_image_path (project, 2);
  good = dup_image_path (project, 3);
  g_clear_object (&project);
  g_assert_true (g_file_set_contents (first, "no picture", -1, NULL));
  g_assert_cmpint (g_unlink (second), ==, 0);
  ui_run_guisectl ((const char *[]){ "embed", "--project", folder, "--run", "small", NULL });
  open_page (&fixture, folder);
  searcher = guise_search_page_get_searcher (fixture.page);
  banner = ui_find (GTK_WIDGET (fixture.page), GUISE_TYPE_BANNER, "banner");
  ui_wait (is_warned, fixture.page, "the banner about the unreadable pictures");
  g_assert_cmpuint (guise_searcher_get_unreadable (searcher)->len, ==, 2);
  g_assert_cmpuint (guise_searcher_get_n_missing (searcher), ==, 0);
  g_assert_nonnull (strstr (get_sentence (&fixture), "2 pictures cannot be read"));
  details = GTK_LABEL (ui_find (banner, GTK_TYPE_LABEL, "details"));
  g_assert_nonnull (strstr (gtk_label_get_text (details), "imgs/"));
  g_assert_nonnull (strchr (gtk_label_get_text (details), '\n')); /* both are named */
  g_assert_null (ui_find (banner, GTK_TYPE_BUTTON, "Embed"));

  g_assert_true (g_file_get_contents (good, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (second, bytes, (gssize)size, NULL));
  g_signal_connect (searcher, "checked", G_CALLBACK (note_check), &checked);
  guise_searcher_check_files (searcher);
  ui_wait (was_checked, &checked, "another look at the files");
  g_assert_cmpuint (guise_searcher_get_unreadable (searcher)->len, ==, 1);
  g_assert_cmpuint (guise_searcher_get_n_missing (searcher), ==, 1);
  g_assert_nonnull (ui_find (banner, GTK_TYPE_BUTTON, "Embed"));
  g_signal_handlers_disconnect_by_func (searcher, note_check, &checked);
  ui_close_window (fixture.window);
}

/* Words that are typed before the run is open wait for it. */
static void
test_early_words (void)
{
  Fixture fixture;
  GtkWidget *entry, *focus;

  if (trained == NULL)
    trained = ui_make_trained_project ();
  ui_forget_sessions ();
  fixture.window = ui_open_window (trained);
  guise_window_show_page (fixture.window, "search");
  fixture.page = GUISE_SEARCH_PAGE (guise_window_get_page (fixture.window, "search"));
  entry = ui_find (GTK_WIDGET (fixture.page), GTK_TYPE_SEARCH_ENTRY, "text");
  for (guint i = 0; i < 2; i++) {
    assert_view (&fixture, "opening");
    focus = gtk_root_get_focus (GTK_ROOT (fixture.window));
    g_assert_true (focus != NULL && gtk_widget_is_ancestor (focus, entry));
    gtk_root_set_focus (GTK_ROOT (fixture.window), NULL);
    gtk_widget_activate_action (GTK_WIDGET (fixture.window), "win.search", NULL);
  }
  type (&fixture, "text", "a red coat");
  settle (&fixture);
  assert_view (&fixture, "hits");
  focus = gtk_root_get_focus (GTK_ROOT (fixture.window));
  g_assert_true (gtk_widget_is_ancestor (focus, entry));
  ui_close_window (fixture.window);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "text-and-lambda", test_text_and_lambda },
    { "lambda-reorders", test_lambda_reorders },
    { "who-and-wearing", test_who_and_wearing },
    { "typing", test_typing },
    { "truth", test_truth },
    { "split", test_split },
    { "reveal", test_reveal },
    { "focus", test_focus },
    { "mode-key", test_mode_key },
    { "unknown-words", test_unknown_words },
    { "changed-files", test_changed_files },
    { "use-for-search", test_use_for_search },
  };

  ui_init (&argc, &argv);
  g_test_add_func ("/search/empty-states", test_empty_states);
  g_test_add_func ("/search/hostile-error", test_hostile_error);
  g_test_add_func ("/search/missing-pictures", test_missing_pictures);
  g_test_add_func ("/search/unreadable-pictures", test_unreadable_pictures);
  g_test_add_func ("/search/u06-early-words", test_early_words);
  g_test_add_func ("/search/shipped", test_shipped);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/search/", tests[i].name, NULL);

    g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run ();
}
