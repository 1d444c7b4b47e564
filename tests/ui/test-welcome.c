/* The doors of the welcome page with the real guisectl behind them. */
#include "guise-banner.h"
#include "guise-demo.h"
#include "guise-import-problems.h"
#include "guise-import.h"
#include "guise-welcome-page.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

static gboolean
is_mapped (gpointer data)
{
  return gtk_widget_get_mapped (data);
}

static gboolean
has_banner (gpointer data)
{
  return guise_banner_get_revealed (GUISE_BANNER (ui_find (data, GUISE_TYPE_BANNER, NULL)));
}

static GuiseWelcomePage *
get_welcome (GuiseWindow *window)
{
  return GUISE_WELCOME_PAGE (ui_find (GTK_WIDGET (window), GUISE_TYPE_WELCOME_PAGE, NULL));
}

static char *
get_projects_folder (void)
{
  return g_build_filename (g_get_user_data_dir (), "guise", "projects", NULL);
}

static gboolean
has_preview (gpointer welcome)
{
  GtkWidget *bin = ui_find (welcome, ADW_TYPE_BIN, "preview");

  return gtk_widget_get_mapped (bin) && adw_bin_get_child (ADW_BIN (bin)) != NULL;
}

/* The row of the preview with that title, or NULL. */
static GtkWidget *
find_row (GtkWidget *root, const char *title)
{
  GtkWidget *found = NULL;

  if (ADW_IS_PREFERENCES_ROW (root)
      && g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (root)), title) == 0)
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_row (child, title);
  return found;
}

/* Paints people and takes away the first image of the training split; its path, to be freed. */
static char *
paint_with_a_hole (const char *root, GuiseDemoCounts *counts)
{
  g_autofree char *name = NULL, *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  guise_demo_write (root, 6, 1, 1, NULL, NULL, counts, NULL, &error);
  g_assert_no_error (error);
  import = guise_import_read (root, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  name = g_strdup (((GuiseRecord *)import->records->pdata[0])->path);
  path = g_build_filename (root, name, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  return g_steal_pointer (&name);
}

/* What is odd is shown by split, by folder and by kind. */
static void
check_preview (GtkWidget *welcome, const char *hole)
{
  GtkWidget *preview = ui_find (welcome, ADW_TYPE_BIN, "preview");
  g_autofree char *folder = g_path_get_dirname (hole);
  GtkWidget *row = find_row (preview, folder);

  g_assert_nonnull (find_row (preview, "Training"));
  g_assert_nonnull (find_row (preview, "Test"));
  g_assert_nonnull (row);
  g_assert_nonnull (strstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), "1 missing"));
  row = find_row (preview, "Missing files, left out");
  g_assert_nonnull (row);
  g_assert_cmpstr (adw_action_row_get_subtitle (ADW_ACTION_ROW (row)), ==, "1");
}

static void
test_import (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseWelcomePage *welcome = get_welcome (window);
  GtkWidget *report = ui_find (GTK_WIDGET (welcome), ADW_TYPE_STATUS_PAGE, "report");
  GtkWidget *door = ui_find (GTK_WIDGET (welcome), GTK_TYPE_BUTTON, "import_door");
  g_autofree char *folder = g_dir_make_tmp ("guise-import-XXXXXX", NULL);
  g_autofree char *root = g_build_filename (folder, "PAINTED", NULL);
  g_autofree char *projects = get_projects_folder ();
  g_autofree char *target = g_build_filename (projects, "PAINTED", NULL);
  g_autofree char *hole = NULL, *expected = NULL;
  GuiseDemoCounts counts;

  hole = paint_with_a_hole (root, &counts);
  guise_welcome_page_start_import (welcome, root);
  ui_wait (has_preview, welcome, "what the import would bring");
  check_preview (GTK_WIDGET (welcome), hole);
  ui_screenshot (window, "import-preview");
  gtk_widget_activate_action (GTK_WIDGET (welcome), "welcome.cancel-import", NULL);
  ui_wait (is_mapped, door, "the doors again");
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS)); /* only looked at */
  guise_welcome_page_start_import (welcome, root);
  ui_wait (has_preview, welcome, "what the import would bring");
  gtk_widget_activate_action (GTK_WIDGET (welcome), "welcome.confirm-import", NULL);
  ui_wait (is_mapped, report, "the report of the import");
  expected = g_strdup_printf ("%u images of ", counts.n_images - 1);
  g_assert_true (g_str_has_prefix (adw_status_page_get_description (ADW_STATUS_PAGE (report)),
                                   expected));
  ui_screenshot (window, "import-report");
  gtk_widget_activate_action (GTK_WIDGET (welcome), "welcome.open-result", NULL);
  ui_wait_for_library (window);
  g_assert_cmpstr (guise_project_get_name (guise_window_get_project (window)), ==, "PAINTED");
  g_assert_cmpuint (guise_library_page_get_n_shown (ui_get_library (window)), ==,
                    counts.n_images - 1);
  ui_close_window (window);
}

/* ---- the report ----------------------------------------------------------------------------- */

#define N_PROBLEMS 130
#define N_KEPT 100 /* of a kind */

static json_t *
make_report (void)
{
  json_t *problems = json_array ();

  for (int i = 0; i < N_KEPT; i++)
    json_array_append_new (problems, json_pack ("{s:s, s:s+}", "kind", "missing_file", "message",
                                                "no file <b>&: ", i % 2 ? "odd" : "even"));
  return json_pack ("{s:{s:i, s:i}, s:o}", "problem_counts", "missing_file", N_PROBLEMS, "strange",
                    0, "problems", problems);
}

static void
got_text (GObject *clipboard, GAsyncResult *result, gpointer text)
{
  *(char **)text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
}

static gboolean
is_set (gpointer text)
{
  return *(char **)text != NULL;
}

static GtkWidget *
find_chooser (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (GTK_IS_FILE_CHOOSER (window) && gtk_widget_get_mapped (window))
      return window;
  }
  return NULL;
}

static gboolean
has_chooser (gpointer data)
{
  return find_chooser () != NULL;
}

/* All that is known is listed and copied; twenty clicks on Save ask once where to. */
static void
test_problems (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  json_t *report = make_report ();
  GtkWidget *problems = guise_import_problems_create ("PEOPLE", report);
  GtkWidget *preview = ui_find (GTK_WIDGET (window), ADW_TYPE_BIN, "preview");
  g_autofree char *text = NULL, *name = NULL;
  g_auto (GStrv) lines = NULL;

  json_decref (report);
  adw_bin_set_child (ADW_BIN (preview), problems);
  gtk_stack_set_visible_child_name (
      GTK_STACK (ui_find (GTK_WIDGET (window), GTK_TYPE_STACK, "stack")), "preview");
  ui_settle (window, 4);
  g_assert_nonnull (ui_find (problems, GTK_TYPE_LIST_VIEW, NULL)); /* widgets for what is seen */
  g_signal_emit_by_name (ui_find (problems, GTK_TYPE_BUTTON, "C_opy"), "clicked");
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (problems), NULL, got_text, &text);
  ui_wait (is_set, &text, "the copied text");
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + 1 + N_KEPT + 1 + 1 + 1);
  g_assert_cmpstr (lines[0], ==, "PEOPLE");
  g_assert_cmpstr (lines[1], ==, "Missing files, left out: 130");
  g_assert_cmpstr (lines[2], ==, "• no file <b>&: even");
  g_assert_cmpstr (lines[2 + N_KEPT], ==, "• … and 30 more");
  for (guint i = 0; i < 20; i++)
    g_signal_emit_by_name (ui_find (problems, GTK_TYPE_BUTTON, "_Save…"), "clicked");
  ui_wait (has_chooser, NULL, "the question where to save");
  name = gtk_file_chooser_get_current_name (GTK_FILE_CHOOSER (find_chooser ()));
  g_assert_cmpstr (name, ==, "import-report.txt");
  ui_close_window (window);
}

/* A folder that is no data set: said in one sentence, no project is begun. */
static void
test_import_failure (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseWelcomePage *welcome = get_welcome (window);
  g_autofree char *folder = g_dir_make_tmp ("guise-nothing-XXXXXX", NULL);
  g_autofree char *name = g_path_get_basename (folder);
  g_autofree char *projects = get_projects_folder ();
  g_autofree char *target = g_build_filename (projects, name, NULL);
  GtkWidget *door = ui_find (GTK_WIDGET (welcome), GTK_TYPE_BUTTON, "import_door");
  GuiseBanner *banner = GUISE_BANNER (ui_find (GTK_WIDGET (welcome), GUISE_TYPE_BANNER, NULL));

  guise_welcome_page_start_import (welcome, folder);
  ui_wait (has_banner, welcome, "the reason why it cannot be imported");
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), "could not be imported"));
  ui_wait (is_mapped, door, "the doors again");
  g_assert_false (g_file_test (target, G_FILE_TEST_EXISTS));
  ui_close_window (window);
}

static void
test_no_guisectl (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseWelcomePage *welcome = get_welcome (window);
  g_autofree char *before = g_strdup (g_getenv ("GUISE_CTL"));

  g_setenv ("GUISE_CTL", "/nowhere/guisectl", TRUE);
  guise_welcome_page_start_demo (welcome);
  g_assert_true (has_banner (welcome));
  g_setenv ("GUISE_CTL", before, TRUE);
  ui_close_window (window);
}

static gboolean
has_parts (gpointer folder)
{
  return ui_count_named (folder, "demo.part-") > 0;
}

/* The demo's door asks for the model too, so that the search page answers at once. */
static void
test_demo_with_model (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseWelcomePage *welcome = get_welcome (window);
  g_autofree char *before = g_strdup (g_getenv ("GUISE_CTL"));
  g_autofree char *fake = g_test_build_filename (G_TEST_DIST, "support", "fake-guisectl", NULL);
  g_autofree char *demo = g_build_filename (g_get_user_data_dir (), "guise", "demo", NULL);
  g_autofree char *expected = g_strdup_printf ("asked for: --json demo %s --with-model", demo);
  GtkWidget *banner = ui_find (GTK_WIDGET (welcome), GUISE_TYPE_BANNER, NULL);
  GtkWidget *details = ui_find (banner, GTK_TYPE_LABEL, "details");

  g_setenv ("GUISE_CTL", fake, TRUE);
  guise_welcome_page_start_demo (welcome);
  ui_wait (has_banner, welcome, "what was asked for");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (details)), expected));
  g_setenv ("GUISE_CTL", before, TRUE);
  ui_close_window (window);
}

/* Closing the window ends the child, which leaves nothing. */
static void
test_close_while_working (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GuiseWelcomePage *welcome = get_welcome (window);
  g_autofree char *parent = g_build_filename (g_get_user_data_dir (), "guise", NULL);
  g_autofree char *demo = g_build_filename (parent, "demo", NULL);
  GtkWidget *bar = ui_find (GTK_WIDGET (welcome), GTK_TYPE_PROGRESS_BAR, "work_bar");

  guise_welcome_page_start_demo (welcome);
  ui_wait (is_mapped, bar, "the progress");
  ui_screenshot (window, "demo-progress");
  ui_wait (has_parts, parent, "the half-made demo");
  ui_stop_and_close_window (window);
  g_assert_cmpuint (ui_count_named (parent, "demo.part-"), ==, 0);
  g_assert_false (g_file_test (demo, G_FILE_TEST_EXISTS));
}

/* The demo that is there already is opened as it is. */
static void
test_demo_again (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *made = ui_make_project ();
  g_autofree char *demo = g_build_filename (g_get_user_data_dir (), "guise", "demo", NULL);
  g_autofree char *data = g_path_get_dirname (made);
  g_autofree char *parent = g_path_get_dirname (demo);

  g_mkdir_with_parents (parent, 0755);
  g_assert_cmpint (g_rename (made, demo), ==, 0);
  guise_welcome_page_start_demo (get_welcome (window));
  ui_wait_for_library (window);
  g_assert_cmpstr (guise_project_get_folder (guise_window_get_project (window)), ==, demo);
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/welcome/import", test_import);
  g_test_add_func ("/welcome/j04-problems", test_problems);
  g_test_add_func ("/welcome/import-failure", test_import_failure);
  g_test_add_func ("/welcome/no-guisectl", test_no_guisectl);
  g_test_add_func ("/welcome/demo-with-model", test_demo_with_model);
  g_test_add_func ("/welcome/close-while-working", test_close_while_working);
  g_test_add_func ("/welcome/demo-again", test_demo_again);
  return g_test_run ();
}
