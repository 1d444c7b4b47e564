/* Folders that appear whole or not at all: made beside their place, synced, put there by one
 * rename. All errors are G_IO_ERROR. */
#pragma once

#include <gio/gio.h>

/* Syncs every file of the folder and of the folders in it, and these themselves. */
gboolean guise_folder_sync (const char *path, GError **error);
/* Renames the folder `made` to `path` and syncs the folder that holds them. A folder that stands at
 * `path` is swapped out and removed; with `fresh` it is an error (_EXISTS) instead. */
gboolean guise_folder_put (const char *made, const char *path, gboolean fresh, GError **error);
/* Where the folder that replaces `path` may be made: hidden beside it and always the same, so that
 * what a kill left there is found. For a `path` that one process at a time writes. */
char *guise_folder_get_scratch (const char *path);
/* Cleans up after a guise_folder_put() from the scratch place that a kill cut short on a disk that
 * cannot swap folders: there the old folder stands aside for a moment. It goes back when its place
 * is empty, and is removed when the new one has it. Call it before `path` is looked at or made. */
gboolean guise_folder_settle (const char *path, GError **error);
/* Removes a folder with what is in it; never follows a symbolic link. Missing is fine. */
gboolean guise_folder_remove (const char *path, GError **error);
/* Gives the file `from` a second name, or copies it where the disk cannot. */
gboolean guise_folder_link (const char *from, const char *to, GError **error);
/* Makes an empty folder in the folder that holds `path`, under a hidden name that nothing has. */
char *guise_folder_make_beside (const char *path, GError **error);
/* Makes a folder; one that is there already is fine. */
gboolean guise_folder_make (const char *path, GError **error);
