/* Who is in the images: what a search has to know of a hundred thousand of them without reading
 * their captions. */
#pragma once

#include "guise-store.h"

typedef struct {
  gint64 image_id, person_id;
} GuiseImagePerson;

/* Of all images (GuiseImagePerson), by image. Empty is no error. */
GArray *guise_store_list_image_persons (GuiseStore *store, GCancellable *cancellable,
                                        GError **error);

/* The one person whom all images with a caption `text` show; with `other` (NULL = not asked) only
 * images count that have such a caption as well. 0 where there is none or more than one, -1 on
 * error. Reads every caption's text once. */
gint64 guise_store_find_described_person (GuiseStore *store, const char *text, const char *other,
                                          GCancellable *cancellable, GError **error);
