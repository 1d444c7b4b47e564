/* Who types is stored again and again: one operation in the log for a stay in a text. */
#include "guise-store-private.h"
#include "store-fixture.h"

#define FIRST "person 1 in a red coat"
#define SECOND "coat: red; bag: black"

typedef struct {
  char *folder;
  GuiseStore *store;
  GuiseCaptionStay *stay; /* in caption 1 */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, 4);
  fixture->stay = guise_caption_stay_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  guise_caption_stay_unref (fixture->stay);
  fixture_remove (fixture->folder);
}

/* TRUE when the operation of the stay has gone with it. */
static gboolean
type (Fixture *fixture, const char *expected, const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean taken_back;

  fixture_type (fixture->store, 1, expected, text, fixture->stay, &taken_back, &error);
  g_assert_no_error (error);
  return taken_back;
}

static void
type_elsewhere (Fixture *fixture, const char *expected, const char *text)
{
  g_autoptr (GError) error = NULL;
  GuiseCaptionStay *stay = guise_caption_stay_new ();

  fixture_type (fixture->store, 2, expected, text, stay, NULL, &error);
  g_assert_no_error (error);
  guise_caption_stay_unref (stay);
}

static void
judge (Fixture *fixture, GuiseCaptionState state)
{
  const gint64 id = 1;
  g_autoptr (GError) error = NULL;

  guise_store_set_caption_state (fixture->store, &id, 1, state, &error);
  g_assert_no_error (error);
}

static void
undo (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = guise_store_undo (fixture->store, &error);

  g_assert_no_error (error);
}

static void
redo (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = guise_store_redo (fixture->store, &error);

  g_assert_no_error (error);
}

static void
assert_caption (Fixture *fixture, const char *text, GuiseCaptionState state)
{
  g_autoptr (GuiseCaption) caption = guise_store_get_caption (fixture->store, 1, NULL);

  g_assert_cmpstr (caption->text, ==, text);
  g_assert_cmpint (caption->state, ==, state);
}

/* Besides the import. */
static void
assert_n_operations (Fixture *fixture, guint n)
{
  g_autoptr (GPtrArray) operations = guise_store_list_operations (fixture->store, 0, NULL);

  g_assert_cmpuint (operations->len, ==, n + 1);
}

static void
test_one_operation (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) history = NULL;
  const GuiseHistoryEntry *entry;

  g_assert_false (type (fixture, FIRST, "one"));
  g_assert_false (type (fixture, "one", "two"));
  g_assert_false (type (fixture, "two", "three"));
  assert_n_operations (fixture, 1);
  history = guise_store_get_caption_history (fixture->store, 1, NULL);
  g_assert_cmpuint (history->len, ==, 1);
  entry = history->pdata[0];
  g_assert_cmpstr (entry->before, ==, "{\"text\":\"" FIRST "\",\"state\":0}");
  g_assert_cmpstr (entry->after, ==, "{\"text\":\"three\",\"state\":2}");
  undo (fixture);
  assert_caption (fixture, FIRST, GUISE_STATE_PENDING);
  redo (fixture);
  assert_caption (fixture, "three", GUISE_STATE_EDITED);
}

static void
test_taken_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;

  type (fixture, FIRST, "one");
  g_assert_true (type (fixture, "one", FIRST));
  assert_caption (fixture, FIRST, GUISE_STATE_PENDING);
  assert_n_operations (fixture, 0);
  name = guise_store_get_undo_name (fixture->store, NULL);
  g_assert_null (name);
  g_assert_false (type (fixture, FIRST, "two")); /* and the stay goes on */
  assert_n_operations (fixture, 1);
  undo (fixture);
  assert_caption (fixture, FIRST, GUISE_STATE_PENDING);
}

/* What the caption was judged before the stay is what it is again. */
static void
test_judged_before (Fixture *fixture, gconstpointer data)
{
  judge (fixture, GUISE_STATE_ACCEPTED);
  type (fixture, FIRST, "one");
  g_assert_true (type (fixture, "one", FIRST));
  assert_caption (fixture, FIRST, GUISE_STATE_ACCEPTED);
  assert_n_operations (fixture, 1);
}

/* Another caption was edited meanwhile: its operation is not reached over. */
static void
test_interrupted (Fixture *fixture, gconstpointer data)
{
  type (fixture, FIRST, "one");
  type_elsewhere (fixture, SECOND, "elsewhere");
  type (fixture, "one", "two");
  type (fixture, "two", "three");
  assert_n_operations (fixture, 3);
  undo (fixture);
  assert_caption (fixture, "one", GUISE_STATE_EDITED);
  undo (fixture);
  undo (fixture);
  assert_caption (fixture, FIRST, GUISE_STATE_PENDING);
}

/* The text that the stay began with has its state again, by an operation that can be undone. */
static void
test_back_beyond (Fixture *fixture, gconstpointer data)
{
  type (fixture, FIRST, "one");
  type_elsewhere (fixture, SECOND, "elsewhere");
  g_assert_false (type (fixture, "one", FIRST));
  assert_caption (fixture, FIRST, GUISE_STATE_PENDING);
  assert_n_operations (fixture, 3);
  g_assert_true (type (fixture, FIRST, "one"));
  assert_caption (fixture, "one", GUISE_STATE_EDITED);
  assert_n_operations (fixture, 2);
}

static void
test_judged_meanwhile (Fixture *fixture, gconstpointer data)
{
  type (fixture, FIRST, "one");
  judge (fixture, GUISE_STATE_FLAGGED);
  type (fixture, "one", "two");
  g_assert_true (type (fixture, "two", "one"));
  assert_caption (fixture, "one", GUISE_STATE_FLAGGED);
  type (fixture, "one", FIRST);
  assert_caption (fixture, FIRST, GUISE_STATE_EDITED);
  undo (fixture);
  assert_caption (fixture, "one", GUISE_STATE_FLAGGED);
}

/* What was undone is over: it stays redoable until something is typed, which begins anew. */
static void
test_undone_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autoptr (GPtrArray) operations = NULL;

  type (fixture, FIRST, "one");
  undo (fixture);
  type (fixture, FIRST, "two");
  name = guise_store_get_redo_name (fixture->store, NULL);
  g_assert_null (name);
  operations = guise_store_list_operations (fixture->store, 0, NULL);
  g_assert_cmpuint (operations->len, ==, 3);
  g_assert_cmpint (((GuiseOperation *)operations->pdata[0])->state, ==, GUISE_OPERATION_DONE);
  g_assert_cmpint (((GuiseOperation *)operations->pdata[1])->state, ==, GUISE_OPERATION_DROPPED);
}

/* Two texts are on their way when the stay has made no operation yet. */
static void
test_before_the_answer (Fixture *fixture, gconstpointer data)
{
  guise_store_replace_caption_async (fixture->store, 1, FIRST, "one", fixture->stay, NULL, NULL,
                                     NULL);
  type (fixture, "one", "two");
  assert_caption (fixture, "two", GUISE_STATE_EDITED);
  assert_n_operations (fixture, 1);
}

/* Who asked is gone before the store has written. */
static void
test_left (Fixture *fixture, gconstpointer data)
{
  GuiseCaptionStay *stay = guise_caption_stay_new ();

  guise_store_replace_caption_async (fixture->store, 1, FIRST, "one", stay, NULL, NULL, NULL);
  guise_store_replace_caption_async (fixture->store, 1, "one", "two", stay, NULL, NULL, NULL);
  guise_caption_stay_unref (stay);
  guise_store_close (fixture->store);
  g_clear_object (&fixture->store);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  assert_caption (fixture, "two", GUISE_STATE_EDITED);
  assert_n_operations (fixture, 1);
  type (fixture, "two", "three"); /* the next stay */
  assert_n_operations (fixture, 2);
}

/* From now on the log takes no second change with this word in it. */
static gboolean
allow_one_refusal (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  return guise_db_execute (db,
                           "CREATE UNIQUE INDEX one_refusal ON changes (table_name)"
                           " WHERE instr (after, 'refused') > 0",
                           error);
}

static void
type_refused (Fixture *fixture, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (fixture_type (fixture->store, 1, expected, "refused", fixture->stay, NULL,
                                 &error),
                   ==, -1);
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED);
}

/* An operation that was rolled back is none, and its number is given to somebody else; one that
 * could not be extended is as it was. */
static void
test_rolled_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) history = NULL;
  const GuiseHistoryEntry *first;

  g_assert_true (guise_store_write (fixture->store, allow_one_refusal, NULL, NULL));
  type_elsewhere (fixture, SECOND, "refused");
  type_refused (fixture, FIRST);
  judge (fixture, GUISE_STATE_ACCEPTED);
  type (fixture, FIRST, "one");
  history = guise_store_get_caption_history (fixture->store, 1, NULL);
  g_assert_cmpuint (history->len, ==, 2);
  first = history->pdata[0];
  g_assert_cmpstr (first->name, ==, "Accept caption");
  g_assert_cmpstr (first->after, ==, "{\"state\":1}");
  type_refused (fixture, "one");
  assert_caption (fixture, "one", GUISE_STATE_EDITED);
  g_assert_true (type (fixture, "one", FIRST));
  assert_caption (fixture, FIRST, GUISE_STATE_ACCEPTED);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store/stay/one-operation", test_one_operation);
  ADD ("/store/stay/taken-back", test_taken_back);
  ADD ("/store/stay/judged-before", test_judged_before);
  ADD ("/store/stay/judged-meanwhile", test_judged_meanwhile);
  ADD ("/store/stay/interrupted", test_interrupted);
  ADD ("/store/stay/back-beyond", test_back_beyond);
  ADD ("/store/stay/undone-meanwhile", test_undone_meanwhile);
  ADD ("/store/stay/before-the-answer", test_before_the_answer);
  ADD ("/store/stay/left", test_left);
  ADD ("/store/stay/rolled-back", test_rolled_back);
  return g_test_run ();
}
