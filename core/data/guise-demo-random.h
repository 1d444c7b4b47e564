/* Counter-based random numbers for the synthetic people: every decision is a pure function of the
 * seed and of what it is about, so neither the order of work nor the number of threads can change
 * one. Two draws never stand in one expression: their order would be the compiler's choice. */
#pragma once

#include <glib.h>

typedef struct {
  guint64 key;
  guint64 counter;
} GuiseDemoRandom;

/* What a stream of numbers is about. */
typedef enum {
  GUISE_DEMO_STREAM_PERSON,
  GUISE_DEMO_STREAM_OUTFIT,
  GUISE_DEMO_STREAM_VIEW,
  GUISE_DEMO_STREAM_TEXT,
  GUISE_DEMO_STREAM_PLANT,
  GUISE_DEMO_STREAM_FIGURE,
  GUISE_DEMO_STREAM_CLOTHES,
  GUISE_DEMO_STREAM_SCENE,
  GUISE_DEMO_STREAM_NOISE,
} GuiseDemoStream;

/* splitmix64's finaliser. */
static inline guint64
guise_demo_random_mix (guint64 x)
{
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static inline GuiseDemoRandom
guise_demo_random (guint64 seed, GuiseDemoStream stream, guint64 a, guint64 b)
{
  const guint64 step = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64 key = guise_demo_random_mix (seed + step);

  key = guise_demo_random_mix (key ^ (step * (1 + (guint64)stream)));
  key = guise_demo_random_mix (key + step * (1 + a));
  key = guise_demo_random_mix (key + step * (1 + b));
  return (GuiseDemoRandom){ key, 0 };
}

static inline guint64
guise_demo_random_bits (GuiseDemoRandom *random)
{
  return guise_demo_random_mix (random->key
                                + ++random->counter * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));
}

/* Uniform in 0 .. n - 1; n > 0. */
static inline guint
guise_demo_random_below (GuiseDemoRandom *random, guint n)
{
  return (guint)(((guise_demo_random_bits (random) >> 32) * n) >> 32);
}

static inline gboolean
guise_demo_random_chance (GuiseDemoRandom *random, guint percent)
{
  return guise_demo_random_below (random, 100) < percent;
}

/* Uniform in low .. high; for painting only (texts are decided by whole numbers). */
static inline double
guise_demo_random_between (GuiseDemoRandom *random, double low, double high)
{
  return low + (high - low) * (double)(guise_demo_random_bits (random) >> 11) * 0x1p-53;
}

/* An index drawn by weight; the weights' sum must not be 0. */
static inline guint
guise_demo_random_weighted (GuiseDemoRandom *random, const guint8 *weights, guint n)
{
  guint sum = 0, draw, i;

  for (i = 0; i < n; i++)
    sum += weights[i];
  draw = guise_demo_random_below (random, sum);
  for (i = 0; draw >= weights[i]; i++)
    draw -= weights[i];
  return i;
}
