/* The styles of an open project: found in its free captions and kept in styles.json, the same for
 * the window and the commands. All of it blocks. */
#pragma once

#include "guise-project.h"
#include "guise-style-names.h"

G_BEGIN_DECLS

/* Finds styles in the free captions that the filter (text; NULL or "" = all) matches, with a team
 * of n_threads (0 = all cores), whatever team work has. They take the place of those that were
 * found before, and their names where they are the same (guise_styles_inherit_names()). Errors:
 * G_IO_ERROR_NOT_FOUND where there is no caption, and those of filters, of clustering and of the
 * file. */
GuiseStyles *guise_project_find_styles (GuiseProject *project, const char *filter,
                                        const GuiseStyleOptions *options, size_t n_threads,
                                        const GuiseWork *work, GError **error);
/* G_IO_ERROR_NOT_FOUND where none have been found yet. */
GuiseStyles *guise_project_load_styles (GuiseProject *project, GError **error);
/* Calls a style another way; all styles as they are then. */
GuiseStyles *guise_project_rename_style (GuiseProject *project, const char *from, const char *to,
                                         GError **error);

G_END_DECLS
