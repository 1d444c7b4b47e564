/* Calls a fuzz target with every file of the folders it is given: what was once found stays
 * found, without clang. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

static guint n_files;

static void
replay_file (const char *path)
{
  g_autofree char *bytes = NULL;
  guint8 *exact;
  gsize size;
  GError *error = NULL;

  g_file_get_contents (path, &bytes, &size, &error);
  g_assert_no_error (error);
  exact = malloc (size); /* not NULL for no bytes either, as with libFuzzer */
  memcpy (exact, bytes, size);
  g_test_message ("%s", path); /* before the call: the last one is the one that crashed */
  guise_fuzz_one (exact, size);
  free (exact);
  n_files++;
}

static void
replay_folder (gconstpointer data)
{
  const char *folder = data, *name;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  n_files = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    replay_file (path);
  }
  g_assert_cmpuint (n_files, >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++) {
    g_autofree char *target = g_path_get_basename (argv[i]);
    g_autofree char *parent = g_path_get_dirname (argv[i]);
    g_autofree char *kind = g_path_get_basename (parent);
    g_autofree char *path = g_strdup_printf ("/fuzz/%s/%s", target, kind);

    g_test_add_data_func (path, argv[i], replay_folder);
  }
  return g_test_run ();
}
