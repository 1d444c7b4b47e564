/* The frame: the welcome page, opening what is and what is not a project, actions, names for
 * assistive technology, and pictures of every page in light and dark. */
#include "damage.h"
#include "guise-banner.h"
#include "guise-format.h"
#include "guise-library-query.h"
#include "guise-open.h"
#include "guise-project-lock.h"
#include "guise-settings.h"
#include "guise-store-captions.h"
#include "temp-folder.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static gboolean
is_on_welcome (gpointer data)
{
  GtkWidget *door = ui_find (data, GTK_TYPE_BUTTON, "demo_door");

  return gtk_widget_get_mapped (door);
}

static void
test_first_run (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  static const char *const doors[][2] = {
    { "demo_door", "Try the demo" },
    { "import_door", "Import a data set" },
    { "open_door", "Open a project" },
  };

  g_assert_true (is_on_welcome (window));
  g_assert_null (guise_window_get_project (window));
  g_assert_cmpstr (gtk_window_get_title (GTK_WINDOW (window)), ==, "Guise");
  for (size_t i = 0; i < G_N_ELEMENTS (doors); i++) {
    GtkWidget *door = ui_find (GTK_WIDGET (window), GTK_TYPE_BUTTON, doors[i][0]);

    g_assert_nonnull (door);
    gtk_test_accessible_assert_role (GTK_ACCESSIBLE (door), GTK_ACCESSIBLE_ROLE_BUTTON);
    gtk_test_accessible_assert_property (GTK_ACCESSIBLE (door), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                         doors[i][1]);
  }
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "close-project"));
  ui_close_window (window);
}

static gboolean
has_banner (gpointer data)
{
  GtkWidget *banner = ui_find (data, GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner));
}

static void
test_not_a_project (void)
{
  GuiseWindow *window = ui_open_window (NULL);
  g_autofree char *folder = g_dir_make_tmp ("guise-empty-XXXXXX", NULL);
  g_autofree char *name = g_path_get_basename (folder);
  GuiseBanner *banner;

  guise_window_open_project (window, folder);
  ui_wait (has_banner, window, "the reason why it cannot be opened");
  banner = GUISE_BANNER (ui_find (GTK_WIDGET (window), GUISE_TYPE_BANNER, "banner"));
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), name));
  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (banner), GTK_ACCESSIBLE_ROLE_ALERT);
  g_assert_true (is_on_welcome (window));
  ui_close_window (window);
}

/* What cannot be read where nothing can be written says so, and what to do. */
static void
test_explain_unwritten (void)
{
  g_autoptr (GError) error
      = g_error_new (GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY, "unfinished changes");
  g_autofree char *sentence = guise_open_explain (error, "/media/People");

  g_assert_nonnull (strstr (sentence, "“People” must be written to"));
  g_assert_nonnull (strstr (sentence, "Copy it elsewhere"));
}

static gboolean
has_no_project (gpointer data)
{
  return guise_window_get_project (data) == NULL;
}

/* The project that is open already stays as it is, with its pages and what runs in them. */
static void
test_open_again (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  GuiseProject *project = guise_window_get_project (window);
  g_autofree char *detour = g_build_filename (folder, "..", "People", NULL);

  guise_window_show_page (window, "train");
  guise_window_open_project (window, detour);
  ui_settle (window, 2);
  g_assert_true (guise_window_get_project (window) == project);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (guise_window_get_page (window, "train"))));
  ui_close_window (window);
}

/* A condition goes with its own cause alone, and uncovers the one before. */
static void
test_banner (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  GuisePage *library = guise_window_get_page (window, "library");
  GuisePage *search = guise_window_get_page (window, "search");
  GuiseBanner *banner = GUISE_BANNER (ui_find (GTK_WIDGET (window), GUISE_TYPE_BANNER, "banner"));

  guise_page_report (library, "caption", "not stored", NULL);
  guise_page_clear_report (library, "list");
  guise_page_clear_report (search, "caption");
  g_assert_true (has_banner (window));
  guise_page_report (search, "search", "failed", NULL);
  g_assert_cmpstr (guise_banner_get_sentence (banner), ==, "failed");
  guise_page_report (search, "search", "failed again", NULL);
  g_assert_cmpstr (guise_banner_get_sentence (banner), ==, "failed again");
  guise_page_clear_report (search, "search");
  g_assert_cmpstr (guise_banner_get_sentence (banner), ==, "not stored");
  guise_page_report (search, "index", "closed by hand", NULL);
  gtk_widget_activate_action (GTK_WIDGET (banner), "banner.close", NULL);
  g_assert_cmpstr (guise_banner_get_sentence (banner), ==, "not stored");
  guise_page_clear_report (library, "caption");
  g_assert_false (has_banner (window));
  ui_close_window (window);
}

static void
test_close_and_reopen (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  g_auto (GStrv) recent = NULL;
  g_autofree char *last = NULL;

  gtk_widget_activate_action (GTK_WIDGET (window), "win.close-project", NULL);
  ui_wait (has_no_project, window, "the project to be closed");
  g_assert_true (is_on_welcome (window));
  recent = guise_settings_dup_recent ();
  g_assert_cmpstr (recent[0], ==, folder);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.open-path", "^ay", folder);
  ui_wait_for_library (window);
  last = guise_settings_dup_path (GUISE_SETTING_LAST_PROJECT);
  g_assert_cmpstr (last, ==, folder);
  ui_close_window (window);
}

static gboolean
has_project (gpointer data)
{
  return guise_window_get_project (data) != NULL;
}

/* Nothing can be typed or undone. */
static void
assert_read_only (GuiseWindow *window, const char *why)
{
  GuiseBanner *banner = GUISE_BANNER (ui_find (GTK_WIDGET (window), GUISE_TYPE_BANNER, "banner"));
  GtkWidget *field;

  ui_wait_for_library (window);
  g_assert_true (guise_banner_get_revealed (banner));
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), why));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "undo"));
  field = ui_find (GTK_WIDGET (ui_get_library (window)), GTK_TYPE_TEXT_VIEW, NULL);
  g_assert_nonnull (field);
  g_assert_false (gtk_text_view_get_editable (GTK_TEXT_VIEW (field)));
}

/* A second window may not write where the first one does; it says who has it, and can read. */
static void
test_locked (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *first = ui_open_window (folder), *second = ui_open_window (NULL);
  g_autofree char *process = g_strdup_printf ("process %d on host '%s'", (int)getpid (),
                                              g_get_host_name ());
  GuiseBanner *banner = GUISE_BANNER (ui_find (GTK_WIDGET (second), GUISE_TYPE_BANNER, "banner"));

  guise_window_open_project (second, folder);
  ui_wait (has_banner, second, "the reason why it cannot be opened twice");
  g_assert_null (guise_window_get_project (second));
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), process));
  gtk_widget_activate_action (GTK_WIDGET (banner), "win.open-refused", NULL);
  ui_wait (has_project, second, "the project, for reading");
  guise_window_show_page (second, "library");
  ui_wait_for_library (second);
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), "for reading only"));
  g_assert_true (guise_store_is_read_only (
      guise_project_get_store (guise_window_get_project (second))));
  ui_close_window (second);
  ui_close_window (first);
}

/* A window that closes just as its project came, before a frame showed the page that has the
 * keyboard's focus, lets the project go. Whether a frame comes in between is chance: several
 * rounds. */
static void
test_closed_at_once (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *first = ui_open_window (folder);

  guise_window_show_page (first, "train"); /* where the second one begins */
  for (guint round = 0; round < 4; round++) {
    GuiseWindow *second = ui_open_window (NULL);
    GtkWidget *banner = ui_find (GTK_WIDGET (second), GUISE_TYPE_BANNER, "banner");

    guise_window_open_project (second, folder);
    ui_wait (has_banner, second, "the reason why it cannot be opened twice");
    gtk_widget_activate_action (banner, "win.open-refused", NULL);
    ui_wait (has_project, second, "the project, for reading");
    guise_window_show_page (second, "library");
    ui_close_window (second);
  }
  ui_close_window (first);
}

/* The question about a damaged database, once it is there. */
static GtkWidget *
find_question (void)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    if (ADW_IS_MESSAGE_DIALOG (window) && gtk_widget_get_mapped (window))
      return window;
  }
  return NULL;
}

static gboolean
is_asked (gpointer data)
{
  return find_question () != NULL;
}

static gboolean
is_answered (gpointer data)
{
  return find_question () == NULL;
}

static void
answer (const char *response)
{
  GtkWidget *question;

  ui_wait (is_asked, NULL, "the question about the damaged database");
  question = find_question ();
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (question), response);
  gtk_window_close (GTK_WINDOW (question));
  ui_wait (is_answered, NULL, "the question to go");
}

/* Cuts a hole into the middle, after a backup was made. */
static void
damage (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  g_autoptr (GuiseProject) project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, NULL);
  g_autofree char *zeros = g_malloc0 (4096);
  FILE *file;

  guise_project_close (project); /* which makes one */
  file = fopen (path, "r+e");
  g_assert_nonnull (file);
  fseek (file, -3 * 4096, SEEK_END);
  g_assert_cmpuint (fwrite (zeros, 1, 4096, file), ==, 4096);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
test_damaged (void)
{
  g_autofree char *folder = ui_make_project ();
  g_autofree char *kept = g_build_filename (folder, "guise.db.before-restore", NULL);
  GuiseWindow *window = ui_open_window (NULL);

  damage (folder);
  guise_window_open_project (window, folder);
  ui_wait (is_asked, NULL, "the question about the damaged database");
  ui_settle (window, 5);
  ui_screenshot_of (find_question (), "damaged");
  answer ("leave");
  g_assert_null (guise_window_get_project (window));
  guise_window_open_project (window, folder);
  answer ("read");
  ui_wait (has_project, window, "what is readable");
  assert_read_only (window, "is damaged");
  guise_window_close_project (window);
  guise_window_open_project (window, folder);
  answer ("restore");
  ui_wait (has_project, window, "the restored project");
  ui_wait_for_library (window);
  g_assert_false (guise_store_is_read_only (
      guise_project_get_store (guise_window_get_project (window))));
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
  ui_close_window (window);
}

/* Its last write is done: the lock goes after that. */
static gboolean
is_released (gpointer data)
{
  int lock = guise_project_lock_take (data, NULL);

  guise_project_lock_release (lock);
  return lock >= 0;
}

/* Nothing in the database can be read: the backup is offered, and where there is none the copy of
 * the captions; looking at what is left is not. */
static void
test_lost (void)
{
  g_autofree char *folder = ui_make_project ();
  g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  GuiseWindow *window = ui_open_window (folder);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (damage_losses); i++) {
    guise_window_close_project (window);
    ui_wait (is_released, folder, "the project to be closed");
    damage_losses[i % G_N_ELEMENTS (damage_losses)](database);
    if (i == G_N_ELEMENTS (damage_losses))
      temp_folder_remove (backups);
    guise_window_open_project (window, folder);
    ui_wait (is_asked, NULL, "the question about the lost database");
    g_assert_false (
        adw_message_dialog_has_response (ADW_MESSAGE_DIALOG (find_question ()), "read"));
    answer ("restore");
    ui_wait (has_project, window, "the restored project");
    ui_wait_for_library (window);
  }
  ui_close_window (window);
}

static gboolean
has_no_banner (gpointer data)
{
  return !has_banner (data);
}

/* A backup that cannot be made is said, and the next one takes it back. */
static void
test_copies (void)
{
  g_autofree char *folder = ui_make_project ();
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autofree char *aside = g_build_filename (folder, "aside", NULL);
  GuiseWindow *window = ui_open_window (folder);

  g_assert_cmpint (g_rename (backups, aside), ==, 0);
  g_assert_true (g_file_set_contents (backups, "in the way", -1, NULL));
  g_action_group_activate_action (G_ACTION_GROUP (window), "make-copies", NULL);
  ui_wait (has_banner, window, "that there is no backup");
  g_assert_cmpint (g_unlink (backups), ==, 0);
  g_action_group_activate_action (G_ACTION_GROUP (window), "make-copies", NULL);
  ui_wait (has_no_banner, window, "the backup");
  g_assert_true (g_file_test (backups, G_FILE_TEST_IS_DIR));
  ui_close_window (window);
}

static gboolean on_network;

/* In the C library's place: as if the project lay on a server. */
int
statfs (const char *path, struct statfs *info)
{
  memset (info, 0, sizeof *info);
  info->f_type = on_network ? NFS_SUPER_MAGIC : TMPFS_MAGIC;
  return 0;
}

static void
test_network (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window;
  GuiseBanner *banner;

  on_network = TRUE;
  window = ui_open_window (folder);
  banner = GUISE_BANNER (ui_find (GTK_WIDGET (window), GUISE_TYPE_BANNER, "banner"));
  g_assert_true (guise_banner_get_revealed (banner));
  g_assert_nonnull (strstr (guise_banner_get_sentence (banner), "network folder"));
  ui_close_window (window);
  on_network = FALSE;
}

static gboolean
needs_name (GtkWidget *widget)
{
  if (GTK_IS_MENU_BUTTON (widget) || GTK_IS_DROP_DOWN (widget) || GTK_IS_SCALE (widget))
    return TRUE;
  if (GTK_IS_ENTRY (widget) || GTK_IS_SEARCH_ENTRY (widget) || GTK_IS_TEXT_VIEW (widget))
    return TRUE;
  if (GTK_IS_GRID_VIEW (widget))
    return TRUE;
  return GTK_IS_BUTTON (widget) && gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL;
}

/* Parts of the toolkit's own widgets are named by it. */
static gboolean
is_toolkits (GtkWidget *widget)
{
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (GTK_IS_WINDOW_CONTROLS (widget) || ADW_IS_VIEW_SWITCHER (widget))
      return TRUE;
  return FALSE;
}

static void
check_names (GtkWidget *widget, guint *n_checked)
{
  if (needs_name (widget) && !is_toolkits (widget)) {
    GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

    (*n_checked)++;
    if (!gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
        && !gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY))
      g_error ("%s '%s' has no accessible name", G_OBJECT_TYPE_NAME (widget),
               gtk_buildable_get_buildable_id (GTK_BUILDABLE (widget)));
    return; /* its parts are its own affair */
  }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    check_names (child, n_checked);
}

static void
test_names (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (folder);
  guint n_checked = 0;

  check_names (GTK_WIDGET (window), &n_checked);
  g_assert_cmpuint (n_checked, >, 10);
  ui_close_window (window);
}

static void
test_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchema) schema = NULL;
  g_auto (GStrv) keys = NULL;

  schema = g_settings_schema_source_lookup (source, GUISE_APPLICATION_ID, TRUE);
  g_assert_nonnull (schema);
  keys = g_settings_schema_list_keys (schema);
  g_assert_cmpuint (g_strv_length (keys), ==, N_GUISE_SETTINGS);
  for (guint i = 0; i < N_GUISE_SETTINGS; i++) {
    g_autoptr (GSettingsSchemaKey) key = NULL;
    g_autoptr (GVariant) theirs = NULL, ours = NULL;

    g_assert_true (g_settings_schema_has_key (schema, guise_setting_get_key (i)));
    key = g_settings_schema_get_key (schema, guise_setting_get_key (i));
    theirs = g_settings_schema_key_get_default_value (key);
    ours = g_variant_parse (NULL, guise_setting_get_default (i), NULL, NULL, NULL);
    g_assert_true (g_variant_equal (theirs, ours));
  }
}

static void
test_format (void)
{
  static const struct {
    const char *text, *excerpt;
  } cases[] = {
    { "a\n\tb  c", "a b c" },
    { "  lead", "lead" },
    { "\xe2\x80\xae"
      "evil\x01",
      "evil " },
    { "0123456789abc", "0123456789…" },
    { "<b>&amp;", "<b>&amp;" },
    { "", "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *excerpt = guise_format_excerpt (cases[i].text, 10);

    g_assert_cmpstr (excerpt, ==, cases[i].excerpt);
  }
}

static void
test_query (void)
{
  static const struct {
    const char *typed, *split, *expression;
  } cases[] = {
    { "", NULL, "" },
    { "", "test", "split = test" },
    { " red  bag ", NULL, "text ~ red AND text ~ bag" },
    { "red", "val", "split = val AND (text ~ red)" },
    { "camera=1 OR camera=2", "test", "split = test AND (camera=1 OR camera=2)" },
    { "camera=", NULL, NULL },
    { "(red", NULL, NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *expression = NULL;
    g_auto (GuiseFilterMistake) mistake = { 0 };
    g_autoptr (GuiseFilter) filter = NULL;

    filter = guise_library_query (cases[i].typed, cases[i].split, &expression, &mistake);
    g_assert_cmpstr (expression, ==, cases[i].expression);
    g_assert_true ((filter != NULL) == (cases[i].expression != NULL));
  }
}

/* Where it is, and no place where that would be one of what nobody typed. */
static void
test_explain (void)
{
  g_autofree char *long_word = g_strnfill (1001, 'x');
  const struct {
    const char *typed, *applied, *explanation;
  } cases[] = {
    { "red camera=", "",
      "This filter is not applied: at character 1, “red” stands alone; among conditions, words in "
      "captions are written text~\"red coat\"." },
    { "(camera=1", "blue",
      "This filter is not applied, “blue” still is: at character 1, the parenthesis is not closed; "
      "write ) where it ends." },
    { long_word, "",
      "This filter is not applied: the value is longer than 1000 bytes; write less of it." },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (GuiseFilterMistake) mistake = { 0 };
    g_autofree char *explanation = NULL;

    g_assert_null (guise_library_query (cases[i].typed, "train", NULL, &mistake));
    explanation = guise_library_explain (&mistake, cases[i].applied);
    g_assert_cmpstr (explanation, ==, cases[i].explanation);
  }
}

typedef struct {
  guint n_ready;
  guint n_wanted;
} Served;

static void
thumbnail_served (GuiseThumbnail *thumbnail, gpointer data)
{
  g_assert_nonnull (thumbnail->texture);
  ((Served *)data)->n_ready++;
}

static gboolean
are_served (gpointer data)
{
  return ((Served *)data)->n_ready == ((Served *)data)->n_wanted;
}

static gboolean
is_idle (gpointer data)
{
  return guise_thumbnailer_get_n_waiting (data) == 0;
}

/* What is kept stays within its bound, and a request taken back is never answered. */
static void
test_thumbnailer (void)
{
  const gsize max_bytes = 6 * 64 * 128 * 3;
  g_autofree char *folder = ui_make_project ();
  g_autoptr (GuiseProject) project = ui_open_elsewhere (folder);
  g_autoptr (GuiseThumbnailer) thumbnailer = guise_thumbnailer_new (project, max_bytes);
  g_autoptr (GArray) ids = NULL;
  Served served = { 0, 20 }, never = { 0, 0 };
  guint tickets[10];

  ids = guise_store_list_images (guise_project_get_store (project), NULL, GUISE_SORT_IMPORT, NULL,
                                 NULL);
  for (guint i = 0; i < 20; i++)
    guise_thumbnailer_request (thumbnailer, g_array_index (ids, gint64, i), i, thumbnail_served,
                               &served);
  ui_wait (are_served, &served, "twenty thumbnails");
  g_assert_cmpuint (guise_thumbnailer_get_bytes (thumbnailer), <=, max_bytes);
  g_assert_cmpuint (guise_thumbnailer_get_bytes (thumbnailer), >, max_bytes / 2);
  for (guint i = 0; i < 10; i++)
    tickets[i] = guise_thumbnailer_request (thumbnailer, g_array_index (ids, gint64, 20 + i), i,
                                            thumbnail_served, &never);
  for (guint i = 0; i < 10; i++)
    guise_thumbnailer_take_back (thumbnailer, tickets[i]);
  ui_wait (is_idle, thumbnailer, "the workers to have nothing left");
  g_assert_cmpuint (never.n_ready, ==, 0);
  guise_thumbnailer_stop (thumbnailer);
  guise_project_close (project);
}

static void
test_screenshots (void)
{
  g_autofree char *folder = ui_make_project ();
  GuiseWindow *window = ui_open_window (NULL);

  for (int dark = 0; dark < 2; dark++) {
    ui_set_dark (dark);
    ui_screenshot (window, dark ? "welcome-dark" : "welcome");
  }
  guise_window_open_project (window, folder);
  ui_wait_for_library (window);
  for (int dark = 1; dark >= 0; dark--) {
    ui_set_dark (dark);
    ui_settle (window, 30);
    ui_screenshot (window, dark ? "library-dark" : "library");
  }
  gtk_window_set_default_size (GTK_WINDOW (window), 1024, 600);
  ui_settle (window, 10);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), <=, 1024);
  g_assert_cmpint (gtk_widget_get_height (GTK_WIDGET (window)), <=, 600);
  ui_screenshot (window, "library-1024x600");
  ui_close_window (window);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
  g_test_add_func ("/window/first-run", test_first_run);
  g_test_add_func ("/window/not-a-project", test_not_a_project);
  g_test_add_func ("/window/x05-explained", test_explain_unwritten);
  g_test_add_func ("/window/banner", test_banner);
  g_test_add_func ("/window/close-and-reopen", test_close_and_reopen);
  g_test_add_func ("/window/open-again", test_open_again);
  g_test_add_func ("/window/x06-locked", test_locked);
  g_test_add_func ("/window/u11-closed-at-once", test_closed_at_once);
  g_test_add_func ("/window/x11-damaged", test_damaged);
  g_test_add_func ("/window/x09-x11-lost", test_lost);
  g_test_add_func ("/window/x08-network", test_network);
  g_test_add_func ("/window/copies", test_copies);
  g_test_add_func ("/window/names", test_names);
  g_test_add_func ("/window/settings", test_settings);
  g_test_add_func ("/window/format", test_format);
  g_test_add_func ("/window/query", test_query);
  g_test_add_func ("/window/explain-filter", test_explain);
  g_test_add_func ("/window/thumbnailer", test_thumbnailer);
  g_test_add_func ("/window/screenshots", test_screenshots);
  return g_test_run ();
}
