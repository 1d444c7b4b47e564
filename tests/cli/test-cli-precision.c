/* --precision of the commands: what is computed in it, recorded and refused, and what guisectl says
 * that this machine has for it. */
#include "guise-index.h"
#include "guise-npy.h"
#include "guise-run-folder.h"
#include "guise-safetensors.h"
#include "nn-bf16.h"
#include "nn-mixed.h"
#include "retrieval-place.h"
#include "temp-folder.h"

#include <math.h>
#include <string.h>

static Place place;

/* ---- indexes ---- */

static GuiseIndex *
open_index (void)
{
  g_autofree char *path
      = g_build_filename (place.project, "runs", "r", "index.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  GuiseIndex *index = guise_index_open (path, &error);

  g_assert_no_error (error);
  return index;
}

/* The largest difference of two numbers. */
static double
get_difference (const float *x, const float *y, size_t n)
{
  double worst = 0;

  for (size_t i = 0; i < n; i++)
    worst = fmax (worst, fabs ((double)x[i] - y[i]));
  return worst;
}

static double
compare (const GuiseIndex *a, const GuiseIndex *b)
{
  size_t n = guise_index_get_n_images (a) * guise_index_get_dim (a);

  g_assert_cmpuint (guise_index_get_n_images (a), ==, guise_index_get_n_images (b));
  return fmax (get_difference (guise_index_get_identity (a), guise_index_get_identity (b), n),
               get_difference (guise_index_get_clothing (a), guise_index_get_clothing (b), n));
}

/* The index after a call that embeds all pictures anew, or none. precision NULL = not given. */
static GuiseIndex *
embed (const char *precision, gboolean anew)
{
  json_auto_t *answer = precision != NULL
                            ? ASK (&place, "embed", "--run", "r", "--precision", precision)
                            : ASK (&place, "embed", "--run", "r");

  g_assert_cmpfloat (get_number (answer, anew ? "reused" : "embedded"), ==, 0);
  g_assert_cmpfloat (get_number (answer, anew ? "embedded" : "reused"), ==,
                     get_number (answer, "images"));
  return open_index ();
}

/* An index keeps its precision until another is chosen. */
static void
test_index (void)
{
  g_autoptr (GuiseIndex) exact = embed (NULL, TRUE), rounded = embed ("bfloat16", TRUE);
  g_autoptr (GuiseIndex) kept = embed (NULL, FALSE), again = NULL, back = NULL;
  json_auto_t *hits = ASK (&place, "search", "--run", "r", "a man in a red coat");

  g_assert_cmpstr (guise_index_get_info (exact)->precision, ==, "float32");
  g_assert_cmpstr (guise_index_get_info (rounded)->precision, ==, "bfloat16");
  g_assert_cmpfloat (compare (exact, rounded), >, 0);
  g_assert_cmpfloat (compare (exact, rounded), <, 0.05);
  g_assert_cmpfloat (compare (rounded, kept), ==, 0);
  g_assert_cmpuint (json_array_size (json_object_get (hits, "hits")), ==, 10);
  again = open_index ();
  g_assert_cmpstr (guise_index_get_info (again)->precision, ==, "bfloat16");
  back = embed ("float32", TRUE);
  g_assert_cmpstr (guise_index_get_info (back)->precision, ==, "float32");
  g_assert_cmpfloat (compare (exact, back), ==, 0);
}

/* ---- encode ---- */

static GuiseNpy *
encode (const char *precision)
{
  g_autofree char *path = g_build_filename (place.folder, "x.npy", NULL);
  g_autoptr (GError) error = NULL;
  GuiseNpy *npy;

  g_assert_cmpint (RUN (&place, "encode", "text", "--checkpoint", place.checkpoint, "-o", path,
                        "--precision", precision, "a man in a red coat", "an old woman"),
                   ==, 0);
  g_assert_cmpint (strcmp (precision, "bfloat16") == 0 && nn_mixed_get_note () != NULL, ==,
                   strstr (place.errors, "bfloat16 is no faster than float32 here: ") != NULL);
  npy = guise_npy_read (path, 1 << 20, &error);
  g_assert_no_error (error);
  return npy;
}

static void
test_encode (void)
{
  g_autoptr (GuiseNpy) exact = encode ("float32"), rounded = encode ("bfloat16");
  double difference
      = get_difference ((const float *)exact->data, (const float *)rounded->data,
                        exact->shape[0] * exact->shape[1]);

  g_assert_cmpfloat (difference, >, 0);
  g_assert_cmpfloat (difference, <, 0.05);
}

/* ---- analyse ---- */

static void
test_analyse (void)
{
  g_assert_cmpint (RUN (&place, "analyse", "probes", "--run", "r", "--precision", "bfloat16"), ==,
                   0);
  g_assert_cmpint (nn_mixed_get_note () != NULL, ==,
                   strstr (place.errors, "bfloat16 is no faster than float32 here: ") != NULL);
  g_assert_cmpint (RUN (&place, "analyse", "probes", "--run", "r", "--precision", "float32"), ==,
                   0);
  g_assert_null (strstr (place.errors, "bfloat16"));
}

/* ---- train ---- */

static int
train (const char *name, const char *precision)
{
  return RUN (&place, "train", "--preset", "toy", "--steps", "6", "--threads", "2", "--set",
              "text.vocab_size=160", "--set", "train.persons=6", "--set", "train.vision_blocks=-1",
              "--set", "train.train_text=true", "--set", "train.micro_batch=0", "--name", name,
              "--precision", precision);
}

/* Checkpoints are floats, and no rounded ones. */
static void
check_weights (const char *folder)
{
  g_autofree char *model = guise_run_find_model (folder, NULL);
  g_autofree char *path = g_build_filename (model, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = guise_safetensors_open (path, NULL);
  const GuiseTensor *tensor
      = guise_safetensors_require (file, "vision.encoder.layer.0.output.dense.weight", NULL);
  gsize n = tensor->n_bytes / sizeof (float), n_rounded = 0;
  g_autofree float *values = g_new (float, n);

  g_assert_cmpint (tensor->dtype, ==, GUISE_DTYPE_F32);
  g_assert_true (guise_tensor_copy_float (tensor, values, NULL));
  for (gsize i = 0; i < n; i++)
    n_rounded += nn_bf16_to_float (nn_bf16_from_float (values[i])) == values[i];
  g_assert_cmpuint (n_rounded, <, n / 20);
}

static double
read_last_loss (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "metrics.jsonl", NULL), *text = NULL;
  json_auto_t *event = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  event = json_loads (g_strrstr (text, "{\"event\":\"step\""), JSON_DISABLE_EOF_CHECK, NULL);
  return get_number (json_object_get (event, "loss"), "cloth");
}

static void
test_train (void)
{
  static const char *const precisions[] = { "float32", "bfloat16" };
  double loss[2];

  for (int i = 0; i < 2; i++) {
    g_autofree char *folder = g_build_filename (place.project, "runs", precisions[i], NULL);
    g_autofree char *config = g_build_filename (folder, "config.json", NULL), *text = NULL;
    g_autofree char *wanted = g_strdup_printf ("\"precision\": \"%s\"", precisions[i]);
    g_autofree char *computed
        = i == 0 ? g_strdup ("float32")
                 : g_strdup_printf ("bfloat16 (%s)", nn_mixed_unit_name (nn_mixed_get_unit ()));
    g_autoptr (GuiseRunInfo) info = NULL;

    g_assert_cmpint (train (precisions[i], precisions[i]), ==, 0);
    g_assert_cmpint (i == 1 && nn_mixed_get_note () != NULL, ==,
                     strstr (place.errors, "no faster than float32") != NULL);
    info = guise_run_info_load (folder, NULL);
    g_assert_cmpstr (info->precision, ==, computed);
    g_assert_true (g_file_get_contents (config, &text, NULL, NULL));
    g_assert_nonnull (strstr (text, wanted));
    check_weights (folder);
    loss[i] = read_last_loss (folder);
  }
  g_test_message ("clothing's loss after 6 steps: %.6f and %.6f", loss[0], loss[1]);
  g_assert_cmpfloat (loss[0], !=, loss[1]);
  g_assert_cmpfloat_with_epsilon (loss[0], loss[1], 0.02 * loss[0]);
}

/* ---- usage ---- */

static void
test_usage (void)
{
  const char *const commands[][6] = {
    { "embed", "--run", "r", NULL },
    { "search", "--run", "r", "a man", NULL },
    { "eval", "--run", "r", NULL },
    { "train", "--preset", "toy", NULL },
    { "bench", "gemm", NULL },
    { "ablate", "--tables", "1", NULL },
    { "analyse", "probes", "--run", "r", NULL },
    { "encode", "text", "--checkpoint=x", "--output=y", "a", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autoptr (GPtrArray) words = g_ptr_array_new ();

    for (gsize w = 0; commands[i][w] != NULL; w++)
      g_ptr_array_add (words, (char *)commands[i][w]);
    g_ptr_array_add (words, (char *)"--precision=half");
    g_ptr_array_add (words, NULL);
    g_assert_cmpint (place_run (&place, (const char *const *)words->pdata), ==, 2);
    g_assert_nonnull (
        strstr (place.errors, ": --precision is neither float32 nor bfloat16: 'half'"));
  }
  g_assert_cmpint (RUN (&place, "train", "--resume", "r", "--precision", "float32"), ==, 2);
  g_assert_nonnull (strstr (place.errors, "a resumed run keeps what it began with"));
}

static void
test_version (void)
{
  g_autofree char *line
      = g_strdup_printf ("\nbf16: %s", nn_mixed_unit_name (nn_mixed_get_unit ()));
  json_auto_t *found = NULL;

  g_assert_cmpint (RUN (&place, "--version"), ==, 0);
  g_assert_true (g_str_has_prefix (place.out, "guisectl "));
  g_assert_nonnull (strstr (place.out, line));
  found = ASK (&place, "doctor");
  g_assert_nonnull (json_object_get (json_object_get (found, "blas"), "bf16"));
}

static void
test_bench (void)
{
  json_auto_t *answer
      = ASK (&place, "bench", "gemm", "--seconds", "0.01", "--precision", "bfloat16");

  g_assert_cmpstr (json_string_value (json_object_get (answer, "precision")), ==, "bfloat16");
  g_assert_nonnull (json_object_get (answer, "bf16"));
  g_assert_cmpfloat (get_number (json_object_get (answer, "gemm-bf16"), "gflops"), >, 0);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  place_init (&place);
  g_test_add_func ("/cli/precision/index", test_index);
  g_test_add_func ("/cli/precision/encode", test_encode);
  g_test_add_func ("/cli/precision/analyse", test_analyse);
  g_test_add_func ("/cli/precision/train", test_train);
  g_test_add_func ("/cli/precision/usage", test_usage);
  g_test_add_func ("/cli/precision/version", test_version);
  g_test_add_func ("/cli/precision/bench", test_bench);
  status = g_test_run ();
  place_clear (&place);
  return status;
}
