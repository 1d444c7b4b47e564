/* Checking and restoring leave alone what is not Guise's, and say plainly why they refuse. */
#include "guise-project-copies.h"
#include "guise-project.h"
#include "guise-restore.h"
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *
make_project (void)
{
  g_autofree char *made = fixture_folder ();
  char *folder = realpath (made, NULL);

  g_object_unref (fixture_store (folder, 2));
  return folder;
}

static void
assert_not_restored (const char *folder, const char *file, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_project_restore (folder, file, NULL, &error));
  g_assert_nonnull (strstr (error->message, file));
  g_assert_nonnull (strstr (error->message, why));
  g_assert_null (strstr (error->message, ".part"));
  g_assert_null (strchr (error->message, '\n'));
}

/* Nothing waits for a writer of the FIFO, and nothing is read without end. */
static void
test_no_regular_file (void)
{
  char *folder = make_project (), *place = fixture_folder ();
  g_autofree char *fifo = g_build_filename (folder, "fifo.db", NULL);
  g_autofree char *database = g_build_filename (place, "guise.db", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  assert_not_restored (folder, fifo, "not a regular file");
  assert_not_restored (folder, "/dev/zero", "not a regular file");
  assert_not_restored (folder, place, "not a regular file");
  g_assert_cmpint (mkfifo (database, 0600), ==, 0);
  g_assert_null (guise_project_create (place, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  fixture_remove (place);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/refusals/no-regular-file", test_no_regular_file);
  return g_test_run ();
}
