/* A disk that can be watched and that can stop answering: what a test program has here takes the
 * place of the C library's calls for the files beneath one folder. Each test program that uses it
 * builds it in. */
#pragma once

#include <glib.h>

/* Watches the files beneath folder (absolute) from now on; NULL = none any more. */
void disk_watch (const char *folder);

/* From now on calls of other threads than the main one wait until disk_go_on(). */
void disk_stand_still (void);
void disk_go_on (void);

/* Calls that wait now. */
guint disk_get_n_waiting (void);
/* Calls that the main thread has made for watched files, ever; each has been named on stderr. */
guint disk_get_n_of_main_thread (void);
