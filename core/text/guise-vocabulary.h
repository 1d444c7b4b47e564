/* The tokens of a tokenizer and their ids, both ways. Made by one thread, then any may look. */
#pragma once

#include <glib.h>

enum {
  GUISE_VOCABULARY_MAX_IDS = 1 << 22, /* ids are below; the largest published ones end at 2^18 */
};

typedef struct _GuiseVocabulary GuiseVocabulary;

GuiseVocabulary *guise_vocabulary_new (void);
void guise_vocabulary_free (GuiseVocabulary *vocabulary);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseVocabulary, guise_vocabulary_free)

/* token is copied; id: 0 to GUISE_VOCABULARY_MAX_IDS - 1, with gaps if need be. FALSE, and nothing
 * changed, when the id has a token already. A token that is there already answers with its new id
 * from now on. */
gboolean guise_vocabulary_add (GuiseVocabulary *vocabulary, const char *token, gint32 id);

/* The largest id and one. */
gint32 guise_vocabulary_get_n_ids (const GuiseVocabulary *vocabulary);
/* Borrowed; NULL where no token has this id. */
const char *guise_vocabulary_get_token (const GuiseVocabulary *vocabulary, gint32 id);
/* The id of a token, or -1. */
gint32 guise_vocabulary_find (const GuiseVocabulary *vocabulary, const char *token);

/* The hash of a text: that of a longer one goes on from that of its beginning. */
#define GUISE_VOCABULARY_HASH_EMPTY 2166136261u
guint32 guise_vocabulary_hash (guint32 hash, const char *bytes, gsize n);
/* The id of prefix (terminated) and n bytes of word, whose hash this is; or -1. */
gint32 guise_vocabulary_find_hashed (const GuiseVocabulary *vocabulary, guint32 hash,
                                     const char *prefix, const char *word, gsize n);
