/* The synthetic people: the same for the same seed, split and counted as promised, told truthfully
 * except for the planted mistakes, short enough for the tiny model, nothing left after a failure.
 */
#include "demo-folder.h"
#include "demo-reader.h"
#include "guise-demo.h"
#include "guise-wordpiece-train.h"
#include "guise-wordpiece.h"
#include "temp-folder.h"

#include <cairo.h>
#include <glib/gstdio.h>
#include <string.h>

#define N_PERSONS 36
#define SEED 5

/* One data set serves the tests that only read. */
static char *place, *root;
static GuiseDemoCounts counts;
static DemoFolder folder;

#define EACH_IMAGE(image)                                         \
  for (const DemoImage *image = (DemoImage *)folder.images->data; \
       image < (DemoImage *)folder.images->data + folder.images->len; image++)

static char *
write_people (const char *name, guint n_persons, guint64 seed, guint n_threads)
{
  char *path = g_build_filename (place, name, NULL);
  g_autoptr (GError) error = NULL;

  guise_demo_write (path, n_persons, seed, n_threads, NULL, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return path;
}

static char *
checksum (const char *path)
{
  char *contents;
  gsize size;
  char *sum;

  g_assert_true (g_file_get_contents (path, &contents, &size, NULL));
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)contents, size);
  g_free (contents);
  return sum;
}

/* Every file of a folder of pictures equals its namesake. */
static guint
compare_trees (const char *a, const char *b)
{
  g_autoptr (GDir) dir = g_dir_open (a, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *one = g_build_filename (a, name, NULL);
    g_autofree char *two = g_build_filename (b, name, NULL);

    if (g_file_test (one, G_FILE_TEST_IS_DIR)) {
      n += compare_trees (one, two);
    } else {
      g_autofree char *first = checksum (one);
      g_autofree char *second = checksum (two);

      g_assert_cmpstr (first, ==, second);
      n++;
    }
  }
  return n;
}

static void
test_same_seed (void)
{
  g_autofree char *one = write_people ("one", 12, 3, 1);
  g_autofree char *two = write_people ("two", 12, 3, 2);
  g_autofree char *other = write_people ("other", 12, 4, 2);
  g_autofree char *list = g_build_filename (one, "reid_raw.json", NULL);
  g_autofree char *other_list = g_build_filename (other, "reid_raw.json", NULL);
  g_autofree char *sum = checksum (list);
  g_autofree char *other_sum = checksum (other_list);
  guint n = compare_trees (one, two);

  g_assert_cmpuint (n, >, 12 * 4);
  g_assert_cmpuint (n, ==, compare_trees (two, one));
  g_assert_cmpstr (sum, !=, other_sum);
}

/* The texts of seed 0 are the same on every machine; the checksums are of this very generator. A
 * wanted change of the grammar raises GUISE_DEMO_VERSION and replaces them (sha256sum *.json). */
static void
test_golden (void)
{
  g_autofree char *path = write_people ("golden", 12, 0, 0);
  g_autofree char *list
      = g_test_build_filename (G_TEST_DIST, "golden", "demo", "seed0-persons12.sha256", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (list, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && strlen (lines[i]) > 66; i++, n++) {
    g_autofree char *file = g_build_filename (path, lines[i] + 66, NULL);
    g_autofree char *sum = checksum (file);

    lines[i][64] = '\0';
    g_assert_cmpstr (sum, ==, lines[i]);
  }
  g_assert_cmpuint (n, ==, 3);
}

static void
test_splits (void)
{
  static const guint wanted[][4] = { /* persons, train, val, test */
                                     { 1, 1, 0, 0 },
                                     { 7, 6, 0, 1 },
                                     { 36, 25, 5, 6 }
  };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++) {
    g_autofree char *name = g_strdup_printf ("split-%u", i);
    g_autofree char *path = write_people (name, wanted[i][0], 1, 0);
    DemoFolder people;
    guint n[3] = { 0 }, stage = 0;
    int last = 0;

    demo_folder_load (&people, path);
    for (guint r = 0; r < people.images->len; r++) {
      const DemoImage *image = &g_array_index (people.images, DemoImage, r);
      guint split = g_str_equal (image->split, "train") ? 0
                    : g_str_equal (image->split, "val") ? 1
                                                        : 2;

      g_assert_cmpuint (split, >=, stage); /* the order of CUHK-PEDES: train, val, test */
      g_assert_cmpint (image->person, >=, last);
      g_assert_cmpint (image->person, <=, last + 1);
      n[split] += image->person != last;
      last = image->person;
      stage = split;
    }
    for (guint s = 0; s < 3; s++)
      g_assert_cmpuint (n[s], ==, wanted[i][1 + s]);
    demo_folder_clear (&people);
  }
}

static void
test_counts (void)
{
  guint n_images[N_PERSONS + 1] = { 0 }, n_outfits[N_PERSONS + 1] = { 0 };
  g_autofree guint *per_outfit = g_new0 (guint, counts.n_outfits + 1);
  g_autofree guint *cameras = g_new0 (guint, counts.n_outfits + 1);

  EACH_IMAGE (image)
  {
    g_autofree char *folder_name = g_strdup_printf ("cam_%d/", image->camera);

    g_assert_cmpint (image->camera, >=, 1);
    g_assert_cmpint (image->camera, <=, GUISE_DEMO_N_CAMERAS);
    g_assert_true (g_str_has_prefix (image->file_path, folder_name));
    n_images[image->person]++;
    n_outfits[image->person] += per_outfit[image->outfit]++ == 0;
    g_assert_false ((cameras[image->outfit] >> image->camera) & 1);
    cameras[image->outfit] |= 1u << image->camera;
  }
  for (guint p = 1; p <= N_PERSONS; p++) {
    g_assert_cmpuint (n_outfits[p], >=, 2);
    g_assert_cmpuint (n_outfits[p], <=, 3);
  }
  for (guint o = 1; o <= counts.n_outfits; o++) {
    g_assert_cmpuint (per_outfit[o], >=, 2);
    g_assert_cmpuint (per_outfit[o], <=, 3);
  }
  g_assert_cmpuint (counts.n_persons, ==, N_PERSONS);
  g_assert_cmpuint (counts.n_images, ==, folder.images->len);
  g_assert_cmpuint (counts.n_captions, ==, 2 * folder.images->len);
  g_assert_cmpuint (counts.n_descriptions, ==, 2 * folder.images->len);
  g_assert_cmpuint (counts.n_planted, ==, json_array_size (folder.planted));
}

/* Outfits of one person differ in upper colour and type and in what is below; no two persons of a
 * split have the same looks. */
static void
test_distinct (void)
{
  EACH_IMAGE (a)
  EACH_IMAGE (b)
  {
    guint n_same = 0;

    for (guint t = 0; t < GUISE_DEMO_FIRST_CLOTHING; t++)
      n_same += a->truth[t] == b->truth[t];
    if (a->person == b->person && a->outfit != b->outfit) {
      g_assert_cmpuint (a->truth[GUISE_DEMO_UPPER_COLOUR], !=, b->truth[GUISE_DEMO_UPPER_COLOUR]);
      g_assert_cmpuint (a->truth[GUISE_DEMO_UPPER_TYPE], !=, b->truth[GUISE_DEMO_UPPER_TYPE]);
    } else if (a->person != b->person && strcmp (a->split, b->split) == 0) {
      g_assert_cmpuint (n_same, <, GUISE_DEMO_FIRST_CLOTHING);
    }
  }
}

static void
test_pictures (void)
{
  EACH_IMAGE (image)
  {
    g_autofree char *path = g_build_filename (root, "imgs", image->file_path, NULL);
    cairo_surface_t *surface = cairo_image_surface_create_from_png (path);

    g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
    g_assert_cmpint (cairo_image_surface_get_width (surface), ==, GUISE_DEMO_WIDTH);
    g_assert_cmpint (cairo_image_surface_get_height (surface), ==, GUISE_DEMO_HEIGHT);
    g_assert_cmpint (cairo_image_surface_get_format (surface), ==, CAIRO_FORMAT_RGB24);
    cairo_surface_destroy (surface);
  }
}

/* -- texts -- */

static const char *
text_of (const DemoImage *image, guint i)
{
  return i < 2 ? image->captions[i] : i == 2 ? image->identity
                                             : image->clothing;
}

static void
test_vocabulary (void)
{
  g_autoptr (GHashTable) words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  EACH_IMAGE (image)
  for (guint t = 0; t < 4; t++) {
    g_autoptr (GPtrArray) tokens = demo_split_text (text_of (image, t));

    for (guint i = 0; i < tokens->len; i++)
      g_hash_table_add (words, g_strdup (tokens->pdata[i]));
  }
  g_assert_cmpuint (g_hash_table_size (words), >, 150);
  g_assert_cmpuint (g_hash_table_size (words), <, 300); /* of 500 that are allowed */
  g_assert_true (g_hash_table_contains (words, "grey"));
  g_assert_false (g_hash_table_contains (words, "gray"));
}

static void
test_styles (void)
{
  static const char *const names[] = { "terse", "flowing", "list", "telegraphic", "hedging", NULL };
  guint n[5] = { 0 };

  EACH_IMAGE (image)
  {
    g_assert_cmpstr (image->styles[0], !=, image->styles[1]);
    for (guint c = 0; c < 2; c++) {
      guint s = 0;

      while (names[s] != NULL && strcmp (names[s], image->styles[c]) != 0)
        s++;
      g_assert_cmpuint (s, <, 5);
      n[s]++;
    }
  }
  for (guint s = 0; s < 5; s++)
    g_assert_cmpuint (n[s] * 10, >, 2 * folder.images->len); /* a fifth each, more or less */
}

/* With the 512 entries that the tiny model gets, trained on these very texts, every text fits its
 * 48 positions, and hardly a word falls apart. */
static void
test_lengths (void)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new ();
  g_autofree char *path = g_build_filename (place, "vocab.txt", NULL);
  g_autoptr (GPtrArray) vocabulary = NULL;
  g_autoptr (GuiseWordpiece) wordpiece = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_pieces = 0;

  EACH_IMAGE (image)
  for (guint t = 0; t < 4; t++)
    g_ptr_array_add (texts, (char *)text_of (image, t));
  vocabulary
      = guise_wordpiece_train ((const char *const *)texts->pdata, texts->len, 512, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (guise_wordpiece_save (path, vocabulary, &error));
  wordpiece = guise_wordpiece_load (path, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < texts->len; i++) {
    gint32 ids[200];
    gsize n = guise_wordpiece_encode (wordpiece, texts->pdata[i], 200, ids);

    g_assert_cmpuint (n, <=, 48);
    n_pieces += n;
  }
  g_test_message ("%u texts, %.1f pieces on average", texts->len, (double)n_pieces / texts->len);
  g_assert_cmpuint (n_pieces, <, 25 * texts->len);
  g_assert_cmpuint (n_pieces, >, 14 * texts->len);
}

/* The planted mistake of this very text, or NULL. */
static json_t *
find_planted (const DemoImage *image, guint text)
{
  static const char *const kinds[] = { "caption", "caption", "identity", "clothing" };
  json_t *mistake;
  size_t i;

  json_array_foreach (folder.planted, i, mistake)
  {
    const char *file = json_string_value (json_object_get (mistake, "file_path"));
    const char *kind = json_string_value (json_object_get (mistake, "kind"));
    json_int_t index = json_integer_value (json_object_get (mistake, "index"));

    if (g_strcmp0 (file, image->file_path) == 0 && g_strcmp0 (kind, kinds[text]) == 0
        && index == (text < 2 ? text : 0))
      return mistake;
  }
  return NULL;
}

static void
check_planted (const DemoImage *image, json_t *mistake, const gint8 *claims)
{
  guint a = demo_find_attribute (json_string_value (json_object_get (mistake, "attribute")));
  const char *stated = json_string_value (json_object_get (mistake, "stated"));
  const char *truth = json_string_value (json_object_get (mistake, "truth"));

  g_assert_cmpuint (a, <, GUISE_DEMO_N_ATTRIBUTES);
  g_assert_cmpstr (stated, !=, truth);
  g_assert_cmpint (claims[a], ==, demo_find_value (a, stated));
  g_assert_cmpint (image->truth[a], ==, demo_find_value (a, truth));
}

/* Whatever a text claims is true and can be seen, but for its one planted mistake. */
static void
test_truth (void)
{
  guint n_planted = 0, n_claims = 0;

  EACH_IMAGE (image)
  for (guint t = 0; t < 4; t++) {
    json_t *mistake = find_planted (image, t);
    gint8 claims[GUISE_DEMO_N_ATTRIBUTES];
    g_autofree char *why = NULL;
    guint n_wrong = 0;

    if (!demo_read_text (text_of (image, t), claims, &why))
      g_error ("%s: '%s': %s", image->file_path, text_of (image, t), why);
    for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++) {
      n_claims += claims[a] >= 0;
      if (claims[a] >= 0 && image->hidden[a])
        g_error ("%s: '%s' tells what is hidden: %s", image->file_path, text_of (image, t),
                 guise_demo_attributes[a].name);
      n_wrong += claims[a] >= 0 && claims[a] != image->truth[a];
    }
    if (n_wrong != (mistake != NULL))
      g_error ("%s: '%s': %u wrong", image->file_path, text_of (image, t), n_wrong);
    if (mistake != NULL)
      check_planted (image, mistake, claims);
    n_planted += mistake != NULL;
  }
  g_assert_cmpuint (n_planted, ==, json_array_size (folder.planted));
  g_assert_cmpuint (n_claims, >, 20 * folder.images->len);
}

static void
test_planted (void)
{
  g_autoptr (GHashTable) files = g_hash_table_new (g_str_hash, g_str_equal);
  json_t *mistake;
  size_t i;

  json_array_foreach (folder.planted, i, mistake)
      g_hash_table_add (files, (char *)json_string_value (json_object_get (mistake, "file_path")));
  g_assert_cmpuint (g_hash_table_size (files), ==, json_array_size (folder.planted));
  g_assert_cmpuint (json_array_size (folder.planted), ==, (folder.images->len + 10) / 20);
}

/* What each kind of description is about, and what a back view cannot show. */
static void
test_kinds (void)
{
  guint n_back = 0, n_sides = 0;

  EACH_IMAGE (image)
  for (guint t = 0; t < 4; t++) {
    gint8 claims[GUISE_DEMO_N_ATTRIBUTES];
    g_autofree char *why = NULL;

    g_assert_true (demo_read_text (text_of (image, t), claims, &why));
    for (guint a = 0; a < GUISE_DEMO_N_ATTRIBUTES; a++) {
      if (t == 2 && a >= GUISE_DEMO_FIRST_CLOTHING)
        g_assert_cmpint (claims[a], ==, -1);
      if (t == 3 && (a < GUISE_DEMO_FIRST_CLOTHING || a > GUISE_DEMO_BAG_SIDE))
        g_assert_cmpint (claims[a], ==, -1);
    }
    if (image->truth[GUISE_DEMO_FACING] == GUISE_DEMO_BACK) {
      g_assert_cmpint (claims[GUISE_DEMO_BEARD], ==, -1);
      g_assert_cmpint (claims[GUISE_DEMO_GLASSES], ==, -1);
      n_back++;
    }
    n_sides += claims[GUISE_DEMO_BAG_SIDE] >= 0;
  }
  g_assert_cmpuint (n_back, >, 0);
  g_assert_cmpuint (n_sides, >, 0);
  g_assert_cmpuint (n_sides, <, folder.images->len);
}

/* -- failures -- */

static void
expect_error (const char *path, guint n_persons, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_demo_write (path, n_persons, 0, 0, NULL, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, code);
}

static void
test_errors (void)
{
  g_autofree char *path = g_build_filename (place, "errors", NULL);
  g_autofree char *deep = g_build_filename (place, "missing", "deep", NULL);
  g_autofree char *file = g_build_filename (place, "file", NULL);

  expect_error (path, 0, G_IO_ERROR_INVALID_ARGUMENT);
  expect_error (path, GUISE_DEMO_MAX_PERSONS + 1, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  expect_error (deep, 2, G_IO_ERROR_NOT_FOUND);
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  expect_error (file, 2, G_IO_ERROR_EXISTS);
  expect_error (root, 2, G_IO_ERROR_EXISTS);
  g_assert_true (g_file_test (root, G_FILE_TEST_IS_DIR));
}

static void
test_recognise (void)
{
  g_autoptr (GError) error = NULL;
  GuiseDemoCounts found;

  g_assert_true (guise_demo_recognise (root, N_PERSONS, SEED, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (&found, sizeof found, &counts, sizeof counts);
  g_assert_false (guise_demo_recognise (root, N_PERSONS, SEED + 1, &found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (guise_demo_recognise (root, N_PERSONS - 1, SEED, &found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_false (guise_demo_recognise (place, N_PERSONS, SEED, &found, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
cancel_soon (guint n_done, guint n_total, gpointer user_data)
{
  g_assert_cmpuint (n_done, <=, n_total);
  g_cancellable_cancel (user_data);
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *path = g_build_filename (place, "cancelled", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  g_assert_false (
      guise_demo_write (path, 24, 0, 2, cancel_soon, cancellable, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  /* a folder that was there stays, empty */
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_clear_error (&error);
  g_cancellable_reset (cancellable);
  g_assert_false (
      guise_demo_write (path, 24, 0, 2, cancel_soon, cancellable, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  dir = g_dir_open (path, 0, NULL);
  g_assert_nonnull (dir);
  g_assert_null (g_dir_read_name (dir));
}

static void
test_contact_sheet (void)
{
  g_autofree char *path = g_build_filename (place, "sheet.png", NULL);
  g_autofree char *bad = g_build_filename (place, "missing", "sheet.png", NULL);
  g_autoptr (GError) error = NULL;
  cairo_surface_t *surface;

  g_assert_true (guise_demo_contact_sheet (root, path, 4, 3, &error));
  g_assert_no_error (error);
  surface = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_image_surface_get_width (surface), >=, 3 * 2 * GUISE_DEMO_WIDTH);
  g_assert_cmpint (cairo_image_surface_get_height (surface), >=, 4 * 2 * GUISE_DEMO_HEIGHT);
  cairo_surface_destroy (surface);
  g_assert_false (guise_demo_contact_sheet (root, bad, 4, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_false (guise_demo_contact_sheet (place, path, 4, 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  place = temp_folder_new ("demo");
  root = g_build_filename (place, "people", NULL);
  guise_demo_write (root, N_PERSONS, SEED, 0, NULL, NULL, &counts, NULL, &error);
  g_assert_no_error (error);
  demo_folder_load (&folder, root);
  g_test_add_func ("/demo/same-seed", test_same_seed);
  g_test_add_func ("/demo/golden", test_golden);
  g_test_add_func ("/demo/splits", test_splits);
  g_test_add_func ("/demo/counts", test_counts);
  g_test_add_func ("/demo/distinct", test_distinct);
  g_test_add_func ("/demo/pictures", test_pictures);
  g_test_add_func ("/demo/vocabulary", test_vocabulary);
  g_test_add_func ("/demo/styles", test_styles);
  g_test_add_func ("/demo/lengths", test_lengths);
  g_test_add_func ("/demo/truth", test_truth);
  g_test_add_func ("/demo/planted", test_planted);
  g_test_add_func ("/demo/kinds", test_kinds);
  g_test_add_func ("/demo/errors", test_errors);
  g_test_add_func ("/demo/recognise", test_recognise);
  g_test_add_func ("/demo/cancel", test_cancel);
  g_test_add_func ("/demo/contact-sheet", test_contact_sheet);
  status = g_test_run ();
  demo_folder_clear (&folder);
  temp_folder_free (place);
  g_free (root);
  return status;
}
