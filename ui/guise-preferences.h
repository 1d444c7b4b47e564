/* The preferences window, and what its settings do that no page does. Every change applies at once.
 * Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void guise_preferences_show (GtkWindow *parent);
/* Light, dark or as the desktop has it: as the settings say. */
void guise_preferences_apply_color_scheme (void);

G_END_DECLS
