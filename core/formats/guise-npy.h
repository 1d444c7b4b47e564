/* Arrays as .npy files, versions 1.0 and 2.0 (numpy/lib/format.py): little endian, C order, of f2,
 * f4, f8, i8, i4 or u1, at most 8 dimensions, the file exactly as long as its header says. Content
 * errors are GUISE_FORMATS_ERROR, the file's own G_IO_ERROR. */
#pragma once

#include "guise-dtype.h"

#include <gio/gio.h>

typedef struct {
  GuiseDtype dtype; /* never BF16 */
  int n_dims;
  gsize shape[GUISE_MAX_DIMS];
  gsize n_elements;
  gpointer data; /* row-major, aligned, owned; cast to the dtype's C type */
} GuiseNpy;

/* A file larger than max_bytes is refused unread. */
GuiseNpy *guise_npy_read (const char *path, gsize max_bytes, GError **error);
/* The same from memory; where names it in errors. */
GuiseNpy *guise_npy_parse (const void *bytes, gsize size, const char *where, GError **error);
void guise_npy_free (GuiseNpy *npy);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseNpy, guise_npy_free)

/* Fails unless the array has that type and number of dimensions; where names it in the error. */
gboolean guise_npy_check (const GuiseNpy *npy, GuiseDtype dtype, int n_dims, const char *where,
                          GError **error);

/* Writes version 1.0 atomically; data begins at a multiple of 64 bytes. BF16 has no npy form: an
 * error. */
gboolean guise_npy_write (const char *path, GuiseDtype dtype, int n_dims, const gsize *shape,
                          const void *data, GError **error);
