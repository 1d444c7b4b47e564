/* What is typed into the captions of the Library page and nothing may lose: not undo, not a slow
 * disk, not another writer, not the end of the window. */
#include "guise-banner.h"
#include "guise-store-history.h"
#include "guise-store-private.h"
#include "library-fixture.h"

#include <signal.h>
#include <string.h>

typedef struct {
  GuiseCaptionEditor *editor;
  const char *text;
} ShownText;

static gboolean
is_shown (gpointer data)
{
  ShownText *wanted = data;
  g_autofree char *text = guise_caption_editor_dup_text (wanted->editor);

  return strcmp (text, wanted->text) == 0 && !guise_caption_editor_is_dirty (wanted->editor);
}

static gboolean
can_redo (gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (data), "redo");
}

/* A write before all others that takes until the gate is opened: a slow disk. */
typedef struct {
  GMutex mutex;
  GCond opened;
  gboolean open;
} Gate;

static gboolean
wait_at_gate (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Gate *gate = data;

  g_mutex_lock (&gate->mutex);
  while (!gate->open)
    g_cond_wait (&gate->opened, &gate->mutex);
  g_mutex_unlock (&gate->mutex);
  return TRUE;
}

static void
close_gate (LibraryFixture *fixture, Gate *gate)
{
  guise_store_write_async (fixture->store, wait_at_gate, gate, NULL, NULL,
                           g_task_new (NULL, NULL, NULL, NULL));
}

static gboolean
open_gate (gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->mutex);
  gate->open = TRUE;
  g_cond_broadcast (&gate->opened);
  g_mutex_unlock (&gate->mutex);
  return G_SOURCE_REMOVE;
}
static void
test_edit_and_undo (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  const char *text = "A woman in a green coat.";
  gint64 start = g_get_monotonic_time ();

  g_assert_false (library_can_undo (fixture->window));
  guise_caption_editor_set_text (editor, text);
  library_wait_stored (fixture, id, text);
  g_test_message ("stored after %.0f ms", (g_get_monotonic_time () - start) / 1e3);
  ui_wait (library_can_undo, fixture->window, "undo to be possible");

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  library_wait_stored (fixture, id, before);
  ui_wait (is_shown, &(ShownText){ editor, before }, "undo to be shown");
  ui_wait (can_redo, fixture->window, "redo to be possible");

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.redo", NULL);
  library_wait_stored (fixture, id, text);
  ui_wait (is_shown, &(ShownText){ editor, text }, "redo to be shown");
}

/* Undo right after typing undoes what was typed, though the pause has not come yet, and all that
 * was stored since the picture was selected. */
static void
test_undo_while_typing (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  g_autoptr (GPtrArray) operations = NULL;

  guise_caption_editor_set_text (editor, "one");
  library_wait_stored (fixture, id, "one");
  ui_wait (library_can_undo, fixture->window, "undo to be possible");
  guise_caption_editor_set_text (editor, "two");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  ui_wait (is_shown, &(ShownText){ editor, before }, "all of it to be undone");
  operations = guise_store_list_operations (fixture->store, 0, NULL);
  g_assert_cmpuint (operations->len, ==, 2); /* the import is one */
}

/* An edit belongs to the caption that it was typed for, whatever is selected when it is written. */
static void
test_edit_then_select (LibraryFixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = library_list_ids (fixture);
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 1);
  gint64 id = guise_caption_editor_get_caption_id (editor), other;
  g_autoptr (GuiseCaption) untouched = NULL;
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "typed, not yet stored");
  library_select_image (fixture, g_array_index (ids, gint64, 5));
  library_wait_stored (fixture, id, "typed, not yet stored");
  editor = guise_image_pane_get_editor (fixture->pane, 1);
  other = guise_caption_editor_get_caption_id (editor);
  g_assert_cmpint (other, !=, id);
  untouched = library_read_caption (fixture->store, other);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, untouched->text);
  g_assert_cmpint (untouched->revision, ==, 0);
}

static void
test_edit_then_close (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  guise_caption_editor_set_text (editor, "typed, then closed");
  ui_close_window (g_steal_pointer (&fixture->window));
  project = ui_open_elsewhere (fixture->folder);
  caption = library_read_caption (guise_project_get_store (project), id);
  g_assert_cmpstr (caption->text, ==, "typed, then closed");
  g_assert_cmpint (caption->state, ==, GUISE_STATE_EDITED);
  guise_project_close (project);
}

/* What was typed while an earlier text was being written is written too. */
static void
test_close_while_writing (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaption) caption = NULL;
  Gate gate = { 0 };

  close_gate (fixture, &gate);
  guise_caption_editor_set_text (editor, "on its way");
  guise_caption_editor_flush (editor);
  guise_caption_editor_set_text (editor, "on its way, and typed on");
  g_idle_add (open_gate, &gate); /* once the window is closing */
  ui_close_window (g_steal_pointer (&fixture->window));
  project = ui_open_elsewhere (fixture->folder);
  caption = library_read_caption (guise_project_get_store (project), id);
  g_assert_cmpstr (caption->text, ==, "on its way, and typed on");
  guise_project_close (project);
}

static void
test_undo_while_writing (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  Gate gate = { 0 };

  guise_caption_editor_set_text (editor, "zero");
  library_wait_stored (fixture, id, "zero");
  ui_wait (library_can_undo, fixture->window, "undo to be possible");
  close_gate (fixture, &gate);
  guise_caption_editor_set_text (editor, "one");
  guise_caption_editor_flush (editor);
  guise_caption_editor_set_text (editor, "two");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  open_gate (&gate);
  ui_wait (is_shown, &(ShownText){ editor, before }, "the edits to be undone");
  g_assert_true (library_is_stored (fixture->store, id, before));
  ui_wait (can_redo, fixture->window, "redo to be possible");
}

/* A redo means what is stored: what is typed is stored first, and then there is nothing to redo. */
static void
test_redo_while_typing (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);

  guise_caption_editor_set_text (editor, "one");
  library_wait_stored (fixture, id, "one");
  ui_wait (library_can_undo, fixture->window, "undo to be possible");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  ui_wait (is_shown, &(ShownText){ editor, before }, "the first edit to be undone");
  ui_wait (can_redo, fixture->window, "redo to be possible");
  guise_caption_editor_set_text (editor, "two");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.redo", NULL);
  ui_wait (is_shown, &(ShownText){ editor, "two" }, "the typed text to be stored");
}

typedef struct {
  GuiseCaptionEditor *editor;
  guint n_keys;
} Typist;

static gboolean
press_key (gpointer data)
{
  Typist *typist = data;
  g_autofree char *text = NULL;

  if (typist->n_keys == 0)
    return G_SOURCE_REMOVE;
  typist->n_keys--;
  text = g_strdup_printf ("%u keys to come", typist->n_keys);
  guise_caption_editor_set_text (typist->editor, text);
  return G_SOURCE_CONTINUE;
}

/* Who types without a pause is not left without a save: there is one on the way to the last key,
 * however long the keys take. */
static void
test_typing_without_pause (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = NULL;
  Typist typist = { editor, 40 };

  g_timeout_add (50, press_key, &typist);
  library_wait_stored (fixture, id, "0 keys to come");
  caption = library_read_caption (fixture->store, id);
  g_assert_cmpint (caption->revision, >=, 2);
}

static gboolean
has_gone (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* The end of the session: what is typed is stored. */
static void
test_terminate (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  GuiseProject *open = guise_window_get_project (fixture->window);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  g_object_add_weak_pointer (G_OBJECT (fixture->window), (gpointer *)&fixture->window);
  g_object_add_weak_pointer (G_OBJECT (open), (gpointer *)&open);
  guise_caption_editor_set_text (editor, "typed, then logged out");
  g_assert_cmpint (raise (SIGTERM), ==, 0);
  ui_wait (has_gone, &fixture->window, "the window to go");
  ui_wait (has_gone, &open, "the project to be closed");
  project = ui_open_elsewhere (fixture->folder);
  caption = library_read_caption (guise_project_get_store (project), id);
  g_assert_cmpstr (caption->text, ==, "typed, then logged out");
  guise_project_close (project);
}

static gboolean
shows_problem (gpointer data)
{
  GtkWidget *problem = ui_find (data, GTK_TYPE_LABEL, "problem");

  return gtk_widget_get_mapped (problem);
}

static void
test_empty_is_not_stored (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = NULL;

  guise_caption_editor_set_text (editor, "");
  ui_wait (shows_problem, editor, "the reason beside the field");
  g_assert_true (guise_caption_editor_is_dirty (editor));
  caption = library_read_caption (fixture->store, id);
  g_assert_cmpint (caption->revision, ==, 0);
  guise_caption_editor_set_text (editor, "words again");
  library_wait_stored (fixture, id, "words again");
  ui_settle (fixture->window, 2);
  g_assert_false (shows_problem (editor));
}

static void
assert_within (GtkWidget *widget, GtkWidget *window)
{
  graphene_rect_t bounds;

  g_assert_true (gtk_widget_compute_bounds (widget, window, &bounds));
  g_assert_cmpfloat (bounds.origin.x + bounds.size.width, <=, gtk_widget_get_width (window));
}

/* Of the narrowest pane, less its margins. */
#define LEAST_WIDTH (300 - 2 * 18)

/* The question takes no more width than the pane has, in whatever language. */
static void
test_conflict_fits (LibraryFixture *fixture, gconstpointer data)
{
  static const char *const languages[] = { "de", "zh_CN", "" };
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_autoptr (GuiseCaption) caption
      = library_read_caption (fixture->store, guise_caption_editor_get_caption_id (editor));

  for (gsize i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_autoptr (GuiseCaptionEditor) other = NULL;
    GtkWidget *choices;
    int width;

    ui_speak (languages[i]);
    other = g_object_ref_sink (guise_caption_editor_new (fixture->store, caption));
    guise_caption_editor_restore (other, "mine", "what was there before");
    choices = ui_find (GTK_WIDGET (other), GTK_TYPE_FLOW_BOX, "choices");
    g_assert_true (gtk_widget_get_visible (choices));
    gtk_widget_measure (GTK_WIDGET (other), GTK_ORIENTATION_HORIZONTAL, -1, &width, NULL, NULL,
                        NULL);
    g_assert_cmpint (width, <=, LEAST_WIDTH);
  }
}

/* The caption changes behind the editor's back while something is typed: both texts survive. */
static void
test_conflict (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (shows_problem, editor, "the question which text to keep");
  ui_settle (fixture->window, 4);
  ui_screenshot (fixture->window, "typing-conflict");
  assert_within (GTK_WIDGET (fixture->pane), GTK_WIDGET (fixture->window));
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "mine");
  g_assert_true (library_is_stored (fixture->store, id, "theirs"));
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.keep-mine", NULL);
  library_wait_stored (fixture, id, "mine");
}

static gboolean
asks_which (gpointer data)
{
  GtkWidget *button = ui_find (data, GTK_TYPE_BUTTON, "keep_button");

  return gtk_widget_get_mapped (button);
}

/* Types "mine" so that it reaches the store after somebody's "theirs". */
static void
type_too_late (LibraryFixture *fixture, Gate *gate)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);

  close_gate (fixture, gate);
  guise_store_edit_caption_async (fixture->store, id, -1, "theirs", NULL, NULL, NULL);
  guise_caption_editor_set_text (editor, "mine");
  guise_caption_editor_flush (editor);
}

/* A text that was given up does not come back. */
static void
test_give_up (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autofree char *text = NULL;
  Gate gate = { 0 };

  type_too_late (fixture, &gate);
  open_gate (&gate);
  ui_wait (asks_which, editor, "the question which text to keep");
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.take-theirs", NULL);
  library_select_image (fixture, library_get_other_image (fixture));
  library_select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_cmpint (guise_caption_editor_get_caption_id (editor), ==, id);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "theirs");
  g_assert_true (library_is_stored (fixture->store, id, "theirs"));
}

static gboolean
has_banner (gpointer data)
{
  GtkWidget *banner = ui_find (data, GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner));
}

static void
check_asked_again (LibraryFixture *fixture, gint64 image_id, gint64 caption_id)
{
  GuiseCaptionEditor *editor;
  g_autofree char *text = NULL;

  library_select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_cmpint (guise_caption_editor_get_caption_id (editor), ==, caption_id);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "mine");
  ui_wait (asks_which, editor, "the question again");
  guise_caption_editor_flush (editor);
  g_assert_true (library_is_stored (fixture->store, caption_id, "theirs"));
  g_assert_true (has_banner (fixture->window));
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.keep-mine", NULL);
  library_wait_stored (fixture, caption_id, "mine");
  ui_wait (is_shown, &(ShownText){ editor, "mine" }, "my text to be settled");
  g_assert_false (has_banner (fixture->window));
}

/* A refused text comes back to its picture, and does not overwrite what refused it. */
static void
test_refused_then_back (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  Gate gate = { 0 };

  type_too_late (fixture, &gate);
  library_select_image (fixture, library_get_other_image (fixture));
  open_gate (&gate);
  ui_wait (has_banner, fixture->window, "the banner about the text");
  check_asked_again (fixture, image_id, id);
}

/* Whether the editor keeps Ctrl+Z from the window, once the text's own undo has left it over. */
static gboolean
keeps_undo_key (GuiseCaptionEditor *editor)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (editor));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++) {
    g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
    gboolean handled = FALSE;

    if (!GTK_IS_EVENT_CONTROLLER_KEY (controller))
      continue;
    g_signal_emit_by_name (controller, "key-pressed", GDK_KEY_z, 0, GDK_CONTROL_MASK, &handled);
    if (handled)
      return TRUE;
  }
  return FALSE;
}

/* Ctrl+Z beyond the beginning of what was typed does not reach the project's undo, which would
 * take back what the text's own undo has stored. */
static void
test_undo_to_the_end (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  GtkWidget *field = guise_caption_editor_get_field (editor);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);

  g_assert_false (keeps_undo_key (editor));
  gtk_text_buffer_insert_interactive_at_cursor (gtk_text_view_get_buffer (GTK_TEXT_VIEW (field)),
                                                "zebra", -1, TRUE);
  g_autofree char *typed = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (typed, !=, before);
  library_wait_stored (fixture, id, typed);
  gtk_widget_activate_action (field, "text.undo", NULL);
  library_wait_stored (fixture, id, before);
  g_assert_true (keeps_undo_key (editor));
}

/* So does one whose conflict nobody has decided. */
static void
test_undecided (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autoptr (GError) error = NULL;

  guise_caption_editor_set_text (editor, "mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (asks_which, editor, "the question which text to keep");
  library_select_image (fixture, library_get_other_image (fixture));
  check_asked_again (fixture, image_id, id);
}

typedef struct {
  GuiseStore *store;
  const char *text;
} Draft;

static gboolean
has_draft (gpointer data)
{
  Draft *wanted = data;
  g_autofree char *drafts = guise_store_get_setting (wanted->store, "drafts", NULL);

  return drafts != NULL && strstr (drafts, wanted->text) != NULL;
}

static gboolean
has_no_draft (gpointer store)
{
  g_autofree char *drafts = guise_store_get_setting (store, "drafts", NULL);

  return drafts == NULL;
}

/* Closes the window and opens another one on the same project. */
static void
open_again (LibraryFixture *fixture)
{
  ui_close_window (fixture->window);
  fixture->window = ui_open_window (fixture->folder);
  fixture->library = ui_get_library (fixture->window);
  fixture->pane = guise_library_page_get_pane (fixture->library);
  fixture->store = guise_project_get_store (guise_window_get_project (fixture->window));
}

/* And it outlives the window: it is on the disk while the question stands, and asked again. */
static void
test_undecided_then_close (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autoptr (GError) error = NULL;

  guise_caption_editor_set_text (editor, "not yet mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (asks_which, editor, "the question which text to keep");
  ui_wait (has_draft, &(Draft){ fixture->store, "not yet mine" },
           "the first draft");
  guise_caption_editor_set_text (editor, "mine");
  ui_wait (has_draft, &(Draft){ fixture->store, "\"mine\"" }, "what was typed on");
  open_again (fixture);
  ui_wait (has_banner, fixture->window, "the banner about the text");
  check_asked_again (fixture, image_id, id);
  ui_wait (has_no_draft, fixture->store, "the draft to go");
}

/* Refused when nobody is there to hear it. */
static void
test_refused_then_close (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  Gate gate = { 0 };

  type_too_late (fixture, &gate);
  g_idle_add (open_gate, &gate); /* once the window is closing */
  open_again (fixture);
  check_asked_again (fixture, image_id, id);
}

/* A text that was stored while the window closed is no draft in the next one. */
static void
test_stored_then_close (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "mine");
  open_again (fixture);
  g_assert_true (library_is_stored (fixture->store, id, "mine"));
  library_select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_false (asks_which (editor));
  g_assert_false (guise_caption_editor_is_dirty (editor));
  g_assert_false (has_banner (fixture->window));
}

/* From elsewhere; the editor shows it when this returns, or what it shows of it. */
static GtkTextView *
store_text (LibraryFixture *fixture, const char *text, const char *shown)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  ShownText wanted = { editor, shown };
  g_autoptr (GError) error = NULL;

  guise_store_edit_caption (fixture->store, guise_caption_editor_get_caption_id (editor), -1, text,
                            &error);
  g_assert_no_error (error);
  ui_wait (is_shown, &wanted, "the text from elsewhere");
  return GTK_TEXT_VIEW (guise_caption_editor_get_field (editor));
}

static char *
repeat (const char *begin, const char *piece, guint n)
{
  GString *text = g_string_new (begin);

  for (guint i = 0; i < n; i++)
    g_string_append (text, piece);
  return g_string_free (text, FALSE);
}

/* A letter with ten thousand marks takes a second at every key: its beginning is shown, and the
 * text stays as it is; no more can be typed or pasted than the field can take. */
static void
test_j08_marks (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  const char *mark = "\u0301";
  g_autofree char *many = repeat ("Zalgo", mark, 10000), *cut = repeat ("Zalgo", mark, 300),
                  *few = repeat ("zalgo", mark, 30), *typed = NULL;
  GtkTextView *field = store_text (fixture, many, cut);
  GtkTextBuffer *buffer;
  GtkTextIter at;

  g_assert_false (gtk_text_view_get_editable (field));
  g_assert_true (library_is_stored (fixture->store, id, many));
  field = store_text (fixture, few, few);
  g_assert_true (gtk_text_view_get_editable (field));
  buffer = gtk_text_view_get_buffer (field);
  gtk_text_buffer_insert_at_cursor (buffer, many, -1);
  gtk_text_buffer_insert_at_cursor (buffer, mark, -1);
  gtk_text_buffer_get_iter_at_offset (buffer, &at, 5); /* before the marks */
  gtk_text_buffer_insert (buffer, &at, mark, -1);
  typed = guise_caption_editor_dup_text (editor);
  g_assert_cmpuint (g_utf8_strlen (typed, -1), ==, 2 * (5 + 30));
}

/* What is taken back comes back whole, where a stored text has more marks than may be typed. */
static void
test_j08_undo (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_autofree char *marked = repeat ("A man e", "\u0301", 60),
                  *text = g_strconcat (marked, " in a red coat", NULL), *undone = NULL,
                  *redone = NULL;
  GtkTextView *field = store_text (fixture, text, text);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (field);
  GtkTextIter start, end;

  g_assert_true (gtk_text_view_get_editable (field));
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  gtk_text_buffer_delete_interactive (buffer, &start, &end, TRUE);
  gtk_text_buffer_undo (buffer);
  undone = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (undone, ==, text);
  gtk_text_buffer_redo (buffer);
  redone = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (redone, ==, "");
}

/* Each hidden character is work at every key, and thousands stop the window. */
static void
test_j09_many_hidden (LibraryFixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *many = repeat ("", "a\u200b", 9000), *cut = repeat ("", "a\u200b", 100),
                  *shown = g_strconcat (cut, "a", NULL), *typed = NULL;
  GtkTextView *field = store_text (fixture, many, shown);
  GtkWidget *problem;

  g_assert_false (gtk_text_view_get_editable (field));
  g_assert_true (library_is_stored (fixture->store, id, many));
  field = store_text (fixture, "a man", "a man");
  g_assert_true (gtk_text_view_get_editable (field));
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (field), "", 0);
  gtk_text_buffer_insert_at_cursor (gtk_text_view_get_buffer (field), many, -1);
  gtk_text_buffer_insert_at_cursor (gtk_text_view_get_buffer (field), "\u200b", -1);
  typed = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (typed, ==, shown);
  problem = ui_find (GTK_WIDGET (editor), GTK_TYPE_LABEL, "problem");
  g_assert_nonnull (strstr (gtk_label_get_text (GTK_LABEL (problem)), "hidden characters"));
}

/* What reorders a text, or takes no room in it, is seen. */
static void
test_j09_hidden (LibraryFixture *fixture, gconstpointer data)
{
  const char *texts[] = { "\u202ederaeppa\u202c man", "\u200b man", "\ufeff man" };
  GtkTextView *field = store_text (fixture, "a man 👩‍👧", "a man 👩‍👧"); /* a joiner */
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (field);
  GtkTextIter start;

  gtk_text_buffer_get_start_iter (buffer, &start);
  g_assert_null (gtk_text_iter_get_tags (&start));
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GSList) tags = NULL;
    PangoShowFlags shown;

    store_text (fixture, texts[i], texts[i]);
    gtk_text_buffer_get_start_iter (buffer, &start);
    tags = gtk_text_iter_get_tags (&start);
    g_assert_nonnull (tags);
    g_object_get (tags->data, "show-spaces", &shown, NULL);
    g_assert_cmpint (shown, ==, PANGO_SHOW_IGNORABLES);
    gtk_text_iter_forward_chars (&start, 2); /* letters stay as they are */
    g_assert_null (gtk_text_iter_get_tags (&start));
    ui_settle (fixture->window, 4);
    ui_screenshot (fixture->window, "typing-hidden");
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (LibraryFixture *fixture, gconstpointer data);
  } tests[] = {
    { "edit-and-undo", test_edit_and_undo },
    { "undo-while-typing", test_undo_while_typing },
    { "edit-then-select", test_edit_then_select },
    { "edit-then-close", test_edit_then_close },
    { "close-while-writing", test_close_while_writing },
    { "terminate", test_terminate },
    { "undo-while-writing", test_undo_while_writing },
    { "redo-while-typing", test_redo_while_typing },
    { "typing-without-pause", test_typing_without_pause },
    { "empty-is-not-stored", test_empty_is_not_stored },
    { "conflict", test_conflict },
    { "conflict-fits", test_conflict_fits },
    { "give-up", test_give_up },
    { "refused-then-back", test_refused_then_back },
    { "undecided", test_undecided },
    { "undo-to-the-end", test_undo_to_the_end },
    { "undecided-then-close", test_undecided_then_close },
    { "refused-then-close", test_refused_then_close },
    { "stored-then-close", test_stored_then_close },
    { "j08-marks", test_j08_marks },
    { "j08-undo", test_j08_undo },
    { "j09-hidden", test_j09_hidden },
    { "j09-many-hidden", test_j09_many_hidden },
  };

  ui_init (&argc, &argv);
  for (size_t i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/typing/", tests[i].name, NULL);

    g_test_add (path, LibraryFixture, NULL, library_set_up, tests[i].run, library_tear_down);
  }
  return g_test_run ();
}
