#include "guise-check.h"

#include "guise-atomic-file.h"
#include "guise-backup-private.h"
#include "guise-captions-copy.h"
#include "guise-check-database.h"
#include "guise-restore.h"
#include "guise-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
  g_free (problem->advice);
  g_free (problem);
}

GuiseFinding *
guise_finding_add (GPtrArray *problems, const char *subject, char *text)
{
  GuiseFinding *problem = g_new0 (GuiseFinding, 1);

  problem->subject = g_strdup (subject);
  problem->text = text;
  g_ptr_array_add (problems, problem);
  return problem;
}

GuiseFinding *
guise_finding_add_trouble (GPtrArray *problems, const char *subject, const GError *error)
{
  GuiseFinding *problem = guise_finding_add (problems, subject, g_strdup (error->message));

  problem->lost = g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED)
                  || g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
                  || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE);
  problem->passing = !problem->lost;
  return problem;
}

/* ---- the database --------------------------------------------------------------------------- */

/* Seen before it is opened: SQLite would remove a WAL beside an empty file, which holds edits. */
static const char *
find_loss (const char *path)
{
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    return errno == ENOENT ? "it is gone" : NULL;
  return S_ISREG (info.st_mode) && info.st_size == 0 ? "it is empty" : NULL;
}

/* Where nothing may be written it can still be looked at. */
static gboolean
can_write (const Check *self, const char *path)
{
  return faccessat (AT_FDCWD, path, W_OK, AT_EACCESS) == 0
         && faccessat (AT_FDCWD, self->folder, W_OK, AT_EACCESS) == 0;
}

static gboolean
check_database (Check *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, DATABASE_NAME, NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (GuiseDb) db = NULL;
  const char *loss = find_loss (path);
  gboolean repair = self->repair && can_write (self, path);
  int version;

  if (loss != NULL) {
    guise_finding_add (self->problems, DATABASE_NAME, g_strdup (loss))->lost = TRUE;
    return TRUE;
  }
  db = repair ? guise_db_open (path, GUISE_DB_READ_WRITE, &local)
              : guise_db_open_anywhere (path, &local);
  if (db == NULL || !guise_schema_check (db, &version, &local)) {
    guise_finding_add_trouble (self->problems, DATABASE_NAME, local);
    return TRUE;
  }
  if (version == 0) {
    guise_finding_add (self->problems, DATABASE_NAME, g_strdup ("it is empty"))->lost = TRUE;
    return TRUE;
  }
  guise_db_set_cancellable (db, self->cancellable);
  return guise_check_database (db, DATABASE_NAME, TRUE, repair, self->problems, error);
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
    guise_finding_add (self->problems, "backups", g_strdup (error->message));
  for (guint i = 0; backups != NULL && i < backups->len; i++) {
    const char *path = ((GuiseBackup *)backups->pdata[i])->path;
    g_autofree char *base = g_path_get_basename (path);
    g_autofree char *subject = g_build_filename ("backups", base, NULL);
    g_autofree char *aside = g_strconcat (path, ".damaged", NULL);
    g_autoptr (GError) local = NULL;
    GuiseFinding *problem;

    if (g_cancellable_is_cancelled (self->cancellable) || guise_backup_verify (path, &local))
      continue;
    problem = guise_finding_add_trouble (self->problems, subject, local);
    problem->repairable = problem->lost; /* not because it could not be looked at */
    problem->lost = FALSE;
    problem->repaired = problem->repairable && self->repair && g_rename (path, aside) == 0;
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
  problem = guise_finding_add (self->problems, GUISE_CAPTIONS_COPY_NAME, g_strdup (error->message));
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
    problem = guise_finding_add (self->problems, name,
                                 g_strdup ("a half written file; nothing uses it"));
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
