/* P×K batches: P persons, K images of each, a text of every kind for each image. A batch is a
 * function of (seed, step) alone, so a resumed run needs no more than its step. */
#pragma once

#include "guise-train-set.h"

typedef struct {
  gsize image;               /* of the set */
  gsize text[GUISE_N_TEXTS]; /* of the set's texts */
} GuiseSample;

typedef struct _GuiseSampler GuiseSampler;

/* set is borrowed. Every person once an epoch, in a new order; what does not fill a batch at the
 * end of an epoch is left for the next ones. With fewer than `persons` persons a batch has them
 * all. One caller at a time. */
GuiseSampler *guise_sampler_new (const GuiseTrainSet *set, gsize persons, gsize images_per_person,
                                 guint64 seed);
void guise_sampler_free (GuiseSampler *sampler);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseSampler, guise_sampler_free)

/* Images of a batch: P·K. */
gsize guise_sampler_get_size (const GuiseSampler *sampler);
/* Batches of an epoch. */
gsize guise_sampler_get_epoch (const GuiseSampler *sampler);

/* Fills samples [size]. A person's images are distinct and of distinct outfits as far as he has so
 * many: an outfit is repeated only when all have served, an image only when all have. */
void guise_sampler_draw (GuiseSampler *sampler, guint64 step, GuiseSample *samples);
