#include "guise-memory.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "nn-gemm.h"

enum { MAX_TEXT = 1 << 16 };

/* What the files of a version are called (the kernel's admin-guide/cgroup-v2 and cgroup-v1). */
typedef struct {
  const char *folder; /* beneath the root */
  const char *limit, *usage;
  const char *droppable; /* a line of memory.stat */
} Version;

static const Version version_1 = { "memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
                                   "total_inactive_file " };
static const Version version_2 = { "", "memory.max", "memory.current", "inactive_file " };

/* The kernel's files have no size to ask for, and are read at once. NULL where there is none. */
static char *
read_text (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL), *text = g_malloc (MAX_TEXT + 1);
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read (fd, text, MAX_TEXT) : -1;

  if (fd >= 0)
    close (fd);
  if (n < 0)
    return NULL;
  text[n] = '\0';
  return g_steal_pointer (&text);
}

/* Otherwise where there is no such file, or no number in it: "max". */
static double
read_number (const char *folder, const char *name, double otherwise)
{
  g_autofree char *text = read_text (folder, name);
  char *end;
  double value;

  if (text == NULL)
    return otherwise;
  value = g_ascii_strtod (text, &end);
  return end != text ? value : otherwise;
}

static double
read_droppable (const char *folder, const char *key)
{
  g_autofree char *text = read_text (folder, "memory.stat");
  g_auto (GStrv) lines = NULL;

  if (text == NULL)
    return 0;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], key))
      return g_ascii_strtod (lines[i] + strlen (key), NULL);
  return 0;
}

static double
get_room (const char *folder, const Version *version)
{
  double limit = read_number (folder, version->limit, INFINITY), used;

  if (!isfinite (limit))
    return INFINITY;
  used = read_number (folder, version->usage, 0) - read_droppable (folder, version->droppable);
  return MAX (limit - MAX (used, 0), 0);
}

/* The group's and that of all above it: a container sees its own as the topmost. */
static double
get_room_above (const char *path, const char *root, const Version *version)
{
  g_autofree char *base = g_build_filename (root, version->folder, NULL);
  g_autofree char *below = g_strdup (path);
  double room = get_room (base, version);

  for (char *slash; (slash = strrchr (below, '/')) != NULL; *slash = '\0') {
    g_autofree char *folder = g_build_filename (base, below, NULL);

    room = MIN (room, get_room (folder, version));
  }
  return room;
}

/* Lines are NUMBER:CONTROLLERS:PATH; version 2 has no controllers. */
static double
get_line_room (const char *line, const char *root)
{
  g_auto (GStrv) parts = g_strsplit (line, ":", 3);
  g_auto (GStrv) controllers = NULL;

  if (g_strv_length (parts) != 3)
    return INFINITY;
  if (*parts[1] == '\0')
    return get_room_above (parts[2], root, &version_2);
  controllers = g_strsplit (parts[1], ",", -1);
  return g_strv_contains ((const char *const *)controllers, "memory")
             ? get_room_above (parts[2], root, &version_1)
             : INFINITY;
}

double
guise_memory_get_group_room (const char *groups, const char *root)
{
  g_auto (GStrv) lines = g_strsplit (groups, "\n", -1);
  double room = INFINITY;

  for (gsize i = 0; lines[i] != NULL; i++)
    room = MIN (room, get_line_room (lines[i], root));
  return room;
}

/* Addresses that are taken already, or will be by the products. */
static double
count_mapped (void)
{
  g_autofree char *text = read_text ("/proc/self", "statm"); /* pages, the first of its numbers */
  double pages = text != NULL ? g_ascii_strtod (text, NULL) : 0;

  return MAX (pages * (double)sysconf (_SC_PAGE_SIZE), (double)nn_gemm_get_address_space ());
}

double
guise_memory_get_available (void)
{
  g_autofree char *text = read_text ("/proc", "meminfo");
  g_autofree char *groups = read_text ("/proc/self", "cgroup");
  const char *line;
  struct rlimit limit;
  double available = INFINITY;

  if (text != NULL && (line = strstr (text, "MemAvailable:")) != NULL)
    available = g_ascii_strtod (line + strlen ("MemAvailable:"), NULL) * 1024;
  if (getrlimit (RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    available = MIN (available, MAX ((double)limit.rlim_cur - count_mapped (), 0));
  if (groups != NULL)
    available = MIN (available, guise_memory_get_group_room (groups, "/sys/fs/cgroup"));
  return available;
}
