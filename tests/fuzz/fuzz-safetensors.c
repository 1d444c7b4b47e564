/* A checkpoint's file: whatever parses can be read whole, and no tensor reaches out of it. */
#include "fuzz.h"

#include "guise-safetensors.h"

static void
read_tensor (const GuiseTensor *tensor)
{
  const gsize n = tensor->n_elements;
  g_autofree float *floats = g_new (float, n + 1);
  g_autofree double *doubles = g_new (double, n + 1);
  g_autofree gint64 *integers = g_new (gint64, n + 1);
  GError *error = NULL;
  gsize index = 0;
  gboolean is_float = guise_tensor_copy_float (tensor, floats, &error);

  g_assert_true (is_float == guise_dtype_is_float (tensor->dtype));
  fuzz_judge (is_float, g_steal_pointer (&error));
  g_assert_true (guise_tensor_copy_double (tensor, doubles, NULL) == is_float);
  g_assert_true (guise_tensor_copy_int64 (tensor, integers, NULL) != is_float);
  if (guise_tensor_find_non_finite (tensor, &index))
    g_assert_cmpuint (index, <, n);
}

void
guise_fuzz_one (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  GError *error = NULL;
  g_autoptr (GuiseSafetensors) file = guise_safetensors_parse (bytes, "fuzz", &error);
  gsize total = 0;
  gboolean good;

  fuzz_judge (file != NULL, g_steal_pointer (&error));
  if (file == NULL)
    return;
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (file); i++) {
    const GuiseTensor *tensor = guise_safetensors_get (file, i);

    g_assert_true (guise_safetensors_lookup (file, tensor->name) == tensor);
    total += tensor->n_bytes;
    read_tensor (tensor);
  }
  g_assert_cmpuint (total, <=, size);
  good = guise_safetensors_check_finite (file, &error);
  fuzz_judge (good, g_steal_pointer (&error));
  good = guise_safetensors_check_hash (file, &error);
  fuzz_judge (good, g_steal_pointer (&error));
}
