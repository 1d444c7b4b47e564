#include "guise-check.h"

#include "guise-atomic-file.h"
#include "guise-backup-private.h"
#include "guise-captions-copy.h"
#include "guise-restore.h"
#include "guise-schema.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE_NAME "guise.db"

typedef struct {
  const char *folder;
  gboolean repair;
  GCancellable *cancellable;
  GPtrArray *problems;
} Check;

void
guise_finding_free (GuiseFinding *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->subject);
  g_free (problem->text);
  g_free (problem);
}

/* Takes text. */
static GuiseFinding *
add_problem (Check *self, const char *subject, char *text)
{
  GuiseFinding *problem = g_new0 (GuiseFinding, 1);

  problem->subject = g_strdup (subject);
  problem->text = text;
  g_ptr_array_add (self->problems, problem);
  return problem;
}

/* A database that cannot be used, or one that could not be looked at. */
static void
add_trouble (Check *self, const char *subject, const GError *error)
{
  GuiseFinding *problem = add_problem (self, subject, g_strdup (error->message));

  problem->lost = g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED)
                  || g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT);
  problem->passing = !problem->lost;
}

/* ---- the database --------------------------------------------------------------------------- */

typedef char *(*Describe) (sqlite3_stmt *statement);

static char *
describe_finding (sqlite3_stmt *statement)
{
  g_autofree char *text = guise_schema_dup_finding (statement);

  return strcmp (text, "ok") != 0 ? g_steal_pointer (&text) : NULL;
}

static char *
describe_reference (sqlite3_stmt *statement)
{
  return g_strdup_printf ("row %" G_GINT64_FORMAT " of '%s' refers to a row of '%s' that is gone",
                          (gint64)sqlite3_column_int64 (statement, 1),
                          (const char *)sqlite3_column_text (statement, 0),
                          (const char *)sqlite3_column_text (statement, 2));
}

static char *
describe_change (sqlite3_stmt *statement)
{
  return g_strdup_printf ("operation %" G_GINT64_FORMAT ", change %" G_GINT64_FORMAT
                          ": its record cannot be read, so it cannot be undone",
                          (gint64)sqlite3_column_int64 (statement, 0),
                          (gint64)sqlite3_column_int64 (statement, 1));
}

static const struct {
  const char *sql;
  Describe describe;
} questions[] = {
  { "PRAGMA integrity_check(100)", describe_finding },
  { "PRAGMA foreign_key_check", describe_reference },
  { "SELECT operation_id, id FROM changes WHERE"
    " (before IS NOT NULL AND NOT (json_valid (before) AND json_type (before) = 'object'))"
    " OR (after IS NOT NULL AND NOT (json_valid (after) AND json_type (after) = 'object'))"
    " OR (before IS NULL AND after IS NULL) LIMIT 100",
    describe_change },
};

/* FALSE when cancelled; what else goes wrong is a problem. */
static gboolean
ask (Check *self, GuiseDb *db, size_t question, GError **error)
{
  const guint n_before = self->problems->len;
  g_autoptr (GError) local = NULL;
  sqlite3_stmt *statement = guise_db_prepare (db, questions[question].sql, NULL, 0, &local);
  char *text;

  while (statement != NULL && guise_db_step (db, statement, &local) > 0)
    if ((text = questions[question].describe (statement)) != NULL)
      add_problem (self, DATABASE_NAME, text)->lost = TRUE;
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL && self->problems->len == n_before) /* after a finding it only repeats it */
    add_trouble (self, DATABASE_NAME, local);
  return TRUE;
}

/* The integrity is asked first: a damaged database has no other answers. */
static gboolean
ask_all (Check *self, GuiseDb *db, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (questions) && (i != 1 || self->problems->len == 0); i++)
    if (!ask (self, db, i, error))
      return FALSE;
  return TRUE;
}

/* "row 3 missing from index x", "wrong # of entries in index x", "non-unique entry in index x":
 * the table is whole, and an index follows from it. */
static gboolean
all_concern_indexes (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    if (strstr (((GuiseFinding *)problems->pdata[i])->text, " index ") == NULL)
      return FALSE;
  return problems->len > 0;
}

/* FALSE without an error: the tables do not allow these indexes. */
static gboolean
reindex (Check *self, GuiseDb *db, GError **error)
{
  Check after = { .folder = self->folder, .cancellable = self->cancellable };
  gboolean ok;

  after.problems = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_finding_free);
  ok = guise_db_execute (db, "BEGIN IMMEDIATE; REINDEX", error) && ask_all (&after, db, error)
       && after.problems->len == 0 && guise_db_execute (db, "COMMIT", error);
  if (after.problems->len > 0 && ((GuiseFinding *)after.problems->pdata[0])->passing)
    g_set_error_literal (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FAILED,
                         ((GuiseFinding *)after.problems->pdata[0])->text);
  if (!ok && (sqlite3_errcode (guise_db_get_handle (db)) & 0xff) == SQLITE_CONSTRAINT)
    g_clear_error (error);
  if (!ok)
    guise_db_execute (db, "ROLLBACK", NULL);
  g_ptr_array_unref (after.problems);
  return ok;
}

/* Only where the result is flawless it is kept. */
static gboolean
rebuild_indexes (Check *self, GuiseDb *db, GError **error)
{
  const guint n = self->problems->len;
  g_autoptr (GError) local = NULL;
  gboolean ok = reindex (self, db, &local);

  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (local != NULL)
    add_trouble (self, DATABASE_NAME, local);
  for (guint i = 0; i < n; i++) {
    GuiseFinding *problem = self->problems->pdata[i];

    problem->repaired = ok;
    problem->lost = !ok && local == NULL;
  }
  return TRUE;
}

/* Seen before it is opened: SQLite would remove a WAL beside an empty file, which holds edits. */
static const char *
find_loss (const char *path)
{
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    return errno == ENOENT ? "it is gone" : NULL;
  return S_ISREG (info.st_mode) && info.st_size == 0 ? "it is empty" : NULL;
}

static gboolean
check_database (Check *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, DATABASE_NAME, NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (GuiseDb) db = NULL;
  const char *loss = find_loss (path);
  int version;

  if (loss != NULL) {
    add_problem (self, DATABASE_NAME, g_strdup (loss))->lost = TRUE;
    return TRUE;
  }
  db = self->repair ? guise_db_open (path, GUISE_DB_READ_WRITE, &local)
                    : guise_db_open_anywhere (path, &local);
  if (db == NULL || !guise_schema_check (db, &version, &local)) {
    add_trouble (self, DATABASE_NAME, local);
    return TRUE;
  }
  if (version == 0) {
    add_problem (self, DATABASE_NAME, g_strdup ("it is empty"))->lost = TRUE;
    return TRUE;
  }
  guise_db_set_cancellable (db, self->cancellable);
  if (!ask_all (self, db, error))
    return FALSE;
  if (!all_concern_indexes (self->problems))
    return TRUE;
  for (guint i = 0; i < self->problems->len; i++) {
    GuiseFinding *problem = self->problems->pdata[i];

    problem->repairable = TRUE;
    problem->lost = FALSE;
  }
  return !self->repair || rebuild_indexes (self, db, error);
}

/* Whether what follows from the database can be made anew. */
static gboolean
is_database_good (const Check *self)
{
  for (guint i = 0; i < self->problems->len; i++) {
    const GuiseFinding *problem = self->problems->pdata[i];

    if (strcmp (problem->subject, DATABASE_NAME) == 0 && !problem->repairable)
      return FALSE;
  }
  return TRUE;
}

/* ---- what stands beside it ------------------------------------------------------------------ */

static void
check_backups (Check *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) backups = guise_backup_list (self->folder, &error);

  if (backups == NULL)
    add_problem (self, "backups", g_strdup (error->message));
  for (guint i = 0; backups != NULL && i < backups->len; i++) {
    const char *path = ((GuiseBackup *)backups->pdata[i])->path;
    g_autofree char *base = g_path_get_basename (path);
    g_autofree char *subject = g_build_filename ("backups", base, NULL);
    g_autofree char *aside = g_strconcat (path, ".damaged", NULL);
    g_autoptr (GError) local = NULL;
    GuiseFinding *problem;

    if (g_cancellable_is_cancelled (self->cancellable) || guise_backup_verify (path, &local))
      continue;
    problem = add_problem (self, subject, g_strdup (local->message));
    problem->repairable = TRUE;
    problem->repaired = self->repair && g_rename (path, aside) == 0;
  }
}

static gboolean
write_copy_anew (Check *self, const char *path)
{
  g_autoptr (GuiseStore) store = guise_store_open (self->folder, GUISE_STORE_READ_ONLY, NULL);

  return store != NULL && guise_captions_copy_write (store, path, self->cancellable, NULL);
}

static void
check_copy (Check *self)
{
  g_autofree char *path = g_build_filename (self->folder, GUISE_CAPTIONS_COPY_NAME, NULL);
  g_autoptr (GError) error = NULL;
  GuiseFinding *problem;

  if (!g_file_test (path, G_FILE_TEST_EXISTS)
      || guise_captions_copy_verify (path, self->cancellable, &error))
    return;
  problem = add_problem (self, GUISE_CAPTIONS_COPY_NAME, g_strdup (error->message));
  problem->repairable = is_database_good (self);
  problem->repaired = self->repair && write_copy_anew (self, path);
}

/* Only names that Guise makes: what else is hidden here is somebody's own. */
static gboolean
is_half_file (const char *name)
{
  static const char *const restoring[] = {
    GUISE_RESTORE_PART_NAME,
    GUISE_RESTORE_PART_NAME "-journal",
    GUISE_RESTORE_PART_NAME "-wal",
    GUISE_RESTORE_PART_NAME "-shm",
    NULL,
  };

  return g_strv_contains (restoring, name) || guise_atomic_file_is_temporary (name);
}

/* With the lock held nobody is at work on one, except a backup that a reader makes: those are left
 * until they are old, see guise-backup.c. */
static void
check_half_files (Check *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    GuiseFinding *problem;

    if (!is_half_file (name) || !g_file_test (path, G_FILE_TEST_IS_REGULAR))
      continue;
    problem = add_problem (self, name, g_strdup ("a half written file; nothing uses it"));
    problem->repairable = TRUE;
    problem->repaired = self->repair && g_unlink (path) == 0;
  }
}

GPtrArray *
guise_check (const char *folder, gboolean repair, GCancellable *cancellable, GError **error)
{
  char *real = realpath (folder, NULL);
  g_autoptr (GPtrArray) problems
      = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_finding_free);
  Check self = { real != NULL ? real : folder, repair, cancellable, problems };
  gboolean ok = check_database (&self, error);

  if (ok) {
    check_backups (&self);
    check_copy (&self);
    check_half_files (&self);
    ok = !g_cancellable_set_error_if_cancelled (cancellable, error);
  }
  free (real);
  return ok ? g_steal_pointer (&problems) : NULL;
}
