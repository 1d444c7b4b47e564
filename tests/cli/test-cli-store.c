/* guisectl import, list, review, undo, redo and history, and how they fail. */
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder, *project, *people;

typedef struct {
  int status;
  char *output;
  char *errors;
} Result;

static void
clear_result (Result *result)
{
  g_free (result->output);
  g_free (result->errors);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, clear_result)

/* Runs guisectl with the words of `line` (shell quoting), in the project. */
static Result
run (const char *line)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  Result result = { 0 };
  int status;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, &error));
  g_ptr_array_add (argv, (gpointer)g_getenv ("GUISECTL"));
  g_ptr_array_add (argv, (gpointer) "--project");
  g_ptr_array_add (argv, project);
  for (guint i = 0; words[i] != NULL; i++)
    g_ptr_array_add (argv, words[i]);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (folder, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &result.output,
                &result.errors, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFEXITED (status));
  result.status = WEXITSTATUS (status);
  return result;
}

static void
assert_output (const char *line, const char *output)
{
  g_auto (Result) result = run (line);

  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_cmpstr (result.output, ==, output);
}

static void
assert_failure (const char *line, int status, const char *part)
{
  g_auto (Result) result = run (line);

  g_assert_cmpint (result.status, ==, status);
  g_assert_cmpstr (result.output, ==, "");
  g_assert_true (g_str_has_prefix (result.errors, "guisectl: "));
  g_assert_nonnull (strstr (result.errors, part));
  g_assert_true (strchr (result.errors, '\n') == result.errors + strlen (result.errors) - 1);
}

/* The last line that is JSON. */
static json_t *
run_json (const char *line)
{
  g_auto (Result) result = run (line);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (result.output), "\n", -1);
  json_t *object = json_loads (lines[g_strv_length (lines) - 1], 0, NULL);

  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (object);
  return object;
}

static gint64
get_int (json_t *object, const char *key)
{
  g_assert_true (json_is_integer (json_object_get (object, key)));
  return json_integer_value (json_object_get (object, key));
}

static void
put_people (void)
{
  g_autofree char *images = g_build_filename (people, "imgs", "cam_1", NULL);
  g_autofree char *json = g_build_filename (people, "reid_raw.json", NULL);
  static const char text[]
      = "[{\"split\": \"train\", \"captions\": [\"a man in red\", \"tab\\there \\u202e\"], "
        "\"file_path\": \"cam_1/1.png\", \"id\": 1},"
        "{\"split\": \"test\", \"captions\": [\"a woman in blue\"], "
        "\"file_path\": \"cam_1/2.png\", \"id\": 2},"
        "{\"split\": \"test\", \"captions\": [\"nobody\"], "
        "\"file_path\": \"cam_1/3.png\", \"id\": 2}]";

  g_assert_cmpint (g_mkdir_with_parents (images, 0755), ==, 0);
  g_assert_true (g_file_set_contents (json, text, -1, NULL));
  for (int i = 1; i <= 2; i++) {
    g_autofree char *image = g_strdup_printf ("%s/%d.png", images, i);

    g_assert_true (g_file_set_contents (image, "picture", -1, NULL));
  }
}

static void
check_import_json (json_t *object)
{
  json_t *missing = json_array_get (json_object_get (object, "missing"), 0);
  json_t *splits = json_object_get (object, "splits");

  g_assert_cmpint (get_int (object, "images"), ==, 2);
  g_assert_cmpint (get_int (object, "persons"), ==, 2);
  g_assert_cmpint (get_int (object, "captions"), ==, 3);
  g_assert_cmpint (get_int (json_object_get (splits, "train"), "captions"), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (missing, "folder")), ==, "imgs/cam_1");
  g_assert_cmpint (get_int (missing, "missing"), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "folders")), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), ==, 3);
}

static void
test_import (void)
{
  g_auto (Result) readable = { 0 };
  json_t *object = run_json ("import people --dry-run --json");

  check_import_json (object);
  g_assert_null (json_object_get (object, "stored"));
  json_decref (object);
  g_assert_false (g_file_test (project, G_FILE_TEST_EXISTS)); /* a dry run writes nothing */
  object = run_json ("import people --format cuhk-pedes --json");
  check_import_json (object);
  g_assert_cmpint (get_int (json_object_get (object, "stored"), "images_added"), ==, 2);
  json_decref (object);
  readable = run ("import people");
  g_assert_cmpint (readable.status, ==, 0);
  g_assert_nonnull (strstr (readable.output, "missing: 1 of 3 images in 'imgs/cam_1'"));
  g_assert_nonnull (strstr (readable.output, "as published"));
  g_assert_nonnull (strstr (readable.output, "Nothing changed: all 2 images"));
}

static void
test_import_failures (void)
{
  assert_failure ("import people --format icfg", 2, "unknown format: 'icfg'");
  assert_failure ("import", 2, "missing argument");
  assert_failure ("import nowhere", 1, "'nowhere'");
  assert_failure ("import .", 1, "no data set found");
  assert_failure ("import project", 1, "'project': it is a project");
  assert_failure ("--project people import people", 1, "not a project");
}

static void
test_list (void)
{
  json_t *object;

  assert_output ("list", "1\ttrain\t1\t\tcam_1\timgs/cam_1/1.png\n"
                         "2\ttest\t2\t\tcam_1\timgs/cam_1/2.png\n");
  assert_output ("list --fields id,captions --limit 1", "1\t2\n");
  assert_output ("list --filter 'text ~ \"tab\"' --fields caption,kind,source,state,text",
                 "2\tcaption\tdataset\tpending\ttab\\there \\u202e\n");
  assert_output ("list --filter 'split = val'", "");
  object = run_json ("list --filter 'split = test' --fields person,outfit,text --json");
  g_assert_cmpint ((int)json_array_size (json_object_get (object, "rows")), ==, 1);
  object = (json_decref (object), run_json ("list --filter 'split = val' --json"));
  g_assert_cmpint ((int)json_array_size (json_object_get (object, "rows")), ==, 0);
  json_decref (object);
  assert_failure ("list --filter 'colour = red'", 2, "unknown field 'colour' at position 1");
  assert_failure ("list --fields id,nose", 2, "unknown field: 'nose'");
  assert_failure ("list --limit -3", 2, "--limit");
  assert_failure ("list extra", 2, "unexpected argument");
  assert_failure ("--project people list", 1, "not a project");
  assert_failure ("--project /nope list", 1, "not a project: '/nope': there is no such folder");
  assert_failure ("--project people/reid_raw.json list", 1, "it is no folder");
  assert_failure ("--project /nope runs", 1, "there is no such folder");
}

static void
test_review_and_undo (void)
{
  json_t *object;

  assert_output ("review edit 1 \"a man's <b>red</b> coat\"", "");
  assert_output ("review set 1 3 accept", "");
  assert_output ("list --filter 'state = accepted' --fields caption,text",
                 "1\ta man's <b>red</b> coat\n3\ta woman in blue\n");
  assert_output ("undo", "undone: Accept 2 captions\n");
  assert_output ("undo 9", "undone: Edit caption\n");
  assert_failure ("undo", 1, "nothing to undo");
  object = run_json ("redo 2 --json");
  g_assert_cmpuint (json_array_size (json_object_get (object, "redone")), ==, 2);
  json_decref (object);
  assert_failure ("redo", 1, "nothing to redo");
  assert_failure ("undo some", 2, "'some'");
  assert_failure ("review set 1 praise", 2, "unknown action: 'praise'");
  assert_failure ("review set one accept", 2, "'one'");
  assert_failure ("review set 1 99 accept", 1, "no such caption: '99'");
  assert_failure ("review edit 1 ''", 1, "it is empty");
  assert_failure ("review edit 99 text", 1, "no such caption: '99'");
  assert_failure ("review edit 1 two texts", 2, "one text");
  assert_failure ("review", 2, "missing argument");
}

static void
test_history (void)
{
  json_t *object = run_json ("history 1 --json");
  json_t *entries = json_object_get (object, "entries");
  json_t *first = json_array_get (entries, 0);
  g_auto (Result) readable = run ("history --image 1");

  g_assert_cmpuint (json_array_size (entries), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (first, "name")), ==, "Edit caption");
  g_assert_cmpstr (json_string_value (json_object_get (json_object_get (first, "before"), "text")),
                   ==, "a man in red");
  json_decref (object);
  g_assert_nonnull (strstr (readable.output, "Accept 2 captions\tdone\tcaption 1"));
  g_assert_nonnull (strstr (readable.output, "\"state\":\"accepted\""));
  object = run_json ("history 1 --json");
  first = json_array_get (json_object_get (object, "entries"), 1);
  g_assert_cmpstr (json_string_value (json_object_get (json_object_get (first, "after"), "state")),
                   ==, "accepted");
  json_decref (object);
  assert_output ("history 2", "");
  assert_failure ("history 99999", 1, "no such caption: '99999'");
  assert_failure ("history --image 99999", 1, "no such image: '99999'");
  assert_failure ("history first", 2, "'first'");
}

/* Usage and its errors name the command once, as it is called. */
static void
test_names (void)
{
  g_auto (Result) help = run ("embed --help"), nested = run ("model init --help");

  g_assert_true (g_str_has_prefix (help.output, "Usage:\n  guisectl embed ["));
  g_assert_true (g_str_has_prefix (nested.output, "Usage:\n  guisectl model init ["));
  assert_failure ("list extra", 2, "guisectl: list: unexpected argument");
  assert_failure ("model export", 2, "guisectl: model export: missing argument");
  assert_failure ("runs export", 2, "guisectl: runs export: missing argument");
  assert_failure ("model nothing", 2, "guisectl: model: expected init");
}

/* The window, say, has the project: reading goes on, writing says who has it. */
static void
test_locked (void)
{
  g_autofree char *path = g_build_filename (project, "project.lock", NULL);
  int fd = g_open (path, O_RDWR | O_CLOEXEC);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  assert_failure ("review set 1 flag", 1, "already open");
  assert_failure ("undo", 1, "already open");
  assert_failure ("import people", 1, "already open");
  assert_output ("list --fields id", "1\n2\n");
  close (fd);
  assert_output ("review set 1 flag", "");
}

int
main (int argc, char **argv)
{
  const char *cleanup[] = { "rm", "-rf", NULL, NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("guise-cli-XXXXXX", NULL);
  g_assert_nonnull (folder);
  project = g_build_filename (folder, "project", NULL);
  people = g_build_filename (folder, "people", NULL);
  put_people ();
  g_test_add_func ("/cli/store/1-import", test_import);
  g_test_add_func ("/cli/store/2-import-failures", test_import_failures);
  g_test_add_func ("/cli/store/3-list", test_list);
  g_test_add_func ("/cli/store/4-review-and-undo", test_review_and_undo);
  g_test_add_func ("/cli/store/5-history", test_history);
  g_test_add_func ("/cli/store/6-locked", test_locked);
  g_test_add_func ("/cli/store/7-names", test_names);
  status = g_test_run ();
  cleanup[2] = folder;
  g_spawn_sync (NULL, (char **)cleanup, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                NULL);
  g_free (people);
  g_free (project);
  g_free (folder);
  return status;
}
