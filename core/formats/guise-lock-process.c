#include "guise-lock-process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file of /proc, as far as it matters here; NULL where it cannot be read. */
static char *
read_beginning (const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char text[4096];
  ssize_t n;

  if (fd < 0)
    return NULL;
  n = read (fd, text, sizeof text - 1);
  close (fd);
  return n >= 0 ? g_strndup (text, (gsize)n) : NULL;
}

/* Whether the descriptor has a lock; whoever only looks at the file has none. */
static gboolean
has_lock (const char *process, const char *descriptor)
{
  g_autofree char *path = g_build_filename ("/proc", process, "fdinfo", descriptor, NULL);
  g_autofree char *info = read_beginning (path);

  return info != NULL && strstr (info, "\nlock:") != NULL;
}

/* Whether one of the process's descriptors locks the file; other people's processes do not say. */
static gboolean
holds (const char *process, const char *file)
{
  g_autofree char *path = g_build_filename ("/proc", process, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *link = g_build_filename (path, name, NULL);
    g_autofree char *target = g_file_read_link (link, NULL);

    if (g_strcmp0 (target, file) == 0 && has_lock (process, name))
      return TRUE;
  }
  return FALSE;
}

/* All processes of this user that hold it: of those that one has just begun, each for a moment. */
static GArray *
find_all (const char *file)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (pid_t));
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint64 number;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_ascii_string_to_unsigned (name, 10, 1, G_MAXINT, &number, NULL) && holds (name, file)) {
      pid_t process = (pid_t)number;

      g_array_append_val (found, process);
    }
  return found;
}

/* The numbers that stand in the line of that name; NULL where there is none. */
static char **
read_status (pid_t process, const char *name)
{
  g_autofree char *number = g_strdup_printf ("%d", (int)process);
  g_autofree char *path = g_build_filename ("/proc", number, "status", NULL);
  g_autofree char *text = read_beginning (path);
  g_autofree char *start = g_strdup_printf ("\n%s:\t", name);
  const char *line = text != NULL ? strstr (text, start) : NULL;
  g_autofree char *numbers = NULL;

  if (line == NULL)
    return NULL;
  line += strlen (start);
  numbers = g_strndup (line, strcspn (line, "\n"));
  return g_strsplit (numbers, "\t", -1);
}

static gboolean
has_number (pid_t process, const char *name, pid_t wanted)
{
  g_auto (GStrv) numbers = read_status (process, name);
  g_autofree char *number = g_strdup_printf ("%d", (int)wanted);

  return numbers != NULL && g_strv_contains ((const char *const *)numbers, number);
}

static gboolean
is_child_of_any (pid_t process, const GArray *others)
{
  for (guint i = 0; i < others->len; i++)
    if (has_number (process, "PPid", g_array_index (others, pid_t, i)))
      return TRUE;
  return FALSE;
}

pid_t
guise_lock_process_find (const char *lock)
{
  g_autofree char *file = realpath (lock, NULL);
  g_autoptr (GArray) found = file != NULL ? find_all (file) : NULL;

  for (guint i = 0; found != NULL && i < found->len; i++)
    if (found->len == 1 || !is_child_of_any (g_array_index (found, pid_t, i), found))
      return g_array_index (found, pid_t, i);
  return 0;
}

gboolean
guise_lock_process_is (pid_t seen, pid_t own)
{
  return seen == own || has_number (seen, "NSpid", own);
}
