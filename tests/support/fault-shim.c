/* Both names of a call are defined here, so the headers must not make one of the other. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include "fault-shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FDS 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Fault armed;
static char root[PATH_MAX]; /* "" = nothing is armed */
static long n_calls;
static bool happened;
static bool tracked[MAX_FDS]; /* descriptors of files beneath the folder */

#define REAL(name, type) ((type)real_call (#name))

static void *
real_call (const char *name)
{
  void *call = dlsym (RTLD_NEXT, name);

  if (call == NULL)
    abort ();
  return call;
}

/* ---- what a loss of power undoes ------------------------------------------------------------ */

typedef struct Change Change;
struct Change {
  Change *older;
  enum { WRITTEN,
         RENAMED,
         REMOVED } what;
  /* WRITTEN: */
  dev_t device;
  ino_t inode;
  int fd; /* our own */
  off_t at, old_size, new_size;
  size_t n_old, n_new;
  char *old_bytes, *new_bytes;
  /* RENAMED, REMOVED: */
  char *from, *to, *aside; /* aside: what was at `to`, or NULL */
};

static Change *changes; /* newest first; not synced */
static unsigned n_aside;

static char *
copy_bytes (int fd, off_t at, size_t n, size_t *n_got)
{
  char *bytes = malloc (n + 1);
  ssize_t got = REAL (pread64, ssize_t (*) (int, void *, size_t, off_t)) (fd, bytes, n, at);

  *n_got = got > 0 ? (size_t)got : 0;
  return bytes;
}

static void
note_written (int fd, const void *bytes, size_t n, off_t at, off_t new_size)
{
  Change *change;
  struct stat info;

  if (armed.kind != FAULT_POWER || fstat (fd, &info) != 0)
    return;
  change = calloc (1, sizeof *change);
  change->what = WRITTEN;
  change->device = info.st_dev;
  change->inode = info.st_ino;
  change->fd = fcntl (fd, F_DUPFD_CLOEXEC, MAX_FDS / 2);
  change->at = at;
  change->old_size = info.st_size;
  change->new_size = new_size >= 0 ? new_size : at + (off_t)n;
  if (new_size < 0 && change->new_size < info.st_size)
    change->new_size = info.st_size;
  if (new_size >= 0 && new_size < info.st_size) { /* cut off: keep the tail */
    change->at = new_size;
    n = (size_t)(info.st_size - new_size);
  } else if (bytes != NULL) {
    change->new_bytes = malloc (n + 1);
    memcpy (change->new_bytes, bytes, n);
    change->n_new = n;
  }
  change->old_bytes = copy_bytes (fd, change->at, n, &change->n_old);
  change->older = changes;
  changes = change;
}

static void
note_name (int what, const char *from, const char *to)
{
  Change *change;
  char aside[PATH_MAX + 32];

  if (armed.kind != FAULT_POWER)
    return;
  change = calloc (1, sizeof *change);
  change->what = what;
  change->from = from != NULL ? strdup (from) : NULL;
  change->to = strdup (to);
  snprintf (aside, sizeof aside, "%s.aside-%d-%u", root, (int)getpid (), n_aside++);
  if (REAL (link, int (*) (const char *, const char *)) (to, aside) == 0)
    change->aside = strdup (aside);
  change->older = changes;
  changes = change;
}

static bool
lies_in (const char *path, const char *folder)
{
  size_t n = strlen (folder);

  return strncmp (path, folder, n) == 0 && path[n] == '/' && strchr (path + n + 1, '/') == NULL;
}

/* A file's sync keeps its bytes, a folder's sync keeps its names. */
static void
forget_synced (int fd)
{
  char name[64], path[PATH_MAX];
  struct stat info;
  ssize_t n;

  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  n = readlink (name, path, sizeof path - 1);
  path[n > 0 ? n : 0] = '\0';
  if (fstat (fd, &info) != 0)
    return;
  for (Change **link = &changes; *link != NULL;) {
    Change *change = *link;
    bool gone = change->what == WRITTEN
                    ? change->device == info.st_dev && change->inode == info.st_ino
                    : S_ISDIR (info.st_mode) && lies_in (change->to, path);

    if (gone)
      *link = change->older; /* its memory ends with the process */
    else
      link = &change->older;
    if (gone && change->what == WRITTEN)
      close (change->fd);
    if (gone && change->aside != NULL)
      REAL (unlink, int (*) (const char *))
    (change->aside);
  }
}

static void
put_bytes (const Change *change, const char *bytes, size_t n, off_t size)
{
  if (n > 0
      && REAL (pwrite64, ssize_t (*) (int, const void *, size_t, off_t)) (change->fd, bytes, n,
                                                                          change->at)
             != (ssize_t)n)
    abort ();
  if (REAL (ftruncate64, int (*) (int, off_t)) (change->fd, size) != 0)
    abort ();
}

static void
take_back_name (const Change *change)
{
  int (*move) (const char *, const char *) = REAL (rename, int (*) (const char *, const char *));

  if (change->what == RENAMED)
    move (change->to, change->from);
  if (change->aside != NULL)
    move (change->aside, change->to);
}

/* All that was not synced goes; then some of the writes come, older ones first. Names stay undone
 * or done as a whole. */
static void
lose_power (void)
{
  unsigned state = armed.seed;
  Change *oldest = NULL;
  bool keep_names = armed.seed % 2 == 1;

  for (Change *change = changes, *older; change != NULL; change = older) {
    older = change->older;
    if (change->what == WRITTEN)
      put_bytes (change, change->old_bytes, change->n_old, change->old_size);
    else if (!keep_names)
      take_back_name (change);
    else if (change->aside != NULL)
      REAL (unlink, int (*) (const char *))
    (change->aside);
    change->older = oldest;
    oldest = change;
  }
  for (Change *change = oldest; change != NULL && armed.seed != 0; change = change->older) {
    state = state * 1664525u + 1013904223u;
    if (change->what == WRITTEN && (state >> 16) % 2 == 0)
      put_bytes (change, change->new_bytes, change->n_new, change->new_size);
  }
}

/* ---- counting and failing ------------------------------------------------------------------- */

static bool
is_ours (const char *path)
{
  size_t n = strlen (root);

  return n > 0 && strncmp (path, root, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static bool
is_ours_fd (int fd)
{
  return root[0] != '\0' && fd >= 0 && fd < MAX_FDS && tracked[fd];
}

/* With the lock held. True when this call is to fail; errno is set. */
static bool
is_hit (unsigned on)
{
  if ((armed.on & on) == 0)
    return false;
  n_calls++;
  if (n_calls != armed.at && !(armed.for_good && n_calls > armed.at))
    return false;
  if (armed.kind == FAULT_NONE)
    return false;
  happened = true;
  if (armed.kind == FAULT_POWER)
    lose_power ();
  if (armed.kind == FAULT_POWER || armed.kind == FAULT_KILL)
    kill (getpid (), SIGKILL);
  if (armed.kind == FAULT_TERM)
    kill (getpid (), SIGTERM);
  if (armed.kind != FAULT_ERROR)
    return false;
  errno = armed.code;
  return true;
}

void
fault_arm (const char *folder, const Fault *fault)
{
  pthread_mutex_lock (&lock);
  armed = *fault;
  n_calls = 0;
  happened = false;
  snprintf (root, sizeof root, "%s", folder);
  pthread_mutex_unlock (&lock);
}

void
fault_rearm (const Fault *fault)
{
  pthread_mutex_lock (&lock);
  armed = *fault;
  n_calls = 0;
  happened = false;
  pthread_mutex_unlock (&lock);
}

void
fault_disarm (void)
{
  pthread_mutex_lock (&lock);
  root[0] = '\0';
  armed.kind = FAULT_NONE;
  memset (tracked, 0, sizeof tracked);
  pthread_mutex_unlock (&lock);
}

long
fault_get_n_calls (void)
{
  return n_calls;
}

bool
fault_has_happened (void)
{
  return happened;
}

/* ---- the calls ------------------------------------------------------------------------------ */

static int
open_file (const char *name, int folder, const char *path, int flags, mode_t mode)
{
  bool ours = is_ours (path), makes = (flags & O_CREAT) != 0, fails;
  int fd;

  if (ours) {
    pthread_mutex_lock (&lock);
    fails = is_hit (makes && access (path, F_OK) != 0 ? FAULT_ON_WRITE : 0);
    pthread_mutex_unlock (&lock);
    if (fails)
      return -1;
  }
  if (folder == AT_FDCWD)
    fd = ((int (*) (const char *, int, mode_t))real_call (name)) (path, flags, mode);
  else
    fd = ((int (*) (int, const char *, int, mode_t))real_call (name)) (folder, path, flags, mode);
  if (fd >= 0 && fd < MAX_FDS)
    tracked[fd] = ours;
  return fd;
}

#define DEFINE_OPEN(name)                                            \
  int name (const char *path, int flags, ...);                       \
  int name (const char *path, int flags, ...)                        \
  {                                                                  \
    va_list args;                                                    \
    mode_t mode;                                                     \
                                                                     \
    va_start (args, flags);                                          \
    mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg (args, int) : 0; \
    va_end (args);                                                   \
    return open_file (#name, AT_FDCWD, path, flags, mode);           \
  }
DEFINE_OPEN (open)
DEFINE_OPEN (open64)

int
close (int fd)
{
  if (fd >= 0 && fd < MAX_FDS)
    tracked[fd] = false;
  return REAL (close, int (*) (int)) (fd);
}

/* How much of a write goes through: 0 = it fails. */
static size_t
allow (int fd, const void *bytes, size_t n, off_t at)
{
  pthread_mutex_lock (&lock);
  if (is_hit (FAULT_ON_WRITE))
    n = 0;
  else if (armed.kind == FAULT_SHORT && n_calls == armed.at && n > 1)
    n /= 2;
  if (n > 0)
    note_written (fd, bytes, n, at, -1);
  pthread_mutex_unlock (&lock);
  return n;
}

ssize_t
write (int fd, const void *bytes, size_t n)
{
  if (is_ours_fd (fd) && n > 0
      && (n = allow (fd, bytes, n, lseek (fd, 0, SEEK_CUR))) == 0)
    return -1;
  return REAL (write, ssize_t (*) (int, const void *, size_t)) (fd, bytes, n);
}

#define DEFINE_PWRITE(name)                                                                \
  ssize_t name (int fd, const void *bytes, size_t n, off_t at)                             \
  {                                                                                        \
    if (is_ours_fd (fd) && n > 0 && (n = allow (fd, bytes, n, at)) == 0)                   \
      return -1;                                                                           \
    return REAL (name, ssize_t (*) (int, const void *, size_t, off_t)) (fd, bytes, n, at); \
  }
DEFINE_PWRITE (pwrite)
DEFINE_PWRITE (pwrite64)

#define DEFINE_PREAD(name)                                                           \
  ssize_t name (int fd, void *bytes, size_t n, off_t at)                             \
  {                                                                                  \
    if (is_ours_fd (fd)) {                                                           \
      bool fails;                                                                    \
                                                                                     \
      pthread_mutex_lock (&lock);                                                    \
      fails = is_hit (FAULT_ON_READ);                                                \
      pthread_mutex_unlock (&lock);                                                  \
      if (fails)                                                                     \
        return -1;                                                                   \
    }                                                                                \
    return REAL (name, ssize_t (*) (int, void *, size_t, off_t)) (fd, bytes, n, at); \
  }
DEFINE_PREAD (pread)
DEFINE_PREAD (pread64)

#define DEFINE_FTRUNCATE(name)                           \
  int name (int fd, off_t size)                          \
  {                                                      \
    if (is_ours_fd (fd)) {                               \
      bool fails;                                        \
                                                         \
      pthread_mutex_lock (&lock);                        \
      fails = is_hit (FAULT_ON_WRITE);                   \
      if (!fails)                                        \
        note_written (fd, NULL, 0, size, size);          \
      pthread_mutex_unlock (&lock);                      \
      if (fails)                                         \
        return -1;                                       \
    }                                                    \
    return REAL (name, int (*) (int, off_t)) (fd, size); \
  }
DEFINE_FTRUNCATE (ftruncate)
DEFINE_FTRUNCATE (ftruncate64)

static int
synced (const char *name, int fd)
{
  int result;

  if (!is_ours_fd (fd))
    return ((int (*) (int))real_call (name)) (fd);
  pthread_mutex_lock (&lock);
  result = is_hit (FAULT_ON_SYNC) ? -1 : 0;
  if (result == 0)
    forget_synced (fd);
  pthread_mutex_unlock (&lock);
  return result; /* nothing pulls the plug of this machine: the real call would only take time */
}

int
fsync (int fd)
{
  return synced ("fsync", fd);
}

int
fdatasync (int fd)
{
  return synced ("fdatasync", fd);
}

static bool
name_fails (const char *path, int what, const char *from, const char *to)
{
  bool fails;

  if (!is_ours (path))
    return false;
  pthread_mutex_lock (&lock);
  fails = is_hit (FAULT_ON_NAME);
  if (!fails)
    note_name (what, from, to);
  pthread_mutex_unlock (&lock);
  return fails;
}

int
rename (const char *from, const char *to)
{
  if (access (from, F_OK) == 0 && name_fails (to, RENAMED, from, to))
    return -1;
  return REAL (rename, int (*) (const char *, const char *)) (from, to);
}

int
unlink (const char *path)
{
  if (access (path, F_OK) == 0 && name_fails (path, REMOVED, NULL, path))
    return -1;
  return REAL (unlink, int (*) (const char *)) (path);
}

int
mkdir (const char *path, mode_t mode)
{
  bool fails = false;

  if (is_ours (path)) {
    pthread_mutex_lock (&lock);
    fails = is_hit (FAULT_ON_WRITE);
    pthread_mutex_unlock (&lock);
  }
  return fails ? -1 : REAL (mkdir, int (*) (const char *, mode_t)) (path, mode);
}

/* ---- preloaded ------------------------------------------------------------------------------ */

static unsigned
parse_on (const char *text)
{
  unsigned on = 0;

  if (text == NULL)
    return FAULT_ON_CHANGE;
  on |= strstr (text, "write") != NULL ? FAULT_ON_WRITE : 0;
  on |= strstr (text, "sync") != NULL ? FAULT_ON_SYNC : 0;
  on |= strstr (text, "name") != NULL ? FAULT_ON_NAME : 0;
  on |= strstr (text, "read") != NULL ? FAULT_ON_READ : 0;
  return on;
}

static void
parse_kind (const char *text, Fault *fault)
{
  static const struct {
    const char *name;
    int code;
  } errors[] = { { "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EROFS", EROFS }, { "EDQUOT", EDQUOT } };

  if (strcmp (text, "kill") == 0)
    fault->kind = FAULT_KILL;
  else if (strcmp (text, "power") == 0)
    fault->kind = FAULT_POWER;
  else if (strcmp (text, "short") == 0)
    fault->kind = FAULT_SHORT;
  else if (strcmp (text, "term") == 0)
    fault->kind = FAULT_TERM;
  else if (strcmp (text, "late") == 0)
    fault->kind = FAULT_LATE;
  for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
    if (strcmp (text, errors[i].name) == 0) {
      fault->kind = FAULT_ERROR;
      fault->code = errors[i].code;
    }
}

__attribute__ ((constructor)) static void
arm_from_environment (void)
{
  const char *folder = getenv ("FAULT_DIR"), *kind = getenv ("FAULT_KIND");
  const char *at = getenv ("FAULT_AT");
  Fault fault = { .on = parse_on (getenv ("FAULT_ON")),
                  .at = at != NULL ? atol (at) : 0,
                  .for_good = getenv ("FAULT_FOR_GOOD") != NULL };

  if (folder == NULL || kind == NULL)
    return;
  parse_kind (kind, &fault);
  fault_arm (folder, &fault);
}

__attribute__ ((destructor)) static void
come_late (void)
{
  if (armed.kind != FAULT_LATE)
    return;
  kill (getpid (), SIGTERM);
  usleep (100000);
}
