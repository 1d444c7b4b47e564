#include "guise-project.h"

#include "guise-project-copies.h"
#include "guise-project-lock.h"
#include "guise-project-remains.h"
#include "guise-restore.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATABASE_NAME "guise.db"

struct _GuiseProject {
  GObject parent_instance;

  char *folder; /* absolute, without symbolic links */
  char *name;
  int lock_fd;
  GuiseStore *store;
  GuiseCache *cache;

  GMutex mutex; /* guards what follows */
  GuiseDecoder *decoder;
  GHashTable *roots; /* data set id → GuiseRoot */
};

G_DEFINE_FINAL_TYPE (GuiseProject, guise_project, G_TYPE_OBJECT)

static GuiseProject *
new_project (const char *folder, GError **error)
{
  char *real = realpath (folder, NULL);
  g_autofree char *base = NULL;
  GuiseProject *project;

  if (real == NULL) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot open project: '%s': %s",
                 folder, g_strerror (errno));
    return NULL;
  }
  project = g_object_new (GUISE_TYPE_PROJECT, NULL);
  project->folder = g_strdup (real);
  base = g_path_get_basename (real);
  project->name = g_filename_display_name (base);
  free (real);
  return project;
}

static gboolean
make_subfolder (GuiseProject *project, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (project->folder, name, NULL);

  if (g_mkdir (path, 0755) == 0 || errno == EEXIST)
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot make folder: '%s': %s",
               path, g_strerror (errno));
  return FALSE;
}

static gboolean
make_subfolders (GuiseProject *project, GError **error)
{
  return make_subfolder (project, "runs", error) && make_subfolder (project, "backups", error);
}

/* More than the empty file that a killed creation leaves. */
static gboolean
has_database (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME, NULL);
  GStatBuf info;

  return g_stat (path, &info) == 0 && info.st_size > 0;
}

/* With the lock held. */
static gboolean
create_contents (GuiseProject *project, GError **error)
{
  project->store = guise_store_create (project->folder, error);
  if (project->store == NULL || !make_subfolders (project, error))
    return FALSE;
  project->cache = guise_cache_open (project->folder, error);
  return project->cache != NULL;
}

/* Of a creation that failed; the lock goes last. */
static void
remove_contents (GuiseProject *project)
{
  static const char *const names[] = { DATABASE_NAME, "cache.db" };
  static const char *const suffixes[] = { "", "-journal", "-wal", "-shm" };
  static const char *const others[] = { "runs", "backups", "project.lock" };

  if (project->store != NULL)
    guise_store_close (project->store);
  for (size_t i = 0; i < G_N_ELEMENTS (names) * G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *path
        = g_strconcat (project->folder, "/", names[i / G_N_ELEMENTS (suffixes)],
                       suffixes[i % G_N_ELEMENTS (suffixes)], NULL);

    g_unlink (path);
  }
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++) {
    g_autofree char *path = g_build_filename (project->folder, others[i], NULL);

    g_remove (path); /* a folder only if it is empty */
  }
}

GuiseProject *
guise_project_create (const char *folder, GError **error)
{
  g_autoptr (GuiseProject) project = NULL;
  gboolean existed = g_file_test (folder, G_FILE_TEST_EXISTS), is_ours;

  if (g_mkdir_with_parents (folder, 0755) != 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "cannot make project: '%s': %s",
                 folder, g_strerror (errno));
    return NULL;
  }
  project = new_project (folder, error);
  if (project == NULL)
    return NULL;
  project->lock_fd = guise_project_lock_take (project->folder, error);
  is_ours = project->lock_fd >= 0 && guise_project_is_begun (project->folder)
            && !has_database (project->folder);
  if (project->lock_fd >= 0 && create_contents (project, error))
    return g_steal_pointer (&project);
  if (is_ours)
    remove_contents (project);
  if (!existed)
    g_rmdir (project->folder); /* which fails where somebody else has begun */
  return NULL;
}

/* The mode in which the store can be opened, with the lock taken for READ_WRITE; FALSE on
 * error. */
static gboolean
choose_mode (GuiseProject *project, GuiseProjectMode mode, GuiseStoreMode *store_mode,
             GError **error)
{
  g_autofree char *database = g_build_filename (project->folder, DATABASE_NAME, NULL);
  g_autoptr (GError) local = NULL;

  *store_mode = mode == GUISE_PROJECT_SALVAGE ? GUISE_STORE_SALVAGE : GUISE_STORE_READ_ONLY;
  if (mode == GUISE_PROJECT_READ_ONLY || mode == GUISE_PROJECT_SALVAGE
      || access (project->folder, W_OK) != 0
      || access (database, W_OK) != 0)
    return TRUE;
  project->lock_fd = guise_project_lock_take (project->folder, &local);
  if (project->lock_fd >= 0) {
    *store_mode = GUISE_STORE_READ_WRITE;
    return TRUE;
  }
  if (mode == GUISE_PROJECT_PREFER_WRITE
      && g_error_matches (local, GUISE_STORE_ERROR, GUISE_STORE_ERROR_LOCKED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* A restoring that was interrupted is completed before anybody looks. */
static gboolean
complete_restoring (GuiseProject *project, GError **error)
{
  gboolean ok;
  int fd;

  if (!guise_restore_is_pending (project->folder))
    return TRUE;
  fd = guise_project_lock_take (project->folder, error);
  ok = fd >= 0 && guise_restore_complete (project->folder, error);
  guise_project_lock_release (fd);
  return ok;
}

static GuiseProject *
open_folder (const char *folder, GuiseProjectMode mode, GError **error)
{
  g_autoptr (GuiseProject) project = NULL;
  GuiseStoreMode store_mode;

  if (!guise_project_check_folder (folder, error))
    return NULL;
  project = new_project (folder, error);
  if (project == NULL || !complete_restoring (project, error)
      || !choose_mode (project, mode, &store_mode, error))
    return NULL;
  project->store = guise_store_open (project->folder, store_mode, error);
  /* whoever made the project may have been killed before it made the folders */
  if (project->store == NULL || (project->lock_fd >= 0 && !make_subfolders (project, error)))
    return NULL;
  project->cache = guise_cache_open (project->folder, error);
  return project->cache != NULL ? g_steal_pointer (&project) : NULL;
}

/* A database that is no more is damage where other things of a project are left, or something of
 * itself; of all damage it is said what can be put in its place. */
static GError *
explain_damage (const char *folder, const GError *error)
{
  g_autofree char *way_out = NULL;

  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
      && (guise_project_has_remains (folder) || guise_project_is_written_over (folder))) {
    g_autofree char *loss = guise_project_describe_loss (folder);

    way_out = guise_project_describe_rescue (folder);
    return g_error_new (GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED,
                        "project is damaged: '%s': %s; %s", folder, loss, way_out);
  }
  if (g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT)
      && guise_project_is_project (folder) && guise_project_is_begun (folder))
    return g_error_new (error->domain, error->code,
                        "not a project yet: '%s': its making was interrupted; do again what was to "
                        "make it",
                        folder);
  if (!g_error_matches (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_DAMAGED))
    return g_error_copy (error);
  way_out = guise_project_describe_rescue (folder);
  return g_error_new (error->domain, error->code, "%s; %s", error->message, way_out);
}

GuiseProject *
guise_project_open (const char *folder, GuiseProjectMode mode, GError **error)
{
  g_autoptr (GError) local = NULL;
  GuiseProject *project = open_folder (folder, mode, &local);

  if (project == NULL)
    g_propagate_error (error, explain_damage (folder, local));
  return project;
}

gboolean
guise_project_is_project (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR) || guise_restore_is_pending (folder);
}

/* What guise_project_create() makes before the first folder; the lock stays to the last. */
static const char *const begun[]
    = { DATABASE_NAME, DATABASE_NAME "-journal", "project.lock", NULL };

gboolean
guise_project_is_begun (const char *folder)
{
  g_autoptr (GDir) contents = g_dir_open (folder, 0, NULL);
  const char *name;

  while (contents != NULL && (name = g_dir_read_name (contents)) != NULL)
    if (!g_strv_contains (begun, name))
      return FALSE;
  return contents != NULL && guise_store_holds_nothing (folder);
}

gboolean
guise_project_clear_begun (const char *folder, GError **error)
{
  int fd;

  if (!guise_project_is_begun (folder))
    return TRUE;
  fd = guise_project_lock_take (folder, error);
  if (fd < 0)
    return FALSE;
  if (guise_project_is_begun (folder)) /* it may have been completed until now */
    for (gsize i = 0; begun[i] != NULL; i++) {
      g_autofree char *path = g_build_filename (folder, begun[i], NULL);

      g_unlink (path);
    }
  guise_project_lock_release (fd);
  return TRUE;
}

gboolean
guise_project_check_folder (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, DATABASE_NAME, NULL);
  g_autofree char *loss = NULL;
  const char *why = "it has no " DATABASE_NAME;

  if (guise_project_is_project (folder))
    return TRUE;
  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    why = "there is no such folder";
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    why = "it is no folder";
  else if (g_file_test (path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
    why = loss = guise_project_describe_loss (folder);
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_A_PROJECT, "not a project: '%s': %s",
               folder, why);
  return FALSE;
}

void
guise_project_close (GuiseProject *project)
{
  if (project->lock_fd >= 0 && project->store != NULL)
    guise_project_make_copies (project, FALSE, NULL, NULL);
  if (project->store != NULL)
    guise_store_close (project->store);
  if (project->cache != NULL)
    guise_cache_close (project->cache);
  g_mutex_lock (&project->mutex);
  g_clear_object (&project->decoder);
  g_hash_table_remove_all (project->roots);
  g_mutex_unlock (&project->mutex);
  guise_project_lock_release (project->lock_fd); /* after the last write */
  project->lock_fd = -1;
}

GuiseStore *
guise_project_get_store (GuiseProject *project)
{
  return project->store;
}

GuiseCache *
guise_project_get_cache (GuiseProject *project)
{
  return project->cache;
}

const char *
guise_project_get_folder (GuiseProject *project)
{
  return project->folder;
}

const char *
guise_project_get_name (GuiseProject *project)
{
  return project->name;
}

char *
guise_project_get_run_folder (GuiseProject *project, const char *name)
{
  return g_build_filename (project->folder, "runs", name, NULL);
}

char *
guise_project_resolve (GuiseProject *project, const char *path)
{
  return g_canonicalize_filename (path, project->folder);
}

/* With the mutex held. */
static GuiseDecoder *
ensure_decoder (GuiseProject *project)
{
  if (project->decoder == NULL)
    project->decoder = guise_decoder_new (0);
  return project->decoder;
}

GuiseDecoder *
guise_project_get_decoder (GuiseProject *project)
{
  GuiseDecoder *decoder;

  g_mutex_lock (&project->mutex);
  decoder = ensure_decoder (project);
  g_mutex_unlock (&project->mutex);
  return decoder;
}

GuiseDecoder *
guise_project_dup_decoder (GuiseProject *project)
{
  GuiseDecoder *decoder;

  g_mutex_lock (&project->mutex);
  decoder = g_object_ref (ensure_decoder (project));
  g_mutex_unlock (&project->mutex);
  return decoder;
}

char *
guise_project_get_dataset_root (GuiseProject *project, gint64 dataset_id, GError **error)
{
  g_autoptr (GPtrArray) datasets = guise_store_list_datasets (project->store, error);

  if (datasets == NULL)
    return NULL;
  for (guint i = 0; i < datasets->len; i++) {
    const GuiseDataset *dataset = datasets->pdata[i];

    if (dataset->id == dataset_id)
      return guise_project_resolve (project, dataset->root);
  }
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_NOT_FOUND,
               "no such data set: '%" G_GINT64_FORMAT "'", dataset_id);
  return NULL;
}

GuiseRoot *
guise_project_get_root (GuiseProject *project, gint64 dataset_id, GError **error)
{
  g_autofree char *folder = NULL;
  GuiseRoot *root;

  g_mutex_lock (&project->mutex);
  root = g_hash_table_lookup (project->roots, &dataset_id);
  if (root != NULL)
    guise_root_ref (root);
  g_mutex_unlock (&project->mutex);
  if (root != NULL)
    return root;
  folder = guise_project_get_dataset_root (project, dataset_id, error);
  root = folder != NULL ? guise_root_open (folder, error) : NULL;
  if (root == NULL)
    return NULL;
  g_mutex_lock (&project->mutex);
  g_hash_table_insert (project->roots, g_memdup2 (&dataset_id, sizeof dataset_id),
                       guise_root_ref (root));
  g_mutex_unlock (&project->mutex);
  return root;
}

char *
guise_project_get_image_path (GuiseProject *project, gint64 dataset_id, const char *path,
                              GError **error)
{
  g_autoptr (GuiseRoot) root = guise_project_get_root (project, dataset_id, error);

  return root != NULL ? g_build_filename (guise_root_get_folder (root), path, NULL) : NULL;
}

/* A root inside the project's folder as seen from there, so that the project can be moved as a
 * whole. */
static const char *
relative_root (GuiseProject *project, const char *root)
{
  size_t length = strlen (project->folder);

  if (strcmp (root, project->folder) == 0)
    return ".";
  if (strncmp (root, project->folder, length) != 0 || root[length] != '/')
    return root;
  return root + length + 1;
}

gboolean
guise_project_import (GuiseProject *project, const GuiseImport *import, GuiseImportStats *stats,
                      GuiseStoreProgress progress, gpointer progress_data,
                      GCancellable *cancellable, GError **error)
{
  gint64 dataset_id = guise_store_add_dataset (project->store, import->name, import->format,
                                               relative_root (project, import->root), error);

  return dataset_id > 0
         && guise_store_import_records (project->store, dataset_id, import->records, stats,
                                        progress, progress_data, cancellable, error);
}

static void
guise_project_finalize (GObject *object)
{
  GuiseProject *project = GUISE_PROJECT (object);

  guise_project_close (project);
  g_clear_object (&project->store);
  g_clear_object (&project->cache);
  g_hash_table_unref (project->roots);
  g_mutex_clear (&project->mutex);
  g_free (project->folder);
  g_free (project->name);
  G_OBJECT_CLASS (guise_project_parent_class)->finalize (object);
}

static void
guise_project_class_init (GuiseProjectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = guise_project_finalize;
}

static void
guise_project_init (GuiseProject *project)
{
  project->lock_fd = -1;
  g_mutex_init (&project->mutex);
  project->roots = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                          (GDestroyNotify)guise_root_unref);
}
