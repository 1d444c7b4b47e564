#include "guise-metrics.h"

#include <math.h>
#include <string.h>

#include "nn-gemm.h"

GQuark
guise_metrics_error_quark (void)
{
  return g_quark_from_static_string ("guise-metrics-error");
}

/* Scores of one block take about this much. */
#define BLOCK_BYTES ((size_t)16 << 20)

/* ---- one query ---- */

typedef struct {
  float score;
  size_t index;
  size_t
      n_above; /* items that are no positives and rank between the positive before and this one */
} Positive;

/* TRUE when a ranks above b. */
static inline gboolean
ranks_above (float score_a, size_t index_a, float score_b, size_t index_b)
{
  return score_a > score_b || (score_a == score_b && index_a < index_b);
}

static int
compare_positives (const void *a, const void *b)
{
  const Positive *x = a, *y = b;

  if (x->index == y->index)
    return 0;
  return ranks_above (x->score, x->index, y->score, y->index) ? -1 : 1;
}

static gboolean
find_nan (const float *scores, size_t n, size_t *bad)
{
  int found = 0;

  for (size_t j = 0; j < n; j++)
    found |= isnan (scores[j]);
  if (!found)
    return FALSE;
  for (size_t j = 0; j < n; j++) {
    if (isnan (scores[j])) {
      if (bad != NULL)
        *bad = j;
      return TRUE;
    }
  }
  return FALSE;
}

/* Places every other item among the sorted positives. */
static void
count_others (Positive *positives, size_t n_positives, const float *scores, const guint8 *positive,
              const guint8 *ignore, size_t n)
{
  float worst = positives[n_positives - 1].score;

  for (size_t j = 0; j < n; j++) {
    size_t low = 0, high = n_positives;

    if (scores[j] < worst || positive[j] || (ignore != NULL && ignore[j]))
      continue;
    while (low < high) {
      size_t middle = low + (high - low) / 2;

      if (ranks_above (scores[j], j, positives[middle].score, positives[middle].index))
        high = middle;
      else
        low = middle + 1;
    }
    if (low < n_positives)
      positives[low].n_above++;
  }
}

/* positives: room for n of them. */
static void
judge_row (GuiseQueryResult *result, Positive *positives, const float *scores,
           const guint8 *positive, const guint8 *ignore, size_t n)
{
  size_t n_positives = 0, n_above = 0;

  memset (result, 0, sizeof *result);
  for (size_t j = 0; j < n; j++)
    if (positive[j] && (ignore == NULL || !ignore[j]))
      positives[n_positives++] = (Positive){ .score = scores[j], .index = j };
  if (n_positives == 0)
    return;
  qsort (positives, n_positives, sizeof *positives, compare_positives);
  count_others (positives, n_positives, scores, positive, ignore, n);
  result->n_positives = n_positives;
  for (size_t i = 0; i < n_positives; i++) {
    size_t rank;

    n_above += positives[i].n_above;
    rank = n_above + i + 1;
    result->ap += (double)(i + 1) / rank;
    if (i == 0)
      result->first_rank = rank;
    result->last_rank = rank;
  }
  result->ap /= n_positives;
}

gboolean
guise_metrics_judge_row (GuiseQueryResult *result, const float *scores, const guint8 *positive,
                         const guint8 *ignore, size_t n, size_t *bad)
{
  g_autofree Positive *positives = NULL;

  if (find_nan (scores, n, bad))
    return FALSE;
  positives = g_new (Positive, MAX (n, 1));
  judge_row (result, positives, scores, positive, ignore, n);
  return TRUE;
}

/* ---- who counts for a query ---- */

static gboolean
has_rules (const GuiseJudgement *judgement)
{
  return judgement->query_outfits != NULL || judgement->query_cameras != NULL
         || judgement->query_items != NULL || judgement->ignore != NULL;
}

static void
ignore_same_of_person (guint8 *ignore, const GuiseJudgement *judgement, size_t query,
                       const gint64 *query_values, const gint64 *gallery_values)
{
  const gint64 *query_persons = judgement->query_persons;
  const gint64 *gallery_persons = judgement->gallery_persons;
  gint64 person, value;

  if (query_values == NULL)
    return;
  if (query_persons == NULL) {
    query_persons = judgement->query_ids;
    gallery_persons = judgement->gallery_ids;
  }
  person = query_persons[query];
  value = query_values[query];
  for (size_t j = 0; j < judgement->n_gallery; j++)
    ignore[j] |= gallery_persons[j] == person && gallery_values[j] == value;
}

/* Fills positive [G] and ignore [G]; returns ignore, or NULL when there are no rules. */
static const guint8 *
judge_pairs (guint8 *positive, guint8 *ignore, const GuiseJudgement *judgement, size_t query)
{
  gint64 id = judgement->query_ids[query];
  size_t n = judgement->n_gallery;

  for (size_t j = 0; j < n; j++)
    positive[j] = judgement->gallery_ids[j] == id;
  if (!has_rules (judgement))
    return NULL;
  if (judgement->ignore != NULL)
    memcpy (ignore, judgement->ignore + query * n, n);
  else
    memset (ignore, 0, n);
  ignore_same_of_person (ignore, judgement, query, judgement->query_outfits,
                         judgement->gallery_outfits);
  ignore_same_of_person (ignore, judgement, query, judgement->query_cameras,
                         judgement->gallery_cameras);
  if (judgement->query_items != NULL && judgement->query_items[query] >= 0)
    for (size_t j = 0; j < n; j++)
      ignore[j] |= judgement->gallery_items[j] == judgement->query_items[query];
  return ignore;
}

/* ---- many queries, split over the team ---- */

typedef struct {
  Positive *positives;       /* [G] */
  guint8 *positive, *ignore; /* [G] */
  float *mixed;              /* [G]; only for a sweep over two parts */
  gboolean failed;
  size_t bad_query, bad_item;
} Worker;

/* One block of queries; what stands in it does not change while the team works. */
typedef struct {
  const GuiseJudgement *judgement;
  Worker *workers;
  size_t n_workers;
  size_t first, n;                   /* queries of the block */
  const float *rows, *other_rows;    /* [n,G]; other_rows NULL = rows are the scores */
  const GuiseEmbeddings *embeddings; /* NULL, or the rows are made here by GEMM */
  const double *lambdas;
  size_t n_lambdas;
  GuiseQueryResult *results; /* [n_lambdas,Q] */
} Block;

static void
multiply (float *rows, const float *query, const float *gallery, size_t n, const Block *block)
{
  size_t dim = block->embeddings->dim, n_gallery = block->judgement->n_gallery;

  nn_gemm (NN_PLAIN, NN_TRANSPOSED, n, n_gallery, dim, 1, query, dim, gallery, dim, 0, rows,
           n_gallery);
}

/* Makes the rows of queries first+low … first+high-1. */
static void
make_rows (const Block *block, size_t low, size_t high)
{
  const GuiseEmbeddings *e = block->embeddings;
  size_t n_gallery = block->judgement->n_gallery, query = block->first + low;
  gboolean both = block->other_rows != NULL;
  gboolean identity = e->query_identity != NULL && e->gallery_identity != NULL;
  float *rows = (float *)block->rows + low * n_gallery;

  if (identity)
    multiply (rows, e->query_identity + query * e->dim, e->gallery_identity, high - low, block);
  if (both)
    rows = (float *)block->other_rows + low * n_gallery;
  if (both || !identity)
    multiply (rows, e->query_clothing + query * e->dim, e->gallery_clothing, high - low, block);
}

static gboolean
judge_query (const Block *block, Worker *worker, size_t i)
{
  size_t n = block->judgement->n_gallery, query = block->first + i;
  const float *row = block->rows + i * n;
  const float *other = block->other_rows != NULL ? block->other_rows + i * n : NULL;
  const guint8 *ignore = judge_pairs (worker->positive, worker->ignore, block->judgement, query);

  for (size_t l = 0; l < block->n_lambdas; l++) {
    const float *scores = row;

    if (other != NULL) {
      float a = block->lambdas[l], b = 1 - block->lambdas[l];

      for (size_t j = 0; j < n; j++)
        worker->mixed[j] = a * row[j] + b * other[j];
      scores = worker->mixed;
    }
    if ((l == 0 || other != NULL) && find_nan (scores, n, &worker->bad_item)) {
      worker->bad_query = query;
      worker->failed = TRUE;
      return FALSE;
    }
    judge_row (&block->results[l * block->judgement->n_queries + query], worker->positives, scores,
               worker->positive, ignore, n);
  }
  return TRUE;
}

static void
judge_share (size_t job, void *data)
{
  const Block *block = data;
  Worker *worker = &block->workers[job];
  size_t low = block->n * job / block->n_workers, high = block->n * (job + 1) / block->n_workers;

  if (low == high)
    return;
  if (block->embeddings != NULL)
    make_rows (block, low, high);
  for (size_t i = low; i < high; i++)
    if (!judge_query (block, worker, i))
      return;
}

static void
create_workers (Block *block, NnTeam *team)
{
  size_t n = MAX (block->judgement->n_gallery, 1);

  block->n_workers = team != NULL ? nn_team_size (team) : 1;
  block->workers = g_new0 (Worker, block->n_workers);
  for (size_t w = 0; w < block->n_workers; w++) {
    Worker *worker = &block->workers[w];

    worker->positives = g_new (Positive, n);
    worker->positive = g_new (guint8, n);
    worker->ignore = g_new (guint8, n);
    worker->mixed = g_new (float, n);
  }
}

static void
free_workers (Block *block)
{
  for (size_t w = 0; w < block->n_workers; w++) {
    Worker *worker = &block->workers[w];

    g_free (worker->positives);
    g_free (worker->positive);
    g_free (worker->ignore);
    g_free (worker->mixed);
  }
  g_free (block->workers);
}

static gboolean
judge_block (Block *block, NnTeam *team, GError **error)
{
  nn_team_run (team, block->n_workers, judge_share, block);
  for (size_t w = 0; w < block->n_workers; w++) {
    Worker *worker = &block->workers[w];

    if (worker->failed) { /* shares ascend: this is the first query that failed */
      g_set_error (error, GUISE_METRICS_ERROR, GUISE_METRICS_ERROR_NAN,
                   "computing retrieval metrics: score of query %zu and gallery item %zu: "
                   "not a number",
                   worker->bad_query, worker->bad_item);
      return FALSE;
    }
  }
  return TRUE;
}

/* ---- means ---- */

static void
average (GuiseMetrics *metrics, const GuiseQueryResult *results, const GuiseJudgement *judgement)
{
  size_t n_judged = 0, hits[3] = { 0 };
  double ap = 0, inp = 0;

  for (size_t i = 0; i < judgement->n_queries; i++) {
    const GuiseQueryResult *result = &results[i];

    if (result->n_positives == 0)
      continue;
    n_judged++;
    hits[0] += result->first_rank <= 1;
    hits[1] += result->first_rank <= 5;
    hits[2] += result->first_rank <= 10;
    ap += result->ap;
    inp += (double)result->n_positives / result->last_rank;
  }
  *metrics = (GuiseMetrics){
    .r1 = n_judged > 0 ? 100.0 * hits[0] / n_judged : NAN,
    .r5 = n_judged > 0 ? 100.0 * hits[1] / n_judged : NAN,
    .r10 = n_judged > 0 ? 100.0 * hits[2] / n_judged : NAN,
    .map = n_judged > 0 ? 100.0 * ap / n_judged : NAN,
    .minp = n_judged > 0 ? 100.0 * inp / n_judged : NAN,
    .n_queries = judgement->n_queries,
    .n_gallery = judgement->n_gallery,
    .n_skipped = judgement->n_queries - n_judged,
  };
}

static void
finish (GuiseMetrics *metrics, GuiseQueryResult *per_query, const Block *block)
{
  size_t n = block->judgement->n_queries;

  for (size_t l = 0; l < block->n_lambdas; l++)
    average (&metrics[l], block->results + l * n, block->judgement);
  if (per_query != NULL && n > 0 && block->n_lambdas > 0)
    memcpy (per_query, block->results + (block->n_lambdas - 1) * n, n * sizeof *per_query);
}

/* ---- the three ways in ---- */

gboolean
guise_metrics_compute (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                       const GuiseJudgement *judgement, const float *similarity, NnTeam *team,
                       GError **error)
{
  g_autofree GuiseQueryResult *results = g_new0 (GuiseQueryResult, MAX (judgement->n_queries, 1));
  Block block = { .judgement = judgement,
                  .n = judgement->n_queries,
                  .rows = similarity,
                  .n_lambdas = 1,
                  .results = results };
  gboolean done;

  create_workers (&block, team);
  done = judge_block (&block, team, error);
  if (done)
    finish (metrics, per_query, &block);
  free_workers (&block);
  return done;
}

static size_t
choose_block (const GuiseJudgement *judgement)
{
  size_t n = BLOCK_BYTES / sizeof (float) / MAX (judgement->n_gallery, 1);

  return CLAMP (n, 16, MAX (judgement->n_queries, 16));
}

gboolean
guise_metrics_compute_blocks (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                              const GuiseJudgement *judgement, GuiseScoreRows fill, gpointer data,
                              size_t n_block, NnTeam *team, GError **error)
{
  size_t step = n_block > 0 ? n_block : choose_block (judgement);
  g_autofree float *rows = g_new (float, MAX (step * judgement->n_gallery, 1));
  g_autofree GuiseQueryResult *results = g_new0 (GuiseQueryResult, MAX (judgement->n_queries, 1));
  Block block = { .judgement = judgement, .rows = rows, .n_lambdas = 1, .results = results };
  gboolean done = TRUE;

  create_workers (&block, team);
  for (; done && block.first < judgement->n_queries; block.first += step) {
    block.n = MIN (step, judgement->n_queries - block.first);
    done = fill (rows, block.first, block.n, data, error) && judge_block (&block, team, error);
  }
  if (done)
    finish (metrics, per_query, &block);
  free_workers (&block);
  return done;
}

gboolean
guise_metrics_sweep (GuiseMetrics *metrics, GuiseQueryResult *per_query,
                     const GuiseJudgement *judgement, const GuiseEmbeddings *embeddings,
                     const double *lambdas, size_t n_lambdas, NnTeam *team, GError **error)
{
  const GuiseEmbeddings *e = embeddings;
  gboolean identity = e->query_identity != NULL && e->gallery_identity != NULL;
  gboolean clothing = e->query_clothing != NULL && e->gallery_clothing != NULL;
  size_t step = choose_block (judgement), size = MAX (step * judgement->n_gallery, 1);
  g_autofree float *rows = g_new (float, size);
  g_autofree float *other_rows = identity && clothing ? g_new (float, size) : NULL;
  g_autofree GuiseQueryResult *results = NULL;
  Block block = { .judgement = judgement,
                  .rows = rows,
                  .other_rows = other_rows,
                  .embeddings = embeddings,
                  .lambdas = lambdas,
                  .n_lambdas = n_lambdas };
  gboolean done = TRUE;

  g_return_val_if_fail (identity || clothing, FALSE);
  results = g_new0 (GuiseQueryResult, MAX (judgement->n_queries * n_lambdas, 1));
  block.results = results;
  create_workers (&block, team);
  for (; done && block.first < judgement->n_queries; block.first += step) {
    block.n = MIN (step, judgement->n_queries - block.first);
    done = judge_block (&block, team, error);
  }
  if (done)
    finish (metrics, per_query, &block);
  free_workers (&block);
  return done;
}
