/* guisectl demo: the project it makes, making it twice, what it refuses, Ctrl+C. */
#include "guise-project.h"
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

typedef struct {
  char *place;        /* an own folder for everything */
  char *demo;         /* the project in it */
  char *out, *errors; /* of the last run */
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->place = temp_folder_new ("cli-demo");
  place->demo = g_build_filename (place->place, "demo", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  temp_folder_free (place->place);
  g_free (place->demo);
  g_free (place->out);
  g_free (place->errors);
}

/* Runs guisectl demo with the arguments; returns the exit status. */
static int
run (Place *place, const char *const *arguments)
{
  const char *const before[] = { "demo", NULL };

  return ctl_run (before, arguments, &place->out, &place->errors);
}

#define RUN(place, ...) run (place, (const char *[]){ __VA_ARGS__, NULL })

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The names in the test's own folder, sorted and joined with spaces. */
static char *
list_place (Place *place)
{
  g_autoptr (GDir) dir = g_dir_open (place->place, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (" ", (char **)names->pdata);
}

static void
check_project (Place *place, gint64 n_persons, gint64 n_images)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project
      = guise_project_open (place->demo, GUISE_PROJECT_READ_ONLY, &error);
  g_autoptr (GPtrArray) datasets = NULL;
  g_autofree char *root = NULL, *people = g_build_filename (place->demo, "people", NULL);
  const GuiseDataset *dataset;

  g_assert_no_error (error);
  datasets = guise_store_list_datasets (guise_project_get_store (project), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (datasets->len, ==, 1);
  dataset = datasets->pdata[0];
  g_assert_cmpuint (dataset->n_persons, ==, n_persons);
  g_assert_cmpuint (dataset->n_images, ==, n_images);
  /* it was filled under another name */
  g_assert_cmpstr (dataset->root, ==, "people");
  root = guise_project_get_dataset_root (project, dataset->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (root, ==, people);
  guise_project_close (project);
}

static void
test_makes_project (Place *place, gconstpointer data)
{
  g_autofree char *sheet = g_build_filename (place->place, "sheet.png", NULL);
  g_autofree char *names = NULL;
  json_t *done;

  g_assert_cmpint (RUN (place, place->demo, "--persons", "6", "--seed", "1", "--json",
                        "--contact-sheet", sheet),
                   ==, 0);
  g_assert_cmpstr (place->errors, ==, "");
  done = ctl_read_last (place->out);
  g_assert_cmpint (ctl_get_int (done, "persons"), ==, 6);
  g_assert_cmpint (ctl_get_int (done, "images"), >=, 6 * 4);
  g_assert_cmpint (ctl_get_int (done, "captions"), ==, 2 * ctl_get_int (done, "images"));
  g_assert_cmpint (ctl_get_int (done, "descriptions"), ==, 2 * ctl_get_int (done, "images"));
  check_project (place, 6, ctl_get_int (done, "images"));
  names = list_place (place);
  g_assert_cmpstr (names, ==, "demo sheet.png");
  json_decref (done);
}

/* Making the same demo again is done at once and touches nothing; another one is refused. */
static void
test_again (Place *place, gconstpointer data)
{
  g_autofree char *mark = g_build_filename (place->demo, "people", "reid_raw.json", NULL);
  g_autofree char *first = NULL;
  GStatBuf before, after;

  g_assert_cmpint (RUN (place, place->demo, "--persons", "3"), ==, 0);
  first = g_strdup (place->out);
  g_assert_nonnull (strstr (first, "3 persons"));
  g_assert_cmpint (g_stat (mark, &before), ==, 0);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "3"), ==, 0);
  g_assert_cmpstr (place->out, ==, first);
  g_assert_cmpint (g_stat (mark, &after), ==, 0);
  g_assert_cmpint (before.st_ino, ==, after.st_ino);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "4"), ==, 1);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "3", "--seed", "7"), ==, 1);
  g_assert_nonnull (strstr (place->errors, place->demo));
  g_assert_nonnull (strstr (place->errors, "another number of persons or another seed; remove"));
  g_assert_cmpint (g_stat (mark, &after), ==, 0);
  g_assert_cmpint (before.st_ino, ==, after.st_ino);
}

/* What an older or newer Guise made is not touched, and the message says whose it is. */
static void
test_other_version (Place *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->demo, "people", "attributes.json", NULL);
  g_autofree char *text = NULL;
  json_t *truth;

  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 0);
  truth = json_load_file (path, 0, NULL);
  g_assert_nonnull (truth);
  json_object_set_new (truth, "version", json_integer (ctl_get_int (truth, "version") + 1));
  g_assert_cmpint (json_dump_file (truth, path, JSON_COMPACT), ==, 0);
  json_decref (truth);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 1);
  text = g_strdup_printf ("by another version of Guise; remove '%s' or choose another folder",
                          place->demo);
  g_assert_nonnull (strstr (place->errors, text));
  g_assert_true (guise_project_is_project (place->demo));
}

/* The shipped run is there and embedded; asking again for it is done at once, and adds it where it
 * is missing. */
static void
test_with_model (Place *place, gconstpointer data)
{
  g_autofree char *run_folder = g_build_filename (place->demo, "runs", "demo", NULL);
  g_autofree char *index = g_build_filename (run_folder, "index.safetensors", NULL);
  GStatBuf before, after;

  g_assert_cmpint (RUN (place, place->demo, "--persons", "6"), ==, 0);
  g_assert_false (g_file_test (run_folder, G_FILE_TEST_EXISTS));
  g_assert_cmpint (RUN (place, place->demo, "--persons", "6", "--with-model"), ==, 0);
  g_assert_cmpint (g_stat (index, &before), ==, 0);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "6", "--with-model"), ==, 0);
  g_assert_cmpint (g_stat (index, &after), ==, 0);
  g_assert_cmpint (before.st_ino, ==, after.st_ino);
  temp_folder_remove (place->demo);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "6", "--with-model"), ==, 0);
  g_assert_cmpint (g_stat (index, &after), ==, 0);
}

static void
test_refuses (Place *place, gconstpointer data)
{
  g_autofree char *file = g_build_filename (place->demo, "letter.txt", NULL);
  g_autofree char *beneath = g_build_filename (file, "demo", NULL);
  g_autofree char *deep = g_build_filename (place->place, "missing", "demo", NULL);
  g_autofree char *names = NULL;

  g_assert_cmpint (g_mkdir (place->demo, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "mine", -1, NULL));
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 1);
  g_assert_true (g_file_test (file, G_FILE_TEST_IS_REGULAR));
  g_assert_cmpint (RUN (place, file, "--persons", "2"), ==, 1);
  g_assert_cmpint (RUN (place, beneath, "--persons", "2"), ==, 1);
  g_assert_cmpint (RUN (place, deep, "--persons", "2"), ==, 1);
  g_assert_true (g_str_has_prefix (place->errors, "guisectl: cannot make the demo: "));
  names = list_place (place);
  g_assert_cmpstr (names, ==, "demo");
}

static void
test_empty_folder (Place *place, gconstpointer data)
{
  g_assert_cmpint (g_mkdir (place->demo, 0700), ==, 0);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2", "--quiet"), ==, 0);
  g_assert_cmpstr (place->out, ==, "");
  g_assert_true (guise_project_is_project (place->demo));
}

static void
put (Place *place, const char *name)
{
  g_autofree char *path = g_build_filename (place->place, name, NULL);

  g_assert_true (g_file_set_contents (path, "", 0, NULL));
}

/* What a killed import began there without storing anything makes way; a project with pictures does
 * not, and the message says what it is. */
static void
test_begun (Place *place, gconstpointer data)
{
  g_autofree char *people = g_build_filename (place->demo, "people", NULL);
  g_autofree char *other = g_build_filename (place->place, "other", NULL);
  const char *argv[] = { g_getenv ("GUISECTL"), "--project", other, "import", people, NULL };
  g_autofree char *names = NULL;

  g_assert_cmpint (g_mkdir (place->demo, 0700), ==, 0);
  put (place, "demo/guise.db");
  put (place, "demo/guise.db-journal");
  put (place, "demo/project.lock");
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 0);
  g_assert_true (guise_project_is_project (place->demo));
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 0);
  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, NULL, NULL));
  g_assert_cmpint (RUN (place, other, "--persons", "2"), ==, 1);
  g_assert_nonnull (strstr (place->errors, "other': it is a project with other pictures; choose "));
  names = list_place (place);
  g_assert_cmpstr (names, ==, "demo other");
}

/* What a killed demo left beside its place goes with the next one; a folder that only looks so
 * stays. */
static void
test_killed_part (Place *place, gconstpointer data)
{
  g_autofree char *part = g_build_filename (place->place, "demo.part-aB3xYz", NULL);
  g_autofree char *people = g_build_filename (part, "people", NULL);
  g_autofree char *other = g_build_filename (place->place, "demo.part-of-mine", NULL);
  g_autofree char *names = NULL;

  g_assert_cmpint (g_mkdir_with_parents (people, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
  put (place, "demo.part-aB3xYz/guise.db");
  g_assert_cmpint (RUN (place, place->demo, "--persons", "2"), ==, 0);
  names = list_place (place);
  g_assert_cmpstr (names, ==, "demo demo.part-of-mine");
}

static void
test_wrong_usage (Place *place, gconstpointer data)
{
  g_assert_cmpint (RUN (place, "--persons", "2"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "0"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "-3"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "100001"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "--persons", "many"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "--seed", "-1"), ==, 2);
  g_assert_cmpint (RUN (place, place->demo, "second"), ==, 2);
  g_assert_false (g_file_test (place->demo, G_FILE_TEST_EXISTS));
}

static void
note_end (GObject *process, GAsyncResult *result, gpointer ended)
{
  g_assert_true (g_subprocess_wait_finish (G_SUBPROCESS (process), result, NULL));
  *(gboolean *)ended = TRUE;
}

/* Stops it at the first sign of life; everything that was begun is gone again. insist: goes on
 * sending until it has ended. */
static void
check_stop (Place *place, int sign, gboolean insist)
{
  const char *argv[] = { g_getenv ("GUISECTL"), "demo", place->demo, "--persons",
                         "2000", "--json", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process
      = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL, *names = NULL;
  gboolean ended = FALSE;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (line, "\"progress\""));
  g_subprocess_send_signal (process, sign);
  g_subprocess_wait_async (process, NULL, note_end, &ended);
  while (!ended) {
    g_main_context_iteration (NULL, !insist);
    if (insist)
      g_subprocess_send_signal (process, sign);
  }
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 130);
  names = list_place (place);
  g_assert_cmpstr (names, ==, "");
}

static void
test_stop (Place *place, gconstpointer data)
{
  check_stop (place, SIGINT, FALSE);
  check_stop (place, SIGTERM, FALSE);
  check_stop (place, SIGTERM, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Place, NULL, set_up, function, tear_down)
  ADD ("/cli/demo/makes-project", test_makes_project);
  ADD ("/cli/demo/again", test_again);
  ADD ("/cli/demo/other-version", test_other_version);
  ADD ("/cli/demo/with-model", test_with_model);
  ADD ("/cli/demo/refuses", test_refuses);
  ADD ("/cli/demo/empty-folder", test_empty_folder);
  ADD ("/cli/demo/begun", test_begun);
  ADD ("/cli/demo/killed-part", test_killed_part);
  ADD ("/cli/demo/wrong-usage", test_wrong_usage);
  ADD ("/cli/demo/stop", test_stop);
#undef ADD
  return g_test_run ();
}
