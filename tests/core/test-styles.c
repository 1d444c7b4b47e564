/* Manners of writing: features that do not depend on what is said, and the planted annotators of
 * the demo found again. */
#include "clip-folder.h"
#include "cluster-points.h"
#include "demo-folder.h"
#include "guise-demo.h"
#include "guise-formats-error.h"
#include "guise-style-encoder.h"
#include "guise-style-features.h"
#include "guise-style-names.h"
#include "nn-gemm.h"
#include "temp-folder.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define N_PERSONS 60
#define SEED 91

static GuiseLexicon *lexicon;
static char *place;
static DemoFolder folder;
static GPtrArray *texts;
static GArray *truth; /* of gint64: the annotator of each text */

static const GuiseWork no_work;

/* ---- features ---- */

static double
distance (const char *a, const char *b)
{
  float x[GUISE_STYLE_DIM], y[GUISE_STYLE_DIM];
  double sum = 0;

  guise_style_features (lexicon, a, x);
  guise_style_features (lexicon, b, y);
  for (guint d = 0; d < GUISE_STYLE_DIM; d++)
    sum += (double)(x[d] - y[d]) * (x[d] - y[d]);
  return sqrt (sum);
}

static void
test_mask (void)
{
  static const struct {
    const char *text, *masked;
  } cases[] = {
    { "A tall man in a dark blue coat.", "a □ in a □." },
    { "He wears jeans, a cap and no bag!", "they wears □, a □ and no □!" },
    { "red coat / jeans", "□ / □" },
    { "The xyzzy holds it", "the * holds it" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *masked = guise_style_mask (lexicon, cases[i].text);

    g_assert_cmpstr (masked, ==, cases[i].masked);
  }
}

/* What is said does not matter, how it is said does. */
static void
test_content (void)
{
  double content = distance ("A tall man in a red coat and blue jeans, a bag.",
                             "An old woman in a green dress and white shoes, a cap.");
  double manner = distance ("A tall man in a red coat and blue jeans, a bag.",
                            "tall man, red coat, blue jeans, bag");

  g_assert_cmpfloat (content, <, 0.05);
  g_assert_cmpfloat (manner, >, 0.4);
  g_assert_cmpfloat (distance ("She wears a coat.", "He wears a shirt."), <, 1e-6);
}

/* Any bytes have features, of length 1. */
static void
test_bytes (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);

  for (guint i = 0; i < 300; i++) {
    char text[64];
    float row[GUISE_STYLE_DIM];
    g_autofree char *masked = NULL;
    double sum = 0;
    guint n = (guint)g_rand_int_range (random, 0, sizeof text);

    for (guint c = 0; c < n; c++)
      text[c] = (char)g_rand_int_range (random, 1, 256);
    text[n] = '\0';
    guise_style_features (lexicon, text, row);
    for (guint d = 0; d < GUISE_STYLE_DIM; d++)
      sum += (double)row[d] * row[d];
    g_assert_cmpfloat_with_epsilon (sum, 1, 1e-5);
    masked = guise_style_mask (lexicon, text);
    g_assert_true (g_utf8_validate (masked, -1, NULL));
  }
}

static void
test_threads (void)
{
  size_t n = texts->len;
  g_autofree float *one = g_new (float, n *GUISE_STYLE_DIM);
  g_autofree float *two = g_new (float, n *GUISE_STYLE_DIM);
  NnTeam *team = nn_team_create (2);
  const GuiseWork work = { .team = team };
  g_autoptr (GError) error = NULL;

  g_assert_true (guise_style_features_of (lexicon, (const char *const *)texts->pdata, n, one,
                                          &no_work, &error));
  g_assert_true (
      guise_style_features_of (lexicon, (const char *const *)texts->pdata, n, two, &work, &error));
  g_assert_cmpmem (one, n * GUISE_STYLE_DIM * sizeof *one, two, n * GUISE_STYLE_DIM * sizeof *two);
  nn_team_free (team);
}

/* ---- the demo's annotators ---- */

static double
compare (const GuiseStyles *styles)
{
  g_autofree gint64 *labels = g_new (gint64, styles->n);

  for (size_t i = 0; i < styles->n; i++)
    labels[i] = styles->labels[i];
  return cluster_ari (labels, (const gint64 *)(gpointer)truth->data, styles->n);
}

static GuiseStyles *
find (const GuiseStyleOptions *options)
{
  g_autoptr (GError) error = NULL;
  GuiseStyles *styles = guise_styles_find (lexicon, (const char *const *)texts->pdata, NULL,
                                           texts->len, options, &no_work, &error);

  g_assert_no_error (error);
  return styles;
}

static void
check_sizes (const GuiseStyles *styles)
{
  g_autofree size_t *sizes = g_new0 (size_t, styles->n_styles);
  size_t n_given = 0;

  for (size_t i = 0; i < styles->n; i++)
    sizes[styles->labels[i]]++;
  for (size_t s = 0; s < styles->n_styles; s++) {
    g_autofree char *name = g_strdup_printf ("style-%zu", s + 1);
    g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

    g_assert_cmpstr (styles->styles[s].name, ==, name);
    g_assert_cmpuint (styles->styles[s].size, ==, sizes[s]);
    n_given += styles->styles[s].size - styles->styles[s].n_found;
    g_assert_true (s == 0 || sizes[s] <= sizes[s - 1]);
    g_assert_nonnull (styles->styles[s].exemplars[0]);
    for (char **text = styles->styles[s].exemplars; *text != NULL; text++)
      g_assert_true (g_hash_table_add (seen, *text));
  }
  g_assert_cmpuint (n_given, ==, styles->n_noise);
}

/* What nobody is told: the annotators that wrote the demo's captions. */
static void
test_default (void)
{
  const GuiseStyleOptions options = { 0 };
  g_autoptr (GuiseStyles) styles = find (&options);
  double ari = compare (styles);

  g_test_message ("dbscan: %zu styles, %zu noise, ARI %.3f", styles->n_styles, styles->n_noise,
                  ari);
  g_assert_cmpfloat (ari, >=, 0.8);
  g_assert_cmpfloat (styles->options.eps, >, 0);
  g_assert_cmpuint (styles->n_curve, >, styles->knee);
  g_assert_cmpfloat_with_epsilon (styles->curve[styles->knee], styles->options.eps, 0.02);
  g_assert_cmpfloat (styles->silhouette, >, 0.4);
  g_assert_null (styles->advice);
  check_sizes (styles);
}

static void
test_methods (void)
{
  static const double least[GUISE_CLUSTER_N_METHODS] = {
    [GUISE_CLUSTER_DBSCAN] = 0.8,
    [GUISE_CLUSTER_HDBSCAN] = 0.6,
    [GUISE_CLUSTER_KMEANS] = 0.8,
    [GUISE_CLUSTER_GMM] = 0.8,
    [GUISE_CLUSTER_AGGLOMERATIVE] = 0.8,
    [GUISE_CLUSTER_RANDOM] = -0.1,
  };

  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    const GuiseStyleOptions options = { .method = m, .seed = 3 };
    g_autoptr (GuiseStyles) styles = find (&options);
    double ari = compare (styles);

    g_test_message ("%s: %zu styles, silhouette %.2f, ARI %.3f", guise_cluster_method_get_name (m),
                    styles->n_styles, styles->silhouette, ari);
    g_assert_cmpfloat (ari, >=, least[m]);
    if (m == GUISE_CLUSTER_RANDOM)
      g_assert_cmpfloat (ari, <=, 0.1);
    check_sizes (styles);
  }
}

/* ---- odd sets ---- */

static GuiseStyles *
find_in (const char *const *some, size_t n, const GuiseStyleOptions *options)
{
  g_autoptr (GError) error = NULL;
  GuiseStyles *styles = guise_styles_find (lexicon, some, NULL, n, options, &no_work, &error);

  g_assert_no_error (error);
  return styles;
}

static void
test_degenerate (void)
{
  static const char *const same[] = { "A man.", "A man.", "A man.", "A man.", "A man.", "A man." };
  static const char *const few[] = { "A man.", "tall / woman", "I think he wears a coat." };

  for (guint m = 0; m < GUISE_CLUSTER_N_METHODS; m++) {
    const GuiseStyleOptions options = { .method = m, .k = 1 };
    g_autoptr (GuiseStyles) one = find_in (same, 1, &options);
    g_autoptr (GuiseStyles) six = find_in (same, 6, &options);
    g_autoptr (GuiseStyles) three = find_in (few, 3, &options);

    g_assert_cmpuint (one->n_styles, ==, 1);
    g_assert_cmpuint (six->n_styles, ==, 1);
    g_assert_cmpuint (g_strv_length (six->styles[0].exemplars), ==, 1);
    g_assert_cmpuint (three->n_styles, ==, 1);
    g_assert_true (isnan (three->silhouette));
  }
}

static void
test_useless (void)
{
  const GuiseStyleOptions narrow = { .eps = 1e-4, .min_samples = 100 }, wide = { .eps = 2 };
  g_autoptr (GuiseStyles) none = find (&narrow);
  g_autoptr (GuiseStyles) all = find (&wide);

  g_assert_cmpuint (none->n_clusters, ==, 0);
  g_assert_cmpuint (none->n_styles, ==, 1);
  g_assert_nonnull (strstr (none->advice, "larger eps"));
  g_assert_cmpuint (all->n_styles, ==, 1);
  g_assert_nonnull (all->advice);
}

static void
test_refused (void)
{
  const GuiseStyleOptions options = { .method = GUISE_CLUSTER_KMEANS, .k = 7 };
  static const char *const few[] = { "A man.", "A woman." };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const GuiseWork work = { .cancellable = cancellable };
  g_autoptr (GError) error = NULL, none = NULL, cancelled = NULL;

  g_assert_null (guise_styles_find (lexicon, few, NULL, 2, &options, &no_work, &error));
  g_assert_error (error, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT);
  g_assert_null (guise_styles_find (lexicon, few, NULL, 0, &options, &no_work, &none));
  g_assert_error (none, GUISE_CLUSTER_ERROR, GUISE_CLUSTER_ERROR_ARGUMENT);
  g_cancellable_cancel (cancellable);
  g_assert_null (guise_styles_find (lexicon, (const char *const *)texts->pdata, NULL, texts->len,
                                    &options, &work, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- CLIP's features ---- */

static char *
make_clip (void)
{
  char *clip = g_build_filename (place, "clip", NULL);

  clip_folder_make (clip);
  return clip;
}

static float *
encode (const char *clip, const char *const *some, size_t n, size_t n_threads)
{
  GuiseWork work = { .team = n_threads > 1 ? nn_team_create (n_threads) : NULL };
  g_autoptr (GError) error = NULL;
  size_t dim = 0;
  float *rows = guise_style_encode (lexicon, clip, some, n, &dim, &work, &error);

  nn_team_free (work.team);
  g_assert_no_error (error);
  g_assert_cmpuint (dim, ==, 10); /* the golden model's projection */
  return rows;
}

/* What is said does not matter, how it is said does. */
static void
test_encoded (void)
{
  static const char *const some[] = { "A man in a red coat.", "A woman in a blue hat.",
                                      "he is, as i see it, a man", "" };
  g_autofree char *clip = make_clip ();
  g_autofree float *rows = encode (clip, some, 4, 1);

  g_assert_cmpmem (rows, 10 * sizeof *rows, rows + 10, 10 * sizeof *rows);
  for (size_t i = 0; i < 4; i++) {
    double length = 0;

    for (size_t d = 0; d < 10; d++)
      length += (double)rows[i * 10 + d] * rows[i * 10 + d];
    g_assert_cmpfloat_with_epsilon (length, 1, 1e-5);
  }
  g_assert_true (memcmp (rows, rows + 20, 10 * sizeof *rows) != 0);
  temp_folder_remove (clip);
}

static void
test_encoder_threads (void)
{
  const char *const *all = (const char *const *)texts->pdata;
  g_autofree char *clip = make_clip ();
  g_autofree float *one = encode (clip, all, texts->len, 1);
  g_autofree float *three = encode (clip, all, texts->len, 3);

  g_assert_cmpmem (one, 10 * texts->len * sizeof *one, three, 10 * texts->len * sizeof *one);
  temp_folder_remove (clip);
}

typedef struct {
  GCancellable *cancellable;
  guint64 done;
} Stop;

/* Somebody presses a button while texts are encoded. */
static void
stop_early (guint64 done, guint64 total, gpointer data)
{
  Stop *stop = data;

  stop->done = done;
  if (done > 0)
    g_cancellable_cancel (stop->cancellable);
}

static void
test_encoder_stopped (void)
{
  g_autofree char *clip = make_clip ();
  const GuiseStyleOptions options = { .encoder = clip };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Stop stop = { cancellable, 0 };
  const GuiseWork work
      = { .cancellable = cancellable, .progress = stop_early, .progress_data = &stop };
  g_autoptr (GError) error = NULL;

  g_assert_null (guise_styles_find (lexicon, (const char *const *)texts->pdata, NULL, texts->len,
                                    &options, &work, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpuint (stop.done, >, 0);
  g_assert_cmpuint (stop.done, <, 50); /* of 100: not all was encoded first */
  temp_folder_remove (clip);
}

/* ---- styles.json ---- */

static void
test_file (void)
{
  const GuiseStyleOptions options = { .seed = 4 };
  g_autoptr (GuiseStyles) styles = find (&options);
  g_autoptr (GuiseStyles) read = NULL;
  g_autoptr (GError) error = NULL;
  json_auto_t *a = guise_styles_to_json (styles, TRUE), *b = NULL;
  json_auto_t *exemplars = guise_styles_pack_exemplars (styles, NULL);

  g_assert_true (guise_styles_save (styles, place, &error));
  read = guise_styles_load (place, &error);
  g_assert_no_error (error);
  b = guise_styles_to_json (read, TRUE);
  g_assert_true (json_equal (a, b));
  g_assert_cmpuint (json_object_size (exemplars), ==, styles->n_styles);
  g_assert_cmpuint (json_array_size (json_object_get (exemplars, "style-1")), ==, 5);
}

/* ---- names ---- */

static void
test_names (void)
{
  static const char *const bad[] = { "", " ", "a ", "a,b", "3", "all", "mine.json", "a\nb",
                                     "\xff", "a\xe2\x80\xae" };
  g_autofree char *longest = g_strnfill (60, 'x'), *longer = g_strnfill (61, 'x');
  const GuiseStyleOptions options = { .method = GUISE_CLUSTER_KMEANS, .k = 3 };
  g_autoptr (GuiseStyles) styles = find (&options);
  g_auto (GStrv) two = NULL, named = NULL, none = NULL;
  g_autoptr (GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) why = NULL;

    g_assert_false (guise_style_name_check (bad[i], &why));
    g_assert_error (why, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NAME);
    g_assert_true (g_utf8_validate (why->message, -1, NULL));
  }
  g_assert_false (guise_style_name_check (longer, NULL));
  g_assert_true (guise_styles_rename (styles, "style-3", longest, NULL));
  g_assert_true (guise_styles_rename (styles, "style-2", "knapp & kühl", NULL));
  g_assert_true (guise_styles_rename (styles, "style-1", "style-1", NULL));
  g_assert_false (guise_styles_rename (styles, "style-1", longest, NULL));
  g_assert_false (guise_styles_rename (styles, "style-2", "x", NULL));
  two = guise_styles_choose (styles, "2", NULL);
  g_assert_cmpstr (two[1], ==, "knapp & kühl");
  g_assert_null (two[2]);
  named = guise_styles_choose (styles, "knapp & kühl, style-1", NULL);
  g_assert_cmpstr (named[0], ==, "style-1"); /* the largest first */
  g_assert_cmpuint (g_strv_length (named), ==, 2);
  none = guise_styles_choose (styles, "style-1,,", &error);
  g_assert_null (none);
  g_assert_error (error, GUISE_STYLE_ERROR, GUISE_STYLE_ERROR_NONE);
}

/* A set of texts whose i-th has the label labels[i]; names "a", "b" … */
static GuiseStyles *
make_styles (const char *const *names, const guint32 *labels, size_t n)
{
  GuiseStyles *styles = g_new0 (GuiseStyles, 1);

  styles->n = n;
  styles->ids = g_new (gint64, n);
  styles->labels = g_memdup2 (labels, n * sizeof *labels);
  styles->n_styles = g_strv_length ((char **)names);
  styles->styles = g_new0 (GuiseStyle, styles->n_styles);
  for (size_t i = 0; i < n; i++)
    styles->ids[i] = 100 + (gint64)i;
  for (size_t s = 0; s < styles->n_styles; s++)
    styles->styles[s].name = g_strdup (names[s]);
  return styles;
}

static void
test_inherited (void)
{
  static const char *const old_names[] = { "style-2", "curt", "style-9", NULL };
  static const char *const new_names[] = { "style-1", "style-2", "style-3", NULL };
  static const guint32 old_labels[] = { 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2 };
  static const guint32 new_labels[] = { 1, 1, 1, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0 };
  g_autoptr (GuiseStyles) before = make_styles (old_names, old_labels, 11);
  g_autoptr (GuiseStyles) after = make_styles (new_names, new_labels, 13);

  guise_styles_inherit_names (after, before);
  g_assert_cmpstr (after->styles[0].name, ==, "style-10"); /* three of six: no majority */
  g_assert_cmpstr (after->styles[1].name, ==, "style-2");
  g_assert_cmpstr (after->styles[2].name, ==, "style-11"); /* half of the old one: neither */
}

static void
refuse (const char *text, const char *why)
{
  json_auto_t *object = json_loads (text, 0, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (object);
  g_assert_null (guise_styles_from_json (object, "styles.json", &error));
  g_assert_nonnull (error);
  g_assert_true (error->domain == GUISE_FORMATS_ERROR);
  g_assert_nonnull (strstr (error->message, "styles.json"));
  if (strstr (error->message, why) == NULL)
    g_error ("'%s' does not say '%s'", error->message, why);
}

#define HEAD "{\"version\": 1, \"options\": {\"method\": \"dbscan\"}, "
#define STYLE "{\"name\": \"style-1\", \"size\": 1, \"exemplars\": [\"A man.\"]}"

static void
test_damaged (void)
{
  g_autofree char *path = g_build_filename (place, "none", NULL);
  g_autoptr (GError) error = NULL;

  refuse ("{}", "version");
  refuse ("{\"version\": 2}", "another version");
  refuse ("{\"version\": 1, \"options\": {\"method\": \"means\"}, \"styles\": [" STYLE
          "], \"captions\": {}}",
          "method");
  refuse (HEAD "\"styles\": [], \"captions\": {\"ids\": [], \"styles\": []}}", "no style");
  refuse (HEAD "\"styles\": [{\"name\": \"x\"}], \"captions\": {}}", "size");
  refuse (HEAD "\"styles\": [{\"name\": \"x\", \"size\": 1, \"exemplars\": [3]}], "
               "\"captions\": {}}",
          "no text");
  refuse (HEAD "\"styles\": [" STYLE "], \"captions\": {\"ids\": [1], \"styles\": []}}", "length");
  refuse (HEAD "\"styles\": [" STYLE "," STYLE "], \"captions\": {}}", "two styles");
  refuse (HEAD "\"styles\": [{\"name\": \"x\", \"size\": -1, \"exemplars\": []}], "
               "\"captions\": {}}",
          "below 0");
  refuse (HEAD "\"styles\": [{\"name\": \"a,b\", \"size\": 1, \"exemplars\": []}], "
               "\"captions\": {}}",
          "cannot be called");
  refuse (HEAD "\"styles\": [" STYLE "], \"captions\": {\"ids\": [1], \"styles\": [1]}}",
          "that there is not");
  refuse ("{\"version\": 1, \"options\": {\"method\": \"dbscan\", \"encoder\": 1}, "
          "\"styles\": [" STYLE "], \"captions\": {}}",
          "'encoder' is no text");
  g_assert_null (guise_styles_load (path, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* ---- the whole ---- */

static void
set_up (void)
{
  static const char *const names[] = { "terse", "flowing", "list", "telegraphic", "hedging" };
  g_autofree char *root = NULL;
  g_autoptr (GError) error = NULL;

  nn_gemm_init ();
  lexicon = guise_lexicon_load ("en", &error);
  g_assert_no_error (error);
  place = temp_folder_new ("styles");
  root = g_build_filename (place, "people", NULL);
  g_assert_true (guise_demo_write (root, N_PERSONS, SEED, 0, NULL, NULL, NULL, NULL, &error));
  demo_folder_load (&folder, root);
  texts = g_ptr_array_new ();
  truth = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < folder.images->len; i++) {
    const DemoImage *image = &g_array_index (folder.images, DemoImage, i);

    for (guint c = 0; c < 2; c++) {
      gint64 t = 0;

      while (strcmp (names[t], image->styles[c]) != 0)
        t++;
      g_ptr_array_add (texts, (gpointer)image->captions[c]);
      g_array_append_val (truth, t);
    }
  }
}

static void
tear_down (void)
{
  g_ptr_array_unref (texts);
  g_array_unref (truth);
  demo_folder_clear (&folder);
  temp_folder_free (place);
  guise_lexicon_free (lexicon);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/styles/mask", test_mask);
  g_test_add_func ("/styles/content", test_content);
  g_test_add_func ("/styles/bytes", test_bytes);
  g_test_add_func ("/styles/threads", test_threads);
  g_test_add_func ("/styles/default", test_default);
  g_test_add_func ("/styles/methods", test_methods);
  g_test_add_func ("/styles/degenerate", test_degenerate);
  g_test_add_func ("/styles/useless", test_useless);
  g_test_add_func ("/styles/refused", test_refused);
  g_test_add_func ("/styles/names", test_names);
  g_test_add_func ("/styles/inherited", test_inherited);
  g_test_add_func ("/styles/encoder/rows", test_encoded);
  g_test_add_func ("/styles/encoder/threads", test_encoder_threads);
  g_test_add_func ("/styles/encoder/stopped", test_encoder_stopped);
  g_test_add_func ("/styles/file", test_file);
  g_test_add_func ("/styles/damaged", test_damaged);
  status = g_test_run ();
  tear_down ();
  return status;
}
