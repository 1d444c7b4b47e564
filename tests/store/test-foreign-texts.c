/* Texts of a data set on their way from the annotation file into the store and out again: rows J01
 * to J12 of docs/ROBUSTNESS.md, what test-import does not play already. */
#include "guise-import.h"
#include "store-fixture.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *folder, *data; /* the data set's folder, in folder */
  json_t *records;
  GuiseStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_folder ();
  fixture->data = g_build_filename (fixture->folder, "data", NULL);
  fixture->records = json_array ();
  temp_folder_put (fixture->data, "imgs/a/0.png", "x", 1);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  json_decref (fixture->records);
  g_free (fixture->data);
  fixture_remove (fixture->folder);
}

/* A record with one caption; its image is imgs/a/NUMBER.png. */
static json_t *
add (Fixture *fixture, int number, const char *caption)
{
  g_autofree char *file = g_strdup_printf ("a/%d.png", number);
  g_autofree char *path = g_build_filename ("imgs", file, NULL);
  json_t *record = json_pack ("{s:s, s:[s], s:s, s:i}", "split", "train", "captions", caption,
                              "file_path", file, "id", number);

  g_assert_nonnull (record);
  temp_folder_put (fixture->data, path, "x", 1);
  json_array_append_new (fixture->records, record);
  return record;
}

static GuiseImport *
read_back (Fixture *fixture, GError **error)
{
  char *text = json_dumps (fixture->records, 0);

  temp_folder_put (fixture->data, "reid_raw.json", text, -1);
  free (text);
  return guise_import_read (fixture->data, "auto", NULL, NULL, NULL, error);
}

/* Whole annotation files. */
static GuiseImport *
read_bytes (Fixture *fixture, const char *bytes, gssize size, GError **error)
{
  temp_folder_put (fixture->data, "reid_raw.json", bytes, size);
  return guise_import_read (fixture->data, "auto", NULL, NULL, NULL, error);
}

static void
import (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) read = read_back (fixture, &error);
  GuiseImportStats stats;
  gint64 dataset;

  g_assert_no_error (error);
  fixture->store = guise_store_create (fixture->folder, &error);
  g_assert_no_error (error);
  dataset = guise_store_add_dataset (fixture->store, "people", read->format, "data", &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_import_records (fixture->store, dataset, read->records, &stats, NULL,
                                             NULL, NULL, &error));
  g_assert_no_error (error);
}

static const char *
first_problem (const GuiseImport *read)
{
  g_assert_cmpuint (read->report.problems->len, >, 0);
  return ((GuiseProblem *)read->report.problems->pdata[0])->message;
}

#define RECORD(captions, id) \
  "{\"split\":\"train\",\"captions\":" captions ",\"file_path\":\"a/0.png\",\"id\":" id "}"

/* Deep nesting in the file, in a record and in a value: said, and never recursed into. */
static void
test_deep (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (1000000, '[');
  const char *const before[]
      = { "", "[", "[{\"split\":", "[" RECORD ("[]", "1") ",{\"captions\":" };

  for (gsize i = 0; i < G_N_ELEMENTS (before); i++) {
    g_autofree char *text = g_strconcat (before[i], deep, NULL);
    g_autoptr (GError) error = NULL;

    g_assert_null (read_bytes (fixture, text, -1, &error));
    g_assert_nonnull (strstr (error->message, "too deep at byte"));
  }
}

/* One broken text costs its record, and the report says at which byte that begins. */
static void
test_text (Fixture *fixture, gconstpointer data)
{
  static const char *const broken[] = { "[\"\\u0000\"]", "[\"\\ud800\"]", "[\"\xff\"]",
                                        "[\"\xed\xa0\x80\"]", "[\"a\tb\"]" };
  const char *bom = "\xef\xbb\xbf[" RECORD ("[\"a\"]", "1") "]";
  const char utf16[] = "\xff\xfe[\0{\0}\0]\0";
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) marked = read_bytes (fixture, bom, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (marked->records->len, ==, 1); /* a byte order mark is dropped, on purpose */
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *text = g_strconcat ("[" RECORD ("[\"a\"]", "1"),
                                         ", {\"split\":\"train\",\"captions\":",
                                         broken[i], ",\"file_path\":\"a/1.png\",\"id\":1}]", NULL);
    g_autofree char *at = g_strdup_printf ("record 2 at byte %d",
                                           (int)(strstr (text, ", {") - text) + 2);
    g_autoptr (GuiseImport) read = read_bytes (fixture, text, -1, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (read->records->len, ==, 1);
    g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_BAD_RECORD], ==, 1);
    if (strstr (first_problem (read), at) == NULL)
      g_error ("'%s' does not say '%s'", first_problem (read), at);
    g_assert_true (g_utf8_validate (first_problem (read), -1, NULL));
  }
  g_assert_null (read_bytes (fixture, utf16, sizeof utf16 - 1, &error));
  g_assert_nonnull (strstr (error->message, "at byte 0"));
}

/* An identity is a whole number or there is none: never -1, 0 or a rounded one. */
static void
test_ids (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = { "1e999", "99999999999999999999999", "1.5", "1.0", "\"12\"",
                                     "true", "null", "-1", "4294967296", "[1]", "{}" };
  static const char *const good[] = { "0", "1", "4294967295" };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *text = g_strdup_printf ("[" RECORD ("[\"a\"]", "%s") "]", bad[i]);
    g_autoptr (GError) error = NULL;

    g_assert_null (read_bytes (fixture, text, -1, &error));
    g_assert_nonnull (strstr (error->message, "1 records, 1 of them broken"));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree char *text = g_strdup_printf ("[" RECORD ("[\"a\"]", "%s") "]", good[i]);
    g_autoptr (GuiseImport) read = read_bytes (fixture, text, -1, NULL);

    g_assert_cmpstr (((GuiseRecord *)read->records->pdata[0])->person, ==, good[i]);
  }
}

/* A repeated key makes the record ambiguous; an unknown one is counted and does no harm. */
static void
test_keys (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) read = NULL;
  json_t *record = add (fixture, 1, "a man");

  json_object_set_new (record, "colour", json_string ("red"));
  json_object_set_new (record, "__proto__", json_object ());
  read = read_back (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->report.n_extra_keys, ==, 2);
  g_assert_cmpuint (read->records->len, ==, 1);
  g_assert_cmpstr (((GuiseRecord *)read->records->pdata[0])->extra, ==,
                   "{\"__proto__\":{},\"colour\":\"red\"}");
  g_assert_null (read_bytes (fixture, "[{\"id\":1,\"split\":\"train\",\"id\":2}]", -1, &error));
  g_assert_nonnull (strstr (error->message, "duplicate"));
}

/* The data set's folder may be a link and lie on another file system, and so may what is in it;
 * what a link points to may not leave it. */
static void
test_roots (Fixture *fixture, gconstpointer data)
{
  static const char records[]
      = "[" RECORD ("[\"a\"]", "1") ", {\"split\":\"train\",\"captions\":[\"b\"],"
                                    "\"file_path\":\"inner/0.png\",\"id\":1}, "
                                    "{\"split\":\"train\",\"captions\":[\"c\"],"
                                    "\"file_path\":\"outer/0.png\",\"id\":1}]";
  g_autofree char *elsewhere = g_strdup ("/dev/shm/guise-roots-XXXXXX");
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *inner = NULL, *outer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) read = NULL;

  if (g_mkdtemp (elsewhere) == NULL) {
    g_test_skip ("no second file system at /dev/shm");
    return;
  }
  inner = g_build_filename (elsewhere, "imgs", "inner", NULL);
  outer = g_build_filename (elsewhere, "imgs", "outer", NULL);
  temp_folder_put (elsewhere, "imgs/a/0.png", "x", 1);
  temp_folder_put (elsewhere, "reid_raw.json", records, -1);
  temp_folder_put (fixture->folder, "beyond/0.png", "x", 1);
  g_assert_cmpint (symlink ("a", inner), ==, 0);
  g_assert_cmpint (symlink (fixture->folder, outer), ==, 0);
  g_assert_cmpint (symlink (elsewhere, link), ==, 0);
  read = guise_import_read (link, NULL, NULL, NULL, NULL, &error);
  fixture_remove (g_steal_pointer (&elsewhere));
  g_assert_no_error (error);
  g_assert_cmpuint (read->records->len, ==, 2);
  g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_MISSING_FILE], ==, 1);
}

/* Ten thousand times the same sentence: one line in the report. */
static void
test_repeated (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) read = NULL;
  json_t *captions;

  captions = json_object_get (add (fixture, 1, "a man in a coat"), "captions");
  for (int i = 1; i < 1000; i++)
    json_array_append_new (captions, json_string ("a man in a coat"));
  add (fixture, 2, "a man in a coat");
  read = read_back (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_SHARED_CAPTION], ==, 1);
  g_assert_cmpuint (read->report.splits[GUISE_SPLIT_TRAIN].n_captions, ==, 1001);
}

/* Whatever is a text comes back byte for byte, and is found by itself. */
static void
keep_texts (Fixture *fixture, const char *const *texts)
{
  int n = 0;

  for (; texts[n] != NULL; n++)
    add (fixture, n + 1, texts[n]);
  import (fixture);
  for (int i = 0; i < n; i++) {
    g_autofree char *person = g_strdup_printf ("person = %d", i + 1);
    g_autofree char *text = fixture_find (fixture->store, person);

    g_assert_cmpstr (text, ==, texts[i]);
    if (strlen (texts[i]) < 1000) {
      g_autofree char *quoted = guise_filter_quote (texts[i]);
      g_autofree char *filter = g_strdup_printf ("text = %s", quoted);

      g_assert_cmpint (fixture_count (fixture->store, filter), ==, 1);
    }
  }
  g_assert_cmpint (fixture_count (fixture->store, ""), ==, n);
}

static void
test_extents (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) accents = g_string_new ("a");
  g_autofree char *line = g_strnfill (1 << 20, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseImport) read = NULL;
  g_autofree char *longer = g_strnfill ((1 << 20) + 1, 'x');
  const char *texts[] = { NULL, NULL, "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9",
                          " leading and trailing ", "e\xcc\x81", "\xc3\xa9", NULL };

  for (int i = 0; i < 10000; i++)
    g_string_append (accents, "\xcc\x81");
  texts[0] = line;
  texts[1] = accents->str;
  keep_texts (fixture, texts);
  add (fixture, 100, longer);
  add (fixture, 101, "");
  add (fixture, 102, " \t \xe3\x80\x80");
  read = read_back (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_BAD_TEXT], ==, 1);
  g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_EMPTY_CAPTION], ==, 2);
  g_assert_cmpuint (read->report.counts[GUISE_PROBLEM_NO_CAPTION], ==, 3);
}

static void
test_directions (Fixture *fixture, gconstpointer data)
{
  keep_texts (fixture, (const char *const[]){
                           "\xe2\x80\xae"
                           "dlo nam\xe2\x80\xac",
                           "\xd7\x90\xd7\x99\xd7\xa9 a man",
                           "\xe2\x81\xa6isolate\xe2\x81\xa9", "\xef\xbb\xbf"
                                                              "a mark first",
                           "zero\xe2\x80\x8bwidth", "line\xe2\x80\xa8separator", NULL });
}

static void
test_markup (Fixture *fixture, gconstpointer data)
{
  keep_texts (fixture, (const char *const[]){ "<b>x</b> & \"q\" %s %n \\n $(id) ; rm -rf",
                                              "<span foreground='red'>", "&amp;", "%d%100000s",
                                              "`reboot`", "\\", "a\r\nb\nc\td", NULL });
}

/* In a caption, and in every label of a record. */
static void
test_sql (Fixture *fixture, gconstpointer data)
{
  const char *attack = "'); DROP TABLE captions;--";
  g_autofree char *path = g_strdup_printf ("imgs/%s/0.png", attack);
  g_autofree char *file = g_strdup_printf ("%s/0.png", attack);
  g_autofree char *quoted = guise_filter_quote (attack);
  static const char *const fields[] = { "camera", "outfit", "style", "text" };
  json_t *record = add (fixture, 1, attack);

  temp_folder_put (fixture->data, path, "x", 1);
  json_object_set_new (record, "file_path", json_string (file));
  json_object_set_new (record, "camera", json_string (attack));
  json_object_set_new (record, "outfit", json_string (attack));
  json_object_set_new (record, "styles", json_pack ("[s]", attack));
  add (fixture, 2, "a man");
  import (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autofree char *filter = g_strdup_printf ("%s = %s", fields[i], quoted);

    g_assert_cmpint (fixture_count (fixture->store, filter), ==, 1);
  }
  g_assert_cmpint (fixture_count (fixture->store, ""), ==, 2);
}

/* What somebody may type into a search field: a literal answer or a sentence, never SQL's. */
static void
test_searches (Fixture *fixture, gconstpointer data)
{
  static const char *const typed[] = { "\"", "NEAR(", "*", "-a", "a OR", "text ~ \"\"", "text ~ *",
                                       "text ~ -a", "text ~ NEAR", "text ~ \"a OR\"", "%", "_" };
  g_autofree char *large = g_strnfill (1 << 20, 'a');
  g_autoptr (GString) terms = g_string_new ("text ~ a");

  for (int i = 0; i < 10000; i++)
    g_string_append (terms, " text ~ a");
  add (fixture, 1, "a man");
  import (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (typed) + 2; i++) {
    const char *text = i < G_N_ELEMENTS (typed) ? typed[i] : i == G_N_ELEMENTS (typed) ? large
                                                                                       : terms->str;
    g_autoptr (GError) error = NULL;
    g_autoptr (GuiseFilter) filter = guise_filter_parse (text, &error);

    if (filter != NULL)
      g_assert_cmpint (guise_store_count_images (fixture->store, filter, NULL, &error), >=, 0);
    else
      g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER);
    g_assert_true (error == NULL || strlen (error->message) < 2100);
  }
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/foreign-texts/j01-deep", test_deep);
  ADD ("/foreign-texts/j02-broken-text", test_text);
  ADD ("/foreign-texts/j03-identities", test_ids);
  ADD ("/foreign-texts/j04-keys", test_keys);
  ADD ("/foreign-texts/j06-roots", test_roots);
  ADD ("/foreign-texts/j07-repeated-caption", test_repeated);
  ADD ("/foreign-texts/j08-extents", test_extents);
  ADD ("/foreign-texts/j09-directions", test_directions);
  ADD ("/foreign-texts/j10-markup", test_markup);
  ADD ("/foreign-texts/j11-sql", test_sql);
  ADD ("/foreign-texts/j12-searches", test_searches);
  return g_test_run ();
}
