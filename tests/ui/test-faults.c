/* What people, desktops and other programs do to a window: impatient clicks, odd sizes and scales,
 * other themes, huge clipboards, and windows that go while something is on its way. */
#include "guise-project-search.h"
#include "guise-search-page.h"
#include "guise-train-page.h"
#include "ui-fixture.h"

#include <string.h>

#define N_CLICKS 20
#define HUGE_TEXT (50 << 20)

static const char *const pages[] = { "library", "captions", "train", "search" };

/* ---- helpers -------------------------------------------------------------------------------- */

static gboolean
is_there (gpointer path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static guint
count_windows (void)
{
  return g_list_model_get_n_items (gtk_window_get_toplevels ());
}

typedef void (*Visit) (GtkWidget *widget, gpointer data);

static void
visit_mapped (GtkWidget *widget, Visit visit, gpointer data)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  visit (widget, data);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    visit_mapped (child, visit, data);
}

static char *
use_fake_guisectl (void)
{
  g_autofree char *fake = g_test_build_filename (G_TEST_DIST, "support", "fake-guisectl", NULL);
  char *before = g_strdup (g_getenv ("GUISE_CTL"));

  g_setenv ("GUISE_CTL", fake, TRUE);
  return before;
}

static void
use_guisectl (char *path)
{
  g_setenv ("GUISE_CTL", path, TRUE);
  g_free (path);
}

/* ---- U01: impatient clicks ------------------------------------------------------------------ */

/* Twenty clicks on a door open one chooser, which goes with its window. */
static void
test_choosers (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  GtkWidget *door = ui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, "import_door");
  guint n_windows = count_windows ();

  for (guint i = 0; i < N_CLICKS; i++)
    g_signal_emit_by_name (door, "clicked");
  ui_settle (window, 3);
  g_assert_cmpuint (count_windows (), ==, n_windows + 1);
  ui_close_window (window);
}

static char *
make_project_with_run (void)
{
  char *folder = ui_make_project ();
  g_autofree char *shipped = g_test_build_filename (G_TEST_DIST, "..", "data", "demo", NULL);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GError) error = NULL;

  project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_no_error (error);
  guise_project_add_run (project, shipped, "demo", &error);
  g_assert_no_error (error);
  guise_project_close (project);
  return folder;
}

static gboolean
is_answered (gpointer page)
{
  return !guise_search_page_is_busy (page);
}

static GuiseSearchPage *
open_search (GuiseWindow *window)
{
  GuiseSearchPage *page = GUISE_SEARCH_PAGE (guise_window_get_page (window, "search"));

  guise_window_show_page (window, "search");
  ui_wait (is_answered, page, "the run to be opened");
  g_assert_cmpstr (guise_search_page_get_view (page), ==, "no-index");
  return page;
}

static gboolean
is_built (gpointer page)
{
  return strcmp (guise_search_page_get_view (page), "building") != 0 && is_answered (page);
}

/* Twenty clicks on the button that has the pictures embedded start one process. */
static void
test_indexes (void)
{
  g_autofree char *folder = make_project_with_run ();
  g_autofree char *started = g_build_filename (folder, "started", NULL), *text = NULL;
  GuiseWindow *window = ui_open_window (folder);
  GuiseSearchPage *page = open_search (window);
  char *before = use_fake_guisectl ();

  for (guint i = 0; i < N_CLICKS; i++)
    gtk_widget_activate_action (GTK_WIDGET (page), "page.build-index", NULL);
  ui_wait (is_there, started, "the process to start");
  for (guint i = 0; i < N_CLICKS; i++)
    gtk_widget_activate_action (GTK_WIDGET (page), "page.build-index", NULL);
  for (guint i = 0; i < N_CLICKS; i++)
    gtk_widget_activate_action (GTK_WIDGET (page), "page.stop-build", NULL);
  ui_wait (is_built, page, "the process to leave");
  g_assert_true (g_file_get_contents (started, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "started\n");
  ui_close_window (window);
  use_guisectl (before);
}

/* ---- U05: cancelled in every phase ---------------------------------------------------------- */

/* Embedding is stopped after its first word, its second one … until it comes to its end: there is
 * an index, or nothing of one, and the next attempt begins as if there had been none. */
static void
test_cancel_index (void)
{
  g_autofree char *folder = make_project_with_run ();
  g_autofree char *run = g_build_filename (folder, "runs", "demo", NULL);
  GuiseWindow *window = ui_open_window (folder);
  GuiseSearchPage *page = open_search (window);
  GtkWidget *bar = ui_find (GTK_WIDGET (page), GTK_TYPE_PROGRESS_BAR, "build_bar");
  guint n = 0;

  do {
    g_assert_cmpuint (ui_count_named (run, "index"), ==, 0);
    gtk_widget_activate_action (GTK_WIDGET (page), "page.build-index", NULL);
    ui_wait_for_phase (bar, n++, is_built, page);
    gtk_widget_activate_action (GTK_WIDGET (page), "page.stop-build", NULL);
    ui_wait (is_built, page, "the embedding to stop");
  } while (strcmp (guise_search_page_get_view (page), "no-index") == 0);
  g_assert_cmpuint (n, >, 1);
  g_assert_cmpstr (guise_search_page_get_view (page), ==, "start");
  g_assert_cmpuint (ui_count_named (run, "index"), ==, 1);
  ui_close_window (window);
}

/* ---- U03: sizes, scales, directions --------------------------------------------------------- */

/* Within the window, or in something that scrolls. */
static void
check_reachable (GtkWidget *widget, gpointer data)
{
  GtkWidget *window = data;
  graphene_rect_t bounds;
  const float slack = 1;

  if (!gtk_widget_get_focusable (widget) || !gtk_widget_get_sensitive (widget)
      || gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW) != NULL
      || gtk_widget_get_native (widget) != GTK_NATIVE (window)
      || !gtk_widget_compute_bounds (widget, window, &bounds))
    return;
  if (bounds.origin.x < -slack || bounds.origin.y < -slack
      || bounds.origin.x + bounds.size.width > gtk_widget_get_width (window) + slack
      || bounds.origin.y + bounds.size.height > gtk_widget_get_height (window) + slack)
    g_error ("%s '%s' lies outside the window of %d × %d", G_OBJECT_TYPE_NAME (widget),
             gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)),
             gtk_widget_get_width (window), gtk_widget_get_height (window));
}

static void
check_pages (GuiseWindow *window, const char *what)
{
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autofree char *name = g_strdup_printf ("%s-%s", pages[i], what);

    guise_window_show_page (window, pages[i]);
    ui_settle (window, 4);
    visit_mapped (GTK_WIDGET (window), check_reachable, window);
    ui_screenshot (window, name);
  }
  guise_window_show_page (window, "library");
}

static void
test_sizes (void)
{
  static const struct {
    int width, height;
    const char *name;
  } sizes[] = {
    { 1, 1, "1x1" },
    { 360, 294, "360x294" },
    { 1024, 600, "1024x600" },
    { 7680, 4320, "8k" },
  };
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gtk_window_set_default_size (GTK_WINDOW (window), sizes[i].width, sizes[i].height);
    ui_settle (window, 6);
    check_pages (window, sizes[i].name);
  }
  ui_close_window (window);
}

/* From right to left, in large letters, and back while the window is open. */
static void
test_letters (void)
{
  GuiseWindow *window;
  g_autofree char *folder = ui_make_project ();
  GtkSettings *settings;

  ui_start ();
  settings = gtk_settings_get_default ();
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  g_object_set (settings, "gtk-font-name", "Cantarell 20", NULL);
  window = ui_open_window (folder);
  check_pages (window, "rtl-large-text");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  g_object_set (settings, "gtk-font-name", "Cantarell 11", NULL);
  check_pages (window, "usual-text");
  ui_close_window (window);
}

/* ---- U09: another desktop ------------------------------------------------------------------- */

/* The mean of all channels of the window as it is drawn, 0 … 255. */
static double
measure_brightness (GuiseWindow *window)
{
  int width = gtk_widget_get_width (GTK_WIDGET (window));
  int height = gtk_widget_get_height (GTK_WIDGET (window));
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (GTK_WIDGET (window));
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree guint8 *pixels = g_malloc ((gsize)4 * width * height);
  double sum = 0;

  ui_settle (window, 2);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_to_node (snapshot);
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node,
                                         &GRAPHENE_RECT_INIT (0, 0, width, height));
  gdk_texture_download (texture, pixels, 4 * width);
  for (int i = 0; i < 4 * width * height; i++)
    sum += pixels[i];
  return sum / (4.0 * width * height);
}

/* The scheme changes while pages are shown, there are no icons, and nothing draws but Cairo. */
static void
test_desktop (void)
{
  g_autofree char *folder = ui_make_project (), *icons = NULL;
  GuiseWindow *window = ui_open_window (folder);
  GtkSettings *settings = gtk_settings_get_default ();

  g_assert_cmpstr (G_OBJECT_TYPE_NAME (gtk_native_get_renderer (GTK_NATIVE (window))), ==,
                   "GskCairoRenderer");
  g_object_get (settings, "gtk-icon-theme-name", &icons, NULL);
  g_object_set (settings, "gtk-icon-theme-name", "no-such-theme", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++) {
    g_autofree char *name = g_strdup_printf ("%s-no-icons", pages[i]);
    double light, dark;

    guise_window_show_page (window, pages[i]);
    ui_set_dark (FALSE);
    ui_settle (window, 30);
    light = measure_brightness (window);
    ui_screenshot (window, name);
    ui_set_dark (TRUE);
    ui_settle (window, 30);
    dark = measure_brightness (window);
    g_assert_cmpfloat (dark + 40, <, light);
  }
  ui_set_dark (FALSE);
  g_object_set (settings, "gtk-icon-theme-name", icons, NULL);
  ui_close_window (window);
}

/* ---- U10: clipboard and drops --------------------------------------------------------------- */

static void
paste_huge (GtkWidget *field, char letter)
{
  g_autofree char *text = g_malloc (HUGE_TEXT + 1);

  memset (text, letter, HUGE_TEXT);
  text[HUGE_TEXT] = '\0';
  gdk_clipboard_set_text (gtk_widget_get_clipboard (field), text);
  g_assert_true (gtk_widget_activate_action (field, "clipboard.paste", NULL));
}

static gboolean
has_text (gpointer editable)
{
  return *gtk_editable_get_text (editable) != '\0';
}

static void
check_entry (GuiseWindow *window, const char *page, const char *name)
{
  GuisePage *child;
  GtkWidget *entry;

  guise_window_show_page (window, page);
  child = guise_window_get_page (window, page);
  entry = ui_find (GTK_WIDGET (child), GTK_TYPE_SEARCH_ENTRY, name);
  paste_huge (GTK_WIDGET (gtk_editable_get_delegate (GTK_EDITABLE (entry))), 'x');
  ui_wait (has_text, entry, "what was pasted");
  g_assert_cmpuint (strlen (gtk_editable_get_text (GTK_EDITABLE (entry))), <=, 4000);
  gtk_editable_set_text (GTK_EDITABLE (entry), "");
}

static gboolean
is_pasted (gpointer editor)
{
  g_autofree char *text = guise_caption_editor_dup_text (editor);

  return strstr (text, "yyy") != NULL;
}

/* Fifty megabytes are pasted: what a field may hold is taken. */
static void
test_clipboard (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  GuiseCaptionEditor *editor
      = guise_image_pane_get_editor (guise_library_page_get_pane (ui_get_library (window)), 0);
  g_autofree char *text = NULL;

  paste_huge (guise_caption_editor_get_field (editor), 'y');
  ui_wait (is_pasted, editor, "what was pasted");
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpuint (strlen (text), ==, 20000);
  check_entry (window, "library", "filter_entry");
  check_entry (window, "search", "text");
  check_entry (window, "search", "who");
  ui_close_window (window);
}

static GdkContentFormats *
get_formats (gpointer controller)
{
  if (GTK_IS_DROP_TARGET (controller))
    return gtk_drop_target_get_formats (controller);
  if (GTK_IS_DROP_TARGET_ASYNC (controller))
    return gtk_drop_target_async_get_formats (controller);
  return NULL;
}

static void
check_drops (GtkWidget *widget, gpointer n)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
    GdkContentFormats *formats = get_formats (controller);

    if (formats == NULL)
      continue;
    g_assert_false (gdk_content_formats_contain_gtype (formats, GDK_TYPE_FILE_LIST));
    (*(guint *)n)++;
  }
}

/* Files are taken nowhere, be they ten thousand or one: nothing in the window asks for them. */
static void
test_drops (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  guint n = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (pages); i++) {
    guise_window_show_page (window, pages[i]);
    ui_settle (window, 2);
    visit_mapped (GTK_WIDGET (window), check_drops, &n);
  }
  g_assert_cmpuint (n, >, 0); /* texts may be dropped into fields */
  ui_close_window (window);
}

/* ---- U11: gone meanwhile -------------------------------------------------------------------- */

static gboolean
has_dialog (gpointer data)
{
  GuiseRunDialog *dialog = guise_train_page_get_dialog (data);

  return dialog != NULL && gtk_widget_get_mapped (GTK_WIDGET (dialog));
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* The window closes beneath its dialog. */
static void
test_dialog_of_closed_window (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  GuiseTrainPage *page;
  gpointer dialog;

  guise_window_show_page (window, "train");
  page = GUISE_TRAIN_PAGE (guise_window_get_page (window, "train"));
  gtk_widget_activate_action (GTK_WIDGET (page), "page.new-run", NULL);
  ui_wait (has_dialog, page, "the dialog of a new run");
  dialog = guise_train_page_get_dialog (page);
  g_object_add_weak_pointer (dialog, &dialog);
  ui_close_window (window);
  ui_wait (is_null, &dialog, "the dialog to go with its window");
}

static gboolean
has_no_project (gpointer data)
{
  return guise_window_get_project (data) == NULL;
}

/* The project is closed, and with it its pages, while each of them waits for an answer. */
static void
test_page_gone (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);

  for (guint round = 0; round < 3; round++) {
    guise_window_show_page (window, "train");
    guise_window_show_page (window, "search");
    guise_window_show_page (window, "library");
    guise_library_page_set_filter (ui_get_library (window), "red");
    gtk_widget_activate_action (guise_library_page_get_grid (ui_get_library (window)),
                                "list.scroll-to-item", "u", 40 - round);
    gtk_widget_activate_action (GTK_WIDGET (window), "win.close-project", NULL);
    ui_wait (has_no_project, window, "the project to be closed");
    gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "^ay", folder);
    ui_wait_for_library (window);
  }
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/faults/u01-u11-choosers", test_choosers);
  g_test_add_func ("/faults/u01-indexes", test_indexes);
  g_test_add_func ("/faults/u05-index", test_cancel_index);
  g_test_add_func ("/faults/looks/u03-sizes", test_sizes);
  g_test_add_func ("/faults/looks/u03-letters", test_letters);
  g_test_add_func ("/faults/looks/u09-desktop", test_desktop);
  g_test_add_func ("/faults/u10-clipboard", test_clipboard);
  g_test_add_func ("/faults/u10-drops", test_drops);
  g_test_add_func ("/faults/u11-dialog-of-closed-window", test_dialog_of_closed_window);
  g_test_add_func ("/faults/u11-page-gone", test_page_gone);
  return g_test_run ();
}
