/* Retrieval metrics against hand-worked rankings, against a full sort, and against NumPy's figures.
 */
#include <math.h>
#include <string.h>

#include "analysis-golden.h"
#include "guise-json.h"
#include "guise-metrics.h"
#include "nn-random.h"

#define assert_near(a, b) g_assert_cmpfloat_with_epsilon ((a), (b), 1e-9)

static void
judge (GuiseQueryResult *result, const float *scores, const char *positive, const char *ignore)
{
  size_t n = strlen (positive);
  guint8 yes[16], out[16];

  for (size_t i = 0; i < n; i++) {
    yes[i] = positive[i] == '1';
    out[i] = ignore != NULL && ignore[i] == '1';
  }
  g_assert_true (
      guise_metrics_judge_row (result, scores, yes, ignore != NULL ? out : NULL, n, NULL));
}

static void
test_hand (void)
{
  const float scores[] = { 0.1f, 0.9f, 0.5f, 0.7f, 0.3f };
  GuiseQueryResult r;

  /* The order is 1 3 2 4 0; the positives 3 and 0 stand at 2 and 5. */
  judge (&r, scores, "10010", NULL);
  g_assert_cmpuint (r.n_positives, ==, 2);
  g_assert_cmpuint (r.first_rank, ==, 2);
  g_assert_cmpuint (r.last_rank, ==, 5);
  assert_near (r.ap, 0.5 * (1.0 / 2 + 2.0 / 5));
  /* Without items 1 and 2 they stand at 1 and 3. */
  judge (&r, scores, "10010", "01100");
  g_assert_cmpuint (r.first_rank, ==, 1);
  g_assert_cmpuint (r.last_rank, ==, 3);
  assert_near (r.ap, 0.5 * (1 + 2.0 / 3));
  /* An ignored positive does not count. */
  judge (&r, scores, "10010", "00010");
  g_assert_cmpuint (r.n_positives, ==, 1);
  g_assert_cmpuint (r.first_rank, ==, 4);
  /* All positives. */
  judge (&r, scores, "11111", NULL);
  g_assert_cmpuint (r.last_rank, ==, 5);
  assert_near (r.ap, 1);
  /* None, or none left. */
  judge (&r, scores, "00000", NULL);
  g_assert_cmpuint (r.n_positives, ==, 0);
  g_assert_cmpuint (r.first_rank, ==, 0);
  judge (&r, scores, "10010", "10010");
  g_assert_cmpuint (r.n_positives, ==, 0);
}

static void
test_ties (void)
{
  const float equal[] = { 0.5f, 0.5f, 0.5f, 0.5f }, zeros[] = { -0.0f, 0.0f, 0.0f };
  const float endless[] = { -INFINITY, INFINITY, 0, INFINITY };
  GuiseQueryResult r;

  judge (&r, equal, "0010", NULL);
  g_assert_cmpuint (r.first_rank, ==, 3);
  judge (&r, equal, "1001", NULL);
  g_assert_cmpuint (r.first_rank, ==, 1);
  g_assert_cmpuint (r.last_rank, ==, 4);
  judge (&r, equal, "0001", "0110");
  g_assert_cmpuint (r.first_rank, ==, 2);
  judge (&r, zeros, "010", NULL); /* minus zero equals zero */
  g_assert_cmpuint (r.first_rank, ==, 2);
  judge (&r, endless, "1001", NULL);
  g_assert_cmpuint (r.first_rank, ==, 2);
  g_assert_cmpuint (r.last_rank, ==, 4);
}

/* ---- against a full sort ---- */

typedef struct {
  size_t n_queries, n_gallery;
  float *similarity;
  gint64 *query_ids, *gallery_ids, *query_outfits, *gallery_outfits;
  guint8 *ignore;
} Problem;

static Problem *
create_problem (guint64 seed, size_t n_queries, size_t n_gallery, guint levels)
{
  Problem *p = g_new0 (Problem, 1);
  guint64 at = 0;

  p->n_queries = n_queries;
  p->n_gallery = n_gallery;
  p->similarity = g_new (float, n_queries *n_gallery);
  p->ignore = g_new (guint8, n_queries * n_gallery);
  p->query_ids = g_new (gint64, n_queries);
  p->query_outfits = g_new (gint64, n_queries);
  p->gallery_ids = g_new (gint64, n_gallery);
  p->gallery_outfits = g_new (gint64, n_gallery);
  for (size_t i = 0; i < n_queries * n_gallery; i++) {
    p->similarity[i] = (float)nn_random_below (seed, at++, levels) / levels - 0.5f;
    p->ignore[i] = nn_random_below (seed, at++, 5) == 0;
  }
  for (size_t i = 0; i < n_queries; i++) {
    p->query_ids[i] = nn_random_below (seed, at++, 12);
    p->query_outfits[i] = nn_random_below (seed, at++, 3);
  }
  for (size_t j = 0; j < n_gallery; j++) {
    p->gallery_ids[j] = nn_random_below (seed, at++, 10);
    p->gallery_outfits[j] = nn_random_below (seed, at++, 3);
  }
  return p;
}

static void
problem_free (Problem *p)
{
  g_free (p->similarity);
  g_free (p->ignore);
  g_free (p->query_ids);
  g_free (p->query_outfits);
  g_free (p->gallery_ids);
  g_free (p->gallery_outfits);
  g_free (p);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Problem, problem_free)

static int
compare_items (const void *a, const void *b, void *data)
{
  const float *scores = data;
  size_t i = *(const size_t *)a, j = *(const size_t *)b;

  if (scores[i] != scores[j])
    return scores[i] > scores[j] ? -1 : 1;
  return i < j ? -1 : i > j;
}

typedef struct {
  double r[3], ap, inp;
  size_t skipped;
} Sums;

/* One query the slow way: sort, then walk. mask: use the ignore matrix; outfits: clothing change.
 */
static void
sort_and_walk (const Problem *p, const float *scores, size_t q, gboolean mask, gboolean outfits,
               Sums *sums)
{
  g_autofree size_t *order = g_new (size_t, p->n_gallery);
  size_t n = 0, hits = 0, first = 0, last = 0;
  double ap = 0;

  for (size_t j = 0; j < p->n_gallery; j++) {
    gboolean same = p->gallery_ids[j] == p->query_ids[q];

    if (mask && p->ignore[q * p->n_gallery + j])
      continue;
    if (outfits && same && p->gallery_outfits[j] == p->query_outfits[q])
      continue;
    order[n++] = j;
  }
  g_qsort_with_data (order, n, sizeof *order, (GCompareDataFunc)compare_items, (void *)scores);
  for (size_t rank = 1; rank <= n; rank++) {
    if (p->gallery_ids[order[rank - 1]] != p->query_ids[q])
      continue;
    hits++;
    ap += (double)hits / rank;
    first = first == 0 ? rank : first;
    last = rank;
  }
  if (hits == 0) {
    sums->skipped++;
    return;
  }
  sums->r[0] += first <= 1;
  sums->r[1] += first <= 5;
  sums->r[2] += first <= 10;
  sums->ap += ap / hits;
  sums->inp += (double)hits / last;
}

static void
assert_equal (const GuiseMetrics *metrics, const Sums *sums)
{
  double n = metrics->n_queries - sums->skipped;

  g_assert_cmpuint (metrics->n_skipped, ==, sums->skipped);
  assert_near (metrics->r1, 100 * sums->r[0] / n);
  assert_near (metrics->r5, 100 * sums->r[1] / n);
  assert_near (metrics->r10, 100 * sums->r[2] / n);
  assert_near (metrics->map, 100 * sums->ap / n);
  assert_near (metrics->minp, 100 * sums->inp / n);
}

static void
test_brute_force (void)
{
  for (guint seed = 0; seed < 24; seed++) {
    g_autoptr (Problem) p = create_problem (seed, 1 + seed * 3, 5 + seed * 7, 1 + seed * seed);
    gboolean mask = seed % 2, outfits = seed % 3 == 0;
    NnTeam *team = seed % 4 == 0 ? nn_team_create (3) : NULL;
    GuiseJudgement judgement = { .n_queries = p->n_queries,
                                 .n_gallery = p->n_gallery,
                                 .query_ids = p->query_ids,
                                 .gallery_ids = p->gallery_ids };
    GuiseMetrics metrics;
    Sums sums = { 0 };

    if (mask)
      judgement.ignore = p->ignore;
    if (outfits) {
      judgement.query_outfits = p->query_outfits;
      judgement.gallery_outfits = p->gallery_outfits;
    }
    for (size_t q = 0; q < p->n_queries; q++)
      sort_and_walk (p, p->similarity + q * p->n_gallery, q, mask, outfits, &sums);
    g_assert_true (guise_metrics_compute (&metrics, NULL, &judgement, p->similarity, team, NULL));
    if (sums.skipped < p->n_queries)
      assert_equal (&metrics, &sums);
    nn_team_free (team);
  }
}

/* ---- the other ways in ---- */

static gboolean
fill_rows (float *rows, size_t first, size_t n, gpointer data, GError **error)
{
  const Problem *p = data;

  memcpy (rows, p->similarity + first * p->n_gallery, n * p->n_gallery * sizeof *rows);
  return TRUE;
}

static gboolean
fail_rows (float *rows, size_t first, size_t n, gpointer data, GError **error)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_IO, "no more rows");
  return FALSE;
}

static void
test_blocks (void)
{
  g_autoptr (Problem) p = create_problem (3, 41, 60, 7);
  const GuiseJudgement judgement = { .n_queries = 41,
                                     .n_gallery = 60,
                                     .query_ids = p->query_ids,
                                     .gallery_ids = p->gallery_ids,
                                     .ignore = p->ignore };
  GuiseMetrics whole, blocks;
  GuiseQueryResult a[41], b[41];
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_metrics_compute (&whole, a, &judgement, p->similarity, NULL, NULL));
  for (size_t size = 0; size < 50; size += 7) {
    memset (b, 0xff, sizeof b);
    g_assert_true (
        guise_metrics_compute_blocks (&blocks, b, &judgement, fill_rows, p, size, NULL, NULL));
    g_assert_cmpmem (&whole, sizeof whole, &blocks, sizeof blocks);
    g_assert_cmpmem (a, sizeof a, b, sizeof b);
  }
  g_assert_false (
      guise_metrics_compute_blocks (&blocks, b, &judgement, fail_rows, p, 8, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_IO);
}

static void
fill_random (float *values, size_t n, guint64 seed)
{
  for (size_t i = 0; i < n; i++)
    values[i] = nn_random_uniform (seed, i) - 0.5;
}

static void
test_sweep (void)
{
  enum { Q = 45,
         G = 50,
         D = 9 };
  const double lambdas[] = { 0, 0.3, 1 };
  g_autoptr (Problem) p = create_problem (4, Q, G, 3);
  float t[Q * D], u[Q * D], v[G * D], c[G * D];
  GuiseEmbeddings embeddings = { D, t, u, v, c };
  const GuiseJudgement judgement = {
    .n_queries = Q, .n_gallery = G, .query_ids = p->query_ids, .gallery_ids = p->gallery_ids
  };
  GuiseMetrics swept[3], one, alone;
  GuiseQueryResult last[Q], single[Q];
  NnTeam *team = nn_team_create (2);

  fill_random (t, Q * D, 1);
  fill_random (u, Q * D, 2);
  fill_random (v, G * D, 3);
  fill_random (c, G * D, 4);
  g_assert_true (
      guise_metrics_sweep (swept, last, &judgement, &embeddings, lambdas, 3, team, NULL));
  for (guint l = 0; l < 3; l++) {
    for (size_t i = 0; i < Q; i++) {
      for (size_t j = 0; j < G; j++) {
        double identity = 0, clothing = 0;

        for (size_t k = 0; k < D; k++) {
          identity += t[i * D + k] * v[j * D + k];
          clothing += u[i * D + k] * c[j * D + k];
        }
        p->similarity[i * G + j] = lambdas[l] * identity + (1 - lambdas[l]) * clothing;
      }
    }
    g_assert_true (guise_metrics_compute (&one, single, &judgement, p->similarity, NULL, NULL));
    assert_near (one.map, swept[l].map);
    assert_near (one.r5, swept[l].r5);
  }
  g_assert_cmpmem (single, sizeof single, last, sizeof last); /* λ = 1 came last */
  embeddings.query_clothing = NULL;
  g_assert_true (
      guise_metrics_sweep (&alone, NULL, &judgement, &embeddings, lambdas, 1, NULL, NULL));
  assert_near (alone.map, swept[2].map); /* identity alone, although λ is 0 */
  nn_team_free (team);
}

static void
test_rules (void)
{
  const float scores[] = { 0.9f, 0.8f, 0.7f, 0.6f };
  const gint64 query = 1, gallery[] = { 1, 1, 1, 2 }, outfit = 5, outfits[] = { 5, 6, 5, 5 };
  const gint64 camera = 2, cameras[] = { 1, 1, 2, 2 }, item = 42, items[] = { 40, 42, 44, 46 };
  const gint64 person = 2, persons[] = { 2, 2, 2, 1 };
  GuiseJudgement judgement
      = { .n_queries = 1, .n_gallery = 4, .query_ids = &query, .gallery_ids = gallery };
  GuiseQueryResult r;
  GuiseMetrics metrics;

  judgement.query_outfits = &outfit;
  judgement.gallery_outfits = outfits; /* 0 and 2 go; another person's same outfit stays */
  guise_metrics_compute (&metrics, &r, &judgement, scores, NULL, NULL);
  g_assert_cmpuint (r.n_positives, ==, 1);
  g_assert_cmpuint (r.first_rank, ==, 1);
  judgement.query_outfits = judgement.gallery_outfits = NULL;
  judgement.query_cameras = &camera;
  judgement.gallery_cameras = cameras; /* 2 goes */
  guise_metrics_compute (&metrics, &r, &judgement, scores, NULL, NULL);
  g_assert_cmpuint (r.n_positives, ==, 2);
  judgement.query_persons = &person;
  judgement.gallery_persons = persons;
  guise_metrics_compute (&metrics, &r, &judgement, scores, NULL, NULL);
  g_assert_cmpuint (r.n_positives, ==, 2);
  g_assert_cmpuint (r.last_rank, ==, 2);
  judgement.query_cameras = judgement.gallery_cameras = NULL;
  judgement.query_items = &item;
  judgement.gallery_items = items; /* 1 goes */
  guise_metrics_compute (&metrics, &r, &judgement, scores, NULL, NULL);
  g_assert_cmpuint (r.n_positives, ==, 2);
  assert_near (r.ap, 1);
}

static void
test_nan (void)
{
  g_autoptr (Problem) p = create_problem (9, 12, 10, 50);
  const GuiseJudgement judgement = {
    .n_queries = 12, .n_gallery = 10, .query_ids = p->query_ids, .gallery_ids = p->gallery_ids
  };
  NnTeam *team = nn_team_create (2);
  g_autoptr (GError) error = NULL;
  GuiseMetrics metrics;

  p->similarity[11 * 10 + 2] = NAN;
  p->similarity[7 * 10 + 3] = NAN;
  g_assert_false (guise_metrics_compute (&metrics, NULL, &judgement, p->similarity, team, &error));
  g_assert_error (error, GUISE_METRICS_ERROR, GUISE_METRICS_ERROR_NAN);
  g_assert_nonnull (strstr (error->message, "query 7 and gallery item 3"));
  nn_team_free (team);
}

static void
test_nothing (void)
{
  const float scores[] = { 1, 2 };
  const gint64 query = 5, gallery[] = { 1, 2 };
  GuiseJudgement judgement
      = { .n_queries = 1, .n_gallery = 2, .query_ids = &query, .gallery_ids = gallery };
  GuiseMetrics metrics;

  g_assert_true (guise_metrics_compute (&metrics, NULL, &judgement, scores, NULL, NULL));
  g_assert_cmpuint (metrics.n_skipped, ==, 1);
  g_assert_true (isnan (metrics.r1) && isnan (metrics.map) && isnan (metrics.minp));
  judgement.n_queries = 0;
  g_assert_true (guise_metrics_compute (&metrics, NULL, &judgement, scores, NULL, NULL));
  g_assert_cmpuint (metrics.n_queries, ==, 0);
  judgement.n_queries = 1;
  judgement.n_gallery = 0;
  g_assert_true (guise_metrics_compute (&metrics, NULL, &judgement, scores, NULL, NULL));
  g_assert_cmpuint (metrics.n_skipped, ==, 1);
}

static void
test_numpy (void)
{
  g_autoptr (GuiseNpy) scores = analysis_golden_read ("similarity.npy");
  g_autoptr (GuiseNpy) queries = analysis_golden_read ("query-ids.npy");
  g_autoptr (GuiseNpy) gallery = analysis_golden_read ("gallery-ids.npy");
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "analysis", "metrics.json", NULL);
  json_auto_t *expected = guise_json_load (path, 1 << 16, NULL);
  const GuiseJudgement judgement = { .n_queries = scores->shape[0],
                                     .n_gallery = scores->shape[1],
                                     .query_ids = queries->data,
                                     .gallery_ids = gallery->data };
  GuiseMetrics m;

  g_assert_nonnull (expected);
  g_assert_true (guise_metrics_compute (&m, NULL, &judgement, scores->data, NULL, NULL));
  assert_near (m.r1, json_number_value (json_object_get (expected, "r1")));
  assert_near (m.r5, json_number_value (json_object_get (expected, "r5")));
  assert_near (m.r10, json_number_value (json_object_get (expected, "r10")));
  assert_near (m.map, json_number_value (json_object_get (expected, "map")));
  assert_near (m.minp, json_number_value (json_object_get (expected, "minp")));
  g_assert_cmpint (m.n_skipped, ==, json_integer_value (json_object_get (expected, "skipped")));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metrics/hand", test_hand);
  g_test_add_func ("/metrics/ties", test_ties);
  g_test_add_func ("/metrics/brute-force", test_brute_force);
  g_test_add_func ("/metrics/blocks", test_blocks);
  g_test_add_func ("/metrics/sweep", test_sweep);
  g_test_add_func ("/metrics/rules", test_rules);
  g_test_add_func ("/metrics/nan", test_nan);
  g_test_add_func ("/metrics/nothing", test_nothing);
  g_test_add_func ("/metrics/numpy", test_numpy);
  return g_test_run ();
}
