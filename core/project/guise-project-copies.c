#include "guise-project-copies.h"

#include "guise-backup.h"
#include "guise-caption-check.h"
#include "guise-captions-copy.h"
#include "guise-check.h"
#include "guise-project-lock.h"
#include "guise-project-remains.h"
#include "guise-restore.h"
#include "guise-run-folder.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#define DAY_SECONDS (24 * 60 * 60)

/* One from the future is one from before the clock was put right. */
static gboolean
is_from_today (const char *path)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  struct stat info;

  return stat (path, &info) == 0 && info.st_mtime <= now && now - info.st_mtime < DAY_SECONDS;
}

static gboolean
make_backup (GuiseProject *project, GCancellable *cancellable, GError **error)
{
  g_autofree char *made = NULL;

  if (!guise_backup_is_due (guise_project_get_folder (project)))
    return TRUE;
  made = guise_backup_make (guise_project_get_store (project), cancellable, error);
  return made != NULL;
}

static gboolean
write_copy (GuiseProject *project, gboolean leaving, GCancellable *cancellable, GError **error)
{
  const char *folder = guise_project_get_folder (project);
  g_autofree char *path = g_build_filename (folder, GUISE_CAPTIONS_COPY_NAME, NULL);

  if (!guise_captions_copy_is_due (folder) || (!leaving && is_from_today (path)))
    return TRUE;
  return guise_captions_copy_write (guise_project_get_store (project), path, cancellable, error);
}

/* The WAL first: bringing it in later would make the database look newer than its copies. */
gboolean
guise_project_make_copies (GuiseProject *project, gboolean leaving, GCancellable *cancellable,
                           GError **error)
{
  GuiseStore *store = guise_project_get_store (project);

  return guise_store_is_read_only (store)
         || (guise_store_checkpoint (store, error) && make_backup (project, cancellable, error)
             && write_copy (project, leaving, cancellable, error));
}

/* A folder that has, or had, a database of ours. */
static gboolean
check_folder (const char *folder, GError **error)
{
  g_autofree char *backups = g_build_filename (folder, "backups", NULL);

  return g_file_test (backups, G_FILE_TEST_IS_DIR) || guise_project_has_remains (folder)
         || guise_project_check_folder (folder, error);
}

/* A job that outlived its window holds no lock of the project. It goes on reading the database that
 * it opened, and what it writes would belong to captions and pictures that are no more. */
static gboolean
check_runs (const char *folder, GError **error)
{
  g_autofree char *runs_folder = g_build_filename (folder, "runs", NULL);
  g_autoptr (GPtrArray) runs = guise_run_list (runs_folder, NULL);

  for (guint i = 0; runs != NULL && i < runs->len; i++) {
    const GuiseRunInfo *info = runs->pdata[i];
    g_autofree char *run = g_build_filename (runs_folder, info->name, NULL);
    gboolean trained = guise_run_is_locked (run);

    if (!trained && !guise_run_is_embedding (run))
      continue;
    g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED,
                 "cannot restore: '%s': its run '%s' is being %s with the captions that would be "
                 "replaced; stop that first, or wait for its end",
                 folder, info->name, trained ? "trained" : "embedded");
    return FALSE;
  }
  return TRUE;
}

gboolean
guise_project_restore (const char *folder, const char *file, GCancellable *cancellable,
                       GError **error)
{
  gboolean ok;
  int fd;

  if (!check_folder (folder, error))
    return FALSE;
  fd = guise_project_lock_take (folder, error);
  ok = fd >= 0 && check_runs (folder, error) && guise_restore (folder, file, cancellable, error);
  guise_project_lock_release (fd);
  return ok;
}

/* Files of runs that a kill left half written. */
static void
check_half_files (const char *folder, gboolean repair, GPtrArray *problems)
{
  g_autofree char *runs_folder = g_build_filename (folder, "runs", NULL);
  g_autoptr (GPtrArray) runs = guise_run_list (runs_folder, NULL);

  for (guint i = 0; runs != NULL && i < runs->len; i++) {
    const char *run = ((GuiseRunInfo *)runs->pdata[i])->name;
    g_autofree char *run_folder = g_build_filename (runs_folder, run, NULL);
    g_autoptr (GPtrArray) names = guise_run_list_half_files (run_folder);

    for (guint k = 0; k < names->len; k++) {
      g_autofree char *subject = g_build_filename ("runs", run, names->pdata[k], NULL);
      GuiseFinding *problem = guise_finding_add (
          problems, subject, g_strdup ("a half written file; nothing uses it"));

      problem->repairable = TRUE;
      problem->repaired = repair && guise_run_remove_half_file (run_folder, names->pdata[k]);
    }
  }
}

GPtrArray *
guise_project_check (const char *folder, gboolean repair, GCancellable *cancellable, GError **error)
{
  GPtrArray *problems = NULL;
  int fd = -1;

  if (!check_folder (folder, error))
    return NULL;
  if (repair || guise_restore_is_pending (folder))
    fd = guise_project_lock_take (folder, error);
  if (fd >= 0 ? guise_restore_complete (folder, error)
              : !repair && !guise_restore_is_pending (folder))
    problems = guise_check (folder, repair, cancellable, error);
  if (problems != NULL)
    check_half_files (folder, repair, problems);
  if (problems != NULL && !guise_caption_db_check (folder, repair, cancellable, problems, error))
    g_clear_pointer (&problems, g_ptr_array_unref);
  guise_project_lock_release (fd);
  return problems;
}
