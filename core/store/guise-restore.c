#include "guise-restore.h"

#include "guise-atomic-file.h"
#include "guise-backup-private.h"
#include "guise-captions-copy.h"
#include "guise-db-files.h"
#include "guise-formats-error.h"
#include "guise-schema.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define DATABASE_NAME "guise.db"
#define DECIDED_NAME "guise.db.restore"
#define KEPT_NAME "guise.db.before-restore"

static gboolean
exists (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

/* A file that is not there is moved already. */
static gboolean
move (const char *folder, const char *from, const char *to, GError **error)
{
  g_autofree char *source = g_build_filename (folder, from, NULL);
  g_autofree char *target = g_build_filename (folder, to, NULL);

  if (rename (source, target) == 0 || errno == ENOENT)
    return TRUE;
  return guise_formats_fail_errno (error, errno, "cannot rename", source);
}

/* With its journals; the shared memory is made again. */
static gboolean
move_database (const char *folder, const char *from, const char *to, GError **error)
{
  g_autofree char *source = g_build_filename (folder, from, NULL);
  g_autofree char *target = g_build_filename (folder, to, NULL);
  g_autofree char *memory = g_strconcat (source, "-shm", NULL);

  if (!guise_db_files_move (source, target, error))
    return FALSE;
  g_unlink (memory);
  return TRUE;
}

static gboolean
is_taken (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return guise_db_files_exist (path);
}

/* What an earlier restoring replaced is kept too, under the next free number. */
static gboolean
make_room (const char *folder, GError **error)
{
  for (guint i = 1; is_taken (folder, KEPT_NAME); i++) {
    g_autofree char *name = g_strdup_printf ("guise.db.%u.before-restore", i);

    if (!is_taken (folder, name))
      return move_database (folder, KEPT_NAME, name, error);
  }
  return TRUE;
}

gboolean
guise_restore_is_pending (const char *folder)
{
  return exists (folder, DECIDED_NAME);
}

gboolean
guise_restore_complete (const char *folder, GError **error)
{
  if (!guise_restore_is_pending (folder))
    return TRUE;
  if (!move_database (folder, DATABASE_NAME, KEPT_NAME, error))
    return FALSE;
  return guise_sync_folder (folder, error) && move (folder, DECIDED_NAME, DATABASE_NAME, error)
         && guise_sync_folder (folder, error);
}

/* ---- the new database ----------------------------------------------------------------------- */

/* Looks at a database without a WAL as a file that does not change: another connection would leave
 * journals beside what is refused. */
static gboolean
check_database (const char *path, GError **error)
{
  return guise_db_has_wal (path)
         || guise_backup_check_file (path, GUISE_DB_IMMUTABLE, path, error);
}

static gboolean
copy_database (const char *file, const char *part, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseDb) db = NULL;
  char *real = realpath (file, NULL);
  int version;

  if (real == NULL)
    return guise_formats_fail_errno (error, errno, "cannot open", file);
  if (check_database (real, error))
    db = guise_db_open_anywhere (real, error);
  free (real);
  return db != NULL && guise_schema_check (db, &version, error)
         && guise_backup_copy (db, part, cancellable, error);
}

static gboolean
write_part (const char *file, const char *part, GCancellable *cancellable, GError **error)
{
  gboolean ok;

  guise_backup_remove_file (part); /* of a restoring that was killed */
  if (!g_str_has_suffix (file, ".jsonl"))
    return copy_database (file, part, cancellable, error);
  ok = guise_captions_copy_read (file, part, cancellable, error)
       && guise_backup_finish_file (part, error);
  if (!ok)
    guise_backup_remove_file (part);
  return ok;
}

/* The database would be moved away under the hands that copy it. */
static gboolean
check_other (const char *folder, const char *file, GError **error)
{
  g_autofree char *database = g_build_filename (folder, DATABASE_NAME, NULL);
  GStatBuf ours, theirs;

  if (g_stat (file, &theirs) != 0)
    return guise_formats_fail_errno (error, errno, "cannot open", file);
  if (g_stat (database, &ours) != 0 || ours.st_dev != theirs.st_dev || ours.st_ino != theirs.st_ino)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "cannot restore '%s': it is the project's own database; choose a file in its "
               "backups folder",
               file);
  return FALSE;
}

gboolean
guise_restore (const char *folder, const char *file, GCancellable *cancellable, GError **error)
{
  g_autofree char *part = g_build_filename (folder, GUISE_RESTORE_PART_NAME, NULL);

  if (!guise_restore_complete (folder, error) || !check_other (folder, file, error))
    return FALSE;
  if (!write_part (file, part, cancellable, error)) {
    g_prefix_error (error, "cannot restore '%s': ", file);
    return FALSE;
  }
  if (!make_room (folder, error) || !move (folder, GUISE_RESTORE_PART_NAME, DECIDED_NAME, error)) {
    guise_backup_remove_file (part);
    return FALSE;
  }
  return guise_sync_folder (folder, error) && guise_restore_complete (folder, error);
}
