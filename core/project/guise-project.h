/* The open project: a folder with guise.db, cache.db, captions.jsonl, project.lock, runs/ and
 * backups/; the one object that pages and commands receive. */
#pragma once

#include "guise-cache.h"
#include "guise-decoder.h"
#include "guise-import.h"
#include "guise-store-images.h"
#include "guise-store-import.h"
#include "guise-store.h"

#define GUISE_TYPE_PROJECT (guise_project_get_type ())
G_DECLARE_FINAL_TYPE (GuiseProject, guise_project, GUISE, PROJECT, GObject)

typedef enum {
  GUISE_PROJECT_READ_WRITE, /* takes the lock; _LOCKED names process and host that have it */
  GUISE_PROJECT_READ_ONLY,  /* no lock: beside the window, or on a read-only disk */
  /* Writes if it can, else reads: what a training or embedding child of the window uses. */
  GUISE_PROJECT_PREFER_WRITE,
  /* Reads what can be read of a damaged database. */
  GUISE_PROJECT_SALVAGE,
} GuiseProjectMode;

/* Makes the folder (parents too) and an empty project in it, or completes what a killed call left.
 * Fails where a project is; where it fails otherwise it leaves nothing of its own. The lock is
 * held. */
GuiseProject *guise_project_create (const char *folder, GError **error);
/* _NOT_A_PROJECT where `folder` holds no guise.db of ours, but _DAMAGED where other things of a
 * project are left in it, or guise.db is no database at all; that message names what can be
 * restored. READ_WRITE on a read-only disk opens read-only: see guise_store_is_read_only(). */
GuiseProject *guise_project_open (const char *folder, GuiseProjectMode mode, GError **error);
/* TRUE when `folder` holds a project (looks for guise.db, opens nothing). */
gboolean guise_project_is_project (const char *folder);
/* The same, with _NOT_A_PROJECT that says what is missing. */
gboolean guise_project_check_folder (const char *folder, GError **error);
/* TRUE when `folder` is empty or holds nothing but what a killed guise_project_create() may have
 * left, whether that is complete or not: a guise.db with images, one that cannot be read and one of
 * another program are not that. */
gboolean guise_project_is_begun (const char *folder);
/* Empties a folder that is begun, so that something else may be put in its place; FALSE with
 * _LOCKED while somebody makes a project there. Any other folder, or none, is left as it is. */
gboolean guise_project_clear_begun (const char *folder, GError **error);
/* Makes the day's copies first, see guise-project-copies.h; it says nothing where that fails. */
void guise_project_close (GuiseProject *project);

/* Borrowed; valid until the project is closed. */
GuiseStore *guise_project_get_store (GuiseProject *project);
GuiseCache *guise_project_get_cache (GuiseProject *project);
const char *guise_project_get_folder (GuiseProject *project); /* absolute */
/* The folder's name for titles, UTF-8. */
const char *guise_project_get_name (GuiseProject *project);
/* The folder of run `name`, absolute, whether it exists or not. */
char *guise_project_get_run_folder (GuiseProject *project, const char *name);
/* A path of the store that is relative to the project's folder, made absolute. */
char *guise_project_resolve (GuiseProject *project, const char *path);

/* The data set's root, held open for reading images beneath it; kept by the project, so asking
 * again is cheap. Unref it. NULL with _NOT_FOUND or G_IO_ERROR (the folder is gone). Any
 * thread. */
GuiseRoot *guise_project_get_root (GuiseProject *project, gint64 dataset_id, GError **error);
/* The decoder processes of the project, started when first used. Borrowed until the project is
 * closed: for whoever knows that it stays open, as a command does. */
GuiseDecoder *guise_project_get_decoder (GuiseProject *project);
/* The same with a reference, for threads that the project may be closed beside. Any thread. */
GuiseDecoder *guise_project_dup_decoder (GuiseProject *project);

/* The absolute root of a data set; NULL with _NOT_FOUND. Any thread. */
char *guise_project_get_dataset_root (GuiseProject *project, gint64 dataset_id, GError **error);
/* Root and path put together, for showing, copying and opening the folder. To read the image,
 * open it beneath the root. */
char *guise_project_get_image_path (GuiseProject *project, gint64 dataset_id, const char *path,
                                    GError **error);

/* Puts what an importer read into the store: the data set (root relative when it lies inside the
 * project) and its records. Blocking. */
gboolean guise_project_import (GuiseProject *project, const GuiseImport *import,
                               GuiseImportStats *stats, GuiseStoreProgress progress,
                               gpointer progress_data, GCancellable *cancellable, GError **error);
