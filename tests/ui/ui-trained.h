/* A project with a run, for tests of the window. */
#pragma once

#include <glib.h>

/* Runs it and fails the test when it fails. */
void ui_run_guisectl (const char *const *arguments);
/* The run "small": so small that it takes a second. */
void ui_train (const char *folder);
/* Starts a run of that size that does not end by itself; its process's id. A window has the project
 * when it starts, or the process keeps it for itself. */
GPid ui_start_training (const char *folder, const char *name);
/* A project with that run and its index; the folder's name, to be freed. */
char *ui_make_trained_project (void);
