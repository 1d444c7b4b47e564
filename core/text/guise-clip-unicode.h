/* The character classes of the regular expression that splits texts in Hugging Face's CLIP
 * tokenizer (crate tokenizers 0.23, Oniguruma with Unicode 16). GLib's answers (2.74: Unicode 15)
 * are corrected; tests/golden/make-clip-unicode.py finds the differences. Any thread. */
#pragma once

#include <glib.h>

typedef enum {
  GUISE_CLIP_OTHER,
  GUISE_CLIP_SPACE,  /* \s */
  GUISE_CLIP_LETTER, /* \p{L} */
  GUISE_CLIP_NUMBER, /* \p{N} */
} GuiseClipClass;

GuiseClipClass guise_clip_classify (gunichar c);
