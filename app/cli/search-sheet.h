/* The contact sheet of `guisectl search`: one row a query, its hits as pictures. */
#pragma once

#include "guise-project-search.h"
#include "guise-search.h"

typedef struct _SearchSheet SearchSheet;

/* Both are borrowed. */
SearchSheet *search_sheet_new (GuiseProject *project, const GuiseSearchModel *model);
void search_sheet_free (SearchSheet *sheet);
/* records: GuiseImageRecord or NULL for each of the n hits. image: the file that was looked for, or
 * NULL; truth: the label of the person who was, or NULL = unknown. */
void search_sheet_add (SearchSheet *sheet, const GuiseSearch *search,
                       const GuiseSearchRequest *request, const char *image, const char *truth,
                       const GuiseHit *hits, GPtrArray *records, size_t n);
gboolean search_sheet_save (SearchSheet *sheet, const char *path, GError **error);
