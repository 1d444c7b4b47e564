/* guisectl check, backup and restore as a user meets them: in a healthy project, in a damaged one,
 * beside the window, killed and stopped. */
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder, *project;

typedef struct {
  int status; /* of the exit; -signal */
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

/* Runs guisectl in the project with the words of `line`; fault: "FAULT_KIND=… FAULT_AT=…" or
 * NULL. */
static Result
run_with (const char *line, const char *fault)
{
  g_auto (GStrv) words = NULL, faults = NULL, environment = g_get_environ ();
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
  if (fault != NULL) {
    faults = g_strsplit (fault, " ", -1);
    for (guint i = 0; faults[i] != NULL; i++) {
      char *value = strchr (faults[i], '=');

      *value++ = '\0';
      environment = g_environ_setenv (environment, faults[i], value, TRUE);
    }
    environment = g_environ_setenv (environment, "FAULT_DIR", project, TRUE);
    environment = g_environ_setenv (environment, "LD_PRELOAD", g_getenv ("FAULT_SHIM"), TRUE);
    environment = g_environ_setenv (environment, "ASAN_OPTIONS", "verify_asan_link_order=0", TRUE);
  }
  g_spawn_sync (folder, (char **)argv->pdata, environment, G_SPAWN_DEFAULT, NULL, NULL,
                &result.output, &result.errors, &status, &error);
  g_assert_no_error (error);
  result.status = WIFSIGNALED (status) ? -WTERMSIG (status) : WEXITSTATUS (status);
  return result;
}

static Result
run (const char *line)
{
  return run_with (line, NULL);
}

static void
assert_output (const char *line, const char *output)
{
  g_auto (Result) result = run (line);

  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
  if (output != NULL)
    g_assert_cmpstr (result.output, ==, output);
}

static void
assert_failure (const char *line, int status, const char *part)
{
  g_auto (Result) result = run (line);

  g_assert_cmpint (result.status, ==, status);
  g_assert_true (g_str_has_prefix (result.errors, "guisectl: "));
  g_assert_nonnull (strstr (result.errors, part));
  g_assert_true (strchr (result.errors, '\n') == result.errors + strlen (result.errors) - 1);
}

static json_t *
run_json (const char *line, int status)
{
  g_auto (Result) result = run (line);
  json_t *object = json_loads (result.output, 0, NULL);

  g_assert_cmpint (result.status, ==, status);
  g_assert_nonnull (object);
  return object;
}

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *where)
{
  return remove (path);
}

static void
put_people (const char *people)
{
  g_autofree char *images = g_build_filename (people, "imgs", "cam_1", NULL);
  g_autofree char *json = g_build_filename (people, "reid_raw.json", NULL);
  g_autofree char *image = g_build_filename (images, "1.png", NULL);

  g_assert_cmpint (g_mkdir_with_parents (images, 0755), ==, 0);
  g_assert_true (g_file_set_contents (image, "picture", -1, NULL));
  g_assert_true (g_file_set_contents (json,
                                      "[{\"split\": \"train\", \"captions\": [\"a man in red\"],"
                                      " \"file_path\": \"cam_1/1.png\", \"id\": 1}]",
                                      -1, NULL));
}

/* A new project with one caption. */
static void
begin (void)
{
  nftw (project, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  assert_output ("import people --quiet", "");
}

static guint
count (const char *name, const char *part)
{
  g_autofree char *path = g_build_filename (project, name, NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;
  guint n = 0;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    n += strstr (entry, part) != NULL;
  return n;
}

static void
assert_caption (const char *text)
{
  g_autofree char *line = g_strdup_printf ("1\t%s\n", text);

  assert_output ("list --fields caption,text", line);
}

/* Cuts the database short: it can be opened no more. */
static void
damage (void)
{
  g_autofree char *path = g_build_filename (project, "guise.db", NULL);
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (truncate (path, info.st_size / 2), ==, 0);
}

static char *
back_up (void)
{
  json_t *object = run_json ("backup --json", 0);
  char *path = g_strdup (json_string_value (json_object_get (object, "backup")));

  json_decref (object);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  return path;
}

static void
test_healthy (void)
{
  g_autofree char *path = NULL, *line = NULL, *expected = NULL;
  json_t *object;

  begin ();
  assert_output ("check", "No problems found.\n");
  assert_output ("check --quiet", "");
  object = run_json ("check --json", 0);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), ==, 0);
  json_decref (object);
  path = back_up ();
  assert_output ("review edit 1 later", "");
  line = g_strdup_printf ("restore '%s'", path);
  expected = g_strdup_printf ("restored: %s\n", path);
  assert_output (line, expected);
  assert_caption ("a man in red");
  assert_output ("restore project/guise.db.before-restore --quiet", "");
  assert_caption ("later");
  assert_output ("check --repair", "No problems found.\n");
}

static void
test_usage (void)
{
  begin ();
  assert_failure ("restore", 2, "missing argument: FILE");
  assert_failure ("backup there", 2, "unexpected argument");
  assert_failure ("check all", 2, "unexpected argument");
  assert_failure ("restore nowhere.db", 1, "'nowhere.db'");
  assert_failure ("restore people/reid_raw.json", 1, "'people/reid_raw.json'");
  assert_failure ("restore project/guise.db", 1, "the project's own database");
  assert_failure ("--project people check", 1, "not a project");
  assert_failure ("--project people backup", 1, "not a project");
  assert_failure ("--project people restore x", 1, "not a project");
  assert_caption ("a man in red");
}

/* Everything says that it is damaged and what to do; the backup brings it back. */
static void
test_damaged (void)
{
  g_autofree char *path = NULL, *line = NULL;
  g_auto (Result) checked = { 0 };
  json_t *object;

  begin ();
  assert_output ("review edit 1 \"a man in blue\"", "");
  path = back_up ();
  damage ();
  assert_failure ("list", 1, "malformed");
  assert_failure ("backup", 1, "malformed");
  assert_failure ("check", 1, "check --repair");
  checked = run ("check --repair");
  g_assert_cmpint (checked.status, ==, 1);
  g_assert_nonnull (strstr (checked.output, "guise.db: "));
  g_assert_nonnull (strstr (checked.errors, path)); /* the way out */
  object = run_json ("check --json", 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), >=, 1);
  json_decref (object);
  line = g_strdup_printf ("restore '%s'", path);
  assert_output (line, NULL);
  assert_caption ("a man in blue");
  damage ();
  assert_output ("restore project/captions.jsonl", NULL); /* the other way */
  assert_caption ("a man in blue");
  assert_output ("check", "No problems found.\n");
}

/* A database that is gone altogether. */
static void
test_gone (void)
{
  g_autofree char *path = NULL, *line = NULL, *database = NULL;

  begin ();
  path = back_up ();
  database = g_build_filename (project, "guise.db", NULL);
  g_assert_cmpint (g_unlink (database), ==, 0);
  assert_failure ("check", 1, "guisectl: check found 1 problem");
  line = g_strdup_printf ("restore '%s'", path);
  assert_output (line, NULL);
  assert_caption ("a man in red");
}

/* While the window has it: backups can be made, nothing can be swapped or mended. */
static void
test_in_use (void)
{
  g_autofree char *lock_path = NULL, *path = NULL, *line = NULL;
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd;

  begin ();
  lock_path = g_build_filename (project, "project.lock", NULL);
  fd = g_open (lock_path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  path = back_up ();
  line = g_strdup_printf ("restore '%s'", path);
  assert_failure (line, 1, "already open");
  assert_failure ("check --repair", 1, "already open");
  assert_output ("check", "No problems found.\n");
  close (fd);
  assert_output (line, NULL);
}

/* Killed at each call: the project is as before or done, and says no half backup is one. */
static void
test_killed (gconstpointer data)
{
  const char *command = data;
  g_autofree char *path = NULL, *line = NULL;
  int status = -SIGKILL;
  guint n = 0;

  begin ();
  path = back_up ();
  line = g_str_equal (command, "restore") ? g_strdup_printf ("restore '%s'", path)
                                          : g_strdup (command);
  for (; status == -SIGKILL; n++) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=kill FAULT_AT=%u", 3 * n + 1);
    g_auto (Result) result = run_with (line, fault);
    g_auto (Result) checked = run ("check --repair --quiet"); /* completes and tidies up */

    status = result.status;
    g_assert_cmpint (checked.status, ==, 0);
    assert_caption ("a man in red");
  }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (n, >, 3);
  assert_output ("check", "No problems found.\n");
  g_assert_cmpuint (count ("", ".part"), ==, 0);
}

/* SIGTERM while it writes: it says that it was stopped, or had just finished; all is well. */
static void
test_terminated (void)
{
  guint n_stopped = 0;

  for (guint at = 1; at < 80; at += 6) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=term FAULT_AT=%u", at);
    g_auto (Result) result = { 0 };

    nftw (project, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    result = run_with ("import people", fault);
    g_assert_true (result.status == 130 || result.status == 0);
    n_stopped += result.status == 130;
    assert_output ("import people --quiet", "");
    assert_caption ("a man in red");
    assert_output ("check", "No problems found.\n");
  }
  g_test_message ("%u times stopped", n_stopped);
}

/* A full disk: one line, and the next backup finds room again. */
static void
test_disk_full (void)
{
  g_auto (Result) result = { 0 };

  begin ();
  result = run_with ("backup", "FAULT_KIND=ENOSPC FAULT_AT=3 FAULT_FOR_GOOD=1");
  g_assert_cmpint (result.status, ==, 1);
  g_assert_true (g_str_has_prefix (result.errors, "guisectl: "));
  g_assert_cmpuint (count ("backups", "guise-"), ==, 1); /* the one that import made */
  assert_output ("backup", NULL);
  g_assert_cmpuint (count ("backups", "guise-"), ==, 2);
}

int
main (int argc, char **argv)
{
  g_autofree char *made = NULL, *people = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  made = g_dir_make_tmp ("guise-cli-XXXXXX", NULL);
  folder = realpath (made, NULL);
  g_assert_nonnull (folder);
  project = g_build_filename (folder, "project", NULL);
  people = g_build_filename (folder, "people", NULL);
  put_people (people);
  g_test_add_func ("/cli/copies/healthy", test_healthy);
  g_test_add_func ("/cli/copies/usage", test_usage);
  g_test_add_func ("/cli/copies/x11-damaged", test_damaged);
  g_test_add_func ("/cli/copies/x09-gone", test_gone);
  g_test_add_func ("/cli/copies/x06-in-use", test_in_use);
  g_test_add_data_func ("/cli/copies/x01-killed-backup", "backup", test_killed);
  g_test_add_data_func ("/cli/copies/x01-killed-restore", "restore", test_killed);
  g_test_add_func ("/cli/copies/x03-disk-full", test_disk_full);
  g_test_add_func ("/cli/copies/x18-terminated", test_terminated);
  status = g_test_run ();
  nftw (folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  return status;
}
