/* The SQL function contains (text, word): 1 where the word occurs in the text, ASCII letters of any
 * case, else 0; an empty word is in every text. What text LIKE '%word%' says, only sooner. For
 * guise-db.c only. */
#pragma once

#include <sqlite3.h>

/* SQLite's result code. */
int guise_db_add_contains (sqlite3 *handle);
