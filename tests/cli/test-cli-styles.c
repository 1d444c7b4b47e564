/* guisectl styles: what they find, say and keep. */
#include "clip-folder.h"
#include "run-ctl.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder, *project;

/* Runs guisectl on the project with arguments separated by blanks. */
static int
run (const char *arguments, char **output, char **errors)
{
  const char *before[] = { "--project", project, NULL };
  g_auto (GStrv) words = g_strsplit (arguments, " ", -1);
  g_autofree char *unwanted = NULL; /* not among what this test says itself */

  return ctl_run (before, (const char *const *)words, output != NULL ? output : &unwanted, errors);
}

static void
assert_fails (const char *arguments, int status, const char *why)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, status);
  g_assert_cmpstr (output, ==, "");
  ctl_assert_one_line (errors, why);
}

static json_t *
run_json (const char *arguments)
{
  g_autofree char *output = NULL, *errors = NULL;

  g_assert_cmpint (run (arguments, &output, &errors), ==, 0);
  g_assert_cmpstr (errors, ==, "");
  return ctl_read_last (output);
}

/* ---- styles ---- */

static void
test_none_yet (void)
{
  assert_fails ("styles --exemplars", 1, "no styles have been found in this project yet");
}

static void
test_found (void)
{
  json_auto_t *got = run_json ("styles --json"), *exemplars = NULL;
  json_t *styles = json_object_get (got, "styles"), *style;
  gint64 n = 0;
  size_t i;

  g_assert_cmpstr (json_string_value (json_object_get (json_object_get (got, "options"), "method")),
                   ==, "dbscan");
  g_assert_cmpint (ctl_get_int (got, "clusters"), >=, 5);
  json_array_foreach (styles, i, style) n += ctl_get_int (style, "size");
  g_assert_cmpint (n, ==, ctl_get_int (got, "texts"));
  exemplars = run_json ("styles --exemplars");
  g_assert_cmpuint (json_object_size (exemplars), ==, json_array_size (styles));
  json_array_foreach (styles, i, style)
  {
    json_t *texts = json_object_get (exemplars,
                                     json_string_value (json_object_get (style, "name")));

    g_assert_true (json_equal (texts, json_object_get (style, "exemplars")));
  }
}

static void
test_table (void)
{
  g_autofree char *output = NULL;
  g_autofree char *path = g_build_filename (project, "styles.json", NULL);
  json_auto_t *exemplars = NULL;

  g_unlink (path); /* nobody's names are inherited */
  g_assert_cmpint (run ("styles --method kmeans -k 3 --n-exemplars 2 --seed 4", &output, NULL), ==,
                   0);
  g_assert_nonnull (strstr (output, "3 styles by kmeans"));
  g_assert_nonnull (strstr (output, "\nstyle-3"));
  exemplars = run_json ("styles --exemplars");
  g_assert_cmpuint (json_array_size (json_object_get (exemplars, "style-2")), ==, 2);
}

static void
test_filter (void)
{
  json_auto_t *all = run_json ("styles --json");
  const char *before[] = { "--project", project, NULL };
  const char *words[] = { "styles", "--json", "--filter", "split = test", NULL };
  g_autofree char *output = NULL;
  json_auto_t *some = NULL;

  g_assert_cmpint (ctl_run (before, words, &output, NULL), ==, 0);
  some = ctl_read_last (output);
  g_assert_cmpint (ctl_get_int (some, "texts"), >, 0);
  g_assert_cmpint (ctl_get_int (some, "texts"), <, ctl_get_int (all, "texts"));
}

static void
test_useless (void)
{
  g_autofree char *errors = NULL;

  g_assert_cmpint (run ("styles --eps 2", NULL, &errors), ==, 0);
  g_assert_nonnull (strstr (errors, "guisectl: note: "));
  g_assert_nonnull (strstr (errors, "eps"));
}

static void
test_wrong (void)
{
  assert_fails ("styles --method means", 2, "unknown method: 'means'");
  assert_fails ("styles --eps -1", 2, "--eps must be above 0");
  assert_fails ("styles --eps 0", 2, "--eps must be above 0");
  assert_fails ("styles --min-cluster-size 1", 2, "at least 2");
  assert_fails ("styles --n-exemplars 51", 2, "from 1 to 50");
  assert_fails ("styles -k 4", 2, "dbscan finds the number of styles itself");
  assert_fails ("styles --method hdbscan -k 4", 2, "hdbscan finds the number of styles itself");
  assert_fails ("styles --method gmm --eps 0.5", 2, "gmm takes neither");
  assert_fails ("styles --method hdbscan --min-samples 5", 2, "hdbscan takes neither");
  assert_fails ("styles --exemplars --seed 3", 2, "they go with nothing else");
  assert_fails ("styles --filter split=nowhere", 1, "nowhere");
  assert_fails ("styles --filter camera=nowhere", 1, "no free caption");
  assert_fails ("styles --method kmeans -k 100000", 1, "cannot find styles: k = 100000");
}

/* ---- an encoder ---- */

static char *clip;

static json_t *
find_with_clip (const char *options)
{
  g_autofree char *arguments = g_strdup_printf ("styles --encoder %s%s", clip, options);
  g_autofree char *path = g_build_filename (project, "styles.json", NULL);
  g_autofree char *output = NULL;
  json_t *kept;

  g_unlink (path); /* nobody's names are inherited */
  g_assert_cmpint (run (arguments, &output, NULL), ==, 0);
  kept = json_load_file (path, 0, NULL);
  g_assert_nonnull (kept);
  return kept;
}

static const char *
get_encoder (json_t *styles)
{
  return json_string_value (json_object_get (json_object_get (styles, "options"), "encoder"));
}

static void
test_encoder (void)
{
  json_auto_t *one = find_with_clip (" --method kmeans -k 3 --threads 1");
  json_auto_t *two = find_with_clip (" --method kmeans -k 3 --threads 2");
  json_auto_t *dense = find_with_clip (""), *builtin = NULL;
  g_autofree char *path = g_build_filename (project, "styles.json", NULL);

  g_assert_cmpstr (get_encoder (one), ==, clip);
  g_assert_cmpuint (json_array_size (json_object_get (one, "styles")), ==, 3);
  g_assert_true (json_equal (one, two));
  g_assert_cmpstr (get_encoder (dense), ==, clip);
  g_assert_cmpint (ctl_get_int (dense, "clusters"), >=, 1);
  g_assert_cmpint (run ("styles --encoder builtin --method kmeans -k 3 --quiet", NULL, NULL), ==,
                   0);
  builtin = json_load_file (path, 0, NULL);
  g_assert_cmpstr (get_encoder (builtin), ==, "builtin");
  g_assert_cmpint (ctl_get_int (builtin, "texts"), ==, ctl_get_int (one, "texts"));
  g_assert_false (
      json_equal (json_object_get (one, "captions"), json_object_get (builtin, "captions")));
}

/* A folder named by a detour is kept with its whole path, and the table says it. */
static void
test_encoder_table (void)
{
  g_autofree char *output = NULL, *away = g_build_filename (clip, "..", "clip", NULL);
  g_autofree char *arguments = g_strdup_printf ("styles --encoder %s --method kmeans", away);
  g_autofree char *said = g_strdup_printf ("told apart by '%s'", clip);

  g_assert_cmpint (run (arguments, &output, NULL), ==, 0);
  g_assert_nonnull (strstr (output, said));
}

static void
assert_encoder_fails (const char *encoder, const char *why)
{
  g_autofree char *arguments = g_strdup_printf ("styles --encoder %s", encoder);

  assert_fails (arguments, 1, why);
}

static void
assert_golden_fails (const char *name, const char *why)
{
  g_autofree char *encoder
      = g_test_build_filename (G_TEST_DIST, "golden", "pretrained", name, NULL);

  assert_encoder_fails (encoder, why);
}

static void
test_encoder_wrong (void)
{
  g_autofree char *path = g_build_filename (project, "styles.json", NULL);
  g_autofree char *merges = g_build_filename (clip, "merges.txt", NULL);
  g_autofree char *vocab = g_build_filename (clip, "vocab.json", NULL);
  json_auto_t *before = json_load_file (path, 0, NULL), *after = NULL;

  assert_encoder_fails ("/somewhere", "cannot find styles: ");
  assert_golden_fails ("bert", "it is a BERT model, styles are told apart by CLIP's text model");
  assert_golden_fails ("vit", "it is a ViT model: texts are not for it");
  assert_golden_fails ("clip-vision", "it is a CLIP vision model: texts are not for it");
  assert_golden_fails ("clip", "no tokenizer.json, vocab.txt, or vocab.json");
  g_unlink (merges);
  assert_encoder_fails (clip, "merges.txt");
  g_unlink (vocab);
  temp_folder_put (clip, "vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nman\n", -1);
  assert_encoder_fails (clip, "it is BERT's, the model beside it is CLIP text");
  after = json_load_file (path, 0, NULL);
  g_assert_nonnull (before);
  g_assert_true (json_equal (before, after)); /* what was found last is still there */
  assert_fails ("styles --exemplars --encoder builtin", 2, "they go with nothing else");
}

int
main (int argc, char **argv)
{
  const char *words[] = { "demo", NULL, "--persons", "24", "--seed", "3", "--quiet", NULL };
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = temp_folder_new ("styles");
  words[1] = project = g_build_filename (folder, "project", NULL);
  clip = g_build_filename (folder, "clip", NULL);
  clip_folder_make (clip);
  g_assert_cmpint (ctl_run (NULL, words, NULL, NULL), ==, 0);
  g_test_add_func ("/cli/styles/none-yet", test_none_yet);
  g_test_add_func ("/cli/styles/found", test_found);
  g_test_add_func ("/cli/styles/table", test_table);
  g_test_add_func ("/cli/styles/filter", test_filter);
  g_test_add_func ("/cli/styles/useless", test_useless);
  g_test_add_func ("/cli/styles/wrong", test_wrong);
  g_test_add_func ("/cli/styles/encoder", test_encoder);
  g_test_add_func ("/cli/styles/encoder-table", test_encoder_table);
  g_test_add_func ("/cli/styles/encoder-wrong", test_encoder_wrong);
  status = g_test_run ();
  g_free (project);
  g_free (clip);
  temp_folder_free (folder);
  return status;
}
