#include "guise-backup-private.h"

#include "guise-atomic-file.h"
#include "guise-formats-error.h"
#include "guise-schema.h"
#include "guise-store-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_NAME "backups"
#define PREFIX "guise-"
#define SUFFIX ".db"
#define PART_SUFFIX ".part"
#define DAY_SECONDS (24 * 60 * 60)
/* A half copy that was not written to for so long is nobody's any more. */
#define STALE_SECONDS (60 * 60)

void
guise_backup_free (GuiseBackup *backup)
{
  if (backup == NULL)
    return;
  g_free (backup->path);
  g_free (backup);
}

/* ---- what is there -------------------------------------------------------------------------- */

static int
compare_newest_first (gconstpointer a, gconstpointer b)
{
  const GuiseBackup *left = *(GuiseBackup *const *)a, *right = *(GuiseBackup *const *)b;

  return strcmp (right->path, left->path);
}

GPtrArray *
guise_backup_list (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify)guise_backup_free);
  g_autofree char *backups = g_build_filename (folder, FOLDER_NAME, NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (backups, 0, &local);
  const char *name;
  GStatBuf info;

  if (dir == NULL && !g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot list backups: '%s': %s", backups,
                 local->message);
    return NULL;
  }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (backups, name, NULL);
    GuiseBackup *backup;

    if (!g_str_has_prefix (name, PREFIX) || !g_str_has_suffix (name, SUFFIX)
        || g_lstat (path, &info) != 0 || !S_ISREG (info.st_mode))
      continue;
    backup = g_new0 (GuiseBackup, 1);
    backup->path = g_steal_pointer (&path);
    backup->size = info.st_size;
    backup->created = info.st_mtime;
    g_ptr_array_add (list, backup);
  }
  g_ptr_array_sort (list, compare_newest_first);
  return g_steal_pointer (&list);
}

gboolean
guise_backup_check_file (const char *path, GuiseDbMode mode, const char *shown, GError **error)
{
  g_autoptr (GuiseDb) db = guise_db_open (path, mode, error);
  int version;

  if (db == NULL || !guise_schema_check (db, &version, error))
    return FALSE;
  if (version > 0)
    return guise_schema_verify (db, error);
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT,
               "not a Guise database: '%s': it is empty", shown);
  return FALSE;
}

gboolean
guise_backup_verify (const char *path, GError **error)
{
  char *real = realpath (path, NULL);
  gboolean good;

  if (real == NULL)
    return guise_formats_fail_errno (error, errno, "cannot open", path);
  good = guise_backup_check_file (real, GUISE_DB_READ_ONLY, path, error);
  free (real);
  return good;
}

GuiseBackup *
guise_backup_find_good (const char *folder)
{
  g_autoptr (GPtrArray) list = guise_backup_list (folder, NULL);

  for (guint i = 0; list != NULL && i < list->len; i++)
    if (guise_backup_verify (((GuiseBackup *)list->pdata[i])->path, NULL))
      return g_ptr_array_steal_index (list, i);
  return NULL;
}

/* When `name` in the folder was written last, in ns; 0 where it is empty or not there. */
static gint64
get_written (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat info;

  if (stat (path, &info) != 0 || info.st_size == 0)
    return 0;
  return info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
}

gboolean
guise_backup_is_older (const char *folder, const char *name)
{
  gint64 database = get_written (folder, "guise.db"), wal = get_written (folder, "guise.db-wal");

  return MAX (database, wal) > get_written (folder, name);
}

/* A backup from the future is one from before the clock was put right: it says nothing. */
gboolean
guise_backup_is_due (const char *folder)
{
  g_autoptr (GPtrArray) list = guise_backup_list (folder, NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const GuiseBackup *backup = list->pdata[i];
    g_autofree char *name = g_path_get_basename (backup->path);
    g_autofree char *place = g_build_filename (FOLDER_NAME, name, NULL);

    if (backup->created <= now)
      return now - backup->created >= DAY_SECONDS && guise_backup_is_older (folder, place);
  }
  return TRUE;
}

/* ---- making one ----------------------------------------------------------------------------- */

void
guise_backup_remove_file (const char *path)
{
  static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };

  for (size_t i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = g_strconcat (path, suffixes[i], NULL);

    g_unlink (name);
  }
}

/* Of a file that no connection has open: closing it would drop SQLite's locks. */
static gboolean
sync_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), code = 0;

  if (fd < 0)
    return guise_formats_fail_errno (error, errno, "cannot open", path);
  if (fsync (fd) != 0)
    code = errno;
  close (fd);
  return code == 0 || guise_formats_fail_errno (error, code, "cannot write", path);
}

gboolean
guise_backup_finish_file (const char *path, GError **error)
{
  return guise_backup_verify (path, error) && sync_file (path, error);
}

static gboolean
write_copy (GuiseDb *db, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GuiseDb) copy = guise_db_open (path, GUISE_DB_CREATE, error);

  return copy != NULL && guise_db_copy (db, copy, cancellable, error);
}

gboolean
guise_backup_copy (GuiseDb *db, const char *path, GCancellable *cancellable, GError **error)
{
  if (write_copy (db, path, cancellable, error) && guise_backup_finish_file (path, error))
    return TRUE;
  guise_backup_remove_file (path);
  return FALSE;
}

/* UTC and microseconds: names sort by time, whatever the time zone does. */
static char *
make_name (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *stamp = g_date_time_format (now, "%Y%m%d-%H%M%S");

  return g_strdup_printf (PREFIX "%s-%06d" SUFFIX, stamp, g_date_time_get_microsecond (now));
}

/* Copies that were never finished: their makers are gone. */
static void
remove_stale_parts (const char *backups)
{
  g_autoptr (GDir) dir = g_dir_open (backups, 0, NULL);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const char *name;
  GStatBuf info;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (backups, name, NULL);

    if (g_str_has_prefix (name, "." PREFIX) && strstr (name, PART_SUFFIX) != NULL
        && g_lstat (path, &info) == 0 && now - info.st_mtime > STALE_SECONDS)
      g_unlink (path);
  }
}

/* Never `made`: where the clock was wrong it may look like the oldest. */
static void
prune (const char *folder, const char *made)
{
  g_autoptr (GPtrArray) list = guise_backup_list (folder, NULL);
  guint n_kept = 1;

  for (guint i = 0; list != NULL && i < list->len; i++) {
    const char *path = ((GuiseBackup *)list->pdata[i])->path;

    if (strcmp (path, made) != 0 && ++n_kept > GUISE_BACKUPS_KEPT)
      g_unlink (path);
  }
}

static gboolean
put (const char *part, const char *path, const char *backups, GError **error)
{
  if (rename (part, path) == 0)
    return guise_sync_folder (backups, error);
  guise_formats_fail_errno (error, errno, "cannot write", path);
  guise_backup_remove_file (part);
  return FALSE;
}

char *
guise_backup_make_from (GuiseDb *db, const char *folder, GCancellable *cancellable, GError **error)
{
  g_autofree char *backups = g_build_filename (folder, FOLDER_NAME, NULL);
  g_autofree char *name = make_name (), *hidden = g_strconcat (".", name, PART_SUFFIX, NULL);
  g_autofree char *part = g_build_filename (backups, hidden, NULL);
  g_autofree char *path = g_build_filename (backups, name, NULL);

  if (g_mkdir (backups, 0755) != 0 && errno != EEXIST) {
    guise_formats_fail_errno (error, errno, "cannot make folder", backups);
    return NULL;
  }
  if (!guise_backup_copy (db, part, cancellable, error) || !put (part, path, backups, error)) {
    g_prefix_error (error, "no backup was made: ");
    return NULL;
  }
  prune (folder, path);
  remove_stale_parts (backups);
  return g_steal_pointer (&path);
}

char *
guise_backup_make (GuiseStore *store, GCancellable *cancellable, GError **error)
{
  GuiseDb *db = guise_store_borrow (store, cancellable, error);
  g_autofree char *folder = NULL;
  char *path;

  if (db == NULL)
    return NULL;
  folder = g_path_get_dirname (guise_db_get_path (db));
  path = guise_backup_make_from (db, folder, cancellable, error);
  guise_store_give_back (store, db);
  return path;
}
