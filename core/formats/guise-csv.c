#include "guise-csv.h"

#include <string.h>

static void
append_field (GString *out, const char *field, gboolean raw)
{
  gboolean formula = !raw && *field != '\0' && strchr ("=+-@\t\r", *field) != NULL;
  gboolean quoted = strpbrk (field, ",\"\r\n") != NULL;

  if (quoted)
    g_string_append_c (out, '"');
  if (formula)
    g_string_append_c (out, '\'');
  for (const char *c = field; *c != '\0'; c++) {
    if (*c == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *c);
  }
  if (quoted)
    g_string_append_c (out, '"');
}

void
guise_csv_append_row (GString *out, const char *const *fields, gboolean raw)
{
  for (gsize i = 0; fields[i] != NULL; i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    append_field (out, fields[i], raw);
  }
  g_string_append (out, "\r\n");
}
