/* One question with one way to say yes. Main thread only. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* agreed: whether the person pressed the button called accept. */
typedef void (*GuiseAskDone) (gboolean agreed, gpointer data);

/* Texts are plain, never markup. owner: whose window asks, and who must still be there for done to
 * be called; it is the data. */
void guise_ask (GtkWidget *owner, const char *heading, const char *body, const char *accept,
                gboolean destructive, GuiseAskDone done);

G_END_DECLS
