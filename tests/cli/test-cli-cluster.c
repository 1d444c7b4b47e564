/* guisectl cluster: labels as scikit-learn's, what it says, wrong use, nothing left behind. */
#include <glib/gstdio.h>
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
  g_autofree char *from = g_test_build_filename (G_TEST_DIST, "golden", "cluster", NULL);
  g_autofree char *golden = g_strconcat (from, "/", NULL);
  g_autofree char *scratch = g_strconcat (folder, "/", NULL);
  g_autoptr (GString) line = g_string_new (arguments);
  g_auto (GStrv) words = NULL;

  g_string_replace (line, "@/", scratch, 0);
  g_string_replace (line, "%/", golden, 0);
  words = g_strsplit (line->str, " ", -1);
  return ctl_run (NULL, (const char *const *)words, output, errors);
}

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
assert_fails (const char *arguments, int status, const char *why)
{
  g_autofree char *output = NULL, *errors = NULL, *labels = in_folder ("l.npy");

  g_assert_cmpint (run (arguments, &output, &errors), ==, status);
  g_assert_cmpstr (output, ==, "");
  ctl_assert_one_line (errors, why);
  g_assert_false (g_file_test (labels, G_FILE_TEST_EXISTS));
}

static GuiseNpy *
take_labels (void)
{
  g_autofree char *path = in_folder ("l.npy");
  GuiseNpy *npy = guise_npy_read (path, 1 << 20, NULL);

  g_assert_nonnull (npy);
  g_assert_true (guise_npy_check (npy, GUISE_DTYPE_I64, 1, path, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  return npy;
}

static void
test_dbscan (void)
{
  g_autofree char *path
      = g_test_build_filename (G_TEST_DIST, "golden", "cluster", "uneven-dbscan-2.npy", NULL);
  g_autofree char *output = NULL, *errors = NULL, *readable = NULL;
  g_autoptr (GuiseNpy) labels = NULL;
  g_autoptr (GuiseNpy) expected = guise_npy_read (path, 1 << 20, NULL);
  json_auto_t *got = NULL;
  gint64 n_noise = 0;

  g_assert_cmpint (run ("cluster --json --method dbscan --eps 0.9 %/uneven.npy -o @/l.npy", &output,
                        &errors),
                   ==, 0);
  g_assert_cmpstr (errors, ==, "");
  labels = take_labels ();
  g_assert_cmpuint (labels->n_elements, ==, expected->n_elements);
  for (size_t i = 0; i < labels->n_elements; i++) {
    g_assert_cmpint (((gint64 *)labels->data)[i], ==, ((gint32 *)expected->data)[i]);
    n_noise += ((gint64 *)labels->data)[i] < 0;
  }
  got = ctl_read_last (output);
  g_assert_cmpint (ctl_get_int (got, "clusters"), ==, 2);
  g_assert_cmpint (ctl_get_int (got, "noise"), ==, n_noise);
  g_assert_cmpint (ctl_get_int (got, "reassigned"), ==, 0);
  g_assert_true (json_is_null (json_object_get (got, "note")));
  g_assert_true (json_is_null (json_object_get (got, "advice")));
  g_assert_cmpint (
      run ("cluster --method dbscan --eps 0.9 %/uneven.npy -o @/l.npy", &readable, NULL), ==, 0);
  g_assert_true (g_str_has_prefix (readable, "2 clusters, "));
  guise_npy_free (take_labels ());
}

static void
test_reassign (void)
{
  g_autofree char *output = NULL;
  g_autoptr (GuiseNpy) labels = NULL;
  json_auto_t *got = NULL;

  g_assert_cmpint (run ("--json cluster --method dbscan --eps 0.9 --reassign "
                        "%/uneven.npy -o @/l.npy",
                        &output, NULL),
                   ==, 0);
  got = ctl_read_last (output);
  g_assert_cmpint (ctl_get_int (got, "noise"), ==, 0);
  g_assert_cmpint (ctl_get_int (got, "reassigned"), >, 0);
  labels = take_labels ();
  for (size_t i = 0; i < labels->n_elements; i++)
    g_assert_cmpint (((gint64 *)labels->data)[i], >=, 0);
}

/* Each method divides the five blobs, whatever else it is told. */
static void
test_methods (void)
{
  static const char *const lines[] = {
    "hdbscan --min-cluster-size 20",
    "kmeans --k 5 --seed 3",
    "gmm -k 5",
    "agglomerative --k 5",
    "random --k 5 --threads 1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    g_autofree char *line
        = g_strconcat ("cluster --json %/blobs.npy -o @/l.npy --method ", lines[i], NULL);
    g_autofree char *output = NULL;
    json_auto_t *got = NULL;

    g_assert_cmpint (run (line, &output, NULL), ==, 0);
    got = ctl_read_last (output);
    g_assert_cmpint (ctl_get_int (got, "clusters"), ==, 5);
    guise_npy_free (take_labels ());
  }
}

static void
test_advice (void)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (
      run ("cluster --method dbscan --eps 1e-9 %/blobs.npy -o @/l.npy", &output, &errors), ==, 0);
  g_assert_cmpstr (output, ==, "0 clusters, 701 noise\n");
  g_assert_true (g_str_has_prefix (errors, "guisectl: note: no cluster was found"));
  g_assert_nonnull (strstr (errors, "larger eps"));
  guise_npy_free (take_labels ());
}

static void
test_failures (void)
{
  const float bad[] = { 1, 2, NAN, 4 };
  const gint64 whole[] = { 1, 2, 3, 4 };
  const gsize shape[] = { 2, 2 };
  g_autofree char *bad_path = in_folder ("bad.npy"), *whole_path = in_folder ("whole.npy");

  g_assert_true (guise_npy_write (bad_path, GUISE_DTYPE_F32, 2, shape, bad, NULL));
  g_assert_true (guise_npy_write (whole_path, GUISE_DTYPE_I64, 2, shape, whole, NULL));
  assert_fails ("cluster --method dbscan @/bad.npy -o @/l.npy", 1,
                "bad.npy': row 1, column 0: not a finite number");
  assert_fails ("cluster --method kmeans @/whole.npy -o @/l.npy", 1, "whole.npy");
  assert_fails ("cluster --method kmeans @/none.npy -o @/l.npy", 1, "No such file");
  assert_fails ("cluster --method kmeans --k 8 %/few.npy -o @/l.npy", 1,
                "few.npy': k = 8: must be from 1 to 7");
  assert_fails ("cluster --method kmeans --k 2 %/few.npy -o @/no/l.npy", 1, "no/l.npy");
  assert_fails ("cluster --method means %/few.npy -o @/l.npy", 2, "unknown method: 'means'");
  assert_fails ("cluster %/few.npy -o @/l.npy", 2, "--method and -o are both needed");
  assert_fails ("cluster --method dbscan %/few.npy", 2, "--method and -o are both needed");
  assert_fails ("cluster --method dbscan --eps 0 %/few.npy -o @/l.npy", 2, "--eps must be above 0");
  assert_fails ("cluster --method dbscan --eps nan %/few.npy -o @/l.npy", 2, "--eps must be above");
  assert_fails ("cluster --method kmeans --k 0 %/few.npy -o @/l.npy", 2, "at least 1");
  assert_fails ("cluster --method dbscan --min-samples 0 %/few.npy -o @/l.npy", 2, "at least 1");
}

static void
test_bench (void)
{
  g_autofree char *output = NULL;
  json_auto_t *got = NULL;
  const json_t *row;

  g_assert_cmpint (run ("bench dbscan --rows 1201 --seconds 0.01 --json", &output, NULL), ==, 0);
  got = ctl_read_last (output);
  row = json_object_get (got, "dbscan");
  g_assert_cmpfloat (json_number_value (json_object_get (row, "median_s")), >, 0);
  g_assert_cmpfloat (json_number_value (json_object_get (row, "gflops")), >, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("cluster");
  g_test_add_func ("/cli/cluster/dbscan", test_dbscan);
  g_test_add_func ("/cli/cluster/reassign", test_reassign);
  g_test_add_func ("/cli/cluster/methods", test_methods);
  g_test_add_func ("/cli/cluster/advice", test_advice);
  g_test_add_func ("/cli/cluster/failures", test_failures);
  g_test_add_func ("/cli/cluster/bench", test_bench);
  status = g_test_run ();
  temp_folder_free (folder);
  return status;
}
