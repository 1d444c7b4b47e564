/* Opening: what is ours, what is not, what is broken, and who may write. */
#include "guise-cache.h"
#include "guise-schema.h"
#include "guise-store-private.h"
#include "guise-store-runs.h"
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *program; /* this test, for its children */

static char *
database_path (const char *folder)
{
  return g_build_filename (folder, "guise.db", NULL);
}

static void
assert_refused (const char *folder, int code, const char *part)
{
  GError *error = NULL;
  GuiseStore *store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);

  g_assert_null (store);
  g_assert_error (error, GUISE_STORE_ERROR, code);
  g_assert_nonnull (strstr (error->message, part));
  g_clear_error (&error);
}

static void
test_create_and_reopen (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  GError *error = NULL;
  g_autofree char *wal = g_build_filename (folder, "guise.db-wal", NULL);
  g_autofree char *value = NULL;

  g_assert_null (guise_store_create (folder, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (guise_store_set_setting (store, "lambda", "0.25", &error));
  g_object_unref (store);
  g_assert_false (g_file_test (wal, G_FILE_TEST_EXISTS)); /* the last one out checkpoints */
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_no_error (error);
  value = guise_store_get_setting (store, "lambda", &error);
  g_assert_cmpstr (value, ==, "0.25");
  g_assert_true (guise_store_set_setting (store, "lambda", NULL, &error));
  g_assert_null (guise_store_get_setting (store, "lambda", &error));
  g_assert_no_error (error);
  g_assert_cmpint (fixture_count (store, ""), ==, 8);
  guise_store_close (store);
  g_assert_null (guise_store_list_datasets (store, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED);
  g_clear_error (&error);
  g_object_unref (store);
  fixture_remove (folder);
}

static gboolean
read_pragma (GuiseDb *db, gpointer data, GuiseStoreChange *change, GError **error)
{
  gboolean ok;

  g_assert_cmpint (guise_db_get_int (db, &ok, -1, error, "PRAGMA synchronous"), ==, 2);
  g_assert_cmpint (guise_db_get_int (db, &ok, -1, error,
                                     "SELECT journal_mode = ? FROM pragma_journal_mode",
                                     GUISE_TEXT (data)),
                   ==, 1);
  g_assert_cmpint (guise_db_get_int (db, &ok, -1, error, "PRAGMA foreign_keys"), ==, 1);
  return TRUE;
}

static void
test_pragmas (void)
{
  char *folder = fixture_closed_store (4);
  GError *error = NULL;
  GuiseStore *store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);

  g_assert_true (guise_store_write (store, read_pragma, (gpointer) "wal", &error));
  g_object_unref (store);
  /* As on a network file system: no WAL, one connection, everything else the same. */
  store = guise_store_open_full (folder, GUISE_STORE_READ_WRITE, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_is_on_network (store));
  g_assert_true (guise_store_write (store, read_pragma, (gpointer) "delete", &error));
  g_assert_true (guise_store_edit_caption (store, 1, -1, "over the wire", &error));
  g_assert_cmpint (fixture_count (store, "text ~ wire"), ==, 1);
  g_object_unref (store);
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_cmpint (fixture_count (store, "text ~ wire"), ==, 1);
  g_object_unref (store);
  fixture_remove (folder);
}

static sqlite3_vfs *real_vfs;
static sqlite3_io_methods old_methods;

/* The database's file as a file system without shared memory has it. */
static int
open_without_memory (sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
  int code = real_vfs->xOpen (real_vfs, name, file, flags, out);

  if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB)) {
    old_methods = *file->pMethods;
    old_methods.iVersion = 1;
    file->pMethods = &old_methods;
  }
  return code;
}

static void
test_no_wal (void)
{
  char *folder = fixture_folder ();
  sqlite3_vfs vfs;
  GError *error = NULL;

  real_vfs = sqlite3_vfs_find (NULL);
  vfs = *real_vfs;
  vfs.zName = "without-memory";
  vfs.xOpen = open_without_memory;
  g_assert_cmpint (sqlite3_vfs_register (&vfs, TRUE), ==, SQLITE_OK);
  g_assert_null (guise_store_create (folder, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "its journal is 'delete' and cannot be made 'wal'"));
  g_clear_error (&error);
  sqlite3_vfs_unregister (&vfs);
  sqlite3_vfs_register (real_vfs, TRUE);
  fixture_remove (folder);
}

static gpointer
close_store (gpointer store)
{
  guise_store_close (store);
  return NULL;
}

/* Reads until the store is closed; says how that looked. */
static gpointer
read_until_closed (gpointer store)
{
  GError *error = NULL;
  GPtrArray *datasets;

  while ((datasets = guise_store_list_datasets (store, &error)) != NULL)
    g_ptr_array_unref (datasets);
  return error;
}

/* Closing while the one connection of a network file system is in use, and asked for. */
static void
test_close_while_reading (void)
{
  char *folder = fixture_closed_store (4);

  for (int i = 0; i < 20; i++) {
    GError *error = NULL;
    g_autoptr (GuiseStore) store
        = guise_store_open_full (folder, GUISE_STORE_READ_WRITE, TRUE, &error);
    GThread *readers[2], *closer;
    GuiseDb *db;
    gboolean ok;

    g_assert_no_error (error);
    g_assert_true (guise_store_set_setting (store, "lambda", "0.5", &error)); /* to be announced */
    for (int r = 0; r < 2; r++)
      readers[r] = g_thread_new ("reader", read_until_closed, store);
    db = guise_store_borrow (store, NULL, &error);
    g_assert_no_error (error);
    closer = g_thread_new ("closer", close_store, store);
    g_main_context_iteration (NULL, FALSE); /* announces it, perhaps beside the closing */
    g_usleep (i * 100);
    g_assert_cmpint (guise_db_get_int (db, &ok, -1, &error, "SELECT count(*) FROM images"), ==, 8);
    guise_store_give_back (store, db);
    g_thread_join (closer);
    for (int r = 0; r < 2; r++) {
      g_autoptr (GError) seen = g_thread_join (readers[r]);

      g_assert_error (seen, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED);
    }
    g_assert_null (guise_store_borrow (store, NULL, &error));
    g_clear_error (&error);
  }
  fixture_remove (folder);
}

static void
test_foreign_files (void)
{
  char *folder = fixture_closed_store (4);
  g_autofree char *path = database_path (folder);
  g_autofree char *other = g_build_filename (folder, "other.db", NULL);
  g_autofree char *garbage = g_strnfill (9000, 'g');
  GError *error = NULL;

  fixture_tamper (folder, "PRAGMA user_version=99");
  assert_refused (folder, GUISE_STORE_ERROR_NEWER, "99");
  fixture_tamper (folder, "PRAGMA user_version=2147483647");
  assert_refused (folder, GUISE_STORE_ERROR_NEWER, "2147483647");
  fixture_tamper (folder, "PRAGMA user_version=1; PRAGMA application_id=7");
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "another program");
  fixture_tamper (folder, "PRAGMA application_id=0");
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "another program");
  g_assert_true (g_file_set_contents (path, garbage, -1, NULL));
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "not a database");
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "empty");
  g_unlink (path);
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "no guise.db");
  g_mkdir (path, 0755);
  assert_refused (folder, GUISE_STORE_ERROR_NOT_A_PROJECT, "no guise.db");
  g_rmdir (path);
  g_assert_true (g_file_set_contents (other, "", 0, NULL));
  g_assert_cmpint (symlink (other, path), ==, 0);
  assert_refused (folder, GUISE_STORE_ERROR_FAILED, "a link, which is not followed");
  g_assert_null (guise_store_open ("/no/such/folder", GUISE_STORE_READ_WRITE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  fixture_remove (folder);
}

static void
test_truncated (void)
{
  char *folder = fixture_closed_store (4);
  g_autofree char *path = database_path (folder);
  struct stat info;
  GError *error = NULL;

  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (truncate (path, info.st_size / 2), ==, 0);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);
  g_clear_error (&error);
  fixture_remove (folder);
}

/* One byte of a copy is turned over: the store refuses to open, or reads without falling over. */
static void
test_flipped_bytes (void)
{
  char *folder = fixture_closed_store (4);
  g_autofree char *path = database_path (folder);
  g_autofree char *data = NULL;
  gsize size;
  guint n_refused = 0;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  for (gsize at = 20; at < size; at += 1 + size / 150) {
    GError *error = NULL;
    GuiseStore *store;

    data[at] = (char)(data[at] ^ 0x55);
    g_assert_true (g_file_set_contents (path, data, (gssize)size, NULL));
    store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
    if (store != NULL) {
      g_autoptr (GArray) ids = guise_store_list_images (store, NULL, GUISE_SORT_PATH, NULL, NULL);
      g_autoptr (GPtrArray) captions = guise_store_list_captions (store, 1, NULL);

      g_object_unref (store);
    }
    n_refused += error != NULL;
    g_clear_error (&error);
    data[at] = (char)(data[at] ^ 0x55);
  }
  g_assert_cmpuint (n_refused, >, 0);
  fixture_remove (folder);
}

static void
test_hostile_schema (void)
{
  char *folder = fixture_closed_store (4);
  GError *error = NULL;
  GuiseStore *store;

  fixture_tamper (folder, "CREATE TRIGGER bad AFTER UPDATE ON captions BEGIN "
                          "DELETE FROM operations; UPDATE captions SET text = 'owned'; END");
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_edit_caption (store, 1, -1, "mine", &error));
  g_assert_cmpint (fixture_count (store, "text = owned"), ==, 0);
  g_object_unref (store);
  fixture_remove (folder);
}

static void
test_reader_beside_writer (void)
{
  char *folder = fixture_folder ();
  GuiseStore *writer = fixture_store (folder, 4);
  GError *error = NULL;
  GuiseStore *reader = guise_store_open (folder, GUISE_STORE_READ_ONLY, &error);
  const gint64 id = 1;

  g_assert_no_error (error);
  g_assert_true (guise_store_is_read_only (reader));
  g_assert_true (guise_store_edit_caption (writer, 1, -1, "fresh", &error));
  g_assert_cmpint (fixture_count (reader, "text = fresh"), ==, 1);
  g_assert_false (guise_store_edit_caption (reader, 1, -1, "other", &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  g_assert_false (guise_store_set_caption_state (reader, &id, 1, GUISE_STATE_FLAGGED, &error));
  g_clear_error (&error);
  g_assert_null (guise_store_undo (reader, &error));
  g_clear_error (&error);
  g_object_unref (reader);
  g_object_unref (writer);
  fixture_remove (folder);
}

static goffset
get_wal_size (const char *folder)
{
  g_autofree char *wal = g_build_filename (folder, "guise.db-wal", NULL);
  struct stat info;

  return stat (wal, &info) == 0 ? info.st_size : 0;
}

/* A reader that stays longer than the writer cannot bring the WAL in: the writer has. */
static void
test_reader_stays (void)
{
  char *folder = fixture_folder ();
  GuiseStore *writer = fixture_store (folder, 4), *reader;
  GError *error = NULL;

  reader = guise_store_open (folder, GUISE_STORE_READ_ONLY, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_edit_caption (writer, 1, -1, "fresh", &error));
  g_assert_cmpint (get_wal_size (folder), >, 0);
  g_object_unref (writer);
  g_assert_cmpint (get_wal_size (folder), ==, 0);
  g_assert_cmpint (fixture_count (reader, "text = fresh"), ==, 1);
  g_object_unref (reader);
  g_assert_cmpint (get_wal_size (folder), ==, 0);
  fixture_remove (folder);
}

static void
test_replaced_while_open (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 4);
  g_autofree char *path = database_path (folder);
  g_autofree char *aside = g_strconcat (path, ".aside", NULL);
  GError *error = NULL;

  g_assert_cmpint (g_rename (path, aside), ==, 0);
  g_assert_false (guise_store_edit_caption (store, 1, -1, "lost?", &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);
  g_clear_error (&error);
  g_assert_cmpint (g_rename (aside, path), ==, 0);
  g_assert_true (guise_store_edit_caption (store, 1, -1, "kept", &error));
  g_object_unref (store);
  fixture_remove (folder);
}

/* A child of this test as another role; its standard output is a pipe. */
static int
spawn_child (const char *role, const char *folder, GPid *pid)
{
  const char *argv[] = { program, role, folder, NULL };
  GError *error = NULL;
  int output;

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, pid,
                            NULL, &output, NULL, &error);
  g_assert_no_error (error);
  return output;
}

static int
reap (GPid pid)
{
  int status;

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  return status;
}

/* Runs this program with the option on a folder that nobody may write to: it ends with 0, or with
 * 77 where it cannot be another user. */
static void
assert_child_without_writing (const char *option, const char *folder)
{
  GPid pid;
  int output, status;

  g_assert_cmpint (chmod (folder, 0555), ==, 0);
  output = spawn_child (option, folder, &pid);
  status = reap (pid);
  close (output);
  g_assert_cmpint (chmod (folder, 0755), ==, 0);
  g_assert_true (WIFEXITED (status));
  if (WEXITSTATUS (status) == 77)
    g_test_skip ("cannot become another user");
  else
    g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

/* Edits caption 1 for ever, and says which edit has returned. */
static int
child_edit (const char *folder)
{
  GuiseStore *store = guise_store_open (folder, GUISE_STORE_READ_WRITE, NULL);

  for (guint32 i = 1; store != NULL; i++) {
    g_autofree char *text = g_strdup_printf ("%u", i);

    if (!guise_store_edit_caption (store, 1, -1, text, NULL)
        || write (STDOUT_FILENO, &i, sizeof i) != sizeof i)
      break;
  }
  return 1;
}

static void
test_kill (void)
{
  for (guint32 wanted = 1; wanted < 40; wanted += 6) {
    char *folder = fixture_closed_store (4);
    GError *error = NULL;
    GPid pid;
    int output = spawn_child ("--child-edit", folder, &pid);
    guint32 seen = 0, next;
    GuiseStore *store;
    g_autofree char *text = NULL;
    g_autoptr (GPtrArray) history = NULL;

    while (seen < wanted && read (output, &next, sizeof next) == sizeof next)
      seen = next;
    kill (pid, SIGKILL);
    g_assert_true (WIFSIGNALED (reap (pid)));
    while (read (output, &next, sizeof next) == sizeof next)
      seen = next;
    close (output);
    store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
    g_assert_no_error (error);
    text = fixture_text (store, 1);
    g_assert_cmpuint (seen, >=, wanted);
    g_assert_cmpint (atoi (text), >=, seen); /* what was reported is there */
    history = guise_store_get_caption_history (store, 1, &error);
    g_assert_cmpint (history->len, ==, atoi (text)); /* and the log agrees */
    g_object_unref (store);
    fixture_remove (folder);
  }
}

/* Without the right to write: opens for reading, as a user who is not root. */
static int
child_read_only (const char *folder)
{
  GError *error = NULL;
  GuiseStore *store;

  if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 77;
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  if (store != NULL || error == NULL)
    return 1;
  g_clear_error (&error);
  store = guise_store_open (folder, GUISE_STORE_READ_ONLY, &error);
  if (store == NULL) {
    g_printerr ("%s\n", error->message);
    return 2;
  }
  if (fixture_count (store, "") != 8)
    return 3;
  if (guise_store_edit_caption (store, 1, -1, "no", &error)
      || !g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY))
    return 4;
  g_clear_error (&error);
  g_object_unref (store);
  return 0;
}

static void
test_read_only_folder (void)
{
  char *folder = fixture_closed_store (4);
  g_autofree char *path = database_path (folder), *wal = g_strconcat (path, "-wal", NULL);

  g_assert_true (g_file_set_contents (wal, "", 0, NULL)); /* says as much as none */
  g_assert_cmpint (chmod (path, 0444), ==, 0);
  assert_child_without_writing ("--child-read-only", folder);
  fixture_remove (folder);
}

/* The same folder with something in the WAL: not read as if it were not there. */
static int
child_unfinished (const char *folder)
{
  g_autoptr (GError) error = NULL;

  if (geteuid () == 0 && (setgid (65534) != 0 || setuid (65534) != 0))
    return 77;
  if (guise_store_open (folder, GUISE_STORE_READ_ONLY, &error) != NULL)
    return 1;
  return g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY)
                 && strstr (error->message, "copy the project elsewhere") != NULL
             ? 0
             : 2;
}

static void
test_unfinished (void)
{
  char *folder = fixture_closed_store (4);
  g_autofree char *path = database_path (folder), *wal = g_strconcat (path, "-wal", NULL);

  g_assert_true (g_file_set_contents (wal, "frames", -1, NULL));
  assert_child_without_writing ("--child-unfinished", folder);
  fixture_remove (folder);
}

static void
test_cache (void)
{
  char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "cache.db", NULL);
  GuiseIndexEntry entry = { .run = (char *)"tiny",
                            .splits = (char *)"test",
                            .path = (char *)"runs/tiny/test.gidx",
                            .storage = (char *)"float16",
                            .precision = (char *)"bfloat16",
                            .dim = 256,
                            .count = 100 };
  GError *error = NULL;
  g_autoptr (GuiseIndexEntry) found = NULL;
  g_autoptr (GPtrArray) all = NULL;
  GuiseCache *cache = guise_cache_open (folder, &error);
  GuiseCache *second = guise_cache_open (folder, &error); /* beside it */

  g_assert_no_error (error);
  g_assert_true (guise_cache_put_index (cache, &entry, &error));
  entry.count = 120;
  g_assert_true (guise_cache_put_index (second, &entry, &error));
  found = guise_cache_get_index (cache, "tiny", "test", &error);
  g_assert_cmpuint (found->count, ==, 120);
  g_assert_cmpstr (found->path, ==, "runs/tiny/test.gidx");
  g_assert_cmpstr (found->storage, ==, "float16");
  g_assert_cmpstr (found->precision, ==, "bfloat16");
  g_assert_null (guise_cache_get_index (cache, "tiny", "train", &error));
  g_assert_no_error (error);
  g_object_unref (cache);
  g_object_unref (second);
  g_assert_true (g_file_set_contents (path, "garbage that is no database", -1, NULL));
  cache = guise_cache_open (folder, &error);
  g_assert_no_error (error);
  all = guise_cache_list_indexes (cache, NULL, &error);
  g_assert_cmpuint (all->len, ==, 0);
  guise_cache_close (cache);
  g_assert_false (guise_cache_put_index (cache, &entry, &error));
  g_clear_error (&error);
  g_object_unref (cache);
  fixture_remove (folder);
}

static void
test_runs (void)
{
  char *folder = fixture_folder ();
  GuiseStore *store = fixture_store (folder, 1);
  GuiseRun run = { .name = (char *)"a",
                   .preset = (char *)"tiny",
                   .seed = 3,
                   .state = (char *)"running",
                   .folder = (char *)"runs/a" };
  GError *error = NULL;
  gint64 id = guise_store_put_run (store, &run, &error);
  g_autoptr (GuiseRun) found = NULL;
  g_autoptr (GPtrArray) runs = NULL;

  run.state = (char *)"done";
  run.metrics = (char *)"{\"r1\":45.5}";
  g_assert_cmpint (guise_store_put_run (store, &run, &error), ==, id);
  run.name = (char *)"b";
  g_assert_cmpint (guise_store_put_run (store, &run, &error), >, id);
  found = guise_store_get_run (store, "a", &error);
  g_assert_cmpstr (found->state, ==, "done");
  g_assert_cmpstr (found->metrics, ==, "{\"r1\":45.5}");
  g_assert_cmpint (found->seed, ==, 3);
  g_assert_cmpint (found->created, >, 0);
  runs = guise_store_list_runs (store, &error);
  g_assert_cmpuint (runs->len, ==, 2);
  g_assert_cmpstr (((GuiseRun *)runs->pdata[0])->name, ==, "b");
  g_assert_true (guise_store_remove_run (store, "a", &error));
  g_assert_false (guise_store_remove_run (store, "a", &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (guise_store_get_run (store, "a", &error));
  g_clear_error (&error);
  g_object_unref (store);
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  program = argv[0];
  if (argc == 3 && strcmp (argv[1], "--child-edit") == 0)
    return child_edit (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--child-read-only") == 0)
    return child_read_only (argv[2]);
  if (argc == 3 && strcmp (argv[1], "--child-unfinished") == 0)
    return child_unfinished (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/open/create-and-reopen", test_create_and_reopen);
  g_test_add_func ("/store/open/pragmas", test_pragmas);
  g_test_add_func ("/store/open/no-wal", test_no_wal);
  g_test_add_func ("/store/open/close-while-reading", test_close_while_reading);
  g_test_add_func ("/store/x12-foreign-files", test_foreign_files);
  g_test_add_func ("/store/open/truncated", test_truncated);
  g_test_add_func ("/store/x11-flipped-bytes", test_flipped_bytes);
  g_test_add_func ("/store/x12-hostile-schema", test_hostile_schema);
  g_test_add_func ("/store/open/reader-beside-writer", test_reader_beside_writer);
  g_test_add_func ("/store/x05-reader-stays", test_reader_stays);
  g_test_add_func ("/store/x09-replaced", test_replaced_while_open);
  g_test_add_func ("/store/x05-read-only-folder", test_read_only_folder);
  g_test_add_func ("/store/x05-unfinished", test_unfinished);
  g_test_add_func ("/store/x01-kill-while-editing", test_kill);
  g_test_add_func ("/store/cache", test_cache);
  g_test_add_func ("/store/runs", test_runs);
  return g_test_run ();
}
