/* Embeds pictures into an index: threads decode and resize ahead while all cores embed. */
#pragma once

#include <gio/gio.h>

#include "guise-decoder.h"
#include "guise-embed-journal.h"
#include "guise-index.h"
#include "guise-search-model.h"

G_BEGIN_DECLS

/* Where pixels come from. get_root: the data set's folder, with a reference for the caller; called
 * from several threads. */
typedef struct {
  GuiseDecoder *decoder;
  GuiseRoot *(*get_root) (gint64 dataset_id, gpointer user_data, GError **error);
  gpointer user_data;
} GuisePictureSource;

/* What is to be embedded; borrowed. */
typedef struct {
  size_t n;
  const gint64 *ids, *dataset_ids; /* [n] */
  const char *const *paths;        /* [n], beneath the data set's root */
} GuisePictureList;

typedef struct {
  size_t n_reused, n_embedded, n_unreadable;
  char *unreadable; /* why the first that was tried is left out, or NULL; to be freed */
} GuiseIndexReport;

/* Called on the calling thread. */
typedef void (*GuiseIndexProgress) (guint64 done, guint64 total, gpointer user_data);

/* The index of exactly these pictures, in their order, less those that cannot be read. Rows of old
 * (NULL = none) are taken over where the same weights made them in the same precision and the
 * picture's file has kept its size and time of change; so are those of journal (NULL = none), which
 * gets the new ones as they are made. retry: whether pictures are tried too that old could not
 * read and whose files are the same still. split: for its metadata. storage: of this one, whatever
 * old has. Blocking.
 * Errors: G_IO_ERROR_NOT_FOUND when there is no picture or none can be read, _CANCELLED.
 * progress may be NULL; report is filled in any case. */
GuiseIndex *guise_index_build (GuiseSearchModel *model, const GuisePictureSource *source,
                               const GuisePictureList *pictures, const char *split,
                               GuiseIndexStorage storage, const GuiseIndex *old, gboolean retry,
                               GuiseEmbedJournal *journal, GuiseIndexReport *report,
                               GuiseIndexProgress progress, gpointer progress_data,
                               GCancellable *cancellable, GError **error);

/* Whether old is what guise_index_build() would give without retry, as far as can be told without
 * reading pictures: same weights and precision, and every picture in its place or given up, its
 * file unchanged. Asks for the state of every file: ~0.5 s of computing for 100 000. */
gboolean guise_index_holds (const GuiseIndex *old, const GuiseSearchModel *model,
                            const GuisePictureSource *source, const GuisePictureList *pictures);

/* How many pictures have another file than the one that their row of index was made of; pictures
 * that the index does not hold do not count. 0 when cancelled. Blocking, as above. */
size_t guise_index_count_changed (const GuiseIndex *index, const GuisePictureSource *source,
                                  const GuisePictureList *pictures, GCancellable *cancellable);

/* The paths (char *, own) of the pictures that could not be read when the index was made and have
 * the same file still: embedding them again is no use. Not all of them when cancelled. Blocking. */
GPtrArray *guise_index_list_unreadable (const GuiseIndex *index, const GuisePictureSource *source,
                                        const GuisePictureList *pictures,
                                        GCancellable *cancellable);

/* One picture ready for the network, into planes (see guise_search_model_prepare). Any thread. */
gboolean guise_picture_load (const GuisePictureSource *source, const GuiseSearchModel *model,
                             gint64 dataset_id, const char *path, float *planes,
                             GCancellable *cancellable, GError **error);

G_END_DECLS
