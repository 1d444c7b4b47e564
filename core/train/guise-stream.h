/* The trainer's random numbers: every draw is a function of (seed, purpose, step, place in the
 * batch), so neither threads nor a resume can change what is drawn. */
#pragma once

#include <glib.h>

#include "nn-random.h"

typedef enum {
  GUISE_STREAM_PERSONS = 1, /* the order of persons in an epoch */
  GUISE_STREAM_IMAGES,      /* which of a person's images */
  GUISE_STREAM_TEXTS,       /* which of an image's texts */
  GUISE_STREAM_AUGMENT,
  GUISE_STREAM_STEP, /* dropout masks and wrong partners of a step */
  GUISE_STREAM_HELD_OUT,
} GuiseStream;

/* A seed of its own for what is drawn for one purpose at one step (or in one epoch). */
static inline guint64
guise_stream_key (guint64 seed, GuiseStream stream, guint64 step)
{
  return nn_random_bits (nn_random_bits (seed, 0x677569736500u + stream), step);
}
