#include "guise-atomic-file.h"
#include "guise-formats-error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct _GuiseAtomicFile {
  char *path;
  char *temporary;
  int fd;
  gboolean failed;
  gboolean committed;
};

static gboolean
fail (GuiseAtomicFile *file, int code, GError **error)
{
  file->failed = TRUE;
  return guise_formats_fail_errno (error, code, "cannot write", file->path);
}

/* Opened with O_EXCL and 0666, so that the kernel applies the umask: mkstemp would leave 0600, and
 * asking for the umask means changing it for every thread. */
static int
open_temporary (GuiseAtomicFile *file, const char *folder, const char *name)
{
  for (int attempt = 0; attempt < 100; attempt++) {
    g_autofree char *hidden = g_strdup_printf (".%.200s.%08x.part", name, g_random_int ());

    g_free (file->temporary);
    file->temporary = g_build_filename (folder, hidden, NULL);
    file->fd = open (file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file->fd >= 0)
      return 0;
    if (errno != EEXIST)
      break;
  }
  return errno;
}

gboolean
guise_atomic_file_is_temporary (const char *name)
{
  const char *number;

  if (name[0] != '.' || strlen (name) < strlen (".x.01234567.part"))
    return FALSE;
  number = name + strlen (name) - strlen (".01234567.part");
  return number[0] == '.' && strspn (number + 1, "0123456789abcdef") == 8
         && strcmp (number + 9, ".part") == 0;
}

/* A device or a pipe, also behind a link, would be gone when the file took its place; so would
 * /dev/stdout, whatever it leads to. */
static gboolean
check_replaceable (const char *path, GError **error)
{
  g_autofree char *link = g_file_read_link (path, NULL);
  struct stat info;

  if (link == NULL || !g_str_has_prefix (link, "/proc/"))
    if (stat (path, &info) != 0 || S_ISREG (info.st_mode) || S_ISDIR (info.st_mode))
      return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
               "cannot write '%s': it is a device or a pipe; name a file", path);
  return FALSE;
}

GuiseAtomicFile *
guise_atomic_file_open (const char *path, GError **error)
{
  g_autoptr (GuiseAtomicFile) file = NULL;
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int code;

  if (!check_replaceable (path, error))
    return NULL;
  file = g_new0 (GuiseAtomicFile, 1);
  file->path = g_strdup (path);
  file->fd = -1;
  code = open_temporary (file, folder, name);
  if (code != 0) {
    g_clear_pointer (&file->temporary, g_free);
    fail (file, code, error);
    return NULL;
  }
  return g_steal_pointer (&file);
}

gboolean
guise_atomic_file_reserve (GuiseAtomicFile *file, guint64 n_bytes, GError **error)
{
  if (file->failed)
    return fail (file, EIO, error);
  if (n_bytes > G_MAXINT64)
    return fail (file, EFBIG, error);
  if (n_bytes == 0 || fallocate (file->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)n_bytes) == 0)
    return TRUE;
  if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINTR)
    return TRUE; /* only a forecast: the writes will tell */
  return fail (file, errno, error);
}

gboolean
guise_atomic_file_write (GuiseAtomicFile *file, const void *data, gsize size, GError **error)
{
  const char *next = data;

  if (file->failed)
    return fail (file, EIO, error);
  while (size > 0) {
    ssize_t n = write (file->fd, next, MIN (size, (gsize)1 << 30));

    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return fail (file, n < 0 ? errno : EIO, error);
    next += n;
    size -= (gsize)n;
  }
  return TRUE;
}

gboolean
guise_atomic_file_sync (GuiseAtomicFile *file, GError **error)
{
  if (file->failed)
    return fail (file, EIO, error);
  if (fsync (file->fd) != 0)
    return fail (file, errno, error);
  return TRUE;
}

const char *
guise_atomic_file_get_temporary (GuiseAtomicFile *file)
{
  return file->temporary;
}

gboolean
guise_atomic_file_commit (GuiseAtomicFile *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->path);
  int fd = file->fd;

  if (!guise_atomic_file_sync (file, error))
    return FALSE;
  file->fd = -1;
  if (close (fd) != 0)
    return fail (file, errno, error);
  if (rename (file->temporary, file->path) != 0)
    return fail (file, errno, error);
  file->committed = TRUE;
  return guise_sync_folder (folder, error);
}

void
guise_atomic_file_free (GuiseAtomicFile *file)
{
  if (file == NULL)
    return;
  if (file->fd >= 0)
    close (file->fd);
  if (!file->committed && file->temporary != NULL)
    unlink (file->temporary);
  g_free (file->temporary);
  g_free (file->path);
  g_free (file);
}

gboolean
guise_atomic_write (const char *path, const void *data, gsize size, GError **error)
{
  g_autoptr (GuiseAtomicFile) file = guise_atomic_file_open (path, error);

  return file != NULL && guise_atomic_file_write (file, data, size, error)
         && guise_atomic_file_commit (file, error);
}

gboolean
guise_sync_folder (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int code = 0;

  if (fd < 0)
    return guise_formats_fail_errno (error, errno, "cannot open folder", path);
  if (fsync (fd) != 0 && errno != EINVAL) /* EINVAL: a file system whose folders cannot be synced */
    code = errno;
  close (fd);
  return code == 0 || guise_formats_fail_errno (error, code, "cannot sync folder", path);
}
