/* GuiseStylesForm: how styles are found: the method, what it can be told, and in which captions.
 * Empty entries leave a figure to the program. Main thread only.
 *
 * Signal "changed" (): something else stands there. */
#pragma once

#include "guise-styles.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_STYLES_FORM (guise_styles_form_get_type ())
G_DECLARE_FINAL_TYPE (GuiseStylesForm, guise_styles_form, GUISE, STYLES_FORM, AdwPreferencesGroup)

/* FALSE where something cannot be: *problem is a sentence, to be freed. filter: to be freed. The
 * encoder of the options is the form's. */
gboolean guise_styles_form_read (GuiseStylesForm *self, GuiseStyleOptions *options, char **filter,
                                 char **problem);
/* `guisectl … styles …` for a terminal, of a form that can be read; to be freed. */
char *guise_styles_form_create_command (GuiseStylesForm *self, const char *project_folder);
/* What people read; static. */
const char *guise_styles_form_get_method_title (GuiseClusterMethod method);
/* The filter is what was wrong: its row says so until it is edited. */
void guise_styles_form_mark_filter (GuiseStylesForm *self);

G_END_DECLS
