/* The CUHK-PEDES importer on a folder in the official shape, with its irregularities and some
 * more. */
#include "guise-json-records.h"
#include "import-folder.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ANNOTATION "reid_raw.json"
#define TWO "\"A man in a red coat.\", \"He carries a bag.\""

static void
test_official_shape (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;
  const GuiseImportReport *report;
  const GuiseRecord *record;

  import_folder_add_cuhk (place, "train", 1, "CUHK01/0363004.png", TWO, TRUE);
  import_folder_add_cuhk (place, "train", 1, "cam_a/001_45.bmp.png",
                          "\"one\", \"two\", \"three\"", TRUE);
  import_folder_add_cuhk (place, "Train", 1369, "Market/0001_c1s1.jpg", "\"x y\", \"z\"",
                          TRUE); /* alone */
  import_folder_add_cuhk (place, "VAL", 11004, "test_query/p11600.jpg", TWO, TRUE);
  import_folder_add_cuhk (place, "dev", 11005, "test_query/p11601.jpg", "\"b\", \"c\"", TRUE);
  import_folder_add_cuhk (place, "TEST", 12004, "train_query/p2.jpg", "\"d\", \"e\"", TRUE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  report = &import->report;
  g_assert_cmpstr (import->format, ==, "cuhk-pedes");
  g_assert_cmpuint (report->n_records, ==, 6);
  g_assert_cmpuint (report->splits[GUISE_SPLIT_TRAIN].n_images, ==, 3);
  g_assert_cmpuint (report->splits[GUISE_SPLIT_TRAIN].n_persons, ==, 2);
  g_assert_cmpuint (report->splits[GUISE_SPLIT_TRAIN].n_captions, ==, 7);
  g_assert_cmpuint (report->splits[GUISE_SPLIT_VAL].n_images, ==, 2);
  g_assert_cmpuint (report->splits[GUISE_SPLIT_TEST].n_images, ==, 1);
  g_assert_cmpuint (report->counts[GUISE_PROBLEM_SINGLE_IMAGE], ==, 1);
  g_assert_cmpuint (report->counts[GUISE_PROBLEM_SHARED_CAPTION], ==, 2);
  g_assert_nonnull (report->official);
  g_assert_cmpuint (report->official[GUISE_SPLIT_TRAIN].n_captions, ==, 68126);
  record = import->records->pdata[0];
  g_assert_cmpstr (record->path, ==, "imgs/CUHK01/0363004.png");
  g_assert_cmpstr (record->person, ==, "1");
  g_assert_cmpstr (record->camera, ==, "CUHK01");
  g_assert_null (record->outfit);
  g_assert_cmpint (record->file_size, ==, 7);
  g_assert_cmpuint (record->captions->len, ==, 2);
}

static void
test_demo_keys (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;
  const GuiseRecord *record;
  const GuiseRecordCaption *caption;

  import_folder_put (place, "imgs/cam_1/a.png", "x");
  import_folder_add (place,
                     "{\"split\": \"train\", \"captions\": [\"a\", \"b\"], "
                     "\"file_path\": \"cam_1/a.png\", "
                     "\"id\": 1, \"camera\": 3, \"outfit\": 7, \"styles\": [\"terse\", 2], "
                     "\"descriptions\": {\"identity\": \"who\", \"clothing\": \"what\"}}");
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  g_assert_null (import->report.official);
  g_assert_cmpuint (import->report.splits[GUISE_SPLIT_TRAIN].n_descriptions, ==, 2);
  record = import->records->pdata[0];
  g_assert_cmpstr (record->camera, ==, "3");
  g_assert_cmpstr (record->outfit, ==, "7");
  g_assert_cmpuint (record->captions->len, ==, 4);
  caption = record->captions->pdata[1];
  g_assert_cmpstr (caption->style, ==, "2");
  g_assert_cmpint (caption->source, ==, GUISE_SOURCE_DATASET);
  caption = record->captions->pdata[3];
  g_assert_cmpint (caption->kind, ==, GUISE_CAPTION_CLOTHING);
  g_assert_cmpint (caption->source, ==, GUISE_SOURCE_MACHINE);
  g_assert_cmpstr (caption->model, ==, "demo-grammar");
  g_assert_cmpstr (caption->text, ==, "what");
}

static void
test_missing_files (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;
  const GuiseImportFolder *folder;

  import_folder_add_cuhk (place, "train", 1, "cam_a/1.png", TWO, TRUE);
  import_folder_add_cuhk (place, "train", 1, "cam_a/2.png", TWO, FALSE);
  import_folder_add_cuhk (place, "train", 2, "Market/1.png", TWO, FALSE);
  import_folder_add_cuhk (place, "train", 2, "Market/2.png", TWO, FALSE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->records->len, ==, 1);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_MISSING_FILE], ==, 3);
  g_assert_cmpuint (import->report.folders->len, ==, 2);
  folder = import->report.folders->pdata[0];
  g_assert_cmpstr (folder->folder, ==, "imgs/Market");
  g_assert_cmpuint (folder->n_missing, ==, 2);
  folder = import->report.folders->pdata[1];
  g_assert_cmpuint (folder->n_images, ==, 2);
  g_assert_cmpuint (folder->n_missing, ==, 1);
}

static void
test_nothing_there (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;

  import_folder_add_cuhk (place, "train", 1, "cam_a/1.png", TWO, FALSE);
  g_assert_null (import_folder_read (place, ANNOTATION, "auto", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "1 without their file"));
  g_clear_error (&error);
}

static void
test_duplicates_and_leaks (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_cuhk (place, "train", 1, "a/1.png", TWO, TRUE);
  import_folder_add_cuhk (place, "train", 1, "a//./1.png", TWO, FALSE);
  import_folder_add_cuhk (place, "test", 1, "a/2.png", TWO, TRUE);
  import_folder_add_cuhk (place, "test", 2, "a/3.png", TWO, TRUE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->records->len, ==, 3);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_DUPLICATE_IMAGE], ==, 1);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_SPLIT_LEAK], ==, 1);
}

static void
test_bad_records (ImportFolder *place, gconstpointer data)
{
  static const char *const bad[] = {
    "17",
    "\"text\"",
    "[]",
    "null",
    "{}",
    "{\"split\": \"train\"}",
    "{\"split\": \"train\", \"captions\": \"x\", \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": 1, \"captions\": [], \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": 7, \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": 1e999}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": 1.5}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": \"12\"}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": true}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": -1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": "
    "99999999999999999999999}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": 1, \"id\": 2}",
    "{\"split\": \"train\", \"captions\": [\"\\u0000\"], \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [\"\\ud800\"], \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [\"\xff\"], \"file_path\": \"a/1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"../1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/../../1.png\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"/etc/passwd\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"C:\\\\x\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"\", \"id\": 1}",
    "{\"split\": \"train\", \"captions\": [], \"file_path\": \"a/1.png\", \"id\": 1, "
    "\"camera\": [1]}",
  };
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_cuhk (place, "train", 1, "a/0.png", TWO, TRUE);
  import_folder_put (place, "imgs/a/1.png", "x");
  import_folder_put (place, "1.png", "x");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    import_folder_add (place, bad[i]);
  import_folder_add_cuhk (place, "train", 1, "a/9.png", TWO, TRUE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  for (guint i = 0; i < import->report.problems->len; i++)
    g_test_message ("%s", ((GuiseProblem *)import->report.problems->pdata[i])->message);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_RECORD], ==, G_N_ELEMENTS (bad));
  g_assert_cmpuint (import->records->len, ==, 2);
}

static void
test_odd_texts (ImportFolder *place, gconstpointer data)
{
  GString *captions = g_string_new ("\"\", \"  \\t\", 7, \"");
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  for (int i = 0; i < GUISE_IMPORT_LONG_PIECES + 1; i++)
    g_string_append (captions, "word ");
  g_string_append (captions, "\", \"fine\"");
  import_folder_add_cuhk (place, "train", 1, "a/0.png", captions->str, TRUE);
  import_folder_add_cuhk (place, "train", 1, "a/1.png", "", TRUE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_EMPTY_CAPTION], ==, 2);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_TEXT], ==, 1);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_LONG_CAPTION], ==, 1);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_NO_CAPTION], ==, 1);
  g_assert_cmpuint (((GuiseRecord *)import->records->pdata[0])->captions->len, ==, 2);
  g_string_free (captions, TRUE);
}

static void
test_problems_are_capped (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_cuhk (place, "train", 1, "a/0.png", TWO, TRUE);
  for (int i = 0; i < 500; i++)
    import_folder_add (place, "17");
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_RECORD], ==, 500);
  g_assert_cmpuint (import->report.problems->len, <=, 2 * GUISE_IMPORT_MAX_PROBLEMS);
}

/* Links inside are followed, links that lead out are missing files; a FIFO does not hang the
 * import. */
static void
test_links (ImportFolder *place, gconstpointer data)
{
  g_autofree char *inside = g_build_filename (place->folder, "imgs/a/inside.png", NULL);
  g_autofree char *outside = g_build_filename (place->folder, "imgs/a/outside.png", NULL);
  g_autofree char *upward = g_build_filename (place->folder, "imgs/a/upward.png", NULL);
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_cuhk (place, "train", 1, "a/0.png", TWO, TRUE);
  g_assert_cmpint (symlink ("0.png", inside), ==, 0);
  g_assert_cmpint (symlink ("/etc/passwd", outside), ==, 0);
  g_assert_cmpint (symlink ("../../../../../../etc/passwd", upward), ==, 0);
  import_folder_add_cuhk (place, "train", 1, "a/inside.png", TWO, FALSE);
  import_folder_add_cuhk (place, "train", 1, "a/outside.png", TWO, FALSE);
  import_folder_add_cuhk (place, "train", 1, "a/upward.png", TWO, FALSE);
  import = import_folder_read (place, ANNOTATION, "auto", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (import->records->len, ==, 2);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_MISSING_FILE], ==, 2);
}

static void
test_no_splits (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;

  import_folder_put (place, "caption_all.json", "[]");
  g_assert_null (guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "reid_raw.json"));
  g_clear_error (&error);
}

static void
test_not_found (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autofree char *missing = g_build_filename (place->folder, "nowhere", NULL);

  g_assert_null (guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (guise_import_read (missing, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (guise_import_read (place->folder, "icfg", NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
}

/* The folder that holds CUHK-PEDES will do as well. */
static void
test_parent_folder (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;

  import_folder_put (place, "CUHK-PEDES/imgs/a/0.png", "x");
  import_folder_put (place, "CUHK-PEDES/reid_raw.json",
                     "\xef\xbb\xbf [ {\"split\": \"train\", \"captions\": [\"a\"], "
                     "\"file_path\": \"a/0.png\", \"id\": 1} ] \n");
  import = guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (import->name, ==, "CUHK-PEDES");
  g_assert_true (g_str_has_suffix (import->root, "/CUHK-PEDES"));
}

static void
test_broken_files (ImportFolder *place, gconstpointer data)
{
  static const char *const broken[] = {
    "",
    "{}",
    "null",
    "[",
    "[1",
    "[1,",
    "[1 2]",
    "[1]]",
    "[1] x",
    "[{]",
    "[{\"a\": \"b}]",
    "[}",
    "[\"\\",
    "\xff\xfe[\0]",
  };
  g_autofree char *deep = g_strnfill (1000000, '[');

  for (size_t i = 0; i <= G_N_ELEMENTS (broken); i++) {
    GError *error = NULL;

    import_folder_put (place, "reid_raw.json", i < G_N_ELEMENTS (broken) ? broken[i] : deep);
    g_assert_null (guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error));
    g_assert_nonnull (error);
    g_test_message ("%s", error->message);
    g_clear_error (&error);
  }
}

static void
cancel (guint64 done, guint64 total, gpointer data)
{
  g_cancellable_cancel (data);
}

static void
test_cancel (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GError *error = NULL;

  for (int i = 0; i < 1000; i++)
    import_folder_add_cuhk (place, "train", i, "a/0.png", TWO, FALSE);
  g_string_append_c (place->json, ']');
  import_folder_put (place, "reid_raw.json", place->json->str);
  g_assert_null (guise_import_read (place->folder, NULL, cancel, cancellable, cancellable,
                                    &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
}

static void
test_paths (void)
{
  static const struct {
    const char *given, *normal;
  } cases[] = {
    { "a/b.png", "a/b.png" },
    { "./a//b.png", "a/b.png" },
    { "a/./b", "a/b" },
    { "%2e%2e/x", "%2e%2e/x" },
    { "..x/y", "..x/y" },
    { "a b", "a b" },
    { "", NULL },
    { "/a", NULL },
    { "a/", NULL },
    { "..", NULL },
    { "a/..", NULL },
    { ".", NULL },
    { "a/.", NULL },
    { "c:x", NULL },
    { "a\\b", NULL },
    { "a\nb", NULL },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *normal = guise_record_normalise_path (cases[i].given, &error);

    g_assert_cmpstr (normal, ==, cases[i].normal);
    g_assert_true ((normal == NULL) == (error != NULL));
  }
}

/* ---- TextReID's copy of CUHK-PEDES ---------------------------------------------------------- */

#define ROW(path, id, sentence)                                                             \
  "{\"image_id\": 1, \"id\": " #id ", \"file_path\": \"" path "\", \"sentence\": " sentence \
  ", \"onehot\": [4, 7], \"att_onehot\": {\"head\": [1]}}"
#define ROWS(rows) "{\"categories\": [0, 1], \"annotations\": [" rows "], \"more\": {\"x\": []}}"

#define ONE ROW ("cam_a/1.png", 0, "\"one\"")
#define OTHER ROW ("cam_a/2.png", 0, "\"two\"")
#define THIRD ROW ("cam_a/1.png", 0, "\"three\"")
#define SWAPPED ROW ("cam_a/2.png", 1, "\"four\"")
#define NO_TEXT ROW ("cam_a/2.png", 0, "7")
#define NONSENSE "17, {\"id\": 1}"
#define OUTSIDE ROW ("../x.png", 1, "\"five\"")

static void
test_textreid (ImportFolder *place, gconstpointer data)
{
  GError *error = NULL;
  g_autoptr (GuiseImport) import = NULL;
  const GuiseRecord *record;
  const GuiseRecordCaption *caption;

  import_folder_put (place, "imgs/cam_a/1.png", "x");
  import_folder_put (place, "imgs/cam_a/2.png", "x");
  import_folder_put (place, "imgs/Market/3.png", "x");
  import_folder_put (place, "annotations/train.json",
                     ROWS (ONE ", " OTHER ", " THIRD ", " SWAPPED ", " NO_TEXT ", " OUTSIDE
                               ", " NONSENSE));
  import_folder_put (place, "test.json", ROWS (ROW ("Market/3.png", 12003, "\"six\"")));
  import = guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (import->format, ==, "cuhk-pedes");
  g_assert_cmpuint (import->report.n_records, ==, 9);
  g_assert_cmpuint (import->report.n_extra_keys, ==, 0);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_RECORD], ==, 3);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_TEXT], ==, 1);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_DUPLICATE_IMAGE], ==, 1);
  g_assert_cmpuint (import->records->len, ==, 3);
  record = import->records->pdata[0];
  g_assert_cmpstr (record->path, ==, "imgs/cam_a/1.png");
  g_assert_cmpstr (record->person, ==, "0");
  g_assert_cmpstr (record->camera, ==, "cam_a");
  g_assert_cmpuint (record->captions->len, ==, 2);
  caption = record->captions->pdata[1];
  g_assert_cmpstr (caption->text, ==, "three");
  record = import->records->pdata[2];
  g_assert_cmpint (record->split, ==, GUISE_SPLIT_TEST);
  g_assert_nonnull (import->report.official);
}

/* Cut anywhere, or of another shape: a sentence. */
static void
test_textreid_broken (ImportFolder *place, gconstpointer data)
{
  static const char *const broken[] = {
    "[]",
    "{\"annotations\": {}}",
    "{\"annotation\": []}",
    "{\"annotations\": []",
    "{annotations: []}",
    "{\"annotations\": []} x",
    "{\"annotations\": [] \"a\": 1}",
    "{\"a\" 1}",
    "{\"a\": 1",
  };
  const char *whole = ROWS (ROW ("a/1.png", 0, "\"one\""));
  size_t length = strlen (whole);

  import_folder_put (place, "imgs/a/1.png", "x");
  for (size_t i = 0; i < length + G_N_ELEMENTS (broken); i++) {
    g_autofree char *text = i < length ? g_strndup (whole, i) : g_strdup (broken[i - length]);
    g_autoptr (GError) error = NULL;

    import_folder_put (place, "train.json", text);
    g_assert_null (guise_import_read (place->folder, NULL, NULL, NULL, NULL, &error));
    g_assert_nonnull (error);
    g_assert_nonnull (strstr (error->message, "'train.json"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  import_folder_test ("/import/cuhk/official-shape", test_official_shape);
  import_folder_test ("/import/cuhk/demo-keys", test_demo_keys);
  import_folder_test ("/import/cuhk/missing-files", test_missing_files);
  import_folder_test ("/import/cuhk/nothing-there", test_nothing_there);
  import_folder_test ("/import/cuhk/duplicates-and-leaks-j07", test_duplicates_and_leaks);
  import_folder_test ("/import/cuhk/bad-records-j02-j03-j04-j05", test_bad_records);
  import_folder_test ("/import/cuhk/odd-texts-j08", test_odd_texts);
  import_folder_test ("/import/cuhk/problems-are-capped-j04", test_problems_are_capped);
  import_folder_test ("/import/cuhk/links-j05-j06", test_links);
  import_folder_test ("/import/cuhk/no-splits", test_no_splits);
  import_folder_test ("/import/cuhk/not-found", test_not_found);
  import_folder_test ("/import/cuhk/parent-folder", test_parent_folder);
  import_folder_test ("/import/cuhk/broken-files-j01", test_broken_files);
  import_folder_test ("/import/cuhk/cancel", test_cancel);
  import_folder_test ("/import/cuhk/textreid", test_textreid);
  import_folder_test ("/import/cuhk/textreid-broken", test_textreid_broken);
  g_test_add_func ("/import/paths-j05", test_paths);
  return g_test_run ();
}
