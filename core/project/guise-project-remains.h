/* What is left of a project whose guise.db is damaged, empty or gone: how such a folder is told
 * from one that never was a project, and what can be put in guise.db's place. Any thread; blocks
 * for I/O. */
#pragma once

#include "guise-backup.h"

/* Whether a backup, a copy of the captions, a run of ours or the last edits of guise.db, its WAL,
 * stand in the folder. */
gboolean guise_project_has_remains (const char *folder);
/* Whether guise.db has something in it and is no database at all. For a file that could not be
 * opened: SQLite would lose its locks. */
gboolean guise_project_is_written_over (const char *folder);
/* What has become of a guise.db that cannot be opened as one: "its guise.db is gone". To be
 * freed. */
char *guise_project_describe_loss (const char *folder);
/* What guise_project_restore() should be given: the newest good backup, else the copy of the
 * captions if it can be read; NULL where there is neither. */
GuiseBackup *guise_project_find_rescue (const char *folder);
/* Whether that is the copy. */
gboolean guise_project_is_copy (const GuiseBackup *rescue);
/* The way out for a person at a shell, the end of a sentence. To be freed. */
char *guise_project_describe_rescue (const char *folder);
