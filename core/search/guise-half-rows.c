#include "guise-half-rows.h"

#include <math.h>
#include <string.h>

#include "guise-half.h"
#include "guise-product-error-private.h"
#include "nn-half.h"

enum {
  PORTION = 256, /* rows that are measured at a time */
  N_MIXING = 6,  /* roundings of λ a + (1-λ) b, of exact and of other products */
};

gboolean
guise_half_rows_round (GuiseHalfRows *self, const float *rows, size_t n, size_t dim, size_t *bad)
{
  g_autofree guint16 *halves = g_new (guint16, MAX (n * dim, 1));

  for (size_t i = 0; i < n * dim; i++) {
    halves[i] = guise_float_to_half (rows[i]);
    if ((halves[i] & 0x7c00) == 0x7c00) {
      *bad = i;
      return FALSE;
    }
  }
  if (!guise_half_rows_measure (self, halves, rows, n, dim, bad))
    g_assert_not_reached (); /* they have just been rounded */
  if (self->owned == NULL)
    self->owned = g_steal_pointer (&halves);
  return TRUE;
}

/* Rounding moves a number by no more than 2^-11 of itself, a subnormal one by 2^-25. */
static gboolean
is_rounding (double off, double length, size_t dim)
{
  return isfinite (off) && off <= 1.001 * (0x1p-11 * length + 0x1p-25 * sqrt ((double)dim));
}

/* By Cauchy and Schwarz, a row that is moved by `off` moves a product with a vector of length 1 by
 * no more. */
static gboolean
measure_portion (GuiseHalfRows *self, const float *rows, size_t first, size_t n, size_t dim,
                 size_t *bad)
{
  double off[PORTION], squares[PORTION], slack = guise_product_slack (dim + N_MIXING);

  nn_measure_halves (off, squares, self->halves + first * dim, rows + first * dim, n, dim);
  for (size_t i = 0; i < n; i++) {
    double moved = sqrt (off[i]), length = sqrt (squares[i]);

    if (!is_rounding (moved, length, dim)) {
      *bad = first + i;
      return FALSE;
    }
    self->spans[first + i] = (float)((moved + slack * length) * (1 + 16 * FLT_EPSILON));
    self->longest = MAX (self->longest, (float)(length * (1 + FLT_EPSILON)));
  }
  return TRUE;
}

gboolean
guise_half_rows_measure (GuiseHalfRows *self, const void *halves, const float *rows, size_t n,
                         size_t dim, size_t *bad)
{
  g_auto (GuiseHalfRows) made = { .spans = g_new (float, MAX (n, 1)) };

  made.halves = halves;
  if ((guintptr)halves % sizeof (guint16) != 0 || halves == NULL) {
    made.owned = g_new (guint16, MAX (n * dim, 1));
    if (n * dim > 0)
      memcpy (made.owned, halves, n * dim * sizeof (guint16));
    made.halves = made.owned;
  }
  for (size_t first = 0; first < n; first += PORTION)
    if (!measure_portion (&made, rows, first, MIN (PORTION, n - first), dim, bad))
      return FALSE;
  *self = made;
  made = (GuiseHalfRows){ 0 };
  return TRUE;
}

void
guise_half_rows_clear (GuiseHalfRows *self)
{
  g_clear_pointer (&self->owned, g_free);
  g_clear_pointer (&self->spans, g_free);
}
