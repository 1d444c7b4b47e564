#include "pretrained-golden.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "guise-json.h"
#include "guise-safetensors-writer.h"

char *
pretrained_golden_folder (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "pretrained", name, NULL);
}

static float *
read_floats (const GuiseSafetensors *file, const char *name, const GuiseTensor **tensor)
{
  float *values;

  *tensor = guise_safetensors_lookup (file, name);
  if (*tensor == NULL)
    return NULL;
  values = g_new (float, (*tensor)->n_elements);
  g_assert_true (guise_tensor_copy_float (*tensor, values, NULL));
  return values;
}

static void
read_texts (PretrainedGolden *golden)
{
  const GuiseTensor *ids = guise_safetensors_lookup (golden->file, "ids");
  const GuiseTensor *lengths = guise_safetensors_lookup (golden->file, "lengths");
  g_autofree gint64 *wide = g_new (gint64, ids->n_elements);
  g_autofree gint64 *length = g_new (gint64, lengths->n_elements);

  g_assert_true (guise_tensor_copy_int64 (ids, wide, NULL));
  g_assert_true (guise_tensor_copy_int64 (lengths, length, NULL));
  golden->n = lengths->n_elements;
  golden->ids = g_new (gint32, ids->n_elements);
  golden->start = g_new0 (gsize, golden->n + 1);
  for (gsize i = 0; i < ids->n_elements; i++)
    golden->ids[i] = (gint32)wide[i];
  for (gsize i = 0; i < golden->n; i++)
    golden->start[i + 1] = golden->start[i] + (gsize)length[i];
}

PretrainedGolden *
pretrained_golden_load (const char *name)
{
  PretrainedGolden *golden = g_new0 (PretrainedGolden, 1);
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
  g_autofree char *path = pretrained_golden_folder (file);
  g_autoptr (GError) error = NULL;
  const GuiseTensor *images, *tokens, *pooled;

  golden->file = guise_safetensors_open (path, &error);
  g_assert_no_error (error);
  golden->images = read_floats (golden->file, "images", &images);
  golden->tokens = read_floats (golden->file, "tokens", &tokens);
  golden->pooled = read_floats (golden->file, "pooled", &pooled);
  if (golden->images != NULL)
    golden->n = images->shape[0];
  else
    read_texts (golden);
  golden->width = tokens->shape[tokens->n_dims - 1];
  golden->n_tokens = tokens->n_elements / golden->width;
  golden->n_pooled = pooled->shape[1];
  return golden;
}

void
pretrained_golden_free (PretrainedGolden *golden)
{
  guise_safetensors_free (golden->file);
  g_free (golden->images);
  g_free (golden->ids);
  g_free (golden->start);
  g_free (golden->tokens);
  g_free (golden->pooled);
  g_free (golden);
}

void
pretrained_golden_compare (const char *what, const float *got, const float *expected, gsize n)
{
  double largest = 0, scale = 0;

  for (gsize i = 0; i < n; i++) {
    g_assert_true (isfinite (got[i]));
    largest = MAX (largest, fabs ((double)got[i] - expected[i]));
    scale = MAX (scale, fabs (expected[i]));
  }
  g_test_message ("%s: largest difference %.2g of at most %.2g", what, largest, scale);
  g_assert_cmpfloat (scale, >, 0.1); /* nothing is compared with nothing */
  g_assert_cmpfloat (largest, <, 1e-4);
}

void
pretrained_rewrite (const char *folder, PretrainedChange change, gpointer data)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, &error);
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);

  g_assert_no_error (error);
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (file); i++) {
    const GuiseTensor *tensor;
    float *values = read_floats (file, guise_safetensors_get (file, i)->name, &tensor);
    gsize shape[GUISE_MAX_DIMS];
    char *name;

    memcpy (shape, tensor->shape, sizeof shape);
    name = change (tensor->name, values, shape, data);
    g_ptr_array_add (kept, values);
    g_ptr_array_add (kept, name);
    if (name != NULL)
      guise_safetensors_writer_add (writer, name, GUISE_DTYPE_F32, tensor->n_dims, shape, values);
  }
  g_assert_true (guise_safetensors_writer_write (writer, path, &error));
  g_assert_no_error (error);
}

void
pretrained_reconfigure (const char *folder, const char *key, const char *value)
{
  g_autofree char *path = g_build_filename (folder, "config.json", NULL);
  json_auto_t *config = guise_json_load (path, 1 << 20, NULL);

  g_assert_nonnull (config);
  if (value == NULL)
    json_object_del (config, key);
  else
    json_object_set_new (config, key, json_loads (value, JSON_DECODE_ANY, NULL));
  g_assert_true (guise_json_save (path, config, NULL));
}
