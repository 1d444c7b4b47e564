#include "ui-fixture.h"

#include "guise-application.h"
#include "guise-demo.h"
#include "guise-settings.h"

#include <execinfo.h>
#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_MS 120000
#define MAX_CALLERS 64

static GThread *main_thread;
static guint n_ended; /* windows */

/* Whatever would end the test says first how it came to that: a function where its file exports
 * it, else an address within the file, for addr2line. GLib's old functions pass here as well. */
static GLogWriterOutput
write_message (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  void *callers[MAX_CALLERS];

  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    backtrace_symbols_fd (callers, backtrace (callers, MAX_CALLERS), STDERR_FILENO);
  return g_log_writer_default (level, fields, n_fields, data);
}

void
ui_init (int *argc, char ***argv)
{
  main_thread = g_thread_self ();
  g_test_init (argc, argv, NULL);
  g_log_set_writer_func (write_message, NULL, NULL);
}

/* A window is torn down by the main loop's thread, or what it still has there runs meanwhile. */
static void
window_ends (gpointer data)
{
  g_assert_true (g_thread_self () == main_thread);
  n_ended++;
}

GtkApplication *
ui_start (void)
{
  static GuiseApplication *application;
  g_autoptr (GError) error = NULL;

  if (application == NULL) {
    application = guise_application_new ();
    g_application_register (G_APPLICATION (application), NULL, &error);
    g_assert_no_error (error);
    g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, "gtk-font-name",
                  "Cantarell 11", "gtk-xft-antialias", 1, "gtk-xft-hinting", 0, NULL);
  }
  return GTK_APPLICATION (application);
}

/* The pictures lie inside the project, so a copy of the folder is a project of its own. */
static char *
make_template (void)
{
  g_autofree char *folder = g_dir_make_tmp ("guise-ui-XXXXXX", NULL);
  char *path = g_build_filename (folder, "People", NULL);
  g_autofree char *data = g_build_filename (path, "Painted people", NULL);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;

  project = guise_project_create (path, &error);
  g_assert_no_error (error);
  guise_demo_write (data, 8, 0, 1, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  import = guise_import_read (data, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  guise_project_import (project, import, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_images_added, >, 30);
  guise_project_close (project);
  return path;
}

char *
ui_make_project (void)
{
  static char *template;
  g_autofree char *folder = g_dir_make_tmp ("guise-ui-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;
  int status;

  if (template == NULL)
    template = make_template ();
  g_spawn_sync (NULL, (char *[]){ "cp", "-r", template, folder, NULL }, NULL, G_SPAWN_SEARCH_PATH,
                NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return g_build_filename (folder, "People", NULL);
}

GuiseProject *
ui_open_elsewhere (const char *folder)
{
  g_autoptr (GError) error = NULL;
  GuiseProject *project = guise_project_open (folder, GUISE_PROJECT_READ_ONLY, &error);

  g_assert_no_error (error);
  return project;
}

static gboolean
tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
give_up (gpointer data)
{
  g_error ("waited two minutes in vain for: %s", (const char *)data);
  return G_SOURCE_REMOVE;
}

void
ui_wait (UiCondition condition, gpointer data, const char *what)
{
  guint patience = g_timeout_add (PATIENCE_MS, give_up, (gpointer)what);
  /* conditions may read a database, so the loop must turn without an event too */
  guint clock = g_timeout_add (10, tick, NULL);

  while (!condition (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);
  g_source_remove (clock);
}

/* Counts what a progress bar is told. */
typedef struct {
  guint n_told, n_wanted;
  UiCondition ended;
  gpointer ended_data;
} Phases;

static void
told (GtkProgressBar *bar, GParamSpec *spec, Phases *phases)
{
  phases->n_told++;
}

static gboolean
is_in_phase (gpointer data)
{
  Phases *phases = data;

  return phases->n_told >= phases->n_wanted || phases->ended (phases->ended_data);
}

void
ui_wait_for_phase (GtkWidget *bar, guint n, UiCondition ended, gpointer data)
{
  Phases phases = { .n_wanted = n, .ended = ended, .ended_data = data };
  gulong handler = g_signal_connect (bar, "notify::fraction", G_CALLBACK (told), &phases);

  ui_wait (is_in_phase, &phases, "the next phase");
  g_signal_handler_disconnect (bar, handler);
}

typedef struct {
  guint wanted;
  guint drawn;
} Frames;

static gboolean
count_frame (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Frames *frames = data;

  frames->drawn++;
  gtk_widget_queue_draw (widget);
  return frames->drawn < frames->wanted;
}

static gboolean
are_drawn (gpointer data)
{
  Frames *frames = data;

  return frames->drawn >= frames->wanted;
}

static void
ui_settle_widget (GtkWidget *widget, guint n_frames)
{
  Frames frames = { n_frames, 0 };

  gtk_widget_add_tick_callback (widget, count_frame, &frames, NULL);
  ui_wait (are_drawn, &frames, "frames to be drawn");
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

void
ui_settle (GuiseWindow *window, guint n_frames)
{
  ui_settle_widget (GTK_WIDGET (window), n_frames);
}

GuiseLibraryPage *
ui_get_library (GuiseWindow *window)
{
  return GUISE_LIBRARY_PAGE (guise_window_get_page (window, "library"));
}

static gboolean
is_library_ready (gpointer data)
{
  GuiseLibraryPage *library;

  if (guise_window_get_project (data) == NULL)
    return FALSE;
  library = ui_get_library (data);
  if (guise_library_page_is_busy (library) || guise_library_page_get_n_shown (library) == 0)
    return FALSE;
  return guise_image_pane_get_n_editors (guise_library_page_get_pane (library)) > 0;
}

void
ui_wait_for_library (GuiseWindow *window)
{
  ui_wait (is_library_ready, window, "the library to show its pictures");
}

void
ui_speak (const char *language)
{
  g_autofree char *catalogues = g_test_build_filename (G_TEST_BUILT, "..", "po", NULL);

  g_setenv ("LANGUAGE", language, TRUE);
  setlocale (LC_ALL, "");
  bindtextdomain ("guise", catalogues);
  bind_textdomain_codeset ("guise", "UTF-8");
  textdomain (*language != '\0' ? "guise" : "messages");
}

GuiseWindow *
ui_open_window (const char *folder)
{
  GuiseWindow *window = guise_window_new (ui_start ());

  g_object_set_data_full (G_OBJECT (window), "ui-fixture", window, window_ends);
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 800);
  gtk_window_present (GTK_WINDOW (window));
  if (folder != NULL) {
    ui_reopen (window, folder);
    guise_window_show_page (window, "library");
    ui_wait_for_library (window);
  }
  ui_settle (window, 4);
  return window;
}

static gboolean
is_open (gpointer window)
{
  GuiseProject *project = guise_window_get_project (window);

  return project != NULL
         && g_str_equal (guise_project_get_folder (project),
                         g_object_get_data (window, "ui-fixture-folder"));
}

void
ui_reopen (GuiseWindow *window, const char *folder)
{
  g_object_set_data_full (G_OBJECT (window), "ui-fixture-folder", g_strdup (folder), g_free);
  guise_window_open_project (window, folder);
  ui_wait (is_open, window, "the project to be opened");
  ui_settle (window, 4);
}

void
ui_forget_sessions (void)
{
  guise_settings_set_value (GUISE_SETTING_SESSIONS,
                            g_variant_new_array (G_VARIANT_TYPE ("(sa{sv})"), NULL, 0));
}

static gboolean
have_ended (gpointer data)
{
  return n_ended == *(guint *)data;
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

GtkWidget *
ui_find_question (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (window))
      return window;
  }
  return NULL;
}

/* The answer to an earlier question may still be on its way: then closing does not ask yet. */
static gboolean
is_asked (gpointer window)
{
  if (ui_find_question () == NULL)
    gtk_window_close (window);
  return ui_find_question () != NULL;
}

void
ui_answer_close (GuiseWindow *window, const char *label)
{
  GtkWidget *question, *button;

  ui_wait (is_asked, window, "the question about what runs");
  question = ui_find_question ();
  button = ui_find (question, GTK_TYPE_BUTTON, label);
  g_assert_nonnull (button);
  g_object_add_weak_pointer (G_OBJECT (question), (gpointer *)&question);
  g_signal_emit_by_name (button, "clicked");
  ui_wait (is_null, &question, "the question to go");
}

/* answer: to the question about what runs; NULL = none is asked. */
static void
close_window (GuiseWindow *window, const char *answer)
{
  GuiseProject *project = guise_window_get_project (window);
  guint wanted = n_ended + 1;

  if (project != NULL)
    g_object_add_weak_pointer (G_OBJECT (project), (gpointer *)&project);
  if (answer != NULL)
    ui_answer_close (window, answer);
  else
    gtk_window_close (GTK_WINDOW (window));
  ui_wait (have_ended, &wanted, "the window to go");
  ui_wait (is_null, &project, "the project to be closed");
}

void
ui_close_window (GuiseWindow *window)
{
  close_window (window, NULL);
}

void
ui_stop_and_close_window (GuiseWindow *window)
{
  close_window (window, "_Stop Safely");
}

static gboolean
has_text (GtkWidget *widget, const char *text)
{
  const char *has = NULL;

  if (GTK_IS_BUTTON (widget))
    has = gtk_button_get_label (GTK_BUTTON (widget));
  else if (GTK_IS_LABEL (widget))
    has = gtk_label_get_text (GTK_LABEL (widget));
  if (g_strcmp0 (has, text) == 0)
    return TRUE;
  return g_strcmp0 (gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)), text) == 0;
}

GtkWidget *
ui_find (GtkWidget *root, GType type, const char *text)
{
  g_autoptr (GQueue) queue = g_queue_new ();
  GtkWidget *widget;

  g_queue_push_tail (queue, root);
  while ((widget = g_queue_pop_head (queue)) != NULL) {
    if (G_TYPE_CHECK_INSTANCE_TYPE (widget, type) && (text == NULL || has_text (widget, text)))
      return widget;
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
      g_queue_push_tail (queue, child);
  }
  return NULL;
}

static gboolean
press_in (GListModel *shortcuts, GtkWidget *widget, GtkShortcutTrigger *wanted)
{
  for (guint i = 0; i < g_list_model_get_n_items (shortcuts); i++) {
    g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (shortcuts, i);

    if (gtk_shortcut_trigger_equal (gtk_shortcut_get_trigger (shortcut), wanted)
        && gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, widget, NULL))
      return TRUE;
  }
  return FALSE;
}

void
ui_press (GtkWidget *widget, const char *keys)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  g_autoptr (GtkShortcutTrigger) wanted = gtk_shortcut_trigger_parse_string (keys);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

    if (GTK_IS_SHORTCUT_CONTROLLER (controller)
        && press_in (G_LIST_MODEL (controller), widget, wanted))
      return;
  }
  g_error ("%s does nothing at %s", G_OBJECT_TYPE_NAME (widget), keys);
}

guint
ui_count_named (const char *folder, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}

void
ui_screenshot_of (GtkWidget *window, const char *name)
{
  const char *folder = g_getenv ("GUISE_SCREENSHOT_DIR");
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  g_autofree char *file = g_strconcat (name, ".png", NULL), *path = NULL;
  int width, height;
  GskRenderer *renderer;

  g_assert_nonnull (folder);
  ui_settle_widget (window, 4);
  paintable = gtk_widget_paintable_new (window);
  ui_settle_widget (window, 2);
  width = gtk_widget_get_width (window);
  height = gtk_widget_get_height (window);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_to_node (snapshot);
  g_assert_nonnull (node);
  renderer = gtk_native_get_renderer (GTK_NATIVE (window));
  texture = gsk_renderer_render_texture (renderer, node,
                                         &GRAPHENE_RECT_INIT (0, 0, width, height));
  path = g_build_filename (folder, file, NULL);
  g_mkdir_with_parents (folder, 0755);
  g_assert_true (gdk_texture_save_to_png (texture, path));
}

void
ui_screenshot (GuiseWindow *window, const char *name)
{
  ui_screenshot_of (GTK_WIDGET (window), name);
}

void
ui_set_dark (gboolean dark)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK
                                           : ADW_COLOR_SCHEME_FORCE_LIGHT);
}
