/* Who holds a lock file, found among the processes of this machine. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* The process of this user that holds the lock; 0 = none, or another user's. Whoever has the file
 * open without holding the lock is not meant. Reads /proc: blocking. */
pid_t guise_lock_process_find (const char *lock);
/* Whether the process that is `seen` here calls itself `own`: in a container they differ. */
gboolean guise_lock_process_is (pid_t seen, pid_t own);
