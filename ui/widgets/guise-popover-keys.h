/* The application's keys while a popover is open. GTK 4.8 gives what is typed then to the popover
 * alone: they would do nothing. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* To be called once for each popover. A key closes it, then does what it does elsewhere; the key of
 * the action opener, a constant ("win.jobs"), which opens the popover, closes it only. */
void guise_popover_keys_add (GtkPopover *popover, const char *opener);

G_END_DECLS
