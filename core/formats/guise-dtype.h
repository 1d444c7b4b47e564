/* The element types that safetensors and npy files may hold here, always little endian. */
#pragma once

#include <glib.h>

#define GUISE_MAX_DIMS 8

typedef enum {
  GUISE_DTYPE_F64,
  GUISE_DTYPE_F32,
  GUISE_DTYPE_F16,
  GUISE_DTYPE_BF16,
  GUISE_DTYPE_I64,
  GUISE_DTYPE_I32,
  GUISE_DTYPE_U8,
} GuiseDtype;

/* Bytes of one element. */
gsize guise_dtype_size (GuiseDtype dtype);
/* The name in a safetensors header: "F32". */
const char *guise_dtype_name (GuiseDtype dtype);
gboolean guise_dtype_is_float (GuiseDtype dtype);

/* The number of bytes of an array: product of shape times the element's size. n_dims 0 is a scalar.
 * Returns FALSE when a product does not fit in gsize. n_elements may be NULL. */
gboolean guise_dtype_measure (GuiseDtype dtype, int n_dims, const gsize *shape, gsize *n_elements,
                              gsize *n_bytes);
