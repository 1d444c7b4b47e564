/* Retrieval metrics: R@1/5/10, mAP (non-interpolated) and mINP of queries against a gallery.
 *
 * The gallery is ranked by (score descending, gallery index ascending). With P positives whose
 * ranks, counted from 1, are r_1 < … < r_P:
 *   R@k = [r_1 <= k],   AP = 1/P Σ_i i / r_i,   INP = P / r_P
 * and the figures are means over the queries that have a positive, in percent. Nothing is sorted
 * but the positives: each other item is placed among them, O(G log P) a query.
 * Source: IRRA, utils/metrics.py (AP and INP), with a defined order of ties.
 *
 * Pure functions on the caller's arrays; any thread. */
#pragma once

#include <glib.h>

#include "nn-team.h"

G_BEGIN_DECLS

#define GUISE_METRICS_ERROR (guise_metrics_error_quark ())
GQuark guise_metrics_error_quark (void);

typedef enum {
  GUISE_METRICS_ERROR_NAN, /* a score is not a number: the message names query and gallery item */
} GuiseMetricsError;

/* Who counts. Gallery item j is a positive of query i when their ids are equal. An ignored pair is
 * taken out of the query's gallery before ranking, whether positive or not. Every pair of arrays is
 * either given whole or NULL; an item is ignored when any of the rules says so. */
typedef struct {
  size_t n_queries, n_gallery;
  const gint64 *query_ids, *gallery_ids;         /* [Q], [G]: persons, or outfits */
  const gint64 *query_persons, *gallery_persons; /* for the next two rules; NULL = the ids */
  const gint64 *query_outfits, *gallery_outfits; /* clothing-change: same person and same outfit */
  const gint64 *query_cameras, *gallery_cameras; /* same person and same camera */
  const gint64 *query_items, *gallery_items;     /* the same picture; negative = none */
  const guint8 *ignore;                          /* [Q,G], not 0 = ignored; NULL = none */
} GuiseJudgement;

typedef struct {
  double r1, r5, r10, map, minp; /* percent; NaN ("not measured") when no query has a positive */
  size_t n_queries, n_gallery;   /* all of them */
  size_t n_skipped;              /* queries without a positive that is not ignored */
} GuiseMetrics;

/* One query. */
typedef struct {
  size_t n_positives; /* 0 = skipped: the rest is 0 then */
  size_t first_rank;  /* rank of the first positive, from 1 */
  size_t last_rank;
  double ap; /* 0 … 1 */
} GuiseQueryResult;

/* Ranks one query's gallery. positive [n] and ignore [n]: not 0 = yes; ignore NULL = none. FALSE: a
 * score is NaN; *bad (may be NULL) is its index then. Infinities are scores like any other. */
gboolean guise_metrics_judge_row (GuiseQueryResult *result, const float *scores,
                                  const guint8 *positive, const guint8 *ignore, size_t n,
                                  size_t *bad);

/* From a whole similarity matrix [Q,G]. per_query [Q] or NULL. team NULL = this thread. */
gboolean guise_metrics_compute (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                                const GuiseJudgement *judgement, const float *similarity,
                                NnTeam *team, GError **error);

/* Fills rows [n,G] with the scores of queries first … first+n-1. Called on the calling thread, in
 * order. FALSE with error set ends the computation. */
typedef gboolean (*GuiseScoreRows) (float *rows, size_t first, size_t n, gpointer data,
                                    GError **error);

/* The same without a whole matrix: block queries at a time (0 = as many as fill about 16 MB). */
gboolean guise_metrics_compute_blocks (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                                       const GuiseJudgement *judgement, GuiseScoreRows fill,
                                       gpointer data, size_t block, NnTeam *team, GError **error);

/* Embeddings of both sides, rows of width dim. A part of which one side is NULL takes no part: the
 * other one then ranks alone, whatever λ is. */
typedef struct {
  size_t dim;
  const float *query_identity, *query_clothing;     /* [Q,dim]: t, u; of pictures v, c */
  const float *gallery_identity, *gallery_clothing; /* [G,dim]: v and c */
} GuiseEmbeddings;

/* score = λ (t·v) + (1-λ) (u·c) for each of n_lambdas values; metrics [n_lambdas]. Both products
 * are made once and blockwise, so that a sweep costs little more than one λ. per_query: [Q] of the
 * last λ, or NULL. */
gboolean guise_metrics_sweep (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                              const GuiseJudgement *judgement, const GuiseEmbeddings *embeddings,
                              const double *lambdas, size_t n_lambdas, NnTeam *team,
                              GError **error);

G_END_DECLS
