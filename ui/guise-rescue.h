/* A project whose database is damaged: asks what to do, and puts a backup in its place. Main thread
 * only; the work is done on a worker. */
#pragma once

#include "guise-backup.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  GUISE_RESCUE_LEAVE,    /* nothing was changed */
  GUISE_RESCUE_READ,     /* open what can be read */
  GUISE_RESCUE_RESTORED, /* the backup is in place: open it */
} GuiseRescue;

/* folder: the project's; backup: its newest good one or the copy of its captions, or NULL where
 * there is neither; readable: whether it can be opened for reading as it is. */
void guise_rescue_async (GtkWindow *parent, const char *folder, const GuiseBackup *backup,
                         gboolean readable, GAsyncReadyCallback callback, gpointer data);
/* error: restoring failed; the answer is LEAVE then. */
GuiseRescue guise_rescue_finish (GAsyncResult *result, GError **error);

G_END_DECLS
