#include "guise-cache.h"

#include "guise-db.h"
#include "guise-store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdlib.h>

#define CACHE_NAME "cache.db"
#define CACHE_APPLICATION_ID 0x47756963 /* "Guic" */
/* Another number and the file is thrown away: nothing in it is worth a migration. */
#define CACHE_VERSION 2

struct _GuiseCache {
  GObject parent_instance;

  pthread_mutex_t lock; /* one connection, one user at a time */
  GuiseDb *db;
};

G_DEFINE_FINAL_TYPE (GuiseCache, guise_cache, G_TYPE_OBJECT)

static const char *const schema[] = {
  "BEGIN IMMEDIATE",
  "CREATE TABLE IF NOT EXISTS embedding_indexes ("
  "  run TEXT NOT NULL,"
  "  splits TEXT NOT NULL,"
  "  path BLOB NOT NULL,"
  "  storage TEXT NOT NULL,"
  "  precision TEXT NOT NULL,"
  "  dim INTEGER NOT NULL,"
  "  count INTEGER NOT NULL,"
  "  created INTEGER NOT NULL,"
  "  PRIMARY KEY (run, splits)) STRICT, WITHOUT ROWID",
  "PRAGMA application_id=" G_STRINGIFY (CACHE_APPLICATION_ID),
  "PRAGMA user_version=" G_STRINGIFY (CACHE_VERSION),
  "COMMIT",
  NULL
};

static gboolean
make_tables (GuiseDb *db, GError **error)
{
  for (const char *const *sql = schema; *sql != NULL; sql++)
    if (!guise_db_execute (db, *sql, error))
      return FALSE;
  return TRUE;
}

static gboolean
is_usable (GuiseDb *db)
{
  gboolean ok;

  if (guise_db_get_int (db, &ok, 0, NULL, "PRAGMA application_id") != CACHE_APPLICATION_ID
      || guise_db_get_int (db, &ok, 0, NULL, "PRAGMA user_version") != CACHE_VERSION)
    return FALSE;
  return guise_db_get_int (db, &ok, 0, NULL,
                           "SELECT quick_check = 'ok' FROM pragma_quick_check (1)")
         == 1;
}

/* NULL when the file is unusable; makes the tables in an empty one. */
static GuiseDb *
try_open (const char *path, GError **error)
{
  g_autoptr (GuiseDb) db = guise_db_open (path, GUISE_DB_CREATE, error);
  gboolean ok;
  gint64 n;

  if (db == NULL
      || !guise_db_execute (db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", error))
    return NULL;
  n = guise_db_get_int (db, &ok, 0, error, "SELECT count(*) FROM sqlite_schema");
  if (!ok)
    return NULL;
  if (n == 0) {
    if (!make_tables (db, error))
      return NULL;
  } else if (!is_usable (db)) {
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED, "cache is damaged: '%s'",
                 path);
    return NULL;
  }
  return g_steal_pointer (&db);
}

static void
throw_away (const char *path)
{
  static const char *const suffixes[] = { "", "-wal", "-shm" };

  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

    g_unlink (name);
  }
}

GuiseCache *
guise_cache_open (const char *folder, GError **error)
{
  g_autoptr (GuiseCache) cache = g_object_new (GUISE_TYPE_CACHE, NULL);
  g_autoptr (GError) local = NULL;
  g_autofree char *path = NULL;
  char *real = realpath (folder, NULL);

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open project: '%s': %s",
                 folder, g_strerror (errno));
    return NULL;
  }
  path = g_build_filename (real, CACHE_NAME, NULL);
  free (real);
  cache->db = try_open (path, &local);
  if (g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED)
      || g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)) {
    throw_away (path);
    cache->db = try_open (path, NULL);
  }
  if (cache->db == NULL) {
    cache->db = guise_db_open (":memory:", GUISE_DB_CREATE, error);
    if (cache->db == NULL || !make_tables (cache->db, error))
      return NULL;
  }
  return g_steal_pointer (&cache);
}

void
guise_cache_close (GuiseCache *cache)
{
  pthread_mutex_lock (&cache->lock);
  g_clear_pointer (&cache->db, guise_db_close);
  pthread_mutex_unlock (&cache->lock);
}

void
guise_index_entry_free (GuiseIndexEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->run);
  g_free (entry->splits);
  g_free (entry->path);
  g_free (entry->storage);
  g_free (entry->precision);
  g_free (entry);
}

static gboolean
check_open (GuiseCache *cache, GError **error)
{
  if (cache->db != NULL)
    return TRUE;
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
               "cannot use the cache: the project is closed");
  return FALSE;
}

gboolean
guise_cache_put_index (GuiseCache *cache, const GuiseIndexEntry *entry, GError **error)
{
  gint64 created = entry->created != 0 ? entry->created : g_get_real_time ();
  gboolean ok;

  pthread_mutex_lock (&cache->lock);
  ok = check_open (cache, error)
       && guise_db_run (cache->db, error,
                        "INSERT OR REPLACE INTO embedding_indexes (run, splits, path, storage,"
                        " precision, dim, count, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        GUISE_TEXT (entry->run), GUISE_TEXT (entry->splits),
                        GUISE_BYTES (entry->path), GUISE_TEXT (entry->storage),
                        GUISE_TEXT (entry->precision), GUISE_INT (entry->dim),
                        GUISE_INT ((gint64)entry->count), GUISE_INT (created));
  pthread_mutex_unlock (&cache->lock);
  return ok;
}

static GPtrArray *
read_entries (GuiseCache *cache, const char *run, const char *splits, GError **error)
{
  g_autoptr (GPtrArray) entries
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_index_entry_free);
  sqlite3_stmt *statement = NULL;
  int step = -1;

  pthread_mutex_lock (&cache->lock);
  if (check_open (cache, error))
    statement = guise_db_query (cache->db, error,
                                "SELECT run, splits, path, storage, precision, dim, count, created "
                                "FROM embedding_indexes WHERE (?1 IS NULL OR run = ?1) "
                                "AND (?2 IS NULL OR splits = ?2) ORDER BY created DESC, run",
                                GUISE_TEXT (run), GUISE_TEXT (splits));
  while (statement != NULL && (step = guise_db_step (cache->db, statement, error)) > 0) {
    GuiseIndexEntry *entry = g_new0 (GuiseIndexEntry, 1);

    entry->run = guise_db_dup_text (statement, 0);
    entry->splits = guise_db_dup_text (statement, 1);
    entry->path = guise_db_dup_bytes (statement, 2);
    entry->storage = guise_db_dup_text (statement, 3);
    entry->precision = guise_db_dup_text (statement, 4);
    entry->dim = (guint)sqlite3_column_int64 (statement, 5);
    entry->count = (guint64)sqlite3_column_int64 (statement, 6);
    entry->created = sqlite3_column_int64 (statement, 7);
    g_ptr_array_add (entries, entry);
  }
  pthread_mutex_unlock (&cache->lock);
  return step == 0 ? g_steal_pointer (&entries) : NULL;
}

GuiseIndexEntry *
guise_cache_get_index (GuiseCache *cache, const char *run, const char *splits, GError **error)
{
  g_autoptr (GPtrArray) entries = read_entries (cache, run, splits, error);

  if (entries == NULL || entries->len == 0)
    return NULL;
  g_ptr_array_set_free_func (entries, NULL);
  return entries->pdata[0];
}

GPtrArray *
guise_cache_list_indexes (GuiseCache *cache, const char *run, GError **error)
{
  return read_entries (cache, run, NULL, error);
}

static void
guise_cache_finalize (GObject *object)
{
  GuiseCache *cache = GUISE_CACHE (object);

  guise_cache_close (cache);
  pthread_mutex_destroy (&cache->lock);
  G_OBJECT_CLASS (guise_cache_parent_class)->finalize (object);
}

static void
guise_cache_class_init (GuiseCacheClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = guise_cache_finalize;
}

static void
guise_cache_init (GuiseCache *cache)
{
  pthread_mutex_init (&cache->lock, NULL);
}
