/* Verified copies of guise.db in the project's backups/. A copy holds one committed state, also
 * while others write. It is made under a hidden name, checked, synced and only then named; older
 * ones are pruned after that. Any thread; all of it blocks for I/O. */
#pragma once

#include "guise-store.h"

/* So many are left when a new one has been made. */
#define GUISE_BACKUPS_KEPT 10

typedef struct {
  char *path; /* absolute if the folder was */
  gint64 size;
  gint64 created; /* seconds since 1970 UTC, of the file: for show */
} GuiseBackup;

void guise_backup_free (GuiseBackup *backup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseBackup, guise_backup_free)

/* Array of GuiseBackup beneath the project's `folder`, newest first by name; empty where there are
 * none. Looks at names only. */
GPtrArray *guise_backup_list (const char *folder, GError **error);
/* Opens the copy and checks all of it. FALSE with what is wrong. */
gboolean guise_backup_verify (const char *path, GError **error);
/* The newest one that passes, or NULL. */
GuiseBackup *guise_backup_find_good (const char *folder);

/* Makes one of the open store. Its path, or NULL: then everything is as before. */
char *guise_backup_make (GuiseStore *store, GCancellable *cancellable, GError **error);
/* Whether none was made within the last day, and something was written since the newest one. */
gboolean guise_backup_is_due (const char *folder);
