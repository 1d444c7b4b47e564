#include "guise-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guise-atomic-file.h"
#include "guise-formats-error.h"

static gboolean
sync_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gboolean good = fd >= 0 && fsync (fd) == 0;
  int code = errno;

  if (fd >= 0)
    close (fd);
  return good || guise_formats_fail_errno (error, code, "cannot sync", path);
}

static gboolean
is_folder (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0 && S_ISDIR (info.st_mode);
}

static gboolean
is_there (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0;
}

gboolean
guise_folder_sync (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    if (!(is_folder (inner) ? guise_folder_sync (inner, error) : sync_file (inner, error)))
      return FALSE;
  }
  return guise_sync_folder (path, error);
}

gboolean
guise_folder_remove (const char *path, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!is_folder (path))
    return (unlink (path) == 0 || errno == ENOENT)
           || guise_formats_fail_errno (error, errno, "cannot remove", path);
  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    if (!guise_folder_remove (inner, error))
      return FALSE;
  }
  return rmdir (path) == 0 || guise_formats_fail_errno (error, errno, "cannot remove", path);
}

char *
guise_folder_get_scratch (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path), *name = g_path_get_basename (path);
  g_autofree char *hidden = g_strdup_printf (".%s.part", name);

  return g_build_filename (parent, hidden, NULL);
}

static char *
get_aside (const char *made)
{
  return g_strconcat (made, ".old", NULL);
}

/* Where the kernel or the file system cannot swap: the old folder steps aside first, and back
 * where the new one cannot have its place. */
static gboolean
replace_in_two_steps (const char *made, const char *path)
{
  g_autofree char *aside = get_aside (made);
  int code;

  if (rename (path, aside) != 0)
    return FALSE;
  if (rename (made, path) == 0)
    return rename (aside, made) == 0;
  code = errno;
  if (rename (aside, path) != 0)
    g_debug ("'%s' waits in '%s'", path, aside); /* guise_folder_settle() puts it back */
  errno = code;
  return FALSE;
}

gboolean
guise_folder_settle (const char *path, GError **error)
{
  g_autofree char *made = guise_folder_get_scratch (path), *aside = get_aside (made);
  g_autofree char *parent = g_path_get_dirname (path);

  if (!is_there (aside))
    return TRUE;
  if (is_there (path))
    return guise_folder_remove (aside, error);
  if (rename (aside, path) != 0)
    return guise_formats_fail_errno (error, errno, "cannot put back", path);
  return guise_sync_folder (parent, error);
}

gboolean
guise_folder_put (const char *made, const char *path, gboolean fresh, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean swapped = FALSE;

  if (renameat2 (AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
    int code = errno;

    if (code == EINVAL && is_there (path))
      code = EEXIST;
    if (code == EINVAL && rename (made, path) == 0) /* the disk knows no flags */
      return guise_sync_folder (parent, error);
    if (code != EEXIST || fresh)
      return guise_formats_fail_errno (error, code, "cannot create", path);
    if (renameat2 (AT_FDCWD, made, AT_FDCWD, path, RENAME_EXCHANGE) != 0
        && !replace_in_two_steps (made, path))
      return guise_formats_fail_errno (error, errno, "cannot replace", path);
    swapped = TRUE;
  }
  return guise_sync_folder (parent, error) && (!swapped || guise_folder_remove (made, error));
}

gboolean
guise_folder_link (const char *from, const char *to, GError **error)
{
  g_autoptr (GFile) source = NULL, target = NULL;

  if (link (from, to) == 0)
    return TRUE;
  source = g_file_new_for_path (from);
  target = g_file_new_for_path (to);
  return g_file_copy (source, target, G_FILE_COPY_NONE, NULL, NULL, NULL, error);
}

char *
guise_folder_make_beside (const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path), *name = g_path_get_basename (path);
  g_autofree char *hidden = g_strdup_printf (".%.200s.XXXXXX", name);
  g_autofree char *made = g_build_filename (parent, hidden, NULL);

  if (g_mkdtemp_full (made, 0777) != NULL)
    return g_steal_pointer (&made);
  guise_formats_fail_errno (error, errno, "cannot create", path);
  return NULL;
}

gboolean
guise_folder_make (const char *path, GError **error)
{
  return g_mkdir_with_parents (path, 0777) == 0
         || guise_formats_fail_errno (error, errno, "cannot create", path);
}
