/* A thin layer over SQLite: opening with everything dangerous switched off, cached statements
 * with typed parameters, errors as GError. For the files of this layer only.
 *
 * A connection is used by one thread at a time; handing it over needs a lock (see
 * guise-store.c). */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

typedef struct _GuiseDb GuiseDb;

typedef enum {
  GUISE_DB_READ_ONLY,
  GUISE_DB_READ_WRITE,
  GUISE_DB_CREATE,
  /* The file will not change while it is open and nothing is written beside it: the only way into
   * a WAL database on a read-only file system. */
  GUISE_DB_IMMUTABLE,
} GuiseDbMode;

/* path: its folder must be free of symbolic links (realpath). Foreign keys on, extensions,
 * double-quoted strings and functions of a hostile schema off, sizes bounded. */
GuiseDb *guise_db_open (const char *path, GuiseDbMode mode, GError **error);
/* Whether there is a WAL with something in it: an empty one says no more than none. */
gboolean guise_db_has_wal (const char *path);
/* Before a connection that may write is closed: SQLite brings the WAL in when the last one closes,
 * but not when that one only reads, in this process or another, and what is left in a WAL cannot be
 * read from a disk that cannot be written. Nobody is waited for; what cannot be done stays
 * undone. */
void guise_db_empty_wal (GuiseDb *db);
/* For reading: beside a writer, or as a file that does not change where nothing can be written
 * beside it and no WAL is there. The file has been read from. */
GuiseDb *guise_db_open_anywhere (const char *path, GError **error);
void guise_db_close (GuiseDb *db);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseDb, guise_db_close)

const char *guise_db_get_path (GuiseDb *db);
/* What to do where the database turns out to be damaged: the end of such messages from now on. */
void guise_db_take_advice (GuiseDb *db, char *advice);
sqlite3 *guise_db_get_handle (GuiseDb *db);

typedef struct {
  enum {
    GUISE_VALUE_INT,
    GUISE_VALUE_TEXT,
    GUISE_VALUE_BYTES,
    GUISE_VALUE_IDS,
  } type;
  gint64 number;
  const char *text;  /* NULL is SQL's NULL; bytes end with a zero that is not stored */
  const GArray *ids; /* of gint64, rising; for is_among(), which see */
} GuiseValue;

#define GUISE_INT(x)                       \
  {                                        \
    .type = GUISE_VALUE_INT, .number = (x) \
  }
#define GUISE_TEXT(x)                     \
  {                                       \
    .type = GUISE_VALUE_TEXT, .text = (x) \
  }
#define GUISE_BYTES(x)                     \
  {                                        \
    .type = GUISE_VALUE_BYTES, .text = (x) \
  }
/* Borrowed until the statement is finalized or bound again. */
#define GUISE_IDS(x)                    \
  {                                     \
    .type = GUISE_VALUE_IDS, .ids = (x) \
  }
/* The cache keeps every SQL text for good: constants of the program only. */
sqlite3_stmt *guise_db_prepare (GuiseDb *db, const char *sql, const GuiseValue *values,
                                size_t n_values, GError **error);

/* guise_db_query (db, error, "SELECT … WHERE id = ?", GUISE_INT (id)): the statement, ready for
 * guise_db_step(); borrowed from the cache, so not for recursion. NULL on error. */
#define guise_db_query(db, error, sql, ...)                       \
  guise_db_prepare (db, sql, (const GuiseValue[]){ __VA_ARGS__ }, \
                    sizeof ((const GuiseValue[]){ __VA_ARGS__ }) / sizeof (GuiseValue), error)

/* For SQL put together at run time: a statement of the caller's own, ended with
 * sqlite3_finalize. */
sqlite3_stmt *guise_db_prepare_once (GuiseDb *db, const char *sql, const GuiseValue *values,
                                     size_t n_values, GError **error);

/* 1: a row; 0: the end; -1: error (G_IO_ERROR_CANCELLED when cancelled). The statement is reset
 * after the last row; call guise_db_reset() when leaving earlier. */
int guise_db_step (GuiseDb *db, sqlite3_stmt *statement, GError **error);
void guise_db_reset (sqlite3_stmt *statement);

/* Runs a statement that returns no rows. */
gboolean guise_db_run_values (GuiseDb *db, const char *sql, const GuiseValue *values,
                              size_t n_values, GError **error);
#define guise_db_run(db, error, sql, ...)                            \
  guise_db_run_values (db, sql, (const GuiseValue[]){ __VA_ARGS__ }, \
                       sizeof ((const GuiseValue[]){ __VA_ARGS__ }) / sizeof (GuiseValue), error)

/* The first column of the first row; `none` when there is no row; *ok FALSE on error. */
#define guise_db_get_int(db, ok, none, error, sql, ...)                                        \
  guise_db_get_int_values (db, ok, none, sql, (const GuiseValue[]){ __VA_ARGS__ },             \
                           sizeof ((const GuiseValue[]){ __VA_ARGS__ }) / sizeof (GuiseValue), \
                           error)
gint64 guise_db_get_int_values (GuiseDb *db, gboolean *ok, gint64 none, const char *sql,
                                const GuiseValue *values, size_t n_values, GError **error);

/* Several statements without parameters: pragmas and schema. */
gboolean guise_db_execute (GuiseDb *db, const char *sql, GError **error);

gint64 guise_db_get_last_id (GuiseDb *db);
/* Rows changed by the last statement. */
int guise_db_get_n_changed (GuiseDb *db);

/* Copies of a column; NULL for SQL's NULL. */
char *guise_db_dup_text (sqlite3_stmt *statement, int column);
char *guise_db_dup_bytes (sqlite3_stmt *statement, int column);

/* From now on statements end with G_IO_ERROR_CANCELLED once it is triggered; NULL takes it back.
 * The caller keeps it alive. */
void guise_db_set_cancellable (GuiseDb *db, GCancellable *cancellable);

/* Copies all pages of `from` as they are at one moment, also while others write, into the empty
 * file `to`, which becomes a file without a WAL. Unsynced. A connection beside both, or a lock as
 * for any use. */
gboolean guise_db_copy (GuiseDb *from, GuiseDb *to, GCancellable *cancellable, GError **error);

/* The last SQLite error was one after which nothing may be written any more (fsync failed,
 * damage). */
gboolean guise_db_is_broken (GuiseDb *db);
