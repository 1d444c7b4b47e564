/* The WordPiece encoder of BERT: a text becomes [CLS], pieces of its words, [SEP], with the ids of
 * a vocab.txt (line number = id), equal to Hugging Face's fast BertTokenizer. As there, a special
 * token written out in the text ("[SEP]") is that token. Immutable once made: any thread may
 * encode. */
#pragma once

#include "guise-added-tokens.h"
#include "guise-bert-split.h"
#include "guise-vocabulary.h"

#include <gio/gio.h>

typedef struct _GuiseWordpiece GuiseWordpiece;

/* [PAD] [UNK] [CLS] [SEP] must be in the vocabulary, wherever; [MASK] may be missing (-1). */
typedef struct {
  gint32 pad, unk, cls, sep, mask;
} GuiseWordpieceSpecials;

/* What a vocab.txt may have. */
#define GUISE_WORDPIECE_MAX_BYTES ((gsize)64 << 20)

/* path: a vocab.txt of an uncased model. Errors: GUISE_FORMATS_ERROR (not UTF-8, a zero byte, a
 * special token missing, no entry) and G_IO_ERROR. */
GuiseWordpiece *guise_wordpiece_load (const char *path, GError **error);
/* The same from a text of size bytes; where names it in errors. */
GuiseWordpiece *guise_wordpiece_new (const char *vocab, gsize size, const char *where,
                                     GError **error);
/* The tokens of a vocab.txt, one a line. */
GuiseVocabulary *guise_wordpiece_read_lines (const char *vocab, gsize size, const char *where,
                                             GError **error);
/* From parts. Takes vocabulary and added, on failure too; added NULL: the special tokens. Only
 * tokens that are found in texts as written may be added. */
GuiseWordpiece *guise_wordpiece_new_from (GuiseVocabulary *vocabulary, GuiseAddedTokens *added,
                                          const GuiseBertSplit *split, const char *where,
                                          GError **error);
void guise_wordpiece_free (GuiseWordpiece *wordpiece);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseWordpiece, guise_wordpiece_free)

/* Ids are 0 to that less one; of a vocab.txt, the number of its lines. */
gint32 guise_wordpiece_get_n_tokens (const GuiseWordpiece *wordpiece);
const GuiseWordpieceSpecials *guise_wordpiece_get_specials (const GuiseWordpiece *wordpiece);
/* Borrowed; continuations start with "##". NULL for an id that a tokenizer.json leaves out. */
const char *guise_wordpiece_get_token (const GuiseWordpiece *wordpiece, gint32 id);
/* -1 when it is not in the vocabulary. Of two equal lines the later one counts. */
gint32 guise_wordpiece_find_token (const GuiseWordpiece *wordpiece, const char *token);

/* A vocab.txt that reads as this one, for g_free(). Refused where none does, since such a file has
 * nothing but lines: a tokenizer that splits texts in another way than uncased models, that has
 * added tokens, or leaves out ids. where names it in errors. */
char *guise_wordpiece_write_lines (const GuiseWordpiece *wordpiece, const char *where, gsize *size,
                                   GError **error);

/* Writes at most max ids (max >= 2) to ids and returns how many: [CLS], the first max - 2 pieces,
 * [SEP]; no padding. An empty text is [CLS][SEP]. Cannot fail: bytes that are not UTF-8 are
 * dropped. */
gsize guise_wordpiece_encode (const GuiseWordpiece *wordpiece, const char *text, gsize max,
                              gint32 *ids);
