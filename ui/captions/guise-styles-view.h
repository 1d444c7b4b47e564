/* GuiseStylesView: the styles that were found: how many captions each has and what they look like,
 * how well they stand apart, and the distances that DBSCAN went by. Main thread only.
 *
 * Signal "rename" (const char *from, const char *to): a style is to be called another way. */
#pragma once

#include "guise-styles.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define GUISE_TYPE_STYLES_VIEW (guise_styles_view_get_type ())
G_DECLARE_FINAL_TYPE (GuiseStylesView, guise_styles_view, GUISE, STYLES_VIEW, GtkWidget)

GtkWidget *guise_styles_view_new (void);

/* Copies what it needs. The same styles with other names leave everything where it is. */
void guise_styles_view_set_styles (GuiseStylesView *self, const GuiseStyles *styles);
/* Whether names can be edited. */
void guise_styles_view_set_editable (GuiseStylesView *self, gboolean editable);
/* A name was refused: its row says so until it is edited. */
void guise_styles_view_mark_name (GuiseStylesView *self, const char *from);

G_END_DECLS
