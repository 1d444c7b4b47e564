/* Query algebra and the ranked gallery.
 *
 * A query is an identity vector and a clothing vector, each possibly absent:
 *   score (image) = λ (v·t) + (1-λ) (c·u)
 * A free text gives both; "who" gives t, "wearing" gives u; an image gives its v and c. "Not"
 * subtracts half of the score of another text, which is the same as t - ½t' and u - ½u'. A query
 * that has one part only is ranked by that part alone, whatever λ says.
 *
 * A ranking keeps the two products of every image apart, so that moving λ only mixes them again.
 * Neither type is locked: one thread at a time; a ranking may be ranked from several threads once
 * it is made. */
#pragma once

#include <glib.h>

#include "guise-index.h"
#include "guise-metrics.h"
#include "nn-team.h"

G_BEGIN_DECLS

/* The default where who and wearing, or an image, were given. */
#define GUISE_QUERY_LAMBDA_EQUAL 0.5

typedef struct _GuiseQuery GuiseQuery;

GuiseQuery *guise_query_new (size_t dim);
void guise_query_free (GuiseQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseQuery, guise_query_free)

/* All vectors [dim], copied. Calls add up: two texts are the sum of both. */
void guise_query_add_text (GuiseQuery *query, const float *t, const float *u);
void guise_query_add_who (GuiseQuery *query, const float *t);
void guise_query_add_wearing (GuiseQuery *query, const float *u);
void guise_query_add_image (GuiseQuery *query, const float *v, const float *c);
/* --not: half of the text's score is taken away, from the parts that the query has. */
void guise_query_subtract (GuiseQuery *query, const float *t, const float *u);

gboolean guise_query_has_identity (const GuiseQuery *query);
gboolean guise_query_has_clothing (const GuiseQuery *query);
/* λ when the user has not moved it: run_lambda (the run's, chosen on validation) for texts alone, ½
 * where who and wearing or an image take part, 1 or 0 for a query of one part. */
double guise_query_get_default_lambda (const GuiseQuery *query, double run_lambda);

typedef struct {
  size_t index;             /* in the index */
  gint64 id;                /* the image's */
  float score;              /* λ identity + (1-λ) clothing */
  float identity, clothing; /* v·t and c·u, what "not" took away included; 0 for an absent part */
} GuiseHit;

typedef struct _GuiseRanking GuiseRanking;

/* Makes both products with the whole index, which it keeps a reference of; the query may be freed.
 * Errors: a query without any positive part, another width than the index's, a product that is not
 * finite. team NULL = this thread. */
GuiseRanking *guise_ranking_new (GuiseIndex *index, const GuiseQuery *query, NnTeam *team,
                                 GError **error);
void guise_ranking_free (GuiseRanking *ranking);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GuiseRanking, guise_ranking_free)

/* λ as it is used: limited to 0 … 1, and 1 or 0 for a query of one part. */
double guise_ranking_get_effective_lambda (const GuiseRanking *ranking, double lambda);
GuiseIndex *guise_ranking_get_index (const GuiseRanking *ranking);
/* scores [N] of all images, unfiltered. */
void guise_ranking_get_scores (const GuiseRanking *ranking, double lambda, float *scores);

/* The k best hits among the images kept by keep (one bit an image, see guise_index_create_filter();
 * NULL = all), best first, ties to the lower index. k is limited to what there is: *n_hits says how
 * many. g_free() it; never NULL. */
GuiseHit *guise_ranking_top (const GuiseRanking *ranking, double lambda, const guint64 *keep,
                             size_t k, size_t *n_hits);

/* The truth overlay: rank of the first truth and AP of this query. truth [N] and ignore [N] (NULL =
 * none): not 0 = yes; images that keep leaves out are ignored too. */
void guise_ranking_judge (const GuiseRanking *ranking, double lambda, const guint64 *keep,
                          const guint8 *truth, const guint8 *ignore, GuiseQueryResult *result);

G_END_DECLS
