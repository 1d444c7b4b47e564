/* What is typed into captions and the project's undo: one stay in a text is one operation, and who
 * takes something back sees what. */
#include "guise-store-history.h"
#include "guise-store-images.h"
#include "ui-fixture.h"

#include <string.h>

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuiseLibraryPage *library;
  GuiseImagePane *pane;
  GuiseStore *store;
  gint64 first, other; /* images of two persons; the first one is shown */
} Fixture;

static gint64
get_last_image (Fixture *fixture)
{
  g_autoptr (GArray) ids
      = guise_store_list_images (fixture->store, NULL, GUISE_SORT_IMPORT, NULL, NULL);

  return g_array_index (ids, gint64, ids->len - 1);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->window = ui_open_window (fixture->folder);
  fixture->library = ui_get_library (fixture->window);
  fixture->pane = guise_library_page_get_pane (fixture->library);
  fixture->store = guise_project_get_store (guise_window_get_project (fixture->window));
  fixture->first = guise_image_pane_get_image_id (fixture->pane);
  fixture->other = get_last_image (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  g_free (fixture->folder);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static gint64
get_id (Fixture *fixture, guint editor)
{
  return guise_caption_editor_get_caption_id (guise_image_pane_get_editor (fixture->pane, editor));
}

typedef struct {
  Fixture *fixture;
  gint64 id;
  const char *text;
} Wanted;

static gboolean
is_stored (gpointer data)
{
  Wanted *wanted = data;
  g_autoptr (GuiseCaption) caption
      = guise_store_get_caption (wanted->fixture->store, wanted->id, NULL);

  return strcmp (caption->text, wanted->text) == 0;
}

/* Stored, and the editor knows. */
static gboolean
is_settled (gpointer data)
{
  Wanted *wanted = data;
  GuiseImagePane *pane = wanted->fixture->pane;

  for (guint i = 0; i < guise_image_pane_get_n_editors (pane); i++) {
    GuiseCaptionEditor *editor = guise_image_pane_get_editor (pane, i);
    g_autofree char *text = guise_caption_editor_dup_text (editor);

    if (guise_caption_editor_get_caption_id (editor) == wanted->id)
      return strcmp (text, wanted->text) == 0 && !guise_caption_editor_is_dirty (editor)
             && is_stored (data);
  }
  return FALSE;
}

static void
type (Fixture *fixture, guint editor, const char *text)
{
  guise_caption_editor_set_text (guise_image_pane_get_editor (fixture->pane, editor), text);
  ui_wait (is_settled, &(Wanted){ fixture, get_id (fixture, editor), text }, text);
}

static gboolean
can_undo (gpointer window)
{
  return g_action_group_get_action_enabled (window, "undo");
}

static gboolean
cannot_undo (gpointer window)
{
  return !can_undo (window);
}

static gboolean
can_redo (gpointer window)
{
  return g_action_group_get_action_enabled (window, "redo");
}

static void
undo (Fixture *fixture)
{
  ui_wait (can_undo, fixture->window, "undo to be possible");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
}

static gboolean
shows_image (gpointer data)
{
  Wanted *wanted = data;
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (wanted->fixture->pane, 0);
  g_autoptr (GuiseCaption) caption = NULL;

  if (editor == NULL)
    return FALSE;
  caption = guise_store_get_caption (wanted->fixture->store,
                                     guise_caption_editor_get_caption_id (editor), NULL);
  return caption->image_id == wanted->id;
}

static void
select_image (Fixture *fixture, gint64 id)
{
  g_assert_true (guise_library_page_select (fixture->library, id));
  ui_wait (shows_image, &(Wanted){ fixture, id }, "the pane to show the selected picture");
}

/* Besides the import. */
static void
assert_n_operations (Fixture *fixture, guint n)
{
  g_autoptr (GPtrArray) operations = guise_store_list_operations (fixture->store, 0, NULL);

  g_assert_cmpuint (operations->len, ==, n + 1);
}

static gboolean
has_badge (gpointer editor)
{
  return ui_find (editor, GTK_TYPE_LABEL, "edited") != NULL;
}

static gboolean
has_no_badge (gpointer editor)
{
  return !has_badge (editor);
}

static gboolean
has_toast (gpointer data)
{
  Wanted *wanted = data;

  return ui_find (GTK_WIDGET (wanted->fixture->window), GTK_TYPE_LABEL, wanted->text) != NULL;
}

static gboolean
has_no_toast (gpointer data)
{
  return !has_toast (data);
}

static char *
dup_undone (Fixture *fixture, gint64 image_id)
{
  g_autoptr (GuiseImageRecord) image = guise_store_get_image (fixture->store, image_id, NULL);
  g_autofree char *name = g_path_get_basename (image->path);

  return g_strdup_printf ("Undone: Edit caption (%s)", name);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void
test_one_stay (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = get_id (fixture, 0);
  g_autofree char *before = guise_caption_editor_dup_text (editor);

  type (fixture, 0, "one");
  type (fixture, 0, "two");
  type (fixture, 0, "three");
  assert_n_operations (fixture, 1);
  ui_wait (has_badge, editor, "the badge");
  undo (fixture);
  ui_wait (is_settled, &(Wanted){ fixture, id, before }, "what was there before");
  ui_wait (has_no_badge, editor, "the badge to go");
}

/* The text's own undo comes to the beginning: nothing was edited. */
static void
test_taken_back (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  GtkWidget *field = guise_caption_editor_get_field (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor), *typed = NULL;
  Wanted wanted = { fixture, get_id (fixture, 0), NULL }, toast = { fixture, 0, "Caption changed" };
  g_autoptr (GuiseCaption) caption = NULL;

  gtk_text_buffer_insert_interactive_at_cursor (gtk_text_view_get_buffer (GTK_TEXT_VIEW (field)),
                                                "zebra", -1, TRUE);
  wanted.text = typed = guise_caption_editor_dup_text (editor);
  ui_wait (is_settled, &wanted, "what was typed");
  ui_wait (has_badge, editor, "the badge");
  ui_wait (has_toast, &toast, "the offer to undo");
  ui_wait (can_undo, fixture->window, "undo to be possible");
  gtk_widget_activate_action (field, "text.undo", NULL);
  wanted.text = before;
  ui_wait (is_settled, &wanted, "the text's own undo");
  ui_wait (has_no_toast, &toast, "the offer to be withdrawn");
  ui_wait (has_no_badge, editor, "the badge to go");
  ui_wait (cannot_undo, fixture->window, "undo to be impossible");
  caption = guise_store_get_caption (fixture->store, wanted.id, NULL);
  g_assert_cmpint (caption->state, ==, GUISE_STATE_PENDING);
  assert_n_operations (fixture, 0);
}

static void
test_two_editors (Fixture *fixture, gconstpointer data)
{
  gint64 id = get_id (fixture, 0);

  type (fixture, 0, "one");
  type (fixture, 1, "elsewhere");
  type (fixture, 0, "two");
  type (fixture, 0, "three");
  assert_n_operations (fixture, 3);
  undo (fixture);
  ui_wait (is_settled, &(Wanted){ fixture, id, "one" }, "the second stay to be undone");
}

/* What is typed after an undo is a stay of its own. */
static void
test_after_undo (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = get_id (fixture, 0);
  g_autofree char *before = guise_caption_editor_dup_text (editor);

  type (fixture, 0, "one");
  undo (fixture);
  ui_wait (is_settled, &(Wanted){ fixture, id, before }, "what was there before");
  ui_wait (can_redo, fixture->window, "redo to be possible");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.redo", NULL);
  ui_wait (is_settled, &(Wanted){ fixture, id, "one" }, "the edit again");
  type (fixture, 0, "two");
  assert_n_operations (fixture, 2);
  undo (fixture);
  ui_wait (is_settled, &(Wanted){ fixture, id, "one" }, "the second stay to be undone");
}

static void
test_picture_left (Fixture *fixture, gconstpointer data)
{
  gint64 id = get_id (fixture, 0);

  type (fixture, 0, "one");
  guise_caption_editor_set_text (guise_image_pane_get_editor (fixture->pane, 0), "two");
  select_image (fixture, fixture->other);
  ui_wait (is_stored, &(Wanted){ fixture, id, "two" }, "what was typed last");
  assert_n_operations (fixture, 1);
  select_image (fixture, fixture->first);
  type (fixture, 0, "three");
  assert_n_operations (fixture, 2);
  undo (fixture);
  ui_wait (is_settled, &(Wanted){ fixture, id, "two" }, "the second stay to be undone");
}

static void
test_window_closed (Fixture *fixture, gconstpointer data)
{
  gint64 id = get_id (fixture, 0);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  type (fixture, 0, "one");
  guise_caption_editor_set_text (guise_image_pane_get_editor (fixture->pane, 0), "two");
  ui_close_window (g_steal_pointer (&fixture->window));
  project = ui_open_elsewhere (fixture->folder);
  fixture->store = guise_project_get_store (project);
  caption = guise_store_get_caption (fixture->store, id, NULL);
  g_assert_cmpstr (caption->text, ==, "two");
  assert_n_operations (fixture, 1);
  guise_project_close (project);
}

static gboolean
has_focus_in (gpointer widget)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (widget));

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

/* Undo of another picture's caption: it is named, and selected; the keyboard is not lost. */
static void
test_undo_shows (Fixture *fixture, gconstpointer data)
{
  gint64 id = get_id (fixture, 0);
  g_autofree char *before
      = guise_caption_editor_dup_text (guise_image_pane_get_editor (fixture->pane, 0));
  g_autofree char *told = dup_undone (fixture, fixture->first);

  type (fixture, 0, "one");
  select_image (fixture, fixture->other);
  g_assert_true (guise_image_pane_edit (fixture->pane));
  undo (fixture);
  ui_wait (has_toast, &(Wanted){ fixture, 0, told }, "which picture it was");
  ui_wait (shows_image, &(Wanted){ fixture, fixture->first }, "the picture to be shown");
  ui_wait (is_settled, &(Wanted){ fixture, id, before }, "its caption as before");
  g_assert_true (has_focus_in (guise_library_page_get_grid (fixture->library)));
}

/* The keyboard stays in the caption where it is the same picture. */
static void
test_undo_stays (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_autofree char *told = dup_undone (fixture, fixture->first);

  type (fixture, 0, "one");
  g_assert_true (guise_image_pane_edit (fixture->pane));
  undo (fixture);
  ui_wait (has_toast, &(Wanted){ fixture, 0, told }, "which picture it was");
  g_assert_true (has_focus_in (editor));
}

static gboolean
is_listed (gpointer library)
{
  return !guise_library_page_is_busy (library);
}

/* A picture that the filter hides is named, and what is shown stays. */
static void
test_undo_hidden (Fixture *fixture, gconstpointer data)
{
  g_autofree char *told = dup_undone (fixture, fixture->first);
  g_autoptr (GuiseImageRecord) image
      = guise_store_get_image (fixture->store, fixture->other, NULL);
  g_autofree char *filter = g_strdup_printf ("person = %s", image->person);

  type (fixture, 0, "one");
  guise_library_page_set_filter (fixture->library, filter);
  ui_wait (is_listed, fixture->library, "the filter");
  g_assert_false (guise_library_page_select (fixture->library, fixture->first));
  select_image (fixture, fixture->other);
  undo (fixture);
  ui_wait (has_toast, &(Wanted){ fixture, 0, told }, "which picture it was");
  g_assert_cmpint (guise_image_pane_get_image_id (fixture->pane), ==, fixture->other);
}

/* One offer at a time: that of the last change. */
static void
test_one_offer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *told = dup_undone (fixture, fixture->first);

  type (fixture, 0, "one");
  ui_wait (has_toast, &(Wanted){ fixture, 0, "Caption changed" }, "the offer to undo");
  undo (fixture);
  ui_wait (has_toast, &(Wanted){ fixture, 0, told }, "the offer to redo");
  ui_wait (has_no_toast, &(Wanted){ fixture, 0, "Caption changed" }, "the first offer to go");
  type (fixture, 0, "two");
  ui_wait (has_toast, &(Wanted){ fixture, 0, "Caption changed" }, "the offer to undo again");
  ui_wait (has_no_toast, &(Wanted){ fixture, 0, told }, "the offer to redo to go");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "one-stay", test_one_stay },
    { "taken-back", test_taken_back },
    { "two-editors", test_two_editors },
    { "after-undo", test_after_undo },
    { "picture-left", test_picture_left },
    { "window-closed", test_window_closed },
    { "undo-shows", test_undo_shows },
    { "undo-stays", test_undo_stays },
    { "undo-hidden", test_undo_hidden },
    { "one-offer", test_one_offer },
  };

  ui_init (&argc, &argv);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/editing/", tests[i].name, NULL);

    g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run ();
}
