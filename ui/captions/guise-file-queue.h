/* Small files of the user, read and written off the main thread, one after the other: what is
 * listed after something was kept shows it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* As g_task_run_in_thread(), in the order of the calls. Takes no reference to the caller: the task
 * has no source object (docs/THREADS.md). */
void guise_file_queue_run (GTask *task, GTaskThreadFunc function);

G_END_DECLS
