/* Looking for damage in captions.db. Any thread; blocks for I/O. */
#pragma once

#include "guise-check.h"

/* Adds what is wrong with `folder`/captions.db to problems; none is fine. repair: indexes are built
 * anew, or the file is put aside with its journals as captions.db.damaged, or with a number where
 * that is taken, so that jobs can begin again; not beneath a job that runs: then what was found
 * passes, and its advice names who has the lock. FALSE when cancelled. */
gboolean guise_caption_db_check (const char *folder, gboolean repair, GCancellable *cancellable,
                                 GPtrArray *problems, GError **error);
