/* Rows of a CSV file after RFC 4180: CRLF line ends, quotes where needed. A field that a
 * spreadsheet would take for a formula gets an apostrophe in front (CWE-1236), unless the rows are
 * raw. */
#pragma once

#include <glib.h>

/* Appends one row to out. fields is NULL-terminated. raw: no apostrophes, for scripts. */
void guise_csv_append_row (GString *out, const char *const *fields, gboolean raw);
