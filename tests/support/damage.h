/* Ways in which a project loses its database. */
#pragma once

#include <glib.h>

/* What SQLite knows a database by is written over; nothing is left in the file; the file is gone.
 */
extern void (*const damage_losses[3]) (const char *database);
