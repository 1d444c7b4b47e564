#include "guise-data-file.h"

static char *
dup_program_folder (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return program != NULL ? g_path_get_dirname (program) : g_strdup ("/");
}

/* An installed program lies in PREFIX/bin, a built one two folders deep in the build folder. */
char *
guise_find_data_file (const char *name)
{
  static const char *const places[] = { "../" GUISE_DATADIR, "../../data" };
  g_autofree char *folder = dup_program_folder ();

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (folder, places[i], name, NULL);

    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return g_build_filename (GUISE_PKGDATADIR, name, NULL);
}

/* The window is built one folder deep. German is among the languages wherever there are any. */
char *
guise_find_locale_folder (void)
{
  static const char *const places[] = { "../" GUISE_LOCALEDIR, "../po" };
  g_autofree char *folder = dup_program_folder ();

  for (guint i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = g_build_filename (folder, places[i], NULL);
    g_autofree char *catalogue = g_build_filename (path, "de/LC_MESSAGES/guise.mo", NULL);

    if (g_file_test (catalogue, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return g_strdup (GUISE_PREFIX_LOCALEDIR);
}
