/* GuiseApplication: one process, one window; the app.* actions and the command line `guise
 * [PROJECT]`. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_APPLICATION (guise_application_get_type ())
G_DECLARE_FINAL_TYPE (GuiseApplication, guise_application, GUISE, APPLICATION, AdwApplication)

GuiseApplication *guise_application_new (void);

G_END_DECLS
