/* Folders that a test makes for itself: below the place for temporary files, and removed again. */
#pragma once

#include <glib.h>

/* A new empty folder "guise-NAME-…", its name without symbolic links. */
char *temp_folder_new (const char *name);
/* Removes a file or a folder with all that is in it, links without following them; what is not
 * there is well. */
void temp_folder_remove (const char *path);
/* The same, and frees the name. */
void temp_folder_free (char *folder);

/* Writes a file beneath the folder, with the folders above it. size: of the content; -1 = it ends
 * at its NUL. */
void temp_folder_put (const char *folder, const char *path, const char *content, gssize size);
/* How many names in the folder have the part in them; none where there is no folder. */
guint temp_folder_count (const char *folder, const char *part);
/* Copies a folder of files and folders; `to` is made where it is not there. */
void temp_folder_copy (const char *from, const char *to);
