/* project.lock: one process writes a project. */
#pragma once

#include <glib.h>

/* Takes the lock in `folder` and notes process and host in it. A descriptor that holds it, or -1:
 * GUISE_STORE_ERROR_LOCKED naming the holder, or G_IO_ERROR. */
int guise_project_lock_take (const char *folder, GError **error);
/* Lets it go; -1 is allowed. */
void guise_project_lock_release (int fd);
/* Who has it, as the holder noted it: "process 12 on host 'desk' since 2026-05-04 12:30"; only for
 * a message. Free it. */
char *guise_project_lock_dup_holder (const char *folder);
