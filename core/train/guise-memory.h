/* How much memory there is for a process: the machine's, what a limit leaves, and what the control
 * groups leave in which containers and batch systems put it. Blocks for I/O. */
#pragma once

#include <glib.h>

/* Bytes; infinite where nothing is known. */
double guise_memory_get_available (void);
/* What the control groups leave. groups: the text of /proc/self/cgroup; root: where their file
 * systems are mounted, /sys/fs/cgroup. Version 1 and 2 of the interface. Pages of files that can be
 * dropped are room. Infinite where there is no limit. */
double guise_memory_get_group_room (const char *groups, const char *root);
