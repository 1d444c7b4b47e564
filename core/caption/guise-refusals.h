/* Words by which models decline to describe a person. */
#pragma once

#include <glib.h>

/* Finds a phrase of refusal in text and returns it, or NULL. Called from the asker's thread. */
typedef const char *(*GuiseRefusalFinder) (const char *text, gpointer data);

/* The finder that needs nothing: the phrases of the lexicon that came with the program
 * (guise_lexicon_find_refusal). data is ignored. Any thread. */
const char *guise_refusals_find (const char *text, gpointer data);
/* Loads them, which find does otherwise; FALSE where that fails, and find then finds nothing. */
gboolean guise_refusals_load (GError **error);
