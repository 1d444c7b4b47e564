/* GuiseJobsButton: the button of the header bar that tells how far the window's jobs are, with the
 * list of them in its popover. */
#pragma once

#include "guise-job-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_JOBS_BUTTON (guise_jobs_button_get_type ())
G_DECLARE_FINAL_TYPE (GuiseJobsButton, guise_jobs_button, GUISE, JOBS_BUTTON, GtkWidget)

/* Once. */
void guise_jobs_button_set_list (GuiseJobsButton *self, GuiseJobList *list);
void guise_jobs_button_popup (GuiseJobsButton *self);
void guise_jobs_button_popdown (GuiseJobsButton *self);

G_END_DECLS
