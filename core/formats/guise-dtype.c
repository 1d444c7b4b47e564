#include "guise-dtype.h"

static const struct {
  const char *name;
  gsize size;
  gboolean is_float;
} dtypes[] = {
  [GUISE_DTYPE_F64] = { "F64", 8, TRUE },
  [GUISE_DTYPE_F32] = { "F32", 4, TRUE },
  [GUISE_DTYPE_F16] = { "F16", 2, TRUE },
  [GUISE_DTYPE_BF16] = { "BF16", 2, TRUE },
  [GUISE_DTYPE_I64] = { "I64", 8, FALSE },
  [GUISE_DTYPE_I32] = { "I32", 4, FALSE },
  [GUISE_DTYPE_U8] = { "U8", 1, FALSE },
};

gsize
guise_dtype_size (GuiseDtype dtype)
{
  return dtypes[dtype].size;
}

const char *
guise_dtype_name (GuiseDtype dtype)
{
  return dtypes[dtype].name;
}

gboolean
guise_dtype_is_float (GuiseDtype dtype)
{
  return dtypes[dtype].is_float;
}

gboolean
guise_dtype_measure (GuiseDtype dtype, int n_dims, const gsize *shape, gsize *n_elements,
                     gsize *n_bytes)
{
  gsize count = 1;

  for (int i = 0; i < n_dims; i++)
    if (!g_size_checked_mul (&count, count, shape[i]))
      return FALSE;
  if (n_elements != NULL)
    *n_elements = count;
  return g_size_checked_mul (n_bytes, count, dtypes[dtype].size);
}
