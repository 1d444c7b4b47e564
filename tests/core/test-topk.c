/* Exact top-k: against a full sort, with rows that tie, tiny and huge ones, and what is refused. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "guise-topk.h"
#include "nn-random.h"

static void
test_select (void)
{
  const float scores[] = { 1, 3, 2, 3, 0, 3 };
  const guint64 odd = 0x2a; /* 1, 3, 5 */
  const guint64 even = 0x15;
  size_t best[6];

  g_assert_cmpuint (guise_topk_select (best, scores, 6, NULL, 4), ==, 4);
  g_assert_cmpuint (best[0], ==, 1);
  g_assert_cmpuint (best[1], ==, 3);
  g_assert_cmpuint (best[2], ==, 5);
  g_assert_cmpuint (best[3], ==, 2);
  g_assert_cmpuint (guise_topk_select (best, scores, 6, &odd, 2), ==, 2);
  g_assert_cmpuint (best[1], ==, 3);
  g_assert_cmpuint (guise_topk_select (best, scores, 6, &even, 6), ==, 3);
  g_assert_cmpuint (best[0], ==, 2);
  g_assert_cmpuint (best[2], ==, 4);
  g_assert_cmpuint (guise_topk_select (best, scores, 6, NULL, 0), ==, 0);
  g_assert_cmpuint (guise_topk_select (best, scores, 0, NULL, 3), ==, 0);
}

static int
compare_indices (const void *a, const void *b, void *data)
{
  const float *scores = data;
  gint64 i = *(const gint64 *)a, j = *(const gint64 *)b;

  if (scores[i] != scores[j])
    return scores[i] > scores[j] ? -1 : 1;
  return i < j ? -1 : i > j;
}

/* All gallery rows in order, by double products rounded once, as a naive reader would. */
static void
sort_gallery (gint64 *order, float *scores, const float *gallery, const float *query, size_t n,
              size_t dim)
{
  for (size_t j = 0; j < n; j++) {
    scores[j] = guise_topk_dot (query, gallery + j * dim, dim);
    order[j] = j;
  }
  g_qsort_with_data (order, n, sizeof *order, compare_indices, scores);
}

static void
check_topk (size_t n, size_t n_queries, size_t dim, size_t k, gboolean integers, NnTeam *team)
{
  g_autofree float *gallery = g_new (float, n *dim), *queries = g_new (float, n_queries *dim);
  g_autofree float *scores = g_new (float, n_queries *k), *expected = g_new (float, n);
  g_autofree gint64 *indices = g_new (gint64, n_queries * k), *order = g_new (gint64, n);

  for (size_t i = 0; i < n * dim; i++) /* every row stands there three times */
    gallery[i] = integers ? (double)nn_random_below (1, i % (n / 3 * dim), 5) - 2
                          : nn_random_uniform (1, i % (n / 3 * dim)) - 0.5;
  for (size_t i = 0; i < n_queries * dim; i++)
    queries[i] = integers ? (double)nn_random_below (2, i, 5) - 2 : nn_random_uniform (2, i) - 0.5;
  g_assert_true (
      guise_topk (indices, scores, gallery, n, queries, n_queries, dim, k, team, NULL));
  for (size_t q = 0; q < n_queries; q++) {
    sort_gallery (order, expected, gallery, queries + q * dim, n, dim);
    for (size_t r = 0; r < k; r++) {
      g_assert_cmpint (indices[q * k + r], ==, order[r]);
      g_assert_cmpfloat (scores[q * k + r], ==, expected[order[r]]);
    }
  }
}

static void
test_topk (void)
{
  NnTeam *team = nn_team_create (2);

  check_topk (300, 17, 37, 10, FALSE, NULL);
  check_topk (301, 70, 64, 7, FALSE, team);
  check_topk (90, 5, 3, 90, TRUE, team);
  check_topk (1000, 3, 1, 13, TRUE, NULL);
  check_topk (3, 1, 129, 1, FALSE, team);
  check_topk (3000, 1, 16, 1, FALSE, team); /* several portions in each share */
  check_topk (3000, 2, 16, 300, FALSE, team);
  check_topk (3000, 70, 8, 20, TRUE, team);
  check_topk (1500, 3, 4, 1500, TRUE, team);
  nn_team_free (team);
}

/* Rows so alike that no float product tells them apart: all of them tie, or one in the middle is
 * better by less than the bound of the error. */
static void
check_alike (size_t n, size_t dim, size_t best, NnTeam *team)
{
  g_autofree float *gallery = g_new (float, n *dim), *query = g_new (float, dim);
  gint64 indices[4];
  float scores[4];

  for (size_t k = 0; k < dim; k++)
    query[k] = nn_random_uniform (7, k) - 0.5;
  for (size_t i = 0; i < n * dim; i++)
    gallery[i] = nn_random_uniform (8, i % dim) + 1;
  if (best < n)
    gallery[best * dim] = nextafterf (gallery[best * dim], query[0] > 0 ? 9 : -9);
  query[0] *= 16; /* so that one unit in the last place shows in the product */
  g_assert_true (guise_topk (indices, scores, gallery, n, query, 1, dim, 4, team, NULL));
  for (size_t r = 0; r < 4; r++) {
    gint64 expected = best >= n ? (gint64)r : r == 0 ? (gint64)best
                                                     : (gint64)r - 1;

    g_assert_cmpint (indices[r], ==, expected);
    g_assert_cmpfloat (scores[r], ==,
                       (float)guise_topk_dot (query, gallery + indices[r] * dim, dim));
  }
}

static void
test_alike (void)
{
  NnTeam *team = nn_team_create (2);

  check_alike (20000, 8, 20000, team);
  check_alike (20000, 8, 15000, NULL);
  check_alike (20000, 8, 12345, team);
  nn_team_free (team);
}

/* Lengths whose squares are no floats: too small, too large, and all zero. */
static void
test_lengths (void)
{
  const float tiny[] = { 1e-30f, -2e-30f, 3e-30f, 0, 0, 0, 2e-30f, 2e-30f, 2e-30f };
  const float huge[] = { 1e25f, 0, 0, 0, 2e25f, 0, 0, 0, 3e25f }, query[] = { 1e5f, 2e5f, 1e5f };
  gint64 indices[3];
  float scores[3];

  g_assert_true (guise_topk (indices, scores, tiny, 3, query, 1, 3, 3, NULL, NULL));
  g_assert_cmpint (indices[0], ==, 2);
  g_assert_cmpint (indices[1], ==, 0); /* its product is 0 too, or nearly */
  g_assert_cmpint (indices[2], ==, 1);
  g_assert_true (guise_topk (indices, scores, huge, 3, query, 1, 3, 3, NULL, NULL));
  g_assert_cmpint (indices[0], ==, 1);
  g_assert_cmpint (indices[1], ==, 2);
  g_assert_cmpint (indices[2], ==, 0);
}

static void
test_dot (void)
{
  const float a[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, b[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, -1 };

  g_assert_cmpfloat (guise_topk_dot (a, b, 10), ==, 35);
  g_assert_cmpfloat (guise_topk_dot (a, b, 3), ==, 6);
  g_assert_cmpfloat (guise_topk_dot (a, b, 0), ==, 0);
}

static void
test_topk_refusals (void)
{
  float gallery[] = { 1, 2, 3, 4 }, query[] = { 1, 1 };
  g_autoptr (GError) error = NULL;
  gint64 indices[4];

  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 3, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 0, NULL, &error));
  g_clear_error (&error);
  gallery[3] = NAN;
  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 1, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE);
  g_assert_nonnull (strstr (error->message, "gallery row 1, column 1: not a finite number"));
}

/* Every number is finite, but a length or a product is not. */
static void
test_too_long (void)
{
  float gallery[] = { 1, 2, 3, 4 }, query[] = { 1, 1 };
  g_autoptr (GError) error = NULL;
  gint64 indices[4];

  gallery[3] = query[0] = 1e30f;
  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 1, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "rows as long as 1e+30 and 1e+30: their products may "
                                            "not fit in a float; scale the rows down"));
  g_clear_error (&error);
  gallery[2] = gallery[3] = 3e38f;
  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 1, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "gallery row 1: 4.24264e+38 long, more than a float "
                                            "holds; scale the rows down"));
  g_clear_error (&error);
  query[0] = query[1] = -3e38f;
  g_assert_false (guise_topk (indices, NULL, gallery, 2, query, 1, 2, 1, NULL, &error));
  g_assert_nonnull (strstr (error->message, "query row 0: 4.24264e+38 long"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/topk/select", test_select);
  g_test_add_func ("/topk/dot", test_dot);
  g_test_add_func ("/topk/full-sort", test_topk);
  g_test_add_func ("/topk/alike", test_alike);
  g_test_add_func ("/topk/lengths", test_lengths);
  g_test_add_func ("/topk/refusals", test_topk_refusals);
  g_test_add_func ("/topk/too-long", test_too_long);
  return g_test_run ();
}
