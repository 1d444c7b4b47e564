/* Numbers as people read them. All give new strings. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* With the language's separators: "40,206". */
char *guise_format_count (guint64 count);
/* "12 s left", "3 min left"; empty where seconds is below 1 or unknown (negative). */
char *guise_format_time_left (double seconds);
/* At most n_chars characters of text on one line, for tiles and names: control characters and line
 * ends become spaces, direction overrides are left out, and an ellipsis says that something was
 * cut. */
char *guise_format_excerpt (const char *text, guint n_chars);

/* text, valid UTF-8, without the characters that would reorder it, and without control characters
 * other than line feed and tab. To be freed. */
char *guise_format_plain (const char *text);

G_END_DECLS
