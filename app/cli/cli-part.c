#include "cli-part.h"

#include "guise-folder.h"
#include "guise-formats-error.h"
#include "guise-project.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define N_LETTERS 6 /* that mkdtemp draws */

struct _CliPart {
  char *dir;    /* its place */
  char *folder; /* NULL once it stands there */
  int fd;       /* of the folder; the kernel's lock on it ends with the process */
};

/* -1 when it cannot be opened or another process fills it. */
static int
lock_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) != 0) {
    close (fd);
    return -1;
  }
  return fd;
}

/* What cannot be removed stays: it is in nobody's way. */
static void
sweep (const char *dir)
{
  g_autofree char *parent = g_path_get_dirname (dir), *base = g_path_get_basename (dir);
  g_autofree char *prefix = g_strconcat (base, ".part-", NULL);
  g_autoptr (GDir) folder = g_dir_open (parent, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
    g_autofree char *path = NULL;
    int fd;

    if (!g_str_has_prefix (name, prefix) || strlen (name) != strlen (prefix) + N_LETTERS)
      continue;
    path = g_build_filename (parent, name, NULL);
    fd = lock_folder (path);
    if (fd < 0)
      continue;
    guise_folder_remove (path, NULL);
    close (fd);
  }
}

CliPart *
cli_part_new (const char *dir, const char *what, GError **error)
{
  g_autoptr (CliPart) part = g_new0 (CliPart, 1);

  sweep (dir);
  part->fd = -1;
  part->dir = g_strdup (dir);
  part->folder = g_strdup_printf ("%s.part-XXXXXX", dir);
  if (g_mkdtemp_full (part->folder, 0777) == NULL) {
    int code = errno;

    g_clear_pointer (&part->folder, g_free);
    guise_formats_fail_errno (error, code, what, dir);
    return NULL;
  }
  part->fd = lock_folder (part->folder);
  if (part->fd >= 0)
    return g_steal_pointer (&part);
  guise_formats_fail_errno (error, errno, what, part->folder);
  return NULL;
}

const char *
cli_part_get_folder (CliPart *part)
{
  return part->folder;
}

gboolean
cli_part_put (CliPart *part, GCancellable *cancellable, GError **error)
{
  /* One call for some thousand pictures: syncing them one by one takes minutes on a disk. */
  if (syncfs (part->fd) != 0)
    return guise_formats_fail_errno (error, errno, "cannot sync", part->folder);
  if (g_cancellable_set_error_if_cancelled (cancellable, error)
      || !guise_project_clear_begun (part->dir, error))
    return FALSE;
  g_rmdir (part->dir); /* an empty folder makes way; anything else that has come there does not */
  if (!guise_folder_put (part->folder, part->dir, TRUE, error))
    return FALSE;
  g_clear_pointer (&part->folder, g_free);
  return TRUE;
}

void
cli_part_free (CliPart *part)
{
  if (part->folder != NULL)
    guise_folder_remove (part->folder, NULL);
  if (part->fd >= 0)
    close (part->fd);
  g_free (part->folder);
  g_free (part->dir);
  g_free (part);
}
