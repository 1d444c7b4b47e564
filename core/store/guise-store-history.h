/* The log of operations: undo and redo that survive restarts, and the history of a caption.
 *
 * An operation is a name and the rows it changed, each with the changed columns before and after.
 * Undo writes `before` back where the row still is as `after` says, and refuses as a whole where
 * it is not: such an operation is put aside, so that it does not bar the way to older ones. A new
 * operation makes what was undone unredoable; it stays in the log. Order is the log's sequence, not
 * the clock. The newest operation may still grow, and go when it came to nothing: see
 * GuiseCaptionStay. */
#pragma once

#include "guise-store.h"

typedef enum {
  GUISE_OPERATION_DONE,
  GUISE_OPERATION_UNDONE,
  GUISE_OPERATION_DROPPED,   /* undone, and no longer redoable */
  GUISE_OPERATION_PERMANENT, /* cannot be undone: an import, or one that undo had to refuse */
} GuiseOperationState;

/* What undo would undo and redo would do, as the operation's name ("Edit caption"); NULL =
 * nothing (no error). */
char *guise_store_get_undo_name (GuiseStore *store, GError **error);
char *guise_store_get_redo_name (GuiseStore *store, GError **error);

/* The name of the operation undone or redone (free it); _NOTHING when there is none, _CONFLICT
 * naming operation and caption when a row has changed since: nothing is altered, and the next call
 * takes the operation beyond it. */
char *guise_store_undo (GuiseStore *store, GError **error);
char *guise_store_redo (GuiseStore *store, GError **error);
void guise_store_undo_async (GuiseStore *store, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
/* *image_id (NULL = do not tell): the image whose captions changed, 0 where there are several. */
char *guise_store_undo_finish (GuiseStore *store, GAsyncResult *result, gint64 *image_id,
                               GError **error);
void guise_store_redo_async (GuiseStore *store, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
char *guise_store_redo_finish (GuiseStore *store, GAsyncResult *result, gint64 *image_id,
                               GError **error);

/* One row that an operation changed; JSON objects of the changed columns. */
typedef struct {
  gint64 operation_id;
  char *name;
  GuiseOperationState state;
  gint64 created; /* µs since 1970 UTC */
  gint64 caption_id;
  gint64 image_id; /* 0 when the caption is gone */
  char *before;    /* JSON or NULL: the row was added */
  char *after;     /* JSON or NULL: the row was deleted */
} GuiseHistoryEntry;

void guise_history_entry_free (GuiseHistoryEntry *entry);
/* Array of GuiseHistoryEntry, oldest first: all changes of one caption (deleted ones too), or of
 * all captions of one image. Empty is no error. */
GPtrArray *guise_store_get_caption_history (GuiseStore *store, gint64 caption_id, GError **error);
GPtrArray *guise_store_get_image_history (GuiseStore *store, gint64 image_id, GError **error);

typedef struct {
  gint64 id;
  char *name;
  GuiseOperationState state;
  gint64 created;
  guint n_changes;
} GuiseOperation;

void guise_operation_free (GuiseOperation *operation);
/* The newest `limit` operations (0 = all), newest first. */
GPtrArray *guise_store_list_operations (GuiseStore *store, guint limit, GError **error);
