/* Commands as one would type them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `guisectl` with these arguments (NULL-terminated), quoted where a shell needs it; to be freed. */
char *guise_shell_create_command (const char *const *arguments);

G_END_DECLS
