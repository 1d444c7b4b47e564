/* What survives damage of guise.db: backups/ and captions.jsonl; making them when they are due, and
 * using them. All of it blocks for I/O: on a worker or in a command. */
#pragma once

#include "guise-project.h"

/* Makes a backup where none was made within a day, and the copy of the captions where that is a day
 * old, or with `leaving` whenever something was changed since. A read-only project is an empty
 * success. */
gboolean guise_project_make_copies (GuiseProject *project, gboolean leaving,
                                    GCancellable *cancellable, GError **error);

/* Puts a backup, another database of Guise or a captions.jsonl in the place of the project's
 * database; see guise-restore.h. Nobody may have the project open, and none of its runs may be in
 * training or embedding: _LOCKED names who, or which. folder: of a project, also of one whose
 * database is gone. */
gboolean guise_project_restore (const char *folder, const char *file, GCancellable *cancellable,
                                GError **error);

/* guise_check() of a project, guise_caption_db_check(), and half files in its runs; with `repair`
 * nobody may have it open. */
GPtrArray *guise_project_check (const char *folder, gboolean repair, GCancellable *cancellable,
                                GError **error);
