/* GuiseStylesPane: the manners in which a project's captions are written: how they are found, and
 * what was found last, here or by `guisectl styles`. Main thread only.
 *
 * Signal "changed" (): the styles are others, or have other names. */
#pragma once

#include "guise-project-styles.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define GUISE_TYPE_STYLES_PANE (guise_styles_pane_get_type ())
G_DECLARE_FINAL_TYPE (GuiseStylesPane, guise_styles_pane, GUISE, STYLES_PANE, GtkWidget)

GtkWidget *guise_styles_pane_new (void);
/* Whose styles; NULL = none, and what is being found is broken off. */
void guise_styles_pane_set_project (GuiseStylesPane *self, GuiseProject *project);
/* Looks again: a command may have found others. */
void guise_styles_pane_reload (GuiseStylesPane *self);
/* NULL = none have been found. Borrowed. */
const GuiseStyles *guise_styles_pane_get_styles (GuiseStylesPane *self);
/* For tests: something is being found, read or written. */
gboolean guise_styles_pane_is_busy (GuiseStylesPane *self);

G_END_DECLS
