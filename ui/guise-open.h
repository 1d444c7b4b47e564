/* Opening a project on a worker, and saying in a sentence why it could not be opened. */
#pragma once

#include "guise-backup.h"
#include "guise-project.h"

G_BEGIN_DECLS

/* callback runs in the caller's main context, without a source object. mode: READ_WRITE, or one
 * that only reads. */
void guise_open_async (const char *folder, GuiseProjectMode mode, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer data);
/* The project, read-write unless its disk is not; *datasets, to be freed, gets the names of its
 * data sets for a subtitle. */
GuiseProject *guise_open_finish (GAsyncResult *result, char **datasets, GError **error);
/* The folder that was asked for; borrowed from result. */
const char *guise_open_get_folder (GAsyncResult *result);
/* Of a database that is damaged: its newest good backup or the copy of its captions, or NULL; to be
 * freed. readable: whether anything in it can still be read. */
GuiseBackup *guise_open_take_backup (GAsyncResult *result, gboolean *readable);

/* What a person can do with error; its own message is for the details. To be freed. */
char *guise_open_explain (const GError *error, const char *folder);

G_END_DECLS
