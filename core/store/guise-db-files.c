#include "guise-db-files.h"

#include "guise-formats-error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

static const char *const suffixes[] = { "", "-wal", "-journal" };

gboolean
guise_db_files_exist (const char *path)
{
  gboolean found = FALSE;

  for (size_t i = 0; i < G_N_ELEMENTS (suffixes) && !found; i++) {
    g_autofree char *file = g_strconcat (path, suffixes[i], NULL);

    found = g_file_test (file, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
  }
  return found;
}

gboolean
guise_db_files_are_left (const char *path)
{
  GStatBuf info;
  gboolean left = FALSE;

  if (g_lstat (path, &info) == 0 || errno != ENOENT)
    return FALSE;
  for (size_t i = 1; i < G_N_ELEMENTS (suffixes) && !left; i++) {
    g_autofree char *file = g_strconcat (path, suffixes[i], NULL);

    left = g_lstat (file, &info) == 0 && info.st_size > 0;
  }
  return left;
}

gboolean
guise_db_files_move (const char *from, const char *to, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *source = g_strconcat (from, suffixes[i], NULL);
    g_autofree char *target = g_strconcat (to, suffixes[i], NULL);

    if (rename (source, target) != 0 && errno != ENOENT)
      return guise_formats_fail_errno (error, errno, "cannot rename", source);
  }
  return TRUE;
}
