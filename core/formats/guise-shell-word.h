/* Names within commands that a message tells somebody to copy. */
#pragma once

#include <glib.h>

/* The name as a shell reads it, in quotes. Bytes that a terminal would act on, that cannot be seen
 * or are no UTF-8 stand as escapes in $'…', which bash, ksh and zsh know. Free it. */
char *guise_shell_word (const char *name);
