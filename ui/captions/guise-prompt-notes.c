#include "guise-prompt-notes.h"

#include "guise-format.h"
#include "guise-reason-text.h"

#include <glib/gi18n.h>
#include <string.h>

/* The line that the parser names, from 1; 0 = it is about the whole. */
static guint
find_line (const char *message, const char *name)
{
  g_autofree char *start = g_strdup_printf ("cannot use prompt '%s': line ", name);
  g_autofree char *digits = NULL;
  guint64 line = 0;

  if (!g_str_has_prefix (message, start))
    return 0;
  message += strlen (start);
  digits = g_strndup (message, strspn (message, "0123456789"));
  return g_ascii_string_to_unsigned (digits, 10, 1, G_MAXINT, &line, NULL) ? (guint)line : 0;
}

char *
guise_prompt_notes_explain (const GError *error, const char *name, guint *line)
{
  const char *text = error != NULL ? error->message : "";
  g_autofree char *start = NULL, *why = NULL;

  *line = error != NULL ? find_line (text, name) : 0;
  start = *line > 0 ? g_strdup_printf ("cannot use prompt '%s': line %u: ", name, *line)
                    : g_strdup_printf ("cannot use prompt '%s': ", name);
  if (g_str_has_prefix (text, start))
    text += strlen (start);
  why = guise_reason_dup_text (text);
  return *line > 0 ? g_strdup_printf (_ ("line %u: %s"), *line, why) : g_steal_pointer (&why);
}

char *
guise_prompt_notes_create_warnings (const GuisePrompt *prompt)
{
  g_autoptr (GPtrArray) findings = prompt != NULL ? guise_prompt_lint (prompt) : NULL;
  GString *text = g_string_new (NULL);

  for (guint i = 0; findings != NULL && i < findings->len; i++) {
    g_autofree char *sentence = guise_reason_dup_text (findings->pdata[i]);

    g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", sentence);
  }
  return g_string_free (text, FALSE);
}

char *
guise_prompt_notes_create_preview (const GuisePrompt *prompt, const char *const *exemplars,
                                   gboolean in_style, gboolean after_refusal)
{
  static const char *const invented[]
      = { "A slim young woman in a red coat and jeans.", "He wears a dark suit, and carries a bag.",
          NULL };
  g_autofree char *system = NULL, *user = NULL, *text = NULL;

  if (prompt == NULL)
    return g_strdup (_ ("What is wrong has to be mended first."));
  system = guise_prompt_render_system (prompt);
  user = guise_prompt_render_user (
      prompt, !in_style ? NULL : exemplars != NULL ? exemplars
                                                   : invented,
      after_refusal);
  text = g_strdup_printf ("%s\n\n%s", system, user);
  return guise_format_plain (text);
}
