/* An index in half precision answers as the same one in floats, to the last bit, and reads few of
 * the floats for it. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-index.h"
#include "guise-ranking.h"
#include "guise-safetensors-writer.h"
#include "nn-random.h"
#include "temp-folder.h"

/* ---- galleries ---- */

enum { N = 700,
       F = 33 };

typedef enum { RANDOM,
               TIES,      /* each row three times */
               NEAR_TIES, /* rows that differ by less than a half can say */
               CLUSTERS,  /* around seven centres, as close as halves are */
               SMALL,     /* halves of these are subnormal, or nothing */
               TINY,      /* subnormal as floats too */
               LARGE,     /* up to the largest half */
               EQUAL,     /* all the same */
               N_KINDS } Kind;

static double
draw (guint64 seed, gsize i)
{
  return nn_random_uniform (seed, i) - 0.5;
}

static float
make_number (Kind kind, guint64 seed, gsize row, gsize column)
{
  gsize at = row * F + column;

  switch (kind) {
  case TIES:
    return draw (seed, row % (N / 3) * F + column) / 4;
  case NEAR_TIES:
    return draw (seed, column) / 4 * (1 + draw (seed + 1, at) * 1e-6);
  case CLUSTERS:
    return draw (seed, row % 7 * F + column) / 4 * (1 + draw (seed + 1, at) * 1e-3);
  case SMALL:
    return draw (seed, at) * (row % 2 == 0 ? 1e-6 : 1e-9);
  case TINY:
    return draw (seed, at) * (row % 2 == 0 ? 1e-38 : 1e-43);
  case LARGE:
    return draw (seed, at) * 2 * 65504;
  case EQUAL:
    return draw (seed, column);
  default:
    return draw (seed, at) / 4;
  }
}

static float *
make_rows (Kind kind, guint64 seed)
{
  float *rows = g_new (float, N *F);

  for (gsize i = 0; i < N; i++)
    for (gsize k = 0; k < F; k++)
      rows[i * F + k] = make_number (kind, seed, i, k);
  return rows;
}

static GuiseIndex *
make_index (Kind kind, GuiseIndexStorage storage, GError **error)
{
  const GuiseIndexInfo info = {
    .run = "r", .checkpoint = "c", .split = "all", .storage = storage
  };
  g_autofree float *v = make_rows (kind, 10), *c = make_rows (kind, 20), *norm = g_new0 (float, N);
  g_autofree gint64 *ids = g_new (gint64, N);

  for (gsize i = 0; i < N; i++)
    ids[i] = 1000 - (gint64)i;
  return guise_index_new (&info, N, F, v, c, norm, ids, error);
}

/* ---- the same answers ---- */

typedef struct {
  GuiseRanking *exact, *half;
} Pair;

static void
pair_clear (Pair *pair)
{
  guise_ranking_free (pair->exact);
  guise_ranking_free (pair->half);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* form: both parts, one alone, or something taken away. */
static GuiseQuery *
make_query (guint form, double size)
{
  GuiseQuery *query = guise_query_new (F);
  float t[F], u[F], not_t[F], not_u[F];

  for (gsize k = 0; k < F; k++) {
    t[k] = draw (30 + form, k) * size;
    u[k] = draw (40 + form, k) * size;
    not_t[k] = draw (50, k) * size;
    not_u[k] = draw (60, k) * size;
  }
  if (form == 1)
    guise_query_add_who (query, t);
  else if (form == 2)
    guise_query_add_wearing (query, u);
  else
    guise_query_add_text (query, t, u);
  if (form == 3)
    guise_query_subtract (query, not_t, not_u);
  return query;
}

static void
pair_init (Pair *pair, Kind kind, guint form, double size, NnTeam *team)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseIndex) exact = make_index (kind, GUISE_STORAGE_FLOAT32, &error);
  g_autoptr (GuiseIndex) half = make_index (kind, GUISE_STORAGE_FLOAT16, &error);
  g_autoptr (GuiseQuery) query = make_query (form, size);

  g_assert_no_error (error);
  pair->exact = guise_ranking_new (exact, query, team, &error);
  g_assert_no_error (error);
  pair->half = guise_ranking_new (half, query, team, &error);
  g_assert_no_error (error);
}

static void
assert_same_hits (const Pair *pair, double lambda, const guint64 *keep, gsize k)
{
  gsize n = 0, n_half = 0;
  g_autofree GuiseHit *hits = guise_ranking_top (pair->exact, lambda, keep, k, &n);
  g_autofree GuiseHit *half = guise_ranking_top (pair->half, lambda, keep, k, &n_half);

  g_assert_cmpuint (n_half, ==, n);
  for (gsize r = 0; r < n; r++) {
    g_assert_cmpuint (half[r].index, ==, hits[r].index);
    g_assert_cmpint (half[r].id, ==, hits[r].id);
    g_assert_cmpfloat (half[r].score, ==, hits[r].score);
    g_assert_cmpfloat (half[r].identity, ==, hits[r].identity);
    g_assert_cmpfloat (half[r].clothing, ==, hits[r].clothing);
  }
}

static void
assert_same_judgement (const Pair *pair, double lambda, const guint64 *keep)
{
  g_autofree guint8 *truth = g_new0 (guint8, N), *ignore = g_new0 (guint8, N);
  GuiseQueryResult exact, half;

  for (gsize i = 0; i < N; i++) {
    truth[i] = nn_random_below (70, i, 40) == 0;
    ignore[i] = nn_random_below (71, i, 9) == 0;
  }
  guise_ranking_judge (pair->exact, lambda, keep, truth, ignore, &exact);
  guise_ranking_judge (pair->half, lambda, keep, truth, ignore, &half);
  g_assert_cmpuint (half.n_positives, ==, exact.n_positives);
  g_assert_cmpuint (half.first_rank, ==, exact.first_rank);
  g_assert_cmpuint (half.last_rank, ==, exact.last_rank);
  g_assert_cmpfloat (half.ap, ==, exact.ap);
}

static void
assert_same_scores (const Pair *pair, double lambda)
{
  g_autofree float *exact = g_new (float, N), *half = g_new (float, N);

  guise_ranking_get_scores (pair->exact, lambda, exact);
  guise_ranking_get_scores (pair->half, lambda, half);
  g_assert_cmpmem (half, N * sizeof (float), exact, N * sizeof (float));
}

/* Each question to a ranking that has answered nothing yet, and all of them to one. */
static void
check_kind (Kind kind, guint form, double size, NnTeam *team)
{
  const double lambdas[] = { 0.35, 0, 1, 0.999, 1e-4 };
  const gsize best[] = { 1, 10, 48, N, 3 * N };
  g_autofree guint64 *keep = g_new0 (guint64, N / 64 + 1);
  g_auto (Pair) all = { 0 };

  for (gsize i = 0; i < N; i++)
    keep[i / 64] |= (guint64)(nn_random_below (80, i, 3) > 0) << (i % 64);
  pair_init (&all, kind, form, size, team);
  for (gsize l = 0; l < G_N_ELEMENTS (lambdas); l++) {
    for (gsize b = 0; b < G_N_ELEMENTS (best); b++) {
      g_auto (Pair) fresh = { 0 };

      pair_init (&fresh, kind, form, size, team);
      assert_same_hits (&fresh, lambdas[l], b % 2 ? keep : NULL, best[b]);
      if (b < 3)
        assert_same_hits (&all, lambdas[l], b % 2 ? NULL : keep, best[b]);
    }
    assert_same_judgement (&all, lambdas[l], l % 2 ? keep : NULL);
  }
  assert_same_judgement (&all, 0.5, NULL);
  assert_same_scores (&all, 0.5);
  assert_same_hits (&all, 0.1, NULL, 48);
}

static void
test_same_answers (void)
{
  NnTeam *team = nn_team_create (2);

  for (Kind kind = RANDOM; kind < N_KINDS; kind++)
    for (guint form = 0; form < 4; form++)
      check_kind (kind, form, kind == TINY ? 1e-3 : 1, form % 2 ? team : NULL);
  nn_team_free (team);
}

/* Judged before anything else is asked. */
static void
test_same_judgements (void)
{
  for (Kind kind = RANDOM; kind < N_KINDS; kind++) {
    g_auto (Pair) pair = { 0 };

    pair_init (&pair, kind, 0, 1, NULL);
    assert_same_judgement (&pair, 0.4, NULL);
  }
}

/* Products that a float may not hold are not made of halves; those that it does not hold are
 * refused, as without halves. */
static void
test_long_vectors (void)
{
  g_autoptr (GuiseIndex) half = make_index (LARGE, GUISE_STORAGE_FLOAT16, NULL);
  g_autoptr (GuiseQuery) query = make_query (0, 1e36);
  g_autoptr (GError) error = NULL;

  check_kind (LARGE, 0, 2e32, NULL);
  check_kind (LARGE, 0, 1e33, NULL);
  g_assert_null (guise_ranking_new (half, query, NULL, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_NOT_FINITE);
}

/* What makes it fast: of a gallery that is spread, few rows of floats are read. */
static void
test_reads_few (void)
{
  g_auto (Pair) pair = { 0 };
  gsize n;

  pair_init (&pair, RANDOM, 0, 1, NULL);
  g_assert_cmpuint (guise_ranking_count_exact (pair.exact), ==, N);
  g_assert_cmpuint (guise_ranking_count_exact (pair.half), ==, 0);
  g_free (guise_ranking_top (pair.half, 0.5, NULL, 10, &n));
  g_assert_cmpuint (guise_ranking_count_exact (pair.half), >=, 10);
  g_assert_cmpuint (guise_ranking_count_exact (pair.half), <=, 15);
  assert_same_scores (&pair, 0.5);
  g_assert_cmpuint (guise_ranking_count_exact (pair.half), ==, N);
}

static gpointer
rank_often (gpointer data)
{
  const Pair *pair = data;

  for (guint i = 0; i < 20; i++)
    assert_same_hits (pair, i / 20.0, NULL, 30);
  assert_same_judgement (pair, 0.3, NULL);
  assert_same_scores (pair, 0.3);
  return NULL;
}

static void
test_threads (void)
{
  g_auto (Pair) pair = { 0 };
  GThread *threads[3];

  pair_init (&pair, CLUSTERS, 0, 1, NULL);
  for (gsize t = 0; t < G_N_ELEMENTS (threads); t++)
    threads[t] = g_thread_new ("rank", rank_often, &pair);
  for (gsize t = 0; t < G_N_ELEMENTS (threads); t++)
    g_thread_join (threads[t]);
}

/* ---- the file ---- */

static void
test_round_trip (void)
{
  g_autofree char *folder = temp_folder_new ("half-index");
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  g_autoptr (GuiseIndex) made = make_index (RANDOM, GUISE_STORAGE_FLOAT16, NULL), read = NULL;
  g_autoptr (GError) error = NULL;
  const GuiseHalfRows *a, *b;

  /* 33 columns and 700 rows: the floats behind the halves still lie where floats may. */
  g_assert_true (guise_index_write (path, guise_index_get_info (made), N, F,
                                    guise_index_get_identity (made),
                                    guise_index_get_clothing (made), guise_index_get_norm (made),
                                    guise_index_get_ids (made), &error));
  read = guise_index_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (guise_index_get_info (read)->storage, ==, GUISE_STORAGE_FLOAT16);
  a = guise_index_get_identity_halves (made);
  b = guise_index_get_identity_halves (read);
  g_assert_cmpmem (b->halves, N * F * 2, a->halves, N * F * 2);
  g_assert_cmpmem (b->spans, N * sizeof (float), a->spans, N * sizeof (float));
  g_assert_null (b->owned); /* they lie in the file */
  b = guise_index_get_clothing_halves (read);
  g_assert_cmpmem (b->halves, N * F * 2, guise_index_get_clothing_halves (made)->halves,
                   N * F * 2);
  temp_folder_remove (folder);
}

static void
test_out_of_range (void)
{
  const GuiseIndexInfo info
      = { .run = "r", .checkpoint = "c", .split = "all", .storage = GUISE_STORAGE_FLOAT16 };
  g_autofree char *folder = temp_folder_new ("half-index");
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  float v[] = { 1, 2, 3, 65519 }, c[] = { 1, 2, -65520, 4 };
  const float norm[] = { 1, 1 };
  const gint64 ids[] = { 1, 2 };
  g_autoptr (GError) error = NULL;

  g_assert_false (guise_index_write (path, &info, 2, 2, v, c, norm, ids, &error));
  g_assert_error (error, GUISE_SEARCH_ERROR, GUISE_SEARCH_ERROR_INDEX);
  g_assert_nonnull (strstr (error->message, "c row 1, column 0: -65520 is too large for float16"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_assert_null (guise_index_new (&info, 2, 2, v, c, norm, ids, &error));
  g_assert_nonnull (strstr (error->message, "too large for float16"));
  g_clear_error (&error);
  c[2] = 65504;
  g_assert_true (guise_index_write (path, &info, 2, 2, v, c, norm, ids, &error));
  temp_folder_remove (folder);
}

/* A file with these halves of v, and those of c unless NULL; all the rest is in order. */
static void
write_raw (const char *path, GuiseDtype dtype, gsize n_columns, const void *v_half,
           const void *c_half)
{
  static const float rows[] = { 1, 2, 3, 4, 5, 6.0001f }, norm[] = { 1, 1, 1 };
  static const gint64 ids[] = { 1, 2, 3 };
  const gsize rows_shape[] = { 3, 2 }, half_shape[] = { 3, n_columns }, ids_shape[] = { 3 };
  g_autoptr (GuiseSafetensorsWriter) writer = guise_safetensors_writer_new ();

  guise_safetensors_writer_add (writer, "v", GUISE_DTYPE_F32, 2, rows_shape, rows);
  guise_safetensors_writer_add (writer, "c", GUISE_DTYPE_F32, 2, rows_shape, rows);
  guise_safetensors_writer_add (writer, "v_half", dtype, 2, half_shape, v_half);
  if (c_half != NULL)
    guise_safetensors_writer_add (writer, "c_half", GUISE_DTYPE_F16, 2, rows_shape, c_half);
  guise_safetensors_writer_add (writer, "norm", GUISE_DTYPE_F32, 1, ids_shape, norm);
  guise_safetensors_writer_add (writer, "ids", GUISE_DTYPE_I64, 1, ids_shape, ids);
  guise_safetensors_writer_set_metadata (writer, "run", "r");
  guise_safetensors_writer_set_metadata (writer, "split", "test");
  guise_safetensors_writer_set_metadata (writer, "created", "now");
  guise_safetensors_writer_set_metadata (writer, "checkpoint", "abc");
  g_assert_true (guise_safetensors_writer_write (writer, path, NULL));
}

static void
assert_refused (const char *path, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseIndex) index = guise_index_open (path, &error);

  if (index != NULL)
    g_error ("opened, though it should be refused: %s", why);
  if (strstr (error->message, why) == NULL || strstr (error->message, path) == NULL)
    g_error ("'%s' does not say '%s'", error->message, why);
}

static void
test_damage (void)
{
  const guint16 good[] = { 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600 };
  g_autofree char *folder = temp_folder_new ("half-index");
  g_autofree char *path = g_build_filename (folder, "index.safetensors", NULL);
  g_autoptr (GuiseIndex) index = NULL;
  guint16 bad[6];

  write_raw (path, GUISE_DTYPE_F16, 2, good, good);
  index = guise_index_open (path, NULL);
  g_assert_nonnull (index);
  write_raw (path, GUISE_DTYPE_F16, 2, good, NULL);
  assert_refused (path, "tensor 'c_half' is missing");
  write_raw (path, GUISE_DTYPE_BF16, 2, good, good);
  assert_refused (path, "tensor 'v_half': BF16");
  write_raw (path, GUISE_DTYPE_F16, 1, good, good);
  assert_refused (path, "v_half [3,1] and v [3,2]: do not belong together");
  for (guint turn = 0; turn < 4; turn++) {
    const guint16 wrong[] = { 0x4604, 0x7e00, 0x7c00, 0xc600 }; /* 6.016, NaN, ∞, -6 */

    memcpy (bad, good, sizeof bad);
    bad[5] = wrong[turn];
    write_raw (path, GUISE_DTYPE_F16, 2, good, bad);
    assert_refused (path, "c_half row 2");
  }
  temp_folder_remove (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/half-index/same-answers", test_same_answers);
  g_test_add_func ("/half-index/same-judgements", test_same_judgements);
  g_test_add_func ("/half-index/long-vectors", test_long_vectors);
  g_test_add_func ("/half-index/reads-few", test_reads_few);
  g_test_add_func ("/half-index/threads", test_threads);
  g_test_add_func ("/half-index/round-trip", test_round_trip);
  g_test_add_func ("/half-index/out-of-range", test_out_of_range);
  g_test_add_func ("/half-index/s21-damage", test_damage);
  return g_test_run ();
}
