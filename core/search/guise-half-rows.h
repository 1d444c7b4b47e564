/* Rows in half precision that stand for rows of floats, and how far products with them may be from
 * those with the floats: a query reads the halves, and the floats only of what could matter.
 * Immutable once made. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  const guint16 *halves; /* [N,F], as they lie in the file or in `owned` */
  guint16 *owned;
  /* [N]: the product of a half row with a vector of length 1, summed in float in any order, is no
   * further than this from the exact product of the row of floats, rounded to a float; with room
   * for mixing two of them (guise-ranking.c). */
  float *spans;
  float longest; /* no half row is longer */
} GuiseHalfRows;

/* Each number of rows [n,dim] rounded to the nearest half. FALSE: number *bad is too large for one;
 * nothing is to be cleared then. */
gboolean guise_half_rows_round (GuiseHalfRows *self, const float *rows, size_t n, size_t dim,
                                size_t *bad);
/* Measures halves [n,dim], which may lie unaligned and are borrowed where they do not, against the
 * rows. FALSE: row *bad is not what rounding gives; nothing is to be cleared then. */
gboolean guise_half_rows_measure (GuiseHalfRows *self, const void *halves, const float *rows,
                                  size_t n, size_t dim, size_t *bad);
void guise_half_rows_clear (GuiseHalfRows *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GuiseHalfRows, guise_half_rows_clear)

G_END_DECLS
