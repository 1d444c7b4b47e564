#include "guise-db-among.h"

#include <stdlib.h>

/* SQLite hands the array over only to who asks for it by this name. */
#define IDS_TYPE "guise-ids"

static int
compare_ids (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return (x > y) - (x < y);
}

static void
is_among (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  const GArray *ids = sqlite3_value_pointer (values[1], IDS_TYPE);
  gint64 id = sqlite3_value_int64 (values[0]);

  sqlite3_result_int (context, ids != NULL && ids->len > 0
                                   && bsearch (&id, ids->data, ids->len, sizeof (gint64),
                                               compare_ids)
                                          != NULL);
}

int
guise_db_add_among (sqlite3 *handle)
{
  return sqlite3_create_function_v2 (handle, "is_among", 2,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                     is_among, NULL, NULL, NULL);
}

int
guise_db_bind_ids (sqlite3_stmt *statement, int index, const GArray *ids)
{
  return sqlite3_bind_pointer (statement, index, (void *)ids, IDS_TYPE, NULL);
}
