/* The SQL function is_among (id, ids): whether the id is one of a rising array that is bound as
 * GUISE_IDS. For guise-db.c only. */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* SQLite's result code. */
int guise_db_add_among (sqlite3 *handle);
/* ids: of gint64, or NULL for none; borrowed until the statement is finalized. */
int guise_db_bind_ids (sqlite3_stmt *statement, int index, const GArray *ids);
