/* Finding out which data set a folder holds: by the names of its files, and by what the first
 * record of the annotation file looks like. */
#pragma once

#include "guise-import-private.h"

typedef struct {
  const GuiseImportFormat *format;
  char *folder;       /* absolute: where the data set really begins */
  char **annotations; /* files beneath it, to be read one after another; ends with NULL */
} GuiseImportFound;

void guise_import_found_clear (GuiseImportFound *found);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseImportFound, guise_import_found_clear)

/* Looks in `root`, then in the folders in it that are called as data sets usually are. `format`: a
 * name, or "auto" or NULL. Errors of G_IO_ERROR: NOT_FOUND, INVALID_ARGUMENT for an unknown name,
 * NOT_SUPPORTED for a data set of a kind that no reader knows, FAILED where several are found. */
gboolean guise_import_find (const char *root, const char *format, GuiseImportFound *found,
                            GError **error);
