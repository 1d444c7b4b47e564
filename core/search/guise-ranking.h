/* The ranked gallery of one query: the two products of every image are kept apart, so that moving λ
 * only mixes them again (see guise-query.h). Of an index with halves the products are first those
 * with the halves, and become exact where that could change an answer: answers are the same to the
 * last bit, whatever the index's storage. Any number of threads may rank once it is made. */
#pragma once

#include <glib.h>

#include "guise-index.h"
#include "guise-metrics.h"
#include "guise-query.h"
#include "nn-team.h"

G_BEGIN_DECLS

typedef struct {
  size_t index;             /* in the index */
  gint64 id;                /* the image's */
  float score;              /* λ identity + (1-λ) clothing */
  float identity, clothing; /* v·t and c·u, what "not" took away included; 0 for an absent part */
} GuiseHit;

typedef struct _GuiseRanking GuiseRanking;

/* Makes both products with the whole index, of which it keeps a reference; the query may be freed.
 * Errors: a query without any positive part, another width than the index's, a product that is not
 * finite. team NULL = this thread. */
GuiseRanking *guise_ranking_new (GuiseIndex *index, const GuiseQuery *query, NnTeam *team,
                                 GError **error);
void guise_ranking_free (GuiseRanking *ranking);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRanking, guise_ranking_free)

/* λ as it is used: limited to 0 … 1, and 1 or 0 for a query of one part. */
double guise_ranking_get_effective_lambda (const GuiseRanking *ranking, double lambda);
GuiseIndex *guise_ranking_get_index (const GuiseRanking *ranking);
/* scores [N] of all images, unfiltered; reads all rows of floats the first time. */
void guise_ranking_get_scores (GuiseRanking *ranking, double lambda, float *scores);

/* The k best hits among the images kept by keep (one bit an image, see guise_index_create_filter();
 * NULL = all), best first, ties to the lower index. k is limited to what there is: *n_hits says how
 * many. g_free() it; never NULL. */
GuiseHit *guise_ranking_top (GuiseRanking *ranking, double lambda, const guint64 *keep,
                             size_t k, size_t *n_hits);

/* How many images have exact products by now: all, unless the index has halves. */
size_t guise_ranking_count_exact (GuiseRanking *ranking);

/* The truth overlay: rank of the first truth and AP of this query. truth [N] and ignore [N] (NULL =
 * none): not 0 = yes; images that keep leaves out are ignored too. */
void guise_ranking_judge (GuiseRanking *ranking, double lambda, const guint64 *keep,
                          const guint8 *truth, const guint8 *ignore, GuiseQueryResult *result);

G_END_DECLS
