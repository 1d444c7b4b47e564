#include "temp-folder.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
temp_folder_new (const char *name)
{
  g_autofree char *template = g_strdup_printf ("guise-%s-XXXXXX", name);
  g_autoptr (GError) error = NULL;
  g_autofree char *made = g_dir_make_tmp (template, &error);
  char *folder, *real;

  g_assert_no_error (error);
  real = realpath (made, NULL);
  g_assert_nonnull (real);
  folder = g_strdup (real);
  free (real);
  return folder;
}

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *where)
{
  return remove (path);
}

void
temp_folder_remove (const char *path)
{
  nftw (path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void
temp_folder_free (char *folder)
{
  temp_folder_remove (folder);
  g_free (folder);
}

void
temp_folder_put (const char *folder, const char *path, const char *content, gssize size)
{
  g_autofree char *full = g_build_filename (folder, path, NULL);
  g_autofree char *parent = g_path_get_dirname (full);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_file_set_contents (full, content, size, &error);
  g_assert_no_error (error);
}

guint
temp_folder_count (const char *folder, const char *part)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += strstr (name, part) != NULL;
  return n;
}

static void
copy_file (const char *from, const char *to)
{
  g_autofree char *bytes = NULL;
  gsize size;
  FILE *file = fopen (to, "we");

  g_assert_nonnull (file);
  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_cmpuint (fwrite (bytes, 1, size, file), ==, size);
  g_assert_cmpint (fclose (file), ==, 0);
}

void
temp_folder_copy (const char *from, const char *to)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  g_assert_cmpint (g_mkdir_with_parents (to, 0755), ==, 0);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *source = g_build_filename (from, name, NULL);
    g_autofree char *target = g_build_filename (to, name, NULL);

    if (g_file_test (source, G_FILE_TEST_IS_DIR))
      temp_folder_copy (source, target);
    else
      copy_file (source, target);
  }
}
