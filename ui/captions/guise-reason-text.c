#include "guise-reason-text.h"

#include "guise-filter.h"
#include "guise-format.h"
#include "guise-reasons.h"

#include <glib/gi18n.h>
#include <string.h>

static const char *
translate (const char *sentence)
{
  return gettext (sentence);
}

static char *
capitalise (const char *text)
{
  g_autofree char *first = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), 1));
  g_autofree char *capital = g_utf8_strup (first, -1);

  return g_strconcat (capital, text + strlen (first), NULL);
}

char *
guise_reason_dup_text (const char *reason)
{
  g_autofree char *text = *reason != '\0' ? guise_reason_translate (reason, translate)
                                          : g_strdup ("");

  return guise_format_plain (text);
}

char *
guise_reason_dup_sentence (const char *reason)
{
  g_autofree char *text = guise_reason_dup_text (reason);

  return capitalise (text);
}

char *
guise_filter_dup_problem (const char *filter)
{
  g_auto (GuiseFilterMistake) mistake = { 0 };
  g_autoptr (GuiseFilter) parsed = guise_filter_parse_full (filter, &mistake);
  g_autofree char *why = NULL;

  if (parsed != NULL)
    return NULL;
  why = guise_filter_mistake_explain (&mistake, translate);
  /* Translators: of a filter: what is wrong in it, and where */
  return g_strdup_printf (_ ("The filter cannot be read: %s."), why);
}
