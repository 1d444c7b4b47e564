/* Writing safetensors: names sorted, offsets without gaps, header padded with spaces to 8 bytes,
 * and the SHA-256 of the data in the metadata key "sha256". Same tensors, same bytes. The file
 * appears by rename (guise-atomic-file.h). Not thread-safe for one object. */
#pragma once

#include "guise-dtype.h"

#include <gio/gio.h>

typedef struct _GuiseSafetensorsWriter GuiseSafetensorsWriter;

GuiseSafetensorsWriter *guise_safetensors_writer_new (void);
void guise_safetensors_writer_free (GuiseSafetensorsWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSafetensorsWriter, guise_safetensors_writer_free)

/* Adds a tensor whose data is already of that dtype. name and shape are copied, data is borrowed
 * until the writer is freed (NULL is fine for an empty tensor). */
void guise_safetensors_writer_add (GuiseSafetensorsWriter *writer, const char *name,
                                   GuiseDtype dtype, int n_dims, const gsize *shape,
                                   const void *data);
/* Stores floats as F16, each rounded to nearest even. */
void guise_safetensors_writer_add_half (GuiseSafetensorsWriter *writer, const char *name,
                                        int n_dims, const gsize *shape, const float *data);
/* Copies both; the key "sha256" is the writer's own. */
void guise_safetensors_writer_set_metadata (GuiseSafetensorsWriter *writer, const char *key,
                                            const char *value);
/* Writes path atomically. Two tensors of one name, a name that is empty, not UTF-8, longer than
 * 1024 bytes or "__metadata__", and more than 8 dimensions are GUISE_FORMATS_ERROR; trouble with
 * the file is G_IO_ERROR. May be called again for another path. */
gboolean guise_safetensors_writer_write (GuiseSafetensorsWriter *writer, const char *path,
                                         GError **error);
