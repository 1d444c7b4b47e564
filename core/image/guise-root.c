#include "guise-root.h"
#include "guise-image.h"
#include "guise-root-walk.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct _GuiseRoot {
  int folder; /* O_PATH */
  char *name;
};

GuiseRoot *
guise_root_open (const char *folder, GError **error)
{
  int fd = open (folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
  GuiseRoot *root;

  if (fd < 0) {
    int reason = errno;
    g_autofree char *shown = g_filename_display_name (folder);

    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), "cannot open folder: '%s': %s",
                 shown, g_strerror (reason));
    return NULL;
  }
  root = g_atomic_rc_box_new0 (GuiseRoot);
  root->folder = fd;
  root->name = g_strdup (folder);
  return root;
}

GuiseRoot *
guise_root_ref (GuiseRoot *root)
{
  return g_atomic_rc_box_acquire (root);
}

static void
clear_root (gpointer data)
{
  GuiseRoot *root = data;

  close (root->folder);
  g_free (root->name);
}

void
guise_root_unref (GuiseRoot *root)
{
  g_atomic_rc_box_release_full (root, clear_root);
}

const char *
guise_root_get_folder (GuiseRoot *root)
{
  return root->name;
}

/* openat2() itself; a rename somewhere above while it resolves makes it answer EAGAIN. */
static int
open_beneath (int folder, const char *path, int flags)
{
  struct open_how how = {
    .flags = (guint64)(flags | O_CLOEXEC),
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
  };
  long fd = -1;

  for (int i = 0; i < 8; i++) {
    fd = syscall (SYS_openat2, folder, path, &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
      break;
  }
  return (int)fd;
}

/* Takes fd, which may be -1 with errno. */
static int
check_file (int fd, const char *path, guint64 max_bytes, GError **error)
{
  int reason = errno;
  g_autofree char *shown = g_filename_display_name (path);
  struct stat status;

  if (fd >= 0 && fstat (fd, &status) < 0) {
    reason = errno;
    close (fd);
    fd = -1;
  }
  if (max_bytes == 0)
    max_bytes = GUISE_ROOT_MAX_BYTES;
  if (fd < 0 && reason == EXDEV)
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_OUTSIDE,
                 "cannot open image: '%s': the path leaves the data set's folder", shown);
  else if (fd < 0 && reason != ENXIO)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (reason), "cannot open image: '%s': %s",
                 shown, g_strerror (reason));
  else if (fd < 0 || !S_ISREG (status.st_mode)) /* ENXIO: a socket */
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_NOT_A_FILE,
                 "cannot open image: '%s': not a regular file", shown);
  else if ((guint64)status.st_size > max_bytes)
    g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_TOO_LARGE,
                 "cannot open image: '%s': %" G_GUINT64_FORMAT
                 " bytes, more than the %" G_GUINT64_FORMAT " that are allowed",
                 shown, (guint64)status.st_size, max_bytes);
  else
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

int
guise_root_open_file (GuiseRoot *root, const char *path, guint64 max_bytes, GError **error)
{
  int fd = open_beneath (root->folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

  /* EPERM: what sandboxes answer to calls that they do not know */
  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = guise_root_walk (root->folder, path);
  return check_file (fd, path, max_bytes, error);
}

int
guise_open_user_file (const char *path, guint64 max_bytes, GError **error)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

  return check_file (fd, path, max_bytes, error);
}

gboolean
guise_root_stat_file (GuiseRoot *root, const char *path, gint64 *size, gint64 *changed)
{
  int fd = open_beneath (root->folder, path, O_PATH);
  struct stat status;
  gboolean good;

  if (fd < 0 && (errno == ENOSYS || errno == EPERM))
    fd = guise_root_walk (root->folder, path);
  if (fd < 0)
    return FALSE;
  good = fstat (fd, &status) == 0 && S_ISREG (status.st_mode);
  close (fd);
  if (!good)
    return FALSE;
  *size = status.st_size;
  *changed = (gint64)status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000)
             + status.st_mtim.tv_nsec;
  return TRUE;
}
