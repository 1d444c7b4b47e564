/* What texts state, and that a lexicon that breaks the rules is refused with its line. */
#include "guise-formats-error.h"
#include "guise-statements.h"

#include <string.h>

static GuiseLexicon *lexicon;

/* "upper-type=shirt upper-colour=dark blue no headwear-type=hat", in the text's order. */
static char *
read_back (const char *text)
{
  g_autoptr (GArray) statements = guise_statements_read (lexicon, text);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < statements->len; i++) {
    const GuiseStatement *s = &g_array_index (statements, GuiseStatement, i);

    g_assert_cmpuint (s->length, >, 0);
    g_assert_cmpuint (s->start + s->length, <=, strlen (text));
    g_string_append_printf (out, "%s%s%s%s=%s", out->len > 0 ? "; " : "", s->negated ? "no " : "",
                            s->hedged ? "maybe " : "", guise_slot_get_name (s->slot), s->value);
  }
  return g_string_free (out, FALSE);
}

/* tests/golden/caption/statements.txt: a sentence, and below it "=" and what it states. */
static void
test_sentences (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "caption", "statements.txt", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_autofree char *states = NULL;

    if (*lines[i] == '#' || *lines[i] == '\0')
      continue;
    g_assert_nonnull (lines[i + 1]);
    g_assert_cmpint (lines[i + 1][0], ==, '=');
    states = read_back (lines[i]);
    if (strcmp (states, g_strstrip (lines[i + 1] + 1)) != 0)
      g_test_message ("%s", lines[i]);
    g_assert_cmpstr (states, ==, g_strstrip (lines[++i] + 1));
    n++;
  }
  g_assert_cmpuint (n, >=, 100);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  lexicon = guise_lexicon_load ("en", NULL);
  g_assert_nonnull (lexicon);
  g_test_add_func ("/statements/sentences", test_sentences);
  status = g_test_run ();
  guise_lexicon_free (lexicon);
  return status;
}
