/* guisectl import with each format: what its report says, and what a project is like after an
 * import that was cancelled or killed. */
#include "import-folder.h"
#include "run-ctl.h"
#include "store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ICFG "ICFG-PEDES.json"
#define RSTP "data_captions.json"
#define BATCH 2000

typedef struct {
  ImportFolder people;
  char *folder; /* for the project */
  char *project;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  import_folder_set_up (&place->people, data);
  place->folder = fixture_folder ();
  place->project = g_build_filename (place->folder, "project", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  import_folder_tear_down (&place->people, data);
  fixture_remove (place->folder);
  g_free (place->project);
}

static void
put_annotations (Place *place, const char *name)
{
  g_string_append_c (place->people.json, ']');
  import_folder_put (&place->people, name, place->people.json->str);
}

/* Its standard output; asserts that it succeeds and says nothing else. */
static char *
run_import (Place *place, const char *option, const char *other)
{
  const char *const words[] = { "--project", place->project, "import", place->people.folder,
                                option, other, NULL };
  g_autofree char *errors = NULL;
  char *output = NULL;

  g_assert_cmpint (ctl_run (NULL, words, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  return output;
}

static void
assert_has (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("'%s' is not in:\n%s", part, text);
}

static gint64
get_int (json_t *object, const char *first, const char *second)
{
  json_t *number = json_object_get (object, first);

  if (second != NULL)
    number = json_object_get (number, second);
  g_assert_true (json_is_integer (number));
  return json_integer_value (number);
}

static void
test_icfg (Place *place, gconstpointer data)
{
  g_autofree char *text = NULL, *again = NULL, *first = NULL;

  for (int i = 0; i < 30; i++) {
    g_autofree char *path
        = g_strdup_printf ("%s/%04d/%04d_000_01_0303morning_0015_0.jpg", i < 3 ? "train" : "test",
                           i, i);
    g_autofree char *caption = g_strdup_printf ("\"person %d\"", i);

    import_folder_add_icfg (&place->people, "train", i, path, caption, i >= 2);
  }
  put_annotations (place, ICFG);
  text = run_import (place, "--dry-run", NULL);
  assert_has (text, "icfg-pedes, from 'ICFG-PEDES.json'\n");
  assert_has (text, "train         28        28        28             0\n"
                    "           34674      3102     34674   as published\n");
  assert_has (text, "missing: 2 of 3 images in 'imgs/train'\n");
  assert_has (text, "single_image: 28\n");
  assert_has (text, "… and 23 more\n");
  assert_has (text, "Nothing was written");
  g_assert_false (g_file_test (place->project, G_FILE_TEST_EXISTS));
  first = run_import (place, "--format", "icfg-pedes");
  assert_has (first, "Images: 28 new, 0 changed, 0 as before.");
  again = run_import (place, "--format", "auto");
  assert_has (again, "Nothing changed: all 28 images are in the project as they are here.\n");
}

static void
test_rstp_json (Place *place, gconstpointer data)
{
  g_autofree char *text = NULL;
  json_t *object, *missing;

  import_folder_add_rstp (&place->people, "train", 0, "0000_c1_1.jpg", "\"one\", \"two\"", TRUE);
  import_folder_add_rstp (&place->people, "test", 0, "0000_c2_1.jpg", "\"three\"", FALSE);
  import_folder_add (&place->people, "{\"id\": 1, \"weather\": \"fine\"}");
  put_annotations (place, RSTP);
  text = run_import (place, "--json", NULL);
  object = ctl_read_last (text);
  g_assert_cmpstr (json_string_value (json_object_get (object, "format")), ==, "rstpreid");
  g_assert_cmpstr (json_string_value (json_object_get (object, "annotation")), ==, RSTP);
  g_assert_cmpint (get_int (object, "records", NULL), ==, 3);
  g_assert_cmpint (get_int (object, "extra_keys", NULL), ==, 1);
  g_assert_cmpint (get_int (object, "stored", "images_added"), ==, 1);
  g_assert_cmpint (get_int (object, "problem_counts", "bad_record"), ==, 1);
  g_assert_null (json_object_get (json_object_get (object, "splits"), "test"));
  g_assert_cmpint (get_int (json_object_get (object, "named"), "test", "captions"), ==, 1);
  g_assert_cmpint (get_int (json_object_get (object, "official"), "val", "persons"), ==, 200);
  missing = json_array_get (json_object_get (object, "missing"), 0);
  g_assert_cmpstr (json_string_value (json_object_get (missing, "folder")), ==, "imgs");
  json_decref (object);
}

/* Keys that no reader knows are counted, kept and listed. */
static void
test_extra (Place *place, gconstpointer data)
{
  const char *argv[] = { g_getenv ("GUISECTL"), "--project", place->project, "list", "--fields",
                         "person,extra", NULL };
  g_autofree char *text = NULL, *listed = NULL;

  import_folder_put (&place->people, "imgs/a.jpg", "picture");
  import_folder_put (&place->people, "imgs/b.jpg", "picture");
  import_folder_add (&place->people, "{\"id\": 1, \"img_path\": \"a.jpg\", \"split\": \"train\", "
                                     "\"captions\": [\"x\"], \"weather\": {\"sky\": \"blue\"}}");
  import_folder_add (&place->people, "{\"id\": 2, \"img_path\": \"b.jpg\", \"split\": \"train\", "
                                     "\"captions\": [\"y\"]}");
  put_annotations (place, RSTP);
  text = run_import (place, NULL, NULL);
  assert_has (text, "keys that this version does not know: 1; they are kept: ");
  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &listed,
                               NULL, NULL, NULL));
  g_assert_cmpstr (listed, ==, "1\t{\"weather\":{\"sky\":\"blue\"}}\n2\t\n");
}

/* ---- interruptions -------------------------------------------------------------------------- */

#define N_IMAGES (BATCH + 500)

/* Many names of one file: quickly made. */
static void
put_many (Place *place)
{
  g_autofree char *first = g_build_filename (place->people.folder, "imgs", "first.jpg", NULL);

  import_folder_put (&place->people, "imgs/first.jpg", "picture");
  for (int i = 0; i < N_IMAGES; i++) {
    g_autofree char *path = g_strdup_printf ("%04d_c%d_1.jpg", i / 5, i % 5 + 1);
    g_autofree char *captions = g_strdup_printf ("\"a %d\", \"b %d\"", i, i);

    g_autofree char *file = g_build_filename (place->people.folder, "imgs", path, NULL);

    import_folder_add_rstp (&place->people, "train", i / 5, path, captions, FALSE);
    g_assert_cmpint (link (first, file), ==, 0);
  }
  put_annotations (place, RSTP);
}

/* How many images the project has: whole batches, each with all its captions. */
static gint64
count_images (Place *place)
{
  GError *error = NULL;
  GuiseStore *store = guise_store_open (place->project, GUISE_STORE_READ_WRITE, &error);
  GuiseStoreCounts counts;

  if (store == NULL) {
    g_test_message ("%s", error->message);
    g_clear_error (&error);
    return 0;
  }
  g_assert_true (guise_store_get_counts (store, &counts, &error));
  g_assert_true (counts.n_images % BATCH == 0 || counts.n_images == N_IMAGES);
  g_assert_cmpint (counts.captions_by_kind[GUISE_CAPTION_FREE], ==, 2 * counts.n_images);
  g_object_unref (store);
  return counts.n_images;
}

static void
limit_files (gpointer data)
{
  const struct rlimit size = { *(rlim_t *)data, *(rlim_t *)data }, core = { 0, 0 };

  setrlimit (RLIMIT_FSIZE, &size);
  setrlimit (RLIMIT_CORE, &core);
}

/* The kernel kills the process at the write that makes any file longer than `limit` bytes. Returns
 * whether it came to its end. */
static gboolean
import_with_limit (Place *place, rlim_t limit, const char *option)
{
  const char *argv[] = { g_getenv ("GUISECTL"), "--project", place->project, "import",
                         place->people.folder, "--quiet", option, NULL };
  g_autofree char *errors = NULL;
  GError *error = NULL;
  int status;

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, limit_files, &limit, NULL, &errors,
                &status, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (errors, ==, "");
  if (WIFEXITED (status))
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  else
    g_assert_cmpint (WTERMSIG (status), ==, SIGXFSZ);
  return WIFEXITED (status);
}

/* Killed anywhere from the making of the project on, the same command goes on and completes it. */
static void
test_killed (Place *place, gconstpointer data)
{
  guint n_killed = 0;
  gint64 last = 0, n;
  gboolean done = FALSE;

  put_many (place);
  for (rlim_t limit = 0; !done; limit += MAX (10000, limit / 2)) {
    done = import_with_limit (place, limit, NULL);
    n_killed += !done;
    n = count_images (place);
    g_assert_cmpint (n, >=, last);
    last = n;
  }
  g_assert_cmpint (last, ==, N_IMAGES);
  g_assert_cmpuint (n_killed, >, 5);
}

static guint
count_names (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* A new project: killed anywhere, there is none; what was begun goes with the next attempt. */
static void
test_new_killed (Place *place, gconstpointer data)
{
  guint n_killed = 0;

  put_many (place);
  for (rlim_t limit = 0; !import_with_limit (place, limit, "--new"); n_killed++) {
    g_assert_false (g_file_test (place->project, G_FILE_TEST_EXISTS));
    g_assert_cmpuint (count_names (place->folder), ==, 1);
    limit += MAX (10000, limit / 2);
  }
  g_assert_cmpuint (n_killed, >, 5);
  g_assert_cmpint (count_images (place), ==, N_IMAGES);
  g_assert_cmpuint (count_names (place->folder), ==, 1);
}

/* There must be nothing, or what a killed import began without storing anything. */
static void
test_new (Place *place, gconstpointer data)
{
  const char *argv[] = { g_getenv ("GUISECTL"), "--project", place->project, "import",
                         place->people.folder, "--new", NULL };
  g_autofree char *errors = NULL, *mark = g_build_filename (place->project, "project.lock", NULL);
  int status;

  import_folder_add_rstp (&place->people, "train", 0, "0000_c1_1.jpg", "\"one\", \"two\"", TRUE);
  put_annotations (place, RSTP);
  g_assert_cmpint (mkdir (place->project, 0700), ==, 0);
  g_assert_true (g_file_set_contents (mark, "", 0, NULL));
  g_free (run_import (place, "--new", "--quiet"));
  g_assert_cmpuint (count_names (place->folder), ==, 1);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &errors, &status,
                NULL);
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  assert_has (errors, "project': it exists; choose another folder, or import into it without ");
  g_free (run_import (place, "--quiet", NULL));
}

/* Fills the pipe up to room for one line. */
static int
fill_pipe (int fd)
{
  g_autofree char *blanks = g_strnfill (65536, '\n');
  int size = fcntl (fd, F_SETPIPE_SZ, 4096);

  g_assert_cmpint (size, >=, 4096);
  g_assert_cmpint (size, <=, 65536);
  g_assert_cmpint (write (fd, blanks, (size_t)size - 100), ==, size - 100);
  return size - 100;
}

/* Standard output has room for the first line of progress only, so the import waits at the second
 * at the latest, which is after the first batch: it is still at work when the signal comes. */
static void
cancel (Place *place, const char *option)
{
  const char *argv[] = { g_getenv ("GUISECTL"), "--project", place->project, "import",
                         place->people.folder, "--json", option, NULL };
  GError *error = NULL;
  int ends[2], filled, in_pipe = 0, status;
  char buffer[4096];
  GPid child;

  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  filled = fill_pipe (ends[1]);
  g_spawn_async_with_fds (NULL, (char **)argv, NULL,
                          G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                          &child, -1, ends[1], -1, &error);
  g_assert_no_error (error);
  close (ends[1]);
  while (in_pipe <= filled) {
    g_assert_cmpint (ioctl (ends[0], FIONREAD, &in_pipe), ==, 0);
    g_assert_cmpint (waitpid (child, &status, WNOHANG), ==, 0);
    g_thread_yield ();
  }
  g_assert_cmpint (kill (child, SIGTERM), ==, 0);
  while (read (ends[0], buffer, sizeof buffer) > 0) {
  }
  close (ends[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 130);
}

static void
test_cancelled (Place *place, gconstpointer data)
{
  put_many (place);
  cancel (place, NULL);
  g_assert_cmpint (count_images (place), <, N_IMAGES);
  g_free (run_import (place, "--quiet", NULL));
  g_assert_cmpint (count_images (place), ==, N_IMAGES);
}

/* Nothing is left of a new project. */
static void
test_new_cancelled (Place *place, gconstpointer data)
{
  put_many (place);
  cancel (place, "--new");
  g_assert_cmpuint (count_names (place->folder), ==, 0);
}

#define ADD(path, function) g_test_add (path, Place, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/cli/import/icfg", test_icfg);
  ADD ("/cli/import/rstp-json", test_rstp_json);
  ADD ("/cli/import/j04-extra", test_extra);
  ADD ("/cli/import/j16-killed", test_killed);
  ADD ("/cli/import/j16-cancelled", test_cancelled);
  ADD ("/cli/import/new", test_new);
  ADD ("/cli/import/u05-new-killed", test_new_killed);
  ADD ("/cli/import/u05-new-cancelled", test_new_cancelled);
  return g_test_run ();
}
