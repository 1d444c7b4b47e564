/* The process that trains a run, found by the lock that it holds: a training that was left running
 * when its window closed can so be stopped from the next one. */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* The process of this user that holds run.lock in folder; 0 = none. Reads /proc: blocking. */
pid_t guise_run_process_find (const char *folder);
/* Asks that process to stop safely (SIGTERM). FALSE where there is none, or it is not ours. */
gboolean guise_run_process_stop (const char *folder, GError **error);

G_END_DECLS
