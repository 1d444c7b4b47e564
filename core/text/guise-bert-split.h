/* From a text to its words, as Hugging Face's fast BertTokenizer makes them: drop control
 * characters, space out CJK ideographs, decompose (NFD) and drop accents, lower-case, split at
 * white space and around punctuation. */
#pragma once

#include <glib.h>

/* What a model's tokenizer may leave out. */
typedef struct {
  gboolean lower;   /* do_lower_case: FALSE for cased models */
  gboolean accents; /* strip_accents: FALSE leaves text as it is composed */
  gboolean chinese; /* tokenize_chinese_chars */
} GuiseBertSplit;

/* All of it: the uncased models', and what a vocabulary of our own is learnt with. */
extern const GuiseBertSplit guise_bert_uncased;

/* word is n_bytes of UTF-8, n_chars characters, without terminator, valid during the call.
 * Returning FALSE ends the splitting. */
typedef gboolean (*GuiseBertWordFunc) (const char *word, gsize n_bytes, gsize n_chars,
                                       gpointer user_data);

/* text: n_bytes of UTF-8; bytes that are not are dropped. Returns FALSE when func ended it. Any
 * thread. */
gboolean guise_bert_split (const GuiseBertSplit *split, const char *text, gsize n_bytes,
                           GuiseBertWordFunc func, gpointer user_data);
