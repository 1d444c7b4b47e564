/* guisectl import, list, review, undo, redo and history, and how they fail. */
#include "shell.h"
#include "temp-folder.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The last line that is JSON. */
static json_t *
run_json (const char *line)
{
  g_auto (ShellResult) result = shell_run (line);

  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  return ctl_read_last (result.output);
}

static void
put_people (void)
{
  static const char text[]
      = "[{\"split\": \"train\", \"captions\": [\"a man in red\", \"tab\\there \\u202e\"], "
        "\"file_path\": \"cam_1/1.png\", \"id\": 1},"
        "{\"split\": \"test\", \"captions\": [\"a woman in blue\"], "
        "\"file_path\": \"cam_1/2.png\", \"id\": 2},"
        "{\"split\": \"test\", \"captions\": [\"nobody\"], "
        "\"file_path\": \"cam_1/3.png\", \"id\": 2}]";

  temp_folder_put (shell_people, "reid_raw.json", text, -1);
  temp_folder_put (shell_people, "imgs/cam_1/1.png", "picture", -1);
  temp_folder_put (shell_people, "imgs/cam_1/2.png", "picture", -1);
}

static void
check_import_json (json_t *object)
{
  json_t *missing = json_array_get (json_object_get (object, "missing"), 0);
  json_t *splits = json_object_get (object, "splits");

  g_assert_cmpint (ctl_get_int (object, "images"), ==, 2);
  g_assert_cmpint (ctl_get_int (object, "persons"), ==, 2);
  g_assert_cmpint (ctl_get_int (object, "captions"), ==, 3);
  g_assert_cmpint (ctl_get_int (json_object_get (splits, "train"), "captions"), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (missing, "folder")), ==, "imgs/cam_1");
  g_assert_cmpint (ctl_get_int (missing, "missing"), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "folders")), ==, 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), ==, 3);
}

static void
test_import (void)
{
  g_auto (ShellResult) readable = { 0 };
  json_t *object = run_json ("import people --dry-run --json");

  check_import_json (object);
  g_assert_null (json_object_get (object, "stored"));
  json_decref (object);
  g_assert_false (g_file_test (shell_project, G_FILE_TEST_EXISTS)); /* a dry run writes nothing */
  object = run_json ("import people --format cuhk-pedes --json");
  check_import_json (object);
  g_assert_cmpint (ctl_get_int (json_object_get (object, "stored"), "images_added"), ==, 2);
  json_decref (object);
  readable = shell_run ("import people");
  g_assert_cmpint (readable.status, ==, 0);
  g_assert_nonnull (strstr (readable.output, "missing: 1 of 3 images in 'imgs/cam_1'"));
  g_assert_nonnull (strstr (readable.output, "as published"));
  g_assert_nonnull (strstr (readable.output, "Nothing changed: all 2 images"));
}

static void
test_import_failures (void)
{
  shell_assert_failure ("import people --format icfg", 2, "unknown format: 'icfg'");
  shell_assert_failure ("import", 2, "missing argument");
  shell_assert_failure ("import nowhere", 1, "'nowhere'");
  shell_assert_failure ("import .", 1, "no data set found");
  shell_assert_failure ("import project", 1, "'project': it is a project");
  shell_assert_failure ("--project people import people", 1, "not a project");
}

static void
test_list (void)
{
  json_t *object;

  shell_assert_output ("list", "1\ttrain\t1\t\tcam_1\timgs/cam_1/1.png\n"
                               "2\ttest\t2\t\tcam_1\timgs/cam_1/2.png\n");
  shell_assert_output ("list --fields id,captions --limit 1", "1\t2\n");
  shell_assert_output ("list --filter 'text ~ \"tab\"' --fields caption,kind,source,state,text",
                       "2\tcaption\tdataset\tpending\ttab\\there \\u202e\n");
  shell_assert_output ("list --filter 'split = val'", "");
  object = run_json ("list --filter 'split = test' --fields person,outfit,text --json");
  g_assert_cmpint ((int)json_array_size (json_object_get (object, "rows")), ==, 1);
  object = (json_decref (object), run_json ("list --filter 'split = val' --json"));
  g_assert_cmpint ((int)json_array_size (json_object_get (object, "rows")), ==, 0);
  json_decref (object);
  shell_assert_failure ("list --filter 'colour = red'", 2, "at character 1: 'colour' is no field");
  shell_assert_failure ("list --fields id,nose", 2, "unknown field: 'nose'");
  shell_assert_failure ("list --limit -3", 2, "--limit");
  shell_assert_failure ("list extra", 2, "unexpected argument");
  shell_assert_failure ("--project people list", 1, "not a project");
  shell_assert_failure ("--project /nope list", 1,
                        "not a project: '/nope': there is no such folder");
  shell_assert_failure ("--project people/reid_raw.json list", 1, "it is no folder");
  shell_assert_failure ("--project /nope runs", 1, "there is no such folder");
}

static void
test_review_and_undo (void)
{
  json_t *object;

  shell_assert_output ("review edit 1 \"a man's <b>red</b> coat\"", "");
  shell_assert_output ("review set 1 3 accept", "");
  shell_assert_output ("list --filter 'state = accepted' --fields caption,text",
                       "1\ta man's <b>red</b> coat\n3\ta woman in blue\n");
  shell_assert_output ("undo", "undone: Accept 2 captions\n");
  shell_assert_output ("undo 9", "undone: Edit caption\n");
  shell_assert_failure ("undo", 1, "nothing to undo");
  object = run_json ("redo 2 --json");
  g_assert_cmpuint (json_array_size (json_object_get (object, "redone")), ==, 2);
  json_decref (object);
  shell_assert_failure ("redo", 1, "nothing to redo");
  shell_assert_failure ("undo some", 2, "'some'");
  shell_assert_failure ("review set 1 praise", 2, "unknown action: 'praise'");
  shell_assert_failure ("review set one accept", 2, "'one'");
  shell_assert_failure ("review set 1 99 accept", 1, "no such caption: '99'");
  shell_assert_failure ("review edit 1 ''", 1, "it is empty");
  shell_assert_failure ("review edit 99 text", 1, "no such caption: '99'");
  shell_assert_failure ("review edit 1 two texts", 2, "one text");
  shell_assert_failure ("review", 2, "missing argument");
}

static void
test_history (void)
{
  json_t *object = run_json ("history 1 --json");
  json_t *entries = json_object_get (object, "entries");
  json_t *first = json_array_get (entries, 0);
  g_auto (ShellResult) readable = shell_run ("history --image 1");

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
  shell_assert_output ("history 2", "");
  shell_assert_failure ("history 99999", 1, "no such caption: '99999'");
  shell_assert_failure ("history --image 99999", 1, "no such image: '99999'");
  shell_assert_failure ("history first", 2, "'first'");
}

/* Usage and its errors name the command once, as it is called. */
static void
test_names (void)
{
  g_auto (ShellResult) help = shell_run ("embed --help"), nested = shell_run ("model init --help");

  g_assert_true (g_str_has_prefix (help.output, "Usage:\n  guisectl embed ["));
  g_assert_true (g_str_has_prefix (nested.output, "Usage:\n  guisectl model init ["));
  shell_assert_failure ("list extra", 2, "guisectl: list: unexpected argument");
  shell_assert_failure ("model export", 2, "guisectl: model export: missing argument");
  shell_assert_failure ("runs export", 2, "guisectl: runs export: missing argument");
  shell_assert_failure ("model nothing", 2, "guisectl: model: expected init");
}

/* The window, say, has the project: reading goes on, writing says who has it. */
static void
test_locked (void)
{
  int lock = shell_lock_project ();

  shell_assert_failure ("review set 1 flag", 1, "already open");
  shell_assert_failure ("undo", 1, "already open");
  shell_assert_failure ("import people", 1, "already open");
  shell_assert_output ("list --fields id", "1\n2\n");
  close (lock);
  shell_assert_output ("review set 1 flag", "");
}

/* Runs a line of a shell, with $0 = guisectl and $1 = the project. */
static ShellResult
run_in_sh (const char *script)
{
  const char *const argv[] = { "sh", "-c", script, g_getenv ("GUISECTL"), shell_project, NULL };
  ShellResult result = { 0 };

  g_assert_true (g_spawn_sync (shell_folder, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &result.output, &result.errors, &result.status, NULL));
  return result;
}

/* Output that goes nowhere is no success, but a reader who has seen enough may leave. */
static void
test_full_output (void)
{
  static const char *const lines[] = { "--version", "--help", "list", "--json list", "check" };
  g_auto (ShellResult) left = run_in_sh (
      "for i in 1 2 3; do \"$0\" --project \"$1\" --json list || echo $? >&2; done | true");

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autofree char *script
        = g_strdup_printf ("\"$0\" --project \"$1\" %s >/dev/full; echo $?", lines[i]);
    g_auto (ShellResult) full = run_in_sh (script);

    g_assert_cmpstr (full.output, ==, "1\n");
    ctl_assert_one_line (full.errors, "'stdout': No space left on device");
  }
  g_assert_cmpstr (left.errors, ==, "");
}

/* Too little for OpenBLAS, which would wait for more for ever. */
static void
test_little_memory (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_test_skip ("a sanitizer maps more than any limit allows");
#else
  g_auto (ShellResult) little = run_in_sh ("export OPENBLAS_NUM_THREADS=2; ulimit -v 200000; exec "
                                           "\"$0\" --version");
  g_auto (ShellResult) enough = run_in_sh ("ulimit -v 600000; export OPENBLAS_NUM_THREADS=1; exec "
                                           "\"$0\" --project \"$1\" check");

  g_assert_cmpint (WEXITSTATUS (little.status), ==, 1);
  g_assert_cmpstr (little.output, ==, "");
  ctl_assert_one_line (little.errors, "the limit on memory (ulimit -v) is 205 MB, OpenBLAS");
  g_assert_cmpstr (enough.errors, ==, "");
  g_assert_cmpint (enough.status, ==, 0);
#endif
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  shell_set_up ();
  put_people ();
  g_test_add_func ("/cli/store/1-import", test_import);
  g_test_add_func ("/cli/store/2-import-failures", test_import_failures);
  g_test_add_func ("/cli/store/3-list", test_list);
  g_test_add_func ("/cli/store/4-review-and-undo", test_review_and_undo);
  g_test_add_func ("/cli/store/5-history", test_history);
  g_test_add_func ("/cli/store/6-locked", test_locked);
  g_test_add_func ("/cli/store/7-names", test_names);
  g_test_add_func ("/cli/store/8-full-output", test_full_output);
  g_test_add_func ("/cli/store/9-little-memory", test_little_memory);
  status = g_test_run ();
  shell_tear_down ();
  return status;
}
