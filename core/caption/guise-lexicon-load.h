/* Lexicons as a whole, for those who only hand them on; what is in them: guise-lexicon.h. */
#pragma once

#include <gio/gio.h>

typedef struct _GuiseLexicon GuiseLexicon;

/* The lexicon of a language ("en") that came with the program. Errors: G_IO_ERROR_NOT_FOUND where
 * there is none, GUISE_FORMATS_ERROR with file and line. */
GuiseLexicon *guise_lexicon_load (const char *language, GError **error);
/* All files *.txt of a folder, and refusals.txt of the folder above it where there is one. */
GuiseLexicon *guise_lexicon_load_folder (const char *folder, GError **error);
/* One text of size bytes; where names it in errors. */
GuiseLexicon *guise_lexicon_parse (const char *text, gsize size, const char *where, GError **error);
void guise_lexicon_free (GuiseLexicon *lexicon);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseLexicon, guise_lexicon_free)
