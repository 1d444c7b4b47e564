/* The files of a data set through import, project and decoder: very many in one folder, and names
 * that mean something to somebody else. */
#include "guise-project.h"
#include "store-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  char *folder, *root, *images;
  json_t *records;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = fixture_folder ();
  fixture->root = g_build_filename (fixture->folder, "people", NULL);
  fixture->images = g_build_filename (fixture->root, "imgs", "c", NULL);
  fixture->records = json_array ();
  g_assert_cmpint (g_mkdir_with_parents (fixture->images, 0755), ==, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  json_decref (fixture->records);
  g_free (fixture->images);
  g_free (fixture->root);
  fixture_remove (fixture->folder);
}

static char *
put_picture (Fixture *fixture, const char *name)
{
  g_autofree char *golden
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "plain.png", NULL);
  char *path = g_build_filename (fixture->images, name, NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (golden, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
  return path;
}

static void
add_record (Fixture *fixture, const char *name)
{
  g_autofree char *below = g_strdup_printf ("c/%s", name);

  json_array_append_new (fixture->records, json_pack ("{s:s, s:[s], s:s, s:i}", "split", "train",
                                                      "captions", "a", "file_path", below, "id",
                                                      (int)json_array_size (fixture->records) + 1));
}

/* The project's folder, closed again. */
static char *
import (Fixture *fixture)
{
  char *folder = g_build_filename (fixture->folder, "project", NULL);
  g_autofree char *path = g_build_filename (fixture->root, "reid_raw.json", NULL);
  g_autoptr (GuiseProject) project = NULL;
  g_autoptr (GuiseImport) data = NULL;
  g_autoptr (GError) error = NULL;
  GuiseImportStats stats;

  g_assert_cmpint (json_dump_file (fixture->records, path, 0), ==, 0);
  data = guise_import_read (fixture->root, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  project = guise_project_create (folder, &error);
  g_assert_no_error (error);
  guise_project_import (project, data, &stats, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stats.n_images_added, ==, json_array_size (fixture->records));
  guise_project_close (project);
  return folder;
}

/* Opens the project anew; every stride-th of its images must decode, the others be there. Returns
 * how many do. */
static guint
decode (const char *folder, guint stride, const char *except)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = guise_project_open (folder, GUISE_PROJECT_READ_ONLY, &error);
  GuiseStore *store;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GuiseRoot) root = NULL;
  guint n = 0;

  g_assert_no_error (error);
  store = guise_project_get_store (project);
  root = guise_project_get_root (project, 1, &error);
  g_assert_no_error (error);
  ids = guise_store_list_images (store, NULL, GUISE_SORT_IMPORT, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < ids->len; i += stride) {
    g_autoptr (GuiseImageRecord) record
        = guise_store_get_image (store, g_array_index (ids, gint64, i), &error);
    g_autoptr (GuiseImage) image = NULL;

    g_assert_no_error (error);
    image = guise_decoder_decode (guise_project_get_decoder (project), root, record->path, NULL,
                                  NULL, &error);
    if (except != NULL && g_str_has_suffix (record->path, except)) {
      g_assert_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_EMPTY);
      g_clear_error (&error);
      continue;
    }
    g_assert_no_error (error);
    n++;
  }
  guise_project_close (project);
  return n;
}

/* -m slow makes a hundred thousand of them. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  const guint n = g_test_slow () ? 100000 : 2000;
  g_autofree char *original = put_picture (fixture, "0.png");
  g_autofree char *folder = NULL;

  add_record (fixture, "0.png");
  for (guint i = 1; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("%u.png", i);
    g_autofree char *path = g_build_filename (fixture->images, name, NULL);

    if (link (original, path) < 0) { /* a file has so many names and no more */
      g_assert_cmpint (errno, ==, EMLINK);
      g_free (original);
      original = put_picture (fixture, name);
    }
    add_record (fixture, name);
  }
  folder = import (fixture);
  g_assert_cmpuint (decode (folder, n / 20, NULL), ==, 20);
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  const char *names[] = { "%n%s%d.png",
                          "-rf.png",
                          " space .png",
                          "<b>&amp;\"'.png",
                          "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d.png",
                          "\xe2\x80\xaegnp.png",
                          "e\xcc\x81.png",
                          "\xc3\xa9.png",
                          "'; DROP TABLE images;--.png" };
  g_autofree char *longest = g_strnfill (240, 'x');
  g_autofree char *long_name = g_strconcat (longest, ".png", NULL);
  g_autofree char *folder = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (names); i++) {
    const char *name = i < G_N_ELEMENTS (names) ? names[i] : long_name;
    g_autofree char *path = put_picture (fixture, name);

    add_record (fixture, name);
  }
  folder = import (fixture);
  g_assert_cmpuint (decode (folder, 1, NULL), ==, G_N_ELEMENTS (names) + 1);
}

/* One file without a byte: its row is there and says so, and so are the others. */
static void
test_empty (Fixture *fixture, gconstpointer data)
{
  const char *names[] = { "before.png", "empty.png", "after.png" };
  g_autofree char *folder = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = put_picture (fixture, names[i]);

    if (i == 1)
      g_assert_true (g_file_set_contents (path, "", 0, NULL));
    add_record (fixture, names[i]);
  }
  folder = import (fixture);
  g_assert_cmpuint (decode (folder, 1, "empty.png"), ==, 2);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/image-files/i01-empty", test_empty);
  ADD ("/image-files/i18-many", test_many);
  ADD ("/image-files/i18-names", test_names);
  return g_test_run ();
}
