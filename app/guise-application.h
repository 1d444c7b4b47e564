/* GuiseApplication: one process, one window; the app.* actions and the command line `guise
 * [PROJECT]`. SIGTERM and SIGINT (the end of a session) close it as a quit does: what is typed is
 * written first. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_APPLICATION (guise_application_get_type ())
G_DECLARE_FINAL_TYPE (GuiseApplication, guise_application, GUISE, APPLICATION, AdwApplication)

GuiseApplication *guise_application_new (void);

G_END_DECLS
