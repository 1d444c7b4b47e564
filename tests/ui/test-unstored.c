/* Texts that are neither stored nor kept when the project is to leave the window: it is asked about
 * them, and nothing goes before somebody gives them up. */
#include "guise-banner.h"
#include "temp-folder.h"
#include "ui-fixture.h"

#include <adwaita.h>
#include <glib/gstdio.h>
#include <string.h>

#define TYPED "typed <b>&amp; in vain"

typedef struct {
  char *folder, *database, *aside, *beside, *other;
  GuiseWindow *window;
} Fixture;

static GuiseImagePane *
get_pane (Fixture *fixture)
{
  return guise_library_page_get_pane (ui_get_library (fixture->window));
}

static GuiseCaptionEditor *
get_editor (Fixture *fixture)
{
  return guise_image_pane_get_editor (get_pane (fixture), 0);
}

/* The database is moved away and something typed. data: whether something is in the way of the file
 * beside it. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->database = g_build_filename (fixture->folder, "guise.db", NULL);
  fixture->aside = g_build_filename (fixture->folder, "aside.db", NULL);
  fixture->beside = g_build_filename (fixture->folder, "drafts.json", NULL);
  fixture->window = ui_open_window (fixture->folder);
  if (data != NULL)
    g_assert_cmpint (g_mkdir (fixture->beside, 0755), ==, 0);
  g_assert_cmpint (g_rename (fixture->database, fixture->aside), ==, 0);
  guise_caption_editor_set_text (get_editor (fixture), TYPED);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->folder);
  g_free (fixture->database);
  g_free (fixture->aside);
  g_free (fixture->beside);
  g_free (fixture->other);
}

typedef void (*Leave) (Fixture *fixture);

typedef struct {
  Fixture *fixture;
  Leave leave;
} Leaving;

/* The answer to an earlier question may still be on its way: then it is not asked yet. */
static gboolean
is_asked (gpointer data)
{
  Leaving *leaving = data;

  if (ui_find_question () == NULL)
    leaving->leave (leaving->fixture);
  return ui_find_question () != NULL;
}

static gboolean
is_answered (gpointer data)
{
  return ui_find_question () == NULL;
}

/* Leaves in that way, and presses the answer of that label to the question. */
static void
leave (Fixture *fixture, Leave way, const char *label)
{
  Leaving leaving = { fixture, way };
  GtkWidget *question;

  ui_wait (is_asked, &leaving, "the question about the text");
  question = ui_find_question ();
  g_assert_cmpstr (adw_message_dialog_get_heading (ADW_MESSAGE_DIALOG (question)), ==,
                   "1 text is not stored");
  g_signal_emit_by_name (ui_find (question, GTK_TYPE_BUTTON, label), "clicked");
  ui_wait (is_answered, NULL, "the question to go");
}

static void
close_window (Fixture *fixture)
{
  gtk_window_close (GTK_WINDOW (fixture->window));
}

static void
quit (Fixture *fixture)
{
  g_action_group_activate_action (G_ACTION_GROUP (ui_start ()), "quit", NULL);
}

static void
close_project (Fixture *fixture)
{
  guise_window_close_project (fixture->window);
}

static void
open_another (Fixture *fixture)
{
  guise_window_open_project (fixture->window, fixture->other);
}

static gboolean
is_typed (gpointer fixture)
{
  g_autofree char *text = guise_caption_editor_dup_text (get_editor (fixture));

  return strcmp (text, TYPED) == 0;
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* Leaves for good. */
static void
discard (Fixture *fixture, Leave way)
{
  gpointer gone = fixture->window;

  g_object_add_weak_pointer (gone, &gone);
  leave (fixture, way, "_Discard and Close");
  ui_wait (is_null, &gone, "the window to go");
}

static guint
count_questions (void)
{
  g_autoptr (GListModel) windows = g_object_ref (gtk_window_get_toplevels ());
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++) {
    g_autoptr (GtkWidget) window = g_list_model_get_item (windows, i);

    n += ADW_IS_MESSAGE_DIALOG (window);
  }
  return n;
}

/* Asked once, however often the window is closed; Escape stays. The application that quits asks
 * the same. */
static void
test_close (Fixture *fixture, gconstpointer data)
{
  GtkWidget *question;

  close_window (fixture);
  close_window (fixture);
  ui_wait (is_asked, &(Leaving){ fixture, close_window }, "the question about the text");
  close_window (fixture);
  ui_settle (fixture->window, 4);
  g_assert_cmpuint (count_questions (), ==, 1);
  question = ui_find_question ();
  g_assert_cmpstr (adw_message_dialog_get_close_response (ADW_MESSAGE_DIALOG (question)), ==,
                   "stay");
  g_assert_cmpstr (adw_message_dialog_get_default_response (ADW_MESSAGE_DIALOG (question)), ==,
                   "stay");
  ui_screenshot_of (question, "unstored");
  leave (fixture, close_window, "_Keep Open");
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (fixture->window)));
  g_assert_true (is_typed (fixture));

  discard (fixture, quit);
}

static gboolean
has_no_project (gpointer window)
{
  return guise_window_get_project (window) == NULL;
}

/* The window stays, the project would go. */
static void
test_close_project (Fixture *fixture, gconstpointer data)
{
  leave (fixture, close_project, "_Keep Open");
  g_assert_nonnull (guise_window_get_project (fixture->window));
  g_assert_true (is_typed (fixture));
  leave (fixture, close_project, "_Discard and Close");
  ui_wait (has_no_project, fixture->window, "the project to go");
  ui_close_window (fixture->window);
}

static gboolean
has_other (gpointer data)
{
  Fixture *fixture = data;
  GuiseProject *project = guise_window_get_project (fixture->window);

  return project != NULL && strcmp (guise_project_get_folder (project), fixture->other) == 0;
}

static void
test_open_another (Fixture *fixture, gconstpointer data)
{
  GuiseProject *project = guise_window_get_project (fixture->window);

  fixture->other = ui_make_project ();
  leave (fixture, open_another, "_Keep Open");
  g_assert_true (guise_window_get_project (fixture->window) == project);
  g_assert_true (is_typed (fixture));
  leave (fixture, open_another, "_Discard and Close");
  ui_wait (has_other, fixture, "the other project");
  ui_close_window (fixture->window);
}

static void
note_lines (GObject *source, GAsyncResult *result, gpointer data)
{
  *(char ***)data = guise_page_keep_finish (result);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *)data != NULL;
}

/* What the copy has a line of. */
static void
test_lines (Fixture *fixture, gconstpointer data)
{
  GuisePage *page = GUISE_PAGE (ui_get_library (fixture->window));
  g_auto (GStrv) lines = NULL;

  g_assert_true (guise_page_keep_async (page, note_lines, &lines));
  ui_wait (is_set, &lines, "what is not stored");
  g_assert_cmpuint (g_strv_length (lines), ==, 1);
  g_assert_nonnull (strstr (lines[0], "\"text\":\"" TYPED "\""));
  discard (fixture, close_window);
}

static gboolean
has_no_file (gpointer path)
{
  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Without a question: the text lies beside the database, comes back with it, and the file goes. */
static void
test_beside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *kept = NULL;

  ui_close_window (fixture->window);
  g_assert_true (g_file_get_contents (fixture->beside, &kept, NULL, NULL));
  g_assert_nonnull (strstr (kept, TYPED));
  g_assert_cmpint (g_rename (fixture->aside, fixture->database), ==, 0);
  for (int i = 0; i < 2; i++) { /* the second window finds it in the database */
    fixture->window = ui_open_window (fixture->folder);
    ui_wait (is_typed, fixture, "the text");
    ui_wait (has_no_file, fixture->beside, "the file to go");
    ui_close_window (fixture->window);
  }
}

/* The database is back, and nothing is left of what was typed. */
static void
discard_typed (Fixture *fixture)
{
  ui_close_window (fixture->window);
  g_assert_cmpint (g_unlink (fixture->beside), ==, 0);
  g_assert_cmpint (g_rename (fixture->aside, fixture->database), ==, 0);
}

/* Whoever is told to end is not asked, and keeps what can be kept. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  gpointer gone = fixture->window;
  g_autofree char *kept = NULL;

  g_object_add_weak_pointer (gone, &gone);
  guise_window_leave (fixture->window); /* as at SIGTERM */
  ui_wait (is_null, &gone, "the window to go");
  g_assert_true (g_file_get_contents (fixture->beside, &kept, NULL, NULL));
  g_assert_nonnull (strstr (kept, TYPED));
}

/* Where the folder does not take them either, they lie among the user's own files. */
static void
test_told_in_vain (Fixture *fixture, gconstpointer data)
{
  gpointer gone = fixture->window;
  g_autofree char *folder = g_build_filename (g_get_user_state_dir (), "guise", NULL);
  g_autoptr (GDir) files = NULL;
  g_autofree char *path = NULL, *kept = NULL;

  g_object_add_weak_pointer (gone, &gone);
  guise_window_leave (fixture->window);
  ui_wait (is_null, &gone, "the window to go");
  files = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (files);
  path = g_build_filename (folder, g_dir_read_name (files), NULL);
  g_assert_true (g_file_get_contents (path, &kept, NULL, NULL));
  g_assert_nonnull (strstr (kept, "\"text\":\"" TYPED "\""));
  g_assert_true (g_str_has_suffix (kept, "}\n"));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static gboolean
is_told (gpointer window)
{
  GuiseBanner *banner = GUISE_BANNER (ui_find (window, GUISE_TYPE_BANNER, "banner"));

  return guise_banner_get_revealed (banner)
         && strstr (guise_banner_get_sentence (banner), "drafts.json.kept-1") != NULL;
}

/* What is for no caption of this database, cannot be read, or is no file stays, under another name.
 */
static void
test_kept_aside (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[]
      = { "{\"999999\":{\"text\":\"long work\",\"base\":\"b\"}}",
          "{\"1\":{\"text\":\"long work\",\"base\":\"b\"}", "{\"hello\":\"long work\"}" };
  g_autofree char *aside = g_strconcat (fixture->beside, ".kept-1", NULL);

  discard_typed (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *kept = NULL;

    g_assert_true (g_file_set_contents (fixture->beside, texts[i], -1, NULL));
    fixture->window = ui_open_window (fixture->folder);
    ui_wait (is_told, fixture->window, "the banner about the file");
    ui_close_window (fixture->window);
    g_assert_true (has_no_file (fixture->beside));
    g_assert_true (g_file_get_contents (aside, &kept, NULL, NULL));
    g_assert_cmpstr (kept, ==, texts[i]);
    g_assert_cmpint (g_unlink (aside), ==, 0);
  }
}

static gboolean
has_no_drafts (gpointer window)
{
  GuiseStore *store = guise_project_get_store (guise_window_get_project (window));
  g_autofree char *drafts = guise_store_get_setting (store, "drafts", NULL);

  return drafts == NULL;
}

/* What was stored after its draft was kept is no draft any more, and does not come back over what
 * is typed later. */
static void
test_stored_after_all (Fixture *fixture, gconstpointer data)
{
  g_autofree char *drafts = NULL, *text = NULL;
  gint64 id;

  discard_typed (fixture);
  fixture->window = ui_open_window (fixture->folder);
  id = guise_caption_editor_get_caption_id (get_editor (fixture));
  text = guise_caption_editor_dup_text (get_editor (fixture));
  drafts = g_strdup_printf ("{\"%" G_GINT64_FORMAT "\":{\"text\":\"%s\",\"base\":\"b\"}}", id,
                            text);
  g_assert_true (guise_store_set_setting (
      guise_project_get_store (guise_window_get_project (fixture->window)), "drafts", drafts,
      NULL));
  ui_close_window (fixture->window);
  fixture->window = ui_open_window (fixture->folder);
  ui_wait (has_no_drafts, fixture->window, "the draft to be forgotten");
  ui_close_window (fixture->window);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
#define ADD(path, in_way, test) g_test_add (path, Fixture, in_way, set_up, test, tear_down)
  ADD ("/unstored/x09-close", "", test_close);
  ADD ("/unstored/x09-close-project", "", test_close_project);
  ADD ("/unstored/x09-open-another", "", test_open_another);
  ADD ("/unstored/x09-lines", "", test_lines);
  ADD ("/unstored/x09-beside", NULL, test_beside);
  ADD ("/unstored/x09-told", NULL, test_told);
  ADD ("/unstored/x09-told-in-vain", "", test_told_in_vain);
  ADD ("/unstored/x09-kept-aside", NULL, test_kept_aside);
  ADD ("/unstored/x09-stored-after-all", NULL, test_stored_after_all);
#undef ADD
  return g_test_run ();
}
