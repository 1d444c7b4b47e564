/* The operation log: writing it. */
#include "guise-operation.h"

#include "guise-store-private.h"

static gboolean
drop_undone (GuiseDb *db, GError **error)
{
  return guise_db_run (db, error, "UPDATE operations SET state = ?, undone = NULL WHERE state = ?",
                       GUISE_INT (GUISE_OPERATION_DROPPED), GUISE_INT (GUISE_OPERATION_UNDONE));
}

gint64
guise_operation_begin (GuiseDb *db, const char *name, GuiseOperationState state, GError **error)
{
  if (state == GUISE_OPERATION_DONE && !drop_undone (db, error))
    return -1;
  if (!guise_db_run (db, error, "INSERT INTO operations (name, state, created) VALUES (?, ?, ?)",
                     GUISE_TEXT (name), GUISE_INT (state), GUISE_INT (g_get_real_time ())))
    return -1;
  return guise_db_get_last_id (db);
}

gboolean
guise_operation_make_way (GuiseDb *db, gint64 caption_id, gboolean *done, GError **error)
{
  gboolean ok;
  gint64 bits;

  *done = FALSE;
  bits = guise_db_get_int (db, &ok, 0, error,
                           "SELECT sum (DISTINCT 1 << o.state) FROM changes c JOIN operations o"
                           " ON o.id = c.operation_id"
                           " WHERE c.row_id = ? AND c.table_name = 'captions'",
                           GUISE_INT (caption_id));
  if (!ok)
    return FALSE;
  *done = (bits & 1 << GUISE_OPERATION_DONE) != 0;
  if (*done || (bits & 1 << GUISE_OPERATION_UNDONE) == 0)
    return TRUE;
  return drop_undone (db, error);
}

static char *
dump_row (json_t *row)
{
  return row != NULL ? json_dumps (row, JSON_COMPACT) : NULL;
}

gboolean
guise_operation_note (GuiseDb *db, gint64 operation_id, gint64 caption_id, gint64 image_id,
                      json_t *before, json_t *after, GError **error)
{
  char *old_text = dump_row (before), *new_text = dump_row (after);
  gboolean ok = guise_db_run (db, error,
                              "INSERT INTO changes (operation_id, table_name, row_id, image_id,"
                              " before, after) VALUES (?, 'captions', ?, ?, ?, ?)",
                              GUISE_INT (operation_id), GUISE_INT (caption_id),
                              GUISE_INT (image_id), GUISE_TEXT (old_text), GUISE_TEXT (new_text));

  free (old_text);
  free (new_text);
  json_decref (before);
  json_decref (after);
  return ok;
}

gboolean
guise_operation_change (GuiseDb *db, gint64 operation_id, gint64 caption_id, json_t *row,
                        json_t *after, GuiseStoreChange *change, GError **error)
{
  gint64 image_id = json_integer_value (json_object_get (row, "image_id"));
  json_t *before = json_object ();
  const char *key;
  json_t *value;

  json_object_foreach (after, key, value)
      json_object_set (before, key, json_object_get (row, key));
  guise_store_change_add (change, GUISE_STORE_CHANGED_CAPTIONS | GUISE_STORE_CHANGED_HISTORY,
                          image_id, caption_id);
  if (!guise_caption_write_columns (db, caption_id, after, error)) {
    json_decref (before);
    json_decref (after);
    return FALSE;
  }
  return guise_operation_note (db, operation_id, caption_id, image_id, before, after, error);
}

gboolean
guise_operation_is_newest (GuiseDb *db, gint64 id, gboolean *newest, GError **error)
{
  gboolean ok;

  *newest = guise_db_get_int (db, &ok, 0, error,
                              "SELECT 1 FROM operations WHERE id = ? AND state = ?"
                              " AND id = (SELECT max (id) FROM operations)",
                              GUISE_INT (id), GUISE_INT (GUISE_OPERATION_DONE))
            != 0;
  return ok;
}

gboolean
guise_operation_extend (GuiseDb *db, gint64 id, json_t *after, GError **error)
{
  char *text = dump_row (after);
  gboolean ok = drop_undone (db, error)
                && guise_db_run (db, error, "UPDATE changes SET after = ? WHERE operation_id = ?",
                                 GUISE_TEXT (text), GUISE_INT (id));

  free (text);
  return ok;
}

gboolean
guise_operation_remove (GuiseDb *db, gint64 id, GError **error)
{
  return guise_db_run (db, error, "DELETE FROM operations WHERE id = ?", GUISE_INT (id));
}
