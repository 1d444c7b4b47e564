/* Texts that are typed while another program keeps the database locked: each is on the disk, in the
 * database or beside it, before the window lets go of it. */
#include "guise-banner.h"
#include "guise-db.h"
#include "guise-drafts.h"
#include "temp-folder.h"
#include "ui-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#define TYPED "typed while it waits"

typedef struct {
  char *folder, *beside;
  GuiseWindow *window;
  GuiseDb *locker;
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

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->beside = g_build_filename (fixture->folder, "drafts.json", NULL);
  fixture->window = ui_open_window (fixture->folder);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->locker, guise_db_close);
  g_free (fixture->folder);
  g_free (fixture->beside);
}

static void
lock (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "guise.db", NULL);
  g_autoptr (GError) error = NULL;

  fixture->locker = guise_db_open (path, GUISE_DB_READ_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (guise_db_execute (fixture->locker, "BEGIN IMMEDIATE", NULL));
}

static void
unlock (Fixture *fixture)
{
  g_assert_true (guise_db_execute (fixture->locker, "ROLLBACK", NULL));
  g_clear_pointer (&fixture->locker, guise_db_close);
}

static gboolean
is_typed (gpointer data)
{
  Fixture *fixture = data;
  g_autofree char *text = NULL;

  if (guise_image_pane_get_n_editors (get_pane (fixture)) == 0)
    return FALSE;
  text = guise_caption_editor_dup_text (get_editor (fixture));
  return strcmp (text, TYPED) == 0;
}

static gboolean
is_null (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* Beside the database, with the picture that it was typed for. */
static gboolean
is_beside (gpointer path)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && strstr (text, TYPED) != NULL
         && strstr (text, "\"path\":\"imgs/") != NULL;
}

static gboolean
has_no_file (gpointer path)
{
  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The next window shows the text, and the database has it. */
static void
assert_comes_back (Fixture *fixture)
{
  fixture->window = ui_open_window (fixture->folder);
  guise_library_page_select (ui_get_library (fixture->window), 1);
  ui_wait (is_typed, fixture, "the text");
  ui_wait (has_no_file, fixture->beside, "the file beside the database to go");
  ui_close_window (fixture->window);
  g_assert_cmpuint (temp_folder_count (fixture->folder, ".kept-"), ==, 0);
}

static gboolean
is_waiting (gpointer window)
{
  return ui_find (window, GTK_TYPE_LABEL, "Waiting until the project takes what was typed…")
         != NULL;
}

/* The window says what it waits for, and goes when it has it. */
static void
test_close (Fixture *fixture, gconstpointer data)
{
  gpointer gone = fixture->window;

  lock (fixture);
  guise_caption_editor_set_text (get_editor (fixture), TYPED);
  g_object_add_weak_pointer (gone, &gone);
  gtk_window_close (GTK_WINDOW (fixture->window));
  ui_wait (is_waiting, fixture->window, "word of the wait");
  ui_screenshot (fixture->window, "busy");
  unlock (fixture);
  ui_wait (is_null, &gone, "the window to go");
  assert_comes_back (fixture);
}

/* What the store has refused is on the disk while the window stays open. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  lock (fixture);
  guise_caption_editor_set_text (get_editor (fixture), TYPED);
  guise_image_pane_flush (get_pane (fixture));
  ui_wait (is_beside, fixture->beside, "the refused text beside the database");
  unlock (fixture);
  ui_close_window (fixture->window);
  assert_comes_back (fixture);
}

static gboolean
shows_second (gpointer data)
{
  Fixture *fixture = data;

  return guise_image_pane_get_n_editors (get_pane (fixture)) > 0 && !is_typed (fixture);
}

/* Types for the first picture and goes on to the second. */
static void
leave_picture (Fixture *fixture)
{
  lock (fixture);
  guise_caption_editor_set_text (get_editor (fixture), TYPED);
  guise_library_page_select (ui_get_library (fixture->window), 2);
  ui_wait (shows_second, fixture, "the second picture");
}

typedef struct {
  Fixture *fixture;
  GuiseCaptionEditor *editor; /* the one that was typed in; own */
} Left;

static gboolean
is_beside_or_answered (gpointer data)
{
  Left *left = data;

  return is_beside (left->fixture->beside) || !guise_caption_editor_is_writing (left->editor);
}

/* A text of a picture that is not shown any more is beside the database before that answers. */
static void
test_told (Fixture *fixture, gconstpointer data)
{
  gpointer gone = fixture->window;
  Left left = { fixture, g_object_ref (get_editor (fixture)) };

  leave_picture (fixture);
  g_object_add_weak_pointer (gone, &gone);
  guise_window_leave (fixture->window); /* as at SIGTERM */
  ui_wait (is_beside_or_answered, &left, "the text beside the database");
  g_assert_true (is_beside (fixture->beside));
  g_assert_true (guise_caption_editor_is_writing (left.editor));
  g_object_unref (left.editor);
  unlock (fixture);
  ui_wait (is_null, &gone, "the window to go");
  assert_comes_back (fixture);
}

static gboolean
is_typed_or_answered (gpointer data)
{
  Left *left = data;

  return is_typed (left->fixture) || !guise_caption_editor_is_writing (left->editor);
}

static gboolean
is_stored (gpointer data)
{
  return !guise_caption_editor_is_dirty (get_editor (data));
}

/* Whoever comes back finds the text as it was typed, not what it replaces. */
static void
test_back (Fixture *fixture, gconstpointer data)
{
  Left left = { fixture, g_object_ref (get_editor (fixture)) };

  leave_picture (fixture);
  guise_library_page_select (ui_get_library (fixture->window), 1);
  ui_wait (is_typed_or_answered, &left, "the text that is still on its way");
  g_assert_true (is_typed (fixture));
  g_object_unref (left.editor);
  unlock (fixture);
  ui_wait (is_stored, fixture, "the text to be stored");
  g_assert_true (is_typed (fixture));
  ui_close_window (fixture->window);
  assert_comes_back (fixture);
}

/* What was refused is not sent again on its own: it would stand against what is typed instead. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  leave_picture (fixture);
  ui_wait (is_beside, fixture->beside, "the refused text beside the database");
  guise_library_page_select (ui_get_library (fixture->window), 1);
  ui_wait (is_typed, fixture, "the refused text");
  guise_caption_editor_set_text (get_editor (fixture), "another text");
  guise_image_pane_flush (get_pane (fixture));
  unlock (fixture);
  ui_wait (is_stored, fixture, "the other text to be stored");
  g_assert_false (is_typed (fixture));
  ui_close_window (fixture->window);
}

static void
put_draft (Fixture *fixture, const char *path)
{
  static const char format[]
      = "{\"1\":{\"text\":\"%s\",\"base\":\"another text\",\"path\":\"%s\"}}";
  g_autofree char *text = g_strdup_printf (format, TYPED, path);

  g_assert_true (g_file_set_contents (fixture->beside, text, -1, NULL));
}

static GuiseBanner *
get_banner (Fixture *fixture)
{
  return GUISE_BANNER (ui_find (GTK_WIDGET (fixture->window), GUISE_TYPE_BANNER, "banner"));
}

static gboolean
is_told_of_file (gpointer data)
{
  GuiseBanner *banner = get_banner (data);

  return guise_banner_get_revealed (banner)
         && strstr (guise_banner_get_sentence (banner), "drafts.json.kept-1") != NULL;
}

/* A caption that was changed meanwhile is this picture's all the same: a question beside the text,
 * and nothing about the file. */
static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseImageRecord) image = NULL;

  ui_close_window (fixture->window);
  project = ui_open_elsewhere (fixture->folder);
  image = guise_store_get_image (guise_project_get_store (project), 1, NULL);
  guise_project_close (project);
  put_draft (fixture, image->path);
  for (int i = 0; i < 2; i++) { /* the second time out of the database */
    fixture->window = ui_open_window (fixture->folder);
    ui_wait (is_typed, fixture, "the text");
    ui_wait (has_no_file, fixture->beside, "the file beside the database to go");
    g_assert_false (is_told_of_file (fixture));
    ui_close_window (fixture->window);
  }
  g_assert_cmpuint (temp_folder_count (fixture->folder, ".kept-"), ==, 0);
}

/* The same number in another project. */
static void
test_other_picture (Fixture *fixture, gconstpointer data)
{
  ui_close_window (fixture->window);
  put_draft (fixture, "elsewhere/1.png");
  fixture->window = ui_open_window (fixture->folder);
  ui_wait (is_told_of_file, fixture, "the banner about the file");
  g_assert_false (is_typed (fixture));
  ui_close_window (fixture->window);
}

static void
note_loaded (GuiseDrafts *drafts, gboolean *loaded)
{
  *loaded = TRUE;
}

static gboolean
is_true (gpointer data)
{
  return *(gboolean *)data;
}

/* A project that is closed while its drafts are read says nothing about whose they are. */
static void
test_closed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseDrafts) drafts = NULL;
  gboolean loaded = FALSE;

  ui_close_window (fixture->window);
  put_draft (fixture, "imgs/1.png");
  project = ui_open_elsewhere (fixture->folder);
  guise_project_close (project);
  drafts = guise_drafts_new (guise_project_get_store (project), fixture->folder);
  g_signal_connect (drafts, "loaded", G_CALLBACK (note_loaded), &loaded);
  ui_wait (is_true, &loaded, "the drafts");
  g_assert_null (guise_drafts_get_aside (drafts));
  g_assert_true (is_beside (fixture->beside));
}

static void
note_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  *(char ***)data = guise_page_keep_finish (result);
}

static gboolean
is_set (gpointer data)
{
  return *(gpointer *)data != NULL;
}

/* What is to be written before the drafts of an earlier window are read does not replace them; and
 * those for a caption that is not there wait until it is. */
static void
test_early (Fixture *fixture, gconstpointer data)
{
  static const char setting[] = "{\"1\":{\"base\":\"b\",\"text\":\"" TYPED "\"},"
                                "\"999999\":{\"base\":\"b\",\"text\":\"long work\"}}";
  GuiseStore *store = guise_project_get_store (guise_window_get_project (fixture->window));
  g_autofree char *kept = NULL, *rest = NULL;
  g_auto (GStrv) lost = NULL, none = NULL;
  g_autoptr (GuiseDrafts) drafts = NULL;

  g_assert_true (guise_store_set_setting (store, "drafts", setting, NULL));
  drafts = guise_drafts_new (store, fixture->folder);
  guise_drafts_sync_async (drafts, note_kept, &lost);
  ui_wait (is_set, &lost, "the drafts to be written");
  g_assert_cmpuint (g_strv_length (lost), ==, 0);
  kept = guise_store_get_setting (store, "drafts", NULL);
  g_assert_cmpstr (kept, ==, setting);

  g_assert_true (guise_drafts_remove (drafts, 1)); /* decided */
  guise_drafts_sync_async (drafts, note_kept, &none);
  ui_wait (is_set, &none, "the drafts to be written");
  rest = guise_store_get_setting (store, "drafts", NULL);
  g_assert_nonnull (strstr (rest, "long work"));
  g_assert_null (strstr (rest, TYPED));
  ui_close_window (fixture->window);
}

static gboolean
is_told_in_way (gpointer data)
{
  GuiseBanner *banner = get_banner (data);

  return guise_banner_get_revealed (banner)
         && strstr (guise_banner_get_sentence (banner), "in “drafts.json”") != NULL;
}

/* A foreign file for which there is no other name is told of, and not replaced. */
static void
test_in_way (Fixture *fixture, gconstpointer data)
{
  static const char foreign[] = "{\"hello\":\"long work\"}";
  gpointer gone;
  g_autofree char *kept = NULL;

  ui_close_window (fixture->window);
  g_assert_true (g_file_set_contents (fixture->beside, foreign, -1, NULL));
  for (guint i = 1; i < 1000; i++) {
    g_autofree char *path = g_strdup_printf ("%s.kept-%u", fixture->beside, i);

    g_assert_true (g_file_set_contents (path, "", 0, NULL));
  }
  fixture->window = ui_open_window (fixture->folder);
  ui_wait (is_told_in_way, fixture, "the banner about the file");
  gone = fixture->window;
  g_object_add_weak_pointer (gone, &gone);
  lock (fixture);
  guise_caption_editor_set_text (get_editor (fixture), TYPED);
  guise_window_leave (fixture->window);
  ui_wait (is_null, &gone, "the window to go");
  unlock (fixture);
  g_assert_true (g_file_get_contents (fixture->beside, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, foreign);
}

int
main (int argc, char **argv)
{
  ui_init (&argc, &argv);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/busy/x06-close", test_close);
  ADD ("/busy/x06-refused", test_refused);
  ADD ("/busy/x06-told", test_told);
  ADD ("/busy/x06-back", test_back);
  ADD ("/busy/x06-again", test_again);
  ADD ("/busy/x09-changed", test_changed);
  ADD ("/busy/x09-other-picture", test_other_picture);
  ADD ("/busy/x09-closed", test_closed);
  ADD ("/busy/x09-early", test_early);
  ADD ("/busy/x09-in-way", test_in_way);
#undef ADD
  return g_test_run ();
}
