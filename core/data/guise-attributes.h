/* What is true of every picture of a data set: attributes.json beside the demo's annotations. */
#pragma once

#include <gio/gio.h>

typedef struct _GuiseAttributes GuiseAttributes;

/* Reads `root`/attributes.json; NULL with G_IO_ERROR_NOT_FOUND where the data set has none, with
 * other errors when it cannot be used. Immutable: any thread may ask. */
GuiseAttributes *guise_attributes_read (const char *root, GError **error);
void guise_attributes_free (GuiseAttributes *attributes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseAttributes, guise_attributes_free)

/* The value of an attribute ("upper_colour", "gender") in the picture at path (as the store has it,
 * beneath the root): of the picture, else of its outfit, else of its person. Borrowed; NULL =
 * unknown. */
const char *guise_attributes_get (const GuiseAttributes *attributes, const char *path,
                                  const char *name);
