/* guisectl check: what it looks at, and what it says about what it finds. */
#include "guise-lock-file.h"
#include "shell.h"
#include "temp-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQLITE_LOCK_BYTES 0x40000000 /* where SQLite's locks on a database stand */

/* A new project with one caption and a backup. */
static void
begin (void)
{
  temp_folder_remove (shell_project);
  temp_folder_put (shell_people, "imgs/cam_1/1.png", "picture", -1);
  temp_folder_put (shell_people, "reid_raw.json",
                   "[{\"split\": \"train\", \"captions\": [\"a man in red\"],"
                   " \"file_path\": \"cam_1/1.png\", \"id\": 1}]",
                   -1);
  shell_assert_output ("import people --quiet", "");
}

/* A problem that passes: its reason and what to do about it, and no old copy in the place of
 * captions that are whole. */
static void
assert_passing (const ShellResult *result, const char *why)
{
  g_autofree char *advice = g_strconcat (why, "; see to that and try again", NULL);

  g_assert_cmpint (result->status, ==, 1);
  g_assert_nonnull (strstr (result->output, why));
  ctl_assert_one_line (result->errors, advice);
  g_assert_null (strstr (result->errors, "restore"));
}

static void
test_disk_full (void)
{
  g_auto (ShellResult) result = { 0 };

  begin ();
  result = shell_run_with_fault ("check --repair", "FAULT_KIND=ENOSPC FAULT_AT=6 FAULT_FOR_GOOD=1");
  assert_passing (&result, "the disk is full");
}

/* As another program holds it that writes. */
static void
test_locked (void)
{
  struct flock lock
      = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SQLITE_LOCK_BYTES, .l_len = 512 };
  g_autofree char *path = g_build_filename (shell_project, "guise.db", NULL);
  g_auto (ShellResult) result = { 0 };
  int fd;

  begin ();
  fd = g_open (path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (fcntl (fd, F_OFD_SETLK, &lock), ==, 0);
  result = shell_run ("check");
  close (fd);
  assert_passing (&result, "database is locked");
  shell_assert_output ("check", "No problems found.\n");
}

/* captions.db is looked at too. What cannot be read makes way, and is kept. */
static void
test_captions (void)
{
  static const struct {
    const char *path, *content, *why;
  } cases[] = { { "captions.db", "No database, and no less than one page of it.",
                  "captions.db: database: " },
                { "captions.db", "", "captions.db: it is empty" },
                { "captions.db/in-it", "mine", "captions.db: cannot open: " } };

  begin ();
  shell_assert_output ("check", "No problems found.\n");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (ShellResult) found = { 0 }, mended = { 0 };

    temp_folder_put (shell_project, cases[i].path, cases[i].content, -1);
    found = shell_run ("check");
    g_assert_cmpint (found.status, ==, 1);
    g_assert_true (g_str_has_prefix (found.output, cases[i].why));
    ctl_assert_one_line (found.errors, "check --repair` mends it");
    mended = shell_run ("check --repair");
    g_assert_cmpint (mended.status, ==, 0);
    g_assert_nonnull (strstr (mended.output, "it is kept as captions.db.damaged"));
    g_assert_cmpuint (temp_folder_count (shell_project, "captions.db.damaged"), ==, i + 1);
    shell_assert_output ("check", "No problems found.\n");
    shell_assert_output ("caption jobs --quiet", NULL);
  }
}

/* Beneath a job it is left, and so it is said; the same where the lock cannot be had. */
static void
test_captions_held (void)
{
  g_autofree char *path = g_build_filename (shell_project, "captions.lock", NULL);
  g_autofree char *self = g_strdup_printf (
      "captions.db is left as it is while a caption job runs: in process %d on host ",
      (int)getpid ());
  g_autofree char *holder = NULL;
  g_auto (ShellResult) held = { 0 }, refused = { 0 };
  int fd;

  begin ();
  temp_folder_put (shell_project, "captions.db", "No database at all, whatever it is called.", -1);
  fd = guise_lock_file_take (path, &holder, NULL);
  g_assert_cmpint (fd, >=, 0);
  held = shell_run ("check --repair");
  guise_lock_file_release (fd);
  g_assert_cmpint (held.status, ==, 1);
  ctl_assert_one_line (held.errors, self);
  g_assert_true (g_str_has_suffix (held.errors, "; wait for it or stop it, then try again\n"));
  g_assert_null (strstr (held.output, "repaired"));

  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0755), ==, 0);
  refused = shell_run ("check --repair");
  g_assert_cmpint (refused.status, ==, 1);
  ctl_assert_one_line (refused.errors, "captions.lock': Is a directory; see to that and try again");
  g_assert_cmpint (g_rmdir (path), ==, 0);
  shell_assert_output ("check --repair", NULL);
  shell_assert_output ("check", "No problems found.\n");
}

/* A WAL whose captions.db is gone: nothing takes its place before it lies elsewhere. */
static void
test_captions_gone (void)
{
  static const char job[] = "caption --endpoint http://127.0.0.1:1/v1 --model m --limit 1";
  g_autofree char *wal = g_build_filename (shell_project, "captions.db-wal", NULL);
  g_autofree char *aside
      = g_build_filename (shell_project, "captions.db.damaged-wal", NULL),
      *kept = NULL;
  g_auto (ShellResult) found = { 0 }, mended = { 0 };

  begin ();
  temp_folder_put (shell_project, "captions.db-wal", "", 0);
  shell_assert_output ("check", "No problems found.\n");
  temp_folder_put (shell_project, "captions.db-wal", "answers", -1);
  found = shell_run ("check");
  g_assert_cmpint (found.status, ==, 1);
  g_assert_nonnull (strstr (found.output, "captions.db: it is gone, and its WAL is left"));
  shell_assert_failure (job, 1, "it is gone, and its WAL is left");
  shell_assert_failure ("caption jobs", 1, "it is gone, and its WAL is left");
  g_assert_true (g_file_get_contents (wal, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "answers");
  mended = shell_run ("check --repair");
  g_assert_cmpint (mended.status, ==, 0);
  g_assert_true (g_file_test (aside, G_FILE_TEST_IS_REGULAR));
  shell_assert_output ("check", "No problems found.\n");
}

/* One that leads nowhere is no database: captions.db makes way, and of guise.db it is said what can
 * be put in its place. What another leads to may be good. */
static void
test_links (void)
{
  g_autofree char *captions = g_build_filename (shell_project, "captions.db", NULL);
  g_autofree char *aside = g_strconcat (captions, ".damaged", NULL);
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);
  g_autofree char *moved = g_build_filename (shell_project, "moved.db", NULL);
  g_auto (ShellResult) found = { 0 }, mended = { 0 }, lost = { 0 }, linked = { 0 };

  begin ();
  g_assert_cmpint (symlink ("/nowhere/a.db", captions), ==, 0);
  found = shell_run ("check");
  ctl_assert_one_line (found.errors, "check --repair` mends it");
  mended = shell_run ("check --repair");
  g_assert_cmpint (mended.status, ==, 0);
  g_assert_nonnull (strstr (mended.output, "a link to '/nowhere/a.db', which cannot be followed: "
                                           "No such file or directory; it is kept as"));
  g_assert_true (g_file_test (aside, G_FILE_TEST_IS_SYMLINK));
  shell_assert_output ("check", "No problems found.\n");

  g_assert_cmpint (rename (database, moved), ==, 0);
  g_assert_cmpint (symlink ("/nowhere/b.db", database), ==, 0);
  lost = shell_run ("check --repair");
  g_assert_cmpint (lost.status, ==, 1);
  g_assert_nonnull (strstr (lost.output, "a link to '/nowhere/b.db', which cannot be followed: "));
  ctl_assert_one_line (lost.errors, " puts the newest good backup in its place");

  g_assert_cmpint (g_unlink (database), ==, 0);
  g_assert_cmpint (symlink (moved, database), ==, 0);
  linked = shell_run ("check");
  g_assert_cmpint (linked.status, ==, 1);
  ctl_assert_one_line (linked.errors, "a link, which is not followed; put '");
  g_assert_null (strstr (linked.errors, "restore"));
}

/* What bash makes of a word. */
static char *
read_by_bash (const char *word)
{
  g_autofree char *script = g_strdup_printf ("printf %%s %s", word);
  const char *const argv[] = { "bash", "-c", script, NULL };
  char *output = NULL;

  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                               NULL, NULL, NULL));
  return output;
}

static void
assert_no_control (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    g_assert_true (*p == '\n' || !g_ascii_iscntrl (*p));
}

/* Names that a terminal would act on: escaped in every message, in a command as a shell reads them
 * back, and one that was escaped is not escaped again. */
static void
test_odd_names (void)
{
  static const char odd[] = "guise-9\x1b[2K it's\\x.db";
  const char *const lines[] = { "list", "check" };
  g_autofree char *backups = g_build_filename (shell_project, "backups", NULL);
  g_autofree char *copy = g_build_filename (shell_project, "captions.jsonl", NULL);
  g_autofree char *database = g_build_filename (shell_project, "guise.db", NULL);
  g_autofree char *path = g_build_filename (backups, odd, NULL), *bytes = NULL;
  gsize size;

  begin ();
  g_assert_true (g_file_get_contents (database, &bytes, &size, NULL));
  temp_folder_remove (backups);
  g_assert_cmpint (g_mkdir (backups, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
  g_assert_cmpint (truncate (database, 0), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_auto (ShellResult) result = shell_run (lines[i]);
    g_auto (GStrv) words = g_strsplit (result.errors, " restore ", 2);
    g_autofree char *word = g_strndup (words[1], strcspn (words[1], "`"));
    g_autofree char *read = read_by_bash (word);

    assert_no_control (result.output);
    assert_no_control (result.errors);
    g_assert_cmpstr (read, ==, path);
  }
  shell_assert_failure ("--project 'a\nb\x1b[2J' list", 1, "'a\\nb\\u001b[2J'");
  shell_assert_failure ("'li\nst\x1b[2J'", 2, "'li\\nst\\u001b[2J'");
}

/* Half files of runs are removed, and nothing else: no folder of such a name, nothing outside the
 * project. */
static void
test_half_files (void)
{
  static const char run[]
      = "{\"name\": \"night\", \"preset\": \"\", \"seed\": 0, \"state\": \"done\", \"error\": null,"
        " \"started\": \"2026-05-04T12:30:00Z\", \"finished\": \"2026-05-04T12:31:00Z\","
        " \"step\": 1, \"steps\": 1, \"lambda\": 0.5, \"best\": null, \"splits\": \"\","
        " \"data\": \"\", \"images\": 0, \"persons\": 0, \"version\": \"0.1.0\","
        " \"blas_core\": \"\", \"threads\": 0}";
  g_autofree char *elsewhere = g_build_filename (shell_folder, "elsewhere", NULL);
  g_autofree char *linked = g_build_filename (shell_project, "runs", "linked", NULL);
  g_autofree char *theirs = g_build_filename (elsewhere, ".x.0123abcd.part", NULL);
  g_autofree char *mine = g_build_filename (shell_project, "runs/night/.y.0123abcd.part/a", NULL);
  g_autofree char *half = g_build_filename (shell_project, "runs/night/.x.0123abcd.part", NULL);

  begin ();
  temp_folder_put (elsewhere, "run.json", run, -1);
  temp_folder_put (elsewhere, ".x.0123abcd.part", "theirs", -1);
  temp_folder_put (shell_project, "runs/night/run.json", run, -1);
  temp_folder_put (shell_project, "runs/night/.x.0123abcd.part", "half", -1);
  temp_folder_put (shell_project, "runs/night/.y.0123abcd.part/a", "mine", -1);
  g_assert_cmpint (symlink (elsewhere, linked), ==, 0);
  shell_assert_output ("check --repair", "runs/night/.x.0123abcd.part: a half written file; "
                                         "nothing uses it (repaired)\n");
  g_assert_false (g_file_test (half, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (mine, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (theirs, G_FILE_TEST_EXISTS));
  shell_assert_output ("check", "No problems found.\n");
  temp_folder_remove (elsewhere);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  shell_set_up ();
  g_test_add_func ("/cli/check/x03-disk-full", test_disk_full);
  g_test_add_func ("/cli/check/x06-locked", test_locked);
  g_test_add_func ("/cli/check/x11-captions", test_captions);
  g_test_add_func ("/cli/check/x11-held", test_captions_held);
  g_test_add_func ("/cli/check/x11-gone", test_captions_gone);
  g_test_add_func ("/cli/check/x11-links", test_links);
  g_test_add_func ("/cli/check/i18-odd-names", test_odd_names);
  g_test_add_func ("/cli/check/half-files", test_half_files);
  status = g_test_run ();
  shell_tear_down ();
  return status;
}
