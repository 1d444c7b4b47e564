/* ICFG-PEDES and RSTPReid in their official shapes with all their irregularities, what the report
 * says about them, and how a folder's format is found out. */
#include "import-folder.h"

#include <string.h>
#include <unistd.h>

#define ICFG "ICFG-PEDES.json"
#define RSTP "data_captions.json"
#define TWO "\"A man in a red coat.\", \"He carries a bag.\""

static guint
count (const GuiseImport *import, GuiseProblemKind kind)
{
  return import->report.counts[kind];
}

static const GuiseRecord *
record_at (const GuiseImport *import, guint i)
{
  g_assert_cmpuint (i, <, import->records->len);
  return import->records->pdata[i];
}

/* The message of the first problem of a kind. */
static const char *
first_message (const GuiseImport *import, GuiseProblemKind kind)
{
  for (guint i = 0; i < import->report.problems->len; i++) {
    const GuiseProblem *problem = import->report.problems->pdata[i];

    if (problem->kind == kind)
      return problem->message;
  }
  g_assert_not_reached ();
}

static void
assert_counts (const GuiseImportCounts *counts, guint n_images, guint n_persons, guint n_captions)
{
  g_assert_cmpuint (counts->n_images, ==, n_images);
  g_assert_cmpuint (counts->n_persons, ==, n_persons);
  g_assert_cmpuint (counts->n_captions, ==, n_captions);
}

/* ---- ICFG-PEDES ----------------------------------------------------------------------------- */

/* The folders `train` and `test` are not the splits, persons begin at 0, there is no validation. */
static void
test_icfg_shape (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  const GuiseImportReport *report;

  import_folder_add_icfg (place, "train", 0, "test/0003/0003_000_01_0303morning_0015_0.jpg",
                          "\"A tall man.\"", TRUE);
  import_folder_add_icfg (place, "train", 0, "train/0003/0003_012_15_0303noon_0015_1.jpg",
                          "\"A man with a bag.\"", TRUE);
  import_folder_add_icfg (place, "TEST", 3102, "train/0007/0007_001_004_0113noon_1_0_ex.jpg",
                          "\"A woman.\"", TRUE);
  import_folder_add_icfg (place, "test", 3103, "train/0008/odd-name.jpg", "\"A boy.\"", TRUE);
  import = import_folder_read (place, ICFG, "auto", NULL);
  report = &import->report;
  g_assert_cmpstr (import->format, ==, "icfg-pedes");
  g_assert_cmpstr (import->annotation, ==, ICFG);
  assert_counts (&report->splits[GUISE_SPLIT_TRAIN], 2, 1, 2);
  assert_counts (&report->splits[GUISE_SPLIT_VAL], 0, 0, 0);
  assert_counts (&report->splits[GUISE_SPLIT_TEST], 2, 2, 2);
  g_assert_cmpuint (report->problems->len, ==, 0);
  g_assert_cmpstr (record_at (import, 0)->person, ==, "0");
  g_assert_cmpint (record_at (import, 0)->split, ==, GUISE_SPLIT_TRAIN);
  g_assert_cmpstr (record_at (import, 0)->path, ==,
                   "imgs/test/0003/0003_000_01_0303morning_0015_0.jpg");
  g_assert_cmpstr (record_at (import, 0)->camera, ==, "1");
  g_assert_cmpstr (record_at (import, 1)->camera, ==, "15");
  g_assert_cmpint (record_at (import, 2)->split, ==, GUISE_SPLIT_TEST);
  g_assert_cmpstr (record_at (import, 2)->camera, ==, "4");
  g_assert_null (record_at (import, 3)->camera);
}

static void
test_icfg_names (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) underscore = NULL;
  g_autoptr (GuiseImport) hyphen = NULL;

  import_folder_add_icfg (place, "train", 0, "train/a.jpg", "\"A man.\"", TRUE);
  underscore = import_folder_read (place, "ICFG_PEDES.json", "auto", NULL);
  g_assert_cmpstr (underscore->format, ==, "icfg-pedes");
  g_assert_cmpstr (underscore->annotation, ==, "ICFG_PEDES.json");
  hyphen = import_folder_read (place, ICFG, "icfg-pedes", NULL); /* both are there now */
  g_assert_cmpstr (hyphen->annotation, ==, ICFG);
}

/* Every person has a folder; the report names the two above them. */
static void
test_icfg_missing (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  const GuiseImportFolder *folder;

  for (int i = 0; i < 40; i++) {
    g_autofree char *path
        = g_strdup_printf ("%s/%04d/%04d_000_01_0303morning_0015_0.jpg",
                           i % 4 == 0 ? "train" : "test", i, i);

    import_folder_add_icfg (place, "train", i, path, TWO, i % 4 == 0 && i > 0);
  }
  import = import_folder_read (place, ICFG, "auto", NULL);
  g_assert_cmpuint (import->report.folders->len, ==, 2);
  folder = import->report.folders->pdata[0];
  g_assert_cmpstr (folder->folder, ==, "imgs/test");
  g_assert_cmpuint (folder->n_images, ==, 30);
  g_assert_cmpuint (folder->n_missing, ==, 30);
  folder = import->report.folders->pdata[1];
  g_assert_cmpstr (folder->folder, ==, "imgs/train");
  g_assert_cmpuint (folder->n_images, ==, 10);
  g_assert_cmpuint (folder->n_missing, ==, 1);
  assert_counts (&import->report.splits[GUISE_SPLIT_TRAIN], 9, 9, 18);
  assert_counts (&import->report.named[GUISE_SPLIT_TRAIN], 40, 40, 80);
}

/* ---- RSTPReid ------------------------------------------------------------------------------- */

static void
test_rstp_shape (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_rstp (place, "train", 0, "0000_c14_0031.jpg", TWO, TRUE);
  import_folder_add_rstp (place, "train", 0, "0000_c1_0002.jpg", "\"one\", \"two\", \"three\"",
                          TRUE);
  import_folder_add_rstp (place, "val", 3701, "3701_c5_0025.jpg", "\"four\", \"five\"", TRUE);
  import_folder_add_rstp (place, "test", 3901, "x3901_c5_0025.jpg", "\"six\", \"seven\"", TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpstr (import->format, ==, "rstpreid");
  assert_counts (&import->report.splits[GUISE_SPLIT_TRAIN], 2, 1, 5);
  assert_counts (&import->report.splits[GUISE_SPLIT_VAL], 1, 1, 2);
  assert_counts (&import->report.splits[GUISE_SPLIT_TEST], 1, 1, 2);
  g_assert_cmpuint (import->report.problems->len, ==, 0);
  g_assert_cmpuint (import->report.n_extra_keys, ==, 0);
  g_assert_cmpuint (import->report.official[GUISE_SPLIT_TRAIN].n_persons, ==, 3701);
  g_assert_cmpstr (record_at (import, 0)->path, ==, "imgs/0000_c14_0031.jpg");
  g_assert_cmpstr (record_at (import, 0)->person, ==, "0");
  g_assert_cmpstr (record_at (import, 0)->camera, ==, "14");
  g_assert_cmpstr (record_at (import, 2)->camera, ==, "5");
  g_assert_null (record_at (import, 3)->camera);
}

/* Its path is called img_path; the other name is not taken for it. */
static void
test_rstp_other_key (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  import_folder_add_cuhk (place, "train", 0, "a.jpg", TWO, TRUE);
  g_assert_null (import_folder_read (place, RSTP, "rstpreid", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "'img_path' is not a string"));
}

/* What the real captions hold is kept to the byte, and said. */
static void
test_rstp_noise (ImportFolder *place, gconstpointer data)
{
  static const char fragment[] = "print(f'{x}') %s <b>A man。He，wears";
  g_autoptr (GuiseImport) import = NULL;
  g_autofree char *first = g_strdup_printf ("\"%s\", \"Same words.\"", fragment);

  import_folder_add_rstp (place, "train", 0, "0000_c1_1.jpg", first, TRUE);
  import_folder_add_rstp (place, "train", 0, "0000_c2_1.jpg", "\"Same words.\"", TRUE);
  import_folder_add_rstp (place, "train", 1, "0001_c2_1.jpg", "\"Same words.\", \"other\"", TRUE);
  import_folder_add_rstp (place, "train", 1, "0001_c3_1.jpg", "\"twice\", \"twice\"", TRUE);
  import_folder_add_rstp (place, "train", 2, "0002_c3_1.jpg", "\"Same words.\"", TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_NON_ASCII), ==, 1);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_SHARED_CAPTION), ==, 1); /* each text once */
  g_assert_cmpstr (first_message (import, GUISE_PROBLEM_SHARED_CAPTION), ==,
                   "persons 0 and 1 share a caption: 'imgs/0000_c1_1.jpg' and "
                   "'imgs/0001_c2_1.jpg'");
  g_assert_cmpuint (count (import, GUISE_PROBLEM_REPEATED_CAPTION), ==, 1);
  g_assert_cmpstr (((GuiseRecordCaption *)record_at (import, 0)->captions->pdata[0])->text, ==,
                   fragment);
  assert_counts (&import->report.splits[GUISE_SPLIT_TRAIN], 5, 3, 8); /* all are kept */
}

/* Marks count as pieces, as tokenizers take them; the last that is seen whole has 62. */
static void
test_long (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GString) longest = g_string_new ("\"");
  g_autoptr (GString) longer = NULL;
  g_autoptr (GuiseImport) import = NULL;

  for (int i = 0; i < GUISE_IMPORT_LONG_PIECES / 2; i++)
    g_string_append (longest, i % 2 == 0 ? "word, " : "word.");
  g_string_append_c (longest, '"');
  longer = g_string_new (longest->str);
  g_string_insert (longer, 1, "a ");
  import_folder_add_rstp (place, "train", 0, "0000_c1_1.jpg", longest->str, TRUE);
  import_folder_add_rstp (place, "train", 0, "0000_c2_1.jpg", longer->str, TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_LONG_CAPTION), ==, 1);
  g_assert_nonnull (strstr (first_message (import, GUISE_PROBLEM_LONG_CAPTION), "0000_c2_1.jpg"));
  assert_counts (&import->report.splits[GUISE_SPLIT_TRAIN], 2, 1, 2);
}

static void
test_odd_split (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;

  import_folder_add_rstp (place, "Val", 0, "0000_c1_1.jpg", TWO, TRUE);
  import_folder_add_rstp (place, "query", 0, "0000_c2_1.jpg", "\"x\"", TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_ODD_SPLIT), ==, 1);
  g_assert_nonnull (strstr (first_message (import, GUISE_PROBLEM_ODD_SPLIT),
                            "'query' of 'imgs/0000_c2_1.jpg'"));
  assert_counts (&import->report.splits[GUISE_SPLIT_VAL], 2, 1, 3);
}

/* ---- published numbers ---------------------------------------------------------------------- */

/* n_images records of n_persons persons from `first_id` on, and n_captions in all of them. */
static void
add_split (GString *json, const char *key, const char *split, guint first_id,
           const guint numbers[3])
{
  for (guint i = 0; i < numbers[0]; i++) {
    guint n_captions = numbers[2] / numbers[0] + (i < numbers[2] % numbers[0]);

    g_string_append_printf (json, "%s{\"split\":\"%s\",\"id\":%u,\"%s\":\"%s/%u.jpg\","
                                  "\"captions\":[",
                            json->len > 1 ? "," : "", split, first_id + i % numbers[1], key, split,
                            i);
    for (guint j = 0; j < n_captions; j++)
      g_string_append_printf (json, "%s\"%s %u %u\"", j > 0 ? "," : "", split, i, j);
    g_string_append (json, "]}");
  }
}

static GuiseImport *
parse_counts (const char *format, const char *key, guint first_id, const guint numbers[3][3])
{
  g_autoptr (GString) json = g_string_new ("[");
  g_autoptr (GError) error = NULL;
  GuiseImport *import;

  for (int split = 0; split < 3; split++) {
    if (numbers[split][0] > 0)
      add_split (json, key, guise_split_to_string ((GuiseSplit)split), first_id, numbers[split]);
    first_id += numbers[split][1];
  }
  g_string_append_c (json, ']');
  import = guise_import_parse (format, json->str, json->len, &error);
  g_assert_no_error (error);
  return import;
}

/* The numbers as they are published, and what Guise holds for them. */
static void
test_published (void)
{
  static const struct {
    const char *format, *key;
    guint first_id, numbers[3][3];
  } sets[] = {
    { "cuhk-pedes",
      "file_path",
      1,
      { { 34054, 11003, 68126 }, { 3078, 1000, 6158 }, { 3074, 1000, 6156 } } },
    { "icfg-pedes", "file_path", 0, { { 34674, 3102, 34674 }, { 0 }, { 19848, 1000, 19848 } } },
    { "rstpreid",
      "img_path",
      0,
      { { 18505, 3701, 37010 }, { 1000, 200, 2000 }, { 1000, 200, 2000 } } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (sets); i++) {
    g_autoptr (GuiseImport) import
        = parse_counts (sets[i].format, sets[i].key, sets[i].first_id, sets[i].numbers);

    for (int split = 0; split < 3; split++) {
      const guint *numbers = sets[i].numbers[split];

      assert_counts (&import->report.official[split], numbers[0], numbers[1], numbers[2]);
      assert_counts (&import->report.splits[split], numbers[0], numbers[1], numbers[2]);
      assert_counts (&import->report.named[split], numbers[0], numbers[1], numbers[2]);
    }
    g_assert_cmpuint (count (import, GUISE_PROBLEM_SPLIT_LEAK), ==, 0);
    g_assert_cmpuint (count (import, GUISE_PROBLEM_OUTDATED), ==, 0);
  }
}

static void
test_outdated (void)
{
  static const guint first_edition[3][3]
      = { { 19505, 3901, 39010 }, { 500, 100, 1000 }, { 500, 100, 1000 } };
  g_autoptr (GuiseImport) import = parse_counts ("rstpreid", "img_path", 0, first_edition);
  const GuiseProblem *first = import->report.problems->pdata[0];

  g_assert_cmpuint (count (import, GUISE_PROBLEM_OUTDATED), ==, 1);
  g_assert_cmpint (first->kind, ==, GUISE_PROBLEM_OUTDATED);
  g_assert_nonnull (strstr (first->message, "'data_captions.json'"));
  g_assert_nonnull (strstr (first->message, "3701, 200 and 200"));
}

static void
test_parse_failures (void)
{
  g_autoptr (GError) unknown = NULL;
  g_autoptr (GError) broken = NULL;

  g_assert_null (guise_import_parse ("market1501", "[]", 2, &unknown));
  g_assert_error (unknown, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_null (guise_import_parse ("rstpreid", "[{", 2, &broken));
  g_assert_nonnull (strstr (broken->message, "'data_captions.json'"));
}

/* ---- which format it is --------------------------------------------------------------------- */

static void
test_auto_shapes (ImportFolder *place, gconstpointer data)
{
  static const struct {
    const char *name, *key;
    int id;
    const char *format;
  } cases[] = {
    { "reid_raw.json", "file_path", 1, "cuhk-pedes" },
    { "reid_raw.json", "file_path", 0, "cuhk-pedes" }, /* the name before the first person */
    { "ICFG-PEDES.json", "file_path", 7, "icfg-pedes" },
    { "data_captions.json", "img_path", 5, "rstpreid" },
    { "reid_raw.json", "img_path", 1, "rstpreid" }, /* the key before the name */
    { "data_captions.json", "file_path", 0, "icfg-pedes" },
    { "people.json", "file_path", 0, "icfg-pedes" },
    { "people.json", "file_path", 1, "cuhk-pedes" },
    { "people.json", "img_path", 1, "rstpreid" },
  };

  import_folder_put (place, "imgs/a.jpg", "picture");
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GuiseImport) import = NULL;
    g_autofree char *path = g_build_filename (place->folder, cases[i].name, NULL);
    g_autofree char *record
        = g_strdup_printf (" {\"%s\": \"a.jpg\", \"split\": \"train\", \"captions\": [\"x\"], "
                           "\"id\": %d}",
                           cases[i].key, cases[i].id);

    g_string_assign (place->json, "\xef\xbb\xbf[");
    g_string_append (place->json, record);
    import = import_folder_read (place, cases[i].name, NULL, NULL);
    g_assert_cmpstr (import->format, ==, cases[i].format);
    g_assert_cmpstr (import->annotation, ==, cases[i].name);
    g_assert_cmpint (unlink (path), ==, 0);
  }
}

static void
test_auto_unread (ImportFolder *place, gconstpointer data)
{
  static const char *const cases[][2] = {
    { "{\"annotations\": [{\"file_path\": \"a.jpg\", \"id\": 1, \"sentence\": \"x\"}]}",
      "TextReID" },
    { " {\"Part1/7/1.jpg\" : [\"a\", \"b\"]}", "HAM-PEDES" },
    { "[{\"image\": \"a.jpg\", \"caption\": \"x\", \"label\": [1, 0]}]", "MALS" },
    { "[{\"id\": 1, \"file_path\": \"a.jpg\", \"attributes\": [\"x\"], \"captions\": []}]",
      "SYNTH-PEDES" },
    { "[{\"split\": \"train\", \"id\": 1, \"file_path\": \"images/a.jpg\", \"captions\": []}]",
      "UFineBench" },
    { "[{\"id\": 1, \"file_path\": \"a.jpg\", \"captions\": []}]", "for training" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    import_folder_put (place, "caption.json", cases[i][0]);
    import_folder_assert_refused (place, "auto", G_IO_ERROR_NOT_SUPPORTED, cases[i][1]);
    import_folder_assert_refused (place, "rstpreid", G_IO_ERROR_NOT_FOUND, "'data_captions.json'");
  }
}

static void
test_auto_not_found (ImportFolder *place, gconstpointer data)
{
  import_folder_assert_refused (place, NULL, G_IO_ERROR_NOT_FOUND,
                                "'ICFG-PEDES.json' or 'ICFG_PEDES.json' (ICFG-PEDES)");
  import_folder_put (place, "settings.json", "{\"colour\": 1}");
  import_folder_assert_refused (place, NULL, G_IO_ERROR_NOT_FOUND, "no data set found");
  import_folder_put (place, "settings.json", "{\"plugins\": [1, 2]}");
  import_folder_assert_refused (place, NULL, G_IO_ERROR_NOT_FOUND, "no data set found");
  import_folder_put (place, "settings.json", "[{\"image\": 1}]");
  import_folder_assert_refused (place, NULL, G_IO_ERROR_NOT_FOUND, "no data set found");
  import_folder_put (place, "settings.json", "[");
  import_folder_assert_refused (place, NULL, G_IO_ERROR_NOT_FOUND, "no data set found");
  import_folder_assert_refused (place, "rstp", G_IO_ERROR_INVALID_ARGUMENT, "'rstp'");
}

/* A folder with several data sets in it is one to choose from. */
static void
test_auto_several (ImportFolder *place, gconstpointer data)
{
  static const char cuhk[] = "[{\"file_path\": \"a.jpg\", \"split\": \"test\", \"id\": 1, "
                             "\"captions\": [\"x\"]}]";
  static const char rstp[] = "[{\"img_path\": \"a.jpg\", \"split\": \"test\", \"id\": 1, "
                             "\"captions\": [\"x\"]}]";
  g_autoptr (GuiseImport) chosen = NULL;
  g_autoptr (GuiseImport) only = NULL;
  g_autofree char *inside = g_build_filename (place->folder, "CUHK-PEDES", NULL);
  GError *error = NULL;

  import_folder_put (place, "CUHK-PEDES/reid_raw.json", cuhk);
  import_folder_put (place, "CUHK-PEDES/imgs/a.jpg", "picture");
  import_folder_put (place, "RSTPReid/data_captions.json", rstp);
  import_folder_put (place, "RSTPReid/imgs/a.jpg", "picture");
  import_folder_assert_refused (place, "auto", G_IO_ERROR_FAILED, "more than one data set");
  chosen = guise_import_read (place->folder, "rstpreid", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (chosen->name, ==, "RSTPReid");
  only = guise_import_read (inside, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (only->format, ==, "cuhk-pedes");
  import_folder_put (place, "reid_raw.json", cuhk);
  import_folder_put (place, "data_captions.json", rstp);
  import_folder_assert_refused (place, NULL, G_IO_ERROR_FAILED, "more than one data set");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  import_folder_test ("/import/icfg/official-shape", test_icfg_shape);
  import_folder_test ("/import/icfg/both-names", test_icfg_names);
  import_folder_test ("/import/icfg/missing-folders", test_icfg_missing);
  import_folder_test ("/import/rstp/official-shape", test_rstp_shape);
  import_folder_test ("/import/rstp/other-key", test_rstp_other_key);
  import_folder_test ("/import/rstp/noise", test_rstp_noise);
  import_folder_test ("/import/rstp/long-captions", test_long);
  import_folder_test ("/import/rstp/odd-split", test_odd_split);
  g_test_add_func ("/import/published-counts", test_published);
  g_test_add_func ("/import/rstp/outdated", test_outdated);
  g_test_add_func ("/import/parse-failures", test_parse_failures);
  import_folder_test ("/import/auto/shapes", test_auto_shapes);
  import_folder_test ("/import/auto/unread", test_auto_unread);
  import_folder_test ("/import/auto/not-found", test_auto_not_found);
  import_folder_test ("/import/auto/several", test_auto_several);
  return g_test_run ();
}
