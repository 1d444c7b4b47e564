/* Looking for damage in an open database: pages, indexes, references between rows. For the layers
 * that have databases. */
#pragma once

#include "guise-check.h"
#include "guise-db.h"

/* Adds what is wrong to problems, as `subject`. has_log: also whether the records of guise.db's
 * operations can be read. repair: indexes that do not fit their tables are built anew. FALSE when
 * cancelled, by what guise_db_set_cancellable() was given. */
gboolean guise_check_database (GuiseDb *db, const char *subject, gboolean has_log, gboolean repair,
                               GPtrArray *problems, GError **error);
