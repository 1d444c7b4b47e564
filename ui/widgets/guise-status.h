/* Texts from outside (an error, a name, a path) on widgets that read Pango markup. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* text is plain: it is shown as it is, whatever it holds; NULL = no description. */
void guise_status_set_description (AdwStatusPage *page, const char *text);

/* An icon beside words that say the same: assistive technology passes it over. */
GtkWidget *guise_status_create_icon (const char *icon_name);

G_END_DECLS
