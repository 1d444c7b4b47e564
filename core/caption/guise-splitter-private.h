/* What the parts of the splitter share: guise-splitter.c finds out on what the captions agree,
 * guise-splitter-render.c puts it into words, guise-splitter-quote.c looks for a caption that has
 * already done so. */
#pragma once

#include "guise-facts.h"
#include "guise-splitter.h"

/* The sentence that says the facts of one side; NULL if there are none. */
char *guise_split_render (const GuiseLexicon *lexicon, const GuiseFacts *facts, GuiseSide side);
/* The clauses of text that say exactly the facts of one side and nothing of another; NULL if it has
 * none. */
char *guise_split_quote (const GuiseLexicon *lexicon, const char *text, const GuiseFacts *facts,
                         GuiseSide side);
guint guise_split_count_words (const GuiseLexicon *lexicon, const char *text);
/* The first letter large, a full stop at the end. Takes text. */
char *guise_split_finish (char *text);
