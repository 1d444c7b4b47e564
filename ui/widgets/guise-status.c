#include "guise-status.h"

#include "guise-format.h"

void
guise_status_set_description (AdwStatusPage *page, const char *text)
{
  g_autofree char *plain = guise_format_plain (text != NULL ? text : "");
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (plain, -1) : NULL;

  g_object_set (page, "description", escaped, NULL);
}

GtkWidget *
guise_status_create_icon (const char *icon_name)
{
  return g_object_new (GTK_TYPE_IMAGE, "icon-name", icon_name, "accessible-role",
                       GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
}
