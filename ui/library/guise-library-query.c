#include "guise-library-query.h"

#include <glib/gi18n.h>
#include <string.h>

/* Nothing in it that only the filter language has: plain words. */
static gboolean
is_plain (const char *text)
{
  return strpbrk (text, "=~:!()\"") == NULL;
}

static char *
look_for_words (const char *text)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\n", -1);
  GString *expression = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL; i++) {
    g_autofree char *quoted = NULL;

    if (words[i][0] == '\0')
      continue;
    quoted = guise_filter_quote (words[i]);
    g_string_append_printf (expression, "%stext ~ %s", expression->len > 0 ? " AND " : "", quoted);
  }
  return g_string_free (expression, FALSE);
}

GuiseFilter *
guise_library_query (const char *text, const char *split, char **expression,
                     GuiseFilterMistake *mistake)
{
  g_autofree char *typed = g_strstrip (g_strdup (text));
  gboolean plain = is_plain (typed);
  g_autofree char *meant = plain ? look_for_words (typed) : g_strdup (typed);
  g_autofree char *whole = NULL;
  g_autoptr (GuiseFilter) filter = guise_filter_parse_full (meant, mistake);

  if (filter == NULL) {
    if (plain)
      mistake->character = 0; /* of the expression, which nobody sees */
    return NULL;
  }
  if (split == NULL)
    whole = g_steal_pointer (&meant);
  else if (*meant == '\0')
    whole = g_strdup_printf ("split = %s", split);
  else
    whole = g_strdup_printf ("split = %s AND (%s)", split, meant);
  g_clear_pointer (&filter, guise_filter_free);
  filter = guise_filter_parse_full (whole, mistake);
  if (filter == NULL)
    mistake->character = 0;
  if (filter != NULL && expression != NULL)
    *expression = g_steal_pointer (&whole);
  return g_steal_pointer (&filter);
}

static const char *
translate (const char *sentence)
{
  return gettext (sentence);
}

char *
guise_library_explain (const GuiseFilterMistake *mistake, const char *applied)
{
  g_autofree char *why = guise_filter_mistake_explain (mistake, translate);

  if (*applied == '\0')
    return g_strdup_printf (_ ("This filter is not applied: %s."), why);
  /* Translators: the text of a filter, and what is wrong in another. */
  return g_strdup_printf (_ ("This filter is not applied, “%s” still is: %s."), applied, why);
}
