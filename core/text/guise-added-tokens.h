/* Tokens that are found in a text before it is split into words, as Hugging Face's tokenizers find
 * them: "[SEP]" written out is that token. Made by one thread, then any may look. */
#pragma once

#include <glib.h>

typedef struct _GuiseAddedTokens GuiseAddedTokens;

GuiseAddedTokens *guise_added_tokens_new (void);
void guise_added_tokens_free (GuiseAddedTokens *tokens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseAddedTokens, guise_added_tokens_free)

/* content is copied and not empty. normalised: looked for in texts as the model reads them (lower
 * case, ...) instead of as they are written; content is then already such a text. */
void guise_added_tokens_add (GuiseAddedTokens *tokens, const char *content, gint32 id,
                             gboolean normalised);
/* The first token of that kind in n bytes of text, the longest of those that begin there: its id,
 * where it begins and its length in bytes; or -1. */
gint32 guise_added_tokens_find (const GuiseAddedTokens *tokens, gboolean normalised,
                                const char *text, gsize n, gsize *at, gsize *length);
/* Whether both find the same everywhere. */
gboolean guise_added_tokens_equal (const GuiseAddedTokens *a, const GuiseAddedTokens *b);
/* The largest id and one; 0 for none. */
gint32 guise_added_tokens_get_n_ids (const GuiseAddedTokens *tokens);
