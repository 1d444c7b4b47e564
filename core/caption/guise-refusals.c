#include "guise-refusals.h"

#include "guise-lexicon.h"

/* Both are kept until the program ends. */
static GuiseLexicon *lexicon;
static GError *failure;

static void
load_once (void)
{
  static gsize once;

  if (g_once_init_enter (&once)) {
    lexicon = guise_lexicon_load ("en", &failure);
    g_once_init_leave (&once, 1);
  }
}

gboolean
guise_refusals_load (GError **error)
{
  load_once ();
  if (lexicon == NULL)
    g_propagate_error (error, g_error_copy (failure));
  return lexicon != NULL;
}

const char *
guise_refusals_find (const char *text, gpointer data)
{
  load_once ();
  return lexicon != NULL ? guise_lexicon_find_refusal (lexicon, text) : NULL;
}
