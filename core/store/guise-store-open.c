/* From a folder to an open store. */
#include "guise-backup-private.h"
#include "guise-schema.h"
#include "guise-store-object.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#define DATABASE_NAME "guise.db"

/* Magic numbers that linux/magic.h of Debian 12 has not all of. */
#define MAGIC_CIFS 0xff534d42u
#define MAGIC_SMB2 0xfe534d42u
#define MAGIC_FUSE 0x65735546u

static gboolean
is_network_file_system (const char *folder)
{
  struct statfs info;

  if (statfs (folder, &info) != 0)
    return FALSE;
  switch ((guint32)info.f_type) {
  case NFS_SUPER_MAGIC:
  case SMB_SUPER_MAGIC:
  case MAGIC_CIFS:
  case MAGIC_SMB2:
  case MAGIC_FUSE:
    return TRUE;
  default:
    return FALSE;
  }
}

/* SQLite answers with the journal that there is now and calls it no error when that is another one:
 * where shared memory cannot be had, WAL is refused so. Reading beside the writer would then fail
 * with "locked" at any time, so the project is not opened. */
static gboolean
set_journal (GuiseStore *store, GError **error)
{
  const char *wanted = store->on_network ? "delete" : "wal";
  sqlite3_stmt *statement
      = guise_db_query (store->writer, error,
                        store->on_network ? "PRAGMA journal_mode=DELETE"
                                          : "PRAGMA journal_mode=WAL");
  g_autofree char *got = NULL;

  if (statement == NULL || guise_db_step (store->writer, statement, error) < 0)
    return FALSE;
  got = guise_db_dup_text (statement, 0);
  guise_db_reset (statement);
  if (g_strcmp0 (got, wanted) == 0)
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
               "cannot open: '%s': its journal is '%s' and cannot be made '%s' here; close other "
               "programs that use it, or move the project to a local disk",
               store->path, got != NULL ? got : "unknown", wanted);
  return FALSE;
}

static gboolean
begin_writing (GuiseStore *store, GError **error)
{
  const char *pragmas = "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=1000;"
                        "PRAGMA journal_size_limit=16777216";

  if (!set_journal (store, error) || !guise_db_execute (store->writer, pragmas, error))
    return FALSE;
  if (stat (store->path, &store->seen) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open: '%s': %s",
                 store->path, g_strerror (errno));
    return FALSE;
  }
  return guise_store_start_writer (store, error);
}

/* How to read a database that we do not write: beside a writer as any reader; where nothing can
 * be written beside it, as a file that does not change. */
static gboolean
choose_reader_mode (GuiseStore *store, const char *folder, GError **error)
{
  store->reader_mode = GUISE_DB_READ_ONLY;
  if (store->mode == GUISE_STORE_READ_WRITE || access (folder, W_OK) == 0)
    return TRUE;
  if (guise_db_has_wal (store->path)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot open: '%s': it has unfinished changes in 'guise.db-wal' and its folder "
                 "cannot be written; copy the project elsewhere and open the copy",
                 store->path);
    return FALSE;
  }
  store->reader_mode = GUISE_DB_IMMUTABLE;
  return TRUE;
}

/* Never without a copy of what was there before. */
static gboolean
migrate (GuiseStore *store, const char *folder, int version, GError **error)
{
  g_autofree char *backup = NULL;

  if (version == guise_schema_get_version ())
    return TRUE;
  if (version > 0) {
    backup = guise_backup_make_from (store->writer, folder, NULL, error);
    if (backup == NULL) {
      g_prefix_error (error, "cannot bring the database to the newest format: ");
      return FALSE;
    }
  }
  return guise_schema_migrate (store->writer, version, error);
}

static gboolean
open_database (GuiseStore *store, const char *folder, GuiseDbMode mode, GError **error)
{
  g_autoptr (GuiseDb) db = NULL;
  int version;

  if (!choose_reader_mode (store, folder, error))
    return FALSE;
  db = guise_db_open (store->path, mode == GUISE_DB_READ_ONLY ? store->reader_mode : mode, error);
  if (db == NULL)
    return FALSE;
  /* Before the first access: an exclusive connection needs no shared memory. */
  if (store->on_network && !guise_db_execute (db, "PRAGMA locking_mode=EXCLUSIVE", error))
    return FALSE;
  if (!guise_schema_check (db, &version, error))
    return FALSE;
  if (version == 0 && mode != GUISE_DB_CREATE) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a Guise database: '%s': it is empty", store->path);
    return FALSE;
  }
  if (version > 0 && mode == GUISE_DB_CREATE) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                 "cannot create project: '%s': there is one already", store->path);
    return FALSE;
  }
  if (version > 0 && store->mode != GUISE_STORE_SALVAGE && !guise_schema_verify (db, error))
    return FALSE;
  if (mode == GUISE_DB_READ_ONLY && version < guise_schema_get_version ()) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY,
                 "cannot open: '%s': it has the older format %d and cannot be converted without "
                 "writing; open it for writing once, or copy it elsewhere",
                 store->path, version);
    return FALSE;
  }
  if (mode != GUISE_DB_READ_ONLY || store->reader_mode == GUISE_DB_IMMUTABLE)
    store->texts = guise_texts_new ();
  if (mode == GUISE_DB_READ_ONLY) {
    g_queue_push_head (&store->readers, g_steal_pointer (&db));
    return TRUE;
  }
  store->writer = g_steal_pointer (&db);
  if (!migrate (store, folder, version, error))
    return FALSE;
  return begin_writing (store, error);
}

static GuiseStore *
new_store (const char *folder, GuiseStoreMode mode, gboolean network, GError **error)
{
  char *real = realpath (folder, NULL);
  GuiseStore *store;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open project: '%s': %s",
                 folder, g_strerror (errno));
    return NULL;
  }
  store = g_object_new (GUISE_TYPE_STORE, NULL);
  store->path = g_build_filename (real, DATABASE_NAME, NULL);
  store->mode = mode;
  store->on_network = mode == GUISE_STORE_READ_WRITE && network;
  free (real);
  return store;
}

/* Also where there is none; a link is somebody's own, wherever it leads. */
static gboolean
is_empty (const char *path)
{
  struct stat info;

  return lstat (path, &info) != 0 ? errno == ENOENT
                                  : S_ISREG (info.st_mode) && info.st_size == 0;
}

static gboolean
has_journal (const char *path)
{
  g_autofree char *journal = g_strconcat (path, "-journal", NULL);

  return !is_empty (journal);
}

/* What a killed transaction left is rolled back as at any opening for writing; else nothing is
 * made beside the file. */
static gboolean
holds_no_image (const char *path)
{
  g_autoptr (GuiseDb) db = guise_db_open (
      path, has_journal (path) ? GUISE_DB_READ_WRITE : GUISE_DB_IMMUTABLE, NULL);
  gboolean ok;
  int version;

  if (db == NULL || !guise_schema_check (db, &version, NULL))
    return FALSE;
  return version == 0
         || (guise_db_get_int (db, &ok, 1, NULL, "SELECT EXISTS (SELECT 1 FROM images)") == 0
             && ok);
}

gboolean
guise_store_holds_nothing (const char *folder)
{
  char *real = realpath (folder, NULL);
  g_autofree char *path = real != NULL ? g_build_filename (real, DATABASE_NAME, NULL) : NULL;

  free (real);
  /* what was written last stands in the WAL, which may be all that is left */
  return path != NULL && !guise_db_has_wal (path) && (is_empty (path) || holds_no_image (path));
}

GuiseStore *
guise_store_create (const char *folder, GError **error)
{
  g_autoptr (GuiseStore) store = new_store (folder, GUISE_STORE_READ_WRITE,
                                            is_network_file_system (folder), error);

  g_autofree char *path = NULL;
  gboolean is_ours;

  if (store == NULL)
    return NULL;
  path = g_strdup (store->path);
  is_ours = is_empty (path);
  if (open_database (store, folder, GUISE_DB_CREATE, error))
    return g_steal_pointer (&store);
  g_clear_object (&store);
  if (is_ours)
    guise_backup_remove_file (path);
  return NULL;
}

GuiseStore *
guise_store_open_full (const char *folder, GuiseStoreMode mode, gboolean network, GError **error)
{
  g_autoptr (GuiseStore) store = new_store (folder, mode, network, error);

  if (store == NULL)
    return NULL;
  if (!g_file_test (store->path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a project: '%s': it has no " DATABASE_NAME, folder);
    return NULL;
  }
  if (is_empty (store->path)) { /* SQLite would remove a WAL beside it, which holds edits */
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
                 "not a Guise database: '%s': it is empty", store->path);
    return NULL;
  }
  if (!open_database (store, folder,
                      mode == GUISE_STORE_READ_WRITE ? GUISE_DB_READ_WRITE : GUISE_DB_READ_ONLY,
                      error))
    return NULL;
  return g_steal_pointer (&store);
}

GuiseStore *
guise_store_open (const char *folder, GuiseStoreMode mode, GError **error)
{
  return guise_store_open_full (folder, mode, is_network_file_system (folder), error);
}
