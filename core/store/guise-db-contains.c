#include "guise-db-contains.h"

#include "guise-word.h"

/* The word is prepared once a query: SQLite keeps it beside the argument, which does not change. */
static void
contains (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  /* as a blob: as a text it would be copied to end it with a zero */
  const guint8 *text = sqlite3_value_blob (values[0]), none = 0;
  size_t length = (size_t)sqlite3_value_bytes (values[0]);
  GuiseWord *word = sqlite3_get_auxdata (context, 1);
  gboolean made = word == NULL;

  if (text == NULL)
    text = &none;
  if (made) {
    const guint8 *bytes = sqlite3_value_text (values[1]);

    word = guise_word_new (bytes, bytes != NULL ? (size_t)sqlite3_value_bytes (values[1]) : 0);
  }
  sqlite3_result_int (context, guise_word_find (word, text, text + length) != NULL);
  if (made) /* last: SQLite may free it at once */
    sqlite3_set_auxdata (context, 1, word, (GDestroyNotify)guise_word_free);
}

int
guise_db_add_contains (sqlite3 *handle)
{
  return sqlite3_create_function_v2 (handle, "contains", 2,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                     contains, NULL, NULL, NULL);
}
