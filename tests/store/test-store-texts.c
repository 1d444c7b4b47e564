/* Filters by words answer from the texts in memory what a scan of the database answers, whatever
 * was changed meanwhile. */
#include "guise-store-captions.h"
#include "guise-store-private.h"
#include "guise-texts.h"
#include "guise-word.h"
#include "store-fixture.h"

#include <string.h>

/* 1 800 captions: two blocks. */
#define N_PERSONS 300

typedef struct {
  char *folder;
  GuiseStore *store;   /* with texts in memory */
  GuiseStore *scanner; /* beside a writer: without */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->folder = fixture_folder ();
  fixture->store = fixture_store (fixture->folder, N_PERSONS);
  fixture->scanner = guise_store_open (fixture->folder, GUISE_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  g_assert_nonnull (guise_store_get_texts (fixture->store));
  g_assert_null (guise_store_get_texts (fixture->scanner));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->scanner);
  g_object_unref (fixture->store);
  fixture_remove (fixture->folder);
}

static void
assert_same (Fixture *fixture, const char *text)
{
  GError *error = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse (text, &error);
  g_autoptr (GArray) ours = NULL, theirs = NULL;
  gint64 n;

  g_assert_no_error (error);
  ours = guise_store_list_images (fixture->store, filter, GUISE_SORT_PATH, NULL, &error);
  g_assert_no_error (error);
  theirs = guise_store_list_images (fixture->scanner, filter, GUISE_SORT_PATH, NULL, &error);
  g_assert_no_error (error);
  n = guise_store_count_images (fixture->store, filter, NULL, &error);
  if (ours->len != theirs->len || n != ours->len
      || (n > 0 && memcmp (ours->data, theirs->data, ours->len * sizeof (gint64)) != 0))
    g_error ("'%s' gives %u images, counted %" G_GINT64_FORMAT ", and by a scan %u", text,
             ours->len, n, theirs->len);
}

static void
assert_all_same (Fixture *fixture)
{
  static const char *const filters[] = {
    "text ~ red",
    "text ~ RED AND text ~ \"person 1\"",
    "text ~ \"number 29\"",
    "text ~ marked",
    "text ~ a",
    "text ~ \"; \"",
    "text ~ \"\"",
    "text !~ \"\"",
    "text !~ red",
    "NOT text ~ red",
    "NOT (text ~ tall OR text ~ red)",
    "NOT (text ~ tall AND split = train)",
    "text ~ tall OR text ~ marked",
    "text ~ marked OR camera = cam_a",
    "text ~ marked OR text = \"\"",
    "text ~ red AND split = test",
    "text ~ red AND state = pending",
    "state = edited AND text !~ tall",
    "text ~ red AND NOT style = terse",
    "state = edited",
    "NOT state = pending",
    "state != rejected AND kind = identity",
    "source = human OR (text ~ tall AND state != edited)",
    "kind = caption AND source = dataset AND camera = cam_a",
    "state = accepted OR style = terse",
    "text ~ \"\" AND person = 7",
    "NOT text ~ red AND text = \"\"",
    "(text ~ tall OR split = test) AND (text ~ 9 OR text ~ 8) AND NOT text ~ 7",
    "text ~ nowhere",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (filters); i++)
    assert_same (fixture, filters[i]);
}

static void
test_same (Fixture *fixture, gconstpointer data)
{
  assert_all_same (fixture);
  g_assert_cmpint (fixture_count (fixture->store, "text ~ \"number 299\""), ==, 2);
}

static void
edit (Fixture *fixture, gint64 id, const char *text)
{
  GError *error = NULL;

  g_assert_true (guise_store_edit_caption (fixture->store, id, -1, text, &error));
  g_assert_no_error (error);
}

/* Without words the texts are not read for it; once they are, each change of a state is seen. */
static void
test_states (Fixture *fixture, gconstpointer data)
{
  static const gint64 ids[] = { 2, 900, 1024, 1799 };
  GError *error = NULL;

  assert_same (fixture, "state = accepted");
  g_assert_false (guise_texts_is_prepared (guise_store_get_texts (fixture->store)));
  assert_all_same (fixture);
  g_assert_true (guise_texts_is_prepared (guise_store_get_texts (fixture->store)));
  g_assert_true (guise_store_set_caption_state (fixture->store, ids, G_N_ELEMENTS (ids),
                                                GUISE_STATE_ACCEPTED, &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture_count (fixture->store, "state = accepted"), ==, G_N_ELEMENTS (ids));
  assert_all_same (fixture);
  g_free (guise_store_undo (fixture->store, &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture_count (fixture->store, "state = accepted"), ==, 0);
  assert_all_same (fixture);
}

/* In the first block, in the last, and at their border. */
static void
test_edits (Fixture *fixture, gconstpointer data)
{
  static const gint64 ids[] = { 1, 500, 1023, 1024, 1025, 1799, 1800 };
  GError *error = NULL;

  assert_all_same (fixture);
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++) {
    edit (fixture, ids[i], "a Marked coat, and more of it than was said of it before");
    g_assert_cmpint (fixture_count (fixture->store, "text ~ marked"), >=, 1);
    assert_all_same (fixture);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_free (guise_store_undo (fixture->store, &error));
    g_assert_no_error (error);
    assert_all_same (fixture);
  }
  g_assert_cmpint (fixture_count (fixture->store, "text ~ marked"), ==, 0);
  g_free (guise_store_redo (fixture->store, &error));
  g_assert_cmpint (fixture_count (fixture->store, "text ~ marked"), ==, 1);
}

static void
test_come_and_go (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  assert_all_same (fixture);
  for (gint64 id = 1; id <= 1800; id += 257) {
    g_assert_true (guise_store_delete_caption (fixture->store, id, &error));
    g_assert_no_error (error);
    assert_all_same (fixture);
  }
  for (int i = 0; i < 4; i++) {
    g_free (guise_store_undo (fixture->store, &error));
    g_assert_no_error (error);
    assert_all_same (fixture);
  }
}

/* An image whose captions are not neighbours, and one that has lost them all. */
static void
test_added (Fixture *fixture, gconstpointer data)
{
  GuiseCaption caption = { .image_id = 3,
                           .kind = GUISE_CAPTION_FREE,
                           .source = GUISE_SOURCE_HUMAN,
                           .text = (char *)"marked and red, late" };
  GError *error = NULL;

  assert_all_same (fixture);
  g_assert_cmpint (guise_store_add_caption (fixture->store, &caption, &error), >, 0);
  g_assert_no_error (error);
  g_assert_cmpint (fixture_count (fixture->store, "text ~ \"red, late\""), ==, 1);
  assert_all_same (fixture);
  for (gint64 id = 4; id <= 6; id++)
    g_assert_true (guise_store_delete_caption (fixture->store, id, &error));
  g_assert_cmpint (fixture_count (fixture->store, "text = \"\""), ==, 1);
  assert_all_same (fixture);
}

/* More than a block at once, beside what was read before. */
static void
test_import (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) records = fixture_records (N_PERSONS + 200);
  GError *error = NULL;
  GuiseImportStats stats;

  assert_all_same (fixture);
  guise_store_import_records (fixture->store, 1, records, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_images_added, ==, 400);
  g_assert_cmpint (fixture_count (fixture->store, "text ~ \"number 499\""), ==, 2);
  assert_all_same (fixture);
}

/* Cancelled before it has begun it reads nothing, and the next one is none the worse. */
static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_store_prepare_words (fixture->scanner, NULL, &error));
  g_cancellable_cancel (cancellable);
  g_assert_false (guise_store_prepare_words (fixture->store, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  assert_all_same (fixture);
  g_clear_error (&error);
  g_assert_true (guise_store_prepare_words (fixture->store, NULL, &error));
  g_assert_no_error (error);
}

/* While others write: every answer is one that was true at some time, and the last one is true. */
static gpointer
edit_on (gpointer data)
{
  for (int i = 0; i < 40; i++)
    edit (data, 1 + i * 45, i % 2 == 0 ? "a marked coat" : "a plain coat");
  return NULL;
}

static void
test_beside_writer (Fixture *fixture, gconstpointer data)
{
  GThread *thread = g_thread_new ("editor", edit_on, fixture);
  gint64 n = 0;

  while (n < 20) {
    gint64 now = fixture_count (fixture->store, "text ~ marked");

    g_assert_cmpint (now, >=, n);
    n = now;
  }
  g_thread_join (thread);
  assert_all_same (fixture);
}

/* Against the plainest search there is: words of every length at every place. */
static void
test_words (void)
{
  const char *text = "The quick brown Fox_jumps over 13 l\xc3\xa4zy DOGS, \xe4\xba\xba and the "
                     "fox @home.";
  size_t length = strlen (text);

  for (size_t from = 0; from < length; from++)
    for (size_t n = 1; from + n <= length; n++) {
      g_autofree char *part = g_strndup (text + from, n);
      g_autoptr (GuiseWord) word = guise_word_new (part, n);
      size_t expected = 0;

      while (g_ascii_strncasecmp (text + expected, part, n) != 0)
        expected++;
      g_assert_cmpuint ((size_t)(guise_word_find (word, (const guint8 *)text,
                                                  (const guint8 *)text + length)
                                 - (const guint8 *)text),
                        ==, expected);
      /* cut by one byte it is there no more, unless it was before */
      if (expected == from)
        g_assert_null (guise_word_find (word, (const guint8 *)text,
                                        (const guint8 *)text + from + n - 1));
    }
}

/* '@' and '`' differ in the bit that makes letters lower case, and are no letters. */
static void
test_no_letters (void)
{
  const guint8 *text = (const guint8 *)"[at] @ home";
  g_autoptr (GuiseWord) quote = guise_word_new ("`", 1), brace = guise_word_new ("{at}", 4);
  g_autoptr (GuiseWord) nothing = guise_word_new ("", 0);

  g_assert_null (guise_word_find (quote, text, text + 11));
  g_assert_null (guise_word_find (brace, text, text + 11));
  g_assert_true (guise_word_find (nothing, text, text) == text);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/store/texts/same", test_same);
  ADD ("/store/texts/states", test_states);
  ADD ("/store/texts/edits", test_edits);
  ADD ("/store/texts/come-and-go", test_come_and_go);
  ADD ("/store/texts/added", test_added);
  ADD ("/store/texts/import", test_import);
  ADD ("/store/texts/cancelled", test_cancelled);
  ADD ("/store/texts/beside-writer", test_beside_writer);
  g_test_add_func ("/store/texts/words", test_words);
  g_test_add_func ("/store/texts/no-letters", test_no_letters);
  return g_test_run ();
}
