#include "guise-ranking.h"

#include <float.h>
#include <math.h>

#include "guise-product-error-private.h"
#include "nn-half.h"
#include "nn-scan.h"

/* Images that one job multiplies at a time. */
#define JOB_IMAGES 4096

/* Identity or clothing. */
typedef struct {
  const float *rows; /* [N,F] of the index */
  const GuiseHalfRows *halves;
  float *vector;   /* [F] of the query; NULL = absent */
  float *products; /* [N]; zeros where it is absent */
  float *errors;   /* [N] how far they may be from the exact ones, 0 = not at all; NULL = none is */
} Part;

struct _GuiseRanking {
  GuiseIndex *index;
  GMutex mutex; /* guards products and errors once it is made */
  Part identity, clothing;
};

/* ---- the products ---- */

static float
measure_vector (const Part *part, size_t dim)
{
  return (float)(sqrt (nn_dot_exact (part->vector, part->vector, dim)) * (1 + FLT_EPSILON));
}

/* Where a product may not fit in a float, the exact ones say whether it does. */
static gboolean
can_use_halves (const Part *part, size_t dim)
{
  return part->halves != NULL
         && (double)measure_vector (part, dim) * part->halves->longest <= 0.25 * FLT_MAX;
}

/* Takes vector. */
static void
part_init (Part *part, const float *rows, const GuiseHalfRows *halves, float *vector, size_t n,
           size_t dim)
{
  part->rows = rows;
  part->halves = halves;
  part->vector = vector;
  part->products = vector != NULL ? g_new (float, MAX (n, 1)) : g_new0 (float, MAX (n, 1));
  if (vector != NULL && can_use_halves (part, dim))
    part->errors = g_new (float, MAX (n, 1));
}

static void
part_clear (Part *part)
{
  g_free (part->vector);
  g_free (part->products);
  g_free (part->errors);
}

static void
multiply_part (Part *part, size_t first, size_t n, size_t dim)
{
  float length, least = guise_product_least_slack (dim);

  if (part->vector == NULL)
    return;
  if (part->errors == NULL) {
    nn_scan_exact (part->products + first, part->rows + first * dim, part->vector, n, dim);
    return;
  }
  nn_scan_halves (part->products + first, part->halves->halves + first * dim, part->vector, n, dim);
  length = measure_vector (part, dim);
  for (size_t i = first; i < first + n; i++)
    part->errors[i] = length * part->halves->spans[i] + least;
}

static void
multiply_images (size_t job, void *data)
{
  GuiseRanking *ranking = data;
  size_t low = job * JOB_IMAGES, dim = guise_index_get_dim (ranking->index);
  size_t n = MIN (JOB_IMAGES, guise_index_get_n_images (ranking->index) - low);

  multiply_part (&ranking->identity, low, n, dim);
  multiply_part (&ranking->clothing, low, n, dim);
}

/* ---- making one ---- */

static gboolean
check_finite (const float *values, size_t n, const char *what, GError **error)
{
  for (size_t i = 0; values != NULL && i < n; i++) {
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

static void
take_query (GuiseRanking *ranking, const GuiseQuery *query)
{
  GuiseIndex *index = ranking->index;
  size_t n = guise_index_get_n_images (index), dim = guise_index_get_dim (index);
  float *t = NULL, *u = NULL;

  if (guise_query_has_identity (query)) {
    t = g_new (float, MAX (dim, 1));
    guise_query_get_identity (query, t);
  }
  if (guise_query_has_clothing (query)) {
    u = g_new (float, MAX (dim, 1));
    guise_query_get_clothing (query, u);
  }
  part_init (&ranking->identity, guise_index_get_identity (index),
             guise_index_get_identity_halves (index), t, n, dim);
  part_init (&ranking->clothing, guise_index_get_clothing (index),
             guise_index_get_clothing_halves (index), u, n, dim);
}

GuiseRanking *
guise_ranking_new (GuiseIndex *index, const GuiseQuery *query, NnTeam *team, GError **error)
{
  g_autoptr (GuiseRanking) ranking = NULL;
  size_t n = guise_index_get_n_images (index), dim = guise_index_get_dim (index);

  if (!check_query (index, query, error))
    return NULL;
  ranking = g_new0 (GuiseRanking, 1);
  ranking->index = guise_index_ref (index);
  g_mutex_init (&ranking->mutex);
  take_query (ranking, query);
  nn_team_run (team, (n + JOB_IMAGES - 1) / JOB_IMAGES, multiply_images, ranking);
  if (!check_finite (ranking->identity.vector, dim, "identity vector of the query, element", error)
      || !check_finite (ranking->clothing.vector, dim, "clothing vector of the query, element",
                        error)
      || !check_finite (ranking->identity.products, n, "identity score of image", error)
      || !check_finite (ranking->clothing.products, n, "clothing score of image", error))
    return NULL;
  return g_steal_pointer (&ranking);
}

void
guise_ranking_free (GuiseRanking *ranking)
{
  if (ranking == NULL)
    return;
  part_clear (&ranking->identity);
  part_clear (&ranking->clothing);
  g_mutex_clear (&ranking->mutex);
  guise_index_unref (ranking->index);
  g_free (ranking);
}

/* ---- mixing ---- */

double
guise_ranking_get_effective_lambda (const GuiseRanking *ranking, double lambda)
{
  if (ranking->clothing.vector == NULL)
    return 1;
  if (ranking->identity.vector == NULL)
    return 0;
  return lambda > 0 ? MIN (lambda, 1) : 0; /* NaN becomes 0 */
}

GuiseIndex *
guise_ranking_get_index (const GuiseRanking *ranking)
{
  return ranking->index;
}

/* λ times a and 1 - λ times b, into mixed [n]. */
static void
mix (float *mixed, const float *a, const float *b, double lambda, size_t n)
{
  float x = lambda, y = 1 - lambda;

  for (size_t i = 0; i < n; i++)
    mixed[i] = x * a[i] + y * b[i];
}

static gboolean
is_exact (const GuiseRanking *ranking)
{
  return ranking->identity.errors == NULL && ranking->clothing.errors == NULL;
}

static float
get_error (const Part *part, size_t i)
{
  return part->errors != NULL ? part->errors[i] : 0;
}

/* Scores as they are known, and how far each may be from the exact one; the spans of the halves
 * have room for the roundings, but not for those of subnormal numbers. */
typedef struct {
  double lambda; /* effective */
  float *scores, *errors;
  size_t n;
} Mixed;

static void
mixed_init (Mixed *self, const GuiseRanking *ranking, double lambda)
{
  float x, y;

  self->n = guise_index_get_n_images (ranking->index);
  self->lambda = guise_ranking_get_effective_lambda (ranking, lambda);
  self->scores = g_new (float, MAX (self->n, 1));
  self->errors = is_exact (ranking) ? NULL : g_new (float, MAX (self->n, 1));
  mix (self->scores, ranking->identity.products, ranking->clothing.products, self->lambda, self->n);
  if (self->errors == NULL)
    return;
  x = self->lambda;
  y = 1 - self->lambda;
  for (size_t i = 0; i < self->n; i++) {
    float a = get_error (&ranking->identity, i), b = get_error (&ranking->clothing, i);

    self->errors[i] = x * a + y * b + (a + b > 0 ? 4 * FLT_TRUE_MIN : 0);
  }
}

static void
mixed_clear (Mixed *self)
{
  g_free (self->scores);
  g_free (self->errors);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Mixed, mixed_clear)

/* ---- making products exact ---- */

static void
settle_part (Part *part, size_t i, size_t dim)
{
  if (get_error (part, i) == 0)
    return;
  part->products[i] = (float)nn_dot_exact (part->rows + i * dim, part->vector, dim);
  part->errors[i] = 0;
}

static void
settle (GuiseRanking *ranking, Mixed *mixed, size_t i)
{
  size_t dim = guise_index_get_dim (ranking->index);

  settle_part (&ranking->identity, i, dim);
  settle_part (&ranking->clothing, i, dim);
  mix (mixed->scores + i, ranking->identity.products + i, ranking->clothing.products + i,
       mixed->lambda, 1);
  mixed->errors[i] = 0;
}

static void
settle_whole_part (Part *part, size_t n, size_t dim)
{
  if (part->errors == NULL)
    return;
  nn_scan_exact (part->products, part->rows, part->vector, n, dim);
  g_clear_pointer (&part->errors, g_free);
}

static inline gboolean
is_kept (const guint64 *keep, size_t i)
{
  return keep == NULL || (keep[i / 64] >> (i % 64) & 1) != 0;
}

/* What may be among the k best: all that reaches the k-th best of what the scores are at least. The
 * others' scores are below those of k images for certain, so that a selection never takes them. */
static void
settle_best (GuiseRanking *ranking, Mixed *mixed, const guint64 *keep, size_t k)
{
  g_autofree float *lows = NULL;
  g_autofree size_t *best = NULL;
  float least = -INFINITY;

  if (mixed->errors == NULL || k == 0)
    return;
  lows = g_new (float, MAX (mixed->n, 1));
  best = g_new (size_t, k);
  for (size_t i = 0; i < mixed->n; i++)
    lows[i] = mixed->scores[i] - mixed->errors[i];
  if (guise_topk_select (best, lows, mixed->n, keep, k) == k)
    least = lows[best[k - 1]];
  for (size_t i = 0; i < mixed->n; i++)
    if (mixed->scores[i] + mixed->errors[i] >= least && mixed->errors[i] > 0 && is_kept (keep, i))
      settle (ranking, mixed, i);
}

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;

  return x < y ? -1 : x > y;
}

/* Whether one of the sorted values is from low to high. */
static gboolean
has_between (const float *values, size_t n, float low, float high)
{
  size_t first = 0, end = n;

  while (first < end) {
    size_t middle = first + (end - first) / 2;

    if (values[middle] < low)
      first = middle + 1;
    else
      end = middle;
  }
  return first < n && values[first] <= high;
}

/* The truths, and what may stand on either side of one. */
static void
settle_around (GuiseRanking *ranking, Mixed *mixed, const guint8 *truth, const guint8 *out)
{
  g_autofree float *truths = NULL;
  size_t n = 0;

  if (mixed->errors == NULL)
    return;
  truths = g_new (float, MAX (mixed->n, 1));
  for (size_t i = 0; i < mixed->n; i++) {
    if (!truth[i] || out[i])
      continue;
    settle (ranking, mixed, i);
    truths[n++] = mixed->scores[i];
  }
  qsort (truths, n, sizeof *truths, compare_floats);
  for (size_t i = 0; i < mixed->n; i++)
    if (mixed->errors[i] > 0 && !out[i]
        && has_between (truths, n, mixed->scores[i] - mixed->errors[i],
                        mixed->scores[i] + mixed->errors[i]))
      settle (ranking, mixed, i);
}

size_t
guise_ranking_count_exact (GuiseRanking *ranking)
{
  size_t n = guise_index_get_n_images (ranking->index), n_exact = 0;

  g_mutex_lock (&ranking->mutex);
  for (size_t i = 0; i < n; i++)
    n_exact += get_error (&ranking->identity, i) == 0 && get_error (&ranking->clothing, i) == 0;
  g_mutex_unlock (&ranking->mutex);
  return n_exact;
}

/* ---- answers ---- */

void
guise_ranking_get_scores (GuiseRanking *ranking, double lambda, float *scores)
{
  size_t n = guise_index_get_n_images (ranking->index), dim = guise_index_get_dim (ranking->index);
  double effective = guise_ranking_get_effective_lambda (ranking, lambda);

  g_mutex_lock (&ranking->mutex);
  settle_whole_part (&ranking->identity, n, dim);
  settle_whole_part (&ranking->clothing, n, dim);
  mix (scores, ranking->identity.products, ranking->clothing.products, effective, n);
  g_mutex_unlock (&ranking->mutex);
}

static GuiseHit
get_hit (const GuiseRanking *ranking, const Mixed *mixed, size_t i)
{
  return (GuiseHit){ .index = i,
                     .id = guise_index_get_ids (ranking->index)[i],
                     .score = mixed->scores[i],
                     .identity = ranking->identity.products[i],
                     .clothing = ranking->clothing.products[i] };
}

GuiseHit *
guise_ranking_top (GuiseRanking *ranking, double lambda, const guint64 *keep, size_t k,
                   size_t *n_hits)
{
  g_auto (Mixed) mixed = { 0 };
  g_autofree size_t *best = NULL;
  GuiseHit *hits;

  g_mutex_lock (&ranking->mutex);
  mixed_init (&mixed, ranking, lambda);
  k = MIN (k, mixed.n);
  best = g_new (size_t, MAX (k, 1));
  settle_best (ranking, &mixed, keep, k);
  *n_hits = guise_topk_select (best, mixed.scores, mixed.n, keep, k);
  hits = g_new0 (GuiseHit, MAX (*n_hits, 1));
  for (size_t r = 0; r < *n_hits; r++)
    hits[r] = get_hit (ranking, &mixed, best[r]);
  g_mutex_unlock (&ranking->mutex);
  return hits;
}

void
guise_ranking_judge (GuiseRanking *ranking, double lambda, const guint64 *keep,
                     const guint8 *truth, const guint8 *ignore, GuiseQueryResult *result)
{
  size_t n = guise_index_get_n_images (ranking->index);
  g_autofree guint8 *out = g_new0 (guint8, MAX (n, 1));
  g_auto (Mixed) mixed = { 0 };

  for (size_t i = 0; i < n; i++)
    out[i] = (ignore != NULL && ignore[i]) || !is_kept (keep, i);
  g_mutex_lock (&ranking->mutex);
  mixed_init (&mixed, ranking, lambda);
  settle_around (ranking, &mixed, truth, out);
  g_mutex_unlock (&ranking->mutex);
  guise_metrics_judge_row (result, mixed.scores, truth, out, n, NULL); /* the scores are finite */
}
