#include "guise-ranking.h"

#include <math.h>

#include "nn-scan.h"

/* Images that one job multiplies at a time. */
#define JOB_IMAGES 4096

struct _GuiseRanking {
  GuiseIndex *index;
  gboolean has_identity, has_clothing;
  float *identity, *clothing; /* [N] products with every image; zeros where the part is absent */
};

typedef struct {
  GuiseRanking *ranking;
  const float *t, *u; /* NULL = absent */
  size_t n, dim;
} Products;

static void
multiply_images (size_t job, void *data)
{
  const Products *work = data;
  GuiseRanking *ranking = work->ranking;
  size_t low = job * JOB_IMAGES, high = MIN (low + JOB_IMAGES, work->n);

  size_t n = high - low, at = low * work->dim;

  if (work->t != NULL)
    nn_scan_exact (ranking->identity + low, guise_index_get_identity (ranking->index) + at, work->t,
                   n, work->dim);
  if (work->u != NULL)
    nn_scan_exact (ranking->clothing + low, guise_index_get_clothing (ranking->index) + at, work->u,
                   n, work->dim);
}

static gboolean
check_finite (const float *values, size_t n, const char *what, GError **error)
{
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (values[i])) {
      g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE,
                   "searching: %s %zu: not a finite number", what, i);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_query (const GuiseIndex *index, const GuiseQuery *query, GError **error)
{
  if (!guise_query_has_identity (query) && !guise_query_has_clothing (query)) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "searching: empty query: needs a text, a description or an image to look for");
    return FALSE;
  }
  if (guise_query_get_dim (query) != guise_index_get_dim (index)) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "searching: query of width %zu: the index '%s' has width %zu",
                 guise_query_get_dim (query), guise_index_get_info (index)->run,
                 guise_index_get_dim (index));
    return FALSE;
  }
  return TRUE;
}

GuiseRanking *
guise_ranking_new (GuiseIndex *index, const GuiseQuery *query, NnTeam *team, GError **error)
{
  g_autoptr (GuiseRanking) ranking = NULL;
  g_autofree float *t = NULL, *u = NULL;
  Products work;
  size_t n = guise_index_get_n_images (index), dim = guise_index_get_dim (index);

  if (!check_query (index, query, error))
    return NULL;
  t = g_new (float, MAX (dim, 1));
  u = g_new (float, MAX (dim, 1));
  guise_query_get_identity (query, t);
  guise_query_get_clothing (query, u);
  ranking = g_new0 (GuiseRanking, 1);
  ranking->index = guise_index_ref (index);
  ranking->has_identity = guise_query_has_identity (query);
  ranking->has_clothing = guise_query_has_clothing (query);
  ranking->identity = g_new0 (float, MAX (n, 1));
  ranking->clothing = g_new0 (float, MAX (n, 1));
  work = (Products){ .ranking = ranking,
                     .t = ranking->has_identity ? t : NULL,
                     .u = ranking->has_clothing ? u : NULL,
                     .n = n,
                     .dim = dim };
  nn_team_run (team, (n + JOB_IMAGES - 1) / JOB_IMAGES, multiply_images, &work);
  if (!check_finite (t, dim, "identity vector of the query, element", error)
      || !check_finite (u, dim, "clothing vector of the query, element", error)
      || !check_finite (ranking->identity, n, "identity score of image", error)
      || !check_finite (ranking->clothing, n, "clothing score of image", error))
    return NULL;
  return g_steal_pointer (&ranking);
}

void
guise_ranking_free (GuiseRanking *ranking)
{
  if (ranking == NULL)
    return;
  guise_index_unref (ranking->index);
  g_free (ranking->identity);
  g_free (ranking->clothing);
  g_free (ranking);
}

double
guise_ranking_get_effective_lambda (const GuiseRanking *ranking, double lambda)
{
  if (!ranking->has_clothing)
    return 1;
  if (!ranking->has_identity)
    return 0;
  return lambda > 0 ? MIN (lambda, 1) : 0; /* NaN becomes 0 */
}

GuiseIndex *
guise_ranking_get_index (const GuiseRanking *ranking)
{
  return ranking->index;
}

void
guise_ranking_get_scores (const GuiseRanking *ranking, double lambda, float *scores)
{
  double effective = guise_ranking_get_effective_lambda (ranking, lambda);
  float a = effective, b = 1 - effective;
  size_t n = guise_index_get_n_images (ranking->index);

  for (size_t i = 0; i < n; i++)
    scores[i] = a * ranking->identity[i] + b * ranking->clothing[i];
}

GuiseHit *
guise_ranking_top (const GuiseRanking *ranking, double lambda, const guint64 *keep, size_t k,
                   size_t *n_hits)
{
  size_t n = guise_index_get_n_images (ranking->index);
  const gint64 *ids = guise_index_get_ids (ranking->index);
  g_autofree float *scores = g_new (float, MAX (n, 1));
  g_autofree size_t *best = NULL;
  GuiseHit *hits;

  k = MIN (k, n);
  best = g_new (size_t, MAX (k, 1));
  guise_ranking_get_scores (ranking, lambda, scores);
  *n_hits = guise_topk_select (best, scores, n, keep, k);
  hits = g_new0 (GuiseHit, MAX (*n_hits, 1));
  for (size_t r = 0; r < *n_hits; r++)
    hits[r] = (GuiseHit){ .index = best[r],
                          .id = ids[best[r]],
                          .score = scores[best[r]],
                          .identity = ranking->identity[best[r]],
                          .clothing = ranking->clothing[best[r]] };
  return hits;
}

void
guise_ranking_judge (const GuiseRanking *ranking, double lambda, const guint64 *keep,
                     const guint8 *truth, const guint8 *ignore, GuiseQueryResult *result)
{
  size_t n = guise_index_get_n_images (ranking->index);
  g_autofree float *scores = g_new (float, MAX (n, 1));
  g_autofree guint8 *out = g_new0 (guint8, MAX (n, 1));

  for (size_t i = 0; i < n; i++)
    out[i] = (ignore != NULL && ignore[i]) || (keep != NULL && (keep[i / 64] >> (i % 64) & 1) == 0);
  guise_ranking_get_scores (ranking, lambda, scores);
  guise_metrics_judge_row (result, scores, truth, out, n, NULL); /* the scores are finite */
}
