/* Tab and Shift+Tab leave a grid of tiles or a list of names, which is one stop of the keyboard. In
 * GTK 4.8 they would walk through all of them, be they a hundred thousand, and select each name
 * that they pass; the arrows do that. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* To be called once for each grid or list. */
void guise_tab_keys_add (GtkWidget *list);

G_END_DECLS
