/* A database file together with the journals that SQLite finds beside it by their names; the shared
 * memory is no part of it, and is made again. Blocks for I/O. */
#pragma once

#include <glib.h>

/* Whether one of them is there, a link that leads nowhere included: also where only a journal is
 * left, since beside another database it would be read as that one's. */
gboolean guise_db_files_exist (const char *path);
/* Whether the database is gone and a journal that is not empty is left of it. */
gboolean guise_db_files_are_left (const char *path);
/* Renames them all, the database first: what is left beside it then is nobody's. One that is not
 * there is moved already. G_IO_ERROR. */
gboolean guise_db_files_move (const char *from, const char *to, GError **error);
