/* guisectl embed and eval: against a recomputation one item at a time with a full sort, and where
 * indexes, images and splits are not as one would like them. */
#include "retrieval-place.h"

#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "guise-embedder.h"
#include "guise-index.h"
#include "guise-pixels.h"
#include "guise-project.h"
#include "guise-resize.h"
#include "guise-store-training.h"
#include "guise-wordpiece.h"
#include "nn-gemm.h"

static Place place;

/* ---- the recomputation ---- */

typedef struct {
  GuiseModel *model;
  GuiseWordpiece *wordpiece;
  GuiseTrainingData *data; /* of the test split */
  size_t dim;
  float *v, *c; /* [n_images,F] */
} Truth;

static void
embed_images (Truth *truth, GuiseProject *project, GuiseEmbedder *embedder)
{
  const gsize *size = truth->model->config.vision.image_size;
  g_autofree float *planes = g_new (float, 3 * size[0] * size[1]);

  for (size_t i = 0; i < truth->data->n_images; i++) {
    g_autoptr (GuiseRoot) root
        = guise_project_get_root (project, truth->data->dataset_ids[i], NULL);
    g_autoptr (GuiseImage) image = guise_decoder_decode (
        guise_project_get_decoder (project), root, truth->data->paths[i], NULL, NULL, NULL);
    g_autoptr (GuiseImage) resized
        = guise_image_resize (image, size[1], size[0], GUISE_FILTER_BILINEAR);
    const GuiseImageOutputs out
        = { .v = truth->v + i * truth->dim, .c = truth->c + i * truth->dim };

    guise_pixels_to_planes (planes, guise_image_get_pixels (resized), size[1], size[0]);
    guise_embedder_embed_images (embedder, planes, 1, &out);
  }
}

static void
truth_init (Truth *truth)
{
  const GuiseTrainingQuery query = { .splits = 1u << GUISE_SPLIT_TEST };
  g_autoptr (GuiseProject) project
      = guise_project_open (place.project, GUISE_PROJECT_READ_ONLY, NULL);
  g_autofree char *vocab = g_build_filename (place.checkpoint, "vocab.txt", NULL);
  g_autoptr (GuiseEmbedder) embedder = NULL;
  g_autoptr (GError) error = NULL;

  nn_gemm_init ();
  truth->model = guise_model_load (place.checkpoint, &error);
  g_assert_no_error (error);
  truth->wordpiece = guise_wordpiece_load (vocab, NULL);
  truth->data = guise_store_read_training_data (guise_project_get_store (project), &query, NULL,
                                                &error);
  g_assert_no_error (error);
  truth->dim = truth->model->config.fusion.size;
  truth->v = g_new (float, truth->data->n_images * truth->dim);
  truth->c = g_new (float, truth->data->n_images * truth->dim);
  embedder = guise_embedder_new (truth->model, NULL);
  embed_images (truth, project, embedder);
}

static void
truth_clear (Truth *truth)
{
  guise_model_free (truth->model);
  guise_wordpiece_free (truth->wordpiece);
  guise_training_data_free (truth->data);
  g_free (truth->v);
  g_free (truth->c);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Truth, truth_clear)

static void
embed_text (const Truth *truth, GuiseEmbedder *embedder, const char *text, float *t, float *u)
{
  gint32 ids[64];
  gsize start[2] = { 0 };
  const GuiseTextOutputs out = { .t = t, .u = u };

  start[1] = guise_wordpiece_encode (truth->wordpiece, text, truth->model->config.text.max_tokens,
                                     ids);
  guise_embedder_embed_texts (embedder, ids, start, 1, &out);
}

static double
dot (const float *a, const float *b, size_t n)
{
  double sum = 0;

  for (size_t k = 0; k < n; k++)
    sum += (double)a[k] * b[k];
  return sum;
}

typedef struct {
  double score;
  size_t image;
} Scored;

static int
compare_scored (const void *a, const void *b)
{
  const Scored *x = a, *y = b;

  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return x->image < y->image ? -1 : 1;
}

/* What is asked and how hits are counted. */
typedef struct {
  double lambda;
  gboolean outfit, change, picture;
} Rules;

typedef struct {
  double r1, r5, r10, map, minp;
  size_t queries, skipped;
} Figures;

/* One query about image q, the gallery sorted whole. */
static void
judge (const Truth *truth, const Rules *rules, size_t q, const float *t, const float *u,
       Figures *figures)
{
  const GuiseTrainingData *data = truth->data;
  g_autofree Scored *order = g_new (Scored, data->n_images);
  size_t n = 0, found = 0, first = 0, last = 0;
  double ap = 0;

  for (size_t i = 0; i < data->n_images; i++) {
    gboolean same_outfit = data->outfit_ids[i] == data->outfit_ids[q];

    if ((rules->picture && i == q) || (rules->change && same_outfit))
      continue;
    order[n++]
        = (Scored){ rules->lambda * dot (truth->v + i * truth->dim, t, truth->dim)
                        + (1 - rules->lambda) * dot (truth->c + i * truth->dim, u, truth->dim),
                    i };
  }
  qsort (order, n, sizeof *order, compare_scored);
  for (size_t r = 0; r < n; r++) {
    size_t i = order[r].image;

    if (rules->outfit ? data->outfit_ids[i] != data->outfit_ids[q]
                      : data->person_ids[i] != data->person_ids[q])
      continue;
    first = found == 0 ? r + 1 : first;
    last = r + 1;
    ap += (double)++found / (r + 1);
  }
  figures->queries++;
  figures->skipped += found == 0;
  if (found == 0)
    return;
  figures->r1 += first <= 1;
  figures->r5 += first <= 5;
  figures->r10 += first <= 10;
  figures->map += ap / found;
  figures->minp += (double)found / last;
}

static const char *
find_text (const GuiseTrainingData *data, size_t image, GuiseCaptionKind kind)
{
  for (size_t k = data->caption_start[image]; k < data->caption_start[image + 1]; k++)
    if (data->caption_kinds[k] == kind)
      return data->texts[k];
  g_assert_not_reached ();
}

static void
judge_image (const Truth *truth, GuiseEmbedder *embedder, const char *question, const Rules *rules,
             size_t i, Figures *figures)
{
  const GuiseTrainingData *data = truth->data;
  float t[64], u[64], other[64];

  if (strcmp (question, "image") == 0) {
    judge (truth, rules, i, truth->v + i * truth->dim, truth->c + i * truth->dim, figures);
  } else if (strcmp (question, "caption") == 0) {
    for (size_t k = data->caption_start[i]; k < data->caption_start[i + 1]; k++)
      if (data->caption_kinds[k] == GUISE_CAPTION_FREE) {
        embed_text (truth, embedder, data->texts[k], t, u);
        judge (truth, rules, i, t, u, figures);
      }
  } else {
    embed_text (truth, embedder, find_text (data, i, GUISE_CAPTION_IDENTITY), t, other);
    embed_text (truth, embedder, find_text (data, i, GUISE_CAPTION_CLOTHING), other, u);
    judge (truth, rules, i, t, u, figures);
  }
}

static void
compare (const Truth *truth, const char *question, const Rules *rules, json_t *answer)
{
  g_autoptr (GuiseEmbedder) embedder = guise_embedder_new (truth->model, NULL);
  Figures f = { 0 };
  double n;

  for (size_t i = 0; i < truth->data->n_images; i++)
    judge_image (truth, embedder, question, rules, i, &f);
  n = (f.queries - f.skipped) / 100.0;
  g_assert_cmpfloat (get_number (answer, "queries"), ==, f.queries);
  g_assert_cmpfloat (get_number (answer, "skipped"), ==, f.skipped);
  g_assert_cmpfloat (get_number (answer, "gallery"), ==, truth->data->n_images);
  g_assert_cmpfloat_with_epsilon (get_number (answer, "r1"), f.r1 / n, 1e-6);
  g_assert_cmpfloat_with_epsilon (get_number (answer, "r5"), f.r5 / n, 1e-6);
  g_assert_cmpfloat_with_epsilon (get_number (answer, "r10"), f.r10 / n, 1e-6);
  g_assert_cmpfloat_with_epsilon (get_number (answer, "map"), f.map / n, 1e-6);
  g_assert_cmpfloat_with_epsilon (get_number (answer, "minp"), f.minp / n, 1e-6);
}

#define COMPARE(truth, question, rules, ...)                               \
  G_STMT_START                                                             \
  {                                                                        \
    json_auto_t *answer = ASK (&place, "eval", "--run", "r", __VA_ARGS__); \
    compare (truth, question, rules, answer);                              \
  }                                                                        \
  G_STMT_END

static void
test_figures (void)
{
  g_auto (Truth) truth = { 0 };

  truth_init (&truth);
  COMPARE (&truth, "caption", (&(Rules){ .lambda = 0.35 }), "--query", "caption");
  COMPARE (&truth, "caption", (&(Rules){ .lambda = 0.8, .outfit = TRUE }), "--lambda", "0.8",
           "--positives", "outfit");
  COMPARE (&truth, "who", (&(Rules){ .lambda = 1 }), "--query", "who");
  COMPARE (&truth, "who", (&(Rules){ .lambda = 1, .change = TRUE }), "--query", "who", "--protocol",
           "clothing-change");
  COMPARE (&truth, "wearing", (&(Rules){ .lambda = 0, .outfit = TRUE }), "--query", "wearing",
           "--positives", "outfit");
  COMPARE (&truth, "both", (&(Rules){ .lambda = 0.5 }), "--query", "both");
  COMPARE (&truth, "image", (&(Rules){ .lambda = 1, .picture = TRUE }), "--query", "image");
  COMPARE (&truth, "image", (&(Rules){ .lambda = 1, .picture = TRUE, .change = TRUE }), "--query",
           "image", "--protocol", "clothing-change");
  COMPARE (&truth, "image", (&(Rules){ .lambda = 0.2, .picture = TRUE, .outfit = TRUE }), "--query",
           "image", "--positives", "outfit", "--lambda", "0.2");
}

static void
test_table (void)
{
  static const char *const order[] = { "caption", "wearing", "who", "both", "image" };
  json_auto_t *answer = ASK (&place, "eval", "--run", "r", "--query", "all");
  json_auto_t *who = ASK (&place, "eval", "--run", "r", "--query", "who");
  json_t *rows = json_object_get (answer, "rows"), *row;

  g_assert_cmpuint (json_array_size (rows), ==, 5);
  for (int i = 0; i < 5; i++)
    g_assert_cmpstr (json_string_value (json_object_get (json_array_get (rows, i), "query")), ==,
                     order[i]);
  row = json_array_get (rows, 2);
  g_assert_cmpfloat (get_number (row, "map"), ==, get_number (who, "map"));
  g_assert_cmpint (RUN (&place, "eval", "--run", "r", "--query", "all"), ==, 0);
  g_assert_nonnull (strstr (place.out, "clothing-change 1.00"));
}

/* ---- the index ---- */

static void
test_embed (void)
{
  json_auto_t *first = ASK (&place, "embed", "--run", "r");
  json_auto_t *again = ASK (&place, "embed", "--run", "r");
  json_auto_t *part = ASK (&place, "embed", "--run", "r", "--split", "test,val");
  json_auto_t *kept = ASK (&place, "embed", "--run", "r");
  json_auto_t *whole = ASK (&place, "embed", "--run", "r", "--split", "all");
  double n = get_number (first, "images");

  g_assert_cmpfloat (get_number (first, "dim"), ==, 24);
  g_assert_cmpfloat (get_number (first, "seconds"), >, 0);
  g_assert_cmpfloat (get_number (first, "embedded"), ==, n);
  g_assert_cmpfloat (get_number (again, "embedded"), ==, 0);
  g_assert_cmpfloat (get_number (again, "images"), ==, n);
  g_assert_cmpfloat (get_number (part, "images"), <, n);
  g_assert_cmpfloat (get_number (part, "embedded"), ==, 0);
  g_assert_cmpfloat (get_number (kept, "images"), ==, get_number (part, "images"));
  g_assert_cmpfloat (get_number (whole, "images"), ==, n);
  g_assert_cmpfloat (get_number (whole, "embedded"), ==, n - get_number (part, "images"));
}

static char *
read_index (char **hash)
{
  char *path = g_build_filename (place.project, "runs", "s", "index.safetensors", NULL);
  g_autoptr (GuiseIndex) index = guise_index_open (path, NULL);

  g_assert_nonnull (index);
  *hash = g_strdup (guise_index_get_info (index)->checkpoint);
  return path;
}

/* Other weights in the run's folder, then a damaged file. */
static void
test_stale_index (void)
{
  g_autofree char *one = place_make_checkpoint (&place, "one", 1, "", NULL);
  g_autofree char *two = place_make_checkpoint (&place, "two", 2, "", NULL);
  g_autofree char *from = g_build_filename (two, "model.safetensors", NULL);
  g_autofree char *to
      = g_build_filename (place.project, "runs", "s", "best", "model.safetensors", NULL);
  g_autofree char *before = NULL, *after = NULL, *path = NULL, *same = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_cmpint (RUN (&place, "runs", "add", one, "--name", "s"), ==, 0);
  json_auto_t *first = ASK (&place, "embed", "--run", "s", "--split", "test");
  path = read_index (&before);
  g_assert_true (g_file_get_contents (from, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize)size, NULL));
  json_auto_t *hits = ASK (&place, "search", "a man", "--run", "s", "-k", "1");
  same = read_index (&after); /* the search made it anew, of the same split */
  g_assert_cmpstr (before, !=, after);
  g_assert_cmpuint (json_array_size (json_object_get (hits, "hits")), ==, 1);
  json_auto_t *again = ASK (&place, "embed", "--run", "s");
  g_assert_cmpfloat (get_number (again, "embedded"), ==, 0);
  g_assert_cmpfloat (get_number (again, "images"), ==, get_number (first, "images"));
  g_assert_true (g_file_set_contents (path, "no index", -1, NULL));
  json_auto_t *repaired = ASK (&place, "embed", "--run", "s");
  g_assert_nonnull (strstr (place.errors, "is damaged and is built anew over 'test'"));
  g_assert_nonnull (strstr (place.errors, path));
  g_assert_cmpfloat (get_number (repaired, "embedded"), ==, get_number (first, "images"));
}

/* The last test image turns to garbage under a fresh run. */
static void
test_unreadable_image (void)
{
  json_auto_t *list = ASK (&place, "list", "--filter", "split = test", "--fields", "path");
  json_t *rows = json_object_get (list, "rows");
  size_t n = json_array_size (rows);
  const char *path = json_string_value (json_object_get (json_array_get (rows, n - 1), "path"));
  g_autofree char *file = g_build_filename (place.project, "people", path, NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents (file, "no picture", -1, NULL));
  g_assert_cmpint (RUN (&place, "runs", "add", place.checkpoint, "--name", "u"), ==, 0);
  json_auto_t *embedded = ASK (&place, "embed", "--run", "u", "--split", "test");
  g_assert_nonnull (strstr (place.errors, "left out 1 image that"));
  g_assert_nonnull (strstr (place.errors, path));
  g_assert_cmpfloat (get_number (embedded, "images"), ==, n - 1);
  g_assert_cmpfloat (get_number (embedded, "unreadable"), ==, 1);
  json_auto_t *figures = ASK (&place, "eval", "--run", "u", "--query", "who");
  g_assert_cmpfloat (get_number (figures, "gallery"), ==, n - 1);
  g_assert_cmpfloat (get_number (figures, "queries"), ==, n);
  g_assert_true (g_file_set_contents (file, bytes, (gssize)size, NULL));
  json_auto_t *again = ASK (&place, "embed", "--run", "u", "--split", "test");
  g_assert_cmpfloat (get_number (again, "embedded"), ==, 1);
  g_assert_cmpfloat (get_number (again, "images"), ==, n);
}

/* The score of one image. */
static double
find_score (const char *path)
{
  json_auto_t *answer = ASK (&place, "search", "--run", "c", "a man", "-k", "100000");
  json_t *hits = json_object_get (answer, "hits");

  for (size_t i = 0; i < json_array_size (hits); i++) {
    json_t *hit = json_array_get (hits, i);

    if (strcmp (json_string_value (json_object_get (hit, "path")), path) == 0)
      return get_number (hit, "score");
  }
  return NAN;
}

/* Another picture under an image's name, then none: both are noticed, by search too. */
static void
test_changed_image (void)
{
  json_auto_t *list = ASK (&place, "list", "--filter", "split = test", "--fields", "path");
  json_t *rows = json_object_get (list, "rows");
  size_t n = json_array_size (rows);
  const char *a = json_string_value (json_object_get (json_array_get (rows, 0), "path"));
  const char *b = json_string_value (json_object_get (json_array_get (rows, n - 1), "path"));
  g_autofree char *file_a = g_build_filename (place.project, "people", a, NULL);
  g_autofree char *file_b = g_build_filename (place.project, "people", b, NULL);
  g_autofree char *bytes_a = NULL, *bytes_b = NULL;
  gsize size_a, size_b;

  g_assert_true (g_file_get_contents (file_a, &bytes_a, &size_a, NULL));
  g_assert_true (g_file_get_contents (file_b, &bytes_b, &size_b, NULL));
  g_assert_cmpint (RUN (&place, "runs", "add", place.checkpoint, "--name", "c"), ==, 0);
  g_assert_cmpint (RUN (&place, "embed", "--run", "c", "--split", "test"), ==, 0);
  g_assert_cmpfloat (find_score (a), !=, find_score (b));
  g_assert_true (g_file_set_contents (file_a, bytes_b, (gssize)size_b, NULL));
  json_auto_t *changed = ASK (&place, "embed", "--run", "c");
  g_assert_cmpfloat (get_number (changed, "embedded"), ==, 1);
  g_assert_cmpfloat_with_epsilon (find_score (a), find_score (b), 1e-6);
  g_assert_cmpint (g_unlink (file_a), ==, 0);
  json_auto_t *gone = ASK (&place, "embed", "--run", "c");
  g_assert_cmpfloat (get_number (gone, "images"), ==, n - 1);
  g_assert_cmpfloat (get_number (gone, "unreadable"), ==, 1);
  g_assert_true (isnan (find_score (a)));
  g_assert_true (g_file_set_contents (file_a, bytes_a, (gssize)size_a, NULL));
  g_assert_false (isnan (find_score (a))); /* the search took it in */
  json_auto_t *again = ASK (&place, "embed", "--run", "c");
  g_assert_cmpfloat (get_number (again, "embedded"), ==, 0);
}

/* ---- refusals ---- */

static void
expect (int status, const char *const *arguments, const char *message)
{
  g_assert_cmpint (place_run (&place, arguments), ==, status);
  if (strstr (place.errors, message) == NULL)
    g_error ("'%s' does not say '%s'", place.errors, message);
}

#define EXPECT(status, message, ...) \
  expect (status, (const char *[]){ __VA_ARGS__, NULL }, message)

static void
test_refusals (void)
{
  EXPECT (2, "--run is missing", "eval");
  EXPECT (1, "no such run: 'x': the project has ", "eval", "--run", "x");
  EXPECT (1, "cannot name a run '../r'", "eval", "--run", "../r");
  EXPECT (2, "unknown split: 'tests'", "eval", "--run", "r", "--split", "tests");
  EXPECT (1, "no images in 'none'", "eval", "--run", "r", "--split", "none");
  EXPECT (2, "unknown query: 'shoes'", "eval", "--run", "r", "--query", "shoes");
  EXPECT (2, "neither person nor outfit", "eval", "--run", "r", "--positives", "both");
  EXPECT (2, "neither standard nor", "eval", "--run", "r", "--protocol", "x");
  EXPECT (2, "0 to 1: '1.5'", "eval", "--run", "r", "--lambda", "1.5");
  EXPECT (2, "0 to 1: 'nan'", "eval", "--run", "r", "--lambda", "nan");
  EXPECT (2, "its own positives", "eval", "--run", "r", "--query", "all", "--lambda", "0.5");
  EXPECT (1, "positives of clothing-change are persons", "eval", "--run", "r", "--protocol",
          "clothing-change", "--positives", "outfit");
  EXPECT (1, "match head was never trained", "eval", "--run", "r", "--rerank");
  EXPECT (1, "nothing to embed: 'none'", "embed", "--run", "r", "--split", "none");
  EXPECT (2, "--run is missing", "embed");
}

/* Reranking of a model that says that it was trained. */
static void
test_rerank (void)
{
  g_autofree char *trained = place_make_checkpoint (&place, "trained", 7, "5000", NULL);

  g_assert_cmpint (RUN (&place, "runs", "add", trained, "--name", "t"), ==, 0);
  json_auto_t *plain = ASK (&place, "eval", "--run", "t");
  json_auto_t *reranked = ASK (&place, "eval", "--run", "t", "--rerank");
  g_assert_cmpfloat (get_number (plain, "queries"), ==, get_number (reranked, "queries"));
  g_assert_cmpfloat (get_number (plain, "lambda"), ==, 0.35);
  g_assert_cmpfloat (get_number (reranked, "map"), >, 0);
  EXPECT (1, "needs a text that says who", "eval", "--run", "t", "--rerank", "--query", "wearing");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  place_init (&place);
  g_test_add_func ("/eval/embed", test_embed);
  g_test_add_func ("/eval/figures", test_figures);
  g_test_add_func ("/eval/table", test_table);
  g_test_add_func ("/eval/s21-stale-index", test_stale_index);
  g_test_add_func ("/eval/unreadable-image", test_unreadable_image);
  g_test_add_func ("/eval/changed-image", test_changed_image);
  g_test_add_func ("/eval/refusals", test_refusals);
  g_test_add_func ("/eval/rerank", test_rerank);
  status = g_test_run ();
  place_clear (&place);
  return status;
}
