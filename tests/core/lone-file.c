#include "lone-file.h"

#include "temp-folder.h"

#include <glib/gstdio.h>

static void
set_up (LoneFile *place, gconstpointer data)
{
  place->folder = temp_folder_new ("file");
  place->path = g_build_filename (place->folder, "file", NULL);
}

static void
tear_down (LoneFile *place, gconstpointer data)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0); /* nothing else was left behind */
  g_free (place->path);
  g_free (place->folder);
}

void
lone_file_test (const char *name, void (*test) (LoneFile *place, gconstpointer data))
{
  g_test_add (name, LoneFile, NULL, set_up, test, tear_down);
}
