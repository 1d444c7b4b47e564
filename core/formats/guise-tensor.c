/* Copies out of one tensor of a file, converted; see guise-safetensors.h. */
#include "guise-formats-error.h"
#include "guise-half.h"
#include "guise-safetensors.h"

#include <math.h>
#include <string.h>

static double
read_element (const GuiseTensor *tensor, gsize i)
{
  const guint8 *at = tensor->data + i * guise_dtype_size (tensor->dtype);
  guint16 bits;
  float single;
  double value;

  switch (tensor->dtype) {
  case GUISE_DTYPE_F64:
    memcpy (&value, at, sizeof value);
    return value;
  case GUISE_DTYPE_F32:
    memcpy (&single, at, sizeof single);
    return single;
  case GUISE_DTYPE_F16:
    memcpy (&bits, at, sizeof bits);
    return guise_half_to_float (bits);
  case GUISE_DTYPE_BF16:
    memcpy (&bits, at, sizeof bits);
    return guise_bfloat16_to_float (bits);
  default:
    g_assert_not_reached ();
  }
}

static gboolean
refuse_type (const GuiseTensor *tensor, const char *wanted, GError **error)
{
  g_autofree char *name = guise_formats_clean (tensor->name);

  g_set_error (error, GUISE_FORMATS_ERROR, GUISE_FORMATS_ERROR_UNSUPPORTED,
               "cannot read tensor '%s' as %s: its dtype is %s", name, wanted,
               guise_dtype_name (tensor->dtype));
  return FALSE;
}

gboolean
guise_tensor_copy_float (const GuiseTensor *tensor, float *out, GError **error)
{
  if (!guise_dtype_is_float (tensor->dtype))
    return refuse_type (tensor, "numbers with a fraction", error);
  if (tensor->dtype == GUISE_DTYPE_F32 && tensor->n_bytes > 0)
    memcpy (out, tensor->data, tensor->n_bytes);
  else
    for (gsize i = 0; i < tensor->n_elements; i++)
      out[i] = (float)read_element (tensor, i);
  return TRUE;
}

gboolean
guise_tensor_copy_double (const GuiseTensor *tensor, double *out, GError **error)
{
  if (!guise_dtype_is_float (tensor->dtype))
    return refuse_type (tensor, "numbers with a fraction", error);
  for (gsize i = 0; i < tensor->n_elements; i++)
    out[i] = read_element (tensor, i);
  return TRUE;
}

gboolean
guise_tensor_copy_int64 (const GuiseTensor *tensor, gint64 *out, GError **error)
{
  for (gsize i = 0; i < tensor->n_elements; i++) {
    gint32 word;

    if (tensor->dtype == GUISE_DTYPE_I64) {
      memcpy (&out[i], tensor->data + 8 * i, 8);
    } else if (tensor->dtype == GUISE_DTYPE_I32) {
      memcpy (&word, tensor->data + 4 * i, 4);
      out[i] = word;
    } else if (tensor->dtype == GUISE_DTYPE_U8) {
      out[i] = tensor->data[i];
    } else {
      break;
    }
  }
  return guise_dtype_is_float (tensor->dtype) ? refuse_type (tensor, "integers", error) : TRUE;
}

gboolean
guise_tensor_find_non_finite (const GuiseTensor *tensor, gsize *index)
{
  if (!guise_dtype_is_float (tensor->dtype))
    return FALSE;
  for (gsize i = 0; i < tensor->n_elements; i++)
    if (!isfinite (read_element (tensor, i))) {
      *index = i;
      return TRUE;
    }
  return FALSE;
}
