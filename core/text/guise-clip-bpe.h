/* CLIP's byte-level BPE: a text becomes <|startoftext|>, the pieces of its words, <|endoftext|>,
 * equal to Hugging Face's fast CLIPTokenizer. The last symbol of a word carries "</w>"; of all
 * neighbours that may be merged those come first that stand first in the list of merges. A word of
 * n bytes takes n log n steps. Made by one thread, then any may encode. */
#pragma once

#include "guise-added-tokens.h"
#include "guise-vocabulary.h"

#include <gio/gio.h>

typedef struct _GuiseClipBpe GuiseClipBpe;

/* What stands around the vocabulary. Ids of -1: none; begin and end must be there. */
typedef struct {
  gint32 begin, end, pad, unk;
  gboolean split_specials; /* see guise_clip_split */
} GuiseClipBpeParts;

/* Takes vocabulary and added. */
GuiseClipBpe *guise_clip_bpe_new (GuiseVocabulary *vocabulary, GuiseAddedTokens *added,
                                  const GuiseClipBpeParts *parts);
void guise_clip_bpe_free (GuiseClipBpe *bpe);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseClipBpe, guise_clip_bpe_free)

/* The next merge, the first one first; where names its place in errors: a part or the whole is no
 * token of the vocabulary. A pair that comes again moves to its later place. */
gboolean guise_clip_bpe_add_merge (GuiseClipBpe *bpe, const char *left, const char *right,
                                   const char *where, GError **error);

gint32 guise_clip_bpe_get_n_ids (const GuiseClipBpe *bpe);
const GuiseClipBpeParts *guise_clip_bpe_get_parts (const GuiseClipBpe *bpe);

/* Writes at most max ids (max >= 2) to ids and returns how many: begin, the first max - 2 pieces,
 * end; no padding. Cannot fail: bytes that are not UTF-8 are dropped, a text ends after 2^28. */
gsize guise_clip_bpe_encode (const GuiseClipBpe *bpe, const char *text, gsize max, gint32 *ids);
