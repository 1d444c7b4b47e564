/* A project that appears whole or not at all: it is filled in a folder beside its place,
 * DIR.part-…, and put there by one rename when all of it is on the disk. */
#pragma once

#include <gio/gio.h>

typedef struct _CliPart CliPart;

/* A folder to fill for `dir`, which must be missing when it is put there, or hold nothing but what
 * a killed process began. What killed processes left of earlier parts is removed first. `what`
 * begins the message of an error: "cannot make the demo:". */
CliPart *cli_part_new (const char *dir, const char *what, GError **error);
/* Where it is filled; borrowed. */
const char *cli_part_get_folder (CliPart *part);
/* Syncs it and renames it to `dir`; the project in it must be closed. */
gboolean cli_part_put (CliPart *part, GCancellable *cancellable, GError **error);
/* Removes it unless it was put. */
void cli_part_free (CliPart *part);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliPart, cli_part_free)
