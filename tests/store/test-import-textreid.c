/* CUHK-PEDES in TextReID's files: how they are found, beside what else, and their limits. What
 * stands in them is in test-import.c. */
#include "import-folder.h"

#include <string.h>

#define ROW(path, id) \
  "{\"image_id\": 0, \"id\": " #id ", \"file_path\": \"" path "\", \"sentence\": \"a man\"}"
#define FILE(row) "{\"annotations\": [" row "]}"
#define ICFG                                                                         \
  "[{\"file_path\": \"cam_a/1.png\", \"split\": \"test\", \"id\": 0, \"captions\": " \
  "[\"x\"]}]"
#define RAW                                                                          \
  "[{\"file_path\": \"cam_a/1.png\", \"split\": \"test\", \"id\": 1, \"captions\": " \
  "[\"x\"]}]"

static void
put_all (ImportFolder *place)
{
  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  import_folder_put (place, "imgs/cam_a/2.png", "picture");
  import_folder_put (place, "imgs/Market/3.png", "picture");
  import_folder_put (place, "annotations/train.json", FILE (ROW ("cam_a/1.png", 0)));
  import_folder_put (place, "annotations/val.json", FILE (ROW ("cam_a/2.png", 1)));
  import_folder_put (place, "test.json", FILE (ROW ("Market/3.png", 2)));
}

static GuiseImport *
read_as (const char *folder, const char *format)
{
  GError *error = NULL;
  GuiseImport *import = guise_import_read (folder, format, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return import;
}

static void
test_found (ImportFolder *place, gconstpointer data)
{
  static const char *const formats[] = { NULL, "auto", "cuhk-pedes" };

  put_all (place);
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autoptr (GuiseImport) import = read_as (place->folder, formats[i]);

    g_assert_cmpstr (import->format, ==, "cuhk-pedes");
    g_assert_cmpstr (import->annotation, ==,
                     "annotations/train.json, annotations/val.json, test.json");
    for (int split = 0; split < 3; split++) {
      const GuiseRecord *record = import->records->pdata[split];
      static const GuiseSplit splits[] = { GUISE_SPLIT_TRAIN, GUISE_SPLIT_VAL, GUISE_SPLIT_TEST };

      g_assert_cmpint (record->split, ==, splits[split]);
      g_assert_cmpuint (import->report.splits[splits[split]].n_images, ==, 1);
    }
    g_assert_nonnull (import->report.official);
  }
  import_folder_assert_refused (place, "icfg-pedes", G_IO_ERROR_NOT_FOUND, "'ICFG-PEDES.json'");
}

/* What is not known of an image comes from all of its rows; the first one is right. */
static void
test_extra (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;

  put_all (place);
  import_folder_put (place, "annotations/train.json",
                     "{\"annotations\": [{\"id\": 0, \"file_path\": \"cam_a/1.png\", "
                     "\"sentence\": \"a\", \"pose\": [1, 2]}, {\"id\": 0, "
                     "\"file_path\": \"cam_a/1.png\", \"sentence\": \"b\", \"pose\": 3, "
                     "\"age\": \"old\"}]}");
  import = read_as (place->folder, NULL);
  g_assert_cmpuint (import->report.n_extra_keys, ==, 3);
  g_assert_cmpstr (((GuiseRecord *)import->records->pdata[0])->extra, ==,
                   "{\"age\":\"old\",\"pose\":[1,2]}");
  g_assert_null (((GuiseRecord *)import->records->pdata[1])->extra);
}

static void
test_found_beneath (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;

  import_folder_put (place, "cuhkpedes/imgs/cam_a/1.png", "picture");
  import_folder_put (place, "cuhkpedes/annotations/test.json", FILE (ROW ("cam_a/1.png", 0)));
  import = read_as (place->folder, "auto");
  g_assert_cmpstr (import->name, ==, "cuhkpedes");
  g_assert_cmpstr (import->annotation, ==, "annotations/test.json");
  import_folder_put (place, "CUHK-PEDES/imgs/cam_a/1.png", "picture");
  import_folder_put (place, "CUHK-PEDES/reid_raw.json", RAW);
  import_folder_assert_refused (place, "cuhk-pedes", G_IO_ERROR_FAILED, "more than one data set");
}

/* The one file with splits goes before the three. */
static void
test_beside_raw (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;

  put_all (place);
  import_folder_put (place, "reid_raw.json", RAW);
  import = read_as (place->folder, "auto");
  g_assert_cmpstr (import->annotation, ==, "reid_raw.json");
  g_assert_cmpuint (import->records->len, ==, 1);
}

/* train.json is an ordinary word: beside another data set what is in it decides. */
static void
test_beside_other (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseImport) chosen = NULL;

  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  import_folder_put (place, "ICFG-PEDES.json", ICFG);
  import_folder_put (place, "train.json", "{\"rate\": 0.1}");
  import = read_as (place->folder, "auto");
  g_assert_cmpstr (import->format, ==, "icfg-pedes");
  import_folder_put (place, "train.json", FILE (ROW ("cam_a/1.png", 0)));
  import_folder_assert_refused (place, "auto", G_IO_ERROR_FAILED, "more than one data set");
  chosen = read_as (place->folder, "cuhk-pedes");
  g_assert_cmpstr (chosen->annotation, ==, "train.json");
}

static void
test_not_found (ImportFolder *place, gconstpointer data)
{
  import_folder_put (place, "train.json", FILE (ROW ("cam_a/1.png", 0)));
  import_folder_put (place, "val.json", FILE (ROW ("cam_a/1.png", 0)));
  import_folder_assert_refused (place, "auto", G_IO_ERROR_NOT_FOUND, "it should hold 'imgs'");
}

/* An array of images under a part's name is not taken for something else. */
static void
test_other_shape (ImportFolder *place, gconstpointer data)
{
  static const char *const formats[] = { "auto", "cuhk-pedes" };

  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  import_folder_put (place, "train.json", ICFG);
  for (size_t i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_import_read (place->folder, formats[i], NULL, NULL, NULL, &error));
    g_assert_nonnull (strstr (error->message, "'train.json': it is no object with an array"));
  }
}

/* Rows that look right under a name that tells no split. */
static void
test_other_name (ImportFolder *place, gconstpointer data)
{
  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  import_folder_put (place, "captions.json", FILE (ROW ("cam_a/1.png", 0)));
  import_folder_assert_refused (place, "auto", G_IO_ERROR_NOT_SUPPORTED,
                                "call it 'train.json', 'val.json' or 'test.json'");
}

static void
put_many (ImportFolder *place, const char *name, const char *row, guint n)
{
  g_autoptr (GString) json = g_string_new ("{\"annotations\": [");

  for (guint i = 0; i < n; i++)
    g_string_append_printf (json, "%s%s", i > 0 ? "," : "", row);
  g_string_append (json, "]}");
  import_folder_put (place, name, json->str);
}

static void
test_many_texts (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  const GuiseRecord *record;

  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  put_many (place, "train.json", ROW ("cam_a/1.png", 0), 1003);
  import = read_as (place->folder, "auto");
  record = import->records->pdata[0];
  g_assert_cmpuint (import->records->len, ==, 1);
  g_assert_cmpuint (record->captions->len, ==, 1000);
  g_assert_cmpuint (import->report.counts[GUISE_PROBLEM_BAD_TEXT], ==, 3);
}

/* The limit is on all files together. */
static void
test_many_records (ImportFolder *place, gconstpointer data)
{
  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  put_many (place, "train.json", "0", 600000);
  put_many (place, "test.json", "0", 400001);
  import_folder_assert_refused (place, "auto", G_IO_ERROR_INVALID_DATA,
                                "'test.json': it has more than 1000000 records");
}

static void
check_progress (guint64 done, guint64 total, gpointer user_data)
{
  guint64 *last = user_data;

  g_assert_cmpuint (done, >=, *last);
  g_assert_cmpuint (done, <=, total);
  *last = done;
}

/* It never goes back, and reaches the last file's part. */
static void
test_progress (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  guint64 last = 0;
  GError *error = NULL;

  import_folder_put (place, "imgs/cam_a/1.png", "picture");
  put_many (place, "train.json", ROW ("cam_a/1.png", 0), 400);
  put_many (place, "test.json", ROW ("cam_a/1.png", 0), 400);
  import = guise_import_read (place->folder, "auto", check_progress, &last, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (last, >, 1900);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  import_folder_test ("/import/textreid/found", test_found);
  import_folder_test ("/import/textreid/j04-extra", test_extra);
  import_folder_test ("/import/textreid/found-beneath", test_found_beneath);
  import_folder_test ("/import/textreid/beside-raw", test_beside_raw);
  import_folder_test ("/import/textreid/beside-other", test_beside_other);
  import_folder_test ("/import/textreid/not-found", test_not_found);
  import_folder_test ("/import/textreid/other-shape", test_other_shape);
  import_folder_test ("/import/textreid/other-name", test_other_name);
  import_folder_test ("/import/textreid/many-texts", test_many_texts);
  import_folder_test ("/import/textreid/many-records", test_many_records);
  import_folder_test ("/import/textreid/progress", test_progress);
  return g_test_run ();
}
