/* captions.jsonl: everything the database holds as JSON Lines, which a text editor reads. It is a
 * second copy in another form: what damages a database file does not damage it.
 *
 * The first line is {"guise": version, "format": the schema's, "created": µs}, each other one a row
 * of a table, {"table": name, column: value…}, the last one {"end": how many rows}. Bytes that are
 * no UTF-8 are {"bytes": base64}. Any thread; blocks for I/O. */
#pragma once

#include "guise-store.h"

#define GUISE_CAPTIONS_COPY_NAME "captions.jsonl"

/* Writes one committed state; the file appears whole or not at all. */
gboolean guise_captions_copy_write (GuiseStore *store, const char *path, GCancellable *cancellable,
                                    GError **error);
/* Makes the database `database` (nothing may be there) of the copy `path`; unchecked and unsynced.
 * One line that cannot be read is an error that names it. What was written is left on error. */
gboolean guise_captions_copy_read (const char *path, const char *database,
                                   GCancellable *cancellable, GError **error);
/* Whether the file begins as such a copy does; whether the rest is good says _verify(). */
gboolean guise_captions_copy_is_one (const char *path);
/* Whether something was written since the copy was made. */
gboolean guise_captions_copy_is_due (const char *folder);
/* Reads all of it: _FORMATS or _DAMAGED with what is wrong. */
gboolean guise_captions_copy_verify (const char *path, GCancellable *cancellable, GError **error);
