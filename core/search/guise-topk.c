#include "guise-topk.h"

#include <float.h>
#include <math.h>

#include "nn-gemm.h"

GQuark
guise_search_error_quark (void)
{
  return g_quark_from_static_string ("guise-search-error");
}

/* Scores that one thread holds at a time: 16 MB. */
#define BLOCK_SCORES ((size_t)4 << 20)
#define MAX_BLOCK_QUERIES ((size_t)64)
#define LANES 8

/* ---- selection: a heap of the best so far, the worst of them on top ---- */

static inline gboolean
is_worse (const float *scores, size_t a, size_t b)
{
  return scores[a] < scores[b] || (scores[a] == scores[b] && a > b);
}

/* Lets the item at place sink below items that are worse. */
static void
sift_down (size_t *heap, size_t n, size_t place, const float *scores)
{
  size_t item = heap[place];

  for (;;) {
    size_t child = 2 * place + 1;

    if (child >= n)
      break;
    if (child + 1 < n && is_worse (scores, heap[child + 1], heap[child]))
      child++;
    if (!is_worse (scores, heap[child], item))
      break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = item;
}

static inline gboolean
is_kept (const guint64 *keep, size_t i)
{
  return keep == NULL || (keep[i / 64] >> (i % 64) & 1) != 0;
}

size_t
guise_topk_select (size_t *indices, const float *scores, size_t n, const guint64 *keep, size_t k)
{
  size_t n_found = 0, i = 0;

  if (k == 0)
    return 0;
  for (; i < n && n_found < k; i++)
    if (is_kept (keep, i))
      indices[n_found++] = i;
  for (size_t place = n_found / 2; place-- > 0;)
    sift_down (indices, n_found, place, scores);
  /* Items come in ascending order, so one that only equals the worst does not replace it. */
  for (; i < n; i++) {
    if (scores[i] > scores[indices[0]] && is_kept (keep, i)) {
      indices[0] = i;
      sift_down (indices, n_found, 0, scores);
    }
  }
  for (size_t left = n_found; left > 1; left--) {
    size_t worst = indices[0];

    indices[0] = indices[left - 1];
    sift_down (indices, left - 1, 0, scores);
    indices[left - 1] = worst;
  }
  return n_found;
}

/* ---- exact products ---- */

double
guise_topk_dot (const float *a, const float *b, size_t dim)
{
  double lanes[LANES] = { 0 }, sum = 0;
  size_t k = 0;

  for (; k + LANES <= dim; k += LANES)
    for (size_t l = 0; l < LANES; l++)
      lanes[l] += (double)a[k + l] * b[k + l];
  for (; k < dim; k++)
    sum += (double)a[k] * b[k];
  for (size_t l = 0; l < LANES; l++)
    sum += lanes[l];
  return sum;
}

typedef struct {
  const float *gallery, *queries;
  size_t n, n_queries, dim, k;
  double gallery_norm; /* of its longest row */
  gint64 *indices;
  float *scores;
  size_t n_jobs, n_block;
} Task;

/* What one job works with. */
typedef struct {
  float *rows;        /* [n_block,n] float products */
  size_t *selected;   /* [n] */
  size_t *candidates; /* [n] */
  float *exact;       /* [n] */
} Scratch;

/* No float sum of dim products, in whatever order and with or without FMA, is further than this
 * from the true one (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); the rest is for
 * rounding the exact one and for subnormal numbers. */
static double
bound_error (const Task *task, const float *query)
{
  double norm = sqrt (guise_topk_dot (query, query, task->dim));

  return (task->dim + 4) * (0.51 * FLT_EPSILON * norm * task->gallery_norm + 2 * FLT_TRUE_MIN);
}

/* Finishes one query: whatever might be among the best k by its float product is multiplied again.
 */
static void
finish_query (const Task *task, Scratch *scratch, const float *row, size_t query_index)
{
  const float *query = task->queries + query_index * task->dim;
  size_t n_candidates = 0;
  double threshold;

  guise_topk_select (scratch->selected, row, task->n, NULL, task->k);
  threshold = row[scratch->selected[task->k - 1]] - 2 * bound_error (task, query);
  for (size_t j = 0; j < task->n; j++)
    if (row[j] >= threshold)
      scratch->candidates[n_candidates++] = j;
  for (size_t c = 0; c < n_candidates; c++)
    scratch->exact[c]
        = guise_topk_dot (query, task->gallery + scratch->candidates[c] * task->dim, task->dim);
  guise_topk_select (scratch->selected, scratch->exact, n_candidates, NULL, task->k);
  for (size_t r = 0; r < task->k; r++) {
    size_t c = scratch->selected[r];

    task->indices[query_index * task->k + r] = scratch->candidates[c];
    if (task->scores != NULL)
      task->scores[query_index * task->k + r] = scratch->exact[c];
  }
}

static void
run_share (size_t job, void *data)
{
  const Task *task = data;
  size_t low = task->n_queries * job / task->n_jobs;
  size_t high = task->n_queries * (job + 1) / task->n_jobs;
  g_autofree float *rows = g_new (float, task->n_block * task->n);
  g_autofree size_t *selected = g_new (size_t, task->n);
  g_autofree size_t *candidates = g_new (size_t, task->n);
  g_autofree float *exact = g_new (float, task->n);
  Scratch scratch = { rows, selected, candidates, exact };

  for (size_t first = low; first < high; first += task->n_block) {
    size_t n = MIN (task->n_block, high - first);

    nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, task->n, task->dim, 1, task->queries + first * task->dim,
             task->dim, task->gallery, task->dim, 0, rows, task->n);
    for (size_t i = 0; i < n; i++)
      finish_query (task, &scratch, rows + i * task->n, first + i);
  }
}

/* Largest length of n rows; FALSE with error set when one holds something that is not finite. */
static gboolean
measure_rows (const float *rows, size_t n, size_t dim, const char *what, double *longest,
              GError **error)
{
  *longest = 0;
  for (size_t i = 0; i < n; i++) {
    double norm = sqrt (guise_topk_dot (rows + i * dim, rows + i * dim, dim));

    if (!isfinite (norm)) {
      g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE,
                   "ranking: %s row %zu: not a finite number", what, i);
      return FALSE;
    }
    *longest = MAX (*longest, norm);
  }
  return TRUE;
}

gboolean
guise_topk (gint64 *indices, float *scores, const float *gallery, size_t n, const float *queries,
            size_t n_queries, size_t dim, size_t k, NnTeam *team, GError **error)
{
  Task task = { .gallery = gallery,
                .queries = queries,
                .n = n,
                .n_queries = n_queries,
                .dim = dim,
                .k = k,
                .indices = indices,
                .scores = scores };
  double query_norm;

  if (k == 0 || k > n) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "ranking: k = %zu: must be from 1 to %zu, the size of the gallery", k, n);
    return FALSE;
  }
  if (!measure_rows (gallery, n, dim, "gallery", &task.gallery_norm, error)
      || !measure_rows (queries, n_queries, dim, "query", &query_norm, error))
    return FALSE;
  if (task.gallery_norm * query_norm > 0.25 * FLT_MAX) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE,
                 "ranking: rows as long as %g and %g: their products may not fit in a float",
                 task.gallery_norm, query_norm);
    return FALSE;
  }
  task.n_jobs = team != NULL ? MIN (nn_team_size (team), MAX (n_queries, 1)) : 1;
  task.n_block = CLAMP (BLOCK_SCORES / n, 1, MAX_BLOCK_QUERIES);
  nn_team_run (team, task.n_jobs, run_share, &task);
  return TRUE;
}
