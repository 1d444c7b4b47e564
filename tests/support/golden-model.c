#include "golden-model.h"

#include <math.h>
#include <string.h>

#include "guise-model.h"
#include "guise-safetensors-writer.h"
#include "nn-random.h"

/* FNV-1a. */
static guint64
hash_name (const char *name)
{
  guint64 hash = 0xcbf29ce484222325u;

  for (; *name != '\0'; name++)
    hash = (hash ^ (guint8)*name) * 0x100000001b3u;
  return hash;
}

static double
golden_weight (const GuiseParamSpec *spec, guint64 seed, gsize i)
{
  double u = 2 * nn_random_uniform (hash_name (spec->name) + seed, i) - 1;

  if (spec->start == GUISE_START_A_LOG)
    return 0.25 * (i % spec->shape[1]) + 0.1 * u;
  if (spec->start == GUISE_START_DT_BIAS)
    return -2 + u;
  if (spec->n_dims == 1)
    return 0.1 * u + (spec->start == GUISE_START_ONES);
  return spec->n_dims == 3 && spec->shape[0] == 1 ? u : u * sqrt (3.0 / (spec->n / spec->shape[0]));
}

static void
write_model (const GuiseConfig *config, guint64 seed, const char *folder)
{
  g_autoptr (GuiseModel) model = guise_model_new (config);
  g_autoptr (GError) error = NULL;

  for (guint k = 0; k < model->params->specs->len; k++) {
    const GuiseParamSpec *spec = &g_array_index (model->params->specs, GuiseParamSpec, k);

    for (gsize i = 0; i < spec->n; i++)
      model->values[spec->offset + i] = (float)golden_weight (spec, seed, i);
  }
  guise_model_save (model, folder, &error);
  g_assert_no_error (error);
}

typedef struct {
  gsize size, length;
  guint64 seed;
  gint64 *person, *outfit, *negatives[2], *tokens[3];
  float *images;
} Batch;

static void
fill_labels (Batch *b)
{
  for (gsize i = 0; i < b->size; i++) {
    b->person[i] = i % MAX (2, b->size / 2);
    b->outfit[i] = 2 * b->person[i] + nn_random_below (b->seed * 16 + 2, i, 2);
  }
  for (gsize k = 0; k < 2; k++)
    for (gsize i = 0; i < b->size; i++) {
      gint64 others[64];
      gsize n = 0;

      for (gsize j = 0; j < b->size; j++)
        if (b->person[j] != b->person[i])
          others[n++] = j;
      b->negatives[k][i] = i == 1 ? -1 : others[nn_random_below (b->seed * 16 + 9 + k, i, n)];
    }
}

static void
fill_texts (Batch *b, gsize vocab_size)
{
  for (gsize k = 0; k < 3; k++)
    for (gsize i = 0; i < b->size; i++) {
      gsize n = 3 + nn_random_below (b->seed * 16 + 3 + k, i, b->length - 2);

      for (gsize t = 0; t < n; t++)
        b->tokens[k][i * b->length + t]
            = 5 + nn_random_below (b->seed * 16 + 6 + k, i * b->length + t, vocab_size - 5);
    }
}

static void
write_batch (const GuiseConfig *config, guint64 seed, gsize size, const char *path)
{
  static const char *const token_names[]
      = { "identity_tokens", "clothing_tokens", "caption_tokens" };
  static const char *const negative_names[] = { "negative_texts", "negative_images" };
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();
  g_autoptr (GError) error = NULL;
  const gsize image_shape[]
      = { size, 3, config->vision.image_size[0], config->vision.image_size[1] };
  gsize n_pixels = size * 3 * image_shape[2] * image_shape[3], length = config->text.max_tokens;
  Batch b = { .size = size, .length = length, .seed = seed };

  g_assert_cmpuint (size, <=, 64);
  b.images = g_new (float, n_pixels);
  b.person = g_new0 (gint64, size);
  b.outfit = g_new0 (gint64, size);
  for (gsize k = 0; k < 3; k++)
    b.tokens[k] = g_new0 (gint64, size * length);
  for (gsize k = 0; k < 2; k++)
    b.negatives[k] = g_new0 (gint64, size);
  for (gsize i = 0; i < n_pixels; i++)
    b.images[i] = (float)(3 * nn_random_uniform (seed * 16 + 1, i) - 1.5);
  fill_labels (&b);
  fill_texts (&b, config->text.vocab_size);
  guise_safetensors_writer_add (writer, "images", GUISE_DTYPE_F32, 4, image_shape, b.images);
  guise_safetensors_writer_add (writer, "person_ids", GUISE_DTYPE_I64, 1, &size, b.person);
  guise_safetensors_writer_add (writer, "clothing_ids", GUISE_DTYPE_I64, 1, &size, b.outfit);
  for (gsize k = 0; k < 3; k++)
    guise_safetensors_writer_add (writer, token_names[k], GUISE_DTYPE_I64, 2,
                                  (gsize[]){ size, length }, b.tokens[k]);
  for (gsize k = 0; k < 2; k++)
    guise_safetensors_writer_add (writer, negative_names[k], GUISE_DTYPE_I64, 1, &size,
                                  b.negatives[k]);
  guise_safetensors_writer_write (writer, path, &error);
  g_assert_no_error (error);
  g_free (b.images);
  g_free (b.person);
  g_free (b.outfit);
  for (gsize k = 0; k < 3; k++)
    g_free (b.tokens[k]);
  for (gsize k = 0; k < 2; k++)
    g_free (b.negatives[k]);
}

void
golden_model_write (const GuiseConfig *config, guint64 seed, gsize batch_size, const char *folder)
{
  g_autofree char *batch = g_build_filename (folder, "batch.safetensors", NULL);

  write_model (config, seed, folder);
  write_batch (config, seed, batch_size, batch);
}
