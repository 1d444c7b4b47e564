/* What an image is called in every copy of a project's database: the moment its data set was first
 * imported, and its path. Ids are given again where an older copy was put back and other data were
 * imported into it; these names are not. Bytes, as paths are. */
#pragma once

#include "guise-store.h"

/* Names in the order asked for, NULL for unknown ids. */
GPtrArray *guise_store_name_images (GuiseStore *store, const gint64 *image_ids, size_t n_ids,
                                    GError **error);
/* Ids (gint64) in the order asked for, 0 where no image has that name (NULL: none has). */
GArray *guise_store_find_images (GuiseStore *store, const char *const *names, size_t n_names,
                                 GError **error);
/* The path in a name; borrowed. */
const char *guise_image_name_get_path (const char *name);
