#include "guise-db.h"

#include "guise-db-among.h"
#include "guise-db-contains.h"
#include "guise-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 5000
/* Virtual machine instructions between two looks at the cancellable: well under a millisecond. */
#define CANCEL_INTERVAL 20000
/* Pages copied between two looks: a few milliseconds. */
#define COPY_PAGES 1024
/* What SQLite takes at once for what readers and writers share: with less the disk is full. */
#define MIN_ROOM (32 * 1024)

struct _GuiseDb {
  sqlite3 *handle;
  char *path;
  GHashTable *statements; /* SQL → sqlite3_stmt */
  GCancellable *cancellable;
  gboolean broken;
  char *advice; /* or NULL */
};

static int
error_code (int code)
{
  switch (code & 0xff) {
  case SQLITE_NOTADB:
    return GUISE_STORE_ERROR_NOT_A_PROJECT;
  case SQLITE_CORRUPT:
    return GUISE_STORE_ERROR_DAMAGED;
  case SQLITE_READONLY:
    return GUISE_STORE_ERROR_READ_ONLY;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return GUISE_STORE_ERROR_LOCKED;
  default:
    return GUISE_STORE_ERROR_FAILED;
  }
}

/* A medium that is only read has no room either, and is not full. */
static gboolean
is_disk_full (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  struct statvfs info;

  return statvfs (folder, &info) == 0 && (info.f_flag & ST_RDONLY) == 0
         && info.f_bavail * info.f_frsize < MIN_ROOM;
}

/* SQLite calls it an I/O error, or says that a file cannot be opened, where there is no room for
 * what it makes beside the database. The system's number says more, but is often that of a second
 * try. */
static const char *
describe_error (GuiseDb *db, int code)
{
  const int number = db->handle != NULL ? sqlite3_system_errno (db->handle) : 0;
  gboolean asked = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;

  if (asked && number == EDQUOT)
    return "the quota on its disk is used up";
  if ((code & 0xff) == SQLITE_CANTOPEN
      && faccessat (AT_FDCWD, db->path, R_OK, AT_EACCESS) != 0 && errno != ENOENT)
    return g_strerror (errno);
  if ((code & 0xff) == SQLITE_FULL || (asked && (number == ENOSPC || is_disk_full (db->path))))
    return "the disk is full";
  return db->handle != NULL ? sqlite3_errmsg (db->handle) : sqlite3_errstr (code);
}

/* The file that it is about, as what follows the database's path. */
static const char *
get_suffix (int code)
{
  switch (code) {
  case SQLITE_IOERR_SHMOPEN:
  case SQLITE_IOERR_SHMSIZE:
  case SQLITE_IOERR_SHMMAP:
  case SQLITE_IOERR_SHMLOCK:
    return "-shm";
  default:
    return "";
  }
}

static void
set_error (GuiseDb *db, int code, GError **error)
{
  const char *advice;

  if ((code & 0xff) == SQLITE_INTERRUPT) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
    return;
  }
  if ((code & 0xff) == SQLITE_CORRUPT || code == SQLITE_IOERR_FSYNC
      || code == SQLITE_IOERR_DIR_FSYNC)
    db->broken = TRUE;
  advice = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ? db->advice : NULL;
  g_set_error (error, GUISE_STORE_ERROR, error_code (code), "database: '%s%s': %s%s%s", db->path,
               get_suffix (code), describe_error (db, code), advice != NULL ? "; " : "",
               advice != NULL ? advice : "");
}

static void
configure (sqlite3 *handle)
{
  sqlite3_extended_result_codes (handle, 1);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
  sqlite3_db_config (handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
  sqlite3_limit (handle, SQLITE_LIMIT_LENGTH, 16 << 20);
  sqlite3_limit (handle, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
  sqlite3_limit (handle, SQLITE_LIMIT_ATTACHED, 1);
  sqlite3_busy_timeout (handle, BUSY_TIMEOUT_MS);
}

/* A file name as an URI: SQLite takes `immutable` no other way. */
static char *
immutable_uri (const char *path)
{
  g_autofree char *escaped = g_uri_escape_bytes ((const guint8 *)path, strlen (path), "/");

  return g_strdup_printf ("file:%s?immutable=1", escaped);
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

/* SQLite follows no link, and would only say that it cannot open the file. One that leads nowhere
 * is no database; what another leads to may be a good one. */
static void
refuse_link (const char *path, GError **error)
{
  g_autofree char *target = g_file_read_link (path, NULL);
  const char *to = target != NULL ? target : "";
  GStatBuf info;

  if (g_stat (path, &info) == 0)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
                 "cannot open: '%s': a link, which is not followed; put '%s' itself in its place",
                 path, to);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "cannot open: '%s': a link to '%s', which cannot be followed: %s", path, to,
                 g_strerror (errno));
}

/* SQLite would wait for ever for somebody to write into a FIFO. */
static gboolean
check_kind (const char *path, GError **error)
{
  GStatBuf info;

  if (g_lstat (path, &info) != 0 || S_ISREG (info.st_mode))
    return TRUE;
  if (S_ISLNK (info.st_mode))
    refuse_link (path, error);
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                 "cannot open: '%s': not a regular file", path);
  return FALSE;
}

GuiseDb *
guise_db_open (const char *path, GuiseDbMode mode, GError **error)
{
  g_autoptr (GuiseDb) db = g_new0 (GuiseDb, 1);
  g_autofree char *name = mode == GUISE_DB_IMMUTABLE ? immutable_uri (path) : g_strdup (path);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  int code;

  if (!check_kind (path, error))
    return NULL;
  if (mode == GUISE_DB_CREATE)
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  else if (mode == GUISE_DB_READ_WRITE)
    flags |= SQLITE_OPEN_READWRITE;
  else
    flags |= SQLITE_OPEN_READONLY | (mode == GUISE_DB_IMMUTABLE ? SQLITE_OPEN_URI : 0);
  db->path = g_strdup (path);
  db->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          finalize_statement);
  code = sqlite3_open_v2 (name, &db->handle, flags, NULL);
  if (code != SQLITE_OK) {
    set_error (db, code, error);
    return NULL;
  }
  configure (db->handle);
  code = guise_db_add_contains (db->handle);
  if (code == SQLITE_OK)
    code = guise_db_add_among (db->handle);
  if (code != SQLITE_OK) {
    set_error (db, code, error);
    return NULL;
  }
  if (!guise_db_execute (db, "PRAGMA foreign_keys=ON; PRAGMA cell_size_check=ON;"
                             "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
                             "PRAGMA cache_size=-16000",
                         error))
    return NULL;
  return g_steal_pointer (&db);
}

/* Opened and read from. */
static GuiseDb *
open_and_read (const char *path, GError **error)
{
  g_autoptr (GuiseDb) db = guise_db_open (path, GUISE_DB_READ_ONLY, error);
  gboolean ok = FALSE;

  if (db != NULL)
    guise_db_get_int (db, &ok, 0, error, "SELECT count(*) FROM sqlite_schema");
  return ok ? g_steal_pointer (&db) : NULL;
}

gboolean
guise_db_has_wal (const char *path)
{
  g_autofree char *wal = g_strconcat (path, "-wal", NULL);
  GStatBuf info;

  return g_stat (wal, &info) == 0 && info.st_size > 0;
}

/* Where the folder cannot be written SQLite says either, depending on why. */
GuiseDb *
guise_db_open_anywhere (const char *path, GError **error)
{
  g_autoptr (GError) local = NULL;
  GuiseDb *db = open_and_read (path, &local);

  if (db != NULL)
    return db;
  if ((g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED)
       || g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY))
      && !guise_db_has_wal (path))
    return guise_db_open (path, GUISE_DB_IMMUTABLE, error);
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

void
guise_db_close (GuiseDb *db)
{
  if (db == NULL)
    return;
  g_clear_pointer (&db->statements, g_hash_table_unref);
  sqlite3_close_v2 (db->handle);
  g_free (db->path);
  g_free (db->advice);
  g_free (db);
}

void
guise_db_take_advice (GuiseDb *db, char *advice)
{
  g_free (db->advice);
  db->advice = advice;
}

const char *
guise_db_get_path (GuiseDb *db)
{
  return db->path;
}

sqlite3 *
guise_db_get_handle (GuiseDb *db)
{
  return db->handle;
}

static int
bind_value (sqlite3_stmt *statement, int index, const GuiseValue *value)
{
  if (value->type == GUISE_VALUE_INT)
    return sqlite3_bind_int64 (statement, index, value->number);
  if (value->type == GUISE_VALUE_IDS)
    return guise_db_bind_ids (statement, index, value->ids);
  if (value->text == NULL)
    return sqlite3_bind_null (statement, index);
  if (value->type == GUISE_VALUE_TEXT)
    return sqlite3_bind_text64 (statement, index, value->text, strlen (value->text),
                                SQLITE_TRANSIENT, SQLITE_UTF8);
  return sqlite3_bind_blob64 (statement, index, value->text, strlen (value->text),
                              SQLITE_TRANSIENT);
}

static gboolean
bind_values (GuiseDb *db, sqlite3_stmt *statement, const GuiseValue *values, size_t n_values,
             GError **error)
{
  int code = SQLITE_OK;

  for (size_t i = 0; i < n_values && code == SQLITE_OK; i++)
    code = bind_value (statement, (int)i + 1, &values[i]);
  if (code != SQLITE_OK)
    set_error (db, code, error);
  return code == SQLITE_OK;
}

sqlite3_stmt *
guise_db_prepare_once (GuiseDb *db, const char *sql, const GuiseValue *values, size_t n_values,
                       GError **error)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v3 (db->handle, sql, -1, 0, &statement, NULL);

  if (code != SQLITE_OK) {
    set_error (db, code, error);
    return NULL;
  }
  if (!bind_values (db, statement, values, n_values, error)) {
    sqlite3_finalize (statement);
    return NULL;
  }
  return statement;
}

sqlite3_stmt *
guise_db_prepare (GuiseDb *db, const char *sql, const GuiseValue *values, size_t n_values,
                  GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (db->statements, sql);
  int code;

  if (statement == NULL) {
    code = sqlite3_prepare_v3 (db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
      set_error (db, code, error);
      return NULL;
    }
    g_hash_table_insert (db->statements, g_strdup (sql), statement);
  }
  guise_db_reset (statement);
  return bind_values (db, statement, values, n_values, error) ? statement : NULL;
}

int
guise_db_step (GuiseDb *db, sqlite3_stmt *statement, GError **error)
{
  int code = sqlite3_step (statement);

  if (code == SQLITE_ROW)
    return 1;
  if (code != SQLITE_DONE)
    set_error (db, code, error);
  guise_db_reset (statement);
  return code == SQLITE_DONE ? 0 : -1;
}

void
guise_db_reset (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

gboolean
guise_db_run_values (GuiseDb *db, const char *sql, const GuiseValue *values, size_t n_values,
                     GError **error)
{
  sqlite3_stmt *statement = guise_db_prepare (db, sql, values, n_values, error);
  int step;

  if (statement == NULL)
    return FALSE;
  while ((step = guise_db_step (db, statement, error)) > 0) {
  }
  return step == 0;
}

gint64
guise_db_get_int_values (GuiseDb *db, gboolean *ok, gint64 none, const char *sql,
                         const GuiseValue *values, size_t n_values, GError **error)
{
  sqlite3_stmt *statement = guise_db_prepare (db, sql, values, n_values, error);
  int step = statement != NULL ? guise_db_step (db, statement, error) : -1;
  gint64 number = none;

  *ok = step >= 0;
  if (step > 0) {
    if (sqlite3_column_type (statement, 0) != SQLITE_NULL)
      number = sqlite3_column_int64 (statement, 0);
    guise_db_reset (statement);
  }
  return number;
}

gboolean
guise_db_execute (GuiseDb *db, const char *sql, GError **error)
{
  int code = sqlite3_exec (db->handle, sql, NULL, NULL, NULL);

  if (code != SQLITE_OK)
    set_error (db, code, error);
  return code == SQLITE_OK;
}

gint64
guise_db_get_last_id (GuiseDb *db)
{
  return sqlite3_last_insert_rowid (db->handle);
}

int
guise_db_get_n_changed (GuiseDb *db)
{
  return sqlite3_changes (db->handle);
}

char *
guise_db_dup_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *)sqlite3_column_text (statement, column));
}

char *
guise_db_dup_bytes (sqlite3_stmt *statement, int column)
{
  const void *bytes = sqlite3_column_blob (statement, column);

  return bytes != NULL ? g_strndup (bytes, sqlite3_column_bytes (statement, column)) : NULL;
}

static int
look_at_cancellable (void *data)
{
  return g_cancellable_is_cancelled (data);
}

void
guise_db_set_cancellable (GuiseDb *db, GCancellable *cancellable)
{
  db->cancellable = cancellable;
  if (cancellable != NULL)
    sqlite3_progress_handler (db->handle, CANCEL_INTERVAL, look_at_cancellable, cancellable);
  else
    sqlite3_progress_handler (db->handle, 0, NULL, NULL);
}

/* Within a read transaction of `from`, so that the steps see one state. */
static gboolean
copy_pages (GuiseDb *from, GuiseDb *to, GCancellable *cancellable, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to->handle, "main", from->handle, "main");
  int code, end;

  if (backup == NULL) {
    set_error (to, sqlite3_errcode (to->handle), error);
    return FALSE;
  }
  do
    code = g_cancellable_is_cancelled (cancellable) ? SQLITE_INTERRUPT
                                                    : sqlite3_backup_step (backup, COPY_PAGES);
  while (code == SQLITE_OK);
  end = sqlite3_backup_finish (backup);
  if (code == SQLITE_DONE && end == SQLITE_OK)
    return TRUE;
  set_error (to, code == SQLITE_INTERRUPT || end == SQLITE_OK ? code : end, error);
  return FALSE;
}

/* The pages say that there is a WAL, as they do in the original. */
static gboolean
leave_wal (GuiseDb *db, GError **error)
{
  gboolean ok;

  if (!guise_db_execute (db, "PRAGMA journal_mode=DELETE", error))
    return FALSE;
  if (guise_db_get_int (db, &ok, 0, error,
                        "SELECT journal_mode = 'delete' FROM pragma_journal_mode")
      == 1)
    return TRUE;
  if (ok)
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
                 "cannot copy the database: '%s': its journal cannot be changed", db->path);
  return FALSE;
}

gboolean
guise_db_copy (GuiseDb *from, GuiseDb *to, GCancellable *cancellable, GError **error)
{
  gboolean ok;

  if (!guise_db_execute (to, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF", error)
      || !guise_db_execute (from, "BEGIN", error))
    return FALSE;
  guise_db_get_int (from, &ok, 0, error, "SELECT count(*) FROM sqlite_schema");
  ok = ok && copy_pages (from, to, cancellable, error);
  guise_db_execute (from, "COMMIT", NULL);
  return ok && leave_wal (to, error);
}

void
guise_db_empty_wal (GuiseDb *db)
{
  if (!db->broken)
    guise_db_execute (db, "PRAGMA busy_timeout=0; PRAGMA wal_checkpoint(TRUNCATE)", NULL);
}

gboolean
guise_db_is_broken (GuiseDb *db)
{
  return db->broken;
}
