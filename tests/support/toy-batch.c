#include "toy-batch.h"

#include "nn-random.h"

static void
fill_texts (ToyBatch *toy, const GuiseConfig *config, gsize kind, guint64 seed)
{
  gsize size = toy->batch.labels.size, length = config->text.max_tokens, n = 0;

  toy->ids[kind] = g_new (gint32, size * length);
  toy->start[kind] = g_new0 (gsize, size + 1);
  for (gsize i = 0; i < size; i++) {
    gsize end = n + 3 + nn_random_below (seed, i, length - 2);

    for (; n < end; n++)
      toy->ids[kind][n]
          = (gint32)(5 + nn_random_below (seed, size + n, config->text.vocab_size - 5));
    toy->start[kind][i + 1] = n;
  }
  toy->batch.texts[kind].ids = toy->ids[kind];
  toy->batch.texts[kind].start = toy->start[kind];
}

ToyBatch *
toy_batch_new (const GuiseConfig *config, gsize size, guint64 seed)
{
  ToyBatch *toy = g_new0 (ToyBatch, 1);
  gsize n_pixels = size * 3 * config->vision.image_size[0] * config->vision.image_size[1];

  toy->images = g_new (nn_real, n_pixels);
  for (gsize i = 0; i < n_pixels; i++)
    toy->images[i] = (nn_real)(2 * nn_random_uniform (seed * 16, i) - 1);
  toy->person = g_new (gint64, size);
  toy->outfit = g_new (gint64, size);
  for (gsize i = 0; i < size; i++) {
    toy->person[i] = (gint64)(i % (size / 2 + 1));
    toy->outfit[i] = 2 * toy->person[i] + (gint64)nn_random_below (seed * 16 + 1, i, 2);
  }
  toy->batch.images = toy->images;
  toy->batch.labels = (GuiseLabels){
    .size = size, .person = toy->person, .outfit = toy->outfit, .seed = seed
  };
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++)
    fill_texts (toy, config, kind, seed * 16 + 2 + kind);
  return toy;
}

void
toy_batch_free (ToyBatch *toy)
{
  if (toy == NULL)
    return;
  g_free (toy->images);
  g_free (toy->person);
  g_free (toy->outfit);
  for (gsize kind = 0; kind < GUISE_N_TEXTS; kind++) {
    g_free (toy->ids[kind]);
    g_free (toy->start[kind]);
  }
  g_free (toy);
}
