/* guisectl metrics and topk: figures, arrays, wrong use, and nothing left behind by a failure. */
#include <math.h>
#include <string.h>

#include "guise-npy.h"
#include "run-ctl.h"
#include "temp-folder.h"

static char *folder;

/* Runs guisectl with arguments separated by blanks; "@/" stands for the scratch folder, "%/" for
 * the golden one. Returns the exit status. */
static int
run (const char *arguments, char **output, char **errors)
{
  g_autofree char *from = g_test_build_filename (G_TEST_DIST, "golden", "analysis", NULL);
  g_autofree char *golden = g_strconcat (from, "/", NULL);
  g_autoptr (GString) line = g_string_new (arguments);
  g_auto (GStrv) words = NULL;
  g_autofree char *scratch = g_strconcat (folder, "/", NULL);

  g_string_replace (line, "@/", scratch, 0);
  g_string_replace (line, "%/", golden, 0);
  words = g_strsplit (line->str, " ", -1);
  return ctl_run (NULL, (const char *const *)words, output, errors);
}

static void
assert_fails (const char *arguments, int status, const char *why)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, status);
  g_assert_cmpstr (output, ==, "");
  ctl_assert_one_line (errors, why);
}

static void
write_floats (const char *name, gsize rows, gsize columns, const float *values)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  const gsize shape[] = { rows, columns };

  g_assert_true (guise_npy_write (path, GUISE_DTYPE_F32, 2, shape, values, NULL));
}

static void
write_ids (const char *name, gsize n, const gint64 *values)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (guise_npy_write (path, GUISE_DTYPE_I64, 1, &n, values, NULL));
}

static GuiseNpy *
read_back (const char *name, GuiseDtype dtype)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GuiseNpy *npy = guise_npy_read (path, 1 << 20, NULL);

  g_assert_nonnull (npy);
  g_assert_true (guise_npy_check (npy, dtype, 2, path, NULL));
  return npy;
}

static gboolean
is_there (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* ---- metrics ---- */

#define GOLDEN_METRICS                                                               \
  "metrics --similarity %/similarity.npy --query-ids %/query-ids.npy --gallery-ids " \
  "%/gallery-ids.npy"

static void
test_metrics (void)
{
  static const char *const keys[] = { "r1", "r5", "r10", "map", "minp", "queries", "skipped" };
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "analysis", "metrics.json", NULL);
  g_autofree char *output = NULL, *errors = NULL, *readable = NULL;
  json_auto_t *expected = json_load_file (path, 0, NULL), *got = NULL;

  g_assert_cmpint (run (GOLDEN_METRICS " --json", &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  got = json_loads (output, 0, NULL);
  g_assert_nonnull (got);
  g_assert_cmpuint (json_object_size (got), ==, G_N_ELEMENTS (keys));
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_assert_cmpfloat_with_epsilon (json_number_value (json_object_get (got, keys[i])),
                                    json_number_value (json_object_get (expected, keys[i])), 1e-9);
  g_assert_cmpint (run (GOLDEN_METRICS, &readable, NULL), ==, 0);
  g_assert_true (g_str_has_prefix (readable, "R@1 79.31  R@5 100.00"));
  g_assert_true (g_str_has_suffix (readable, "(37 queries, 8 skipped)\n"));
}

static void
test_metrics_failures (void)
{
  const float scores[] = { 1, 2, 3, 4, NAN, 6 };
  const gint64 ids[] = { 1, 2, 3 };
  g_autofree char *output = NULL;

  write_floats ("s.npy", 2, 3, scores);
  write_ids ("two.npy", 2, ids);
  write_ids ("three.npy", 3, ids);
  assert_fails ("metrics --similarity @/s.npy --query-ids @/two.npy --gallery-ids @/three.npy", 1,
                "query 1 and gallery item 1");
  assert_fails ("metrics --similarity @/s.npy --query-ids @/three.npy --gallery-ids @/three.npy", 1,
                "3 ids for 2 queries");
  assert_fails ("metrics --similarity @/s.npy --query-ids @/two.npy --gallery-ids @/two.npy", 1,
                "2 ids for 3 gallery items");
  assert_fails ("metrics --similarity @/two.npy --query-ids @/two.npy --gallery-ids @/two.npy", 1,
                "two.npy");
  assert_fails ("metrics --similarity @/none.npy --query-ids @/two.npy --gallery-ids @/two.npy", 1,
                "No such file");
  assert_fails ("metrics --similarity @/s.npy", 2, "all needed");
  write_floats ("s.npy", 1, 3, scores);
  write_ids ("one.npy", 1, (gint64[]){ 9 });
  g_assert_cmpint (
      run ("--json metrics --similarity @/s.npy --query-ids @/one.npy --gallery-ids @/three.npy",
           &output, NULL),
      ==, 0);
  g_assert_nonnull (strstr (output, "\"r1\":null"));
  g_assert_nonnull (strstr (output, "\"skipped\":1"));
}

/* ---- topk ---- */

static void
test_topk (void)
{
  const float gallery[] = { 1, 0, 0, 1, 1, 0, -1, 0 }, queries[] = { 2, 1, 0, 0 };
  const gint64 expected[] = { 0, 2, 1, 0, 1, 2 };
  const float products[] = { 2, 2, 1, 0, 0, 0 };
  g_autofree char *output = NULL, *errors = NULL;
  g_autoptr (GuiseNpy) indices = NULL;
  g_autoptr (GuiseNpy) scores = NULL;

  write_floats ("g.npy", 4, 2, gallery);
  write_floats ("q.npy", 2, 2, queries);
  g_assert_cmpint (
      run ("topk --gallery @/g.npy --queries @/q.npy -k 3 -o @/idx.npy --scores @/sc.npy", &output,
           &errors),
      ==, 0);
  g_assert_cmpstr (output, ==, "");
  g_assert_cmpstr (errors, ==, "");
  indices = read_back ("idx.npy", GUISE_DTYPE_I64);
  scores = read_back ("sc.npy", GUISE_DTYPE_F32);
  g_assert_cmpuint (indices->shape[0], ==, 2);
  g_assert_cmpuint (indices->shape[1], ==, 3);
  g_assert_cmpmem (indices->data, sizeof expected, expected, sizeof expected);
  g_assert_cmpmem (scores->data, sizeof products, products, sizeof products);
}

static void
test_topk_failures (void)
{
  const float gallery[] = { 1, 0, 0, 1, 1, INFINITY };

  write_floats ("g.npy", 2, 2, gallery);
  write_floats ("bad.npy", 3, 2, gallery);
  write_floats ("narrow.npy", 2, 1, gallery);
  assert_fails ("topk --gallery @/g.npy --queries @/g.npy -k 3 -o @/no.npy", 1, "2 rows only");
  assert_fails ("topk --gallery @/g.npy --queries @/narrow.npy -k 1 -o @/no.npy", 1, "wide");
  assert_fails ("topk --gallery @/bad.npy --queries @/g.npy -k 1 -o @/no.npy", 1, "gallery row 2");
  assert_fails ("topk --gallery @/g.npy --queries @/g.npy -k 0 -o @/no.npy", 2, "-k");
  assert_fails ("topk --gallery @/g.npy --queries @/g.npy -k 1", 2, "needed");
  g_assert_false (is_there ("no.npy"));
  assert_fails ("topk --gallery @/g.npy --queries @/g.npy -k 1 -o @/no.npy --scores @/none/s.npy",
                1, "none");
  g_assert_false (is_there ("no.npy")); /* both or neither */
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("GUISECTL"));
  folder = temp_folder_new ("arrays");
  g_test_add_func ("/cli/metrics", test_metrics);
  g_test_add_func ("/cli/metrics/failures", test_metrics_failures);
  g_test_add_func ("/cli/topk", test_topk);
  g_test_add_func ("/cli/topk/failures", test_topk_failures);
  status = g_test_run ();
  temp_folder_free (folder);
  return status;
}
