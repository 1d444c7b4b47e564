/* The problems of an import, all that guisectl names (100 of a kind), as a list that makes widgets
 * for what is seen only, with buttons that copy and save it as text. Main thread only. */
#pragma once

#include <gtk/gtk.h>
#include <jansson.h>

G_BEGIN_DECLS

/* name: the data set's, plain text; report: what `guisectl import --json` prints, read now and not
 * kept. NULL when nothing odd was found. */
GtkWidget *guise_import_problems_create (const char *name, json_t *report);
/* "Missing files, left out" of "missing_file"; the kind itself when it is unknown. */
const char *guise_import_problems_get_title (const char *kind);

G_END_DECLS
