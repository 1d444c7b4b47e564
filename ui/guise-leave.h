/* The question that a closing window asks while its pages have work in child processes: keep
 * running, stop safely, or cancel. Main thread only. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks about the work of the pages in the stack, if there is any; a page that is told to stop is
 * told before the callback. FALSE = there is nothing to ask about, callback is not called. */
gboolean guise_leave_ask_async (GtkWindow *window, AdwViewStack *pages,
                                GAsyncReadyCallback callback, gpointer data);
/* TRUE = the window may go. */
gboolean guise_leave_ask_finish (GAsyncResult *result);

G_END_DECLS
