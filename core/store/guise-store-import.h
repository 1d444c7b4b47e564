/* Bringing records into the store: bounded transactions, each all or nothing, and repeatable. */
#pragma once

#include "guise-store.h"

typedef struct {
  guint n_images_added, n_images_updated, n_images_unchanged;
  guint n_captions_added, n_captions_updated;
  guint n_captions_kept; /* changed in the data set and here: the text here stays */
} GuiseImportStats;

typedef void (*GuiseStoreProgress) (guint64 done, guint64 total, gpointer user_data);

/* Writes records (GuiseRecord) of one data set in transactions of at most 2 000. An image is
 * known by its path, a caption by its kind and place among the image's captions of that kind: the
 * same records again change nothing. Captions edited here keep their text, also where
 * that was put back by hand: undo needs it. On error or
 * cancellation the batches before stay, the current one leaves no trace. */
gboolean guise_store_import_records (GuiseStore *store, gint64 dataset_id, GPtrArray *records,
                                     GuiseImportStats *stats, GuiseStoreProgress progress,
                                     gpointer progress_data, GCancellable *cancellable,
                                     GError **error);
