/* The evaluation protocols on embeddings in memory: which queries count against which gallery, and
 * the choice of λ. Ranking and figures are guise-metrics'.
 *
 * standard: every query against every gallery image, hits are images of the same person (the
 * official protocols of CUHK-PEDES, ICFG-PEDES and RSTPReid) or of the same outfit.
 * clothing-change: hits are images of the same person in another outfit; those in the query's own
 * outfit are taken out of its gallery (as in PRCC and LTCC).
 * A picture that asks is never in its own gallery.
 *
 * Pure functions on the caller's arrays; any thread. */
#pragma once

#include <glib.h>

#include "guise-metrics.h"

G_BEGIN_DECLS

typedef enum {
  GUISE_POSITIVES_PERSON,
  GUISE_POSITIVES_OUTFIT, /* the same person in the same outfit */
} GuisePositives;

typedef enum {
  GUISE_PROTOCOL_STANDARD,
  GUISE_PROTOCOL_CLOTHING_CHANGE, /* its positives are persons */
} GuiseProtocol;

/* One side. outfits are numbers that no two persons share; NULL when neither positives nor protocol
 * ask for them. items are numbers of the pictures; NULL where texts ask. */
typedef struct {
  size_t n;
  const float *identity, *clothing; /* [n,dim]: v and c; t and u of texts; NULL = no such part */
  const gint64 *persons, *outfits;  /* [n] */
  const gint64 *items;              /* [n] */
} GuiseEvaluationSide;

/* What of the gallery is a hit of which query, for guise-metrics. It points into the sides. */
GuiseJudgement guise_evaluation_judge (const GuiseEvaluationSide *queries,
                                       const GuiseEvaluationSide *gallery,
                                       GuisePositives positives, GuiseProtocol protocol);

/* score = λ (identity·identity) + (1-λ) (clothing·clothing) for each of n_lambdas values; where the
 * queries lack a part, the other one ranks alone. metrics [n_lambdas]; per_query [queries->n] of
 * the last λ, or NULL. team NULL = this thread. Errors: GUISE_METRICS_ERROR_NAN. */
gboolean guise_evaluate (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                         const GuiseEvaluationSide *queries, const GuiseEvaluationSide *gallery,
                         size_t dim, GuisePositives positives, GuiseProtocol protocol,
                         const double *lambdas, size_t n_lambdas, NnTeam *team, GError **error);

/* The values of λ that are tried: 0, 0.05 … 1. */
#define GUISE_EVALUATION_N_LAMBDAS 21
double guise_evaluation_get_lambda (size_t index);

/* Evaluates queries of both parts (captions of the validation split) for each of these values into
 * metrics [GUISE_EVALUATION_N_LAMBDAS] and writes the index of the best: the highest R@1, among
 * equals the highest mAP, then the lowest λ; that of λ = 0.5 when no query has a positive. */
gboolean guise_evaluation_sweep (GuiseMetrics *metrics, size_t *best,
                                 const GuiseEvaluationSide *queries,
                                 const GuiseEvaluationSide *gallery, size_t dim,
                                 GuisePositives positives, NnTeam *team, GError **error);

G_END_DECLS
