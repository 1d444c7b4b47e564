/* The sentences are marked for translation here and translated by whoever shows them: this layer
 * knows no languages. */
#include "guise-filter-mistake.h"

#include "guise-formats-error.h"
#include "guise-store.h"

#include <string.h>

#define N_(text) text
#define MAX_SUBJECT 40 /* characters */

/* Each '%s' is one of the mistake's details, in their order. */
static const char *const sentences[] = {
  [GUISE_FILTER_MISTAKE_FIELD]
  = N_ ("“%s” is no field; the fields are split, camera, person, outfit, state, source, style, "
        "kind, text, path and dataset"),
  [GUISE_FILTER_MISTAKE_ALONE]
  = N_ ("“%s” stands alone; among conditions, words in captions are written text~\"red coat\""),
  [GUISE_FILTER_MISTAKE_CONDITION]
  = N_ ("a condition is missing; write one, such as camera=2 or text~\"red coat\""),
  [GUISE_FILTER_MISTAKE_OPERATOR]
  = N_ ("“%s” is compared with nothing; write = (is), != (is not), ~ (contains) or !~ (does not "
        "contain) and a value behind it"),
  [GUISE_FILTER_MISTAKE_VALUE]
  = N_ ("a value is missing behind “%s”; write one, or \"\" for none"),
  [GUISE_FILTER_MISTAKE_CHOICE] = N_ ("“%s” is no value of “%s”; write one of %s"),
  [GUISE_FILTER_MISTAKE_WHOLE]
  = N_ ("“%s” is compared as a whole; write = (is) or != (is not) behind it"),
  [GUISE_FILTER_MISTAKE_OPEN] = N_ ("the parenthesis is not closed; write ) where it ends"),
  [GUISE_FILTER_MISTAKE_CLOSE]
  = N_ ("the parenthesis closes nothing; leave it out, or write ( where it begins"),
  [GUISE_FILTER_MISTAKE_QUOTE] = N_ ("the quote is not closed; write \" where it ends"),
  [GUISE_FILTER_MISTAKE_EXCLAMATION]
  = N_ ("“!” alone compares nothing; write != (is not) or !~ (does not contain)"),
  [GUISE_FILTER_MISTAKE_LONG] = N_ ("the value is longer than %s bytes; write less of it"),
  [GUISE_FILTER_MISTAKE_MANY] = N_ ("there are more than %s conditions; leave some out"),
  [GUISE_FILTER_MISTAKE_DEEP]
  = N_ ("parentheses and NOT are nested more than %s deep; nest them less"),
  [GUISE_FILTER_MISTAKE_BYTES] = N_ ("the text is not valid UTF-8; write it anew"),
};

static char *
shorten (const char *text)
{
  g_autofree char *clean = guise_formats_clean (text);
  g_autofree char *start = NULL;

  if (g_utf8_strlen (clean, -1) <= MAX_SUBJECT)
    return g_steal_pointer (&clean);
  start = g_utf8_substring (clean, 0, MAX_SUBJECT);
  return g_strconcat (start, "…", NULL);
}

void
guise_filter_mistake_set (GuiseFilterMistake *mistake, GuiseFilterMistakeKind kind, glong character,
                          const char *first, const char *second, const char *third)
{
  const char *details[] = { first, second, third };

  guise_filter_mistake_clear (mistake);
  mistake->kind = kind;
  mistake->character = character;
  for (size_t i = 0; i < G_N_ELEMENTS (details); i++)
    mistake->details[i] = details[i] != NULL ? shorten (details[i]) : NULL;
}

void
guise_filter_mistake_clear (GuiseFilterMistake *mistake)
{
  for (size_t i = 0; i < G_N_ELEMENTS (mistake->details); i++)
    g_clear_pointer (&mistake->details[i], g_free);
}

static char *
fill_in (const char *sentence, const char *const *details)
{
  GString *text = g_string_new (NULL);
  const char *gap;

  for (; (gap = strstr (sentence, "%s")) != NULL && *details != NULL; details++) {
    g_string_append_len (text, sentence, gap - sentence);
    g_string_append (text, *details);
    sentence = gap + strlen ("%s");
  }
  g_string_append (text, sentence);
  return g_string_free (text, FALSE);
}

char *
guise_filter_mistake_explain (const GuiseFilterMistake *mistake, GuiseTranslate translate)
{
  const char *const whole = N_ ("at character %s, %s");
  g_autofree char *character = g_strdup_printf ("%ld", mistake->character);
  g_autofree char *filled = fill_in (translate (sentences[mistake->kind]),
                                     (const char *const *)mistake->details);

  if (mistake->character == 0)
    return g_steal_pointer (&filled);
  return fill_in (translate (whole), (const char *const[]){ character, filled, NULL });
}

/* Errors quote as a terminal can show it. */
void
guise_filter_mistake_propagate (const GuiseFilterMistake *mistake, GError **error)
{
  g_autoptr (GString) sentence = g_string_new (sentences[mistake->kind]);
  g_autofree char *filled = NULL;

  g_string_replace (sentence, "“", "'", 0);
  g_string_replace (sentence, "”", "'", 0);
  filled = fill_in (sentence->str, (const char *const *)mistake->details);
  g_set_error (error, GUISE_STORE_ERROR, GUISE_STORE_ERROR_FILTER,
               "cannot read the filter: at character %ld: %s", mistake->character, filled);
}
