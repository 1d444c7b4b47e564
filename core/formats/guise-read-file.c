#include "guise-read-file.h"
#include "guise-formats-error.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
guise_open_file (const char *path, int flags, GError **error)
{
  int fd = open (path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat info;

  if (fd < 0) {
    guise_formats_fail_errno (error, errno, "cannot open", path);
    return -1;
  }
  if (fstat (fd, &info) == 0 && S_ISREG (info.st_mode))
    return fd;
  if (S_ISDIR (info.st_mode))
    guise_formats_fail_errno (error, EISDIR, "cannot read", path);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "cannot read '%s': not a regular file", path);
  close (fd);
  return -1;
}

char *
guise_read_descriptor (int fd, const char *path, gsize max_bytes, gsize *size, GError **error)
{
  struct stat info;
  g_autofree char *data = NULL;
  gsize n = 0;

  if (fstat (fd, &info) != 0) {
    guise_formats_fail_errno (error, errno, "cannot read", path);
    return NULL;
  }
  if ((guint64)info.st_size > max_bytes) {
    g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_TOO_LARGE,
                 "cannot read '%s': %" G_GINT64_FORMAT " bytes are more than the %zu allowed", path,
                 (gint64)info.st_size, max_bytes);
    return NULL;
  }
  data = g_try_malloc ((gsize)info.st_size + 1);
  while (data != NULL && n < (gsize)info.st_size) {
    ssize_t got = read (fd, data + n, (gsize)info.st_size - n);

    if (got == 0)
      break;
    if (got < 0 && errno != EINTR) {
      guise_formats_fail_errno (error, errno, "cannot read", path);
      return NULL;
    }
    n += got > 0 ? (gsize)got : 0;
  }
  if (data == NULL) {
    guise_formats_fail_errno (error, ENOMEM, "cannot read", path);
    return NULL;
  }
  data[n] = '\0';
  *size = n;
  return g_steal_pointer (&data);
}

char *
guise_read_file (const char *path, gsize max_bytes, gsize *size, GError **error)
{
  int fd = guise_open_file (path, O_RDONLY, error);
  char *data;

  if (fd < 0)
    return NULL;
  data = guise_read_descriptor (fd, path, max_bytes, size, error);
  close (fd);
  return data;
}
