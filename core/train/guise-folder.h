/* Folders that appear whole or not at all: made beside their place, synced, put there by one
 * rename. All errors are G_IO_ERROR. */
#pragma once

#include <gio/gio.h>

/* Syncs every file of the folder and of the folders in it, and these themselves. */
gboolean guise_folder_sync (const char *path, GError **error);
/* Renames the folder `made` to `path` and syncs the folder that holds them. A folder that stands at
 * `path` is swapped out and removed; with `fresh` it is an error (_EXISTS) instead. */
gboolean guise_folder_put (const char *made, const char *path, gboolean fresh, GError **error);
/* Removes a folder with what is in it; never follows a symbolic link. Missing is fine. */
gboolean guise_folder_remove (const char *path, GError **error);
/* Gives the file `from` a second name, or copies it where the disk cannot. */
gboolean guise_folder_link (const char *from, const char *to, GError **error);
/* Makes an empty folder in the folder that holds `path`, under a hidden name that nothing has. */
char *guise_folder_make_beside (const char *path, GError **error);
/* Makes a folder; one that is there already is fine. */
gboolean guise_folder_make (const char *path, GError **error);
