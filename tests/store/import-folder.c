#include "import-folder.h"

#include "temp-folder.h"

#include <string.h>

void
import_folder_set_up (ImportFolder *place, gconstpointer data)
{
  place->folder = temp_folder_new ("import");
  place->json = g_string_new ("[");
}

void
import_folder_tear_down (ImportFolder *place, gconstpointer data)
{
  g_string_free (place->json, TRUE);
  temp_folder_free (place->folder);
}

void
import_folder_test (const char *path, void (*test) (ImportFolder *place, gconstpointer data))
{
  g_test_add (path, ImportFolder, NULL, import_folder_set_up, test, import_folder_tear_down);
}

void
import_folder_put (ImportFolder *place, const char *path, const char *content)
{
  temp_folder_put (place->folder, path, content, -1);
}

void
import_folder_add (ImportFolder *place, const char *json)
{
  g_string_append_printf (place->json, "%s%s", place->json->len > 1 ? ", " : "", json);
}

/* with_file: the image is there. */
static void
add_record (ImportFolder *place, const char *json, const char *path, gboolean with_file)
{
  g_autofree char *below = g_build_filename ("imgs", path, NULL);

  import_folder_add (place, json);
  if (with_file)
    import_folder_put (place, below, "picture");
}

static char *
make_pedes (const char *split, int id, const char *path, const char *captions, const char *tokens)
{
  return g_strdup_printf ("{\"split\": \"%s\", \"captions\": [%s], \"file_path\": \"%s\", "
                          "\"processed_tokens\": [%s], \"id\": %d}",
                          split, captions, path, tokens, id);
}

void
import_folder_add_cuhk (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json
      = make_pedes (split, id, path, captions, "[\"a\", \"man\"], [\"he\"]");

  add_record (place, json, path, with_file);
}

void
import_folder_add_icfg (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json = make_pedes (split, id, path, captions, "[\"a\", \"man\"]");

  add_record (place, json, path, with_file);
}

void
import_folder_add_rstp (ImportFolder *place, const char *split, int id, const char *path,
                        const char *captions, gboolean with_file)
{
  g_autofree char *json
      = g_strdup_printf ("{\"id\": %d, \"img_path\": \"%s\", \"captions\": [%s], "
                         "\"split\": \"%s\"}",
                         id, path, captions, split);

  add_record (place, json, path, with_file);
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
