/* The Library page in the real window: the grid, selection, filters, and what only reads. */
#include "guise-image-cell.h"
#include "guise-train-page.h"
#include "guise-undo.h"
#include "library-fixture.h"

#include <string.h>

typedef struct {
  LibraryFixture *fixture;
  guint n;
} Count;

static gboolean
shows_count (gpointer data)
{
  Count *count = data;
  GuiseLibraryPage *library = count->fixture->library;

  if (guise_library_page_is_busy (library))
    return FALSE;
  return guise_library_page_get_n_shown (library) == count->n;
}

static guint
count_matches (LibraryFixture *fixture, const char *expression)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (expression, &error);

  g_assert_no_error (error);
  return guise_store_count_images (fixture->store, filter, NULL, NULL);
}

static void
test_open (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = library_list_ids (fixture);
  GtkWidget *grid = guise_library_page_get_grid (fixture->library);
  GtkWidget *count = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_LABEL, "count");
  g_autofree char *expected = g_strdup_printf ("%u pictures", ids->len);

  g_assert_cmpuint (guise_library_page_get_n_shown (fixture->library), ==, ids->len);
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (count)), ==, expected);
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (fixture->window)), ==, "People – Guise");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_ROLE_GRID);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Pictures");
}

static gboolean
has_thumbnail (gpointer data)
{
  GuiseThumbnail *thumbnail = guise_image_cell_get_thumbnail (data);

  return thumbnail != NULL && thumbnail->texture != NULL;
}

static void
test_tiles (LibraryFixture *fixture, gconstpointer data)
{
  GtkWidget *grid = guise_library_page_get_grid (fixture->library);
  GtkWidget *cell = ui_find (grid, GUISE_TYPE_IMAGE_CELL, NULL);
  guint columns = gtk_grid_view_get_max_columns (GTK_GRID_VIEW (grid));
  GuiseThumbnail *thumbnail;

  g_assert_nonnull (cell);
  ui_wait (has_thumbnail, cell, "a tile to have its picture");
  thumbnail = guise_image_cell_get_thumbnail (GUISE_IMAGE_CELL (cell));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       thumbnail->excerpt);
  g_assert_cmpint (gdk_texture_get_height (thumbnail->texture), ==, 128);
  /* as many columns as fit: the grid makes 32 rows of them */
  g_assert_cmpuint (columns, ==, gtk_widget_get_width (gtk_widget_get_parent (grid)) / (96 + 8));
}

static void
test_select (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = library_list_ids (fixture);
  gint64 id = g_array_index (ids, gint64, 17);
  g_autoptr (GPtrArray) captions = guise_store_list_captions (fixture->store, id, NULL);

  library_select_image (fixture, id);
  g_assert_cmpint (guise_image_pane_get_image_id (fixture->pane), ==, id);
  g_assert_cmpuint (guise_image_pane_get_n_editors (fixture->pane), ==, captions->len);
  g_assert_cmpuint (captions->len, ==, 4);
  for (guint i = 0; i < captions->len; i++) {
    GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, i);
    g_autofree char *text = guise_caption_editor_dup_text (editor);

    g_assert_cmpstr (text, ==, ((GuiseCaption *)captions->pdata[i])->text);
  }
}

static gboolean
names_undo (gpointer data)
{
  g_autofree char *label = NULL;

  return g_menu_model_get_item_attribute (data, 0, G_MENU_ATTRIBUTE_LABEL, "s", &label)
         && g_str_has_prefix (label, "_Undo: ");
}

static gboolean
is_enabled (gpointer actions, const char *name)
{
  g_assert_true (g_action_group_has_action (actions, name));
  return g_action_group_get_action_enabled (actions, name);
}

/* Where nothing can be written nothing can be typed, undone or trained. */
static void
test_read_only (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseProject) project = ui_open_elsewhere (fixture->folder);
  GuiseStore *store = guise_project_get_store (project);
  GuiseCaptionEditor *shown = guise_image_pane_get_editor (fixture->pane, 0), *editor;
  gint64 id = guise_caption_editor_get_caption_id (shown);
  g_autoptr (GSimpleActionGroup) actions = g_simple_action_group_new ();
  g_autoptr (GuiseUndo) undo = guise_undo_new (G_ACTION_MAP (actions), "test");
  g_autoptr (GuiseCaption) caption = NULL;
  GuisePage *page = g_object_ref_sink (guise_page_new (GUISE_TYPE_TRAIN_PAGE, project));

  g_assert_true (gtk_text_view_get_editable (
      GTK_TEXT_VIEW (guise_caption_editor_get_field (shown))));
  guise_caption_editor_set_text (shown, "something to undo");
  ui_wait (library_can_undo, fixture->window, "undo to be possible");

  caption = library_read_caption (store, id);
  editor = g_object_ref_sink (guise_caption_editor_new (store, caption));
  g_assert_false (gtk_text_view_get_editable (
      GTK_TEXT_VIEW (guise_caption_editor_get_field (editor))));
  g_object_unref (editor);
  guise_undo_set_store (undo, store);
  ui_wait (names_undo, guise_undo_get_menu (undo), "the name of what cannot be undone here");
  g_assert_false (is_enabled (actions, "undo"));
  g_assert_false (is_enabled (guise_page_get_actions (page), "new-run"));
  g_object_run_dispose (G_OBJECT (page));
  g_object_unref (page);
  guise_undo_set_store (undo, NULL);
  guise_project_close (project);
}

static void
test_no_markup (LibraryFixture *fixture, gconstpointer data)
{
  const char *text = "<b>bold</b> &amp; <span foreground='red'>red</span> %s %n";
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *shown = NULL;

  guise_caption_editor_set_text (editor, text);
  library_wait_stored (fixture, id, text);
  shown = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (shown, ==, text);
  ui_settle (fixture->window, 3);
}

static void
test_filter (LibraryFixture *fixture, gconstpointer data)
{
  GtkWidget *split = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_DROP_DOWN, "split");
  GtkWidget *problem = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_LABEL, "filter_error");
  guint all = guise_library_page_get_n_shown (fixture->library);
  guint test = count_matches (fixture, "split = test");
  const char *const words[] = { "red", "black", "blue", "white", "green", "bag" };
  guint n_words = 0;

  g_assert_cmpuint (test, >, 0);
  g_assert_cmpuint (test, <, all);
  gtk_drop_down_set_selected (GTK_DROP_DOWN (split), 3);
  ui_wait (shows_count, &(Count){ fixture, test }, "the split's pictures");
  for (size_t i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autofree char *expression = g_strdup_printf ("split = test AND text ~ %s", words[i]);
    guint n = count_matches (fixture, expression);

    guise_library_page_set_filter (fixture->library, words[i]);
    ui_wait (shows_count, &(Count){ fixture, n }, "plain words to filter captions");
    n_words += n;
  }
  g_assert_cmpuint (n_words, >, 0);
  guise_library_page_set_filter (fixture->library, "");
  ui_wait (shows_count, &(Count){ fixture, test }, "the split's pictures again");
  guise_library_page_set_filter (fixture->library, "text ~ ");
  ui_wait ((UiCondition)gtk_widget_get_visible, problem, "the filter's mistake to be named");
  g_assert_cmpuint (guise_library_page_get_n_shown (fixture->library), ==, test);
  guise_library_page_set_filter (fixture->library, "camera = 99");
  ui_wait (shows_count, &(Count){ fixture, 0 }, "a filter without a match");
  g_assert_nonnull (ui_find (GTK_WIDGET (fixture->library), ADW_TYPE_STATUS_PAGE, NULL));
  gtk_widget_activate_action (GTK_WIDGET (fixture->library), "library.clear-filter", NULL);
  ui_wait (shows_count, &(Count){ fixture, all }, "all pictures again");
  ui_wait_for_library (fixture->window);
}

/* A filter that cannot be read is explained and not applied: the list stays, and a split that is
 * chosen then applies to what it was filtered by. */
static void
test_wrong_filter (LibraryFixture *fixture, gconstpointer data)
{
  GtkWidget *split = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_DROP_DOWN, "split");
  GtkWidget *problem = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_LABEL, "filter_error");
  GtkWidget *entry
      = ui_find (GTK_WIDGET (fixture->library), GTK_TYPE_SEARCH_ENTRY, "filter_entry");
  guint all = guise_library_page_get_n_shown (fixture->library);
  guint one = count_matches (fixture, "camera = 1");
  guint one_test = count_matches (fixture, "camera = 1 AND split = test");

  g_assert_cmpuint (one, >, 0);
  g_assert_cmpuint (one, <, all);
  guise_library_page_set_filter (fixture->library, "camera = 1");
  ui_wait (shows_count, &(Count){ fixture, one }, "the camera's pictures");
  g_assert_false (gtk_widget_get_visible (problem));
  guise_library_page_set_filter (fixture->library, "camera = 1 AND <b>x</b> = red");
  g_assert_true (gtk_widget_get_visible (problem));
  g_assert_false (guise_library_page_is_busy (fixture->library));
  g_assert_cmpstr (gtk_label_get_text (GTK_LABEL (problem)), ==,
                   "This filter is not applied, “camera = 1” still is: at character 16, "
                   "“<b>x</b>” is no field; the fields are split, camera, person, outfit, state, "
                   "source, style, kind, text, path and dataset.");
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (problem), GTK_ACCESSIBLE_ROLE_ALERT);
  g_assert_true (gtk_test_accessible_has_state (GTK_ACCESSIBLE (entry),
                                                GTK_ACCESSIBLE_STATE_INVALID));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (split), 3);
  ui_wait (shows_count, &(Count){ fixture, one_test }, "the camera's pictures of the split");
  g_assert_true (gtk_widget_get_visible (problem));
  guise_library_page_set_filter (fixture->library, "");
  g_assert_false (gtk_widget_get_visible (problem));
  gtk_drop_down_set_selected (GTK_DROP_DOWN (split), 0);
  ui_wait (shows_count, &(Count){ fixture, all }, "all pictures again");
  ui_wait_for_library (fixture->window);
}

static void
test_tile_size (LibraryFixture *fixture, gconstpointer data)
{
  GtkGridView *grid = GTK_GRID_VIEW (guise_library_page_get_grid (fixture->library));
  guint before = gtk_grid_view_get_max_columns (grid);

  for (guint i = 0; i < 4; i++)
    gtk_widget_activate_action (GTK_WIDGET (fixture->library), "library.zoom-in", NULL);
  ui_settle (fixture->window, 3);
  g_assert_cmpuint (gtk_grid_view_get_max_columns (grid), <, before);
  gtk_widget_activate_action (GTK_WIDGET (fixture->library), "library.zoom-usual", NULL);
  ui_settle (fixture->window, 3);
  g_assert_cmpuint (gtk_grid_view_get_max_columns (grid), ==, before);
}

/* The file of the picture has gone: said in its place, and its captions can still be edited. */
static void
test_missing_file (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = library_list_ids (fixture);
  gint64 id = g_array_index (ids, gint64, 9);
  GuiseProject *project = guise_window_get_project (fixture->window);
  g_autoptr (GuiseImageRecord) record = guise_store_get_image (fixture->store, id, NULL);
  g_autofree char *path = NULL;
  GtkWidget *message = ui_find (GTK_WIDGET (fixture->pane), GTK_TYPE_LABEL, "picture_error");

  path = guise_project_get_image_path (project, record->dataset_id, record->path, NULL);
  g_assert_cmpint (remove (path), ==, 0);
  library_select_image (fixture, id);
  ui_wait ((UiCondition)gtk_widget_get_mapped, message, "the reason in the picture's place");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (message)), record->path));
}

/* How much of the text lies below what is seen of it. */
static int
get_hidden (GuiseCaptionEditor *editor)
{
  GtkTextView *field = GTK_TEXT_VIEW (guise_caption_editor_get_field (editor));
  GdkRectangle seen, last;
  GtkTextIter end;

  gtk_text_buffer_get_end_iter (gtk_text_view_get_buffer (field), &end);
  gtk_text_view_get_iter_location (field, &end, &last);
  gtk_text_view_get_visible_rect (field, &seen);
  return last.y + last.height - seen.y - seen.height;
}

/* A caption is seen whole, however many lines it takes; a very long one is scrolled in. */
static void
test_whole_captions (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = library_read_caption (fixture->store, id);
  g_autoptr (GString) text = g_string_new ("She");

  for (guint n = 0; n < 4; n++) {
    for (guint i = 0; i < (n < 3 ? 10 : 50); i++)
      g_string_append (text, " wears a long red coat");
    guise_caption_editor_set_text (editor, text->str);
    guise_caption_editor_flush (editor);
    library_wait_stored (fixture, id, text->str);
    library_select_image (fixture, library_get_other_image (fixture));
    library_select_image (fixture, caption->image_id);
    editor = guise_image_pane_get_editor (fixture->pane, 0);
    ui_settle (fixture->window, 4);
    g_assert_cmpint (get_hidden (editor) > 0, ==, n == 3);
  }
}
int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (LibraryFixture *fixture, gconstpointer data);
  } tests[] = {
    { "open", test_open },
    { "tiles", test_tiles },
    { "select", test_select },
    { "read-only", test_read_only },
    { "no-markup", test_no_markup },
    { "filter", test_filter },
    { "wrong-filter", test_wrong_filter },
    { "whole-captions", test_whole_captions },
    { "tile-size", test_tile_size },
    { "missing-file", test_missing_file },
  };

  ui_init (&argc, &argv);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/library/", tests[i].name, NULL);

    g_test_add (path, LibraryFixture, NULL, library_set_up, tests[i].run, library_tear_down);
  }
  return g_test_run ();
}
