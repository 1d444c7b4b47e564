#include "guise-caption-checks-private.h"

#include <string.h>

/* ---- characters ---- */

static void
find_syntax (GuiseChecking *checking, GuiseVerdictLevel level, gsize start, gsize length,
             const char *what)
{
  guise_checking_find (checking, GUISE_CHECK_SYNTAX, level, start, length, "%s", what);
}

static void
check_ends (GuiseChecking *checking)
{
  const char *text = checking->text;
  gsize size = strlen (text);
  gunichar first;

  if (size == 0) {
    find_syntax (checking, GUISE_VERDICT_FAIL, 0, 0, "it is empty");
    return;
  }
  first = g_utf8_get_char (text);
  if (!g_unichar_isalnum (first))
    find_syntax (checking, GUISE_VERDICT_FAIL, 0, 1, "it does not begin with a word");
  else if (g_unichar_islower (first))
    find_syntax (checking, GUISE_VERDICT_WARN, 0, 1, "it does not begin with a capital letter");
  if (strchr (".!", text[size - 1]) == NULL && !g_str_has_suffix (text, "\xe3\x80\x82"))
    find_syntax (checking, GUISE_VERDICT_WARN, size - 1, 1, "it does not end with a full stop");
}

static void
check_characters (GuiseChecking *checking)
{
  for (const char *at = checking->text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    gsize start = (gsize)(at - checking->text),
          length = (gsize)(g_utf8_next_char (at) - at);

    if (c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029)
      find_syntax (checking, GUISE_VERDICT_FAIL, start, length, "it has more than one line");
    else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT || c == 0xfffd)
      find_syntax (checking, GUISE_VERDICT_FAIL, start, length,
                   "it has a character that cannot be seen");
  }
}

/* ---- markup ---- */

static void
check_marks (GuiseChecking *checking)
{
  static const char marks[] = "<>{}[]`*#|\\=~^_";

  for (const char *at = checking->text; *at != '\0'; at++)
    if (strchr (marks, *at) != NULL)
      guise_checking_find (checking, GUISE_CHECK_MARKUP, GUISE_VERDICT_FAIL,
                           (gsize)(at - checking->text), 1,
                           "it has a mark that belongs to no sentence: '%c'", *at);
    else if (*at == '"' || *at == ':')
      guise_checking_find (checking, GUISE_CHECK_MARKUP, GUISE_VERDICT_WARN,
                           (gsize)(at - checking->text), 1, "it has a mark like a list's: '%c'",
                           *at);
}

static void
check_remains (GuiseChecking *checking)
{
  static const char *const remains[]
      = { "http:", "https:", "www.", "&amp;", "&lt;", "&gt;", "&quot;", "null", "undefined",
          "n/a", "lorem ipsum", "identity:", "clothing:", "%s", "tbd" };
  g_autofree char *lower = g_ascii_strdown (checking->text, -1);

  for (guint i = 0; i < G_N_ELEMENTS (remains); i++) {
    g_autofree char *wanted = g_ascii_strdown (remains[i], -1);
    const char *found = strstr (lower, wanted);
    gsize n = strlen (wanted);

    while (found != NULL
           && ((found > lower && g_ascii_isalnum (found[-1]))
               || (g_ascii_isalnum (found[n - 1]) && g_ascii_isalnum (found[n]))))
      found = strstr (found + 1, wanted);
    if (found != NULL)
      guise_checking_find (checking, GUISE_CHECK_MARKUP, GUISE_VERDICT_FAIL,
                           (gsize)(found - lower), n,
                           "it has a link, or what a form left behind: '%s'", remains[i]);
  }
}

void
guise_checking_syntax (GuiseChecking *checking)
{
  const char *end;

  if (!g_utf8_validate (checking->text, -1, &end)) {
    find_syntax (checking, GUISE_VERDICT_FAIL, (gsize)(end - checking->text), 1,
                 "it is not UTF-8");
  } else {
    check_ends (checking);
    check_characters (checking);
  }
  check_marks (checking);
  check_remains (checking);
}

/* ---- repetitions ---- */

/* The longest run that is looked for. */
#define MAX_RUN 12

static gboolean
is_equal (const GuiseChecking *checking, guint a, guint b)
{
  const GuiseUnit *x = &checking->units[a], *y = &checking->units[b];

  return x->kind == y->kind && x->length == y->length
         && (x->kind != GUISE_UNIT_WORD
             || g_ascii_strncasecmp (checking->text + x->start, checking->text + y->start,
                                     x->length)
                    == 0);
}

/* How many units from a on are the same again right behind themselves. */
static guint
find_run (const GuiseChecking *checking, guint a)
{
  for (guint n = 1; n <= MAX_RUN && a + 2 * n <= checking->n_units; n++) {
    guint i = 0;

    while (i < n && is_equal (checking, a + i, a + n + i))
      i++;
    if (i == n && checking->units[a].kind == GUISE_UNIT_WORD)
      return n;
  }
  return 0;
}

void
guise_checking_repetition (GuiseChecking *checking)
{
  for (guint i = 0, n; i < checking->n_units; i += MAX (n, 1)) {
    const GuiseUnit *first = &checking->units[i], *last;

    n = find_run (checking, i);
    if (n == 0)
      continue;
    last = &checking->units[i + 2 * n - 1];
    guise_checking_find (checking, GUISE_CHECK_REPETITION,
                         n > 1 ? GUISE_VERDICT_FAIL : GUISE_VERDICT_WARN, first->start,
                         last->start + last->length - first->start,
                         "it says something twice in a row: '%.*s'",
                         (int)(last->start + last->length - first->start),
                         checking->text + first->start);
  }
}
