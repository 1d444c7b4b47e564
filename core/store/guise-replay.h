/* Undoing and redoing one operation of the log, within a write transaction. For the files of this
 * layer only. */
#pragma once

#include "guise-store-private.h"

typedef struct {
  char *name;       /* the operation's */
  gint64 image_id;  /* whose captions it changed; 0 = several images */
  guint n_changed;  /* captions */
  GArray *kept;     /* of gint64: captions that an operation of a run left as somebody made them */
  GError *conflict; /* why the operation was put aside instead: nothing was changed */
} GuiseReplay;

void guise_replay_clear (GuiseReplay *replay);

/* Applies the operation's changes backwards (undo) or again: all of them where every row is as the
 * log says, else none, and the operation is put aside. An operation of a run changes the rows that
 * are as the log says and keeps the others. `replay` starts as zeros. */
gboolean guise_replay_operation (GuiseDb *db, gint64 operation_id, gboolean undo,
                                 GuiseReplay *replay, GuiseStoreChange *change, GError **error);
