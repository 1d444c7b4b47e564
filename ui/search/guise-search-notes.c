#include "guise-search-notes.h"

#include "guise-format.h"

#include <glib/gi18n.h>

#define MAX_NAMED_WORDS 5
#define MAX_WORD_CHARS 24
#define MAX_NAMED_PICTURES 20

/* ---- words ---------------------------------------------------------------------------------- */

static char *
quote_words (char **words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; words[i] != NULL && i < MAX_NAMED_WORDS; i++) {
    g_autofree char *word = guise_format_excerpt (words[i], MAX_WORD_CHARS);

    g_string_append_printf (text, i > 0 ? _ (", “%s”") : _ ("“%s”"), word);
  }
  if (g_strv_length (words) > MAX_NAMED_WORDS)
    g_string_append (text, "…");
  return g_string_free (text, FALSE);
}

/* NULL = nothing. */
static char *
describe_words (const GuiseSearchAnswer *answer)
{
  guint n = g_strv_length (answer->unknown);
  g_autofree char *words = quote_words (answer->unknown);

  if (n > 0 && n >= answer->n_words)
    return g_strdup (_ ("The model knows none of these words: the order of the pictures means "
                        "nothing."));
  if (n > 0)
    return g_strdup_printf (ngettext ("The model does not know this word: %s.",
                                      "The model does not know these words: %s.", n),
                            words);
  if (answer->cut)
    return g_strdup (_ ("The description is longer than what the model reads: its end does not "
                        "count."));
  return NULL;
}

/* A ranking looks as sure of itself whatever was asked. */
void
guise_search_notes_show_words (GuiseBanner *banner, const GuiseSearchAnswer *answer)
{
  g_autofree char *text = answer != NULL ? describe_words (answer) : NULL;

  if (text != NULL)
    guise_banner_show (banner, "words", text, NULL);
  else
    guise_banner_hide (banner, "words");
}

/* ---- the index ------------------------------------------------------------------------------ */

/* What is ranked is not all there is. NULL = it is. */
static char *
describe_missing (size_t n)
{
  g_autofree char *count = guise_format_count (n);

  if (n == 0)
    return NULL;
  return g_strdup_printf (ngettext ("%s picture is not embedded and is not found by a search.",
                                    "%s pictures are not embedded and are not found by a search.",
                                    n),
                          count);
}

/* Embedding them again is no use. NULL = there are none. */
static char *
describe_unreadable (size_t n)
{
  g_autofree char *count = guise_format_count (n);

  if (n == 0)
    return NULL;
  return g_strdup_printf (ngettext ("%s picture cannot be read and is not found by a search; the "
                                    "library shows why.",
                                    "%s pictures cannot be read and are not found by a search; "
                                    "the library shows why.",
                                    n),
                          count);
}

/* Their paths, a line each. */
static char *
list_some (const GPtrArray *paths)
{
  guint n_shown = MIN (paths->len, MAX_NAMED_PICTURES);
  g_autofree char *rest = guise_format_count (paths->len - n_shown);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_shown; i++) {
    g_autofree char *name = g_filename_display_name (paths->pdata[i]);

    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", name);
  }
  if (paths->len > n_shown) {
    g_string_append_c (text, '\n');
    g_string_append_printf (text, _ ("… and %s more"), rest);
  }
  return g_string_free (text, FALSE);
}

/* The pictures that are ranked are not those on the disk any more. NULL = they are. */
static char *
describe_changed (size_t n)
{
  g_autofree char *count = guise_format_count (n);

  if (n == 0)
    return NULL;
  return g_strdup_printf (ngettext ("%s picture file has changed or gone since it was embedded; "
                                    "it is ranked as it was.",
                                    "%s picture files have changed or gone since they were "
                                    "embedded; they are ranked as they were.",
                                    n),
                          count);
}

/* details: NULL = none. label, action: what mends it, NULL = nothing can be done. */
static void
show_state (GuiseBanner *banner, const char *cause, const char *sentence, const char *details,
            const char *label, const char *action)
{
  if (sentence == NULL) {
    guise_banner_hide (banner, cause);
    return;
  }
  guise_banner_show (banner, cause, sentence, details);
  if (action != NULL)
    guise_banner_set_action (banner, cause, label, action);
}

void
guise_search_notes_show_missing (GuiseBanner *banner, size_t n, gboolean read_only)
{
  g_autofree char *text = describe_missing (n);

  show_state (banner, "missing", text, NULL, _ ("Embed"),
              read_only ? NULL : "page.build-whole-index");
}

void
guise_search_notes_show_unreadable (GuiseBanner *banner, const GPtrArray *paths)
{
  g_autofree char *text = describe_unreadable (paths->len), *details = list_some (paths);

  show_state (banner, "unreadable", text, details, NULL, NULL);
}

void
guise_search_notes_show_changed (GuiseBanner *banner, size_t n, gboolean read_only)
{
  g_autofree char *text = describe_changed (n);

  show_state (banner, "files", text, NULL, _ ("Embed Again"),
              read_only ? NULL : "page.build-index");
}
