#include "guise-run-process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* Whether one of the process's descriptors is the file; other people's processes do not say. */
static gboolean
has_open (const char *process, const char *file)
{
  g_autofree char *path = g_build_filename ("/proc", process, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *link = g_build_filename (path, name, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);

    if (g_strcmp0 (target, file) == 0)
      return TRUE;
  }
  return FALSE;
}

pid_t
guise_run_process_find_holder (const char *lock)
{
  g_autofree char *file = realpath (lock, NULL);
  g_autoptr (GDir) dir = file != NULL ? g_dir_open ("/proc", 0, NULL) : NULL;
  const char *name;
  guint64 pid;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &pid, NULL) && has_open (name, file))
      return (pid_t)pid;
  return 0;
}

pid_t
guise_run_process_find (const char *folder)
{
  g_autofree char *lock = g_build_filename (folder, "run.lock", NULL);

  return guise_run_process_find_holder (lock);
}

gboolean
guise_run_process_stop (const char *folder, GError **error)
{
  pid_t pid = guise_run_process_find (folder);

  if (pid > 0 && kill (pid, SIGTERM) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "cannot stop the training in '%s': %s",
               folder, pid > 0 ? g_strerror (errno) : "no process of yours runs it");
  return FALSE;
}
