#include "guise-status.h"

void
guise_status_set_description (AdwStatusPage *page, const char *text)
{
  g_autofree char *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  g_object_set (page, "description", escaped, NULL);
}
