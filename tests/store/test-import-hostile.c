/* Data sets that are out to do harm, or are just in a bad state: what is outside the root stays
 * closed, odd files are reported, and everything is bounded. */
#include "guise-root.h"
#include "import-folder.h"
#include "store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define RSTP "data_captions.json"
#define ONE "\"A man in a red coat.\""

static guint
count (const GuiseImport *import, GuiseProblemKind kind)
{
  return import->report.counts[kind];
}

static gboolean
has_message (const GuiseImport *import, const char *part)
{
  for (guint i = 0; i < import->report.problems->len; i++)
    if (strstr (((GuiseProblem *)import->report.problems->pdata[i])->message, part) != NULL)
      return TRUE;
  return FALSE;
}

static void
make_link (ImportFolder *place, const char *path, const char *target)
{
  g_autofree char *full = g_build_filename (place->folder, path, NULL);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

/* ---- nothing outside the root --------------------------------------------------------------- */

/* A folder beside the data set, watched: has anything in it been opened? */
typedef struct {
  char *folder, *file;
  int watch;
} Outside;

static void
outside_set_up (Outside *outside)
{
  outside->folder = fixture_folder ();
  outside->file = g_build_filename (outside->folder, "secret.jpg", NULL);
  g_assert_true (g_file_set_contents (outside->file, "secret", -1, NULL));
  outside->watch = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
  g_assert_cmpint (inotify_add_watch (outside->watch, outside->folder, IN_OPEN), >=, 0);
}

static gboolean
outside_was_opened (Outside *outside)
{
  char events[4096];

  return read (outside->watch, events, sizeof events) > 0;
}

static void
outside_tear_down (Outside *outside)
{
  int fd = open (outside->file, O_RDONLY | O_CLOEXEC);

  g_assert_true (outside_was_opened (outside)); /* the watch works */
  close (fd);
  close (outside->watch);
  g_free (outside->file);
  fixture_remove (outside->folder);
}

static void
test_paths (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autofree char *up = NULL, *base = NULL;
  Outside outside;
  guint n_refused = 0;

  outside_set_up (&outside);
  base = g_path_get_basename (outside.folder);
  up = g_strdup_printf ("../../%s/secret.jpg", base);
  const char *const refused[]
      = { up, outside.file, "a/../../x", "C:\\\\x", "", "a/", "a\\nb", "a\\\\b" };
  for (; n_refused < G_N_ELEMENTS (refused); n_refused++)
    import_folder_add_rstp (place, "train", 0, refused[n_refused], ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "a//b.jpg", ONE, TRUE);
  import_folder_add_rstp (place, "train", 0, "./c.jpg", ONE, TRUE);
  import_folder_add_rstp (place, "train", 0, "%2e%2e.jpg", ONE, TRUE); /* a name, not a path */
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_BAD_RECORD), ==, n_refused);
  g_assert_cmpuint (import->records->len, ==, 3);
  g_assert_cmpstr (((GuiseRecord *)import->records->pdata[0])->path, ==, "imgs/a/b.jpg");
  g_assert_cmpstr (((GuiseRecord *)import->records->pdata[1])->path, ==, "imgs/c.jpg");
  g_assert_false (outside_was_opened (&outside));
  outside_tear_down (&outside);
}

/* Links within the data set are followed, links that leave it are missing images, be it the image,
 * a folder above it or the annotation file. */
static void
test_links (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autofree char *annotations = NULL;
  Outside outside;

  outside_set_up (&outside);
  import_folder_put (place, "imgs/real/1.jpg", "picture");
  make_link (place, "imgs/inside.jpg", "real/1.jpg");
  make_link (place, "imgs/folder", "real");
  make_link (place, "imgs/absolute.jpg", outside.file);
  make_link (place, "imgs/away", outside.folder);
  make_link (place, "imgs/proc.jpg", "/proc/self/exe");
  import_folder_add_rstp (place, "train", 0, "inside.jpg", ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "folder/1.jpg", ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "absolute.jpg", ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "away/secret.jpg", ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "proc.jpg", ONE, FALSE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (import->records->len, ==, 2);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_MISSING_FILE), ==, 3);
  g_assert_true (has_message (import, "'imgs/away/secret.jpg': the path leaves"));
  annotations = g_build_filename (place->folder, RSTP, NULL);
  g_assert_cmpint (unlink (annotations), ==, 0);
  make_link (place, RSTP, outside.file);
  import_folder_assert_refused (place, "auto", G_IO_ERROR_NOT_FOUND,
                                "'data_captions.json' is no file that lies in the folder");
  g_assert_false (outside_was_opened (&outside));
  outside_tear_down (&outside);
}

/* The root itself may be a link; a data set's folder in it may not lead away. */
static void
test_roots (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseImport) linked = NULL;
  g_autofree char *link = g_build_filename (place->folder, "link", NULL);
  g_autofree char *other = g_build_filename (place->folder, "other", NULL);
  GError *error = NULL;

  import_folder_add_rstp (place, "train", 0, "a.jpg", ONE, TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpint (symlink (".", link), ==, 0);
  linked = guise_import_read (link, "auto", NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (linked->root, ==, import->root); /* one data set, whatever way one comes */
  g_assert_cmpint (g_mkdir (other, 0755), ==, 0);
  make_link (place, "other/RSTPReid", "..");
  g_assert_null (guise_import_read (other, "auto", NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
}

/* ---- odd files ------------------------------------------------------------------------------ */

static void
make_socket (ImportFolder *place, const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *full = g_build_filename (place->folder, path, NULL);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, full, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd);
}

static void
test_odd_files (ImportFolder *place, gconstpointer data)
{
  static const char *const names[] = { "folder.jpg", "fifo.jpg", "socket.jpg", "zero.jpg",
                                       "loop.jpg", "nowhere.jpg", "absent.jpg" };
  g_autoptr (GuiseImport) import = NULL;
  g_autofree char *fifo = g_build_filename (place->folder, "imgs/fifo.jpg", NULL);

  import_folder_put (place, "imgs/folder.jpg/x", "");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  make_socket (place, "imgs/socket.jpg");
  make_link (place, "imgs/zero.jpg", "/dev/zero");
  make_link (place, "imgs/loop.jpg", "loop.jpg");
  make_link (place, "imgs/nowhere.jpg", "gone.jpg");
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    import_folder_add_rstp (place, "train", 0, names[i], ONE, FALSE);
  import_folder_add_rstp (place, "train", 0, "good.jpg", ONE, TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (import->records->len, ==, 1);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_MISSING_FILE), ==, G_N_ELEMENTS (names));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (has_message (import, names[i]));
}

/* A FIFO or a folder where the annotation file should be is none; it does not block. */
static void
test_odd_annotations (ImportFolder *place, gconstpointer data)
{
  g_autofree char *annotations = g_build_filename (place->folder, RSTP, NULL);

  g_assert_cmpint (mkfifo (annotations, 0600), ==, 0);
  import_folder_assert_refused (place, "auto", G_IO_ERROR_NOT_FOUND, "no data set found");
  g_assert_cmpint (unlink (annotations), ==, 0);
  import_folder_put (place, RSTP "/x", "");
  import_folder_assert_refused (place, "rstpreid", G_IO_ERROR_NOT_FOUND, "no data set found");
}

/* What is imported can be opened by its stored path. */
static void
test_odd_names (ImportFolder *place, gconstpointer data)
{
  static const char *const names[]
      = { "%n%s.jpg", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae.jpg", "-rf ~.jpg",
          "'; --.jpg" };
  g_autoptr (GuiseImport) import = NULL;
  g_autoptr (GuiseRoot) root = NULL;
  g_autoptr (GString) deep = g_string_new (NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    import_folder_add_rstp (place, "train", 0, names[i], ONE, TRUE);
  while (deep->len < 3000)
    g_string_append (deep, "a-folder-with-a-name-of-fifty-bytes-to-make-it-deep/");
  g_string_append (deep, "x.jpg");
  import_folder_add_rstp (place, "train", 0, deep->str, ONE, TRUE);
  g_string_assign (deep, "too-long-");
  while (deep->len < 5000)
    g_string_append (deep, "x/");
  g_string_append (deep, "x.jpg");
  import_folder_add_rstp (place, "train", 0, deep->str, ONE, FALSE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (import->records->len, ==, G_N_ELEMENTS (names) + 1);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_BAD_RECORD), ==, 1);
  root = guise_root_open (import->root, NULL);
  for (guint i = 0; i < import->records->len; i++) {
    int fd = guise_root_open_file (root, ((GuiseRecord *)import->records->pdata[i])->path, 0, NULL);

    g_assert_cmpint (fd, >=, 0);
    close (fd);
  }
}

/* ---- records -------------------------------------------------------------------------------- */

static void
test_types (ImportFolder *place, gconstpointer data)
{
  static const char *const ids[]
      = { "1e999", "99999999999999999999999", "1.5", "\"12\"", "true", "null", "-1", "4294967296" };
  static const char *const others[]
      = { "{\"id\": 1, \"split\": \"train\", \"captions\": [\"x\"]}",
          "{\"id\": 1, \"img_path\": \"a.jpg\", \"captions\": [\"x\"]}",
          "{\"id\": 1, \"img_path\": \"a.jpg\", \"split\": \"train\"}",
          "{\"id\": 1, \"img_path\": \"a.jpg\", \"split\": \"train\", \"captions\": \"x\"}",
          "{\"id\": 1, \"id\": 2, \"img_path\": \"a.jpg\", \"split\": \"train\", \"captions\": []}",
          "[]", "7" };
  g_autoptr (GuiseImport) import = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree char *record
        = g_strdup_printf ("{\"id\": %s, \"img_path\": \"a.jpg\", \"split\": \"train\", "
                           "\"captions\": [\"x\"]}",
                           ids[i]);

    import_folder_add (place, record);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    import_folder_add (place, others[i]);
  import_folder_add (place, "{\"id\": 1, \"img_path\": \"a.jpg\", \"split\": \"train\", "
                            "\"captions\": [\"x\"], \"weather\": \"fine\"}");
  import_folder_put (place, "imgs/a.jpg", "picture");
  import = import_folder_read (place, RSTP, "rstpreid", NULL);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_BAD_RECORD), ==,
                    G_N_ELEMENTS (ids) + G_N_ELEMENTS (others));
  g_assert_true (has_message (import, "record 3 of 'data_captions.json': 'id' is not a whole"));
  g_assert_cmpuint (import->records->len, ==, 1);
  g_assert_cmpuint (import->report.n_extra_keys, ==, 1);
}

static void
test_repeats (ImportFolder *place, gconstpointer data)
{
  g_autoptr (GString) many = g_string_new ("\"again\"");
  g_autoptr (GuiseImport) import = NULL;
  const GuiseRecord *joined;

  for (int i = 1; i < 10000; i++)
    g_string_append (many, ", \"again\"");
  import_folder_add_rstp (place, "train", 0, "many.jpg", many->str, TRUE);
  import_folder_add_rstp (place, "train", 1, "twice.jpg", "\"one\", \"two\"", TRUE);
  import_folder_add_rstp (place, "train", 1, "./twice.jpg", "\"two\", \"three\"", FALSE);
  import_folder_add_rstp (place, "train", 2, "twice.jpg", "\"four\"", FALSE); /* another person */
  import_folder_add_rstp (place, "test", 1, "twice.jpg", "\"five\"", FALSE);  /* another split */
  import_folder_add_rstp (place, "val", 1, "other.jpg", "\"six\"", TRUE);
  import = import_folder_read (place, RSTP, "auto", NULL);
  g_assert_cmpuint (import->records->len, ==, 3);
  g_assert_cmpuint (((GuiseRecord *)import->records->pdata[0])->captions->len, ==, 1000);
  g_assert_true (has_message (import, "image has 10000 texts"));
  g_assert_cmpuint (count (import, GUISE_PROBLEM_REPEATED_CAPTION), ==, 999);
  joined = import->records->pdata[1];
  g_assert_cmpuint (joined->captions->len, ==, 3);
  g_assert_cmpstr (((GuiseRecordCaption *)joined->captions->pdata[2])->text, ==, "three");
  g_assert_cmpuint (count (import, GUISE_PROBLEM_DUPLICATE_IMAGE), ==, 3);
  g_assert_cmpuint (count (import, GUISE_PROBLEM_SPLIT_LEAK), ==, 2); /* an image and a person */
  g_assert_true (has_message (import, "image is in more than one split: 'imgs/twice.jpg': train, "
                                      "test"));
  g_assert_true (has_message (import, "person is in more than one split: '1': train, val"));
}

/* ---- sizes ---------------------------------------------------------------------------------- */

/* A file too large to be read is refused by its size. */
static void
test_large_file (ImportFolder *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->folder, RSTP, NULL);

  import_folder_put (place, RSTP, "[");
  g_assert_cmpint (truncate (path, (off_t)2 << 30), ==, 0);
  import_folder_assert_refused (place, "auto", G_IO_ERROR_FAILED,
                                "'data_captions.json': it has 2048 MB, more than the 256");
}

static void
test_many_records (void)
{
  g_autoptr (GString) json = g_string_sized_new (3000010);
  g_autoptr (GError) error = NULL;

  g_string_append (json, "[{}");
  for (int i = 1; i < 1000001; i++)
    g_string_append (json, ",{}");
  g_string_append_c (json, ']');
  g_assert_null (guise_import_parse ("rstpreid", json->str, json->len, &error));
  g_assert_nonnull (strstr (error->message, "more than 1000000 records"));
}

/* The annotation file cut short at every length is an error with a sentence, never more. */
static void
test_cut (void)
{
  static const char json[]
      = "[{\"id\": 0, \"img_path\": \"a\\u00e9.jpg\", \"captions\": [\"x \\\"y\\\"\", \"z\"], "
        "\"split\": \"train\"}, {\"id\": 1, \"img_path\": \"b.jpg\", \"captions\": [], "
        "\"split\": \"test\"}]";

  for (size_t size = 0; size < strlen (json); size++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *part = g_memdup2 (json, size); /* its end is the end of the memory */

    g_assert_null (guise_import_parse ("rstpreid", part != NULL ? part : "", size, &error));
    g_assert_nonnull (strstr (error->message, "data_captions.json"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  import_folder_test ("/import/j05-paths", test_paths);
  import_folder_test ("/import/j06-links", test_links);
  import_folder_test ("/import/j06-roots", test_roots);
  import_folder_test ("/import/i19-odd-files", test_odd_files);
  import_folder_test ("/import/i19-odd-annotations", test_odd_annotations);
  import_folder_test ("/import/i18-odd-names", test_odd_names);
  import_folder_test ("/import/j03-j04-types", test_types);
  import_folder_test ("/import/j07-repeats", test_repeats);
  import_folder_test ("/import/j15-large-file", test_large_file);
  g_test_add_func ("/import/j15-many-records", test_many_records);
  g_test_add_func ("/import/cut", test_cut);
  return g_test_run ();
}
