/* Putting a backup in guise.db's place. The new file is written aside, checked and synced; the
 * rename of it to guise.db.restore decides. From then on every opening completes what is left to
 * do: the replaced database goes to guise.db.before-restore together with its journals (another
 * database's journal would damage the new one), and the new one takes its name.
 *
 * For whoever holds the project's lock and has none of its databases open. */
#pragma once

#include "guise-store.h"

/* The new database while it is written; with SQLite's suffixes after it. */
#define GUISE_RESTORE_PART_NAME ".guise.db.restore.part"

/* file: a database (a backup, another project's guise.db) or a copy in JSON Lines, known by its
 * name's end, ".jsonl". On error before the decision everything is as it was. */
gboolean guise_restore (const char *folder, const char *file, GCancellable *cancellable,
                        GError **error);
/* Whether a restoring was decided and interrupted. */
gboolean guise_restore_is_pending (const char *folder);
/* Completes it; nothing to complete is fine. */
gboolean guise_restore_complete (const char *folder, GError **error);
