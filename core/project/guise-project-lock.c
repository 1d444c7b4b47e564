#include "guise-project-lock.h"

#include "guise-store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define LOCK_NAME "project.lock"
#define MAX_NOTE 400

/* "process 1234 on host 'desk' since 2026-05-04 12:30", as the holder wrote it; what is there may
 * be anything, so only harmless characters of it are shown. */
static char *
read_note (int fd)
{
  char note[MAX_NOTE + 1];
  ssize_t n = pread (fd, note, MAX_NOTE, 0);

  note[n > 0 ? n : 0] = '\0';
  g_strdelimit (note, "\r\n\t", ' ');
  g_strstrip (note);
  for (char *p = note; *p != '\0'; p++)
    if (!g_ascii_isprint (*p))
      *p = '?';
  return g_strdup (*note != '\0' ? note : "another process");
}

static void
write_note (int fd)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%Y-%m-%d %H:%M");
  g_autofree char *note = g_strdup_printf ("process %d on host '%s' since %s\n", (int)getpid (),
                                           g_get_host_name (), when);

  /* For a message only: a full disk must not keep anybody out. */
  if (ftruncate (fd, 0) == 0 && pwrite (fd, note, strlen (note), 0) < 0)
    errno = 0;
}

static int
fail (GError **error, int fd, const char *folder, int code)
{
  g_autofree char *note = NULL;

  if (fd >= 0 && (code == EAGAIN || code == EACCES)) {
    note = read_note (fd);
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED,
                 "project is already open: '%s': in %s", folder, note);
  } else {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code),
                 "cannot lock project: '%s': %s", folder, g_strerror (code));
  }
  if (fd >= 0)
    close (fd);
  return -1;
}

int
guise_project_lock_take (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, LOCK_NAME, NULL);
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

  if (fd < 0)
    return fail (error, -1, folder, errno);
  if (fcntl (fd, F_OFD_SETLK, &lock) != 0)
    return fail (error, fd, folder, errno);
  write_note (fd);
  return fd;
}

void
guise_project_lock_release (int fd)
{
  if (fd < 0)
    return;
  if (ftruncate (fd, 0) != 0)
    errno = 0; /* only the message of the next one who is refused */
  close (fd);
}

char *
guise_project_lock_dup_holder (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, LOCK_NAME, NULL);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  char *note;

  if (fd < 0)
    return g_strdup ("another process");
  note = read_note (fd); /* open-file-description locks outlive this close() */
  close (fd);
  return note;
}
