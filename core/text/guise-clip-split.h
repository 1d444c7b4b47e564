/* From a text to its words, as Hugging Face's fast CLIPTokenizer makes them: compose (NFC), make
 * white space a space, lower-case; then the parts that its regular expression matches:
 *   <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd
 *   | \p{L}+ | \p{N} | [^\s\p{L}\p{N}]+                                                         */
#pragma once

#include <glib.h>

/* n_bytes of UTF-8 as the expression sees it; bytes that are not UTF-8 are dropped. */
GString *guise_clip_normalise (const char *text, gsize n_bytes);

/* word is n_bytes of UTF-8, without terminator. Returning FALSE ends the splitting. */
typedef gboolean (*GuiseClipWordFunc) (const char *word, gsize n_bytes, gpointer user_data);

/* text: n_bytes of what guise_clip_normalise gives. specials: whether the expression begins with
 * the two special tokens (older files leave them out). Returns FALSE when func ended it. Any
 * thread. */
gboolean guise_clip_split (const char *text, gsize n_bytes, gboolean specials,
                           GuiseClipWordFunc func, gpointer user_data);
