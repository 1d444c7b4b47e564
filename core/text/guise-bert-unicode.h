/* The character classes of Hugging Face's fast BertTokenizer (crate tokenizers 0.23,
 * normalizers/bert.rs and pre_tokenizers/bert.rs). They rest on Unicode tables of several ages, so
 * GLib's answers are corrected where they differ; tests/golden/make-bert-unicode.py finds the
 * differences. Any thread. */
#pragma once

#include <glib.h>

/* Separates words: the Unicode property White_Space. */
gboolean guise_bert_is_space (gunichar c);
/* Removed at once: U+0000, U+FFFD, control, format and private use characters. Tab, line feed and
 * carriage return are kept. */
gboolean guise_bert_is_dropped (gunichar c);
/* A CJK ideograph: a word of its own. */
gboolean guise_bert_is_chinese (gunichar c);
/* A non-spacing mark, removed after decomposition: the accents. */
gboolean guise_bert_is_mark (gunichar c);
/* ASCII punctuation and symbols, and every P* category: a word of its own. */
gboolean guise_bert_is_punctuation (gunichar c);
/* Rust's char::to_lowercase, of CLIP's tokenizer too; returns how many characters: 1 or 2. */
gsize guise_bert_to_lower (gunichar c, gunichar lower[2]);
