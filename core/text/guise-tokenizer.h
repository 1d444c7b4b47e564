/* The tokenizer of a model's folder, whichever it is: BERT's WordPiece or CLIP's byte-level BPE,
 * with the ids of Hugging Face's fast tokenizers. Immutable once open: any thread may encode. */
#pragma once

#include "guise-wordpiece.h"

#include <gio/gio.h>

typedef struct _GuiseTokenizer GuiseTokenizer;

typedef enum {
  GUISE_TOKENIZER_BERT,
  GUISE_TOKENIZER_CLIP,
} GuiseTokenizerKind;

/* Ids: of what stands before and after a text ([CLS] and [SEP], or the start and the end of text),
 * of padding, and of what the vocabulary cannot spell. */
typedef struct {
  gint32 begin, end, pad, unk; /* unk may be -1 */
} GuiseTokenizerSpecials;

/* Reads, in this order, what the folder has: tokenizer.json; vocab.txt (BERT); vocab.json with
 * merges.txt (CLIP). The last two are read as tokenizer_config.json says, where there is one:
 * do_lower_case, strip_accents, tokenize_chinese_chars, and how special tokens are looked for.
 * Errors: G_IO_ERROR (NOT_FOUND when there is none of them) and GUISE_FORMATS_ERROR. */
GuiseTokenizer *guise_tokenizer_open (const char *folder, GError **error);
void guise_tokenizer_free (GuiseTokenizer *tokenizer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseTokenizer, guise_tokenizer_free)

GuiseTokenizerKind guise_tokenizer_get_kind (const GuiseTokenizer *tokenizer);
/* BERT's, borrowed; NULL of another kind. */
const GuiseWordpiece *guise_tokenizer_get_wordpiece (const GuiseTokenizer *tokenizer);
/* The file that was read; borrowed. */
const char *guise_tokenizer_get_path (const GuiseTokenizer *tokenizer);
/* Ids are 0 to that less one: the rows that an embedding must have. */
gint32 guise_tokenizer_get_n_tokens (const GuiseTokenizer *tokenizer);
const GuiseTokenizerSpecials *guise_tokenizer_get_specials (const GuiseTokenizer *tokenizer);
/* How many ids a text has at most unless somebody says otherwise: 64 of BERT, 77 of CLIP. */
gsize guise_tokenizer_get_usual_max (const GuiseTokenizer *tokenizer);

/* Writes at most max ids (max >= 2) to ids and returns how many: begin, the first max - 2 pieces,
 * end; no padding. Cannot fail: bytes that are not UTF-8 are dropped. */
gsize guise_tokenizer_encode (const GuiseTokenizer *tokenizer, const char *text, gsize max,
                              gint32 *ids);
