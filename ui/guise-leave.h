/* The question that a closing window asks while its jobs run: keep running, stop safely, or cancel.
 * What it only watches, a training that was kept running before, goes on without a question. Main
 * thread only. */
#pragma once

#include "guise-job-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum {
  GUISE_LEAVE_STAY, /* the window stays */
  GUISE_LEAVE_KEEP, /* the window goes, the jobs go on */
  GUISE_LEAVE_STOP, /* the jobs have been asked to stop, the window goes */
} GuiseLeave;

/* Asks about the jobs, if any of the window's own runs that has not been asked to stop. FALSE =
 * there is nothing to ask about, callback is not called. */
gboolean guise_leave_ask_async (GtkWindow *window, GuiseJobList *jobs, GAsyncReadyCallback callback,
                                gpointer data);
GuiseLeave guise_leave_ask_finish (GAsyncResult *result);

G_END_DECLS
