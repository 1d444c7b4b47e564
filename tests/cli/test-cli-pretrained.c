/* guisectl encode and model init with folders of Hugging Face's transformers. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-npy.h"
#include "guise-safetensors.h"
#include "run-ctl.h"
#include "temp-folder.h"
#include "tokenizer-json.h"

static char *folder;

static char *
golden_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "golden", "pretrained", name, NULL);
}

/* Words separated by blanks; "@/" stands for the scratch folder, "%/" for the golden one. */
static char **
split_words (const char *arguments)
{
  g_autofree char *golden = golden_path (""), *scratch = g_strconcat (folder, "/", NULL);
  g_autofree char *base = g_strconcat (golden, "/", NULL);
  g_autoptr (GString) line = g_string_new (arguments);

  g_string_replace (line, "@/", scratch, 0);
  g_string_replace (line, "%/", base, 0);
  return g_strsplit (line->str, " ", -1);
}

static int
run (const char *arguments, char **output, char **errors)
{
  g_auto (GStrv) words = split_words (arguments);

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
assert_runs (const char *arguments)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
}

static gboolean
is_there (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static GuiseNpy *
read_array (const char *name, int n_dims)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GuiseNpy *npy = guise_npy_read (path, 1 << 20, NULL);

  g_assert_nonnull (npy);
  g_assert_true (guise_npy_check (npy, GUISE_DTYPE_F32, n_dims, path, NULL));
  return npy;
}

/* The golden model's texts as rows of `width` ids, `fill` behind each. */
static gsize
write_ids (const char *name, gint64 fill, gsize width)
{
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL);
  g_autofree char *from = golden_path (file), *to = g_build_filename (folder, "ids.npy", NULL);
  g_autoptr (GuiseSafetensors) golden = guise_safetensors_open (from, NULL);
  const GuiseTensor *ids = guise_safetensors_lookup (golden, "ids");
  const GuiseTensor *lengths = guise_safetensors_lookup (golden, "lengths");
  gsize n = lengths->n_elements, at = 0;
  g_autofree gint64 *all = g_new (gint64, ids->n_elements), *length = g_new (gint64, n);
  g_autofree gint64 *rows = g_new (gint64, n * width);

  g_assert_true (guise_tensor_copy_int64 (ids, all, NULL));
  g_assert_true (guise_tensor_copy_int64 (lengths, length, NULL));
  for (gsize i = 0; i < n; i++)
    for (gsize t = 0; t < width; t++)
      rows[i * width + t] = t < (gsize)length[i] ? all[at++] : fill;
  g_assert_true (guise_npy_write (to, GUISE_DTYPE_I64, 2, (const gsize[]){ n, width }, rows, NULL));
  return n;
}

/* x.npy against what transformers computes; of tokens those of the first text, which is the
 * longest. */
static void
compare (const char *name, const char *key, int n_dims)
{
  g_autofree char *file = g_strconcat (name, ".safetensors", NULL), *from = golden_path (file);
  g_autoptr (GuiseSafetensors) golden = guise_safetensors_open (from, NULL);
  const GuiseTensor *tensor = guise_safetensors_lookup (golden, key);
  g_autofree float *expected = g_new (float, tensor->n_elements);
  g_autoptr (GuiseNpy) npy = read_array ("x.npy", n_dims);
  gsize n = n_dims == 3 ? npy->shape[1] * npy->shape[2] : npy->n_elements;

  g_assert_true (guise_tensor_copy_float (tensor, expected, NULL));
  g_assert_cmpuint (n, <=, tensor->n_elements);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (((const float *)npy->data)[i], expected[i], 1e-4);
}

static void
test_ids (void)
{
  gsize n = write_ids ("bert", 0, 16);
  g_autoptr (GuiseNpy) npy = NULL;

  assert_runs ("encode text --checkpoint %/bert --ids @/ids.npy -o @/x.npy");
  compare ("bert", "pooled", 2);
  assert_runs ("encode text --checkpoint %/bert --ids @/ids.npy --layer tokens -o @/x.npy");
  compare ("bert", "tokens", 3);
  npy = read_array ("x.npy", 3);
  g_assert_cmpuint (npy->shape[0], ==, n);
  g_assert_cmpfloat (((const float *)npy->data)[2 * 16 * 12 - 1], ==, 0); /* padding */
  write_ids ("clip-text-projected", 39, 12);
  assert_runs ("encode style --checkpoint %/clip-text-projected --ids @/ids.npy -o @/x.npy");
  compare ("clip-text-projected", "pooled", 2);
  write_ids ("clip-text-old", 1, 12);
  assert_runs ("encode text --checkpoint %/clip-text-old --ids @/ids.npy -o @/x.npy");
  compare ("clip-text-old", "pooled", 2);
}

static void
test_bad_ids (void)
{
  g_autofree char *path = g_build_filename (folder, "ids.npy", NULL);
  const gint64 wrong[] = { 2, 40 }, negative[] = { 2, -1 };
  const gsize shape[] = { 1, 2 };

#define IDS "encode text --checkpoint %/bert --ids @/ids.npy -o @/no.npy"
  g_assert_true (guise_npy_write (path, GUISE_DTYPE_I64, 2, shape, wrong, NULL));
  assert_fails (IDS, 1, "the id 40 is not in the vocabulary of 40");
  g_assert_true (guise_npy_write (path, GUISE_DTYPE_I64, 2, shape, negative, NULL));
  assert_fails (IDS, 1, "the id -1 is not in the vocabulary of 40");
  write_ids ("bert", 5, 17);
  assert_fails (IDS, 1, "row 0 has 17 ids, the model reads 16 of a text");
  g_assert_true (guise_npy_write (path, GUISE_DTYPE_I64, 2, (const gsize[]){ 0, 2 }, wrong, NULL));
  assert_fails (IDS, 1, "it is empty");
  g_assert_true (guise_npy_write (path, GUISE_DTYPE_I64, 1, shape + 1, wrong, NULL));
  assert_fails (IDS, 1, "ids.npy");
  assert_fails (IDS " word", 2, "--ids alone");
  assert_fails ("encode image --checkpoint %/vit --ids @/ids.npy -o @/no.npy", 2,
                "goes with texts");
  g_assert_false (is_there ("no.npy"));
}

static void
test_texts (void)
{
  g_autoptr (GuiseNpy) npy = NULL;

  assert_runs ("encode text --checkpoint %/bert -o @/x.npy --layer tokens man red,coat");
  npy = read_array ("x.npy", 3);
  g_assert_cmpuint (npy->shape[0], ==, 2);
  g_assert_cmpuint (npy->shape[1], ==, 5); /* [CLS] red [UNK] coat [SEP] */
  g_assert_cmpuint (npy->shape[2], ==, 12);
  assert_fails ("encode text --checkpoint %/bert --layer embedding -o @/no.npy man", 2,
                "tokens and pooled only");
  assert_fails ("encode style --checkpoint %/bert -o @/no.npy man", 1,
                "it is a BERT model: only CLIP's text model does");
  assert_fails ("encode text --checkpoint %/vit -o @/no.npy man", 1,
                "it is a ViT model: texts are not for it");
  assert_fails ("encode text --checkpoint %/bert -o @/no.npy", 2, "give images or texts");
  g_assert_false (is_there ("no.npy"));
}

/* CLIP's own tokenizer, and one of another family. */
static void
test_clip_texts (void)
{
  g_autofree char *golden = golden_path ("clip-text-projected");
  g_autofree char *clip = g_build_filename (folder, "clip", NULL);
  g_autoptr (GuiseNpy) npy = NULL;

  temp_folder_copy (golden, clip);
  assert_fails ("encode text --checkpoint @/clip -o @/no.npy man", 1, "clip");
  temp_folder_put (clip, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nman\n", -1);
  assert_fails ("encode text --checkpoint @/clip -o @/no.npy man", 1,
                "it is BERT's, the model beside it is CLIP text");
  temp_folder_remove (clip);
  temp_folder_copy (golden, clip);
  temp_folder_put (clip, "vocab.json",
                   "{\"m\": 0, \"a\": 1, \"n</w>\": 2, \"an</w>\": 3, \"man</w>\": 4, "
                   "\"<|startoftext|>\": 38, \"<|endoftext|>\": 39}",
                   -1);
  temp_folder_put (clip, "merges.txt", "#version: 0.2\na n</w>\nm an</w>\n", -1);
  assert_runs ("encode text --checkpoint @/clip --layer tokens -o @/x.npy man");
  npy = read_array ("x.npy", 3);
  g_assert_cmpuint (npy->shape[1], ==, 3); /* begin, man, end */
  assert_runs ("encode style --checkpoint @/clip -o @/x.npy man");
}

static void
test_images (void)
{
  g_autofree char *picture
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "gamma.png", NULL);
  g_autofree char *line
      = g_strdup_printf ("encode image --checkpoint %%/vit -o @/x.npy %s %s", picture, picture);
  g_autofree char *tokens = g_strconcat (line, " --layer tokens", NULL);
  g_autofree char *clip
      = g_strdup_printf ("encode image --checkpoint %%/clip -o @/x.npy %s", picture);
  g_autoptr (GuiseNpy) pooled = NULL, all = NULL, projected = NULL;
  double mean = 0;

  assert_runs (line);
  pooled = read_array ("x.npy", 2);
  g_assert_cmpuint (pooled->shape[0], ==, 2);
  g_assert_cmpuint (pooled->shape[1], ==, 16);
  assert_runs (tokens);
  all = read_array ("x.npy", 3);
  g_assert_cmpuint (all->shape[1], ==, 9);
  for (gsize i = 0; i < 9; i++)
    mean += ((const float *)all->data)[16 * i] / 9.0;
  g_assert_cmpfloat_with_epsilon (((const float *)pooled->data)[0], mean, 1e-5);
  g_assert_cmpfloat (((const float *)pooled->data)[0], ==, ((const float *)pooled->data)[16]);
  assert_runs (clip);
  projected = read_array ("x.npy", 2);
  g_assert_cmpuint (projected->shape[1], ==, 10);
  assert_fails ("encode image --checkpoint %/vit -o @/no.npy @/none.png", 1, "none.png");
  g_assert_false (is_there ("no.npy"));
}

/* Makes each number of a tensor so large that products with it overflow. */
static void
blow_up (const char *path, const char *tensor)
{
  g_autofree char *bytes = NULL;
  json_auto_t *head = NULL;
  json_t *offsets;
  guint64 n_head;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  memcpy (&n_head, bytes, sizeof n_head);
  head = json_loadb (bytes + sizeof n_head, n_head, 0, NULL);
  offsets = json_object_get (json_object_get (head, tensor), "data_offsets");
  g_assert_cmpuint (json_array_size (offsets), ==, 2);
  for (gint64 at = json_integer_value (json_array_get (offsets, 0));
       at < json_integer_value (json_array_get (offsets, 1)); at += (gint64)sizeof (float)) {
    const float large = 2e38f;

    memcpy (bytes + sizeof n_head + n_head + at, &large, sizeof large);
  }
  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
}

/* Weights that are numbers, of which none come out. */
static void
test_overflow (void)
{
  g_autofree char *golden = golden_path ("vit"), *huge = g_build_filename (folder, "huge", NULL);
  g_autofree char *weights = g_build_filename (huge, "model.safetensors", NULL);
  g_autofree char *picture
      = g_test_build_filename (G_TEST_DIST, "golden", "decode", "gamma.png", NULL);
  g_autofree char *line
      = g_strdup_printf ("encode image --checkpoint @/huge -o @/huge.npy %s", picture);

  temp_folder_copy (golden, huge);
  blow_up (weights, "encoder.layer.1.output.dense.weight");
  assert_fails (line, 1, "what it makes of input 1 is no finite number; see to its weights");
  g_assert_false (is_there ("huge.npy"));
}

static void
test_init (void)
{
  write_ids ("bert", 0, 16);
  assert_runs ("model init --preset toy --vision %/vit-wide --text %/bert --set "
               "vision.image_size=[48,16] @/made");
  g_assert_true (is_there ("made/vocab.txt"));
  assert_runs ("model info @/made");
  assert_runs ("encode text --checkpoint @/made --layer pooled -o @/x.npy man");
  assert_fails ("model init --vision %/bert @/none", 1,
                "it is a BERT model: images are not for it");
  assert_fails ("model init --vision %/vit --set vision.layers=9 @/none", 1,
                "'vision.layers' is 9, but 2 in the weights of");
  assert_fails ("model init --text %/nothing @/none", 1, "No such file");
  g_assert_false (is_there ("none"));
}

static char *
read_file (const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

/* A folder without vocab.txt gives the model the same one. */
static void
test_init_json (void)
{
  g_autofree char *golden = golden_path ("bert"), *bert = g_build_filename (folder, "bert", NULL);
  g_autofree char *before = NULL, *after = NULL, *clean = g_build_filename (folder, "json", NULL);

  temp_folder_copy (golden, bert);
  before = read_file ("bert/vocab.txt");
  json_decref (tokenizer_json_replace_vocab (bert));
  assert_runs ("model init --preset toy --text @/bert @/json");
  after = read_file ("json/vocab.txt");
  g_assert_cmpstr (after, ==, before);
  assert_runs ("encode text --checkpoint @/json --layer pooled -o @/x.npy man");
  temp_folder_put (bert, "tokenizer.json", "{}", -1);
  temp_folder_remove (clean);
  assert_fails ("model init --preset toy --text @/bert @/json", 1, "tokenizer.json");
}

/* ---- what a folder holds ---- */

static json_t *
read_info (const char *arguments)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  return ctl_read_last (output);
}

static gint64
get_number (json_t *info, const char *tower, const char *key)
{
  return ctl_get_int (json_object_get (info, tower), key);
}

static void
test_info_clip (void)
{
  json_auto_t *info = read_info ("model info --json %/clip");
  json_auto_t *shards = read_info ("model info --json %/clip-shards");
  json_t *ignored = json_object_get (info, "ignored");
  const char *problem = json_string_value (json_object_get (info, "tokenizer_problem"));
  gint64 counted;

  g_assert_cmpint (get_number (info, "vision", "patch"), ==, 8);
  g_assert_cmpint (get_number (info, "vision", "heads"), ==, 4);
  g_assert_cmpint (get_number (info, "text", "vocabulary"), ==, 40);
  g_assert_cmpint (get_number (info, "text", "projection"), ==, 10);
  g_assert_cmpuint (json_array_size (ignored), ==, 1);
  g_assert_cmpstr (json_string_value (json_array_get (ignored, 0)), ==, "logit_scale");
  counted = get_number (info, "vision", "parameters") + get_number (info, "text", "parameters");
  g_assert_cmpint (counted + 1, ==, ctl_get_int (info, "numbers")); /* each once */
  g_assert_true (json_is_null (json_object_get (info, "tokenizer")));
  g_assert_nonnull (strstr (problem, "no tokenizer.json"));
  g_assert_cmpint (ctl_get_int (shards, "files"), ==, 5);
  g_assert_cmpint (ctl_get_int (shards, "numbers"), ==, ctl_get_int (info, "numbers"));
}

static void
test_info_others (void)
{
  json_auto_t *bert = read_info ("model info --json %/bert-pretraining");
  json_auto_t *vit = read_info ("model info --json %/vit-bfloat16");
  json_t *tokenizer = json_object_get (bert, "tokenizer");
  json_t *dtypes = json_object_get (vit, "dtypes");

  g_assert_cmpstr (json_string_value (json_object_get (json_object_get (bert, "text"), "kind")), ==,
                   "BERT");
  g_assert_true (json_is_null (json_object_get (bert, "vision")));
  g_assert_cmpuint (json_array_size (json_object_get (bert, "ignored")), >, 1); /* its heads */
  g_assert_cmpint (get_number (bert, "text", "parameters"), <, ctl_get_int (bert, "numbers"));
  g_assert_cmpstr (json_string_value (json_object_get (tokenizer, "file")), ==, "vocab.txt");
  g_assert_cmpint (ctl_get_int (tokenizer, "tokens"), ==, 16);
  g_assert_cmpuint (json_array_size (dtypes), ==, 1);
  g_assert_cmpstr (json_string_value (json_array_get (dtypes, 0)), ==, "BF16");
  g_assert_true (json_is_null (json_object_get (vit, "tokenizer_problem"))); /* none is needed */
}

static void
test_info_lines (void)
{
  g_autofree char *golden = golden_path ("bert"), *wrong = g_build_filename (folder, "wrong", NULL);
  g_autofree char *output = NULL, *config = NULL, *other = NULL;
  g_auto (GStrv) parts = NULL;

  g_assert_cmpint (run ("model info %/bert", &output, NULL), ==, 0);
  g_assert_nonnull (strstr (output, "text encoder     BERT, "));
  g_assert_nonnull (strstr (output, "tokenizer        BERT's, "));
  temp_folder_copy (golden, wrong);
  config = g_build_filename (wrong, "config.json", NULL);
  g_assert_true (g_file_get_contents (config, &other, NULL, NULL));
  parts = g_strsplit (other, "\"vocab_size\": 40", 2);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_free (other);
  other = g_strjoinv ("\"vocab_size\": 41", parts);
  temp_folder_put (wrong, "config.json", other, -1);
  assert_fails ("model info @/wrong", 1, "its weights are not the BERT model of its config.json");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (g_getenv ("GUISECTL"));
  folder = temp_folder_new ("pretrained");
  g_test_add_func ("/cli/pretrained/ids", test_ids);
  g_test_add_func ("/cli/pretrained/bad-ids", test_bad_ids);
  g_test_add_func ("/cli/pretrained/texts", test_texts);
  g_test_add_func ("/cli/pretrained/clip-texts", test_clip_texts);
  g_test_add_func ("/cli/pretrained/images", test_images);
  g_test_add_func ("/cli/pretrained/overflow", test_overflow);
  g_test_add_func ("/cli/pretrained/init", test_init);
  g_test_add_func ("/cli/pretrained/init-json", test_init_json);
  g_test_add_func ("/cli/pretrained/info-clip", test_info_clip);
  g_test_add_func ("/cli/pretrained/info-others", test_info_others);
  g_test_add_func ("/cli/pretrained/info-lines", test_info_lines);
  status = g_test_run ();
  temp_folder_free (folder);
  return status;
}
