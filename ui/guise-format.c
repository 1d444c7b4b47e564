#include "guise-format.h"

#include <glib/gi18n.h>

char *
guise_format_count (guint64 count)
{
  return g_strdup_printf ("%'" G_GUINT64_FORMAT, count);
}

char *
guise_format_time_left (double seconds)
{
  if (!(seconds >= 1))
    return g_strdup ("");
  if (seconds < 60)
    return g_strdup_printf (_ ("%d s left"), (int)seconds);
  if (seconds < 3600)
    return g_strdup_printf (_ ("%d min left"), (int)(seconds / 60 + 0.5));
  return g_strdup_printf (_ ("%.1f h left"), MIN (seconds / 3600, 1e6));
}

/* Marks that reorder what follows: they could make a text show something else than it says. */
static gboolean
is_direction_mark (gunichar c)
{
  return c == 0x061C || c == 0x200E || c == 0x200F
         || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

char *
guise_format_plain (const char *text)
{
  GString *out = g_string_new (NULL);

  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (!is_direction_mark (c) && (c == '\n' || c == '\t' || !g_unichar_iscntrl (c)))
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

char *
guise_format_excerpt (const char *text, guint n_chars)
{
  GString *out = g_string_new (NULL);
  gboolean space = TRUE; /* leading ones are dropped */
  guint n = 0;

  for (; *text != '\0' && n < n_chars; text = g_utf8_next_char (text)) {
    gunichar c = g_utf8_get_char (text);

    if (is_direction_mark (c))
      continue;
    if (g_unichar_isspace (c) || g_unichar_iscntrl (c)) {
      if (!space)
        g_string_append_c (out, ' ');
      n += !space;
      space = TRUE;
      continue;
    }
    g_string_append_unichar (out, c);
    space = FALSE;
    n++;
  }
  if (*text != '\0')
    g_string_append (out, "…");
  return g_string_free (out, FALSE);
}
