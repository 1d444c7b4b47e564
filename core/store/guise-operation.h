/* Writing the operation log, within a write transaction. For the files of this layer only. */
#pragma once

#include "guise-db.h"
#include "guise-store-history.h"

#include <jansson.h>

/* Begins an operation. Where it can be undone (DONE, not PERMANENT) what was undone before is not
 * redoable any more. Its id, or -1. */
gint64 guise_operation_begin (GuiseDb *db, const char *name, GuiseOperationState state,
                              GError **error);
/* Asks whether a caption may be changed by an operation that cannot be undone. *done: no, undo may
 * come to operations on it; else what was undone on it is made unredoable, and all that was undone
 * with it. */
gboolean guise_operation_make_way (GuiseDb *db, gint64 caption_id, gboolean *done, GError **error);
/* Notes one changed caption; before and after hold the changed columns, NULL for an added or
 * deleted row. Takes both. */
gboolean guise_operation_note (GuiseDb *db, gint64 operation_id, gint64 caption_id,
                               gint64 image_id, json_t *before, json_t *after, GError **error);
/* Sets the columns `after` of a caption whose row is `row`, and notes what they were. Takes after.
 */
gboolean guise_operation_change (GuiseDb *db, gint64 operation_id, gint64 caption_id, json_t *row,
                                 json_t *after, GuiseStoreChange *change, GError **error);
/* Whether nothing came after the operation, and it is not undone: it may be extended. id 0 = no. */
gboolean guise_operation_is_newest (GuiseDb *db, gint64 id, gboolean *newest, GError **error);
/* The newest operation, which changed one caption, has changed it into `after` instead. */
gboolean guise_operation_extend (GuiseDb *db, gint64 id, json_t *after, GError **error);
/* The newest operation has come to nothing: it goes from the log. */
gboolean guise_operation_remove (GuiseDb *db, gint64 id, GError **error);

/* All columns of a caption that the log knows (all but id, revision, changed), or NULL
 * (_NOT_FOUND). */
json_t *guise_caption_read_row (GuiseDb *db, gint64 caption_id, GError **error);
/* Sets the columns in `values` and raises the revision. */
gboolean guise_caption_write_columns (GuiseDb *db, gint64 caption_id, json_t *values,
                                      GError **error);
/* Puts a row with these columns; caption_id 0 = a new id. The id, or -1. */
gint64 guise_caption_insert_row (GuiseDb *db, gint64 caption_id, json_t *values, GError **error);
