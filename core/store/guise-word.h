/* A word that is looked for in texts: ASCII letters of any case, every other byte as it is. A word
 * is constant and may be shared by threads. For the files of this layer only. */
#pragma once

#include <glib.h>

typedef struct _GuiseWord GuiseWord;

/* bytes: length of them, copied. */
GuiseWord *guise_word_new (const void *bytes, size_t length);
/* Where it first stands between text and end, or NULL. An empty word stands everywhere. */
const guint8 *guise_word_find (const GuiseWord *word, const guint8 *text, const guint8 *end);
void guise_word_free (GuiseWord *word);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseWord, guise_word_free)
