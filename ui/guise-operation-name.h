/* What the store calls its operations, in the reader's language. */
#pragma once

#include <glib.h>

/* "Accept 3 captions"; an unknown name stays as it is. To be freed. */
char *guise_operation_name_translate (const char *name);
