/* Losses, features, gradients and short training runs against the executable specification. The
 * results to be met were written by tests/golden/make-parity.py; every file there is one test in
 * float and one in double. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "golden-model.h"
#include "guise-json.h"
#include "guise-plumbing.h"
#include "guise-safetensors.h"
#include "nn-gemm.h"

enum { N_STEPS = 12 };

typedef struct {
  char *path; /* of the golden file */
  gboolean in_double, train;
} Case;

static void
case_free (gpointer data)
{
  g_free (((Case *)data)->path);
  g_free (data);
}

/* The configuration, and how weights and batch were made. */
static void
read_config (const GuiseSafetensors *golden, GuiseConfig *config, gint64 *seed, gint64 *size)
{
  const char *text = guise_safetensors_get_metadata (golden, "config");
  g_autoptr (GError) error = NULL;
  json_auto_t *object = guise_json_parse (text, strlen (text), 1 << 20, "golden", &error);
  json_t *recipe;

  g_assert_no_error (error);
  recipe = json_object_get (object, "golden");
  *seed = json_integer_value (json_object_get (recipe, "seed"));
  *size = json_integer_value (json_object_get (recipe, "size"));
  json_object_del (object, "golden");
  guise_config_init_preset (config, "recommended", NULL);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    config->loss.weights[k] = 1;
  guise_config_merge (config, object, "golden", &error);
  g_assert_no_error (error);
}

/* x = q · scale */
static double *
unpack (const GuiseSafetensors *golden, const char *name, const GuiseTensor **shape)
{
  g_autofree char *q_name = g_strconcat ("q.", name, NULL),
                  *scale_name = g_strconcat ("scale.", name, NULL);
  g_autoptr (GError) error = NULL;
  const GuiseTensor *q = guise_safetensors_require (golden, q_name, &error);
  const GuiseTensor *scale_tensor = guise_safetensors_require (golden, scale_name, &error);
  g_autofree gint64 *whole = NULL;
  double *x, scale;

  g_assert_no_error (error);
  whole = g_new (gint64, q->n_elements + 1);
  x = g_new (double, q->n_elements + 1);
  g_assert_true (guise_tensor_copy_int64 (q, whole, NULL));
  g_assert_true (guise_tensor_copy_double (scale_tensor, &scale, NULL));
  for (gsize i = 0; i < q->n_elements; i++)
    x[i] = whole[i] * scale;
  *shape = q;
  return x;
}

static double
largest (const double *x, gsize n)
{
  double top = 0;

  for (gsize i = 0; i < n; i++)
    top = MAX (top, fabs (x[i]));
  return top;
}

/* Largest number among all gradients: the floor of the comparison in float is a share of it. */
static double
largest_gradient (const GuiseSafetensors *golden)
{
  double top = 0;

  for (gsize i = 0; i < guise_safetensors_get_n_tensors (golden); i++) {
    const char *name = guise_safetensors_get (golden, i)->name;

    if (g_str_has_prefix (name, "q.grad.")) {
      const GuiseTensor *shape;
      g_autofree double *x = unpack (golden, name + 2, &shape);

      top = MAX (top, largest (x, shape->n_elements));
    }
  }
  return top;
}

/* A shift of all keys of a query changes nothing: the true gradient is zero, what is computed is
 * rounding. */
static gboolean
is_key_bias (const char *name)
{
  return g_str_has_prefix (name, "grad.") && g_str_has_suffix (name, "key.bias");
}

/* The error that is allowed for a tensor whose largest number is `top`. */
static double
get_tolerance (const Case *test, const char *name, double top, double top_gradient)
{
  if (test->train)
    return 1e-6 * MAX (top, 1e-3);
  if (test->in_double)
    return 1e-7 * top;
  return 2e-4 * (g_str_has_prefix (name, "grad.") ? MAX (top, 1e-4 * top_gradient) : top);
}

static void
compare_tensor (const Case *test, const GuiseSafetensors *golden, const char *name,
                const GuiseTensor *ours, double top_gradient)
{
  const GuiseTensor *shape;
  g_autofree double *expected = unpack (golden, name, &shape),
                    *got = g_new (double, shape->n_elements + 1);
  double tolerance
      = get_tolerance (test, name, largest (expected, shape->n_elements), top_gradient);

  g_assert_nonnull (ours);
  g_assert_cmpint (ours->n_dims, ==, shape->n_dims);
  for (int d = 0; d < shape->n_dims; d++)
    g_assert_cmpuint (ours->shape[d], ==, shape->shape[d]);
  g_assert_cmpint (ours->dtype, ==, test->in_double ? GUISE_DTYPE_F64 : GUISE_DTYPE_F32);
  g_assert_true (guise_tensor_copy_double (ours, got, NULL));
  for (gsize i = 0; i < shape->n_elements; i++)
    if (!(fabs (got[i] - expected[i]) <= tolerance)) {
      g_test_message ("%s[%zu]: %.12g instead of %.12g, allowed %.3g", name, i, got[i], expected[i],
                      tolerance);
      g_test_fail ();
      return;
    }
}

static void
compare (const Case *test, const GuiseSafetensors *golden, const char *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) ours = guise_safetensors_open (out, &error);
  double top_gradient = largest_gradient (golden);
  gsize n = 0;

  g_assert_no_error (error);
  for (gsize i = 0; i < guise_safetensors_get_n_tensors (golden); i++) {
    const char *name = guise_safetensors_get (golden, i)->name;

    if (!g_str_has_prefix (name, "q."))
      continue;
    n++;
    if (!is_key_bias (name + 2))
      compare_tensor (test, golden, name + 2, guise_safetensors_lookup (ours, name + 2),
                      top_gradient);
  }
  g_assert_cmpuint (n, ==, guise_safetensors_get_n_tensors (ours));
}

static void
test_case (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GuiseSafetensors) golden = guise_safetensors_open (test->path, &error);
  g_autofree char *folder = g_dir_make_tmp ("guise-parity-XXXXXX", &error);
  g_autofree char *batch = g_build_filename (folder, "batch.safetensors", NULL);
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  static const char *const files[]
      = { "config.json", "model.safetensors", "batch.safetensors", "out.safetensors" };
  json_auto_t *summary = NULL;
  GuiseConfig config;
  gint64 seed, size;

  g_assert_no_error (error);
  read_config (golden, &config, &seed, &size);
  golden_model_write (&config, seed, size, folder);
  if (test->train)
    summary = guise_plumbing_train_double (folder, batch, out, N_STEPS, &error);
  else
    summary = (test->in_double ? guise_plumbing_step_double : guise_plumbing_step) (folder, batch,
                                                                                    out, &error);
  g_assert_no_error (error);
  g_assert_nonnull (summary);
  compare (test, golden, out);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (folder, files[i], NULL);

    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
add_case (const char *folder, const char *file, gboolean in_double)
{
  Case *test = g_new0 (Case, 1);
  g_autofree char *name = g_strdup_printf ("/parity/%s/%.*s", in_double ? "double" : "float",
                                           (int)strcspn (file, "."), file);

  test->path = g_build_filename (folder, file, NULL);
  test->in_double = in_double;
  test->train = g_str_has_prefix (file, "train-");
  g_test_add_data_func_full (name, test, test_case, case_free);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *file;
  gsize n = 0;

  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  folder = g_test_build_filename (G_TEST_DIST, "golden", "parity", NULL);
  dir = g_dir_open (folder, 0, NULL);
  g_assert_nonnull (dir);
  for (; (file = g_dir_read_name (dir)) != NULL; n++) {
    add_case (folder, file, TRUE);
    if (!g_str_has_prefix (file, "train-"))
      add_case (folder, file, FALSE);
  }
  g_assert_cmpuint (n, >=, 38); /* a missing file must not pass for a passing test */
  return g_test_run ();
}
