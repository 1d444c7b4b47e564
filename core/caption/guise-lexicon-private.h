/* What the lexicon's files share. */
#pragma once

#include "guise-lexicon.h"

struct _GuiseLexicon {
  GStringChunk *strings;
  GHashTable *entries; /* normalised words, joined by spaces → GuiseLexiconEntry */
  GHashTable *words;   /* section [words] */
  GPtrArray *refusals; /* normalised phrases */
  guint n_terms;
  GuiseSide sides[GUISE_N_SLOTS];
};

typedef struct {
  GuiseLexiconTerm term; /* n_senses is 0 where this is only how longer terms begin */
  GArray *senses;
  guint longest; /* how many words the longest term has that begins with this word */
} GuiseLexiconEntry;

extern const char *const guise_word_class_names[GUISE_N_WORD_CLASSES];

GuiseLexicon *guise_lexicon_new (void);
void guise_lexicon_entry_free (gpointer entry);
gboolean guise_lexicon_read (GuiseLexicon *lexicon, const char *text, gsize size, const char *where,
                             GError **error);
gboolean guise_lexicon_read_refusals (GuiseLexicon *lexicon, const char *text, gsize size,
                                      const char *where, GError **error);

/* ---- words (guise-lexicon-scan.c) ---- */

/* The next word at or behind *at: appended to out in lower case; *at moves behind it, *start is
 * where it begins. Returns 0 at the text's end, 'w' for a word, else the mark that stands there
 * (',' ':' '.' as GuiseUnitKind sorts them; joiners are passed over). */
char guise_lexicon_next_word (const char *text, gsize size, gsize *at, gsize *start, GString *out);

/* text in lower case with plain apostrophes, kept in strings. */
char *guise_lexicon_fold (GStringChunk *strings, const char *text);
