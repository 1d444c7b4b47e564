/* Running a filter. For the files of this layer only. */
#pragma once

#include "guise-filter.h"
#include "guise-store.h"

/* Runs `select` (FROM images i …) with the tables that the filter needs joined, its condition and
 * `order` behind; the first column as an array of gint64. has_captions: `select` joins captions c
 * itself; else they are joined where needed and each image comes once. */
GArray *guise_filter_run (GuiseStore *store, const GuiseFilter *filter, const char *select,
                          gboolean has_captions, const char *order, GCancellable *cancellable,
                          GError **error);
/* How many images match; -1 on error. Counted by the database: no list is made. */
gint64 guise_filter_count (GuiseStore *store, const GuiseFilter *filter, GCancellable *cancellable,
                           GError **error);
