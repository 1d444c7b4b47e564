#include "guise-batch-file.h"

#include "guise-safetensors.h"

#ifdef NN_DOUBLE
#define copy_real guise_tensor_copy_double
#else
#define copy_real guise_tensor_copy_float
#endif

static gboolean
bad_batch (GError **error, const char *path, const char *tensor, const char *reason)
{
  g_set_error (error, GUISE_MODEL_ERROR, GUISE_MODEL_ERROR_BATCH, "batch '%s': tensor '%s' %s",
               path, tensor, reason);
  return FALSE;
}

/* A vector of whole numbers in [low, high]. */
static gint64 *
read_ids (const GuiseSafetensors *file, const char *name, gsize size, gint64 low, gint64 high,
          GError **error)
{
  const char *path = guise_safetensors_get_path (file);
  const GuiseTensor *tensor = guise_safetensors_require (file, name, error);
  g_autofree gint64 *ids = NULL;

  if (tensor == NULL)
    return NULL;
  if (tensor->n_dims != 1 || tensor->shape[0] != size) {
    bad_batch (error, path, name, "does not have one entry for each image");
    return NULL;
  }
  ids = g_new (gint64, size);
  if (!guise_tensor_copy_int64 (tensor, ids, error))
    return NULL;
  for (gsize i = 0; i < size; i++)
    if (ids[i] < low || ids[i] > high) {
      bad_batch (error, path, name, "holds a number out of range");
      return NULL;
    }
  return g_steal_pointer (&ids);
}

/* Ragged rows out of padded ids [B,T]. */
static gboolean
unpad (GuiseBatchFile *batch, const GuiseConfig *config, gsize kind, const gint64 *padded,
       gsize size, gsize length, const char **reason)
{
  gsize n = 0;

  batch->ids[kind] = g_new (gint32, size * length + 1);
  batch->start[kind] = g_new (gsize, size + 1);
  batch->start[kind][0] = 0;
  for (gsize b = 0; b < size; b++) {
    const gint64 *row = padded + b * length;
    gsize real = length;

    while (real > 0 && row[real - 1] == (gint64)config->text.pad_id)
      real--;
    *reason = real == 0 ? "has a row without a token" : NULL;
    for (gsize t = 0; t < real && *reason == NULL; t++)
      if (row[t] < 0 || row[t] >= (gint64)config->text.vocab_size)
        *reason = "holds an id outside the vocabulary";
      else if (row[t] == (gint64)config->text.pad_id)
        *reason = "has padding before the end of a row";
      else
        batch->ids[kind][n++] = (gint32)row[t];
    if (*reason != NULL)
      return FALSE;
    batch->start[kind][b + 1] = n;
  }
  return TRUE;
}

static gboolean
read_texts (GuiseBatchFile *batch, const GuiseConfig *config, const GuiseSafetensors *file,
            gsize kind, gsize size, GError **error)
{
  static const char *const names[] = { "identity_tokens", "clothing_tokens", "caption_tokens" };
  const GuiseTensor *tensor = guise_safetensors_require (file, names[kind], error);
  g_autofree gint64 *padded = NULL;
  const char *path = guise_safetensors_get_path (file), *reason;

  if (tensor == NULL)
    return FALSE;
  if (tensor->n_dims != 2 || tensor->shape[0] != size
      || tensor->shape[1] > config->text.max_positions)
    return bad_batch (error, path, names[kind], "is not [images, at most max_positions]");
  padded = g_new (gint64, tensor->n_elements + 1);
  if (!guise_tensor_copy_int64 (tensor, padded, error))
    return FALSE;
  if (!unpad (batch, config, kind, padded, size, tensor->shape[1], &reason))
    return bad_batch (error, path, names[kind], reason);
  batch->batch.texts[kind].ids = batch->ids[kind];
  batch->batch.texts[kind].start = batch->start[kind];
  return TRUE;
}

static gboolean
read_images (GuiseBatchFile *batch, const GuiseConfig *config, const GuiseSafetensors *file,
             GError **error)
{
  const GuiseTensor *tensor = guise_safetensors_require (file, "images", error);

  if (tensor == NULL)
    return FALSE;
  if (tensor->n_dims != 4 || tensor->shape[0] == 0 || tensor->shape[1] != 3
      || tensor->shape[2] != config->vision.image_size[0]
      || tensor->shape[3] != config->vision.image_size[1])
    return bad_batch (error, guise_safetensors_get_path (file), "images",
                      "is not [images, 3, height, width] of the configuration");
  batch->images = g_new (nn_real, tensor->n_elements);
  batch->batch.images = batch->images;
  batch->batch.labels.size = tensor->shape[0];
  return copy_real (tensor, batch->images, error);
}

static gboolean
read_labels (GuiseBatchFile *batch, const GuiseSafetensors *file, GError **error)
{
  GuiseLabels *labels = &batch->batch.labels;
  gsize size = labels->size;
  gint64 last = (gint64)size - 1;

  batch->person = read_ids (file, "person_ids", size, G_MININT64, G_MAXINT64, error);
  if (batch->person == NULL)
    return FALSE;
  batch->outfit = read_ids (file, "clothing_ids", size, G_MININT64, G_MAXINT64, error);
  if (batch->outfit == NULL)
    return FALSE;
  batch->negative_texts = read_ids (file, "negative_texts", size, -1, last, error);
  if (batch->negative_texts == NULL)
    return FALSE;
  batch->negative_images = read_ids (file, "negative_images", size, -1, last, error);
  if (batch->negative_images == NULL)
    return FALSE;
  labels->person = batch->person;
  labels->outfit = batch->outfit;
  labels->negative_texts = batch->negative_texts;
  labels->negative_images = batch->negative_images;
  return TRUE;
}

GuiseBatchFile *
guise_batch_file_load (const GuiseConfig *config, const char *path, GError **error)
{
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, error);
  g_autoptr (GuiseBatchFile) batch = g_new0 (GuiseBatchFile, 1);

  if (file == NULL || !guise_safetensors_check_finite (file, error)
      || !read_images (batch, config, file, error) || !read_labels (batch, file, error))
    return NULL;
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    if (!read_texts (batch, config, file, kind, batch->batch.labels.size, error))
      return NULL;
  return g_steal_pointer (&batch);
}

void
guise_batch_file_free (GuiseBatchFile *file)
{
  if (file == NULL)
    return;
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    g_free (file->ids[kind]);
    g_free (file->start[kind]);
  }
  g_free (file->images);
  g_free (file->person);
  g_free (file->outfit);
  g_free (file->negative_texts);
  g_free (file->negative_images);
  g_free (file);
}
