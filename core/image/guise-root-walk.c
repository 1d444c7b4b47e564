#include "guise-root-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
open_component (int folder, const char *name, gboolean last)
{
  int flags = last ? O_RDONLY | O_NONBLOCK | O_NOCTTY : O_PATH | O_DIRECTORY;
  struct stat status;

  if (strcmp (name, "..") == 0)
    return errno = EXDEV, -1;
  if (fstatat (folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (status.st_mode))
    return errno = EXDEV, -1;
  return openat (folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
}

int
guise_root_walk (int folder, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  int at = folder;

  if (path[0] == '\0')
    return errno = ENOENT, -1;
  if (path[0] == '/')
    return errno = EXDEV, -1;
  for (int i = 0; names[i] != NULL; i++) {
    int next = open_component (at, names[i][0] != '\0' ? names[i] : ".", names[i + 1] == NULL);
    int reason = errno;

    if (at != folder)
      close (at);
    if (next < 0)
      return errno = reason, -1;
    at = next;
  }
  return at;
}
