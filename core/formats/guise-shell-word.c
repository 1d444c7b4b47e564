#include "guise-shell-word.h"

#include "guise-formats-error.h"

#include <string.h>

static char *
escape (const char *name)
{
  GString *word = g_string_new ("$'");

  for (const char *p = name; *p != '\0'; p++) {
    if (*p == '\'' || *p == '\\')
      g_string_append_c (word, '\\');
    if (g_ascii_isprint (*p))
      g_string_append_c (word, *p);
    else
      g_string_append_printf (word, "\\x%02x", (guint8)*p);
  }
  g_string_append_c (word, '\'');
  return g_string_free (word, FALSE);
}

char *
guise_shell_word (const char *name)
{
  return guise_formats_is_clean (name) ? g_shell_quote (name) : escape (name);
}
