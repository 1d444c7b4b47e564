/* What an open project meets: a full or failing disk, a file taken away, journals of strangers,
 * hostile schemas, few descriptors, readers that stay. */
#include "fault-loop.h"
#include "guise-check.h"
#include "guise-store-private.h"
#include "store-fixture.h"
#include "temp-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  char *folder;
  char *path;
  GuiseStore *store;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = fault_make_project ();
  fixture->path = g_build_filename (fixture->folder, "guise.db", NULL);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fault_disarm ();
  g_clear_object (&fixture->store);
  fixture_remove (fixture->folder);
  g_free (fixture->path);
}

static void
assert_edit (Fixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stored = NULL;

  g_assert_true (guise_store_edit_caption (fixture->store, 3, -1, text, &error));
  g_assert_no_error (error);
  stored = fixture_text (fixture->store, 3);
  g_assert_cmpstr (stored, ==, text);
}

static void
assert_no_edit (Fixture *fixture, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_store_edit_caption (fixture->store, 3, -1, "in vain", &error));
  g_assert_error (error, GUISE_STORE_ERROR, code);
  g_assert_nonnull (strstr (error->message, fixture->path));
}

/* No room for the indexes that are to be built anew: nothing is called lost, and with room they
 * are. */
static void
test_repair_disk_full (Fixture *fixture, gconstpointer data)
{
  gboolean happened = TRUE, repaired = FALSE;
  guint n_full = 0;

  g_clear_object (&fixture->store);
  for (long at = 1; happened || !repaired; at++) {
    g_autoptr (GPtrArray) findings = NULL;
    gboolean passing = FALSE;

    if (repaired || at == 1)
      fixture_damage_index (fixture->folder);
    fault_arm (fixture->folder, &(Fault){ FAULT_ERROR, FAULT_ON_WRITE, at, TRUE, ENOSPC });
    findings = guise_check (fixture->folder, TRUE, NULL, NULL);
    happened = fault_has_happened ();
    fault_disarm ();
    g_assert_cmpuint (findings->len, >, 0);
    repaired = TRUE;
    for (guint i = 0; i < findings->len; i++) {
      const GuiseFinding *finding = findings->pdata[i];

      g_assert_false (finding->lost);
      repaired = repaired && finding->repaired;
      passing = passing || finding->passing;
      n_full += finding->passing && strstr (finding->text, "the disk is full") != NULL;
    }
    g_assert_true (repaired || passing);
  }
  g_assert_cmpuint (n_full, >, 2);
}

/* The text that was refused can be stored as soon as there is room, by the same open project. */
static void
test_room_again (Fixture *fixture, gconstpointer data)
{
  const Fault fault = { FAULT_ERROR, FAULT_ON_WRITE, 1, TRUE, ENOSPC };

  assert_edit (fixture, "before"); /* descriptors of the WAL are open by now */
  g_clear_object (&fixture->store);
  fault_arm (fixture->folder, &(Fault){ FAULT_NONE, FAULT_ON_CHANGE });
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  assert_edit (fixture, "counted");
  g_assert_cmpint (fault_get_n_calls (), >, 0);
  fault_rearm (&fault);
  for (int i = 0; i < 3; i++)
    assert_no_edit (fixture, GUISE_STORE_ERROR_FAILED);
  g_assert_true (fault_has_happened ());
  {
    g_autofree char *text = fixture_text (fixture->store, 3); /* reading goes on */

    g_assert_cmpstr (text, ==, "counted");
  }
  fault_disarm ();
  assert_edit (fixture, "there is room again");
}

/* What the kernel dropped when fsync failed cannot be synced by asking again. */
static void
test_failed_sync (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  fault_arm (fixture->folder, &(Fault){ FAULT_NONE, FAULT_ON_CHANGE });
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  assert_edit (fixture, "synced");
  fault_rearm (&(Fault){ FAULT_ERROR, FAULT_ON_SYNC, 1, FALSE, EIO });
  assert_no_edit (fixture, GUISE_STORE_ERROR_FAILED);
  fault_rearm (&(Fault){ FAULT_NONE, FAULT_ON_CHANGE });
  assert_no_edit (fixture, GUISE_STORE_ERROR_READ_ONLY);
  g_assert_cmpint (fault_get_n_calls (), ==, 0); /* it does not even try */
  fault_disarm ();
  g_clear_object (&fixture->store);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  assert_edit (fixture, "opened again");
}

/* No room for what SQLite makes beside the database: that is said, and of which file. */
static void
test_no_room_beside (Fixture *fixture, gconstpointer data)
{
  guint n_shared = 0;

  for (long at = 1;; at++) {
    const Fault fault = { FAULT_ERROR, FAULT_ON_WRITE, at, TRUE, ENOSPC };
    g_autoptr (GError) error = NULL;

    g_clear_object (&fixture->store);
    fault_arm (fixture->folder, &fault);
    fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, &error);
    if (fixture->store != NULL)
      guise_store_edit_caption (fixture->store, 3, -1, at % 2 ? "odd" : "even", &error);
    fault_disarm ();
    if (error == NULL)
      break;
    g_assert_null (strstr (error->message, "I/O error"));
    n_shared += strstr (error->message, "guise.db-shm': the disk is full") != NULL;
  }
  g_assert_cmpuint (n_shared, >, 0);
}

/* ---- the file is taken away ----------------------------------------------------------------- */

static void
test_unlinked (Fixture *fixture, gconstpointer data)
{
  assert_edit (fixture, "before");
  g_assert_cmpint (g_unlink (fixture->path), ==, 0);
  assert_no_edit (fixture, GUISE_STORE_ERROR_DAMAGED);
}

static void
test_cut (Fixture *fixture, gconstpointer data)
{
  assert_edit (fixture, "before");
  g_assert_cmpint (truncate (fixture->path, 8192), ==, 0);
  assert_no_edit (fixture, GUISE_STORE_ERROR_DAMAGED);
}

/* As cp does: the same inode with other bytes. */
static void
test_written_over (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;
  FILE *file;

  assert_edit (fixture, "before");
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));
  file = fopen (fixture->path, "r+e");
  g_assert_cmpuint (fwrite (bytes, 1, size, file), ==, size);
  fclose (file);
  assert_no_edit (fixture, GUISE_STORE_ERROR_DAMAGED);
}

/* ---- journals ------------------------------------------------------------------------------- */

/* A copy of the project as kill leaves it, with a WAL; the copy's folder. */
static char *
copy_with_wal (Fixture *fixture)
{
  g_autofree char *wal = g_strconcat (fixture->path, "-wal", NULL);
  char *copy = fault_make_folder ();
  struct stat info;

  assert_edit (fixture, "only in the WAL");
  temp_folder_copy (fixture->folder, copy);
  g_assert_cmpint (stat (wal, &info), ==, 0);
  g_assert_cmpint (info.st_size, >, 0);
  return copy;
}

/* Whole, with or without what the journal had; or refused as damaged. Never anything else. */
static void
assert_whole_or_refused (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);

  if (project == NULL) {
    g_assert_true (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED)
                   || g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
                   || g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED));
    return;
  }
  guise_project_close (project);
  fault_assert_whole (folder);
}

static void
test_wal_deleted (Fixture *fixture, gconstpointer data)
{
  char *copy = copy_with_wal (fixture);
  g_autofree char *wal = g_build_filename (copy, "guise.db-wal", NULL);

  g_assert_cmpint (g_unlink (wal), ==, 0);
  assert_whole_or_refused (copy);
  fixture_remove (copy);
}

static void
test_wal_swapped (Fixture *fixture, gconstpointer data)
{
  char *copy = copy_with_wal (fixture), *other = fault_make_folder ();
  g_autofree char *from = g_build_filename (copy, "guise.db-wal", NULL);
  g_autofree char *to = g_build_filename (other, "guise.db-wal", NULL);

  g_object_unref (fixture_store (other, 40)); /* many more pages */
  g_assert_cmpint (g_rename (from, to), ==, 0);
  assert_whole_or_refused (other);
  fixture_remove (copy);
  fixture_remove (other);
}

static void
test_foreign_journal (Fixture *fixture, gconstpointer data)
{
  char *copy = copy_with_wal (fixture);
  g_autofree char *journal = g_build_filename (copy, "guise.db-journal", NULL);
  g_autofree char *bytes = g_malloc0 (9000);

  memcpy (bytes, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7\0\0\0\1", 12); /* a hot one, of one page */
  g_assert_true (g_file_set_contents (journal, bytes, 9000, NULL));
  assert_whole_or_refused (copy);
  fixture_remove (copy);
}

/* ---- hostile schemas ------------------------------------------------------------------------ */

static void
test_views (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->store);
  fixture_tamper (fixture->folder,
                  "ALTER TABLE captions RENAME TO hidden;"
                  "CREATE VIEW captions AS SELECT *, load_extension ('/tmp/evil') FROM hidden");
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_ONLY, NULL);
  if (fixture->store != NULL) { /* what reads it fails: nothing of the schema is run */
    g_autoptr (GError) error = NULL;

    g_assert_null (guise_store_list_captions (fixture->store, 1, &error));
    g_assert_nonnull (error);
  }
}

static void
test_many_tables (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) sql = g_string_new ("BEGIN;");

  g_clear_object (&fixture->store);
  for (int i = 0; i < 10000; i++)
    g_string_append_printf (sql, "CREATE TABLE t%d (a);", i);
  g_string_append (sql, "COMMIT");
  fixture_tamper (fixture->folder, sql->str);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  g_assert_nonnull (fixture->store);
  assert_edit (fixture, "in spite of them");
}

/* The header claims pages that are not there. */
static void
test_huge_page_count (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int fd;

  g_clear_object (&fixture->store);
  fd = g_open (fixture->path, O_RDWR | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, "\x7f\xff\xff\xff", 4, 28), ==, 4);
  close (fd);
  g_assert_null (guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED);
}

/* ---- resources ------------------------------------------------------------------------------ */

static int
work_with_few_files (const char *folder)
{
  const struct rlimit limit = { 16, 16 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = NULL;
  GuiseDb *readers[32];
  guint n = 0;

  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    return 2;
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  if (store == NULL)
    return 3;
  while (n < G_N_ELEMENTS (readers)
         && (readers[n] = guise_store_borrow (store, NULL, &error)) != NULL) {
    gboolean ok;

    guise_db_get_int (readers[n], &ok, 0, NULL, "SELECT count(*) FROM captions");
    n++;
  }
  if (n == 0 || n == G_N_ELEMENTS (readers) || error == NULL)
    return 4; /* the limit was never met */
  while (n > 0)
    guise_store_give_back (store, readers[--n]);
  g_clear_error (&error);
  return guise_store_edit_caption (store, 3, -1, "with few files", &error) ? 0 : 5;
}

static int
run_child (int (*work) (const char *folder), const char *folder)
{
  pid_t pid = fork ();
  int status;

  if (pid == 0)
    _exit (work (folder));
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

static void
test_few_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_clear_object (&fixture->store);
  g_assert_cmpint (run_child (work_with_few_files, fixture->folder), ==, 0);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  text = fixture_text (fixture->store, 3);
  g_assert_cmpstr (text, ==, "with few files");
}

/* ---- the WAL -------------------------------------------------------------------------------- */

static gint64
get_size (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat info;

  return stat (path, &info) == 0 ? info.st_size : -1;
}

/* Readers that come and go keep nobody from using the WAL again. */
static void
test_wal_bounded (Fixture *fixture, gconstpointer data)
{
  g_autofree char *long_text = g_strnfill (20000, 'x');

  for (int i = 0; i < 1200; i++) {
    g_autofree char *text = g_strdup_printf ("%d %s", i, long_text);
    GuiseDb *reader = guise_store_borrow (fixture->store, NULL, NULL);
    gboolean ok;

    guise_db_get_int (reader, &ok, 0, NULL, "SELECT count(*) FROM captions");
    guise_store_give_back (fixture->store, reader);
    g_assert_true (guise_store_edit_caption (fixture->store, 3, -1, text, NULL));
  }
  g_assert_cmpint (get_size (fixture->folder, "guise.db"), >, 40 << 20);
  g_assert_cmpint (get_size (fixture->folder, "guise.db-wal"), <, 16 << 20);
}

/* What is committed comes into the database by itself, when nothing is written for a while. */
static void
test_idle (Fixture *fixture, gconstpointer data)
{
  struct stat before, now;
  gint64 patience = g_get_monotonic_time () + 120 * G_USEC_PER_SEC;

  g_assert_cmpint (stat (fixture->path, &before), ==, 0);
  assert_edit (fixture, "for the database");
  do {
    g_assert_cmpint (g_get_monotonic_time (), <, patience);
    g_usleep (10000);
    g_assert_cmpint (stat (fixture->path, &now), ==, 0);
  } while (now.st_mtim.tv_sec == before.st_mtim.tv_sec
           && now.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
  assert_edit (fixture, "and it may be written on"); /* that was nobody else's doing */
}

/* ---- network -------------------------------------------------------------------------------- */

static unsigned file_system;

/* In the C library's place. */
int
statfs (const char *path, struct statfs *info)
{
  memset (info, 0, sizeof *info);
  info->f_type = file_system;
  return 0;
}

static void
test_network (Fixture *fixture, gconstpointer data)
{
  static const unsigned servers[]
      = { NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, 0xff534d42u, 0xfe534d42u, 0x65735546u };

  for (size_t i = 0; i < G_N_ELEMENTS (servers); i++) {
    g_autofree char *text = g_strdup_printf ("on server %zu", i);

    g_clear_object (&fixture->store);
    file_system = servers[i];
    fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
    file_system = TMPFS_MAGIC;
    g_assert_true (guise_store_is_on_network (fixture->store));
    assert_edit (fixture, text);
    g_assert_cmpint (get_size (fixture->folder, "guise.db-wal"), ==, -1);
  }
  g_clear_object (&fixture->store);
  fixture->store = guise_store_open (fixture->folder, GUISE_STORE_READ_WRITE, NULL);
  g_assert_false (guise_store_is_on_network (fixture->store));
  assert_edit (fixture, "at home");
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/store/x03-room-again", test_room_again },
    { "/store/x03-no-room-beside", test_no_room_beside },
    { "/store/x03-repair-disk-full", test_repair_disk_full },
    { "/store/x04-failed-sync", test_failed_sync },
    { "/store/x08-network", test_network },
    { "/store/x09-unlinked", test_unlinked },
    { "/store/x09-cut", test_cut },
    { "/store/x09-written-over", test_written_over },
    { "/store/x10-wal-deleted", test_wal_deleted },
    { "/store/x10-wal-swapped", test_wal_swapped },
    { "/store/x10-foreign-journal", test_foreign_journal },
    { "/store/x12-views", test_views },
    { "/store/x12-many-tables", test_many_tables },
    { "/store/x12-huge-page-count", test_huge_page_count },
    { "/store/x19-few-files", test_few_files },
    { "/store/x20-wal-bounded", test_wal_bounded },
    { "/store/x20-idle", test_idle },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].test, tear_down);
  return g_test_run ();
}
