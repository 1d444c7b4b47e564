#include "guise-formats-error.h"

G_DEFINE_QUARK (guise - formats - error - quark, guise_formats_error)

gboolean
guise_formats_fail_errno (GError **error, int code, const char *what, const char *path)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s '%s': %s", what, path,
               g_strerror (code));
  return FALSE;
}

static gboolean
is_hidden (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT
         || type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

gboolean
guise_formats_is_clean (const char *text)
{
  if (!g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (is_hidden (g_utf8_get_char (at)))
      return FALSE;
  return TRUE;
}

/* GTK shapes a line at once: a longer one would hold the window up. */
#define MAX_CHARS 2000

char *
guise_formats_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);
  int n_chars = 0;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (++n_chars > MAX_CHARS) {
      g_string_append (clean, "…");
      break;
    }
    g_string_append_unichar (clean, is_hidden (c) ? 0xfffd : c);
  }
  return g_string_free (clean, FALSE);
}

char *
guise_formats_excerpt (const char *text, guint n_chars)
{
  g_autofree char *clean = guise_formats_clean (text);

  return g_utf8_substring (clean, 0, MIN (g_utf8_strlen (clean, -1), (glong)n_chars));
}
