#include "guise-db-files.h"

#include "guise-formats-error.h"

#include <errno.h>
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
