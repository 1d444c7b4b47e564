#undef _FILE_OFFSET_BITS /* it would make one call of open() and open64() */
#include "disk.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static GMutex mutex;
static GCond gone_on;
static char *watched; /* with a slash behind */
static gboolean still;
static guint n_waiting;
static gint n_of_main_thread;

static gboolean
is_main_thread (void)
{
  return getpid () == gettid ();
}

static void
blame_main_thread (const char *call, const char *path)
{
  void *callers[24];

  g_atomic_int_inc (&n_of_main_thread);
  fprintf (stderr, "# the main thread called %s for %s\n", call, path);
  backtrace_symbols_fd (callers, backtrace (callers, G_N_ELEMENTS (callers)), STDERR_FILENO);
}

/* A watched file is about to be used. */
static void
pass (const char *call, const char *path)
{
  if (is_main_thread ()) {
    blame_main_thread (call, path);
    return;
  }
  g_mutex_lock (&mutex);
  n_waiting++;
  while (still)
    g_cond_wait (&gone_on, &mutex);
  n_waiting--;
  g_mutex_unlock (&mutex);
}

static void
pass_path (const char *call, const char *path)
{
  const char *folder = g_atomic_pointer_get (&watched);

  if (folder != NULL && path != NULL && g_str_has_prefix (path, folder))
    pass (call, path);
}

static void
pass_fd (const char *call, int fd)
{
  char link[64], path[4096];
  ssize_t length;

  if (g_atomic_pointer_get (&watched) == NULL)
    return;
  g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  if (length <= 0)
    return;
  path[length] = '\0';
  pass_path (call, path);
}

/* ---- in place of the C library's ------------------------------------------------------------ */

#define NEXT(name) ((typeof (&name))dlsym (RTLD_NEXT, #name))

ssize_t
read (int fd, void *buffer, size_t n)
{
  pass_fd ("read", fd);
  return NEXT (read) (fd, buffer, n);
}

ssize_t
pread64 (int fd, void *buffer, size_t n, off64_t offset)
{
  pass_fd ("pread", fd);
  return NEXT (pread64) (fd, buffer, n, offset);
}

ssize_t
pwrite64 (int fd, const void *buffer, size_t n, off64_t offset)
{
  pass_fd ("pwrite", fd);
  return NEXT (pwrite64) (fd, buffer, n, offset);
}

int
fdatasync (int fd)
{
  pass_fd ("fdatasync", fd);
  return NEXT (fdatasync) (fd);
}

int
fsync (int fd)
{
  pass_fd ("fsync", fd);
  return NEXT (fsync) (fd);
}

static mode_t
get_mode (int flags, va_list list)
{
  return flags & (O_CREAT | O_TMPFILE) ? va_arg (list, mode_t) : 0;
}

int
open64 (const char *path, int flags, ...)
{
  va_list list;
  mode_t mode;

  va_start (list, flags);
  mode = get_mode (flags, list);
  va_end (list);
  pass_path ("open", path);
  return NEXT (open64) (path, flags, mode);
}

int
open (const char *path, int flags, ...)
{
  va_list list;
  mode_t mode;

  va_start (list, flags);
  mode = get_mode (flags, list);
  va_end (list);
  pass_path ("open", path);
  return NEXT (open) (path, flags, mode);
}

/* The pictures' files are opened with a call that the C library has no name for. */
long
syscall (long number, ...)
{
  long a[6];
  va_list list;

  va_start (list, number);
  for (size_t i = 0; i < G_N_ELEMENTS (a); i++)
    a[i] = va_arg (list, long);
  va_end (list);
  if (number == SYS_openat2)
    pass_fd ("openat2", (int)a[0]);
  return NEXT (syscall) (number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- for tests ------------------------------------------------------------------------------ */

void
disk_watch (const char *folder)
{
  char *with_slash = folder != NULL ? g_strconcat (folder, "/", NULL) : NULL;

  g_free (g_atomic_pointer_exchange (&watched, with_slash));
}

static void
set_still (gboolean value)
{
  g_mutex_lock (&mutex);
  still = value;
  g_cond_broadcast (&gone_on);
  g_mutex_unlock (&mutex);
}

void
disk_stand_still (void)
{
  set_still (TRUE);
}

void
disk_go_on (void)
{
  set_still (FALSE);
}

guint
disk_get_n_waiting (void)
{
  guint n;

  g_mutex_lock (&mutex);
  n = still ? n_waiting : 0;
  g_mutex_unlock (&mutex);
  return n;
}

guint
disk_get_n_of_main_thread (void)
{
  return (guint)g_atomic_int_get (&n_of_main_thread);
}
