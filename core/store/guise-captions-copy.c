#include "guise-captions-copy.h"

#include "guise-atomic-file.h"
#include "guise-backup-private.h"
#include "guise-formats-error.h"
#include "guise-jsonl.h"
#include "guise-read-file.h"
#include "guise-schema.h"
#include "guise-store-private.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* Texts in a row of the log are escaped twice. */
#define MAX_LINE (64 << 20)
#define CHUNK (1 << 18)

/* In the order in which rows may refer to rows. Numbers given once are not given again: that is
 * what sqlite_sequence is kept for. */
static const char *const tables[]
    = { "datasets", "persons", "outfits", "cameras", "images", "captions", "operations",
        "changes", "runs", "settings", "sqlite_sequence" };

/* ---- writing -------------------------------------------------------------------------------- */

static json_t *
text_to_json (const void *bytes, int size)
{
  g_autofree char *base64 = NULL;

  if (g_utf8_validate (bytes, size, NULL))
    return json_stringn (bytes, (size_t)size);
  base64 = g_base64_encode (bytes, (gsize)size);
  return json_pack ("{s:s}", "bytes", base64);
}

static json_t *
column_to_json (sqlite3_stmt *statement, int column)
{
  switch (sqlite3_column_type (statement, column)) {
  case SQLITE_INTEGER:
    return json_integer (sqlite3_column_int64 (statement, column));
  case SQLITE_NULL:
    return json_null ();
  default: {
    const void *bytes = sqlite3_column_blob (statement, column);

    return text_to_json (bytes != NULL ? bytes : "", sqlite3_column_bytes (statement, column));
  }
  }
}

typedef struct {
  GuiseAtomicFile *file;
  GString *lines; /* not written yet */
  gint64 n_rows;
  GCancellable *cancellable;
} Writer;

static gboolean
flush (Writer *self, GError **error)
{
  gboolean ok = guise_atomic_file_write (self->file, self->lines->str, self->lines->len, error);

  g_string_truncate (self->lines, 0);
  return ok;
}

/* Takes object. */
static gboolean
add_line (Writer *self, json_t *object, GError **error)
{
  char *text = json_dumps (object, JSON_COMPACT);

  json_decref (object);
  g_string_append (self->lines, text);
  g_string_append_c (self->lines, '\n');
  free (text);
  if (self->lines->len < CHUNK)
    return TRUE;
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error) && flush (self, error);
}

static gboolean
add_table (Writer *self, GuiseDb *db, const char *table, GError **error)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s", table);
  sqlite3_stmt *statement = guise_db_prepare_once (db, sql, NULL, 0, error);
  int step = -1;

  while (statement != NULL && (step = guise_db_step (db, statement, error)) > 0) {
    json_t *row = json_pack ("{s:s}", "table", table);

    for (int i = 0; i < sqlite3_column_count (statement); i++)
      json_object_set_new (row, sqlite3_column_name (statement, i), column_to_json (statement, i));
    self->n_rows++;
    if (!add_line (self, row, error)) {
      step = -1;
      break;
    }
  }
  sqlite3_finalize (statement);
  return step == 0;
}

static gboolean
add_tables (Writer *self, GuiseDb *db, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++)
    if (!add_table (self, db, tables[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
write_lines (Writer *self, GuiseDb *db, GError **error)
{
  json_t *head;
  gboolean ok;
  gint64 format;

  if (!guise_db_execute (db, "BEGIN", error)) /* all of it sees one state */
    return FALSE;
  format = guise_db_get_int (db, &ok, 0, error, "PRAGMA user_version");
  head = json_pack ("{s:s, s:I, s:I}", "guise", GUISE_VERSION, "format", (json_int_t)format,
                    "created", (json_int_t)g_get_real_time ());
  ok = add_line (self, head, ok ? error : NULL) && ok && add_tables (self, db, error)
       && add_line (self, json_pack ("{s:I}", "end", (json_int_t)self->n_rows), error)
       && flush (self, error);
  guise_db_execute (db, "COMMIT", NULL);
  return ok;
}

gboolean
guise_captions_copy_write (GuiseStore *store, const char *path, GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GuiseAtomicFile) file = guise_atomic_file_open (path, error);
  GuiseDb *db = file != NULL ? guise_store_borrow (store, cancellable, error) : NULL;
  Writer self = { .file = file, .cancellable = cancellable };
  gboolean ok;

  if (db == NULL)
    return FALSE;
  self.lines = g_string_sized_new (CHUNK);
  ok = write_lines (&self, db, error);
  g_string_free (self.lines, TRUE);
  guise_store_give_back (store, db);
  return ok && guise_atomic_file_commit (file, error);
}

gboolean
guise_captions_copy_is_due (const char *folder)
{
  return guise_backup_is_older (folder, GUISE_CAPTIONS_COPY_NAME);
}

/* ---- reading -------------------------------------------------------------------------------- */

typedef struct {
  const char *path;
  GuiseDb *db;         /* NULL = only look */
  GHashTable *inserts; /* table → Insert, for those met so far */
  gint64 n_rows;
  gboolean begun, ended;
  GCancellable *cancellable;
} Reader;

typedef struct {
  char *sql;
  GPtrArray *names;
  GArray *are_bytes; /* gboolean: the column is a BLOB */
} Insert;

static void
insert_free (Insert *insert)
{
  g_free (insert->sql);
  g_ptr_array_unref (insert->names);
  g_array_unref (insert->are_bytes);
  g_free (insert);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Insert, insert_free)

static gboolean
refuse (Reader *self, guint64 line, const char *why, GError **error)
{
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "copy of the captions is damaged: '%s': line %" G_GUINT64_FORMAT ": %s", self->path,
               line, why);
  return FALSE;
}

static gboolean
is_table (const char *name)
{
  for (size_t i = 0; name != NULL && i < G_N_ELEMENTS (tables); i++)
    if (strcmp (name, tables[i]) == 0)
      return TRUE;
  return FALSE;
}

/* The columns that the schema has: names in the file never become SQL. sqlite_sequence has rows
 * of its own by then, for the tables that were filled. NULL where the schema cannot be read. */
static Insert *
make_insert (Reader *self, const char *table, GError **error)
{
  g_autoptr (GString) sql = g_string_new (NULL), marks = g_string_new (NULL);
  g_autoptr (Insert) insert = g_new0 (Insert, 1);
  sqlite3_stmt *statement;
  int step = -1;

  insert->names = g_ptr_array_new_with_free_func (g_free);
  insert->are_bytes = g_array_new (FALSE, FALSE, sizeof (gboolean));
  g_string_printf (sql, "INSERT INTO %s (", table);
  statement = guise_db_query (self->db, error,
                              "SELECT name, type = 'BLOB' FROM pragma_table_info (?)",
                              GUISE_TEXT (table));
  while (statement != NULL && (step = guise_db_step (self->db, statement, error)) > 0) {
    char *name = guise_db_dup_text (statement, 0);
    gboolean bytes = sqlite3_column_int (statement, 1);

    g_string_append_printf (sql, "%s%s", insert->names->len > 0 ? ", " : "", name);
    g_string_append (marks, insert->names->len > 0 ? ", ?" : "?");
    g_ptr_array_add (insert->names, name);
    g_array_append_val (insert->are_bytes, bytes);
  }
  if (step < 0
      || (strcmp (table, "sqlite_sequence") == 0
          && !guise_db_execute (self->db, "DELETE FROM sqlite_sequence", error)))
    return NULL;
  g_string_append_printf (sql, ") VALUES (%s)", marks->str);
  insert->sql = g_strdup (sql->str);
  g_hash_table_insert (self->inserts, g_strdup (table), insert);
  return g_steal_pointer (&insert);
}

/* TRUE where the value is of a kind that was written; texts out of base64 go to `decoded`. */
static gboolean
fill_value (json_t *json, gboolean bytes, GPtrArray *decoded, GuiseValue *value)
{
  const char *base64 = json_string_value (json_object_get (json, "bytes"));
  gsize size;

  *value = (GuiseValue){ .type = bytes ? GUISE_VALUE_BYTES : GUISE_VALUE_TEXT };
  if (json_is_integer (json)) {
    value->type = GUISE_VALUE_INT;
    value->number = json_integer_value (json);
  } else if (json_is_string (json)) {
    value->text = json_string_value (json);
  } else if (base64 != NULL) {
    guchar *raw = g_base64_decode (base64, &size);

    g_ptr_array_add (decoded, g_strndup ((char *)raw, size));
    g_free (raw);
    value->text = decoded->pdata[decoded->len - 1];
  } else {
    return json == NULL || json_is_null (json);
  }
  return TRUE;
}

static gboolean
add_row (Reader *self, json_t *row, guint64 line, GError **error)
{
  const char *table = json_string_value (json_object_get (row, "table"));
  g_autoptr (GPtrArray) decoded = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (GuiseValue));
  Insert *insert;

  if (!is_table (table))
    return refuse (self, line, "it names no table", error);
  self->n_rows++;
  if (self->db == NULL)
    return TRUE;
  insert = g_hash_table_lookup (self->inserts, table);
  if (insert == NULL)
    insert = make_insert (self, table, error);
  if (insert == NULL)
    return FALSE;
  for (guint i = 0; i < insert->names->len; i++) {
    GuiseValue value;

    if (!fill_value (json_object_get (row, insert->names->pdata[i]),
                     g_array_index (insert->are_bytes, gboolean, i), decoded, &value))
      return refuse (self, line, "a value is of the wrong kind", error);
    g_array_append_val (values, value);
  }
  if (guise_db_run_values (self->db, insert->sql, (GuiseValue *)(void *)values->data, values->len,
                           error))
    return TRUE;
  g_prefix_error (error, "'%s': line %" G_GUINT64_FORMAT ": ", self->path, line);
  return FALSE;
}

static gboolean
begin (Reader *self, json_t *head, guint64 line, GError **error)
{
  gint64 format = json_integer_value (json_object_get (head, "format"));

  self->begun = TRUE;
  if (!json_is_string (json_object_get (head, "guise")) || format < 1)
    return refuse (self, line, "it does not begin as such a copy does", error);
  if (format > guise_schema_get_version ()) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NEWER,
                 "copy is too new: '%s': it has format %d, and this is Guise %s; use a newer Guise",
                 self->path, (int)format, GUISE_VERSION);
    return FALSE;
  }
  return self->db == NULL
         || (guise_schema_create (self->db, (int)format, error)
             && guise_db_execute (self->db, "BEGIN; PRAGMA defer_foreign_keys=ON", error));
}

static gboolean
read_line (json_t *object, guint64 line, gpointer data, GError **error)
{
  Reader *self = data;
  json_t *end = json_object_get (object, "end");

  if (line % 1000 == 0 && g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (!self->begun)
    return begin (self, object, line, error);
  if (self->ended)
    return refuse (self, line, "something follows its end", error);
  if (end == NULL)
    return add_row (self, object, line, error);
  self->ended = TRUE;
  if (!json_is_integer (end) || json_integer_value (end) != self->n_rows)
    return refuse (self, line, "lines are missing before it", error);
  return TRUE;
}

static gboolean
read_all (Reader *self, GError **error)
{
  g_autoptr (GuiseJsonlReport) report
      = guise_jsonl_read (self->path, MAX_LINE, read_line, self, error);

  if (report == NULL)
    return FALSE;
  if (self->ended && report->n_bad == 0 && !report->torn)
    return self->db == NULL || guise_db_execute (self->db, "COMMIT", error);
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
               "copy of the captions is damaged: '%s': %s", self->path,
               report->problems->len > 0 ? (char *)report->problems->pdata[0]
                                         : "its end is missing");
  return FALSE;
}

gboolean
guise_captions_copy_read (const char *path, const char *database, GCancellable *cancellable,
                          GError **error)
{
  g_autoptr (GuiseDb) db = guise_db_open (database, GUISE_DB_CREATE, error);
  Reader self = { .path = path, .db = db, .cancellable = cancellable };
  gboolean ok;

  if (db == NULL || !guise_db_execute (db, "PRAGMA synchronous=OFF", error))
    return FALSE;
  self.inserts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                        (GDestroyNotify)insert_free);
  ok = read_all (&self, error);
  g_hash_table_unref (self.inserts);
  return ok;
}

gboolean
guise_captions_copy_verify (const char *path, GCancellable *cancellable, GError **error)
{
  Reader self = { .path = path, .cancellable = cancellable };

  return read_all (&self, error);
}

gboolean
guise_captions_copy_is_one (const char *path)
{
  static const char beginning[] = "{\"guise\":";
  char bytes[sizeof beginning - 1];
  int fd = guise_open_file (path, O_RDONLY, NULL);
  gboolean is_one = fd >= 0 && read (fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes
                    && memcmp (bytes, beginning, sizeof bytes) == 0;

  if (fd >= 0)
    close (fd);
  return is_one;
}
