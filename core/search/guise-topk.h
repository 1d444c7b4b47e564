/* Exact inner-product search over plain arrays. Any thread. */
#pragma once

#include <glib.h>

#include "nn-team.h"

G_BEGIN_DECLS

#define GUISE_SEARCH_ERROR (guise_search_error_quark ())
GQuark guise_search_error_quark (void);

typedef enum {
  GUISE_SEARCH_ERROR_ARGUMENT,   /* k out of range, rows too long, nothing to search for */
  GUISE_SEARCH_ERROR_NOT_FINITE, /* NaN or infinity in an embedding */
  GUISE_SEARCH_ERROR_INDEX,      /* an index file that is damaged or of another kind */
} GuiseSearchError;

/* The k best of scores [n], best first, ties to the lower index, into indices [k]. keep: one bit an
 * item (bit i mod 64 of word i / 64), 0 = leave out; NULL = all. Returns how many there are: fewer
 * than k when the filter leaves fewer. O(n) for small k, never more than O(n log k). scores must
 * not hold NaN. */
size_t guise_topk_select (size_t *indices, const float *scores, size_t n, const guint64 *keep,
                          size_t k);

/* Inner product of a and b [dim], summed in double in an order that depends on dim alone: equal
 * vectors have equal products. */
double guise_topk_dot (const float *a, const float *b, size_t dim);

/* For each row of queries [n_queries,dim] the k rows of gallery [n,dim] with the largest inner
 * product: indices [n_queries,k] and, unless NULL, scores [n_queries,k], best first, ties to the
 * lower index. The products are summed in double in a fixed order and rounded once, so equal rows
 * tie wherever they stand; float products, with a bound of their error, only find the candidates.
 * The gallery is read once for every 64 queries, each thread a share of it. Errors: k = 0, k > n, a
 * number that is not finite, rows so long that a product may not fit in a float; both are only seen
 * in the gallery when there is a query. team NULL = this thread. */
gboolean guise_topk (gint64 *indices, float *scores, const float *gallery, size_t n,
                     const float *queries, size_t n_queries, size_t dim, size_t k, NnTeam *team,
                     GError **error);

G_END_DECLS
