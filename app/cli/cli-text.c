#include "cli-text.h"

#include <string.h>

/* Characters that change the direction of what follows: they can make a line say something
 * else. */
static gboolean
turns_text (gunichar c)
{
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f
         || c == 0x061c;
}

typedef enum {
  TEXT,
  MESSAGE,
  JSON,
} Kind;

static void
append_character (GString *out, gunichar c, Kind kind)
{
  if (kind == JSON && (c == '\t' || c == '\n' || c == '\r'))
    g_string_append_c (out, ' ');
  else if (kind != TEXT && c == '\\')
    g_string_append_c (out, '\\');
  else if (c == '\t')
    g_string_append (out, "\\t");
  else if (c == '\n')
    g_string_append (out, "\\n");
  else if (c == '\\')
    g_string_append (out, "\\\\");
  else if (g_unichar_iscntrl (c) || turns_text (c) || c == 0x2028 || c == 0x2029)
    g_string_append_printf (out, "\\u%04x", c);
  else
    g_string_append_unichar (out, c);
}

static char *
escape (const char *text, Kind kind)
{
  GString *out = g_string_new (NULL);
  const char *end = text != NULL ? text + strlen (text) : NULL;

  while (text != end) {
    gunichar c = g_utf8_get_char_validated (text, end - text);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
      g_string_append_printf (out, "\\x%02x", (guint8)*text++);
      continue;
    }
    append_character (out, c, kind);
    text = g_utf8_next_char (text);
  }
  return g_string_free (out, FALSE);
}

char *
cli_escape (const char *text)
{
  return escape (text, TEXT);
}

char *
cli_escape_message (const char *message)
{
  return escape (message, MESSAGE);
}

char *
cli_escape_json (const char *json)
{
  return escape (json, JSON);
}

char *
cli_format_time (gint64 time)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time / G_USEC_PER_SEC);

  return date != NULL ? g_date_time_format (date, "%Y-%m-%dT%H:%M:%SZ") : g_strdup ("?");
}

gboolean
cli_parse_id (const char *text, gint64 *id)
{
  return g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, id, NULL);
}
