#include "guise-store-image-names.h"

#include "guise-store-private.h"

#include <string.h>

/* The data set's moment as text, a space, the path. */

static gboolean
name_image (GuiseDb *db, gint64 image_id, char **name, GError **error)
{
  sqlite3_stmt *statement
      = guise_db_query (db, error,
                        "SELECT d.created, i.path FROM images i JOIN datasets d"
                        " ON d.id = i.dataset_id WHERE i.id = ?",
                        GUISE_INT (image_id));
  int step = statement != NULL ? guise_db_step (db, statement, error) : -1;

  *name = NULL;
  if (step > 0) {
    g_autofree char *path = guise_db_dup_bytes (statement, 1);

    *name = g_strdup_printf ("%" G_GINT64_FORMAT " %s",
                             (gint64)sqlite3_column_int64 (statement, 0), path);
    guise_db_reset (statement);
  }
  return step >= 0;
}

GPtrArray *
guise_store_name_images (GuiseStore *store, const gint64 *image_ids, size_t n_ids, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_full ((guint)n_ids, g_free);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  gboolean ok = TRUE;

  if (db == NULL)
    return NULL;
  for (size_t i = 0; i < n_ids && ok; i++) {
    char *name;

    ok = name_image (db, image_ids[i], &name, error);
    g_ptr_array_add (names, name);
  }
  guise_store_give_back (store, db);
  return ok ? g_steal_pointer (&names) : NULL;
}

const char *
guise_image_name_get_path (const char *name)
{
  const char *space = strchr (name, ' ');

  return space != NULL ? space + 1 : name;
}

static gint64
find_image (GuiseDb *db, const char *name, gboolean *ok, GError **error)
{
  const char *path;

  if (name == NULL || (path = guise_image_name_get_path (name)) == name)
    return 0;
  return guise_db_get_int (db, ok, 0, error,
                           "SELECT i.id FROM datasets d JOIN images i ON i.dataset_id = d.id"
                           " WHERE d.created = ? AND i.path = ?",
                           GUISE_INT (g_ascii_strtoll (name, NULL, 10)), GUISE_BYTES (path));
}

GArray *
guise_store_find_images (GuiseStore *store, const char *const *names, size_t n_names,
                         GError **error)
{
  g_autoptr (GArray) ids = g_array_sized_new (FALSE, FALSE, sizeof (gint64), (guint)n_names);
  GuiseDb *db = guise_store_borrow (store, NULL, error);
  gboolean ok = TRUE;

  if (db == NULL)
    return NULL;
  for (size_t i = 0; i < n_names && ok; i++) {
    gint64 id = find_image (db, names[i], &ok, error);

    g_array_append_val (ids, id);
  }
  guise_store_give_back (store, db);
  return ok ? g_steal_pointer (&ids) : NULL;
}
