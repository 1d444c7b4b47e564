/* model.safetensors.index.json: which file of a folder holds which tensor. Any thread. */
#pragma once

#include <gio/gio.h>

/* What such a file may have, in bytes. */
#define GUISE_PRETRAINED_INDEX_MAX ((gsize)64 << 20)

/* Tensor's name -> the name of a file in the same folder, both owned by the table. Anything else
 * than a plain name that ends in ".safetensors" is refused: the file may come from anywhere. where
 * names the source in errors, which are GUISE_FORMATS_ERROR. */
GHashTable *guise_pretrained_index_parse (const char *data, gsize size, const char *where,
                                          GError **error);
