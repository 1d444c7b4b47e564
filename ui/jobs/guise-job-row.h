/* GuiseJobRow: one entry in the popover of the jobs: name, progress, a button that stops it or,
 * once it has ended, takes it off the list, and the details of a failure. */
#pragma once

#include "guise-job-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_JOB_ROW (guise_job_row_get_type ())
G_DECLARE_FINAL_TYPE (GuiseJobRow, guise_job_row, GUISE, JOB_ROW, GtkListBoxRow)

/* list: outlives the row. */
GtkWidget *guise_job_row_new (GuiseJobList *list, GuiseJobEntry *entry);

G_END_DECLS
