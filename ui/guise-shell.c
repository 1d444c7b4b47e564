#include "guise-shell.h"

#include <string.h>

static gboolean
is_plain (const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum (*p) && strchr ("-_./=+,:", *p) == NULL)
      return FALSE;
  return *text != '\0';
}

char *
guise_shell_create_command (const char *const *arguments)
{
  GString *command = g_string_new ("guisectl");

  for (guint i = 0; arguments[i] != NULL; i++) {
    g_autofree char *quoted = g_shell_quote (arguments[i]);

    g_string_append_printf (command, " %s", is_plain (arguments[i]) ? arguments[i] : quoted);
  }
  return g_string_free (command, FALSE);
}
