#include "import-folder.h"

#include "store-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

void
import_folder_set_up (ImportFolder *place, gconstpointer data)
{
  place->folder = fixture_folder ();
  place->json = g_string_new ("[");
}

void
import_folder_tear_down (ImportFolder *place, gconstpointer data)
{
  g_string_free (place->json, TRUE);
  fixture_remove (place->folder);
}

void
import_folder_put (ImportFolder *place, const char *path, const char *content)
{
  g_autofree char *full = g_build_filename (place->folder, path, NULL);
  g_autofree char *parent = g_path_get_dirname (full);
  GError *error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (full, content, -1, &error));
  g_assert_no_error (error);
}

void
import_folder_add (ImportFolder *place, const char *json)
{
  g_string_append_printf (place->json, "%s%s", place->json->len > 1 ? ", " : "", json);
}

static void
put_image (ImportFolder *place, const char *path)
{
  g_autofree char *below = g_build_filename ("imgs", path, NULL);

  import_folder_put (place, below, "picture");
}

void
import_folder_add_cuhk (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json
      = g_strdup_printf ("{\"split\": \"%s\", \"captions\": [%s], \"file_path\": \"%s\", "
                         "\"processed_tokens\": [[\"a\", \"man\"], [\"he\"]], \"id\": %d}",
                         split, captions, path, id);

  import_folder_add (place, json);
  if (with_file)
    put_image (place, path);
}

void
import_folder_add_icfg (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json
      = g_strdup_printf ("{\"split\": \"%s\", \"captions\": [%s], \"file_path\": \"%s\", "
                         "\"processed_tokens\": [[\"a\", \"man\"]], \"id\": %d}",
                         split, captions, path, id);

  import_folder_add (place, json);
  if (with_file)
    put_image (place, path);
}

void
import_folder_add_rstp (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json
      = g_strdup_printf ("{\"id\": %d, \"img_path\": \"%s\", \"captions\": [%s], "
                         "\"split\": \"%s\"}",
                         id, path, captions, split);

  import_folder_add (place, json);
  if (with_file)
    put_image (place, path);
}

GuiseImport *
import_folder_read (ImportFolder *place, const char *annotation, const char *format,
                    GError **error)
{
  g_autoptr (GError) local = NULL;
  GuiseImport *import;

  if (place->json->str[place->json->len - 1] != ']')
    g_string_append_c (place->json, ']');
  import_folder_put (place, annotation, place->json->str);
  import = guise_import_read (place->folder, format, NULL, NULL, NULL, &local);
  if (error == NULL)
    g_assert_no_error (local);
  else if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  return import;
}

void
import_folder_assert_refused (ImportFolder *place, const char *format, GIOErrorEnum code,
                              const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_import_read (place->folder, format, NULL, NULL, NULL, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, G_IO_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, part));
}
