/* Tab and Shift+Tab leave a grid of tiles. In GTK 4.8 they would walk through all of them, be they
 * a hundred thousand; the arrows do that. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* To be called once for each grid. */
void guise_grid_keys_add (GtkGridView *grid);

G_END_DECLS
