/* Backups, restoring, the copy in JSON Lines, looking for damage, and the databases of earlier
 * formats. */
#include "closed-project.h"
#include "guise-backup.h"
#include "guise-captions-copy.h"
#include "guise-check.h"
#include "guise-project-copies.h"
#include "guise-restore.h"
#include "guise-run-folder.h"
#include "guise-schema.h"
#include "guise-store-private.h"
#include "store-fixture.h"
#include "temp-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- backups -------------------------------------------------------------------------------- */

static void
test_ten_kept (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autofree char *future = g_build_filename (backups, "guise-29990101-000000-000000.db", NULL);
  g_autofree char *newest = NULL;
  g_autoptr (GPtrArray) list = NULL;

  for (int i = 0; i < 12; i++) {
    g_autofree char *text = g_strdup_printf ("text %d", i);

    closed_project_edit (folder, 1, text);
    g_free (newest);
    newest = closed_project_back_up (folder);
    if (i == 0) { /* from before the clock was put right */
      g_assert_cmpint (g_rename (newest, future), ==, 0);
      g_assert_cmpint (link (future, newest), ==, 0);
    }
  }
  list = guise_backup_list (folder, NULL);
  g_assert_cmpuint (list->len, ==, GUISE_BACKUPS_KEPT);
  g_assert_cmpstr (((GuiseBackup *)list->pdata[0])->path, ==, future);
  g_assert_cmpstr (((GuiseBackup *)list->pdata[1])->path, ==, newest);
  for (guint i = 0; i < list->len; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_true (guise_backup_verify (((GuiseBackup *)list->pdata[i])->path, &error));
  }
  g_assert_cmpuint (temp_folder_count (backups, "part"), ==, 0);
  g_assert_cmpuint (temp_folder_count (backups, "-wal"), ==, 0);
  g_assert_cmpuint (temp_folder_count (backups, "-shm"), ==, 0);
  fixture_remove (folder);
}

/* A damaged database is not copied over good backups. */
static void
test_damaged_not_kept (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autofree char *good = closed_project_back_up (folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = NULL;

  fixture_damage_page (folder);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_ONLY, &error));
  g_clear_error (&error);
  store = guise_store_open (folder, GUISE_STORE_SALVAGE, &error);
  g_assert_no_error (error);
  g_assert_true (guise_store_is_read_only (store));
  g_assert_null (guise_backup_make (store, NULL, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 1);
  fixture_remove (folder);
}

static gpointer
keep_editing (gpointer data)
{
  GuiseStore *store = data;
  g_autoptr (GError) error = NULL;

  for (int i = 1; !guise_store_is_read_only (store); i++) {
    g_autofree char *text = g_strdup_printf ("%d", i);
    g_autofree char *stop = guise_store_get_setting (store, "stop", NULL);

    if (stop != NULL)
      break;
    g_assert_true (guise_store_edit_caption (store, 1, -1, text, &error));
    g_assert_no_error (error);
  }
  return NULL;
}

/* Each copy is a moment: the text is as many edits old as the log has. */
static void
test_while_writing (void)
{
  char *folder = closed_project_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  GThread *writer = g_thread_new ("writer", keep_editing, store);
  char *places[6];

  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autofree char *path = guise_backup_make (store, NULL, &error);
    g_autofree char *database = NULL;

    g_assert_no_error (error);
    places[i] = fixture_folder ();
    database = g_build_filename (places[i], "guise.db", NULL);
    g_assert_cmpint (g_rename (path, database), ==, 0);
  }
  g_assert_true (guise_store_set_setting (store, "stop", "now", &error));
  g_thread_join (writer);
  for (size_t i = 0; i < G_N_ELEMENTS (places); i++) {
    g_autoptr (GuiseStore) copy = guise_store_open (places[i], GUISE_STORE_READ_WRITE, &error);
    g_autoptr (GPtrArray) history = NULL;
    g_autofree char *text = NULL;

    g_assert_no_error (error);
    text = fixture_text (copy, 1);
    history = guise_store_get_caption_history (copy, 1, &error);
    if (history->len > 0)
      g_assert_cmpint (atoi (text), ==, history->len);
    g_clear_object (&copy);
    fixture_remove (places[i]);
  }
  g_clear_object (&store);
  fixture_remove (folder);
}

static void
test_cancelled (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_ONLY, &error);

  g_cancellable_cancel (cancellable);
  g_assert_null (guise_backup_make (store, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (guise_captions_copy_write (store, copy, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 0);
  g_assert_cmpuint (temp_folder_count (folder, ".jsonl"), ==, 0);
  fixture_remove (folder);
}

static void
set_age (const char *path, int days)
{
  const struct timespec when = { g_get_real_time () / G_USEC_PER_SEC - days * 86400, 0 };
  const struct timespec times[2] = { when, when };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

/* One a day, and none where nothing was written. */
static void
test_daily (void)
{
  char *folder = closed_project_new ();
  g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);
  g_autofree char *first = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 2; i++) { /* made when the project is closed, once */
    closed_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 1);
    g_assert_true (g_file_test (copy, G_FILE_TEST_EXISTS));
  }
  first = g_steal_pointer (&((GuiseBackup *)guise_backup_list (folder, NULL)->pdata[0])->path);
  set_age (first, 2);
  set_age (copy, 2);
  set_age (database, 3);
  g_assert_false (guise_backup_is_due (folder)); /* nothing was written since */
  g_assert_false (guise_captions_copy_is_due (folder));
  closed_project_edit (folder, 1, "new");
  g_assert_true (guise_backup_is_due (folder));
  closed_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_cmpuint (temp_folder_count (backups, "guise-"), ==, 2);
  g_assert_false (guise_backup_is_due (folder));
  g_assert_false (guise_captions_copy_is_due (folder));
  fixture_remove (folder);
}

/* ---- restoring ------------------------------------------------------------------------------ */

static void
test_restore (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backup = closed_project_back_up (folder);
  g_autofree char *wal = g_build_filename (folder, "guise.db-wal", NULL);
  g_autofree char *kept = g_build_filename (folder, "guise.db.before-restore", NULL);
  g_autofree char *older = g_build_filename (folder, "guise.db.1.before-restore", NULL);
  g_autoptr (GError) error = NULL;

  closed_project_edit (folder, 1, "later");
  g_assert_true (g_file_set_contents (wal, "another database's", -1, NULL));
  g_assert_true (guise_project_restore (folder, backup, NULL, &error));
  g_assert_no_error (error);
  closed_project_assert_text (folder, 1, "person 1 in a red coat");
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (temp_folder_count (folder, "before-restore-wal"), ==, 1);
  g_assert_true (guise_project_restore (folder, backup, NULL, &error));
  g_assert_true (g_file_test (older, G_FILE_TEST_EXISTS)); /* nothing is lost */
  closed_project_assert_text (folder, 1, "person 1 in a red coat");
  fixture_remove (folder);
}

/* What a crash leaves: the last edits stand in the WAL alone. */
static void
edit_and_crash (const char *folder, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_autofree char *wal = g_build_filename (folder, "guise.db-wal", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_no_error (error);
  g_assert_true (guise_store_edit_caption (store, 1, -1, text, &error));
  g_assert_true (g_file_get_contents (wal, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, 0);
  {
    g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
    g_autofree char *before = NULL;
    gsize n;

    g_assert_true (g_file_get_contents (database, &before, &n, NULL));
    g_clear_object (&store); /* brings the WAL in */
    g_assert_true (g_file_set_contents (database, before, (gssize)n, NULL));
  }
  g_assert_true (g_file_set_contents (wal, bytes, (gssize)size, NULL));
}

static void
edit (const char *folder, const char *text)
{
  closed_project_edit (folder, 1, text);
}

static void
restore (const char *folder, const char *name)
{
  g_autofree char *file = g_canonicalize_filename (name, folder);
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_project_restore (folder, file, NULL, &error));
  g_assert_no_error (error);
}

/* The WAL that outlived its database is kept, and beside no other one, which has a WAL too or has
 * none. */
static void
test_restore_orphan_wal (void)
{
  for (int crash = 0; crash < 2; crash++) {
    char *folder = closed_project_new ();
    g_autofree char *backup = closed_project_back_up (folder);
    g_autofree char *database = g_build_filename (folder, "guise.db", NULL);

    edit_and_crash (folder, "in the WAL");
    g_assert_cmpint (g_unlink (database), ==, 0);
    restore (folder, backup);
    g_assert_cmpuint (temp_folder_count (folder, "before-restore-wal"), ==, 1);
    (crash ? edit_and_crash : edit) (folder, "later");
    restore (folder, backup);
    closed_project_assert_text (folder, 1, "person 1 in a red coat");
    g_assert_cmpuint (temp_folder_count (folder, "before-restore-wal"), ==, 1 + crash);
    restore (folder, "guise.db.before-restore");
    closed_project_assert_text (folder, 1, "later");
    fixture_remove (folder);
  }
}

/* Two databases are kept, each with the edits in its WAL. */
static void
test_restore_twice (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backup = closed_project_back_up (folder);

  edit_and_crash (folder, "first");
  restore (folder, backup);
  edit_and_crash (folder, "second");
  restore (folder, backup);
  g_assert_cmpuint (temp_folder_count (folder, "before-restore-wal"), ==, 2);
  restore (folder, "guise.db.1.before-restore");
  closed_project_assert_text (folder, 1, "first");
  restore (folder, "guise.db.2.before-restore"); /* the second made room for what was there */
  closed_project_assert_text (folder, 1, "second");
  fixture_remove (folder);
}

/* A training or an embedding that outlived its window has no lock of the project, and is named. */
static void
test_restore_beneath_job (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backup = closed_project_back_up (folder);
  g_autofree char *run = g_build_filename (folder, "runs", "night", NULL);
  GuiseRunInfo info = { .name = (char *)"night",
                        .preset = (char *)"toy",
                        .state = GUISE_RUN_RUNNING,
                        .splits = (char *)"train",
                        .data = (char *)"",
                        .version = (char *)"",
                        .blas_core = (char *)"" };
  g_autoptr (GError) error = NULL;

  closed_project_edit (folder, 1, "later");
  g_assert_cmpint (g_mkdir_with_parents (run, 0755), ==, 0);
  g_assert_true (guise_run_info_save (&info, run, &error));
  for (int i = 0; i < 2; i++) {
    int job = i == 0 ? guise_run_lock (run, &error) : guise_run_mark_embedding (run);

    g_assert_cmpint (job, >=, 0);
    g_assert_false (guise_project_restore (folder, backup, NULL, &error));
    g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
    g_assert_nonnull (strstr (error->message, i == 0 ? "its run 'night' is being trained"
                                                     : "its run 'night' is being embedded"));
    g_clear_error (&error);
    closed_project_assert_text (folder, 1, "later");
    close (job);
  }
  g_assert_true (guise_project_restore (folder, backup, NULL, &error));
  g_assert_no_error (error);
  closed_project_assert_text (folder, 1, "person 1 in a red coat");
  fixture_remove (folder);
}

static void
test_restore_refused (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backup = closed_project_back_up (folder);
  g_autofree char *other = g_build_filename (folder, "other.db", NULL);
  g_autofree char *text = g_build_filename (folder, "other.jsonl", NULL);
  g_autofree char *database = g_build_filename (folder, "guise.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseProject) project = NULL;
  const char *const files[] = { other, text, database, "/no/such/file" };

  g_assert_true (g_file_set_contents (other, "no database", -1, NULL));
  g_assert_true (g_file_set_contents (text, "{\"guise\":\"0\",\"format\":1}\n{\"table\":\"runs\"",
                                      -1, NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    g_assert_false (guise_project_restore (folder, files[i], NULL, &error));
    g_assert_nonnull (strstr (error->message, files[i]));
    g_clear_error (&error);
  }
  g_assert_false (guise_project_restore ("/no/such/folder", backup, NULL, &error));
  g_clear_error (&error);
  project = guise_project_open (folder, GUISE_PROJECT_READ_WRITE, &error);
  g_assert_false (guise_project_restore (folder, backup, NULL, &error)); /* it is in use */
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED);
  g_assert_cmpuint (temp_folder_count (folder, "restore"), ==, 0);
  guise_project_close (project);
  closed_project_assert_text (folder, 1, "person 1 in a red coat");
  fixture_remove (folder);
}

/* ---- the copy in JSON Lines ----------------------------------------------------------------- */

/* All rows, in other order or not, are there again; and numbers once given stay given. */
static void
test_text_copy (void)
{
  char *folder = closed_project_new ();
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autofree char *again = g_build_filename (folder, "again.jsonl", NULL);
  g_autofree char *first = NULL, *second = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = NULL;
  GuiseCaption caption = { .image_id = 1, .kind = GUISE_CAPTION_FREE, .text = (char *)"new" };
  gint64 last;

  closed_project_edit (folder, 1, "tab\t\"quote\" \xe4\xbd\xa0\xe5\xa5\xbd \xe2\x80\xae");
  fixture_tamper (folder, "UPDATE images SET path = X'ff00fe' WHERE id = 2;"
                          "UPDATE images SET path = X'ff2f2e' WHERE id = 3");
  fixture_tamper (folder, "UPDATE images SET path = X'fffefd' WHERE id = 2");
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  last = guise_store_add_caption (store, &caption, &error);
  g_assert_true (guise_store_delete_caption (store, last, &error));
  g_clear_object (&store);
  closed_project_write_copy (folder, copy);
  g_assert_true (guise_captions_copy_verify (copy, NULL, &error));
  g_assert_true (guise_project_restore (folder, copy, NULL, &error));
  g_assert_no_error (error);
  closed_project_write_copy (folder, again);
  g_assert_true (g_file_get_contents (copy, &first, NULL, NULL));
  g_assert_true (g_file_get_contents (again, &second, NULL, NULL));
  g_assert_cmpstr (strchr (first, '\n'), ==, strchr (second, '\n')); /* but for the head's time */
  store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_assert_cmpint (guise_store_add_caption (store, &caption, &error), >, last);
  g_clear_object (&store);
  fixture_remove (folder);
}

static void
assert_copy_refused (const char *path, const char *text, const char *why)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_assert_false (guise_captions_copy_verify (path, NULL, &error));
  g_assert_nonnull (strstr (error->message, why));
}

static void
test_bad_text_copies (void)
{
  char *folder = closed_project_new ();
  g_autofree char *path = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autoptr (GError) error = NULL;
  static const char head[] = "{\"guise\":\"0.1.0\",\"format\":1}\n";
  g_autofree char *no_end = g_strconcat (head, "{\"table\":\"runs\",\"id\":1}\n", NULL);
  g_autofree char *short_one = g_strconcat (head, "{\"end\":1}\n", NULL);
  g_autofree char *longer = g_strconcat (head, "{\"end\":0}\n{\"table\":\"runs\"}\n", NULL);
  g_autofree char *foreign = g_strconcat (head, "{\"table\":\"x; DROP\"}\n{\"end\":1}\n", NULL);
  g_autofree char *wrong
      = g_strconcat (head, "{\"table\":\"persons\",\"id\":1.5,\"label\":[]}\n{\"end\":1}\n", NULL);
  g_autofree char *orphan = g_strconcat (
      head, "{\"table\":\"persons\",\"id\":1,\"dataset_id\":9,\"label\":\"a\"}\n"
            "{\"end\":1}\n",
      NULL);

  assert_copy_refused (path, "", "end is missing");
  assert_copy_refused (path, "{\"table\":\"runs\"}\n", "does not begin");
  assert_copy_refused (path, "{\"guise\":\"9\",\"format\":99}\n{\"end\":0}\n", "too new");
  assert_copy_refused (path, no_end, "end is missing");
  assert_copy_refused (path, short_one, "lines are missing");
  assert_copy_refused (path, longer, "something follows");
  assert_copy_refused (path, foreign, "names no table");
  g_assert_true (g_file_set_contents (path, wrong, -1, NULL));
  g_assert_false (guise_project_restore (folder, path, NULL, &error));
  g_assert_nonnull (strstr (error->message, "line 2"));
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, orphan, -1, NULL));
  g_assert_false (guise_project_restore (folder, path, NULL, &error));
  g_clear_error (&error);
  closed_project_assert_text (folder, 1, "person 1 in a red coat");
  fixture_remove (folder);
}

/* ---- damage --------------------------------------------------------------------------------- */

static void
assert_n_findings (const char *folder, gboolean repair, guint n, guint n_repaired)
{
  g_autoptr (GPtrArray) findings = closed_project_check (folder, repair);
  guint repaired = 0;

  for (guint i = 0; i < findings->len; i++)
    repaired += ((GuiseFinding *)findings->pdata[i])->repaired;
  g_assert_cmpuint (findings->len, ==, n);
  g_assert_cmpuint (repaired, ==, n_repaired);
}

static void
test_repair (void)
{
  char *folder = closed_project_new ();
  g_autofree char *backup = closed_project_back_up (folder);
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autofree char *half = g_build_filename (folder, ".captions.jsonl.00c0ffee.part", NULL);
  g_autofree char *aside = g_strconcat (backup, ".damaged", NULL);

  assert_n_findings (folder, FALSE, 0, 0);
  closed_project_edit (folder, 1, "edited"); /* the operation that the row left out belongs to */
  fixture_damage_index (folder);
  g_assert_cmpint (truncate (backup, 5000), ==, 0);
  g_assert_true (g_file_set_contents (copy, "{\"guise\":\"0\"", -1, NULL));
  g_assert_true (g_file_set_contents (half, "{", -1, NULL));
  {
    g_autoptr (GPtrArray) before = closed_project_check (folder, FALSE);

    g_assert_cmpuint (before->len, >=, 4);
    assert_n_findings (folder, TRUE, before->len, before->len);
  }
  assert_n_findings (folder, FALSE, 0, 0);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  fixture_remove (folder);
}

/* What nobody can make again is reported and left alone. */
static void
test_no_repair (void)
{
  char *folder = closed_project_new ();

  fixture_tamper (folder, "PRAGMA foreign_keys = OFF;"
                          "UPDATE captions SET image_id = 999 WHERE id = 3;"
                          "INSERT INTO changes (operation_id, table_name, row_id, after)"
                          " VALUES (1, 'captions', 1, 'no JSON')");
  assert_n_findings (folder, FALSE, 2, 0);
  assert_n_findings (folder, TRUE, 2, 0);
  fixture_remove (folder);
}

/* A byte in each of up to 200 pages: what cannot be opened any more comes back out of the text. */
static void
test_flipped_pages (void)
{
  char *folder = closed_project_new ();
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL);
  g_autofree char *copy = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint n_damaged = 0;
  gsize size;

  closed_project_write_copy (folder, copy);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize page = 0; page * 4096 < size && page < 200; page++) {
    const gsize at = page * 4096 + (page == 0 ? 100 : 0); /* each page's header */

    bytes[at] = (char)(bytes[at] ^ 0x55);
    g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
    bytes[at] = (char)(bytes[at] ^ 0x55);
    closed_project_open (folder, GUISE_PROJECT_READ_ONLY, &error);
    if (error == NULL)
      continue;
    g_clear_error (&error);
    if (n_damaged++ % 8 != 0)
      continue;
    g_assert_true (guise_project_restore (folder, copy, NULL, &error));
    g_assert_no_error (error);
    closed_project_assert_text (folder, 1, "person 1 in a red coat");
  }
  g_assert_cmpuint (n_damaged, >, 10);
  fixture_remove (folder);
}

/* ---- formats -------------------------------------------------------------------------------- */

static char *
copy_golden (void)
{
  g_autofree char *golden
      = g_test_build_filename (G_TEST_DIST, "store", "golden", "format-1.db", NULL);
  char *folder = fixture_folder ();
  g_autofree char *path = g_build_filename (folder, "guise.db", NULL), *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (golden, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
  return folder;
}

static void
test_golden (void)
{
  static const char *const texts[] = { "an old man in a red coat", "he carries a bag",
                                       "一位穿蓝色外套的女士", "nobody <b>special</b>" };
  char *folder = copy_golden ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseStore) store = guise_store_open (folder, GUISE_STORE_READ_WRITE, &error);
  g_autoptr (GPtrArray) history = NULL;
  g_autofree char *undo = NULL, *redo = NULL;

  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = fixture_text (store, (gint64)i + 1);

    g_assert_cmpstr (text, ==, texts[i]);
  }
  {
    g_autoptr (GuiseImageRecord) image = guise_store_get_image (store, 1, &error);

    g_assert_no_error (error);
    g_assert_null (image->extra); /* which came with format 2 */
  }
  g_assert_cmpint (fixture_count (store, "state = accepted"), ==, 2);
  g_assert_cmpint (fixture_count (store, ""), ==, 3);
  history = guise_store_get_caption_history (store, 1, &error);
  g_assert_cmpuint (history->len, ==, 2);
  g_assert_nonnull (strstr (((GuiseHistoryEntry *)history->pdata[0])->before, "a man in red\""));
  redo = guise_store_redo (store, &error);
  g_assert_cmpstr (redo, ==, "Edit caption");
  for (int i = 0; i < 4; i++) {
    g_free (undo);
    undo = guise_store_undo (store, &error);
    g_assert_no_error (error);
  }
  {
    g_autofree char *text = fixture_text (store, 1);

    g_assert_cmpstr (text, ==, "a man in red");
  }
  g_clear_object (&store);
  fixture_remove (folder);
}

static const char *const next_format[]
    = { "ALTER TABLE captions ADD COLUMN note TEXT", "UPDATE captions SET note = text", NULL };

/* Forward with a backup, and back by it. */
static void
test_next_format (void)
{
  char *folder = copy_golden ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) backups = NULL;

  guise_schema_set_next (next_format);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_ONLY, &error)); /* cannot convert */
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_READ_ONLY);
  g_clear_error (&error);
  closed_project_edit (folder, 1, "in the next format");
  guise_schema_set_next (NULL);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_WRITE, &error));
  g_assert_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NEWER);
  g_clear_error (&error);
  backups = guise_backup_list (folder, NULL);
  g_assert_cmpuint (backups->len, ==, 1);
  g_assert_true (guise_project_restore (folder, ((GuiseBackup *)backups->pdata[0])->path, NULL,
                                        &error));
  closed_project_assert_text (folder, 1, "an old man in a red coat");
  fixture_remove (folder);
}

static const char *const broken_format[]
    = { "ALTER TABLE captions ADD COLUMN note TEXT", "UPDATE nothing SET a = 1", NULL };

static void
test_broken_migration (void)
{
  char *folder = copy_golden ();
  g_autofree char *next = g_strdup_printf ("to format %d: ", guise_schema_get_version () + 1);
  g_autoptr (GError) error = NULL;

  guise_schema_set_next (broken_format);
  g_assert_null (guise_store_open (folder, GUISE_STORE_READ_WRITE, &error));
  g_assert_nonnull (strstr (error->message, next));
  guise_schema_set_next (NULL);
  closed_project_assert_text (folder, 1, "an old man in a red coat");
  fixture_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/backup/ten-kept", test_ten_kept);
  g_test_add_func ("/store/backup/damaged-not-kept", test_damaged_not_kept);
  g_test_add_func ("/store/backup/x15-while-writing", test_while_writing);
  g_test_add_func ("/store/backup/cancelled", test_cancelled);
  g_test_add_func ("/store/backup/daily", test_daily);
  g_test_add_func ("/store/restore/restore", test_restore);
  g_test_add_func ("/store/restore/x10-orphan-wal", test_restore_orphan_wal);
  g_test_add_func ("/store/restore/x10-twice", test_restore_twice);
  g_test_add_func ("/store/restore/beneath-job", test_restore_beneath_job);
  g_test_add_func ("/store/restore/refused", test_restore_refused);
  g_test_add_func ("/store/text-copy/everything", test_text_copy);
  g_test_add_func ("/store/text-copy/bad-ones", test_bad_text_copies);
  g_test_add_func ("/store/check/repair", test_repair);
  g_test_add_func ("/store/check/no-repair", test_no_repair);
  g_test_add_func ("/store/x11-flipped-pages", test_flipped_pages);
  g_test_add_func ("/store/x13-golden", test_golden);
  g_test_add_func ("/store/x13-next-format", test_next_format);
  g_test_add_func ("/store/x14-broken-migration", test_broken_migration);
  return g_test_run ();
}
