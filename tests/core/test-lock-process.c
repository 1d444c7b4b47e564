/* Who holds a lock: its process, and neither whoever looks at the file nor a child that has not let
 * it go yet; and what a process calls itself. */
#include "guise-lock-file.h"
#include "guise-lock-process.h"
#include "temp-folder.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char *folder, *path;

static GSubprocess *
start (GSubprocessLauncher *launcher, const char *const *arguments)
{
  GError *error = NULL;
  GSubprocess *process = g_subprocess_launcher_spawnv (launcher, arguments, &error);

  g_assert_no_error (error);
  return process;
}

static void
end (GSubprocess *process)
{
  g_subprocess_force_exit (process);
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
}

static void
test_find (void)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  static const char *const wait[] = { "cat", NULL };
  g_autoptr (GSubprocess) looks = NULL, inherits = NULL;
  g_autofree char *holder = NULL;
  int fd;

  g_assert_cmpint (guise_lock_process_find (path), ==, 0);
  fd = guise_lock_file_take (path, &holder, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (guise_lock_process_find (path), ==, getpid ());
  g_subprocess_launcher_take_fd (launcher, open (path, O_RDONLY | O_CLOEXEC), 5);
  looks = start (launcher, wait);
  g_subprocess_launcher_close (launcher);
  g_clear_object (&launcher);
  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE);
  g_subprocess_launcher_take_fd (launcher, fcntl (fd, F_DUPFD_CLOEXEC, 0), 5);
  inherits = start (launcher, wait);
  g_subprocess_launcher_close (launcher);
  g_assert_cmpint (guise_lock_process_find (path), ==, getpid ());
  guise_lock_file_release (fd); /* the child has it still */
  g_assert_cmpint (guise_lock_process_find (path), ==,
                   atoi (g_subprocess_get_identifier (inherits)));
  end (inherits);
  g_assert_cmpint (guise_lock_process_find (path), ==, 0);
  end (looks);
}

/* The only child of the process; 0 = none yet. */
static pid_t
find_child (const char *process)
{
  g_autofree char *children
      = g_build_filename ("/proc", process, "task", process, "children", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (children, &text, NULL, NULL) ? (pid_t)atoi (text) : 0;
}

static void
test_container (void)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE
                                   | G_SUBPROCESS_FLAGS_STDIN_PIPE);
  static const char *const wait[]
      = { "unshare", "--user", "--pid", "--fork", "--kill-child", "cat", NULL };
  g_autofree char *tool = g_find_program_in_path ("unshare");
  gboolean tells = g_file_test ("/proc/thread-self/children", G_FILE_TEST_EXISTS);
  g_autoptr (GSubprocess) process = tool != NULL && tells ? start (launcher, wait) : NULL;
  pid_t child = 0;

  g_assert_true (guise_lock_process_is (getpid (), getpid ()));
  g_assert_false (guise_lock_process_is (getpid (), getpid () + 1));
  while (process != NULL && child == 0 && g_subprocess_get_identifier (process) != NULL) {
    child = find_child (g_subprocess_get_identifier (process));
    g_main_context_iteration (NULL, FALSE); /* it learns when the process ends */
  }
  if (child == 0) {
    g_test_skip ("no process may be begun in a container of its own here");
    return;
  }
  g_assert_true (guise_lock_process_is (child, child));
  g_assert_true (guise_lock_process_is (child, 1));
  g_assert_false (guise_lock_process_is (child, 2));
  end (process);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("guise-lock-process-XXXXXX", NULL);
  path = g_build_filename (folder, "captions.lock", NULL);
  g_test_add_func ("/lock-process/find", test_find);
  g_test_add_func ("/lock-process/container", test_container);
  status = g_test_run ();
  temp_folder_remove (folder);
  g_free (path);
  g_free (folder);
  return status;
}
