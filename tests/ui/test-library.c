/* The Library page in the real window: the grid, the image pane, editing, undo, filters, and that
 * nothing typed is lost. */
#include "guise-banner.h"
#include "guise-image-cell.h"
#include "guise-store-history.h"
#include "guise-store-private.h"
#include "guise-train-page.h"
#include "guise-undo.h"
#include "ui-fixture.h"

#include <signal.h>
#include <string.h>

typedef struct {
  char *folder;
  GuiseWindow *window;
  GuiseLibraryPage *library;
  GuiseImagePane *pane;
  GuiseStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = ui_make_project ();
  fixture->window = ui_open_window (fixture->folder);
  fixture->library = ui_get_library (fixture->window);
  fixture->pane = guise_library_page_get_pane (fixture->library);
  fixture->store = guise_project_get_store (guise_window_get_project (fixture->window));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  if (fixture->window != NULL)
    ui_close_window (fixture->window);
  g_free (fixture->folder);
}

/* ---- helpers -------------------------------------------------------------------------------- */

static GArray *
list_ids (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GArray *ids = guise_store_list_images (fixture->store, NULL, GUISE_SORT_IMPORT, NULL, &error);

  g_assert_no_error (error);
  return ids;
}

static GuiseCaption *
read_caption (GuiseStore *store, gint64 id)
{
  g_autoptr (GError) error = NULL;
  GuiseCaption *caption = guise_store_get_caption (store, id, &error);

  g_assert_no_error (error);
  return caption;
}

typedef struct {
  GuiseStore *store;
  gint64 id;
  const char *text;
} StoredText;

static gboolean
is_stored (gpointer data)
{
  StoredText *wanted = data;
  g_autoptr (GuiseCaption) caption = read_caption (wanted->store, wanted->id);

  return strcmp (caption->text, wanted->text) == 0;
}

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
is_pane_on (gpointer data)
{
  Fixture *fixture = ((gpointer *)data)[0];
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_autoptr (GuiseCaption) caption = NULL;

  if (editor == NULL)
    return FALSE;
  caption = read_caption (fixture->store, guise_caption_editor_get_caption_id (editor));
  return caption->image_id == *(gint64 *)((gpointer *)data)[1];
}

static void
select_image (Fixture *fixture, gint64 id)
{
  g_assert_true (guise_library_page_select (fixture->library, id));
  ui_wait (is_pane_on, (gpointer[]){ fixture, &id }, "the pane to show the selected picture");
}

typedef struct {
  Fixture *fixture;
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

static gboolean
can_undo (gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (data), "undo");
}

static gboolean
can_redo (gpointer data)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (data), "redo");
}

static guint
count_matches (Fixture *fixture, const char *expression)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (expression, &error);

  g_assert_no_error (error);
  return guise_store_count_images (fixture->store, filter, NULL, NULL);
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
close_gate (Fixture *fixture, Gate *gate)
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

/* ---- tests ---------------------------------------------------------------------------------- */

static void
test_open (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = list_ids (fixture);
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
test_tiles (Fixture *fixture, gconstpointer data)
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
test_select (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = list_ids (fixture);
  gint64 id = g_array_index (ids, gint64, 17);
  g_autoptr (GPtrArray) captions = guise_store_list_captions (fixture->store, id, NULL);

  select_image (fixture, id);
  g_assert_cmpint (guise_image_pane_get_image_id (fixture->pane), ==, id);
  g_assert_cmpuint (guise_image_pane_get_n_editors (fixture->pane), ==, captions->len);
  g_assert_cmpuint (captions->len, ==, 4);
  for (guint i = 0; i < captions->len; i++) {
    GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, i);
    g_autofree char *text = guise_caption_editor_dup_text (editor);

    g_assert_cmpstr (text, ==, ((GuiseCaption *)captions->pdata[i])->text);
  }
}

static void
test_edit_and_undo (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  StoredText stored = { fixture->store, id, "A woman in a green coat." };
  gint64 start = g_get_monotonic_time ();

  g_assert_false (can_undo (fixture->window));
  guise_caption_editor_set_text (editor, stored.text);
  ui_wait (is_stored, &stored, "the edit to be stored");
  g_test_message ("stored after %.0f ms", (g_get_monotonic_time () - start) / 1e3);
  ui_wait (can_undo, fixture->window, "undo to be possible");

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  stored.text = before;
  ui_wait (is_stored, &stored, "undo to be stored");
  ui_wait (is_shown, &(ShownText){ editor, before }, "undo to be shown");
  ui_wait (can_redo, fixture->window, "redo to be possible");

  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.redo", NULL);
  stored.text = "A woman in a green coat.";
  ui_wait (is_stored, &stored, "redo to be stored");
  ui_wait (is_shown, &(ShownText){ editor, stored.text }, "redo to be shown");
}

/* Undo right after typing undoes what was typed, though the pause has not come yet, and all that
 * was stored since the picture was selected. */
static void
test_undo_while_typing (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  g_autoptr (GPtrArray) operations = NULL;

  guise_caption_editor_set_text (editor, "one");
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "one" }, "the first edit");
  ui_wait (can_undo, fixture->window, "undo to be possible");
  guise_caption_editor_set_text (editor, "two");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  ui_wait (is_shown, &(ShownText){ editor, before }, "all of it to be undone");
  operations = guise_store_list_operations (fixture->store, 0, NULL);
  g_assert_cmpuint (operations->len, ==, 2); /* the import is one */
}

/* An edit belongs to the caption that it was typed for, whatever is selected when it is written. */
static void
test_edit_then_select (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = list_ids (fixture);
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 1);
  gint64 id = guise_caption_editor_get_caption_id (editor), other;
  g_autoptr (GuiseCaption) untouched = NULL;
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "typed, not yet stored");
  select_image (fixture, g_array_index (ids, gint64, 5));
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "typed, not yet stored" },
           "the edit of the picture left");
  editor = guise_image_pane_get_editor (fixture->pane, 1);
  other = guise_caption_editor_get_caption_id (editor);
  g_assert_cmpint (other, !=, id);
  untouched = read_caption (fixture->store, other);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, untouched->text);
  g_assert_cmpint (untouched->revision, ==, 0);
}

static void
test_edit_then_close (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  guise_caption_editor_set_text (editor, "typed, then closed");
  ui_close_window (g_steal_pointer (&fixture->window));
  project = ui_open_elsewhere (fixture->folder);
  caption = read_caption (guise_project_get_store (project), id);
  g_assert_cmpstr (caption->text, ==, "typed, then closed");
  g_assert_cmpint (caption->state, ==, GUISE_STATE_EDITED);
  guise_project_close (project);
}

/* What was typed while an earlier text was being written is written too. */
static void
test_close_while_writing (Fixture *fixture, gconstpointer data)
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
  caption = read_caption (guise_project_get_store (project), id);
  g_assert_cmpstr (caption->text, ==, "on its way, and typed on");
  guise_project_close (project);
}

static void
test_undo_while_writing (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);
  Gate gate = { 0 };

  guise_caption_editor_set_text (editor, "zero");
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "zero" }, "the first edit");
  ui_wait (can_undo, fixture->window, "undo to be possible");
  close_gate (fixture, &gate);
  guise_caption_editor_set_text (editor, "one");
  guise_caption_editor_flush (editor);
  guise_caption_editor_set_text (editor, "two");
  gtk_widget_activate_action (GTK_WIDGET (fixture->window), "win.undo", NULL);
  open_gate (&gate);
  ui_wait (is_shown, &(ShownText){ editor, before }, "the edits to be undone");
  g_assert_true (is_stored (&(StoredText){ fixture->store, id, before }));
  ui_wait (can_redo, fixture->window, "redo to be possible");
}

/* A redo means what is stored: what is typed is stored first, and then there is nothing to redo. */
static void
test_redo_while_typing (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *before = guise_caption_editor_dup_text (editor);

  guise_caption_editor_set_text (editor, "one");
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "one" }, "the first edit");
  ui_wait (can_undo, fixture->window, "undo to be possible");
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
test_typing_without_pause (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = NULL;
  Typist typist = { editor, 40 };

  g_timeout_add (50, press_key, &typist);
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "0 keys to come" }, "the last key's text");
  caption = read_caption (fixture->store, id);
  g_assert_cmpint (caption->revision, >=, 2);
}

static gboolean
has_gone (gpointer data)
{
  return *(gpointer *)data == NULL;
}

/* The end of the session: what is typed is stored. */
static void
test_terminate (Fixture *fixture, gconstpointer data)
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
  caption = read_caption (guise_project_get_store (project), id);
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
test_empty_is_not_stored (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = NULL;

  guise_caption_editor_set_text (editor, "");
  ui_wait (shows_problem, editor, "the reason beside the field");
  g_assert_true (guise_caption_editor_is_dirty (editor));
  caption = read_caption (fixture->store, id);
  g_assert_cmpint (caption->revision, ==, 0);
  guise_caption_editor_set_text (editor, "words again");
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "words again" }, "the next text");
  ui_settle (fixture->window, 2);
  g_assert_false (shows_problem (editor));
}

/* The caption changes behind the editor's back while something is typed: both texts survive. */
static void
test_conflict (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (shows_problem, editor, "the question which text to keep");
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "mine");
  g_assert_true (is_stored (&(StoredText){ fixture->store, id, "theirs" }));
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.keep-mine", NULL);
  ui_wait (is_stored, &(StoredText){ fixture->store, id, "mine" }, "my text to be stored");
}

static gint64
get_other_image (Fixture *fixture)
{
  g_autoptr (GArray) ids = list_ids (fixture);

  return g_array_index (ids, gint64, 5);
}

static gboolean
asks_which (gpointer data)
{
  GtkWidget *button = ui_find (data, GTK_TYPE_BUTTON, "keep_button");

  return gtk_widget_get_mapped (button);
}

/* Types "mine" so that it reaches the store after somebody's "theirs". */
static void
type_too_late (Fixture *fixture, Gate *gate)
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
test_give_up (Fixture *fixture, gconstpointer data)
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
  select_image (fixture, get_other_image (fixture));
  select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_cmpint (guise_caption_editor_get_caption_id (editor), ==, id);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "theirs");
  g_assert_true (is_stored (&(StoredText){ fixture->store, id, "theirs" }));
}

static gboolean
has_banner (gpointer data)
{
  GtkWidget *banner = ui_find (data, GUISE_TYPE_BANNER, "banner");

  return guise_banner_get_revealed (GUISE_BANNER (banner));
}

static void
check_asked_again (Fixture *fixture, gint64 image_id, gint64 caption_id)
{
  GuiseCaptionEditor *editor;
  g_autofree char *text = NULL;

  select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_cmpint (guise_caption_editor_get_caption_id (editor), ==, caption_id);
  text = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (text, ==, "mine");
  ui_wait (asks_which, editor, "the question again");
  guise_caption_editor_flush (editor);
  g_assert_true (is_stored (&(StoredText){ fixture->store, caption_id, "theirs" }));
  g_assert_true (has_banner (fixture->window));
  gtk_widget_activate_action (GTK_WIDGET (editor), "editor.keep-mine", NULL);
  ui_wait (is_stored, &(StoredText){ fixture->store, caption_id, "mine" }, "my text");
  ui_wait (is_shown, &(ShownText){ editor, "mine" }, "my text to be settled");
  g_assert_false (has_banner (fixture->window));
}

/* A refused text comes back to its picture, and does not overwrite what refused it. */
static void
test_refused_then_back (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  Gate gate = { 0 };

  type_too_late (fixture, &gate);
  select_image (fixture, get_other_image (fixture));
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
test_undo_to_the_end (Fixture *fixture, gconstpointer data)
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
  ui_wait (is_stored, &(StoredText){ fixture->store, id, typed }, "what was typed");
  gtk_widget_activate_action (field, "text.undo", NULL);
  ui_wait (is_stored, &(StoredText){ fixture->store, id, before }, "the text's own undo");
  g_assert_true (keeps_undo_key (editor));
}

/* So does one whose conflict nobody has decided. */
static void
test_undecided (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autoptr (GError) error = NULL;

  guise_caption_editor_set_text (editor, "mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (asks_which, editor, "the question which text to keep");
  select_image (fixture, get_other_image (fixture));
  check_asked_again (fixture, image_id, id);
}

static gboolean
has_draft (gpointer data)
{
  StoredText *wanted = data;
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
open_again (Fixture *fixture)
{
  ui_close_window (fixture->window);
  fixture->window = ui_open_window (fixture->folder);
  fixture->library = ui_get_library (fixture->window);
  fixture->pane = guise_library_page_get_pane (fixture->library);
  fixture->store = guise_project_get_store (guise_window_get_project (fixture->window));
}

/* And it outlives the window: it is on the disk while the question stands, and asked again. */
static void
test_undecided_then_close (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autoptr (GError) error = NULL;

  guise_caption_editor_set_text (editor, "not yet mine");
  guise_store_edit_caption (fixture->store, id, -1, "theirs", &error);
  g_assert_no_error (error);
  ui_wait (asks_which, editor, "the question which text to keep");
  ui_wait (has_draft, &(StoredText){ fixture->store, id, "not yet mine" }, "the first draft");
  guise_caption_editor_set_text (editor, "mine");
  ui_wait (has_draft, &(StoredText){ fixture->store, id, "\"mine\"" }, "what was typed on");
  open_again (fixture);
  ui_wait (has_banner, fixture->window, "the banner about the text");
  check_asked_again (fixture, image_id, id);
  ui_wait (has_no_draft, fixture->store, "the draft to go");
}

/* Refused when nobody is there to hear it. */
static void
test_refused_then_close (Fixture *fixture, gconstpointer data)
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
test_stored_then_close (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  gint64 image_id = guise_image_pane_get_image_id (fixture->pane);
  g_autofree char *text = NULL;

  guise_caption_editor_set_text (editor, "mine");
  open_again (fixture);
  g_assert_true (is_stored (&(StoredText){ fixture->store, id, "mine" }));
  select_image (fixture, image_id);
  editor = guise_image_pane_get_editor (fixture->pane, 0);
  g_assert_false (asks_which (editor));
  g_assert_false (guise_caption_editor_is_dirty (editor));
  g_assert_false (has_banner (fixture->window));
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
test_read_only (Fixture *fixture, gconstpointer data)
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
  ui_wait (can_undo, fixture->window, "undo to be possible");

  caption = read_caption (store, id);
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
test_no_markup (Fixture *fixture, gconstpointer data)
{
  const char *text = "<b>bold</b> &amp; <span foreground='red'>red</span> %s %n";
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autofree char *shown = NULL;

  guise_caption_editor_set_text (editor, text);
  ui_wait (is_stored, &(StoredText){ fixture->store, id, text }, "markup to be stored as text");
  shown = guise_caption_editor_dup_text (editor);
  g_assert_cmpstr (shown, ==, text);
  ui_settle (fixture->window, 3);
}

static void
test_filter (Fixture *fixture, gconstpointer data)
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
test_wrong_filter (Fixture *fixture, gconstpointer data)
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
test_tile_size (Fixture *fixture, gconstpointer data)
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
test_missing_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GArray) ids = list_ids (fixture);
  gint64 id = g_array_index (ids, gint64, 9);
  GuiseProject *project = guise_window_get_project (fixture->window);
  g_autoptr (GuiseImageRecord) record = guise_store_get_image (fixture->store, id, NULL);
  g_autofree char *path = NULL;
  GtkWidget *message = ui_find (GTK_WIDGET (fixture->pane), GTK_TYPE_LABEL, "picture_error");

  path = guise_project_get_image_path (project, record->dataset_id, record->path, NULL);
  g_assert_cmpint (remove (path), ==, 0);
  select_image (fixture, id);
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
test_whole_captions (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionEditor *editor = guise_image_pane_get_editor (fixture->pane, 0);
  gint64 id = guise_caption_editor_get_caption_id (editor);
  g_autoptr (GuiseCaption) caption = read_caption (fixture->store, id);
  g_autoptr (GString) text = g_string_new ("She");

  for (guint n = 0; n < 4; n++) {
    for (guint i = 0; i < (n < 3 ? 10 : 50); i++)
      g_string_append (text, " wears a long red coat");
    guise_caption_editor_set_text (editor, text->str);
    guise_caption_editor_flush (editor);
    ui_wait (is_stored, &(StoredText){ fixture->store, id, text->str }, "the text to be stored");
    select_image (fixture, get_other_image (fixture));
    select_image (fixture, caption->image_id);
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
    void (*run) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "open", test_open },
    { "tiles", test_tiles },
    { "select", test_select },
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
    { "give-up", test_give_up },
    { "refused-then-back", test_refused_then_back },
    { "undecided", test_undecided },
    { "undo-to-the-end", test_undo_to_the_end },
    { "undecided-then-close", test_undecided_then_close },
    { "refused-then-close", test_refused_then_close },
    { "stored-then-close", test_stored_then_close },
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

    g_test_add (path, Fixture, NULL, set_up, tests[i].run, tear_down);
  }
  return g_test_run ();
}
