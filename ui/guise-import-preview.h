/* What an import would bring, for a person to decide about: counts by split beside the published
 * ones, by folder with what is missing there, and the problems by kind. Main thread only. */
#pragma once

#include <gtk/gtk.h>
#include <jansson.h>

G_BEGIN_DECLS

/* The report that `guisectl import --dry-run --json` prints, as a widget to scroll. name: the data
 * set's, plain text. Its buttons call "welcome.confirm-import" and "welcome.cancel-import". The
 * report is read now and not kept; members that it lacks are shown as nothing. */
GtkWidget *guise_import_preview_create (const char *name, json_t *report);

/* "12 images of 3 people with 24 captions", to be freed; object has these three counts. */
char *guise_import_preview_describe (json_t *object);

G_END_DECLS
