/* Reads the demo's texts back: what does a text claim? Knows the words from the grammar's own
 * lexicon but none of its sentences, so that a slip of the grammar cannot hide. */
#pragma once

#include "guise-demo-lexicon.h"

/* claims[a] becomes the value that the text states of attribute a, or -1. FALSE, with why, for a
 * text that contradicts itself or leaves an adjective without its noun. */
gboolean demo_read_text (const char *text, gint8 claims[GUISE_DEMO_N_ATTRIBUTES], char **why);

/* Lower-case words (letters and inner hyphens) and single marks, in their order. */
GPtrArray *demo_split_text (const char *text);
