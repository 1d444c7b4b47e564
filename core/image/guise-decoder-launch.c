#include "guise-decoder-launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_FD 3 /* its end of the socket pair */
#define START_TIMEOUT_MS 20000

static char *
find_program (void)
{
  const char *chosen = g_getenv ("GUISE_DECODER");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : g_strdup ("/");
  const char *places[] = { "../decoder", "decoder", "../" GUISE_LIBEXECDIR };

  if (chosen != NULL && chosen[0] != '\0')
    return g_canonicalize_filename (chosen, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *program = g_build_filename (folder, places[i], "guise-decoder", NULL);

    if (g_file_test (program, G_FILE_TEST_IS_EXECUTABLE))
      return g_canonicalize_filename (program, NULL);
  }
  return g_build_filename (GUISE_PKGLIBEXECDIR, "guise-decoder", NULL);
}

void
guise_decoder_launcher_init (GuiseDecoderLauncher *launcher)
{
  *launcher = (GuiseDecoderLauncher){ .program = find_program () };
#ifdef GUISE_INSTRUMENTED
  guise_decoder_launcher_drop_enclosure (launcher, "an instrumented build needs to see more files");
#else
  launcher->bubblewrap = g_find_program_in_path ("bwrap");
  if (launcher->bubblewrap == NULL)
    guise_decoder_launcher_drop_enclosure (launcher, "bwrap is not installed (bubblewrap)");
#endif
}

void
guise_decoder_launcher_clear (GuiseDecoderLauncher *launcher)
{
  g_clear_pointer (&launcher->program, g_free);
  g_clear_pointer (&launcher->bubblewrap, g_free);
  g_clear_pointer (&launcher->why_not_enclosed, g_free);
}

void
guise_decoder_launcher_drop_enclosure (GuiseDecoderLauncher *launcher, const char *why)
{
  g_clear_pointer (&launcher->bubblewrap, g_free);
  g_free (launcher->why_not_enclosed);
  launcher->why_not_enclosed = g_strdup (why);
}

/* ---- what is started ------------------------------------------------------------------------ */

static void
add_words (GPtrArray *words, const char *first, ...)
{
  va_list list;

  va_start (list, first);
  for (const char *word = first; word != NULL; word = va_arg (list, const char *))
    g_ptr_array_add (words, g_strdup (word));
  va_end (list);
}

static void
add_path (GPtrArray *words, const char *path)
{
  add_words (words, "--ro-bind-try", path, path, NULL);
}

/* Namespaces of its own, no network, and of the file system only what the program is made of. */
static void
add_enclosure (GPtrArray *words, const GuiseDecoderLauncher *launcher)
{
  const char *modules = g_getenv ("GDK_PIXBUF_MODULE_FILE");
  const char *libraries = g_getenv ("LD_LIBRARY_PATH");
  g_auto (GStrv) folders = g_strsplit (libraries != NULL ? libraries : "", ":", -1);

  add_words (words, launcher->bubblewrap, "--unshare-all", "--die-with-parent", "--cap-drop", "ALL",
             "--ro-bind", "/usr", "/usr", NULL);
  add_path (words, "/lib");
  add_path (words, "/lib64");
  add_path (words, "/etc/ld.so.cache");
  for (guint i = 0; folders[i] != NULL; i++)
    if (folders[i][0] == '/')
      add_path (words, folders[i]);
  if (modules != NULL && modules[0] == '/')
    add_path (words, modules);
  add_path (words, launcher->program);
  add_words (words, "--chdir", "/", "--", NULL);
}

static char **
create_arguments (const GuiseDecoderLauncher *launcher)
{
  GPtrArray *words = g_ptr_array_new ();
  const char number[] = { '0' + CHILD_FD, '\0' };

  if (launcher->bubblewrap != NULL)
    add_enclosure (words, launcher);
  add_words (words, launcher->program, number, launcher->is_unfiltered ? "unfiltered" : NULL, NULL);
  g_ptr_array_add (words, NULL);
  return (char **)g_ptr_array_free (words, FALSE);
}

/* What the loader and the sanitizers read and nothing else: keys of remote services stand in the
 * environment too. */
static char **
create_environment (void)
{
  const char *names[]
      = { "LD_LIBRARY_PATH", "GDK_PIXBUF_MODULE_FILE", "GDK_PIXBUF_MODULEDIR", "G_DEBUG",
          "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" };
  char **environment = g_new0 (char *, 1);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL)
      environment = g_environ_setenv (environment, names[i], g_getenv (names[i]), TRUE);
  return environment;
}

/* posix_spawn() and not fork(): OpenBLAS's fork handler would stop its threads in the middle of a
 * product that another thread computes. said takes what the process prints until it is ready. */
static int
spawn (const GuiseDecoderLauncher *launcher, int socket, int said, pid_t *pid)
{
  g_auto (GStrv) arguments = create_arguments (launcher);
  g_auto (GStrv) environment = create_environment ();
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, standard;
  int result;

  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, socket, CHILD_FD);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_WRONLY, 0);
#ifndef GUISE_INSTRUMENTED
  posix_spawn_file_actions_adddup2 (&actions, said, 2);
#endif
  posix_spawn_file_actions_addclosefrom_np (&actions, CHILD_FD + 1);

  sigemptyset (&none);
  sigemptyset (&standard);
  sigaddset (&standard, SIGTERM);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &standard);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  result = posix_spawn (pid, arguments[0], &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return result;
}

void
guise_decoder_bury (pid_t pid)
{
  kill (pid, SIGKILL);
  while (waitpid (pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

/* ---- whether it is ready -------------------------------------------------------------------- */

static gboolean
wait_for_hello (int socket)
{
  struct pollfd polled = { .fd = socket, .events = POLLIN };
  int result;

  do
    result = poll (&polled, 1, START_TIMEOUT_MS);
  while (result < 0 && errno == EINTR);
  return result > 0;
}

/* The kernel adds who sent it. A process that has another number than it thinks lives in a
 * namespace of its own. */
static gboolean
receive_hello (int socket, GuiseDecoderHello *hello)
{
  union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (struct ucred))];
  } control;
  struct iovec data = { hello, sizeof *hello };
  struct msghdr message = {
    .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  struct ucred sender = { 0 };
  struct cmsghdr *header;
  ssize_t n;

  do
    n = recvmsg (socket, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  header = n > 0 ? CMSG_FIRSTHDR (&message) : NULL;
  if (n != (ssize_t)sizeof *hello || hello->version != GUISE_DECODER_VERSION || header == NULL
      || header->cmsg_type != SCM_CREDENTIALS || header->cmsg_len != CMSG_LEN (sizeof sender))
    return FALSE;
  memcpy (&sender, CMSG_DATA (header), sizeof sender);
  hello->formats[sizeof hello->formats - 1] = '\0';
  hello->text[sizeof hello->text - 1] = '\0';
  hello->posture &= ~(guint32)GUISE_DECODER_ENCLOSED;
  if ((guint32)sender.pid != hello->pid)
    hello->posture |= GUISE_DECODER_ENCLOSED;
  return TRUE;
}

/* The last line that the process printed; a sentence where there is none. */
static char *
dup_last_words (int said)
{
  char text[2048] = "";
  ssize_t n = said >= 0 ? pread (said, text, sizeof text - 1, 0) : 0;
  g_autofree char *valid = g_utf8_make_valid (text, n > 0 ? n : 0);
  const char *line;

  g_strchomp (valid);
  line = strrchr (valid, '\n');
  line = line != NULL ? line + 1 : valid;
  return g_strdup (line[0] != '\0' ? line : "it did not get ready");
}

static gboolean
try_launch (const GuiseDecoderLauncher *launcher, pid_t *pid, int *socket, GuiseDecoderHello *hello,
            char **why)
{
  int pair[2], on = 1, off = 0, said, result;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
    *why = g_strdup (g_strerror (errno));
    return FALSE;
  }
  said = memfd_create ("guise-decoder-said", MFD_CLOEXEC);
  setsockopt (pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  result = spawn (launcher, pair[1], said, pid);
  close (pair[1]);
  if (result != 0) {
    *why = g_strdup (g_strerror (result));
  } else if (!wait_for_hello (pair[0]) || !receive_hello (pair[0], hello)) {
    guise_decoder_bury (*pid);
    *why = dup_last_words (said);
  }
  if (said >= 0)
    close (said);
  if (*why != NULL) {
    close (pair[0]);
    return FALSE;
  }
  setsockopt (pair[0], SOL_SOCKET, SO_PASSCRED, &off, sizeof off);
  *socket = pair[0];
  return TRUE;
}

gboolean
guise_decoder_launch (GuiseDecoderLauncher *launcher, pid_t *pid, int *socket,
                      GuiseDecoderHello *hello, GError **error)
{
  g_autofree char *why = NULL;

  if (try_launch (launcher, pid, socket, hello, &why)) {
    launcher->is_proven = TRUE;
    return TRUE;
  }
  if (launcher->bubblewrap != NULL && !launcher->is_proven) {
    guise_decoder_launcher_drop_enclosure (launcher, why);
    return guise_decoder_launch (launcher, pid, socket, hello, error);
  }
  g_set_error (error, GUISE_IMAGE_ERROR, GUISE_IMAGE_ERROR_DECODER,
               "cannot start the image decoder '%s': %s", launcher->program, why);
  return FALSE;
}
