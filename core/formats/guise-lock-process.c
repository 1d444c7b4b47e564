#include "guise-lock-process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Whether the descriptor has a lock; whoever only looks at the file has none. */
static gboolean
has_lock (const char *process, const char *descriptor)
{
  g_autofree char *path = g_build_filename ("/proc", process, "fdinfo", descriptor, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char info[1024]; /* a few lines, the locks last */
  ssize_t n;

  if (fd < 0)
    return FALSE;
  n = read (fd, info, sizeof info - 1);
  close (fd);
  info[MAX (n, 0)] = '\0';
  return strstr (info, "\nlock:") != NULL;
}

/* Whether one of the process's descriptors locks the file; other people's processes do not say. */
static gboolean
holds (const char *process, const char *file)
{
  g_autofree char *path = g_build_filename ("/proc", process, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *link = g_build_filename (path, name, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);

    if (g_strcmp0 (target, file) == 0 && has_lock (process, name))
      return TRUE;
  }
  return FALSE;
}

pid_t
guise_lock_process_find (const char *lock)
{
  g_autofree char *file = realpath (lock, NULL);
  g_autoptr (GDir) dir = file != NULL ? g_dir_open ("/proc", 0, NULL) : NULL;
  const char *name;
  guint64 pid;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &pid, NULL) && holds (name, file))
      return (pid_t)pid;
  return 0;
}
