/* GuiseEndpointsPane: the profiles of endpoints, shipped and the user's own, with their fields and
 * what a probe found out. What is typed is kept half a second later. A shipped profile that is
 * changed becomes the user's own of that name. Main thread only.
 *
 * Signal "changed" (): the user's profiles are others than before. */
#pragma once

#include "guise-project.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_ENDPOINTS_PANE (guise_endpoints_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseEndpointsPane, guise_endpoints_pane, GUISE, ENDPOINTS_PANE, GtkWidget)

GtkWidget *guise_endpoints_pane_new (void);
/* Profiles are the user's, not a project's: they stay the same. NULL (it is being closed) keeps
 * what is typed, and cancels a probe. */
void guise_endpoints_pane_set_project (GuiseEndpointsPane *self, GuiseProject *project);

/* Starts writing what is typed. */
void guise_endpoints_pane_flush (GuiseEndpointsPane *self);
/* Shows a profile of that name once it is listed. */
void guise_endpoints_pane_select (GuiseEndpointsPane *self, const char *name);
/* Something is being read or written. */
gboolean guise_endpoints_pane_is_busy (GuiseEndpointsPane *self);

G_END_DECLS
