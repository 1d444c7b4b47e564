/* guisectl check, backup and restore as a user meets them: in a healthy project, in a damaged one,
 * beside the window, killed and stopped. */
#include "damage.h"
#include "shell.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What it finds is its output. */
static void
assert_check_fails (const char *part)
{
  g_auto (ShellResult) result = shell_run ("check");

  g_assert_cmpint (result.status, ==, 1);
  ctl_assert_one_line (result.errors, part);
}

static json_t *
run_json (const char *line, int status)
{
  g_auto (ShellResult) result = shell_run (line);
  json_t *object = json_loads (result.output, 0, NULL);

  g_assert_cmpint (result.status, ==, status);
  g_assert_nonnull (object);
  return object;
}

static void
put_people (void)
{
  temp_folder_put (shell_people, "imgs/cam_1/1.png", "picture", -1);
  temp_folder_put (shell_people, "reid_raw.json",
                   "[{\"split\": \"train\", \"captions\": [\"a man in red\"],"
                   " \"file_path\": \"cam_1/1.png\", \"id\": 1}]",
                   -1);
}

/* A new project with one caption. */
static void
begin (void)
{
  temp_folder_remove (shell_project);
  shell_assert_output ("import people --quiet", "");
}

static void
assert_caption (const char *text)
{
  g_autofree char *line = g_strdup_printf ("1\t%s\n", text);

  shell_assert_output ("list --fields caption,text", line);
}

/* Cuts the database short: it can be opened no more. */
static void
damage (void)
{
  g_autofree char *path = g_build_filename (shell_project, "guise.db", NULL);
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
  shell_assert_output ("check", "No problems found.\n");
  shell_assert_output ("check --quiet", "");
  object = run_json ("check --json", 0);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), ==, 0);
  json_decref (object);
  path = back_up ();
  shell_assert_output ("review edit 1 later", "");
  line = g_strdup_printf ("restore '%s'", path);
  expected = g_strdup_printf ("restored: %s\n", path);
  shell_assert_output (line, expected);
  assert_caption ("a man in red");
  shell_assert_output ("restore project/guise.db.before-restore --quiet", "");
  assert_caption ("later");
  shell_assert_output ("check --repair", "No problems found.\n");
}

static void
test_usage (void)
{
  begin ();
  shell_assert_failure ("restore", 2, "missing argument: FILE");
  shell_assert_failure ("backup there", 2, "unexpected argument");
  shell_assert_failure ("check all", 2, "unexpected argument");
  shell_assert_failure ("restore nowhere.db", 1, "'nowhere.db'");
  shell_assert_failure ("restore people/reid_raw.json", 1, "'people/reid_raw.json'");
  shell_assert_failure ("restore project/guise.db", 1, "the project's own database");
  shell_assert_failure ("--project people check", 1, "not a project");
  shell_assert_failure ("--project people backup", 1, "not a project");
  shell_assert_failure ("--project people restore x", 1, "not a project");
  assert_caption ("a man in red");
}

/* Everything says that it is damaged and what to do; the backup brings it back. */
static void
test_damaged (void)
{
  g_autofree char *path = NULL, *line = NULL;
  g_auto (ShellResult) checked = { 0 };
  json_t *object;

  begin ();
  shell_assert_output ("review edit 1 \"a man in blue\"", "");
  path = back_up ();
  damage ();
  shell_assert_failure ("list", 1, "malformed");
  shell_assert_failure ("backup", 1, "malformed");
  assert_check_fails (path); /* not --repair, which cannot help */
  checked = shell_run ("check --repair");
  g_assert_cmpint (checked.status, ==, 1);
  g_assert_nonnull (strstr (checked.output, "guise.db: "));
  g_assert_nonnull (strstr (checked.errors, path)); /* the way out */
  object = run_json ("check --json", 1);
  g_assert_cmpuint (json_array_size (json_object_get (object, "problems")), >=, 1);
  json_decref (object);
  line = g_strdup_printf ("restore '%s'", path);
  shell_assert_output (line, NULL);
  assert_caption ("a man in blue");
  damage ();
  shell_assert_output ("restore project/captions.jsonl", NULL); /* the other way */
  assert_caption ("a man in blue");
  shell_assert_output ("check", "No problems found.\n");
}

/* The command that a message names, as a shell has it; the message must not speak of --repair. */
static char *
find_way_out (const char *message)
{
  const char *start = strstr (message, "`guisectl "), *end;

  g_assert_nonnull (start);
  g_assert_null (strstr (message, "--repair"));
  start += strlen ("`guisectl ");
  end = strchr (start, '`');
  g_assert_nonnull (end);
  return g_strndup (start, (gsize)(end - start));
}

/* Nothing of the database is left. Every command and the check name the way out, and it is one:
 * the backup, and where there is none the copy of the captions. */
static void
test_lost (void)
{
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);
  g_autofree char *backups = g_build_filename (shell_project, "backups", NULL);

  for (guint i = 0; i < 2 * G_N_ELEMENTS (damage_losses); i++) {
    gboolean has_backup = i < G_N_ELEMENTS (damage_losses);
    g_autofree char *backup = NULL, *from_list = NULL, *from_check = NULL;
    g_auto (ShellResult) listed = { 0 }, checked = { 0 };

    begin ();
    backup = back_up ();
    damage_losses[i % G_N_ELEMENTS (damage_losses)](database);
    if (!has_backup)
      temp_folder_remove (backups);
    listed = shell_run ("list");
    checked = shell_run ("check");
    g_assert_cmpint (listed.status, ==, 1);
    g_assert_cmpint (checked.status, ==, 1);
    from_list = find_way_out (listed.errors);
    from_check = find_way_out (checked.errors);
    g_assert_cmpstr (from_list, ==, from_check);
    g_assert_nonnull (strstr (from_list, has_backup ? backup : "captions.jsonl"));
    shell_assert_failure ("import people", 1, "project is damaged");
    shell_assert_output (from_list, NULL);
    assert_caption ("a man in red");
  }
}

/* What --repair mends and what it does not is said apart. */
static void
test_repairable (void)
{
  g_autofree char *part = g_build_filename (shell_project, ".captions.jsonl.01234567.part", NULL);
  g_auto (ShellResult) checked = { 0 };

  begin ();
  g_assert_true (g_file_set_contents (part, "half", -1, NULL));
  assert_check_fails ("check --repair` mends it");
  damage ();
  checked = shell_run ("check");
  g_assert_nonnull (strstr (checked.errors, "check --repair` mends 1 of them; `guisectl"));
  g_assert_nonnull (strstr (checked.errors, "restore"));
}

/* A database that is gone altogether. */
static void
test_gone (void)
{
  g_autofree char *path = NULL, *line = NULL, *database = NULL;

  begin ();
  path = back_up ();
  database = g_build_filename (shell_project, "guise.db", NULL);
  g_assert_cmpint (g_unlink (database), ==, 0);
  assert_check_fails (path);
  line = g_strdup_printf ("restore '%s'", path);
  shell_assert_output (line, NULL);
  assert_caption ("a man in red");
}

/* While the window has it: backups can be made, nothing can be swapped or mended. */
static void
test_in_use (void)
{
  g_autofree char *path = NULL, *line = NULL;
  int lock;

  begin ();
  lock = shell_lock_project ();
  path = back_up ();
  line = g_strdup_printf ("restore '%s'", path);
  shell_assert_failure (line, 1, "already open");
  shell_assert_failure ("check --repair", 1, "already open");
  shell_assert_output ("check", "No problems found.\n");
  close (lock);
  shell_assert_output (line, NULL);
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
    g_auto (ShellResult) result = shell_run_with_fault (line, fault);
    /* completes and tidies up */
    g_auto (ShellResult) checked = shell_run ("check --repair --quiet");

    status = result.status;
    g_assert_cmpint (checked.status, ==, 0);
    assert_caption ("a man in red");
  }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (n, >, 3);
  shell_assert_output ("check", "No problems found.\n");
  g_assert_cmpuint (temp_folder_count (shell_project, ".part"), ==, 0);
}

/* A file of captions that is there already is the old one or the new one. */
static void
test_killed_export (void)
{
  g_autofree char *path = g_build_filename (shell_folder, "out.jsonl", NULL);
  g_autofree char *whole = NULL;
  int status = -SIGKILL;
  guint n = 0;

  begin ();
  shell_assert_output ("--quiet export out.jsonl", "");
  g_assert_true (g_file_get_contents (path, &whole, NULL, NULL));
  for (; status == -SIGKILL; n++) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=kill FAULT_AT=%u", n + 1);
    g_auto (ShellResult) result = { 0 };
    g_autofree char *text = NULL;

    g_assert_true (g_file_set_contents (path, "old\n", -1, NULL));
    result = shell_run_with_fault ("export out.jsonl", fault);
    status = result.status;
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_true (strcmp (text, "old\n") == 0 || strcmp (text, whole) == 0);
    if (status == 0)
      g_assert_cmpstr (text, ==, whole);
  }
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (n, >, 3);
}

/* SIGTERM while it writes: it says that it was stopped, or had just finished; all is well. */
static void
test_terminated (void)
{
  guint n_stopped = 0;

  for (guint at = 1; at < 80; at += 6) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=term FAULT_AT=%u", at);
    g_auto (ShellResult) result = { 0 };

    temp_folder_remove (shell_project);
    result = shell_run_with_fault ("import people", fault);
    if (result.status != 130 && result.status != 0)
      g_error ("at call %u it ended with %d: %s", at, result.status, result.errors);
    n_stopped += result.status == 130;
    shell_assert_output ("import people --quiet", "");
    assert_caption ("a man in red");
    shell_assert_output ("check", "No problems found.\n");
  }
  g_test_message ("%u times stopped", n_stopped);
}

/* SIGTERM when all is done finds nothing that is gone already. */
static void
test_terminated_late (void)
{
  g_auto (ShellResult) result = { 0 };

  begin ();
  result = shell_run_with_fault ("check", "FAULT_KIND=late");
  g_assert_cmpstr (result.errors, ==, "");
  g_assert_cmpint (result.status, ==, 0);
}

/* No room for a project: there is none, or a whole one without pictures, and none is begun. */
static void
test_new_disk_full (void)
{
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);
  guint n_none = 0, n_whole = 0;
  int status = 1;

  for (guint at = 1; status != 0; at += 6) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=ENOSPC FAULT_AT=%u FAULT_FOR_GOOD=1 "
                                              "FAULT_ON=write",
                                              at);
    g_auto (ShellResult) result = { 0 };

    temp_folder_remove (shell_project);
    result = shell_run_with_fault ("import people --quiet", fault);
    status = result.status;
    if (status != 0)
      ctl_assert_one_line (result.errors, "project");
    g_assert_null (strstr (result.errors, "I/O error"));
    if (g_file_test (shell_project, G_FILE_TEST_EXISTS)) {
      shell_assert_output ("list", NULL);
      n_whole++;
    } else {
      n_none++;
    }
    shell_assert_output ("import people --quiet", "");
    assert_caption ("a man in red");
  }
  g_assert_cmpuint (n_none, >, 2);
  g_assert_cmpuint (n_whole, >, 2);
  g_assert_true (g_file_test (database, G_FILE_TEST_IS_REGULAR));
}

/* What a killed creation leaves is no damage. */
static void
test_begun (void)
{
  temp_folder_remove (shell_project);
  temp_folder_put (shell_project, "guise.db", "", 0);
  temp_folder_put (shell_project, "project.lock", "", 0);
  shell_assert_failure ("list", 1, "its making was interrupted");
  shell_assert_output ("import people --quiet", "");
  assert_caption ("a man in red");
}

/* Nothing of a killed creation is in the way of another one, whatever its journals say, and nothing
 * that was stored is taken for that. */
static void
test_begun_anywhere (void)
{
  guint n_begun = 0, n_stored = 0;
  int status = -SIGKILL;

  for (guint at = 1; status == -SIGKILL; at += 4) {
    g_autofree char *fault = g_strdup_printf ("FAULT_KIND=kill FAULT_AT=%u", at);
    g_auto (ShellResult) killed = { 0 }, again = { 0 };

    temp_folder_remove (shell_project);
    killed = shell_run_with_fault ("import people --quiet", fault);
    status = killed.status;
    again = shell_run ("import people --new --quiet");
    if (again.status == 0) {
      n_begun++;
    } else {
      ctl_assert_one_line (again.errors, "it exists");
      shell_assert_output ("import people --quiet", "");
      n_stored++;
    }
    assert_caption ("a man in red");
  }
  g_assert_cmpuint (n_begun, >, 2);
  g_assert_cmpuint (n_stored, >, 2);
}

static void
write_at (char *bytes, gsize at, const char *what, gsize n)
{
  memcpy (bytes + at, what, n);
}

/* A folder that holds nothing but guise.db, with somebody's work or another program's: nothing is
 * put in its place, and what it is is said. */
static void
test_alone (void)
{
  static const struct {
    const char *name, *why;
  } cases[] = { { "ours", NULL },
                { "foreign", "belongs to another program" },
                { "beginning lost", "its beginning was written over" },
                { "text", "is no database of Guise" } };
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);
  g_autofree char *whole = NULL;
  gsize size;

  begin ();
  shell_assert_output ("review edit 1 \"a man in blue\"", "");
  g_assert_true (g_file_get_contents (database, &whole, &size, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *bytes = g_memdup2 (whole, size), *after = NULL;
    static const char zeros[100];
    gsize n = size, n_after;

    if (g_str_equal (cases[i].name, "foreign"))
      write_at (bytes, 68, "Else", 4); /* application_id */
    else if (g_str_equal (cases[i].name, "beginning lost"))
      write_at (bytes, 0, zeros, sizeof zeros);
    else if (g_str_equal (cases[i].name, "text"))
      write_at (bytes, 0, "notes\n", n = 6);
    temp_folder_remove (shell_project);
    temp_folder_put (shell_project, "guise.db", bytes, (gssize)n);
    shell_assert_failure ("demo --persons 3 project", 1, "cannot make the demo");
    shell_assert_failure ("import people --new", 1, "it exists");
    if (cases[i].why != NULL)
      shell_assert_failure ("import people", 1, cases[i].why);
    g_assert_true (g_file_get_contents (database, &after, &n_after, NULL));
    g_assert_cmpmem (bytes, n, after, n_after);
    g_assert_cmpuint (temp_folder_count (shell_project, "guise.db-"), ==, 0);
  }
  temp_folder_remove (shell_project);
  temp_folder_put (shell_project, "guise.db", whole, (gssize)size);
  assert_caption ("a man in blue");
}

/* What stands in the place of the database, if it is no file. */
static void
test_no_file (void)
{
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);

  begin ();
  g_assert_cmpint (g_unlink (database), ==, 0);
  g_assert_cmpint (symlink ("/mnt/away/guise.db", database), ==, 0);
  shell_assert_failure ("list", 1, "its guise.db is a link to '/mnt/away/guise.db', which cannot");
  g_assert_cmpint (g_unlink (database), ==, 0);
  g_assert_cmpint (g_mkdir (database, 0755), ==, 0);
  shell_assert_failure ("list", 1, "its guise.db is a folder");
  temp_folder_remove (shell_project);
  temp_folder_put (shell_project, "guise.db/mine", "", 0);
  shell_assert_failure ("list", 1, "not a project");
  shell_assert_failure ("list", 1, "its guise.db is a folder");
  temp_folder_remove (database);
  g_assert_cmpint (symlink ("/mnt/away/guise.db", database), ==, 0);
  shell_assert_failure ("import people", 1, "is a link");
  shell_assert_failure ("import people --new", 1, "it exists");
  g_assert_true (g_file_test (database, G_FILE_TEST_IS_SYMLINK));
}

/* The WAL outlived its database: it is what is left of the last edits, and nobody removes it. */
static void
test_wal_alone (void)
{
  g_autofree char *wal = g_build_filename (shell_project, "guise.db-wal", NULL);
  const char *const lines[] = { "list", "check", "check --repair", "import people" };

  for (int with_empty = 0; with_empty < 2; with_empty++) {
    temp_folder_remove (shell_project);
    temp_folder_put (shell_project, "guise.db-wal", "edits", -1);
    if (with_empty)
      temp_folder_put (shell_project, "guise.db", "", 0);
    for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
      g_auto (ShellResult) result = shell_run (lines[i]);

      g_assert_cmpint (result.status, ==, 1);
      ctl_assert_one_line (result.errors, "there is no good backup");
    }
    shell_assert_failure ("import people --new", 1, "it exists");
    g_assert_true (g_file_test (wal, G_FILE_TEST_EXISTS));
  }
}

/* A full disk: one line, and the next backup finds room again. */
static void
test_disk_full (void)
{
  g_autofree char *backups = g_build_filename (shell_project, "backups", NULL);
  g_auto (ShellResult) result = { 0 };

  begin ();
  result = shell_run_with_fault ("backup", "FAULT_KIND=ENOSPC FAULT_AT=3 FAULT_FOR_GOOD=1");
  g_assert_cmpint (result.status, ==, 1);
  g_assert_true (g_str_has_prefix (result.errors, "guisectl: "));
  g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 1); /* the one that import made */
  shell_assert_output ("backup", NULL);
  g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 2);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  shell_set_up ();
  put_people ();
  g_test_add_func ("/cli/copies/healthy", test_healthy);
  g_test_add_func ("/cli/copies/usage", test_usage);
  g_test_add_func ("/cli/copies/x11-damaged", test_damaged);
  g_test_add_func ("/cli/copies/x09-gone", test_gone);
  g_test_add_func ("/cli/copies/x09-x11-lost", test_lost);
  g_test_add_func ("/cli/copies/repairable", test_repairable);
  g_test_add_func ("/cli/copies/x06-in-use", test_in_use);
  g_test_add_data_func ("/cli/copies/x01-killed-backup", "backup", test_killed);
  g_test_add_data_func ("/cli/copies/x01-killed-restore", "restore", test_killed);
  g_test_add_func ("/cli/copies/x01-killed-export", test_killed_export);
  g_test_add_func ("/cli/copies/x03-disk-full", test_disk_full);
  g_test_add_func ("/cli/copies/x03-new-disk-full", test_new_disk_full);
  g_test_add_func ("/cli/copies/x01-begun", test_begun);
  g_test_add_func ("/cli/copies/x01-begun-anywhere", test_begun_anywhere);
  g_test_add_func ("/cli/copies/x09-alone", test_alone);
  g_test_add_func ("/cli/copies/x09-no-file", test_no_file);
  g_test_add_func ("/cli/copies/x09-wal-alone", test_wal_alone);
  g_test_add_func ("/cli/copies/x18-terminated", test_terminated);
  g_test_add_func ("/cli/copies/x18-terminated-late", test_terminated_late);
  status = g_test_run ();
  shell_tear_down ();
  return status;
}
