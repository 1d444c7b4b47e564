/* The guise-decoder processes that a test has started, through bubblewrap or not, and what the
 * kernel says of them. */
#pragma once

#include <glib.h>

/* /proc/PID/NAME; NULL if there is none. */
char *decoder_process_read (GPid pid, const char *name);
/* The value of a line of /proc/PID/status. */
char *decoder_process_get_status (GPid pid, const char *key);

/* Of GPid. */
GArray *decoder_process_list (void);
/* There must be one. */
GPid decoder_process_get_only (void);
/* Behind bubblewrap a process goes a moment after the one that stands for it. */
void decoder_process_wait_until_gone (const GArray *pids);
/* Processes of every kind whose parent is this one, unburied ones too. */
guint decoder_process_count_children (void);
