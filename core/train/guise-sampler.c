#include "guise-sampler.h"

#include <string.h>

#include "guise-stream.h"

struct _GuiseSampler {
  const GuiseTrainSet *set;
  gsize n_persons, n_each;
  guint64 seed;
  guint64 epoch;                   /* whose order the array holds */
  gsize *order;                    /* [set->n_persons] */
  guint *image_uses, *outfit_uses; /* of one person, image by image; for outfits the first one's */
  gsize *group;                    /* for each image of a person the first one of its outfit */
};

GuiseSampler *
guise_sampler_new (const GuiseTrainSet *set, gsize persons, gsize images_per_person, guint64 seed)
{
  GuiseSampler *sampler = g_new0 (GuiseSampler, 1);
  gsize most = 0;

  for (gsize p = 0; p < set->n_persons; p++)
    most = MAX (most, set->person_start[p + 1] - set->person_start[p]);
  sampler->set = set;
  sampler->n_persons = MIN (persons, set->n_persons);
  sampler->n_each = images_per_person;
  sampler->seed = seed;
  sampler->epoch = G_MAXUINT64;
  sampler->order = g_new (gsize, set->n_persons);
  sampler->image_uses = g_new (guint, most);
  sampler->outfit_uses = g_new (guint, most);
  sampler->group = g_new (gsize, most);
  return sampler;
}

void
guise_sampler_free (GuiseSampler *sampler)
{
  if (sampler == NULL)
    return;
  g_free (sampler->order);
  g_free (sampler->image_uses);
  g_free (sampler->outfit_uses);
  g_free (sampler->group);
  g_free (sampler);
}

gsize
guise_sampler_get_size (const GuiseSampler *sampler)
{
  return sampler->n_persons * sampler->n_each;
}

gsize
guise_sampler_get_epoch (const GuiseSampler *sampler)
{
  return sampler->set->n_persons / sampler->n_persons;
}

/* Fisher and Yates. */
static void
shuffle (GuiseSampler *sampler, guint64 epoch)
{
  guint64 key = guise_stream_key (sampler->seed, GUISE_STREAM_PERSONS, epoch);
  gsize n = sampler->set->n_persons;

  for (gsize i = 0; i < n; i++)
    sampler->order[i] = i;
  for (gsize i = n; i > 1; i--) {
    gsize j = nn_random_below (key, i, i), kept = sampler->order[i - 1];

    sampler->order[i - 1] = sampler->order[j];
    sampler->order[j] = kept;
  }
  sampler->epoch = epoch;
}

/* The images of one person, an image at a time: an outfit drawn among the least used ones that have
 * one of the least used images, then such an image of it. */
static gsize
draw_image (GuiseSampler *sampler, gsize n, guint64 key, guint64 counter)
{
  guint least_image = G_MAXUINT, least_outfit = G_MAXUINT;
  gsize n_outfits = 0, n_images = 0, wanted, outfit = n;

  for (gsize i = 0; i < n; i++)
    least_image = MIN (least_image, sampler->image_uses[i]);
  for (gsize i = 0; i < n; i++)
    if (sampler->image_uses[i] == least_image)
      least_outfit = MIN (least_outfit, sampler->outfit_uses[sampler->group[i]]);
#define FITS(i)                          \
  (sampler->image_uses[i] == least_image \
   && sampler->outfit_uses[sampler->group[i]] == least_outfit)
  /* Images of one outfit stand side by side: a new outfit begins where the group changes. */
  for (gsize i = 0, last = n; i < n; i++)
    if (FITS (i) && sampler->group[i] != last) {
      last = sampler->group[i];
      n_outfits++;
    }
  wanted = nn_random_below (key, counter, n_outfits);
  for (gsize i = 0, last = n; i < n && outfit == n; i++)
    if (FITS (i) && sampler->group[i] != last) {
      last = sampler->group[i];
      if (wanted-- == 0)
        outfit = last;
    }
  for (gsize i = 0; i < n; i++)
    n_images += FITS (i) && sampler->group[i] == outfit;
  wanted = nn_random_below (key, counter + 1, n_images);
  for (gsize i = 0; i < n; i++)
    if (FITS (i) && sampler->group[i] == outfit && wanted-- == 0)
      return i;
#undef FITS
  g_return_val_if_reached (0);
}

static void
draw_person (GuiseSampler *sampler, gsize person, guint64 key, gsize slot, GuiseSample *samples)
{
  const GuiseTrainSet *set = sampler->set;
  const gsize *images = set->person_images + set->person_start[person];
  gsize n = set->person_start[person + 1] - set->person_start[person];

  for (gsize i = 0; i < n; i++)
    sampler->group[i] = i > 0 && set->outfit[images[i]] == set->outfit[images[i - 1]]
                            ? sampler->group[i - 1]
                            : i;
  memset (sampler->image_uses, 0, n * sizeof (guint));
  memset (sampler->outfit_uses, 0, n * sizeof (guint));
  for (gsize k = 0; k < sampler->n_each; k++) {
    gsize i = draw_image (sampler, n, key, 2 * (slot + k));

    sampler->image_uses[i]++;
    sampler->outfit_uses[sampler->group[i]]++;
    samples[slot + k].image = images[i];
  }
}

static void
draw_texts (const GuiseTrainSet *set, guint64 key, gsize slot, GuiseSample *sample)
{
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    const gsize *start = set->text_start[k] + sample->image;

    sample->text[k] = set->text[k][start[0]
                                   + nn_random_below (key, slot * GUISE_N_TEXTS + k,
                                                      start[1] - start[0])];
  }
}

void
guise_sampler_draw (GuiseSampler *sampler, guint64 step, GuiseSample *samples)
{
  gsize n_batches = guise_sampler_get_epoch (sampler), size = guise_sampler_get_size (sampler);
  guint64 epoch = step / n_batches, place = step % n_batches,
          images = guise_stream_key (sampler->seed, GUISE_STREAM_IMAGES, step),
          texts = guise_stream_key (sampler->seed, GUISE_STREAM_TEXTS, step);

  if (sampler->epoch != epoch)
    shuffle (sampler, epoch);
  for (gsize p = 0; p < sampler->n_persons; p++)
    draw_person (sampler, sampler->order[place * sampler->n_persons + p], images,
                 p * sampler->n_each, samples);
  for (gsize s = 0; s < size; s++)
    draw_texts (sampler->set, texts, s, &samples[s]);
}
