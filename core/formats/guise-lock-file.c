#include "guise-lock-file.h"

#include "guise-formats-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NOTE 400
#define MAX_TRIES 100 /* each one lost to a file that was removed just then */

/* As the holder wrote it; what is there may be anything, so only harmless characters of it are
 * shown. */
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

/* Whoever had the lock before may have removed the file after it was opened here: then it keeps
 * nobody out. */
static gboolean
is_at_path (int fd, const char *path)
{
  struct stat ours, there;

  return fstat (fd, &ours) == 0 && lstat (path, &there) == 0 && ours.st_dev == there.st_dev
         && ours.st_ino == there.st_ino;
}

/* A descriptor with the lock on the file that is at path; -1 with errno, ESTALE where another one
 * has come there; *holder where somebody has it. */
static int
take (const char *path, char **holder)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644), code;

  if (fd < 0)
    return -1;
  if (fcntl (fd, F_OFD_SETLK, &lock) != 0) {
    code = errno;
    if (code == EAGAIN || code == EACCES)
      *holder = read_note (fd);
  } else if (is_at_path (fd, path)) {
    return fd;
  } else {
    code = ESTALE;
  }
  close (fd);
  errno = code;
  return -1;
}

int
guise_lock_file_take (const char *path, char **holder, GError **error)
{
  int fd = -1;

  for (int i = 0; i < MAX_TRIES && fd < 0 && (i == 0 || errno == ESTALE); i++)
    fd = take (path, holder);
  if (fd >= 0)
    write_note (fd);
  else if (*holder == NULL)
    guise_formats_fail_errno (error, errno, "cannot lock", path);
  return fd;
}

void
guise_lock_file_release (int fd)
{
  if (fd < 0)
    return;
  if (ftruncate (fd, 0) != 0)
    errno = 0; /* only the message of the next one who is refused */
  close (fd);
}

char *
guise_lock_file_dup_holder (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  char *note;

  if (fd < 0)
    return g_strdup ("another process");
  note = read_note (fd); /* open-file-description locks outlive this close() */
  close (fd);
  return note;
}

gboolean
guise_lock_file_is_held (const char *path)
{
  struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  gboolean held;

  if (fd < 0)
    return FALSE;
  held = fcntl (fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close (fd);
  return held;
}
