/* GuiseWelcomePage: what the window shows without a project. Three doors (the demo, an import, an
 * existing project), the recent projects, and the progress and report of the work that the first
 * two start: children of guisectl. It asks for a project with the window's action win.open-path,
 * and never blocks. Main thread only.
 *
 * Signals: "forgotten" (const char *path): a recent project was taken off the list. "job" (const
 * char *name, GuiseJob *job): it was started. "stopped" (): see guise_welcome_page_stop(). */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_WELCOME_PAGE (guise_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (GuiseWelcomePage, guise_welcome_page, GUISE, WELCOME_PAGE, GtkWidget)

/* Reads the recent projects again. */
void guise_welcome_page_refresh (GuiseWelcomePage *self);
/* Makes the demo project unless it is there, then asks for it to be opened. */
void guise_welcome_page_start_demo (GuiseWelcomePage *self);
/* Reads the data set in folder and shows what an import would bring; stores nothing. */
void guise_welcome_page_start_import (GuiseWelcomePage *self, const char *folder);
/* Makes a project for the data set that was read last and imports it. */
void guise_welcome_page_confirm_import (GuiseWelcomePage *self);
/* Cancels what runs. TRUE: it still ends and puts away what is half made, then comes the signal
 * "stopped" (GuiseWelcomePage *self). */
gboolean guise_welcome_page_stop (GuiseWelcomePage *self);

G_END_DECLS
