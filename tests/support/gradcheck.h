/* Checks a kernel's backward pass (double build) against differences of its forward pass.
 *
 * A case names the numbers that forward reads and where backward adds their gradients. forward
 * returns one number, a weighted sum of the kernel's outputs; backward is called with the gradients
 * that are wanted (NULL = not wanted). gradcheck_run then asserts that
 *   1. every gradient equals the four-point central difference of forward,
 *   2. a second backward doubles it (kernels accumulate),
 *   3. leaving one gradient out leaves the others as they were. */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "nn-random.h"

#define GRADCHECK_SLOTS 8

typedef struct {
  const char *name;
  double *x;
  double *gradient;
  size_t n;
} GradSlot;

typedef struct {
  const char *name;
  double (*forward) (gpointer data);
  void (*backward) (gpointer data, double **wanted);
  gpointer data;
  gboolean nullable; /* every gradient may be left out */
  size_t n_slots;
  GradSlot slots[GRADCHECK_SLOTS];
} GradCase;

static GPtrArray *gradcheck_pool;

/* n zeros, one allocation each so that a sanitizer sees an overrun; gradcheck_clear frees them. */
static inline double *
gradcheck_zeros (size_t n)
{
  double *x = g_new0 (double, n > 0 ? n : 1);

  if (!gradcheck_pool)
    gradcheck_pool = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (gradcheck_pool, x);
  return x;
}

/* n numbers in [-scale, scale), a function of the seed. */
static inline double *
gradcheck_random (size_t n, uint64_t seed, double scale)
{
  double *x = gradcheck_zeros (n);

  for (size_t i = 0; i < n; i++)
    x[i] = scale * (2 * nn_random_uniform (seed, i) - 1);
  return x;
}

static inline void
gradcheck_clear (void)
{
  g_clear_pointer (&gradcheck_pool, g_ptr_array_unref);
}

static inline double
gradcheck_dot (const double *a, const double *b, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* Appends the numbers x [n] and makes room for their gradient. */
static inline void
gradcheck_slot (GradCase *check, const char *name, double *x, size_t n)
{
  g_assert_cmpuint (check->n_slots, <, GRADCHECK_SLOTS);
  check->slots[check->n_slots++] = (GradSlot){ name, x, gradcheck_zeros (n), n };
}

/* (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h: exact to h⁴. */
static inline double
gradcheck_difference (const GradCase *check, double *x)
{
  const double h = 2e-4;
  double before = *x, f[4], steps[4] = { -2 * h, -h, h, 2 * h };

  for (int i = 0; i < 4; i++) {
    *x = before + steps[i];
    f[i] = check->forward (check->data);
  }
  *x = before;
  return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
}

/* Relative to the larger of the two, above a floor that the differences' own rounding sets. */
static inline void
gradcheck_compare (const GradCase *check, const GradSlot *slot, size_t i, double got, double want,
                   double limit, double floor)
{
  double error = fabs (got - want), size = fmax (fabs (got), fabs (want));

  if (!(error <= limit * size + floor))
    g_error ("%s: gradient of %s[%zu] is %.17g, must be %.17g", check->name, slot->name, i, got,
             want);
}

static inline void
gradcheck_backward (GradCase *check, size_t without)
{
  double *wanted[GRADCHECK_SLOTS];

  for (size_t s = 0; s < check->n_slots; s++)
    wanted[s] = s == without ? NULL : check->slots[s].gradient;
  check->backward (check->data, wanted);
}

static inline void
gradcheck_expect_multiple (GradCase *check, double **first, double *times)
{
  for (size_t s = 0; s < check->n_slots; s++)
    for (size_t i = 0; i < check->slots[s].n; i++)
      gradcheck_compare (check, &check->slots[s], i, check->slots[s].gradient[i],
                         times[s] * first[s][i], 1e-12, 1e-13);
}

static inline void
gradcheck_run (GradCase *check)
{
  double *first[GRADCHECK_SLOTS], times[GRADCHECK_SLOTS];
  double floor = 2e-11 * fmax (1, fabs (check->forward (check->data)));

  gradcheck_backward (check, SIZE_MAX);
  for (size_t s = 0; s < check->n_slots; s++) {
    GradSlot *slot = &check->slots[s];

    first[s] = gradcheck_zeros (slot->n);
    memcpy (first[s], slot->gradient, slot->n * sizeof (double));
    for (size_t i = 0; i < slot->n; i++)
      gradcheck_compare (check, slot, i, slot->gradient[i],
                         gradcheck_difference (check, &slot->x[i]), 1e-6, floor);
    times[s] = 2;
  }
  check->forward (check->data);
  gradcheck_backward (check, SIZE_MAX);
  gradcheck_expect_multiple (check, first, times);
  for (size_t without = 0; check->nullable && without < check->n_slots; without++) {
    gradcheck_backward (check, without);
    for (size_t s = 0; s < check->n_slots; s++)
      times[s] += s != without;
    gradcheck_expect_multiple (check, first, times);
  }
}
