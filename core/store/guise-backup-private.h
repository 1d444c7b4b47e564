/* Writing copies of databases, for backups, migrations and restoring. For this layer only. */
#pragma once

#include "guise-backup.h"
#include "guise-db.h"

/* As guise_backup_make(), of a connection to `folder`/guise.db. */
char *guise_backup_make_from (GuiseDb *db, const char *folder, GCancellable *cancellable,
                              GError **error);
/* Makes `path` (nothing may be there) a copy of db, checks and syncs it; nothing is left on
 * error. */
gboolean guise_backup_copy (GuiseDb *db, const char *path, GCancellable *cancellable,
                            GError **error);
/* Whether `path` (absolute) is a whole database of ours with something in it, opened in that mode.
 * `shown` is its name in the error. */
gboolean guise_backup_check_file (const char *path, GuiseDbMode mode, const char *shown,
                                  GError **error);
/* Checks a closed database and syncs it. */
gboolean guise_backup_finish_file (const char *path, GError **error);
/* Removes a database that is not used, with its journals. */
void guise_backup_remove_file (const char *path);
/* Whether the database in `folder` was written after the file `name` beneath it, or that is not
 * there. */
gboolean guise_backup_is_older (const char *folder, const char *name);
