#include "guise-schema.h"

#include "guise-formats-error.h"
#include "guise-store.h"

#include <string.h>

/* Numbers in `split`, `kind`, `source`, `state` are those of the C enums: they are part of the
 * format. Paths and folders are bytes. A caption that was imported has its place among the
 * image's captions of its kind in `slot` and a hash of the text as it came in `import_hash`.
 * `undone` is a counter: the operation undone last is redone first. */
static const char *const migration_1[] = {
  "CREATE TABLE datasets ("
  "  id INTEGER PRIMARY KEY,"
  "  name TEXT NOT NULL UNIQUE,"
  "  format TEXT NOT NULL,"
  "  root BLOB NOT NULL UNIQUE,"
  "  created INTEGER NOT NULL) STRICT",
  "CREATE TABLE persons ("
  "  id INTEGER PRIMARY KEY,"
  "  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,"
  "  label TEXT NOT NULL,"
  "  UNIQUE (dataset_id, label)) STRICT",
  "CREATE TABLE outfits ("
  "  id INTEGER PRIMARY KEY,"
  "  person_id INTEGER NOT NULL REFERENCES persons ON DELETE CASCADE,"
  "  label TEXT NOT NULL,"
  "  UNIQUE (person_id, label)) STRICT",
  "CREATE TABLE cameras ("
  "  id INTEGER PRIMARY KEY,"
  "  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,"
  "  label TEXT NOT NULL,"
  "  UNIQUE (dataset_id, label)) STRICT",
  "CREATE TABLE images ("
  "  id INTEGER PRIMARY KEY,"
  "  dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,"
  "  path BLOB NOT NULL,"
  "  split INTEGER NOT NULL CHECK (split BETWEEN 0 AND 3),"
  "  person_id INTEGER NOT NULL REFERENCES persons,"
  "  outfit_id INTEGER REFERENCES outfits,"
  "  camera_id INTEGER REFERENCES cameras,"
  "  file_size INTEGER,"
  "  width INTEGER,"
  "  height INTEGER,"
  "  UNIQUE (dataset_id, path)) STRICT",
  "CREATE INDEX images_by_person ON images (person_id)",
  "CREATE INDEX images_by_outfit ON images (outfit_id)",
  "CREATE INDEX images_by_camera ON images (camera_id)",
  "CREATE TABLE captions ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  image_id INTEGER NOT NULL REFERENCES images ON DELETE CASCADE,"
  "  parent_id INTEGER REFERENCES captions,"
  "  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),"
  "  source INTEGER NOT NULL CHECK (source BETWEEN 0 AND 3),"
  "  state INTEGER NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 5),"
  "  slot INTEGER,"
  "  import_hash INTEGER,"
  "  revision INTEGER NOT NULL DEFAULT 0,"
  "  text TEXT NOT NULL CHECK (instr (text, char (0)) = 0),"
  "  style TEXT,"
  "  model TEXT,"
  "  prompt TEXT,"
  "  created INTEGER NOT NULL,"
  "  changed INTEGER NOT NULL) STRICT",
  "CREATE INDEX captions_by_image ON captions (image_id, kind)",
  "CREATE UNIQUE INDEX captions_by_slot ON captions (image_id, kind, slot)"
  "  WHERE slot IS NOT NULL",
  "CREATE INDEX captions_by_parent ON captions (parent_id) WHERE parent_id IS NOT NULL",
  "CREATE TABLE operations ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  name TEXT NOT NULL,"
  "  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),"
  "  created INTEGER NOT NULL,"
  "  undone INTEGER) STRICT",
  "CREATE INDEX operations_by_state ON operations (state, id)",
  "CREATE TABLE changes ("
  "  id INTEGER PRIMARY KEY,"
  "  operation_id INTEGER NOT NULL REFERENCES operations ON DELETE CASCADE,"
  "  table_name TEXT NOT NULL,"
  "  row_id INTEGER NOT NULL,"
  "  image_id INTEGER,"
  "  before TEXT,"
  "  after TEXT) STRICT",
  "CREATE INDEX changes_by_operation ON changes (operation_id)",
  "CREATE INDEX changes_by_row ON changes (row_id)",
  "CREATE INDEX changes_by_image ON changes (image_id)",
  "CREATE TABLE runs ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  name TEXT NOT NULL UNIQUE,"
  "  preset TEXT NOT NULL,"
  "  seed INTEGER NOT NULL,"
  "  state TEXT NOT NULL,"
  "  folder BLOB NOT NULL,"
  "  metrics TEXT,"
  "  created INTEGER NOT NULL) STRICT",
  "CREATE TABLE settings ("
  "  key TEXT PRIMARY KEY,"
  "  value TEXT NOT NULL) STRICT, WITHOUT ROWID",
  NULL
};

/* `extra`: what the data set says of the image in keys that no reader knows, as a JSON object. */
static const char *const migration_2[] = { "ALTER TABLE images ADD COLUMN extra TEXT", NULL };

/* Descriptions made by runs: what each caption and operation comes from, and what the checks said
 * of a text, as JSON. */
static const char *const migration_3[] = {
  "ALTER TABLE captions ADD COLUMN origin TEXT",
  "ALTER TABLE captions ADD COLUMN verdicts TEXT",
  "CREATE UNIQUE INDEX captions_by_origin ON captions (origin) WHERE origin IS NOT NULL",
  "ALTER TABLE operations ADD COLUMN origin TEXT",
  "CREATE INDEX operations_by_origin ON operations (origin) WHERE origin IS NOT NULL",
  NULL
};

/* Forward only; a released entry is never changed, only followed by another. */
static const char *const *const migrations[] = { migration_1, migration_2, migration_3 };
static const char *const *next_migration;

int
guise_schema_get_version (void)
{
  return G_N_ELEMENTS (migrations) + (next_migration != NULL);
}

void
guise_schema_set_next (const char *const *statements)
{
  next_migration = statements;
}

static const char *const *
get_migration (int number)
{
  return number <= (int)G_N_ELEMENTS (migrations) ? migrations[number - 1] : next_migration;
}

gboolean
guise_schema_check (GuiseDb *db, int *version, GError **error)
{
  gboolean ok;
  gint64 application_id, tables, user_version;

  application_id = guise_db_get_int (db, &ok, 0, error, "PRAGMA application_id");
  if (!ok)
    return FALSE;
  user_version = guise_db_get_int (db, &ok, 0, error, "PRAGMA user_version");
  if (!ok)
    return FALSE;
  tables = guise_db_get_int (db, &ok, 0, error, "SELECT count(*) FROM sqlite_schema");
  if (!ok)
    return FALSE;
  *version = 0;
  if (application_id == 0 && user_version == 0 && tables == 0)
    return TRUE;
  if (application_id != GUISE_SCHEMA_APPLICATION_ID || user_version < 1) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a Guise database: '%s': it belongs to another program",
                 guise_db_get_path (db));
    return FALSE;
  }
  if (user_version > guise_schema_get_version ()) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NEWER,
                 "database is too new: '%s': it has format %d and this is Guise %s, which knows "
                 "formats up to %d; open it with a newer Guise",
                 guise_db_get_path (db), (int)user_version, GUISE_VERSION,
                 guise_schema_get_version ());
    return FALSE;
  }
  *version = (int)user_version;
  return TRUE;
}

static gboolean
run_migration (GuiseDb *db, int number, GError **error)
{
  g_autofree char *numbers = g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%d",
                                              GUISE_SCHEMA_APPLICATION_ID, number);
  gboolean ok = TRUE;

  if (!guise_db_execute (db, "BEGIN IMMEDIATE", error))
    return FALSE;
  for (const char *const *sql = get_migration (number); *sql != NULL && ok; sql++)
    ok = guise_db_execute (db, *sql, error);
  if (ok && guise_db_execute (db, numbers, error) && guise_db_execute (db, "COMMIT", error))
    return TRUE;
  guise_db_execute (db, "ROLLBACK", NULL);
  return FALSE;
}

static gboolean
migrate (GuiseDb *db, int from, int to, GError **error)
{
  for (int number = from + 1; number <= to; number++)
    if (!run_migration (db, number, error)) {
      g_prefix_error (error, "cannot bring the database to format %d: ", number);
      return FALSE;
    }
  return TRUE;
}

gboolean
guise_schema_migrate (GuiseDb *db, int version, GError **error)
{
  return migrate (db, version, guise_schema_get_version (), error);
}

gboolean
guise_schema_create (GuiseDb *db, int version, GError **error)
{
  return migrate (db, 0, version, error);
}

char *
guise_schema_dup_finding (sqlite3_stmt *statement)
{
  g_autofree char *text = guise_db_dup_text (statement, 0);

  return guise_formats_clean (text != NULL ? g_strdelimit (text, "\n", ' ') : "unreadable");
}

gboolean
guise_schema_verify (GuiseDb *db, GError **error)
{
  sqlite3_stmt *statement = guise_db_query (db, error, "PRAGMA quick_check(1)");
  g_autofree char *finding = NULL;
  int step;

  if (statement == NULL || (step = guise_db_step (db, statement, error)) < 0)
    return FALSE;
  finding = step > 0 ? guise_schema_dup_finding (statement) : g_strdup ("no answer");
  if (g_strcmp0 (finding, "ok") != 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
                 "database is damaged: '%s': %s", guise_db_get_path (db), finding);
    guise_db_reset (statement);
    return FALSE;
  }
  guise_db_reset (statement);
  statement = guise_db_query (db, error, "PRAGMA foreign_key_check");
  if (statement == NULL || (step = guise_db_step (db, statement, error)) < 0)
    return FALSE;
  if (step > 0) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
                 "database is damaged: '%s': row %" G_GINT64_FORMAT " of '%s' refers to nothing",
                 guise_db_get_path (db), (gint64)sqlite3_column_int64 (statement, 1),
                 (const char *)sqlite3_column_text (statement, 0));
    guise_db_reset (statement);
    return FALSE;
  }
  return TRUE;
}
