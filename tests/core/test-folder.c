/* Folders that replace others, on a disk that cannot swap them, with a kill or an error at each
 * rename. The renames are made to fail by the linker's --wrap. */
#include "guise-folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static gboolean cannot_swap;
static int n_renames;
static int die_at = -1;  /* this rename kills, */
static int fail_at = -1; /* or fails */

int __real_rename (const char *from, const char *to);
int __wrap_rename (const char *from, const char *to);
int __real_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
int __wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags);

int
__wrap_rename (const char *from, const char *to)
{
  int n = n_renames++;

  if (n == die_at)
    _exit (9);
  if (n == fail_at) {
    errno = EIO;
    return -1;
  }
  return __real_rename (from, to);
}

int
__wrap_renameat2 (int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
  if (!cannot_swap)
    return __real_renameat2 (from_dir, from, to_dir, to, flags);
  errno = EINVAL;
  return -1;
}

typedef struct {
  char *folder, *path, *made, *aside;
} Fixture;

static void
write_word (const char *folder, const char *word)
{
  g_autofree char *file = g_build_filename (folder, "word", NULL);

  g_assert_true (guise_folder_make (folder, NULL));
  g_assert_true (g_file_set_contents (file, word, -1, NULL));
}

static char *
read_word (const char *folder)
{
  g_autofree char *file = g_build_filename (folder, "word", NULL);
  char *word = NULL;

  return g_file_get_contents (file, &word, NULL, NULL) ? word : NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("guise-folder-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "step-1", NULL);
  fixture->made = guise_folder_get_scratch (fixture->path);
  fixture->aside = g_strconcat (fixture->made, ".old", NULL);
  cannot_swap = TRUE;
  die_at = fail_at = -1;
  n_renames = 0;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_assert_true (guise_folder_remove (fixture->folder, NULL));
  g_free (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->made);
  g_free (fixture->aside);
}

/* A process that replaces "old" by "new" and is killed before the given rename; its status. */
static int
replace_and_die (Fixture *fixture, int at)
{
  pid_t child;
  int status;

  write_word (fixture->path, "old");
  write_word (fixture->made, "new");
  n_renames = 0;
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0) {
    g_autoptr (GError) error = NULL;

    die_at = at;
    guise_folder_put (fixture->made, fixture->path, FALSE, &error);
    g_assert_no_error (error);
    _exit (0);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_true (WEXITSTATUS (status) == 0 || WEXITSTATUS (status) == 9);
  return WEXITSTATUS (status);
}

/* Whenever the kill comes, one of the two is there afterwards, whole, and nothing else. */
static void
test_killed (Fixture *fixture, gconstpointer data)
{
  int at = 0, status;

  do {
    g_autofree char *word = NULL;
    g_autoptr (GError) error = NULL;

    status = replace_and_die (fixture, at++);
    guise_folder_settle (fixture->path, &error);
    g_assert_no_error (error);
    word = read_word (fixture->path);
    g_assert_true (g_strcmp0 (word, "old") == 0 || g_strcmp0 (word, "new") == 0);
    g_assert_false (g_file_test (fixture->aside, G_FILE_TEST_EXISTS));
    g_assert_true (guise_folder_remove (fixture->made, NULL));
    g_test_message ("killed before rename %d: %s", at - 1, word);
    g_assert_true (status != 0 || strcmp (word, "new") == 0);
  } while (status != 0);
  g_assert_cmpint (at, >, 3); /* it was killed before each of the renames */
}

/* An error is no kill: the old one is back at once, or the new one has its place. */
static void
test_failing (Fixture *fixture, gconstpointer data)
{
  for (int at = 1; at < 4; at++) {
    g_autofree char *word = NULL;
    g_autoptr (GError) error = NULL;

    write_word (fixture->path, "old");
    write_word (fixture->made, "new");
    n_renames = 1; /* so that the first one of the replacement is number 1 */
    fail_at = at;
    g_assert_false (guise_folder_put (fixture->made, fixture->path, FALSE, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
    fail_at = -1;
    word = read_word (fixture->path);
    g_assert_cmpstr (word, ==, at < 3 ? "old" : "new");
    g_assert_true (guise_folder_settle (fixture->path, NULL));
    g_assert_false (g_file_test (fixture->aside, G_FILE_TEST_EXISTS));
    g_assert_true (guise_folder_remove (fixture->made, NULL));
  }
}

/* Where folders can be swapped nothing steps aside. */
static void
test_swapped (Fixture *fixture, gconstpointer data)
{
  g_autofree char *word = NULL;
  g_autoptr (GError) error = NULL;

  cannot_swap = FALSE;
  write_word (fixture->path, "old");
  write_word (fixture->made, "new");
  fail_at = 0;
  if (!guise_folder_put (fixture->made, fixture->path, FALSE, &error)) {
    g_test_skip ("the disk of the temporary folder cannot swap");
    fail_at = -1;
    return;
  }
  word = read_word (fixture->path);
  g_assert_cmpstr (word, ==, "new");
  g_assert_cmpint (n_renames, ==, 0);
}

#define ADD(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/folder/t06-killed", test_killed);
  ADD ("/folder/t06-failing", test_failing);
  ADD ("/folder/swapped", test_swapped);
  return g_test_run ();
}
