/* GuiseWindow: the one main window. Shows the welcome page without a project and the project's
 * pages with one. Opening, undo and redo run on workers; the window stays usable. Main thread
 * only. */
#pragma once

#include "guise-job-list.h"
#include "guise-page.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_WINDOW (guise_window_get_type ())
G_DECLARE_FINAL_TYPE (GuiseWindow, guise_window, GUISE, WINDOW, AdwApplicationWindow)

GuiseWindow *guise_window_new (GtkApplication *application);

/* Closes what is open and opens the project in folder (absolute); on failure the welcome page
 * shows why. "opened" is emitted at the end in either case. Nothing happens where somebody stays
 * for a text that cannot be stored. */
void guise_window_open_project (GuiseWindow *self, const char *folder);
/* Back to the welcome page. Edits are written first; about those that cannot be it is asked. */
void guise_window_close_project (GuiseWindow *self);

/* Closes the window without a question; running work goes on: the session ends. What is typed is
 * written, as far as it can be, and the project closed before the window goes. */
void guise_window_leave (GuiseWindow *self);

/* NULL without a project. Borrowed. */
GuiseProject *guise_window_get_project (GuiseWindow *self);
/* "library"; NULL where there is no such page. Borrowed. */
GuisePage *guise_window_get_page (GuiseWindow *self, const char *name);
/* What this window has started. Borrowed. */
GuiseJobList *guise_window_get_jobs (GuiseWindow *self);
/* Shows the page of that name. */
void guise_window_show_page (GuiseWindow *self, const char *name);

/* The place in the header bar, before the menu, for what belongs to all pages. */
void guise_window_add_header_widget (GuiseWindow *self, GtkWidget *widget);

G_END_DECLS
