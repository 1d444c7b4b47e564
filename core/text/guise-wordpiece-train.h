/* Learns a WordPiece vocabulary from texts: [PAD] [UNK] [CLS] [SEP] [MASK], then every character
 * that begins a word and, with "##", every one that goes on, then merges, the most frequent pair of
 * neighbours first (Hugging Face's WordPieceTrainer). Ties go to the pair that sorts first by
 * bytes, so the same texts give the same vocabulary whatever their order. */
#pragma once

#include <gio/gio.h>

/* Words are those of guise_bert_split. At most n_entries tokens, fewer when nothing is left to
 * merge; when there are more characters than room, the rarest are left out. Returns strings in the
 * order of ids, owned by the caller; GUISE_FORMATS_ERROR when n_entries < 7 and
 * G_IO_ERROR_CANCELLED. cancellable may be NULL. */
GPtrArray *guise_wordpiece_train (const char *const *texts, gsize n_texts, gsize n_entries,
                                  GCancellable *cancellable, GError **error);
/* Writes tokens as a vocab.txt, one a line, atomically. */
gboolean guise_wordpiece_save (const char *path, const GPtrArray *tokens, GError **error);
