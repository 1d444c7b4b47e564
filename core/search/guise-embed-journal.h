/* Rows of an index in the making, kept as they are computed, so that an embedding that was killed
 * or cancelled goes on where it was.
 *
 * File: a line that names the kind, then 64 bytes with a hash of weights and precision, then
 * records, each of image id, stamp (two), length and both rows, all as they lie in memory, behind a
 * checksum of it. What is behind the first record that is not whole does not count. It is a cache:
 * made by this machine, thrown away when other weights come or the index is written. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _GuiseEmbedJournal GuiseEmbedJournal;

/* Opens or makes the file and reads what it has of these weights and this width; the rest is cut
 * off. NULL where that cannot be: no room or right to write there, or another process embeds with
 * it. One thread. */
GuiseEmbedJournal *guise_embed_journal_open (const char *path, const char *checkpoint, size_t dim);
void guise_embed_journal_free (GuiseEmbedJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseEmbedJournal, guise_embed_journal_free)

/* One picture's row; identity and clothing [dim]. */
typedef struct {
  gint64 id, stamp[2];
  float norm;
  float *identity, *clothing;
} GuiseEmbedRow;

/* How many rows the file had when it was opened. */
size_t guise_embed_journal_get_n_rows (const GuiseEmbedJournal *journal);
/* Copies identity, clothing and norm of the picture with row's id and stamp; FALSE when the file
 * did not have it. */
gboolean guise_embed_journal_find (const GuiseEmbedJournal *journal, GuiseEmbedRow *row);
/* Appends a row, which a kill of the process does not take away. After a failure (a full disk) the
 * journal keeps silent: the embedding goes on without. */
void guise_embed_journal_add (GuiseEmbedJournal *journal, const GuiseEmbedRow *row);
/* Removes the file: the index is written. */
void guise_embed_journal_finish (GuiseEmbedJournal *journal);

G_END_DECLS
