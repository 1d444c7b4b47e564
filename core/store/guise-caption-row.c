/* Rows of the captions table as JSON objects, for the operation log. The log may come from a
 * stranger's project: only the columns of this table here ever reach SQL. */
#include "guise-operation.h"
#include "guise-store.h"

#include <string.h>

typedef struct {
  const char *name;
  gboolean is_text;
  gboolean nullable;
} Column;

static const Column columns[] = {
  { "image_id", FALSE, FALSE },
  { "parent_id", FALSE, TRUE },
  { "kind", FALSE, FALSE },
  { "source", FALSE, FALSE },
  { "state", FALSE, FALSE },
  { "slot", FALSE, TRUE },
  { "import_hash", FALSE, TRUE },
  { "text", TRUE, FALSE },
  { "style", TRUE, TRUE },
  { "model", TRUE, TRUE },
  { "prompt", TRUE, TRUE },
  { "created", FALSE, FALSE },
  { "origin", TRUE, TRUE },
  { "verdicts", TRUE, TRUE },
};

json_t *
guise_caption_read_row (GuiseDb *db, gint64 caption_id, GError **error)
{
  static const char sql[] = "SELECT image_id, parent_id, kind, source, state, slot, import_hash,"
                            " text, style, model, prompt, created, origin, verdicts"
                            " FROM captions WHERE id = ?";
  sqlite3_stmt *statement = guise_db_query (db, error, sql, GUISE_INT (caption_id));
  json_t *row = NULL;
  json_t *value;
  int step;

  if (statement == NULL || (step = guise_db_step (db, statement, error)) < 0)
    return NULL;
  if (step == 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
                 "no such caption: '%" G_GINT64_FORMAT "'", caption_id);
    return NULL;
  }
  row = json_object ();
  for (int i = 0; i < (int)G_N_ELEMENTS (columns); i++) {
    if (sqlite3_column_type (statement, i) == SQLITE_NULL)
      value = json_null ();
    else if (columns[i].is_text)
      value = json_string ((const char *)sqlite3_column_text (statement, i));
    else
      value = json_integer (sqlite3_column_int64 (statement, i));
    json_object_set_new (row, columns[i].name, value);
  }
  guise_db_reset (statement);
  return row;
}

static gboolean
fill_value (const Column *column, json_t *json, GuiseValue *value, GError **error)
{
  memset (value, 0, sizeof *value);
  if (json_is_integer (json) && !column->is_text) {
    value->type = GUISE_VALUE_INT;
    value->number = json_integer_value (json);
    return TRUE;
  }
  value->type = GUISE_VALUE_TEXT;
  if (json_is_string (json) && column->is_text) {
    value->text = json_string_value (json);
    return TRUE;
  }
  if (json_is_null (json) && column->nullable)
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "operation log is damaged: column '%s' has a value of the wrong type",
               column->name);
  return FALSE;
}

/* Appends "name" or "name = ?n" for each known column in `values`, in the table's order. */
static gboolean
collect (json_t *values, const char *separator, const char *suffix, GString *sql, GArray *bound,
         GError **error)
{
  size_t n_found = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (columns); i++) {
    json_t *json = json_object_get (values, columns[i].name);
    GuiseValue value;

    if (json == NULL)
      continue;
    if (!fill_value (&columns[i], json, &value, error))
      return FALSE;
    g_string_append_printf (sql, "%s%s%s", n_found > 0 ? separator : "", columns[i].name, suffix);
    g_array_append_val (bound, value);
    n_found++;
  }
  if (n_found > 0 && n_found == json_object_size (values))
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "operation log is damaged: a change names unknown columns");
  return FALSE;
}

static gboolean
run_once (GuiseDb *db, GString *sql, GArray *bound, GError **error)
{
  sqlite3_stmt *statement = guise_db_prepare_once (db, sql->str, (GuiseValue *)(void *)bound->data,
                                                   bound->len, error);
  int step;

  if (statement == NULL)
    return FALSE;
  step = guise_db_step (db, statement, error);
  sqlite3_finalize (statement);
  return step == 0;
}

gboolean
guise_caption_write_columns (GuiseDb *db, gint64 caption_id, json_t *values, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("UPDATE captions SET ");
  g_autoptr (GArray) bound = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  GuiseValue now = GUISE_INT (g_get_real_time ()), id = GUISE_INT (caption_id);

  if (!collect (values, ", ", " = ?", sql, bound, error))
    return FALSE;
  g_string_append (sql, ", changed = ?, revision = revision + 1 WHERE id = ?");
  g_array_append_val (bound, now);
  g_array_append_val (bound, id);
  return run_once (db, sql, bound, error);
}

gint64
guise_caption_insert_row (GuiseDb *db, gint64 caption_id, json_t *values, GError **error)
{
  g_autoptr (GString) sql = g_string_new ("INSERT INTO captions (");
  g_autoptr (GArray) bound = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  GuiseValue now = GUISE_INT (g_get_real_time ()), id = GUISE_INT (caption_id);

  if (!collect (values, ", ", "", sql, bound, error))
    return -1;
  g_string_append (sql, ", changed");
  g_array_append_val (bound, now);
  if (caption_id != 0) {
    g_string_append (sql, ", id");
    g_array_append_val (bound, id);
  }
  g_string_append (sql, ") VALUES (");
  for (guint i = 0; i < bound->len; i++)
    g_string_append (sql, i > 0 ? ", ?" : "?");
  g_string_append_c (sql, ')');
  return run_once (db, sql, bound, error) ? guise_db_get_last_id (db) : -1;
}
