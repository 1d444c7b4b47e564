/* Texts of strangers on a terminal: captions and paths are data, never control sequences. */
#pragma once

#include <glib.h>

/* One line: tab, line feed and backslash as \t \n \\, other control and direction-changing
 * characters as \u202e, bytes that are no UTF-8 as \xff. NULL gives "". */
char *cli_escape (const char *text);
/* The same for a sentence of ours with such texts in it: backslashes are left alone, so that a
 * command in it can be copied, and what was escaped before is not escaped again. */
char *cli_escape_message (const char *message);
/* The same for a JSON text, which stays one and says the same: its backslashes are left alone, and
 * its line feeds and tabs, which can only stand between tokens, become spaces. */
char *cli_escape_json (const char *json);
/* UTC, "2026-05-04T12:30:00Z"; time in microseconds since 1970. */
char *cli_format_time (gint64 time);
/* A positive id out of an argument; FALSE for anything else. */
gboolean cli_parse_id (const char *text, gint64 *id);
