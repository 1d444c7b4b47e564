#include "guise-refusals.h"

#include "guise-lexicon.h"

const char *
guise_refusals_find (const char *text, gpointer data)
{
  static gsize once;
  static GuiseLexicon *lexicon; /* kept until the program ends */

  if (g_once_init_enter (&once)) {
    lexicon = guise_lexicon_load ("en", NULL);
    g_once_init_leave (&once, 1);
  }
  return lexicon != NULL ? guise_lexicon_find_refusal (lexicon, text) : NULL;
}
