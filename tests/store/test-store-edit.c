/* Edits, the operation log, undo and redo. */
#include "guise-store-private.h"
#include "store-fixture.h"

#include <string.h>

typedef struct {
  char *folder;
  GuiseStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, 4);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  fixture_remove (fixture->folder);
}

static void
reopen (Fixture *fixture)
{
  GError *error = NULL;

  g_clear_object (&fixture->store);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_no_error (error);
}

static void
edit (Fixture *fixture, gint64 id, const char *text)
{
  GError *error = NULL;

  g_assert_true (guise_store_edit_caption (fixture->store, id, -1, text, &error));
  g_assert_no_error (error);
}

static void
assert_text (Fixture *fixture, gint64 id, const char *expected)
{
  g_autofree char *text = fixture_text (fixture->store, id);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_names (Fixture *fixture, const char *undo, const char *redo)
{
  GError *error = NULL;
  g_autofree char *undo_name = guise_store_get_undo_name (fixture->store, &error);
  g_autofree char *redo_name = guise_store_get_redo_name (fixture->store, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (undo_name, ==, undo);
  g_assert_cmpstr (redo_name, ==, redo);
}

static void
undo (Fixture *fixture, const char *expected_name)
{
  GError *error = NULL;
  g_autofree char *name = guise_store_undo (fixture->store, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, expected_name);
}

static void
redo (Fixture *fixture, const char *expected_name)
{
  GError *error = NULL;
  g_autofree char *name = guise_store_redo (fixture->store, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, expected_name);
}

static void
test_edit (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  edit (fixture, 1, "a man in a blue coat");
  caption = guise_store_get_caption (fixture->store, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (caption->text, ==, "a man in a blue coat");
  g_assert_cmpint (caption->state, ==, GUISE_STATE_EDITED);
  g_assert_cmpint (caption->source, ==, GUISE_SOURCE_DATASET);
  g_assert_cmpint (caption->revision, ==, 1);
  g_assert_cmpstr (caption->style, ==, "terse");
  g_assert_cmpint (caption->changed, >=, caption->created);
}

static void
test_edit_same_text (Fixture *fixture, gconstpointer data)
{
  edit (fixture, 1, "person 1 in a red coat");
  assert_names (fixture, NULL, NULL);
}

static void
test_edit_conflict (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  edit (fixture, 1, "first");
  g_assert_false (guise_store_edit_caption (fixture->store, 1, 0, "second", &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  assert_text (fixture, 1, "first");
  g_assert_true (guise_store_edit_caption (fixture->store, 1, 1, "second", &error));
  assert_text (fixture, 1, "second");
}

static void
test_edit_unknown (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  g_assert_false (guise_store_edit_caption (fixture->store, 4711, -1, "text", &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "4711"));
  g_clear_error (&error);
}

static void
test_invalid_texts (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "", " \t\n", "\xe2\x80\x83", "abc\xff", "\xc0\x80" };
  g_autofree char *long_text = g_strnfill (GUISE_STORE_MAX_TEXT + 1, 'x');
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (guise_store_edit_caption (fixture->store, 1, -1, bad[i], &error));
    g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT);
    g_clear_error (&error);
  }
  g_assert_false (guise_store_edit_caption (fixture->store, 1, -1, long_text, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT);
  g_clear_error (&error);
  g_assert_false (guise_store_check_text ("a\0b", 3, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT);
  g_assert_cmpstr (error->message, ==, "cannot store text: a NUL character at byte 1");
  g_clear_error (&error);
  g_assert_false (guise_store_check_text ("ab\xff", -1, &error));
  g_assert_cmpstr (error->message, ==, "cannot store text: invalid UTF-8 at byte 2");
  g_clear_error (&error);
  assert_text (fixture, 1, "person 1 in a red coat");
}

static void
test_odd_texts_stay (Fixture *fixture, gconstpointer data)
{
  static const char *const odd[] = {
    "<b>x</b> & \"q\" %s %n \\n $(id) ; rm -rf",
    "'); DROP TABLE captions;--",
    "\xe2\x80\xae right to left \xef\xbb\xbf",
    "zero\xe2\x80\x8bwidth \xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++) {
    edit (fixture, 1, odd[i]);
    assert_text (fixture, 1, odd[i]);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++)
    undo (fixture, "Edit caption");
  assert_text (fixture, 1, "person 1 in a red coat");
  for (size_t i = 0; i < G_N_ELEMENTS (odd); i++) {
    redo (fixture, "Edit caption");
    assert_text (fixture, 1, odd[i]);
  }
}

static void
test_chain_over_reopen (Fixture *fixture, gconstpointer data)
{
  const gint64 ids[] = { 1, 2, 3 };
  GError *error = NULL;

  edit (fixture, 1, "one");
  edit (fixture, 1, "two");
  g_assert_true (guise_store_set_caption_state (fixture->store, ids, 3, GUISE_STATE_FLAGGED,
                                                &error));
  assert_names (fixture, "Flag 3 captions", NULL);
  reopen (fixture);
  undo (fixture, "Flag 3 captions");
  g_assert_cmpint (fixture_count (fixture->store, "state = flagged"), ==, 0);
  g_assert_cmpint (fixture_count (fixture->store, "state = edited"), ==, 1);
  undo (fixture, "Edit caption");
  assert_text (fixture, 1, "one");
  reopen (fixture);
  assert_names (fixture, "Edit caption", "Edit caption");
  undo (fixture, "Edit caption");
  assert_text (fixture, 1, "person 1 in a red coat");
  assert_names (fixture, NULL, "Edit caption");
  reopen (fixture);
  redo (fixture, "Edit caption");
  redo (fixture, "Edit caption");
  assert_text (fixture, 1, "two");
  redo (fixture, "Flag 3 captions");
  g_assert_cmpint (fixture_count (fixture->store, "state = flagged"), ==, 1);
  assert_names (fixture, "Flag 3 captions", NULL);
}

static void
test_new_edit_clears_redo (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) history = NULL;

  edit (fixture, 1, "one");
  edit (fixture, 1, "two");
  undo (fixture, "Edit caption");
  edit (fixture, 4, "three");
  assert_names (fixture, "Edit caption", NULL);
  g_assert_null (guise_store_redo (fixture->store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
  g_clear_error (&error);
  history = guise_store_get_caption_history (fixture->store, 1, &error);
  g_assert_cmpuint (history->len, ==, 2);
  g_assert_cmpint (((GuiseHistoryEntry *)history->pdata[0])->state, ==, GUISE_OPERATION_DONE);
  g_assert_cmpint (((GuiseHistoryEntry *)history->pdata[1])->state, ==, GUISE_OPERATION_DROPPED);
}

static void
test_nothing_to_undo (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  g_assert_null (guise_store_undo (fixture->store, &error)); /* an import cannot be undone */
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
  g_clear_error (&error);
}

/* A change that goes past the log. */
static gboolean
change_behind_the_log (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  return guise_db_run (db, error, "UPDATE captions SET text = 'elsewhere' WHERE id = ?",
                       GUISE_INT (*(gint64 *)data));
}

static gboolean
flag_behind_the_log (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  return guise_db_run (db, error, "UPDATE captions SET state = ? WHERE id = ?",
                       GUISE_INT (GUISE_STATE_FLAGGED), GUISE_INT (*(gint64 *)data));
}

static void
assert_state (Fixture *fixture, gint64 id, GuiseCaptionState state)
{
  g_autoptr (GuiseCaption) caption = guise_store_get_caption (fixture->store, id, NULL);

  g_assert_cmpint (caption->state, ==, state);
}

static void
test_undo_refused (Fixture *fixture, gconstpointer data)
{
  gint64 id = 1;
  GError *error = NULL;
  g_autoptr (GPtrArray) history = NULL;

  edit (fixture, 4, "older");
  edit (fixture, 1, "mine");
  g_assert_true (guise_store_write (fixture->store, change_behind_the_log, &id, &error));
  g_assert_null (guise_store_undo (fixture->store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
  g_assert_cmpstr (error->message, ==,
                   "cannot undo 'Edit caption': caption 1 has changed since; it stays, and what "
                   "was done before it can be undone");
  g_clear_error (&error);
  assert_text (fixture, 1, "elsewhere");
  assert_text (fixture, 4, "older");
  history = guise_store_get_caption_history (fixture->store, 1, &error);
  g_assert_cmpint (((GuiseHistoryEntry *)history->pdata[0])->state, ==, GUISE_OPERATION_PERMANENT);
  /* it does not stand in the way of the older one */
  undo (fixture, "Edit caption");
  assert_names (fixture, NULL, "Edit caption");
}

static void
test_redo_refused (Fixture *fixture, gconstpointer data)
{
  gint64 id = 1;
  GError *error = NULL;

  edit (fixture, 1, "mine");
  edit (fixture, 4, "other");
  undo (fixture, "Edit caption");
  undo (fixture, "Edit caption");
  g_assert_true (guise_store_write (fixture->store, change_behind_the_log, &id, &error));
  g_assert_null (guise_store_redo (fixture->store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
  g_clear_error (&error);
  assert_text (fixture, 1, "elsewhere");
  redo (fixture, "Edit caption");
  assert_text (fixture, 4, "other");
  assert_names (fixture, "Edit caption", NULL);
}

/* All or nothing: caption 1 has changed since, so caption 2 is not put back either. Rows are put
 * back in the order opposite to the log's: the conflict comes first or last. */
static void
test_undo_all_or_nothing (Fixture *fixture, gconstpointer data)
{
  static const gint64 orders[][2] = { { 1, 2 }, { 2, 1 } };
  gint64 id = 1;
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (orders); i++) {
    g_assert_true (guise_store_set_caption_state (fixture->store, orders[i], 2,
                                                  GUISE_STATE_REJECTED, &error));
    g_assert_true (guise_store_write (fixture->store, flag_behind_the_log, &id, &error));
    g_assert_null (guise_store_undo (fixture->store, &error));
    g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
    g_clear_error (&error);
    assert_state (fixture, 1, GUISE_STATE_FLAGGED);
    assert_state (fixture, 2, GUISE_STATE_REJECTED);
    g_assert_true (guise_store_set_caption_state (fixture->store, orders[i], 2,
                                                  GUISE_STATE_PENDING, &error));
  }
}

static void
test_states (Fixture *fixture, gconstpointer data)
{
  const gint64 ids[] = { 1, 2, 3, 4 }, unknown[] = { 1, 999 };
  GError *error = NULL;

  g_assert_true (guise_store_set_caption_state (fixture->store, ids, 1, GUISE_STATE_ACCEPTED,
                                                &error));
  assert_names (fixture, "Accept caption", NULL);
  g_assert_true (guise_store_set_caption_state (fixture->store, ids, 4, GUISE_STATE_ACCEPTED,
                                                &error));
  assert_names (fixture, "Accept 3 captions", NULL); /* the first was accepted already */
  g_assert_true (guise_store_set_caption_state (fixture->store, ids, 4, GUISE_STATE_ACCEPTED,
                                                &error));
  assert_names (fixture, "Accept 3 captions", NULL); /* nothing to do is no operation */
  g_assert_false (guise_store_set_caption_state (fixture->store, unknown, 2,
                                                 GUISE_STATE_REJECTED, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (fixture_count (fixture->store, "state = rejected"), ==, 0);
}

static void
test_add_and_delete (Fixture *fixture, gconstpointer data)
{
  GuiseCaption draft = { .image_id = 1,
                         .kind = GUISE_CAPTION_CLOTHING,
                         .parent_id = 1,
                         .source = GUISE_SOURCE_RULE,
                         .text = (char *)"a red coat" };
  GError *error = NULL;
  gint64 child = guise_store_add_caption (fixture->store, &draft, &error);
  g_autoptr (GuiseCaption) caption = NULL;
  g_autoptr (GuiseCaption) orphan = NULL;
  g_autoptr (GuiseCaption) restored = NULL;

  g_assert_no_error (error);
  caption = guise_store_get_caption (fixture->store, child, &error);
  g_assert_cmpint (caption->parent_id, ==, 1);
  g_assert_true (guise_store_delete_caption (fixture->store, 1, &error));
  g_assert_no_error (error);
  orphan = guise_store_get_caption (fixture->store, child, &error);
  g_assert_cmpint (orphan->parent_id, ==, 0);
  g_assert_null (guise_store_get_caption (fixture->store, 1, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  undo (fixture, "Delete caption");
  restored = guise_store_get_caption (fixture->store, child, &error);
  g_assert_cmpint (restored->parent_id, ==, 1);
  assert_text (fixture, 1, "person 1 in a red coat");
  undo (fixture, "Add caption");
  g_assert_null (guise_store_get_caption (fixture->store, child, &error));
  g_clear_error (&error);
  redo (fixture, "Add caption");
  assert_text (fixture, child, "a red coat");
  draft.image_id = 4711;
  g_assert_cmpint (guise_store_add_caption (fixture->store, &draft, &error), ==, -1);
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
}

static void
test_history (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) entries = NULL;
  g_autoptr (GPtrArray) operations = NULL;
  const GuiseHistoryEntry *entry;
  const GuiseOperation *first;

  edit (fixture, 1, "one");
  edit (fixture, 2, "two");
  undo (fixture, "Edit caption");
  entries = guise_store_get_image_history (fixture->store, 1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (entries->len, ==, 2);
  entry = entries->pdata[0];
  g_assert_cmpstr (entry->name, ==, "Edit caption");
  g_assert_cmpstr (entry->before, ==, "{\"text\":\"person 1 in a red coat\",\"state\":0}");
  g_assert_cmpstr (entry->after, ==, "{\"text\":\"one\",\"state\":2}");
  g_assert_cmpint (((GuiseHistoryEntry *)entries->pdata[1])->state, ==, GUISE_OPERATION_UNDONE);
  operations = guise_store_list_operations (fixture->store, 0, &error);
  g_assert_cmpuint (operations->len, ==, 3);
  first = operations->pdata[2];
  g_assert_cmpstr (first->name, ==, "Import people");
  g_assert_cmpint (first->state, ==, GUISE_OPERATION_PERMANENT);
}

/* A log from a stranger: it must not name columns or tables of its own. */
static gboolean
forge_log (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  return guise_db_run (db, error,
                       "INSERT INTO operations (id, name, state, created) VALUES (99, 'x', 0, 0)")
         && guise_db_run (db, error,
                          "INSERT INTO changes (operation_id, table_name, row_id, image_id, before,"
                          " after) VALUES (99, 'captions', 1, 1, ?, '{\"state\":0}')",
                          GUISE_TEXT (data));
}

static void
test_hostile_log (Fixture *fixture, gconstpointer data)
{
  static const char *const forged[] = {
    "{\"text\":\"x\",\"id = 2 --\":1}",
    "{\"state\":\"zero\"}",
    "{\"text\":7}",
    "[1]",
    "{",
    "{\"state\":99}",
  };
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (forged); i++) {
    g_assert_true (guise_store_write (fixture->store, forge_log, (gpointer)forged[i], &error));
    g_assert_null (guise_store_undo (fixture->store, &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
    assert_text (fixture, 1, "person 1 in a red coat");
    g_clear_object (&fixture->store);
    fixture_remove (fixture->folder);
    set_up (fixture, NULL);
  }
}

static void
on_edited (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_true (guise_store_edit_caption_finish (GUISE_STORE (source), result, &error));
  g_assert_no_error (error);
  ++*(int *)data;
}

static void
on_undone (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  gint64 image_id;
  g_autofree char *name
      = guise_store_undo_finish (GUISE_STORE (source), result, &image_id, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (name, ==, "Edit caption");
  g_assert_cmpint (image_id, ==, 1);
  ++*(int *)data;
}

static void
on_refused (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_false (guise_store_edit_caption_finish (GUISE_STORE (source), result, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_INVALID_TEXT);
  g_clear_error (&error);
  ++*(int *)data;
}

typedef struct {
  int n_signals;
  guint n_captions;
  GuiseStoreChanges changes;
} Heard;

static void
on_changed (GuiseStore *store, const GuiseStoreChange *change, gpointer data)
{
  Heard *heard = data;

  heard->n_signals++;
  heard->changes |= change->changes;
  heard->n_captions += change->caption_ids->len;
  for (guint i = 0; i < change->image_ids->len; i++)
    g_assert_cmpint (g_array_index (change->image_ids, gint64, i), ==, 1);
}

static void
test_async_and_signal (Fixture *fixture, gconstpointer data)
{
  Heard heard = { 0 };
  int n_done = 0;

  while (g_main_context_iteration (NULL, FALSE)) /* the import's own signal */
    ;
  g_signal_connect (fixture->store, "changed", G_CALLBACK (on_changed), &heard);
  guise_store_edit_caption_async (fixture->store, 1, -1, "one", NULL, on_edited, &n_done);
  guise_store_edit_caption_async (fixture->store, 2, -1, "two", NULL, on_edited, &n_done);
  guise_store_edit_caption_async (fixture->store, 2, -1, "  ", NULL, on_refused, &n_done);
  guise_store_undo_async (fixture->store, NULL, on_undone, &n_done);
  while (n_done < 4 || (heard.changes & GUISE_STORE_CHANGED_HISTORY) == 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (heard.n_signals, >=, 1);
  g_assert_cmpint (heard.n_signals, <=, 3);
  g_assert_cmpuint (heard.n_captions, >=, 2);
  g_assert_true (heard.changes & GUISE_STORE_CHANGED_CAPTIONS);
  assert_text (fixture, 1, "one");
}

static void
on_settings (GuiseStore *store, const GuiseStoreChange *change, gpointer data)
{
  for (guint i = 0; i < change->settings->len; i++)
    g_hash_table_add (data, g_strdup (change->settings->pdata[i]));
}

static void
on_set (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  guise_store_set_setting_finish (GUISE_STORE (source), result, &error);
  g_clear_error (&error);
  ++*(int *)data;
}

/* Settings keep their order, and the signal names those that changed. */
static void
test_async_settings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GHashTable) heard = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *value = NULL;
  int n_done = 0;

  g_signal_connect (fixture->store, "changed", G_CALLBACK (on_settings), heard);
  guise_store_set_setting_async (fixture->store, "a", "1", NULL, on_set, &n_done);
  guise_store_set_setting_async (fixture->store, "a", "2", NULL, on_set, &n_done);
  guise_store_set_setting_async (fixture->store, "b", NULL, NULL, on_set, &n_done);
  guise_store_set_setting_async (fixture->store, "c", "\xff", NULL, on_set, &n_done);
  while (n_done < 4 || g_hash_table_size (heard) < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (g_hash_table_contains (heard, "a"));
  g_assert_true (g_hash_table_contains (heard, "b"));
  g_assert_false (g_hash_table_contains (heard, "c")); /* no UTF-8, not stored */
  value = guise_store_get_setting (fixture->store, "a", NULL);
  g_assert_cmpstr (value, ==, "2");
}

static void
on_cancelled (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_false (guise_store_edit_caption_finish (GUISE_STORE (source), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  ++*(int *)data;
}

static void
test_async_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  int n_done = 0;

  g_cancellable_cancel (cancellable);
  guise_store_edit_caption_async (fixture->store, 1, -1, "one", cancellable, on_cancelled,
                                  &n_done);
  while (n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  assert_text (fixture, 1, "person 1 in a red coat");
}

/* The task's callback drops the last reference while the writer thread still ends the job. */
static void
on_edited_drop (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_assert_true (guise_store_edit_caption_finish (GUISE_STORE (source), result, &error));
  ++*(int *)data;
}

static void
test_last_reference (Fixture *fixture, gconstpointer data)
{
  for (int i = 0; i < 20; i++) {
    g_autofree char *text = g_strdup_printf ("text %d", i);
    int n_done = 0;

    guise_store_edit_caption_async (fixture->store, 1, -1, text, NULL, on_edited_drop, &n_done);
    g_clear_object (&fixture->store);
    while (n_done == 0)
      g_main_context_iteration (NULL, TRUE);
    reopen (fixture);
    assert_text (fixture, 1, text);
  }
}

typedef struct {
  gint64 revision;
  GError *error;
  gboolean done;
} Replaced;

static void
on_replaced (GObject *source, GAsyncResult *result, gpointer data)
{
  Replaced *replaced = data;

  replaced->revision
      = guise_store_replace_caption_finish (GUISE_STORE (source), result, NULL,
                                            &replaced->error);
  replaced->done = TRUE;
}

static void
wait_for (Replaced *replaced)
{
  while (!replaced->done)
    g_main_context_iteration (NULL, TRUE);
}

/* A second text follows the first before that is written, and only that. */
static void
test_replace_chain (Fixture *fixture, gconstpointer data)
{
  Replaced one = { 0 }, two = { 0 }, same = { 0 };

  guise_store_replace_caption_async (fixture->store, 1, "person 1 in a red coat", "one", NULL,
                                     NULL, on_replaced, &one);
  guise_store_replace_caption_async (fixture->store, 1, "one", "two", NULL, NULL, on_replaced,
                                     &two);
  guise_store_replace_caption_async (fixture->store, 1, "two", "two", NULL, NULL, on_replaced,
                                     &same);
  wait_for (&same);
  g_assert_no_error (one.error);
  g_assert_no_error (two.error);
  g_assert_cmpint (one.revision, ==, 1);
  g_assert_cmpint (two.revision, ==, 2);
  g_assert_cmpint (same.revision, ==, 2);
  assert_text (fixture, 1, "two");
}

static void
test_replace_conflict (Fixture *fixture, gconstpointer data)
{
  Replaced one = { 0 }, two = { 0 };

  edit (fixture, 1, "theirs");
  guise_store_replace_caption_async (fixture->store, 1, "person 1 in a red coat", "one", NULL,
                                     NULL, on_replaced, &one);
  guise_store_replace_caption_async (fixture->store, 1, "one", "two", NULL, NULL, on_replaced,
                                     &two);
  wait_for (&two);
  g_assert_error (one.error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
  g_assert_error (two.error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_CONFLICT);
  g_assert_cmpint (two.revision, ==, -1);
  assert_text (fixture, 1, "theirs");
  g_clear_error (&one.error);
  g_clear_error (&two.error);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store/edit/text", test_edit);
  ADD ("/store/edit/same-text", test_edit_same_text);
  ADD ("/store/edit/conflict", test_edit_conflict);
  ADD ("/store/edit/replace-chain", test_replace_chain);
  ADD ("/store/edit/replace-conflict", test_replace_conflict);
  ADD ("/store/edit/unknown", test_edit_unknown);
  ADD ("/store/edit/invalid-texts", test_invalid_texts);
  ADD ("/store/edit/odd-texts-j09-j10-j11", test_odd_texts_stay);
  ADD ("/store/edit/states", test_states);
  ADD ("/store/edit/add-and-delete", test_add_and_delete);
  ADD ("/store/undo/chain-over-reopen", test_chain_over_reopen);
  ADD ("/store/undo/new-edit-clears-redo", test_new_edit_clears_redo);
  ADD ("/store/undo/nothing", test_nothing_to_undo);
  ADD ("/store/undo/refused", test_undo_refused);
  ADD ("/store/undo/redo-refused", test_redo_refused);
  ADD ("/store/undo/all-or-nothing", test_undo_all_or_nothing);
  ADD ("/store/undo/history", test_history);
  ADD ("/store/undo/hostile-log", test_hostile_log);
  ADD ("/store/async/signal", test_async_and_signal);
  ADD ("/store/async/settings", test_async_settings);
  ADD ("/store/async/cancelled", test_async_cancelled);
  ADD ("/store/async/last-reference", test_last_reference);
  return g_test_run ();
}
