/* How a project was left is how it is shown again: page, filter, selection, query, run, and what
 * was typed and could not be stored. */
#include "guise-banner.h"
#include "guise-session.h"
#include "guise-settings.h"
#include "guise-store-captions.h"
#include "guise-train-page.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define FOLDER_VARIABLE "GUISE_TEST_PROJECT"

static GtkEditable *
get_entry (GuiseWindow *window, const char *page, const char *name)
{
  return GTK_EDITABLE (
      ui_find (GTK_WIDGET (guise_window_get_page (window, page)), GTK_TYPE_SEARCH_ENTRY, name));
}

static GtkDropDown *
get_choice (GuiseWindow *window, const char *page, const char *name)
{
  return GTK_DROP_DOWN (
      ui_find (GTK_WIDGET (guise_window_get_page (window, page)), GTK_TYPE_DROP_DOWN, name));
}

static gboolean
is_idle (gpointer library)
{
  return !guise_library_page_is_busy (library);
}

/* Leaves a project in the middle of things; the image that is selected. */
static gint64
leave (GuiseWindow *window)
{
  GuiseLibraryPage *library = ui_get_library (window);
  GtkSelectionModel *selection
      = gtk_grid_view_get_model (GTK_GRID_VIEW (guise_library_page_get_grid (library)));
  gint64 selected;

  gtk_drop_down_set_selected (get_choice (window, "library", "order"), 3);
  guise_library_page_set_filter (library, "camera:1");
  ui_wait (is_idle, library, "the filter");
  ui_wait_for_library (window);
  g_assert_cmpuint (guise_library_page_get_n_shown (library), >, 2);
  gtk_selection_model_select_item (selection, 2, TRUE);
  selected = guise_image_pane_get_image_id (guise_library_page_get_pane (library));
  gtk_editable_set_text (get_entry (window, "search", "text"), "a red <coat> & hat");
  guise_window_show_page (window, "search");
  gtk_window_set_default_size (GTK_WINDOW (window), 1111, 777);
  ui_settle (window, 4);
  return selected;
}

static void
test_restore (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  gint64 selected = leave (window);
  int width, height;

  ui_close_window (window);
  g_assert_cmpint (guise_settings_get_int (GUISE_SETTING_WINDOW_WIDTH), ==, 1111);
  window = guise_window_new (ui_start ());
  gtk_window_get_default_size (GTK_WINDOW (window), &width, &height);
  g_assert_cmpint (width, ==, 1111);
  g_assert_cmpint (height, ==, 777);
  gtk_window_destroy (GTK_WINDOW (window));

  /* a window that closed before it had made a page knew no better */
  guise_session_end (guise_session_begin (folder));
  window = ui_open_window (NULL);
  ui_reopen (window, folder);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (guise_window_get_page (window, "search"))));
  g_assert_cmpstr (gtk_editable_get_text (get_entry (window, "search", "text")), ==,
                   "a red <coat> & hat");
  guise_window_show_page (window, "library");
  ui_wait_for_library (window);
  g_assert_cmpstr (gtk_editable_get_text (get_entry (window, "library", "filter_entry")), ==,
                   "camera:1");
  g_assert_cmpuint (gtk_drop_down_get_selected (get_choice (window, "library", "order")), ==, 3);
  g_assert_cmpint (
      guise_image_pane_get_image_id (guise_library_page_get_pane (ui_get_library (window))), ==,
      selected);
  ui_close_window (window);
}

/* Two projects are two sessions; what an older or newer version wrote does no harm. */
static void
test_strange_values (void)
{
  g_autofree char *folder = ui_make_project (), *other = ui_make_project ();
  g_autofree char *text
      = g_strdup_printf ("[('%s', {'shown': <7>, 'library': <{'split': <uint32 99>, "
                         "'filter': <'camera:1'>, 'order': <'x'>, 'unsaved': <7>}>, 'train': <1>, "
                         "'search': <{'lambda': <7.0>, 'who': <4>}>, 'nowhere': <1>})]",
                         folder);
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE ("a(sa{sv})"), text, NULL, NULL, &error);
  GuiseWindow *window;

  g_assert_no_error (error);
  guise_settings_set_value (GUISE_SETTING_SESSIONS, value);
  window = ui_open_window (folder);
  g_assert_cmpuint (gtk_drop_down_get_selected (get_choice (window, "library", "split")), ==, 0);
  g_assert_cmpstr (gtk_editable_get_text (get_entry (window, "library", "filter_entry")), ==,
                   "camera:1");
  guise_window_show_page (window, "train");
  ui_reopen (window, other);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (guise_window_get_page (window, "library"))));
  g_assert_cmpstr (gtk_editable_get_text (get_entry (window, "library", "filter_entry")), ==, "");
  ui_reopen (window, folder);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (guise_window_get_page (window, "train"))));
  ui_close_window (window);
}

static guint
count_sessions (const char *folder)
{
  g_autoptr (GVariant) all = guise_settings_dup_value (GUISE_SETTING_SESSIONS);
  g_autofree char *text = folder != NULL ? guise_settings_path_to_text (folder) : NULL;
  GVariantIter iter;
  const char *path;
  guint n = 0;

  g_variant_iter_init (&iter, all);
  while (g_variant_iter_next (&iter, "(&s@a{sv})", &path, NULL))
    n += text == NULL || g_str_equal (path, text);
  return n;
}

/* A folder whose name is no UTF-8 is opened at the next start, has one session however often that
 * is written, and takes nobody else's place; what an older version wrote of such a one goes. */
static void
test_odd_folder (void)
{
  g_autofree char *made = ui_make_project (), *other = ui_make_project ();
  g_autofree char *odd = g_strconcat (made, "\n-\xff", NULL), *last = NULL;
  g_auto (GStrv) recent = NULL;
  GuiseWindow *window;

  g_assert_cmpint (g_rename (made, odd), ==, 0);
  guise_settings_set_value (GUISE_SETTING_SESSIONS,
                            g_variant_new_parsed ("[('[Invalid UTF-8]', @a{sv} {})]"));
  window = ui_open_window (other);
  ui_reopen (window, odd);
  g_assert_nonnull (strstr (gtk_window_get_title (GTK_WINDOW (window)), " -"));
  g_assert_null (strchr (gtk_window_get_title (GTK_WINDOW (window)), '\n'));
  for (guint i = 0; i < 3; i++) {
    guise_session_end (guise_session_begin (odd));
    g_assert_cmpuint (count_sessions (odd), ==, 1);
    g_assert_cmpuint (count_sessions (other), ==, 1);
    g_assert_cmpuint (count_sessions (NULL), ==, 2);
  }
  guise_library_page_set_filter (ui_get_library (window), "camera:1");
  guise_window_show_page (window, "train");
  last = guise_settings_dup_path (GUISE_SETTING_LAST_PROJECT);
  recent = guise_settings_dup_recent ();
  g_assert_cmpstr (last, ==, odd);
  g_assert_cmpstr (recent[0], ==, odd);
  g_assert_cmpstr (recent[1], ==, other);
  ui_reopen (window, other);
  ui_reopen (window, last);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (guise_window_get_page (window, "train"))));
  g_assert_cmpstr (gtk_editable_get_text (get_entry (window, "library", "filter_entry")), ==,
                   "camera:1");
  ui_close_window (window);
  guise_settings_remove_recent (odd);
  g_strfreev (recent);
  recent = guise_settings_dup_recent ();
  g_assert_cmpstr (recent[0], ==, other);
}

/* ---- a crash -------------------------------------------------------------------------------- */

static gboolean
asks_which (gpointer editor)
{
  return gtk_widget_get_mapped (ui_find (editor, GTK_TYPE_BUTTON, "keep_button"));
}

static gboolean
is_written (gpointer data)
{
  g_autofree char *drafts = guise_store_get_setting (data, "drafts", NULL);

  return drafts != NULL && strstr (drafts, "mine <b>") != NULL;
}

static GuiseCaptionEditor *
get_editor (GuiseWindow *window)
{
  return guise_image_pane_get_editor (guise_library_page_get_pane (ui_get_library (window)), 0);
}

/* The other process: what is typed meets somebody else's text, and nobody decides. */
static void
type_and_die (void)
{
  GuiseWindow *window = ui_open_window (g_getenv (FOLDER_VARIABLE));
  GuiseStore *store = guise_project_get_store (guise_window_get_project (window));
  GuiseCaptionEditor *editor = get_editor (window);
  g_autoptr (GError) error = NULL;

  guise_caption_editor_set_text (editor, "mine <b>");
  guise_store_edit_caption (store, guise_caption_editor_get_caption_id (editor), -1, "theirs",
                            &error);
  g_assert_no_error (error);
  ui_wait (asks_which, editor, "the question which text to keep");
  ui_wait (is_written, store, "the draft to be written");
  raise (SIGKILL);
}

/* What could not be stored survives the process, comes back with its picture and is marked. */
static void
test_crash (void)
{
  g_autofree char *folder = ui_make_project ();
  GtkWidget *banner;
  GuiseCaptionEditor *editor;
  g_autofree char *text = NULL;
  GuiseWindow *window;

  if (g_test_subprocess ()) {
    type_and_die ();
    return;
  }
  g_setenv (FOLDER_VARIABLE, folder, TRUE);
  g_test_trap_subprocess (NULL, 0, 0);
  g_assert_false (g_test_trap_has_passed ());
  window = ui_open_window (folder);
  editor = get_editor (window);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "mine <b>");
  ui_wait (asks_which, editor, "the question which text to keep");
  banner = ui_find (GTK_WIDGET (window), GUISE_TYPE_BANNER, "banner");
  g_assert_true (guise_banner_get_revealed (GUISE_BANNER (banner)));
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.take-theirs", NULL);
  g_assert_false (guise_banner_get_revealed (GUISE_BANNER (banner)));
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  g_setenv ("GSETTINGS_BACKEND", "keyfile", TRUE); /* one that outlives a process */
  ui_init (&argc, &argv);
  g_test_add_func ("/session/u12-crash", test_crash);
  g_test_add_func ("/session/restore", test_restore);
  g_test_add_func ("/session/strange-values", test_strange_values);
  g_test_add_func ("/session/i18-odd-folder", test_odd_folder);
  return g_test_run ();
}
