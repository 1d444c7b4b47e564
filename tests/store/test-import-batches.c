/* How an import writes: few prepared statements that look nothing through, one transaction a
 * batch, nothing at all where nothing is new; and what is left when it is interrupted anywhere. */
#include "guise-store-private.h"
#include "store-fixture.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 2000

/* ---- what the writer's connection does ------------------------------------------------------ */

typedef struct {
  guint n_commits;
  guint n_statements, n_runs; /* of those that ran */
  gint64 n_changes;           /* rows, since the connection was opened */
} Watch;

static int
count_commit (void *data)
{
  ((Watch *)data)->n_commits++;
  return 0;
}

/* On the writer thread: begins to count. */
static gboolean
begin_watch (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  sqlite3 *handle = guise_db_get_handle (db);
  sqlite3_stmt *statement = NULL;

  sqlite3_commit_hook (handle, count_commit, data);
  while ((statement = sqlite3_next_stmt (handle, statement)) != NULL) {
    sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, TRUE);
    sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_SORT, TRUE);
    sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_REPREPARE, TRUE);
    sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_RUN, TRUE);
  }
  return TRUE;
}

/* Statements that stepped through a table, sorted or were prepared again are failures. */
static gboolean
end_watch (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  Watch *watch = data;
  sqlite3 *handle = guise_db_get_handle (db);
  sqlite3_stmt *statement = NULL;

  sqlite3_commit_hook (handle, NULL, NULL);
  watch->n_changes = sqlite3_total_changes64 (handle);
  watch->n_statements = watch->n_runs = 0;
  while ((statement = sqlite3_next_stmt (handle, statement)) != NULL) {
    int n_runs = sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_RUN, FALSE);

    if (n_runs == 0)
      continue;
    g_test_message ("%6d × %.60s", n_runs, sqlite3_sql (statement));
    watch->n_statements++;
    watch->n_runs += (guint)n_runs;
    g_assert_cmpint (sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, FALSE), ==,
                     0);
    g_assert_cmpint (sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_SORT, FALSE), ==, 0);
    g_assert_cmpint (sqlite3_stmt_status (statement, SQLITE_STMTSTATUS_REPREPARE, FALSE), ==, 0);
  }
  return TRUE;
}

/* Imports records of n_persons into the store, watched. */
static Watch
watch_import (GuiseStore *store, guint n_persons, GuiseImportStats *stats)
{
  g_autoptr (GPtrArray) records = fixture_records (n_persons);
  Watch watch = { 0 };

  fixture_add_dataset (store); /* a transaction of its own, not counted */
  g_assert_true (guise_store_write (store, begin_watch, &watch, NULL));
  fixture_import (store, records, stats);
  g_assert_true (guise_store_write (store, end_watch, &watch, NULL));
  watch.n_commits -= 2; /* the data set's, and that of begin_watch itself */
  return watch;
}

static void
test_statements (void)
{
  char *small_folder = fixture_folder (), *large_folder = fixture_folder ();
  GuiseStore *small = guise_store_create (small_folder, NULL);
  GuiseStore *large = guise_store_create (large_folder, NULL);
  GuiseImportStats stats;
  Watch few = watch_import (small, 4, &stats);
  Watch many = watch_import (large, 3 * BATCH / 2 + 5, &stats); /* three batches and ten images */

  g_assert_cmpuint (stats.n_images_added, ==, 3 * BATCH + 10);
  g_assert_cmpuint (few.n_commits, ==, 1);
  g_assert_cmpuint (many.n_commits, ==, 4);
  g_assert_cmpuint (many.n_statements, ==, few.n_statements);
  /* an image with three texts: its labels, itself and its texts are looked up and added */
  g_assert_cmpuint (many.n_runs, <=, 13 * stats.n_images_added);
  g_object_unref (small);
  g_object_unref (large);
  fixture_remove (small_folder);
  fixture_remove (large_folder);
}

static goffset
size_of (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat info;

  return stat (path, &info) == 0 ? info.st_size : 0;
}

static void
test_again (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = guise_store_create (folder, NULL);
  GuiseImportStats first, second;
  Watch before = watch_import (store, BATCH, &first);
  goffset size = size_of (folder, "guise.db") + size_of (folder, "guise.db-wal");
  Watch after = watch_import (store, BATCH, &second);

  g_assert_cmpuint (second.n_images_unchanged, ==, first.n_images_added);
  g_assert_cmpint (after.n_changes, ==, before.n_changes); /* not a row is touched */
  g_assert_cmpint (size_of (folder, "guise.db") + size_of (folder, "guise.db-wal"), ==, size);
  g_object_unref (store);
  fixture_remove (folder);
}

/* ---- interruptions -------------------------------------------------------------------------- */

typedef struct {
  GCancellable *cancellable;
  gint64 n_until, n_after; /* rows still to be written, and written since */
} Interruption;

static void
count_row (void *data, int kind, const char *database, const char *table, sqlite3_int64 id)
{
  Interruption *interruption = data;

  if (interruption->n_until > 0 && --interruption->n_until == 0)
    g_cancellable_cancel (interruption->cancellable);
  else if (interruption->n_until == 0)
    interruption->n_after++;
}

static gboolean
set_interruption (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  sqlite3_update_hook (guise_db_get_handle (db), data != NULL ? count_row : NULL, data);
  return TRUE;
}

/* Cancelled at a row, the import ends with the image that it is at, and the batch is gone. */
static void
test_cancelled (void)
{
  static const gint64 rows[] = { 1, 2, 7, 10001, 15000 };
  g_autoptr (GPtrArray) records = fixture_records (BATCH / 2 + 500); /* a batch and a half */

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    char *folder = fixture_folder ();
    GuiseStore *store = guise_store_create (folder, NULL);
    g_autoptr (GCancellable) cancellable = g_cancellable_new ();
    Interruption interruption = { cancellable, rows[i], 0 };
    gint64 dataset = fixture_add_dataset (store);
    GuiseImportStats stats;
    GError *error = NULL;

    g_assert_true (guise_store_write (store, set_interruption, &interruption, NULL));
    g_assert_false (guise_store_import_records (store, dataset, records, &stats, NULL, NULL,
                                                cancellable, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_error (&error);
    g_assert_cmpint (interruption.n_until, ==, 0);
    g_assert_cmpint (interruption.n_after, <, 8); /* the rows of one image */
    g_assert_true (guise_store_write (store, set_interruption, NULL, NULL));
    g_assert_cmpint (fixture_get_counts (store).n_images % BATCH, ==, 0);
    g_assert_cmpint (fixture_get_counts (store).n_images, ==, stats.n_images_added);
    fixture_import (store, records, &stats);
    g_assert_cmpint (fixture_get_counts (store).n_images, ==, (gint64)records->len);
    g_object_unref (store);
    fixture_remove (folder);
  }
}

/* A process that imports and is killed by the kernel at the write that makes any file longer than
 * `limit` bytes: there is no chance to tidy up. Returns whether it came to its end. */
static gboolean
import_in_child (const char *folder, GPtrArray *records, gsize limit)
{
  const struct rlimit size = { limit, limit }, core = { 0, 0 };
  pid_t child = fork ();
  int status;

  if (child == 0) {
    GuiseImportStats stats;
    GuiseStore *store;

    setrlimit (RLIMIT_FSIZE, &size);
    setrlimit (RLIMIT_CORE, &core);
    signal (SIGXFSZ, SIG_DFL);
    store = guise_store_create (folder, NULL);
    if (store == NULL)
      store = guise_store_open (folder, GUISE_STORE_READ_WRITE, NULL);
    if (store == NULL)
      _exit (2);
    fixture_import (store, records, &stats);
    g_object_unref (store);
    _exit (0);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (WIFEXITED (status))
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  else
    g_assert_cmpint (WTERMSIG (status), ==, SIGXFSZ);
  return WIFEXITED (status);
}

/* Whole batches, each with all that belongs to it. Returns how many images there are. */
static gint64
check_left (const char *folder, gint64 n_images)
{
  GError *error = NULL;
  GuiseStore *store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  GuiseStoreCounts counts;

  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)) {
    g_clear_error (&error); /* it was killed while it made the database */
    return 0;
  }
  g_assert_no_error (error);
  counts = fixture_get_counts (store);
  g_assert_true (counts.n_images % BATCH == 0 || counts.n_images == n_images);
  g_assert_cmpint (counts.captions_by_kind[GUISE_CAPTION_FREE], ==, 2 * counts.n_images);
  g_assert_cmpint (counts.captions_by_kind[GUISE_CAPTION_IDENTITY], ==, counts.n_images);
  g_object_unref (store);
  return counts.n_images;
}

static void
test_killed (void)
{
  char *folder = fixture_folder ();
  g_autoptr (GPtrArray) records = fixture_records (BATCH / 2 + 500);
  gint64 n_images = (gint64)records->len, last = 0;
  guint n_killed = 0, n_partial = 0;
  GuiseImportStats stats;
  GuiseStore *store;
  g_autoptr (GPtrArray) operations = NULL;

  for (gsize limit = 0; last < n_images; limit += MAX (8192, limit / 4)) {
    gint64 n;

    n_killed += !import_in_child (folder, records, limit);
    n = check_left (folder, n_images);
    g_assert_cmpint (n, >=, last);
    n_partial += n > 0 && n < n_images;
    last = n;
  }
  g_test_message ("killed %u times, %u of them with a part of the images", n_killed, n_partial);
  g_assert_cmpuint (n_killed, >, 10);
  g_assert_cmpuint (n_partial, >, 0);
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, NULL);
  fixture_import (store, records, &stats);
  g_assert_cmpuint (stats.n_images_unchanged, ==, records->len);
  operations = guise_store_list_operations (store, 0, NULL);
  for (guint i = 0; i < operations->len; i++) /* each interrupted one is in the history */
    g_assert_cmpstr (((GuiseOperation *)operations->pdata[i])->name, ==, "Import people");
  g_object_unref (store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/import/statements", test_statements);
  g_test_add_func ("/store/import/j16-again", test_again);
  g_test_add_func ("/store/import/j16-cancelled", test_cancelled);
  g_test_add_func ("/store/import/j16-killed", test_killed);
  return g_test_run ();
}
