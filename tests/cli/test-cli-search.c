/* guisectl search, encode, runs add and export, analyse: scores, λ, not, filters, reranking, files
 * and refusals. */
#include "retrieval-place.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "guise-index.h"
#include "guise-npy.h"
#include "guise-safetensors.h"

static Place place;

#define EXPECT(status, message, ...)                             \
  G_STMT_START                                                   \
  {                                                              \
    g_assert_cmpint (RUN (&place, __VA_ARGS__), ==, status);     \
    if (strstr (place.errors, message) == NULL)                  \
      g_error ("'%s' does not say '%s'", place.errors, message); \
  }                                                              \
  G_STMT_END

#define SEARCH(...) ASK (&place, "search", "--run", "r", __VA_ARGS__)

static json_t *
get_hit (json_t *answer, size_t i)
{
  json_t *hit = json_array_get (json_object_get (answer, "hits"), i);

  g_assert_nonnull (hit);
  return hit;
}

static size_t
count_hits (json_t *answer)
{
  return json_array_size (json_object_get (answer, "hits"));
}

/* The hit of one image, wherever it stands. */
static json_t *
find_hit (json_t *answer, double id)
{
  for (size_t i = 0; i < count_hits (answer); i++)
    if (get_number (get_hit (answer, i), "id") == id)
      return get_hit (answer, i);
  g_assert_not_reached ();
}

#define NEAR(a, b) g_assert_cmpfloat_with_epsilon ((a), (b), 1e-5)

static void
check_ranked (json_t *answer, double lambda)
{
  json_t *ms = json_object_get (answer, "ms");

  for (size_t i = 0; i < count_hits (answer); i++) {
    json_t *hit = get_hit (answer, i);

    g_assert_cmpfloat (get_number (hit, "rank"), ==, i + 1);
    NEAR (get_number (hit, "score"), lambda * get_number (hit, "identity")
                                         + (1 - lambda) * get_number (hit, "clothing"));
    g_assert_true (json_is_string (json_object_get (hit, "path")));
    g_assert_true (json_is_string (json_object_get (hit, "person")));
    if (i > 0)
      g_assert_cmpfloat (get_number (get_hit (answer, i - 1), "score"), >=,
                         get_number (hit, "score"));
  }
  g_assert_cmpfloat (get_number (ms, "encode"), >, 0);
  g_assert_cmpfloat (get_number (ms, "score"), >=, 0);
  g_assert_cmpfloat (get_number (ms, "rank"), >=, 0);
}

static void
test_lambda (void)
{
  json_auto_t *default_text = SEARCH ("a man in a red coat");
  json_auto_t *moved = SEARCH ("a man in a red coat", "--lambda", "0.9", "-k", "100000");
  json_auto_t *both = SEARCH ("--who", "a man", "--wearing", "a red coat");
  json_auto_t *who = SEARCH ("--who", "a man", "-k", "100000");
  json_auto_t *wearing = SEARCH ("--wearing", "a red coat", "-k", "100000");
  json_t *hit;

  g_assert_cmpuint (count_hits (default_text), ==, 10);
  check_ranked (default_text, 0.35); /* the run's */
  check_ranked (moved, 0.9);
  check_ranked (both, 0.5);
  check_ranked (who, 1);
  check_ranked (wearing, 0);
  /* The parts do not depend on λ, and two boxes are their single ones together. */
  hit = get_hit (default_text, 0);
  NEAR (get_number (find_hit (moved, get_number (hit, "id")), "identity"),
        get_number (hit, "identity"));
  hit = get_hit (both, 3);
  NEAR (get_number (find_hit (who, get_number (hit, "id")), "identity"),
        get_number (hit, "identity"));
  NEAR (get_number (find_hit (wearing, get_number (hit, "id")), "clothing"),
        get_number (hit, "clothing"));
}

static void
test_not (void)
{
  json_auto_t *plain = SEARCH ("a man in a red coat", "-k", "100000");
  json_auto_t *other = SEARCH ("a blue bag", "-k", "100000");
  json_auto_t *mixed = SEARCH ("a man in a red coat", "--not", "a blue bag", "-k", "100000");

  check_ranked (mixed, 0.35);
  for (size_t i = 0; i < count_hits (mixed); i += 7) {
    json_t *hit = get_hit (mixed, i);
    double id = get_number (hit, "id");

    NEAR (get_number (hit, "identity"), get_number (find_hit (plain, id), "identity")
                                            - get_number (find_hit (other, id), "identity") / 2);
    NEAR (get_number (hit, "clothing"), get_number (find_hit (plain, id), "clothing")
                                            - get_number (find_hit (other, id), "clothing") / 2);
  }
}

/* A filter decides who is ranked, not what is shown of a ranking. */
static void
test_filter (void)
{
  json_auto_t *all = SEARCH ("a man", "-k", "100000");
  json_t *last = get_hit (all, count_hits (all) - 1);
  const char *person = json_string_value (json_object_get (last, "person"));
  g_autofree char *filter = g_strdup_printf ("person = %s", person);
  json_auto_t *some = SEARCH ("a man", "--filter", filter, "-k", "3");
  json_auto_t *none = SEARCH ("a man", "--filter", "split = none");
  json_auto_t *listed = ASK (&place, "list"), *example = NULL;

  g_assert_cmpuint (count_hits (all), ==, json_array_size (json_object_get (listed, "rows")));
  g_assert_cmpuint (count_hits (some), >, 0);
  for (size_t i = 0; i < count_hits (some); i++)
    g_assert_cmpstr (json_string_value (json_object_get (get_hit (some, i), "person")), ==, person);
  check_ranked (some, 0.35);
  g_assert_cmpuint (count_hits (none), ==, 0);
  EXPECT (0, "which holds 'all', passes the filter: 'split = none'", "search", "a man", "--run",
          "r", "--filter", "split = none");
  g_assert_null (strstr (place.out, "rank   score"));
  example = ASK (&place, "list", "--filter", "split = test AND text ~ \"red\"", "--fields",
                 "id,caption,text"); /* that of list --help */
  g_assert_cmpuint (json_array_size (json_object_get (example, "rows")), >, 0);
  EXPECT (1, "'colour' is no field", "search", "a man", "--run", "r", "--filter", "colour = 1");
}

/* The path of an image of the project, absolute. */
static char *
get_image_path (json_t *hit)
{
  return g_build_filename (place.project, "people",
                           json_string_value (json_object_get (hit, "path")), NULL);
}

static void
test_image (void)
{
  json_auto_t *text = SEARCH ("a man", "-k", "1");
  g_autofree char *file = get_image_path (get_hit (text, 0));
  json_auto_t *like = SEARCH ("--image", file, "-k", "2");

  g_assert_cmpfloat (get_number (get_hit (like, 0), "id"), ==,
                     get_number (get_hit (text, 0), "id"));
  NEAR (get_number (get_hit (like, 0), "identity"), 1);
  NEAR (get_number (get_hit (like, 0), "clothing"), 1);
  check_ranked (like, 0.5);
}

static void
test_rerank (void)
{
  g_autofree char *trained = place_make_checkpoint (&place, "trained", 7, "5000", NULL);

  g_assert_cmpint (RUN (&place, "runs", "add", trained, "--name", "t"), ==, 0);
  json_auto_t *plain = ASK (&place, "search", "--run", "t", "--who", "a man", "-k", "128");
  json_auto_t *better
      = ASK (&place, "search", "--run", "t", "--who", "a man", "-k", "100000", "--rerank");
  for (size_t i = 0; i < 128; i++) {
    json_t *hit = get_hit (better, i);
    double gain = get_number (hit, "score") - get_number (hit, "identity");

    g_assert_cmpfloat (gain, >, 0);
    g_assert_cmpfloat (gain, <, 0.1 + 1e-6);
    find_hit (plain, get_number (hit, "id")); /* the same 128 images */
    if (i > 0)
      g_assert_cmpfloat (get_number (get_hit (better, i - 1), "score"), >=,
                         get_number (hit, "score"));
  }
  if (count_hits (better) > 128)
    NEAR (get_number (get_hit (better, 128), "score"),
          get_number (get_hit (better, 128), "identity"));
  EXPECT (1, "no text that says who", "search", "--run", "t", "--wearing", "a coat", "--rerank");
  EXPECT (1, "match head was never trained", "search", "--run", "r", "a man", "--rerank");
}

static void
test_sheet (void)
{
  g_autofree char *queries = g_build_filename (place.folder, "queries.jsonl", NULL);
  g_autofree char *sheet = g_build_filename (place.folder, "sheet.png", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_set_contents (queries,
                                      "{\"text\": \"a man\"}\n"
                                      "{\"who\": \"a woman\", \"wearing\": \"a hat\","
                                      " \"not\": \"a bag\", \"truth\": \"21\"}\n",
                                      -1, NULL));
  g_assert_cmpint (
      RUN (&place, "search", "--run", "r", "--queries", queries, "--contact-sheet", sheet), ==, 0);
  g_assert_nonnull (strstr (place.out, "λ 0.35"));
  g_assert_nonnull (strstr (place.out, "λ 0.50"));
  g_assert_true (g_file_get_contents (sheet, &bytes, &size, NULL));
  g_assert_cmpuint (size, >, 10000);
  g_assert_cmpmem (bytes, 8, "\x89PNG\r\n\x1a\n", 8);
  g_assert_true (g_file_set_contents (queries, "{\"colour\": \"red\"}\n", -1, NULL));
  EXPECT (1, "'colour' is no text of a query", "search", "--run", "r", "--queries", queries);
  g_assert_true (g_file_set_contents (queries, "{\"text\": \"a\", \"who\": \"b\"}\n", -1, NULL));
  EXPECT (1, "line 1: text and who or wearing exclude", "search", "--run", "r", "--queries",
          queries);
  g_assert_true (g_file_set_contents (queries, "red\n", -1, NULL));
  EXPECT (1, "cannot use queries", "search", "--run", "r", "--queries", queries);
  EXPECT (2, "exclude each other", "search", "--run", "r", "--queries", queries, "a man");
}

static void
test_refusals (void)
{
  g_autofree char *wide = NULL, *strange = NULL, *config = NULL, *other = NULL;
  g_autoptr (GString) vocab = g_string_new ("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");

  EXPECT (2, "empty query", "search", "--run", "r");
  EXPECT (2, "empty query", "search", "--run", "r", "");
  EXPECT (2, "empty query", "search", "--run", "r", "--not", "a hat");
  EXPECT (2, "empty query", "search", "--run", "r", "  ", "--not", "a hat");
  EXPECT (2, "TEXT and --who or --wearing", "search", "--run", "r", "a man", "--wearing", "a hat");
  EXPECT (1, "/proc/", "search", "--run", "y", "a man", "--contact-sheet", "/proc/x.png");
  EXPECT (1, "/proc/", "analyse", "probes", "--run", "y", "-o", "/proc/x.csv");
  EXPECT (1, "it is a folder", "encode", "text", "--checkpoint", "nowhere", "-o", place.folder,
          "a");
  EXPECT (2, "-k is less than 1", "search", "a", "--run", "r", "-k", "0");
  EXPECT (2, "--run is missing", "search", "a");
  EXPECT (1, "no such run: 'y'", "search", "a", "--run", "y");
  EXPECT (1, "nowhere.png", "search", "--run", "r", "--image", "nowhere.png");
  for (int i = 0; i < 600; i++)
    g_string_append_printf (vocab, "word%d\n", i);
  wide = place_make_checkpoint (&place, "wide", 1, "", vocab->str);
  EXPECT (1, "it has 604 entries, text.vocab_size is 512", "runs", "add", wide);
  strange = place_make_checkpoint (&place, "strange", 1, "", NULL);
  config = g_build_filename (strange, "config.json", NULL);
  g_assert_true (g_file_set_contents (config, "{\"fusion\": {\"size\": 32}}", -1, NULL));
  EXPECT (1, "does not fit its configuration", "runs", "add", strange);
  other = place_make_checkpoint (&place, "other", 9, "", NULL);
  EXPECT (1, "another run of that name", "runs", "add", other, "--name", "r");
}

/* ---- checkpoint folders in and out ---- */

/* A folder of the user's own with a file in it; the file's path. */
static char *
make_letter (const char *folder)
{
  char *letter = g_build_filename (folder, "letter", NULL);

  g_assert_cmpint (g_mkdir (folder, 0777), ==, 0);
  g_assert_true (g_file_set_contents (letter, "dear", -1, NULL));
  return letter;
}

/* Nothing hidden is left beside what was made. */
static void
assert_clean (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_cmpint (name[0], !=, '.');
}

/* "x.part" is a folder like any other, and a run's name too. */
static void
test_parts (void)
{
  g_autofree char *runs = g_build_filename (place.project, "runs", NULL);
  g_autofree char *to = g_build_filename (place.folder, "mine", NULL);
  g_autofree char *run_part = g_build_filename (runs, "extra.part", NULL);
  g_autofree char *to_part = g_strconcat (to, ".part", NULL);
  g_autofree char *a = make_letter (run_part), *b = make_letter (to_part);

  g_assert_cmpint (RUN (&place, "runs", "export", "r", to), ==, 0);
  g_assert_true (g_file_test (b, G_FILE_TEST_EXISTS));
  g_assert_cmpint (RUN (&place, "runs", "add", to, "--name", "extra"), ==, 0);
  g_assert_true (g_file_test (a, G_FILE_TEST_EXISTS));
  EXPECT (1, "mine", "runs", "export", "r", to);
  assert_clean (runs);
  assert_clean (place.folder);
}

/* Run and λ as the run has them, the rest as the checkpoint states it. */
static void
test_export_metadata (void)
{
  g_autofree char *to = g_build_filename (place.folder, "stated", NULL);
  g_autofree char *weights = g_build_filename (to, "model.safetensors", NULL);
  g_autoptr (GuiseSafetensors) file = NULL;

  g_assert_cmpint (RUN (&place, "runs", "add", place.checkpoint, "--name", "named"), ==, 0);
  g_assert_cmpint (RUN (&place, "runs", "export", "named", to), ==, 0);
  file = guise_safetensors_open (weights, NULL);
  g_assert_nonnull (file);
  g_assert_cmpstr (guise_safetensors_get_metadata (file, "run"), ==, "named");
  g_assert_cmpstr (guise_safetensors_get_metadata (file, "lambda"), ==, "0.35");
  g_assert_true (guise_safetensors_check_hash (file, NULL));
}

static void
test_export (void)
{
  g_autofree char *to = g_build_filename (place.folder, "exported", NULL);
  g_autofree char *weights = g_build_filename (to, "model.safetensors", NULL);
  g_autofree char *original = g_build_filename (place.checkpoint, "model.safetensors", NULL);
  GStatBuf half, full;

  g_assert_cmpint (RUN (&place, "runs", "export", "r", to), ==, 0);
  EXPECT (1, "exported", "runs", "export", "r", to);
  g_assert_cmpint (RUN (&place, "runs", "add", to, "--name", "half"), ==, 0);
  g_assert_cmpint (RUN (&place, "runs", "add", to, "--name", "half"), ==, 0);
  g_assert_cmpint (g_stat (weights, &half), ==, 0);
  g_assert_cmpint (g_stat (original, &full), ==, 0);
  g_assert_cmpint (half.st_size, <, full.st_size * 6 / 10);
  json_auto_t *a = SEARCH ("a man in a red coat", "-k", "1");
  json_auto_t *b = ASK (&place, "search", "--run", "half", "a man in a red coat", "-k", "100000");
  json_t *hit = find_hit (b, get_number (get_hit (a, 0), "id"));

  g_assert_cmpfloat_with_epsilon (get_number (hit, "score"),
                                  get_number (get_hit (a, 0), "score"), 0.01);
  g_assert_cmpfloat (get_number (b, "lambda"), ==, 0.35);
}

/* ---- encode ---- */

static GuiseNpy *
encode (const char *kind, const char *layer, const char *a, const char *b)
{
  g_autofree char *path = g_build_filename (place.folder, "x.npy", NULL);
  GuiseNpy *array;

  g_assert_cmpint (RUN (&place, "encode", kind, "--checkpoint", place.checkpoint, "--layer", layer,
                        "-o", path, a, b),
                   ==, 0);
  g_assert_cmpstr (place.out, ==, "");
  array = guise_npy_read (path, 1 << 24, NULL);
  g_assert_nonnull (array);
  return array;
}

static void
test_encode_texts (void)
{
  g_autoptr (GuiseNpy) tokens = encode ("text", "tokens", "a", "a man in a red coat");
  g_autoptr (GuiseNpy) pooled = encode ("text", "pooled", "a", "a man in a red coat");
  g_autoptr (GuiseNpy) embedding = encode ("text", "embedding", "a", "a man in a red coat");
  const float *x = tokens->data, *mean = pooled->data, *e = embedding->data;
  size_t length = tokens->shape[1], width = tokens->shape[2];
  double sum = 0, norm = 0;

  g_assert_cmpint (tokens->n_dims, ==, 3);
  g_assert_cmpuint (width, ==, 32);
  g_assert_cmpuint (pooled->shape[1], ==, 32);
  g_assert_cmpuint (embedding->shape[1], ==, 48);
  for (size_t l = 0; l < 3; l++) /* [CLS] a [SEP] */
    sum += x[l * width] / 3.0;
  NEAR (sum, mean[0]);
  for (size_t k = 3 * width; k < length * width; k++)
    g_assert_cmpfloat (x[k], ==, 0);
  for (size_t k = 0; k < 24; k++)
    norm += e[24 + k] * e[24 + k];
  NEAR (norm, 1);
}

static void
test_encode_images (void)
{
  json_auto_t *hits = SEARCH ("a man", "-k", "2");
  g_autofree char *a = get_image_path (get_hit (hits, 0)), *b = get_image_path (get_hit (hits, 1));
  g_autoptr (GuiseNpy) embedding = encode ("image", "embedding", a, b);
  g_autoptr (GuiseNpy) tokens = encode ("image", "tokens", a, b);
  g_autoptr (GuiseNpy) pooled = encode ("image", "pooled", a, b);
  g_autofree char *path
      = g_build_filename (place.project, "runs", "r", "index.safetensors", NULL);
  g_autoptr (GuiseIndex) index = guise_index_open (path, NULL);
  const float *x = embedding->data, *t = tokens->data, *mean = pooled->data;
  size_t at, length = tokens->shape[1];
  double sum = 0;

  g_assert_true (
      guise_index_find (index, (gint64)get_number (get_hit (hits, 1), "id"), &at));
  for (size_t k = 0; k < 24; k++) {
    NEAR (x[48 + k], guise_index_get_identity (index)[at * 24 + k]);
    NEAR (x[72 + k], guise_index_get_clothing (index)[at * 24 + k]);
  }
  for (size_t l = 0; l < length; l++)
    sum += t[(length + l) * 32 + 5] / length;
  NEAR (sum, mean[32 + 5]);
}

static void
test_encode_refusals (void)
{
  g_autofree char *foreign = g_build_filename (place.folder, "bert", NULL);
  g_autofree char *config = g_build_filename (foreign, "config.json", NULL);
  g_autofree char *path = g_build_filename (place.folder, "none.npy", NULL);

  g_assert_cmpint (g_mkdir (foreign, 0777), ==, 0);
  g_assert_true (g_file_set_contents (config, "{\"model_type\": \"bert\"}", -1, NULL));
  EXPECT (1, "neither 'model.safetensors' nor", "encode", "text", "--checkpoint", foreign, "-o",
          path, "a");
  EXPECT (2, "--layer is none of", "encode", "text", "--checkpoint", "x", "-o", path, "--layer",
          "last", "a");
  EXPECT (2, "expected image, text or style", "encode", "sound", "--checkpoint", "x", "-o", path,
          "a");
  EXPECT (1, "nowhere.png", "encode", "image", "--checkpoint", place.checkpoint, "-o", path,
          "nowhere.png");
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* ---- analyse ---- */

static void
test_probes (void)
{
  static const char *const labels[]
      = { "person", "outfit", "upper_colour", "gender", "build", "hair_colour", "age" };
  g_autofree char *csv = g_build_filename (place.folder, "leakage.csv", NULL), *text = NULL;
  json_auto_t *answer = ASK (&place, "analyse", "probes", "--run", "r", "-o", csv);
  json_t *rows = json_object_get (answer, "rows");

  g_assert_cmpuint (json_array_size (rows), ==, G_N_ELEMENTS (labels));
  for (size_t i = 0; i < G_N_ELEMENTS (labels); i++) {
    json_t *row = json_array_get (rows, i), *v = json_object_get (row, "identity");

    g_assert_cmpstr (json_string_value (json_object_get (row, "label")), ==, labels[i]);
    g_assert_cmpfloat (get_number (v, "low"), <=, get_number (v, "accuracy"));
    g_assert_cmpfloat (get_number (v, "high"), >=, get_number (v, "accuracy"));
    g_assert_cmpfloat (get_number (v, "majority"), >=, 0);
    g_assert_cmpfloat (get_number (json_object_get (row, "clothing"), "accuracy"), >=, 0);
  }
  g_assert_true (g_file_get_contents (csv, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "label,from,accuracy,low,high,majority"));
  g_assert_nonnull (strstr (text, "\r\nupper_colour,clothing,"));
  EXPECT (2, "unknown analysis: 'gates'", "analyse", "gates", "--run", "r");
  EXPECT (2, "'train' is learned from", "analyse", "probes", "--run", "r", "--split", "train");
  EXPECT (2, "'train' is learned from", "analyse", "probes", "--run", "r", "--split", "all");
  EXPECT (2, "-o is no .csv", "analyse", "probes", "--run", "r", "-o", "x.svg");
}

/* Counts by hand (tests/core/test-part-cost.c); times and memory are only there. */
static void
check_curve (json_t *curve, double layers, double macs_of_four)
{
  json_t *points = json_object_get (curve, "points");
  json_t *first = json_array_get (points, 0), *second = json_array_get (points, 1);

  g_assert_cmpuint (json_array_size (points), ==, 2);
  g_assert_cmpfloat (get_number (curve, "layers"), ==, layers);
  g_assert_cmpfloat (get_number (first, "tokens"), ==, 2);
  g_assert_cmpfloat (get_number (second, "tokens"), ==, 4);
  g_assert_cmpfloat (get_number (second, "macs"), ==, macs_of_four);
  g_assert_cmpfloat (get_number (first, "both_s"), >, 0);
}

static void
test_efficiency (void)
{
  g_autofree char *csv = g_build_filename (place.folder, "e.csv", NULL), *text = NULL;
  json_auto_t *answer = ASK (&place, "analyse", "efficiency", "--preset", "toy", "--max-tokens",
                             "7", "--seconds", "0", "-o", csv);
  json_t *curves = json_object_get (answer, "fusion");
  g_auto (GStrv) lines = NULL;

  g_assert_cmpuint (json_array_size (curves), ==, 3);
  check_curve (json_array_get (curves, 0), 0, 0);
  check_curve (json_array_get (curves, 1), 2, 2 * 4 * 2688);
  check_curve (json_array_get (curves, 2), 4, 4 * 4 * (4 * 256 + 2 * 4 * 16 + 2 * 16 * 64));
  g_assert_null (json_object_get (answer, "parts"));
  g_assert_true (g_file_get_contents (csv, &text, NULL, NULL));
  lines = g_strsplit (text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + 3 * 2 + 1);
  g_assert_true (g_str_has_prefix (lines[0], "backbone,layers,parameters,tokens,macs,forward_s"));
  g_assert_true (g_str_has_prefix (lines[4], "mamba,2,"));
  g_assert_nonnull (strstr (lines[4], ",4,21504,"));
}

static void
test_efficiency_figures (void)
{
  static const struct {
    const char *name, *begin;
  } files[] = { { "e.svg", "<?xml" }, { "e.pdf", "%PDF-" }, { "e.png", "\x89PNG" } };

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_build_filename (place.folder, files[i].name, NULL), *data = NULL;
    gsize size;

    g_assert_cmpint (RUN (&place, "analyse", "efficiency", "--preset", "toy", "--max-tokens", "4",
                          "--seconds", "0", "-o", path),
                     ==, 0);
    g_assert_true (g_file_get_contents (path, &data, &size, NULL));
    g_assert_cmpuint (size, >, 1000);
    g_assert_true (g_str_has_prefix (data, files[i].begin));
  }
}

static void
test_efficiency_of_run (void)
{
  static const char *const names[]
      = { "vision", "bdam", "image heads", "text", "text heads", "fusion" };
  json_auto_t *answer = ASK (&place, "analyse", "efficiency", "--run", "r", "--max-tokens", "2",
                             "--seconds", "0");
  json_t *parts = json_object_get (answer, "parts");

  g_assert_cmpuint (json_array_size (parts), ==, G_N_ELEMENTS (names));
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    json_t *part = json_array_get (parts, i);

    g_assert_cmpstr (json_string_value (json_object_get (part, "part")), ==, names[i]);
    g_assert_cmpfloat (get_number (part, "parameters"), >, 0);
    g_assert_cmpfloat (get_number (part, "macs"), >, 0);
    g_assert_cmpfloat (get_number (part, "seconds"), >, 0);
  }
}

static void
test_efficiency_wrong (void)
{
  EXPECT (2, "exclude each other", "analyse", "efficiency", "--run", "r", "--preset", "toy");
  EXPECT (2, "exclude each other", "analyse", "efficiency", "--run", "r", "--ablation", "a");
  EXPECT (2, "--ablation", "analyse", "efficiency", "--ablation", "../a");
  EXPECT (1, "no ablation in", "analyse", "efficiency", "--ablation", "nothing");
  EXPECT (2, "--max-tokens must lie", "analyse", "efficiency", "--max-tokens", "1");
  EXPECT (2, "--seconds must lie", "analyse", "efficiency", "--seconds", "-1");
  EXPECT (2, "huge", "analyse", "efficiency", "--preset", "huge");
  EXPECT (2, "no .svg, .pdf, .png or .csv file: 'x.txt'", "analyse", "efficiency", "-o", "x.txt");
  EXPECT (1, "nobody", "analyse", "efficiency", "--run", "nobody");
  EXPECT (1, "/proc/", "analyse", "efficiency", "--preset", "toy", "-o", "/proc/x.svg");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  place_init (&place);
  g_test_add_func ("/search/lambda", test_lambda);
  g_test_add_func ("/search/not", test_not);
  g_test_add_func ("/search/filter", test_filter);
  g_test_add_func ("/search/image", test_image);
  g_test_add_func ("/search/rerank", test_rerank);
  g_test_add_func ("/search/sheet", test_sheet);
  g_test_add_func ("/search/refusals", test_refusals);
  g_test_add_func ("/search/export", test_export);
  g_test_add_func ("/search/export-metadata", test_export_metadata);
  g_test_add_func ("/search/parts", test_parts);
  g_test_add_func ("/encode/texts", test_encode_texts);
  g_test_add_func ("/encode/images", test_encode_images);
  g_test_add_func ("/encode/refusals", test_encode_refusals);
  g_test_add_func ("/analyse/probes", test_probes);
  g_test_add_func ("/analyse/efficiency", test_efficiency);
  g_test_add_func ("/analyse/efficiency-figures", test_efficiency_figures);
  g_test_add_func ("/analyse/efficiency-of-run", test_efficiency_of_run);
  g_test_add_func ("/analyse/efficiency-wrong", test_efficiency_wrong);
  status = g_test_run ();
  place_clear (&place);
  return status;
}
