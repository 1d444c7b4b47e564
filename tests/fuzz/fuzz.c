#include "fuzz.h"

#include "temp-folder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

/* A fatal message of GLib's is a trap, which libFuzzer does not see: it would end without the input
 * that it was about. */
static void
trapped (int number)
{
  abort ();
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  signal (SIGTRAP, trapped);
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  guise_fuzz_one (data, size);
  return 0;
}

static void
write_all (int fd, const guint8 *data, gsize size)
{
  while (size > 0) {
    ssize_t n = write (fd, data, size);

    g_assert_cmpint (n, >, 0);
    data += n;
    size -= (gsize)n;
  }
}

const char *
fuzz_file (const guint8 *data, gsize size)
{
  static char path[64];
  static int fd = -1;

  if (fd >= 0)
    close (fd);
  fd = memfd_create ("fuzz", MFD_CLOEXEC);
  g_assert_cmpint (fd, >=, 0);
  write_all (fd, data, size);
  g_snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
  return path;
}

static char *folder;

static void
remove_folder (void)
{
  temp_folder_free (folder);
}

const char *
fuzz_folder (void)
{
  if (folder == NULL) {
    folder = temp_folder_new ("fuzz");
    atexit (remove_folder);
  }
  return folder;
}

void
fuzz_write (const char *name, const guint8 *data, gsize size)
{
  g_autofree char *path = g_build_filename (fuzz_folder (), name, NULL);
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  write_all (fd, data, size);
  close (fd);
}

void
fuzz_judge (gboolean result, GError *error)
{
  g_assert_true (result == (error == NULL));
  if (error == NULL)
    return;
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  for (const char *at = error->message; *at != '\0'; at = g_utf8_next_char (at))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (at)));
  g_assert_true (*error->message != '\0' && g_ascii_islower (*error->message));
  g_error_free (error);
}
