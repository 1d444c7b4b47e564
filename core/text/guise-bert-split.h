/* From a text to its words, as Hugging Face's fast BertTokenizer (uncased) makes them: drop control
 * characters, space out CJK ideographs, decompose (NFD), drop accents, lower-case, split at white
 * space and around punctuation. */
#pragma once

#include <glib.h>

/* word is n_bytes of UTF-8, n_chars characters, without terminator, valid during the call.
 * Returning FALSE ends the splitting. */
typedef gboolean (*GuiseBertWordFunc) (const char *word, gsize n_bytes, gsize n_chars,
                                       gpointer user_data);

/* text: n_bytes of UTF-8; bytes that are not are dropped. Returns FALSE when func ended it. Any
 * thread. */
gboolean guise_bert_split (const char *text, gsize n_bytes, GuiseBertWordFunc func,
                           gpointer user_data);
