#include "damage.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

static void
lose_header (const char *database)
{
  int fd = open (database, O_WRONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, "XXXX", 4, 0), ==, 4);
  close (fd);
}

static void
lose_content (const char *database)
{
  g_assert_cmpint (truncate (database, 0), ==, 0);
}

static void
lose_file (const char *database)
{
  g_assert_cmpint (g_unlink (database), ==, 0);
}

void (*const damage_losses[3]) (const char *database) = { lose_header, lose_content, lose_file };
