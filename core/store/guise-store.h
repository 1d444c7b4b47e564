/* The project's database: data sets, images, captions, runs, settings and the log of operations.
 *
 * Threads: every function may be called from any thread; reads run on connections of their own
 * and see the last committed state, writes are handed to the one writer thread and are on the
 * disk (WAL, synchronous = FULL) when the call returns or the callback is called. All calls
 * without `_async` block for I/O: the window makes them on a worker.
 *
 * The store belongs to one process: the project's lock is taken by core/project, not here. */
#pragma once

#include "guise-record.h"

#include <gio/gio.h>

#define GUISE_STORE_ERROR (guise_store_error_quark ())
GQuark guise_store_error_quark (void);
typedef enum {
  GUISE_STORE_ERROR_FAILED,        /* SQLite said no: disk full, I/O */
  GUISE_STORE_ERROR_NOT_A_PROJECT, /* not a database, or somebody else's */
  GUISE_STORE_ERROR_NEWER,         /* written by a newer version */
  GUISE_STORE_ERROR_DAMAGED,       /* quick_check found something */
  GUISE_STORE_ERROR_LOCKED,        /* another process has the project */
  GUISE_STORE_ERROR_READ_ONLY,
  GUISE_STORE_ERROR_NOT_FOUND,    /* no such image, caption, run, operation */
  GUISE_STORE_ERROR_INVALID_TEXT, /* NUL, invalid UTF-8, nothing but white space, too long */
  GUISE_STORE_ERROR_CONFLICT,     /* the row has changed since */
  GUISE_STORE_ERROR_NOTHING,      /* nothing to undo or redo */
  GUISE_STORE_ERROR_FILTER,       /* the filter does not parse */
} GuiseStoreError;

/* Longest caption that is stored, in bytes. */
#define GUISE_STORE_MAX_TEXT (1 << 20)

#define GUISE_TYPE_STORE (guise_store_get_type ())
G_DECLARE_FINAL_TYPE (GuiseStore, guise_store, GUISE, STORE, GObject)

typedef enum {
  GUISE_STORE_CHANGED_IMAGES = 1 << 0, /* images came or went, or their labels changed */
  GUISE_STORE_CHANGED_CAPTIONS = 1 << 1,
  GUISE_STORE_CHANGED_RUNS = 1 << 2,
  GUISE_STORE_CHANGED_SETTINGS = 1 << 3,
  GUISE_STORE_CHANGED_HISTORY = 1 << 4, /* what undo and redo would do */
} GuiseStoreChanges;

/* What one or several commits changed. With `everything` the id arrays are empty and all rows of
 * the flagged kinds must be looked at again (an import, a bulk operation). */
typedef struct {
  GuiseStoreChanges changes;
  gboolean everything;
  GArray *image_ids;   /* of gint64: images with a changed caption or label; no duplicates */
  GArray *caption_ids; /* of gint64; no duplicates */
  GPtrArray *settings; /* of char *: the keys that were set or removed; no duplicates; complete
                        * with `everything` too */
} GuiseStoreChange;

/* Signal "changed" (GuiseStore *store, const GuiseStoreChange *change): after commits, coalesced,
 * in the main context that was the thread's default when the store was opened. */

typedef enum {
  GUISE_STORE_READ_WRITE,
  GUISE_STORE_READ_ONLY, /* no writer thread; every change fails with _READ_ONLY */
  GUISE_STORE_SALVAGE,   /* the same without looking for damage first: what can be read is read */
} GuiseStoreMode;

/* Creates `folder`/guise.db with the newest schema; fails where there is one, other than the empty
 * file that a creation leaves when it is killed. A creation that fails leaves nothing. */
GuiseStore *guise_store_create (const char *folder, GError **error);
/* TRUE when nobody could miss `folder`/guise.db: it is not there, empty, or a readable database of
 * ours without an image. What cannot be read, or is another program's, is somebody's. For whoever
 * knows that nobody writes it. */
gboolean guise_store_holds_nothing (const char *folder);
/* Opens `folder`/guise.db: checks that it is ours, runs quick_check, and migrates it after a backup
 * was made. READ_ONLY works beside another process that writes, and on a read-only file system. */
GuiseStore *guise_store_open (const char *folder, GuiseStoreMode mode, GError **error);
/* Finishes what the writer thread still has, checkpoints and closes. Called by dispose too. */
void guise_store_close (GuiseStore *store);
gboolean guise_store_is_read_only (GuiseStore *store);
/* Brings what is in the WAL into guise.db, as far as no reader needs it there. The writer thread
 * does so by itself when nothing was written for a while. */
gboolean guise_store_checkpoint (GuiseStore *store, GError **error);
/* The journal cannot be a WAL here (network file system): say so in a banner. */
gboolean guise_store_is_on_network (GuiseStore *store);

/* Settings of the project: small texts by key, UTF-8. NULL = not set (no error). Free with
 * g_free. */
char *guise_store_get_setting (GuiseStore *store, const char *key, GError **error);
/* Keys (char *) that begin with prefix, in order. */
GPtrArray *guise_store_list_settings (GuiseStore *store, const char *prefix, GError **error);
/* value NULL removes. Not an undoable operation. */
gboolean guise_store_set_setting (GuiseStore *store, const char *key, const char *value,
                                  GError **error);
void guise_store_set_setting_async (GuiseStore *store, const char *key, const char *value,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean guise_store_set_setting_finish (GuiseStore *store, GAsyncResult *result, GError **error);

void guise_store_change_free (GuiseStoreChange *change);
