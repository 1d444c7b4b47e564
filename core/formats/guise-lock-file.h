/* Files that only one process at a time may hold. The kernel's lock (F_OFD_SETLK) ends with the
 * process, so there are no stale locks; what the file says is only for messages. */
#pragma once

#include <gio/gio.h>

/* Takes the lock and notes process and host in the file, which is made where it is missing; only
 * who holds the lock may remove it. A descriptor that holds it, or -1: where another process has
 * it, *holder says who, "process 12 on host 'desk' since 2026-05-04 12:30" (free it), and error
 * stays unset; else G_IO_ERROR. */
int guise_lock_file_take (const char *path, char **holder, GError **error);
/* Lets it go; -1 is allowed. */
void guise_lock_file_release (int fd);
/* Whether a process holds it. */
gboolean guise_lock_file_is_held (const char *path);
/* Who holds it or held it last. Free it. */
char *guise_lock_file_dup_holder (const char *path);
