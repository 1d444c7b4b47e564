/* Folders shaped like the published data sets, with invented people, for the importers' tests. */
#pragma once

#include "guise-import.h"

typedef struct {
  char *folder;
  GString *json; /* the annotation file so far: an array that is still open */
} ImportFolder;

/* An empty temporary folder, and its removal. */
void import_folder_set_up (ImportFolder *place, gconstpointer data);
void import_folder_tear_down (ImportFolder *place, gconstpointer data);
/* g_test_add() of a test that has such a folder. */
void import_folder_test (const char *path,
                         void (*test) (ImportFolder *place, gconstpointer data));

/* Writes a file beneath the folder, with the folders above it. */
void import_folder_put (ImportFolder *place, const char *path, const char *content);
/* Adds any JSON to the array. */
void import_folder_add (ImportFolder *place, const char *json);

/* Records as each data set writes them; `captions` is what stands between the brackets. The image
 * is made, unless with_file is FALSE. */
void import_folder_add_cuhk (ImportFolder *place, const char *split, int id, const char *path,
                             const char *captions, gboolean with_file);
void import_folder_add_icfg (ImportFolder *place, const char *split, int id, const char *path,
                             const char *captions, gboolean with_file);
void import_folder_add_rstp (ImportFolder *place, const char *split, int id, const char *path,
                             const char *captions, gboolean with_file);

/* Closes the array, writes it as `annotation` and reads the folder; asserts that there is no error
 * where error is NULL. */
GuiseImport *import_folder_read (ImportFolder *place, const char *annotation, const char *format,
                                 GError **error);
/* Asserts that it cannot be read, and that the error's message has `part` in it. */
void import_folder_assert_refused (ImportFolder *place, const char *format, GIOErrorEnum code,
                                   const char *part);
