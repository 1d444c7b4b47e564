/* Descriptions made by runs: one operation a run, known by where they come from, undone leniently.
 */
#include "guise-store-descriptions.h"
#include "store-fixture.h"

#include <string.h>

typedef struct {
  char *folder;
  GuiseStore *store; /* 4 persons, 8 images, 24 captions */
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

/* Descriptions "item FIRST" … of images first … first + n - 1, clothing. */
static GuiseDescriptionStats
add (Fixture *fixture, const char *run, gint64 first, guint n)
{
  g_autoptr (GArray) descriptions = g_array_new (FALSE, FALSE, sizeof (GuiseDescription));
  g_autoptr (GStringChunk) strings = g_string_chunk_new (256);
  GuiseDescriptionStats stats = { 0 };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++) {
    g_autofree char *text = g_strdup_printf ("item %d", (int)(first + i));
    GuiseDescription description = { .origin = g_string_chunk_insert (strings, text),
                                     .image_id = first + i,
                                     .kind = GUISE_CAPTION_CLOTHING,
                                     .source = GUISE_SOURCE_MACHINE,
                                     .text = g_string_chunk_insert (strings, text),
                                     .model = "m",
                                     .prompt = "p",
                                     .verdicts = "[]" };

    g_array_append_val (descriptions, description);
  }
  guise_store_add_descriptions (fixture->store, run, "Describe images",
                                (GuiseDescription *)(void *)descriptions->data, n, &stats,
                                &error);
  g_assert_no_error (error);
  return stats;
}

static gint64
find (Fixture *fixture, const char *filter)
{
  g_autoptr (GuiseFilter) parsed = guise_filter_parse (filter, NULL);
  g_autoptr (GArray) ids = guise_store_find_captions (fixture->store, parsed, NULL, NULL);

  g_assert_cmpuint (ids->len, ==, 1);
  return g_array_index (ids, gint64, 0);
}

static void
edit (Fixture *fixture, const char *filter, const char *text)
{
  g_autoptr (GError) error = NULL;

  guise_store_edit_caption (fixture->store, find (fixture, filter), -1, text, &error);
  g_assert_no_error (error);
}

static char *
undo (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  char *name = guise_store_undo (fixture->store, &error);

  g_assert_no_error (error);
  return name;
}

static guint
count_operations (Fixture *fixture)
{
  g_autoptr (GPtrArray) operations = guise_store_list_operations (fixture->store, 0, NULL);

  return operations->len - 1; /* the import */
}

#define MADE "kind = clothing" /* the fixture has none */

static void
test_one_operation (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autofree char *redone = NULL;
  g_autoptr (GuiseCaption) caption = NULL;

  g_assert_cmpuint (add (fixture, "job:1", 1, 3).n_added, ==, 3);
  g_assert_cmpuint (add (fixture, "job:1", 4, 2).n_added, ==, 2);
  g_assert_cmpuint (count_operations (fixture), ==, 1);
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 5);
  g_assert_cmpint (guise_store_count_run (fixture->store, "job:1", NULL), ==, 5);
  caption = guise_store_get_caption (fixture->store, find (fixture, "text = \"item 2\""), NULL);
  g_assert_cmpint (caption->state, ==, GUISE_STATE_PENDING);
  g_assert_cmpstr (caption->model, ==, "m");
  g_assert_cmpstr (caption->prompt, ==, "p");
  name = undo (fixture);
  g_assert_cmpstr (name, ==, "Describe images");
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 0);
  redone = guise_store_redo (fixture->store, NULL);
  g_assert_nonnull (redone);
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 5);
}

/* A process that was killed between the two databases brings everything again. */
static void
test_again (Fixture *fixture, gconstpointer data)
{
  GuiseDescriptionStats stats;

  add (fixture, "job:1", 1, 3);
  stats = add (fixture, "job:1", 2, 3);
  g_assert_cmpuint (stats.n_added, ==, 1);
  g_assert_cmpuint (stats.n_known, ==, 2);
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 4);
}

static void
test_two_runs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;

  add (fixture, "job:1", 1, 2);
  add (fixture, "job:2", 3, 2);
  add (fixture, "job:1", 5, 2);
  g_assert_cmpuint (count_operations (fixture), ==, 2);
  name = undo (fixture); /* the newest that was begun */
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 4);
  g_assert_cmpint (guise_store_count_run (fixture->store, "job:2", NULL), ==, 0);
  g_assert_cmpint (guise_store_count_run (fixture->store, "job:1", NULL), ==, 4);
}

static void
test_unusable (Fixture *fixture, gconstpointer data)
{
  const GuiseDescription descriptions[] = {
    { .origin = "a", .image_id = 4711, .kind = GUISE_CAPTION_IDENTITY, .text = "no such image" },
    { .origin = "b", .image_id = 1, .kind = GUISE_CAPTION_IDENTITY, .text = " \n" },
    { .origin = "c", .image_id = 1, .kind = GUISE_CAPTION_IDENTITY, .text = "\xff" },
    { .origin = "d",
      .image_id = 1,
      .kind = GUISE_CAPTION_CLOTHING,
      .text = "fine",
      .source = GUISE_SOURCE_RULE },
  };
  GuiseDescriptionStats stats = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_store_add_descriptions (fixture->store, "job:1", "Describe", descriptions,
                                               G_N_ELEMENTS (descriptions), &stats, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_unusable, ==, 3);
  g_assert_cmpuint (stats.n_added, ==, 1);
  g_assert_cmpint (fixture_count (fixture->store, "source = rule AND kind = clothing"), ==, 1);
}

/* A copy is known by what it says, to the image and the kind; what is none, by its origin alone. */
static void
test_copies (Fixture *fixture, gconstpointer data)
{
  const GuiseDescription descriptions[] = {
    { .origin = "a", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "one" },
    { .origin = "b", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "one", .model = "m" },
    { .origin = "g", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "one", .model = "m" },
    { .origin = "c", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "one", .is_copy = 1 },
    { .origin = "d", .image_id = 1, .kind = GUISE_CAPTION_IDENTITY, .text = "one", .is_copy = 1 },
    { .origin = "e", .image_id = 2, .kind = GUISE_CAPTION_CLOTHING, .text = "one", .is_copy = 1 },
    { .origin = "f", .image_id = 1, .kind = GUISE_CAPTION_CLOTHING, .text = "One", .is_copy = 1 },
  };
  GuiseDescriptionStats stats = { 0 };
  g_autoptr (GError) error = NULL;

  guise_store_add_descriptions (fixture->store, "file:1", "Import", descriptions,
                                G_N_ELEMENTS (descriptions), &stats, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_known, ==, 2); /* c, and g: the same maker's again */
  g_assert_cmpuint (stats.n_added, ==, 5);
}

/* Nothing is added: nothing is in the log. */
static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  const GuiseDescription description
      = { .origin = "a", .image_id = 4711, .kind = GUISE_CAPTION_IDENTITY, .text = "nowhere" };
  GuiseDescriptionStats stats = { 0 };

  g_assert_true (guise_store_add_descriptions (fixture->store, "job:1", "Describe", &description,
                                               1, &stats, NULL));
  g_assert_cmpuint (count_operations (fixture), ==, 0);
}

static void
test_edits_survive (Fixture *fixture, gconstpointer data)
{
  g_auto (GuiseRunUndo) result = { 0 };
  g_autoptr (GError) error = NULL;
  const gint64 accepted = 1;
  gint64 edited, ids[1];

  add (fixture, "job:1", 1, 4);
  edit (fixture, "text = \"item 2\"", "mine");
  edited = find (fixture, "text = mine");
  ids[0] = find (fixture, "text = \"item 3\"");
  guise_store_set_caption_state (fixture->store, ids, accepted, GUISE_STATE_ACCEPTED, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_undo_run (fixture->store, "job:1", &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.n_removed, ==, 2);
  g_assert_cmpuint (result.kept->len, ==, 2);
  g_assert_cmpint (g_array_index (result.kept, gint64, 0), ==, ids[0]);
  g_assert_cmpint (g_array_index (result.kept, gint64, 1), ==, edited);
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 2);
  g_assert_false (guise_store_undo_run (fixture->store, "job:1", &result, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOTHING);
}

/* What was kept can be undone on its own, and the run be redone around it. */
static void
test_redo_around (Fixture *fixture, gconstpointer data)
{
  g_auto (GuiseRunUndo) result = { 0 };
  g_autofree char *redone = NULL;
  g_autofree char *text = NULL;

  add (fixture, "job:1", 1, 3);
  edit (fixture, "text = \"item 2\"", "mine");
  g_assert_true (guise_store_undo_run (fixture->store, "job:1", &result, NULL));
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 1);
  redone = guise_store_redo (fixture->store, NULL);
  g_assert_cmpstr (redone, ==, "Describe images");
  g_assert_cmpint (fixture_count (fixture->store, MADE), ==, 3);
  text = fixture_find (fixture->store, MADE);
  g_assert_cmpstr (text, ==, "item 1|mine|item 3");
}

/* Undone while its job goes on: what comes then is another operation, and what was undone stays
 * away. */
static void
test_undone_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;

  add (fixture, "job:1", 1, 2);
  name = undo (fixture);
  add (fixture, "job:1", 3, 2);
  g_assert_cmpuint (count_operations (fixture), ==, 2);
  text = fixture_find (fixture->store, MADE);
  g_assert_cmpstr (text, ==, "item 3|item 4");
}

/* A job's next answers are nobody's deed: what somebody undid can still be redone. */
static void
test_leaves_redo (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;
  g_autofree char *redone = NULL;
  g_autofree char *text = NULL;

  add (fixture, "job:1", 1, 2);
  edit (fixture, "text = \"item 2\"", "mine");
  name = undo (fixture);
  add (fixture, "job:1", 3, 2);
  redone = guise_store_redo (fixture->store, NULL);
  g_assert_cmpstr (redone, ==, "Edit caption");
  text = fixture_find (fixture->store, MADE);
  g_assert_cmpstr (text, ==, "item 1|mine|item 3|item 4");
}

typedef struct {
  GMainLoop *loop;
  GuiseRunUndo undo;
} Waiting;

static void
take (GObject *source, GAsyncResult *result, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (GError) error = NULL;

  guise_store_undo_run_finish (GUISE_STORE (source), result, &waiting->undo, &error);
  g_assert_no_error (error);
  g_main_loop_quit (waiting->loop);
}

static void
test_async (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Waiting waiting = { .loop = loop };

  add (fixture, "job:1", 1, 3);
  edit (fixture, "text = \"item 1\"", "mine");
  guise_store_undo_run_async (fixture->store, "job:1", NULL, take, &waiting);
  g_main_loop_run (loop);
  g_assert_cmpuint (waiting.undo.n_removed, ==, 2);
  g_assert_cmpuint (waiting.undo.kept->len, ==, 1);
  guise_run_undo_clear (&waiting.undo);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) \
  g_test_add ("/store/descriptions/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("one-operation", test_one_operation);
  ADD ("again", test_again);
  ADD ("two-runs", test_two_runs);
  ADD ("unusable", test_unusable);
  ADD ("copies", test_copies);
  ADD ("nothing", test_nothing);
  ADD ("edits-survive", test_edits_survive);
  ADD ("redo-around", test_redo_around);
  ADD ("undone-meanwhile", test_undone_meanwhile);
  ADD ("leaves-redo", test_leaves_redo);
  ADD ("async", test_async);
#undef ADD
  return g_test_run ();
}
