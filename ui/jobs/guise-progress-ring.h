/* GuiseProgressRing: a small circle that fills clockwise, in the colour of the text around it. It
 * is a progress bar to assistive technology. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_PROGRESS_RING (guise_progress_ring_get_type ())
G_DECLARE_FINAL_TYPE (GuiseProgressRing, guise_progress_ring, GUISE, PROGRESS_RING, GtkWidget)

/* fraction: 0 … 1; below 0 = not known, an empty circle. */
void guise_progress_ring_set_fraction (GuiseProgressRing *self, double fraction);

G_END_DECLS
