/* What guise-decoder gives up: limits and privileges before it does anything, and system calls by a
 * filter (seccomp) once everything is loaded, before the first foreign byte. */
#pragma once

#include <glib.h>

/* Limits and privileges. Returns bits of GuiseDecoderPosture, 0 with errno if they cannot be had.
 */
guint confine_limits (void);

/* Allows no system call but those that decoding needs, for good. FALSE with the reason in why if
 * the kernel has no such filter or this build cannot live with it. */
gboolean confine_calls (const char **why);

/* Raises the soft limit to what one more image may take; SIGXCPU then ends the process. */
void confine_grant_cpu_time (void);
