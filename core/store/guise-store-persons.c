/* Images and their persons, without captions or labels. */
#include "guise-store-persons.h"

#include "guise-store-private.h"

GArray *
guise_store_list_image_persons (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) persons = g_array_new (FALSE, FALSE, sizeof (GuiseImagePerson));
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  int step = -1;

  if (db == NULL)
    return NULL;
  statement = guise_db_query (db, error, "SELECT id, person_id FROM images ORDER BY id");
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    GuiseImagePerson person = { sqlite3_column_int64 (statement, 0),
                                sqlite3_column_int64 (statement, 1) };

    g_array_append_val (persons, person);
  }
  guise_store_give_back (store, db);
  return step == 0 ? g_steal_pointer (&persons) : NULL;
}

gint64
guise_store_find_described_person (GuiseStore *store, const char *text, const char *other,
                                   GCancellable *cancellable, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  sqlite3_stmt *statement;
  gint64 found = 0;
  int n = 0, step = -1;

  if (db == NULL)
    return -1;
  statement = guise_db_query (db, error,
                              "SELECT DISTINCT i.person_id "
                              "FROM captions c CROSS JOIN images i ON i.id = c.image_id "
                              "WHERE c.text = ?1 AND (?2 IS NULL OR EXISTS (SELECT 1 FROM captions"
                              " WHERE image_id = c.image_id AND text = ?2)) LIMIT 2",
                              GUISE_TEXT (text), GUISE_TEXT (other));
  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    found = sqlite3_column_int64 (statement, 0);
    n++;
  }
  guise_store_give_back (store, db);
  if (step < 0)
    return -1;
  return n == 1 ? found : 0;
}
