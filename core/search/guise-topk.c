#include "guise-topk.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "guise-product-error-private.h"
#include "nn-gemm.h"
#include "nn-scan.h"

GQuark
guise_search_error_quark (void)
{
  return g_quark_from_static_string ("guise-search-error");
}

enum {
  ROWS = 512, /* of the gallery that are multiplied at a time: they stay in the cache */
  MAX_QUERIES = 64,
  FEW_QUERIES = 2, /* so many read the rows one after the other, more of them as a product */
  LEAST_ROOM = 256,
};

/* Rows that all queries of a block may hold together in one share. */
#define MAX_HELD ((size_t)4 << 20)

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

/* ---- candidates ---- */

double
guise_topk_dot (const float *a, const float *b, size_t dim)
{
  return nn_dot_exact (a, b, dim);
}

/* A row that may be among the best of a share, and what its exact product is between. */
typedef struct {
  size_t row;
  float low, high; /* both the exact product once it is known */
} Candidate;

/* The candidates of one query in one share of the gallery. A row whose high is below `least`, the
 * k-th best low, cannot be among the best. */
typedef struct {
  Candidate *items;
  size_t n, room;
  float least;
} Held;

typedef struct {
  const float *gallery, *queries;
  size_t n, n_queries, dim, k;
  gint64 *indices;
  float *scores;

  float *norms; /* [n] of the gallery's rows, rather too long; made with the first block */
  gboolean measured;
  float query_norms[MAX_QUERIES];
  size_t first, n_block; /* the queries of the block */
  size_t n_shares;
  Held *held; /* [n_shares,n_block] */
} Task;

static int
compare_candidates (const void *a, const void *b)
{
  const Candidate *x = a, *y = b;

  if (x->low != y->low)
    return x->low > y->low ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

/* Raises `least` to the k-th best low of what is held and drops what is below. */
static void
prune (Held *held, size_t k)
{
  g_autofree float *lows = NULL;
  g_autofree size_t *best = NULL;
  size_t n = 0;

  if (held->n < k)
    return;
  lows = g_new (float, held->n);
  best = g_new (size_t, k);
  for (size_t i = 0; i < held->n; i++)
    lows[i] = held->items[i].low;
  guise_topk_select (best, lows, held->n, NULL, k);
  held->least = MAX (held->least, lows[best[k - 1]]);
  for (size_t i = 0; i < held->n; i++)
    if (held->items[i].high >= held->least)
      held->items[n++] = held->items[i];
  held->n = n;
}

/* Makes the products of what is held exact and keeps the k best, best first. */
static void
settle (const Task *task, Held *held, const float *query)
{
  prune (held, task->k);
  for (size_t i = 0; i < held->n; i++) {
    Candidate *item = &held->items[i];
    float exact = guise_topk_dot (query, task->gallery + item->row * task->dim, task->dim);

    item->low = item->high = exact;
  }
  qsort (held->items, held->n, sizeof *held->items, compare_candidates);
  if (held->n < task->k)
    return;
  held->n = task->k;
  held->least = held->items[task->k - 1].low;
}

/* Rows that all but tie would be held without end: exact products tell them apart. */
static void
make_room (const Task *task, Held *held, const float *query)
{
  prune (held, task->k);
  if (held->n > held->room / 2)
    settle (task, held, query);
}

static void
hold (const Task *task, Held *held, const float *query, size_t row, float product, float slack)
{
  if (held->n == held->room)
    make_room (task, held, query);
  if (product + slack >= held->least)
    held->items[held->n++] = (Candidate){ row, product - slack, product + slack };
}

/* ---- one pass over a share of the gallery ---- */

/* Lengths of rows from their squares; where these may have lost what a float cannot hold, anew. */
static void
measure (Task *task, const float *squares, size_t first, size_t n)
{
  float room = 1 + 2 * (task->dim + 2) * FLT_EPSILON;

  for (size_t i = 0; i < n; i++) {
    const float *row = task->gallery + (first + i) * task->dim;
    double square = squares[i];

    if (!(square > 1e-20 && square < 1e30))
      square = guise_topk_dot (row, row, task->dim);
    task->norms[first + i] = (float)sqrt (square) * room;
  }
}

static void
multiply (Task *task, size_t first, size_t n, float *products, float *squares)
{
  const float *rows = task->gallery + first * task->dim;
  const float *queries = task->queries + task->first * task->dim;

  if (task->n_block <= FEW_QUERIES || !task->measured)
    for (size_t q = 0; q < MIN (task->n_block, FEW_QUERIES); q++)
      nn_scan_rows (products + q * n, squares, rows, queries + q * task->dim, n, task->dim);
  if (task->n_block > FEW_QUERIES)
    nn_gemm (NN_PLAIN, NN_TRANSPOSED, task->n_block, n, task->dim, 1, queries, task->dim, rows,
             task->dim, 0, products, n);
  if (!task->measured)
    measure (task, squares, first, n);
}

static void
take_products (const Task *task, Held *held, size_t q, size_t first, size_t n,
               const float *products)
{
  const float *query = task->queries + (task->first + q) * task->dim;
  float slack = guise_product_slack (task->dim) * task->query_norms[q];
  float least_slack = guise_product_least_slack (task->dim);

  for (size_t i = 0; i < n; i++) {
    float bound = slack * task->norms[first + i] + least_slack;

    if (products[i] + bound >= held->least)
      hold (task, held, query, first + i, products[i], bound);
  }
}

static void
scan_share (size_t share, void *data)
{
  Task *task = data;
  size_t low = task->n * share / task->n_shares, high = task->n * (share + 1) / task->n_shares;
  g_autofree float *products = g_new (float, MAX_QUERIES *ROWS);
  g_autofree float *squares = g_new (float, ROWS);
  Held *held = task->held + share * task->n_block;

  for (size_t first = low; first < high; first += ROWS) {
    size_t n = MIN (ROWS, high - first);

    multiply (task, first, n, products, squares);
    for (size_t q = 0; q < task->n_block; q++)
      take_products (task, &held[q], q, first, n, products + q * n);
  }
  for (size_t q = 0; q < task->n_block; q++)
    settle (task, &held[q], task->queries + (task->first + q) * task->dim);
}

/* ---- all shares and blocks ---- */

static void
held_init (Held *held, size_t k)
{
  held->room = MAX (4 * k, LEAST_ROOM);
  held->n = 0;
  held->least = -INFINITY;
  held->items = g_new (Candidate, held->room);
}

/* The k best of what the shares hold of one query. */
static void
join_shares (const Task *task, size_t q)
{
  g_autofree Candidate *all = g_new (Candidate, task->n_shares * task->k);
  size_t n = 0, at = (task->first + q) * task->k;

  for (size_t s = 0; s < task->n_shares; s++) {
    const Held *held = &task->held[s * task->n_block + q];

    memcpy (all + n, held->items, held->n * sizeof *all);
    n += held->n;
  }
  qsort (all, n, sizeof *all, compare_candidates);
  for (size_t r = 0; r < task->k; r++) {
    task->indices[at + r] = (gint64)all[r].row;
    if (task->scores != NULL)
      task->scores[at + r] = all[r].low;
  }
}

/* Says what is the matter with a row whose length is no number: one of its own, or only that. */
static gboolean
refuse_row (const float *rows, size_t row, size_t dim, const char *what, GError **error)
{
  const float *values = rows + row * dim;

  for (size_t d = 0; d < dim; d++)
    if (!isfinite (values[d])) {
      g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE,
                   "ranking: %s row %zu, column %zu: not a finite number", what, row, d);
      return FALSE;
    }
  g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
               "ranking: %s row %zu: %g long, more than a float holds; scale the rows down", what,
               row, sqrt (guise_topk_dot (values, values, dim)));
  return FALSE;
}

/* Whether every row is finite and its length too. */
static gboolean
check_norms (const float *norms, const float *rows, size_t n, size_t dim, const char *what,
             float *longest, GError **error)
{
  *longest = 0;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (norms[i]))
      return refuse_row (rows, i, dim, what, error);
    *longest = MAX (*longest, norms[i]);
  }
  return TRUE;
}

static gboolean
check_lengths (const Task *task, float query_norm, GError **error)
{
  float gallery_norm;

  if (!check_norms (task->norms, task->gallery, task->n, task->dim, "gallery", &gallery_norm,
                    error))
    return FALSE;
  if ((double)gallery_norm * query_norm <= 0.25 * FLT_MAX)
    return TRUE;
  g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
               "ranking: rows as long as %g and %g: their products may not fit in a float; scale "
               "the rows down",
               (double)gallery_norm, (double)query_norm);
  return FALSE;
}

static float *
measure_queries (const Task *task)
{
  float *norms = g_new (float, MAX (task->n_queries, 1));

  for (size_t i = 0; i < task->n_queries; i++) {
    const float *row = task->queries + i * task->dim;

    norms[i] = (float)(sqrt (guise_topk_dot (row, row, task->dim)) * (1 + FLT_EPSILON));
  }
  return norms;
}

static gboolean
rank_block (Task *task, NnTeam *team, float query_norm, GError **error)
{
  size_t n_held = task->n_shares * task->n_block;
  gboolean good;

  task->held = g_new (Held, n_held);
  for (size_t i = 0; i < n_held; i++)
    held_init (&task->held[i], task->k);
  nn_team_run (team, task->n_shares, scan_share, task);
  good = task->measured || check_lengths (task, query_norm, error);
  task->measured = TRUE;
  for (size_t q = 0; q < task->n_block && good; q++)
    join_shares (task, q);
  for (size_t i = 0; i < n_held; i++)
    g_free (task->held[i].items);
  g_free (task->held);
  return good;
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
  g_autofree float *norms = NULL, *query_norms = NULL;
  size_t most;
  float longest;

  if (k == 0 || k > n) {
    g_set_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT,
                 "ranking: k = %zu: must be from 1 to %zu, the size of the gallery", k, n);
    return FALSE;
  }
  query_norms = measure_queries (&task);
  if (!check_norms (query_norms, queries, n_queries, dim, "query", &longest, error))
    return FALSE;
  norms = task.norms = g_new (float, n);
  task.n_shares = MIN (team != NULL ? nn_team_size (team) : 1, (n + ROWS - 1) / ROWS);
  most = CLAMP (MAX_HELD / k, 1, MAX_QUERIES);
  for (; task.first < n_queries; task.first += task.n_block) {
    task.n_block = MIN (most, n_queries - task.first);
    memcpy (task.query_norms, query_norms + task.first, task.n_block * sizeof *query_norms);
    if (!rank_block (&task, team, longest, error))
      return FALSE;
  }
  return TRUE;
}
