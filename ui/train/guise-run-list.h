/* Reads the project's runs from their folders and keeps the store's table of runs in step: this
 * process holds the project's lock, the trainers only write their folders. */
#pragma once

#include "guise-project.h"
#include "guise-run-folder.h"

G_BEGIN_DECLS

/* Array of GuiseRunInfo, newest first. callback gets the result on the caller's main context. */
void guise_run_list_read_async (GuiseProject *project, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data);
GPtrArray *guise_run_list_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
