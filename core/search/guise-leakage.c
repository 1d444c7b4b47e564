#include "guise-leakage.h"

#include <stdlib.h>
#include <string.h>

#include "guise-outfits.h"
#include "nn-random.h"

const char *const guise_leakage_demo_attributes[]
    = { "upper_colour", "gender", "build", "hair_colour", "age", NULL };

/* What is learned from and tested on: images of the data with their places in the index. */
typedef struct {
  GArray *images; /* of size_t, in the data */
  GArray *labels; /* of gint64 */
} Sample;

typedef struct {
  const GuiseIndex *index;
  const GuiseTrainingData *data;
  const GuiseLeakageOptions *options;
  gint64 *outfits;   /* [n_images] */
  size_t *positions; /* [n_images] in the index; G_MAXSIZE = not there */
  GPtrArray *rows;
} Probing;

static void
sample_init (Sample *sample)
{
  sample->images = g_array_new (FALSE, FALSE, sizeof (size_t));
  sample->labels = g_array_new (FALSE, FALSE, sizeof (gint64));
}

static void
sample_clear (Sample *sample)
{
  g_array_unref (sample->images);
  g_array_unref (sample->labels);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sample, sample_clear)

static void
sample_add (Sample *sample, size_t image, gint64 label)
{
  g_array_append_val (sample->images, image);
  g_array_append_val (sample->labels, label);
}

static void
row_free (gpointer data)
{
  g_free (((GuiseLeakageRow *)data)->name);
  g_free (data);
}

/* ---- one probe ---- */

static float *
gather (const Probing *probing, const Sample *sample, const float *features)
{
  size_t dim = guise_index_get_dim (probing->index);
  float *rows = g_new (float, MAX (sample->images->len * dim, 1));

  for (guint i = 0; i < sample->images->len; i++) {
    size_t at = probing->positions[g_array_index (sample->images, size_t, i)];

    memcpy (rows + i * dim, features + at * dim, dim * sizeof *rows);
  }
  return rows;
}

static gboolean
probe (const Probing *probing, const Sample *train, const Sample *test, const float *features,
       GuiseProbeResult *result, GError **error)
{
  g_autofree float *learned = gather (probing, train, features);
  g_autofree float *tested = gather (probing, test, features);
  g_autofree gint64 *persons = g_new (gint64, MAX (test->images->len, 1));
  GuiseProbeOptions options = GUISE_PROBE_OPTIONS_INIT;
  GuiseProbeRows a = { train->images->len, learned, (gint64 *)(void *)train->labels->data, NULL };
  GuiseProbeRows b = { test->images->len, tested, (gint64 *)(void *)test->labels->data, persons };

  for (guint i = 0; i < test->images->len; i++)
    persons[i] = probing->data->person_ids[g_array_index (test->images, size_t, i)];
  options.seed = probing->options->seed;
  return guise_probe_run (result, NULL, &a, &b, guise_index_get_dim (probing->index), &options,
                          error);
}

/* TRUE also when there was nothing to probe: then there is no row. */
static gboolean
add_row (const Probing *probing, const char *name, const Sample *train, const Sample *test,
         GError **error)
{
  GuiseLeakageRow *row = g_new0 (GuiseLeakageRow, 1);
  g_autoptr (GError) problem = NULL;

  row->name = g_strdup (name);
  if (probe (probing, train, test, guise_index_get_identity (probing->index), &row->identity,
             &problem)
      && probe (probing, train, test, guise_index_get_clothing (probing->index), &row->clothing,
                &problem)) {
    g_ptr_array_add (probing->rows, row);
    return TRUE;
  }
  row_free (row);
  if (g_error_matches (problem, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* ---- who and in which outfit, within the tested pictures ---- */

static gboolean
is_tested (const Probing *probing, size_t i)
{
  return (probing->options->test >> probing->data->splits[i] & 1)
         && probing->positions[i] != G_MAXSIZE;
}

/* The last outfit of each person among the tested pictures, and whether he has another one. */
static GHashTable *
find_last_outfits (const Probing *probing)
{
  GHashTable *last = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);

  for (size_t i = 0; i < probing->data->n_images; i++) {
    gint64 *found;

    if (!is_tested (probing, i))
      continue;
    found = g_hash_table_lookup (last, &probing->data->person_ids[i]);
    if (found == NULL) {
      found = g_new0 (gint64, 2); /* outfit, has another */
      found[0] = probing->outfits[i];
      g_hash_table_insert (last, &probing->data->person_ids[i], found);
    } else if (found[0] != probing->outfits[i]) {
      found[0] = MAX (found[0], probing->outfits[i]);
      found[1] = TRUE;
    }
  }
  return last;
}

static gboolean
probe_persons (const Probing *probing, GError **error)
{
  g_autoptr (GHashTable) last = find_last_outfits (probing);
  g_auto (Sample) train = { 0 }, test = { 0 };

  sample_init (&train);
  sample_init (&test);
  for (size_t i = 0; i < probing->data->n_images; i++) {
    gint64 person = probing->data->person_ids[i];
    const gint64 *found = is_tested (probing, i) ? g_hash_table_lookup (last, &person) : NULL;

    if (found != NULL && found[1])
      sample_add (found[0] == probing->outfits[i] ? &test : &train, i, person);
  }
  return add_row (probing, "person", &train, &test, error);
}

static gboolean
probe_outfits (const Probing *probing, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_auto (Sample) train = { 0 }, test = { 0 };

  sample_init (&train);
  sample_init (&test);
  for (size_t i = 0; i < probing->data->n_images; i++) {
    gint64 *outfit = &probing->outfits[i];
    guint n;

    if (!is_tested (probing, i))
      continue;
    n = GPOINTER_TO_UINT (g_hash_table_lookup (seen, outfit));
    g_hash_table_insert (seen, outfit, GUINT_TO_POINTER (n + 1));
    sample_add (n % 2 == 0 ? &train : &test, i, *outfit);
  }
  return add_row (probing, "outfit", &train, &test, error);
}

/* ---- attributes, on persons never seen ---- */

typedef struct {
  guint64 key;
  size_t image;
} Draw;

static int
compare_draws (const void *a, const void *b)
{
  const Draw *x = a, *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->image < y->image ? -1 : x->image > y->image;
}

/* The training pictures whose seeded number is among the smallest. */
static GArray *
draw_sample (const Probing *probing)
{
  GArray *draws = g_array_new (FALSE, FALSE, sizeof (Draw));

  for (size_t i = 0; i < probing->data->n_images; i++) {
    guint64 id = (guint64)probing->data->image_ids[i];
    Draw draw = { nn_random_bits (probing->options->seed, id), i };

    if (probing->data->splits[i] == GUISE_SPLIT_TRAIN && probing->positions[i] != G_MAXSIZE)
      g_array_append_val (draws, draw);
  }
  g_array_sort (draws, compare_draws);
  g_array_set_size (draws, MIN (draws->len, GUISE_LEAKAGE_SAMPLE));
  return draws;
}

static gint64
number_label (GHashTable *numbers, const char *label)
{
  gpointer found;

  if (label == NULL)
    return -1;
  if (g_hash_table_lookup_extended (numbers, label, NULL, &found))
    return GPOINTER_TO_INT (found);
  g_hash_table_insert (numbers, g_strdup (label), GINT_TO_POINTER (g_hash_table_size (numbers)));
  return g_hash_table_size (numbers) - 1;
}

static gint64
get_label (const Probing *probing, GHashTable *numbers, size_t i, const char *name)
{
  const GuiseLeakageOptions *options = probing->options;

  return number_label (numbers, options->label (probing->data, i, name, options->label_data));
}

static gboolean
probe_attribute (const Probing *probing, const GArray *draws, const char *name, GError **error)
{
  g_autoptr (GHashTable) numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (Sample) train = { 0 }, test = { 0 };

  sample_init (&train);
  sample_init (&test);
  for (guint k = 0; k < draws->len; k++) {
    size_t i = g_array_index (draws, Draw, k).image;

    sample_add (&train, i, get_label (probing, numbers, i, name));
  }
  for (size_t i = 0; i < probing->data->n_images; i++)
    if (is_tested (probing, i))
      sample_add (&test, i, get_label (probing, numbers, i, name));
  return add_row (probing, name, &train, &test, error);
}

/* ---- the matrix ---- */

static gboolean
probe_all (const Probing *probing, gboolean knows_outfits, GuiseLeakageProgress progress,
           gpointer progress_data, GCancellable *cancellable, GError **error)
{
  const char *const *attributes = probing->options->attributes;
  guint n = attributes != NULL ? g_strv_length ((char **)attributes) : 0;
  g_autoptr (GArray) draws = draw_sample (probing);

  if (knows_outfits
      && (!probe_persons (probing, error)
          || g_cancellable_set_error_if_cancelled (cancellable, error)
          || !probe_outfits (probing, error)))
    return FALSE;
  for (guint a = 0; a < n; a++) {
    if (progress != NULL)
      progress (a + 1, n + 1, progress_data);
    if (g_cancellable_set_error_if_cancelled (cancellable, error)
        || !probe_attribute (probing, draws, attributes[a], error))
      return FALSE;
  }
  if (progress != NULL)
    progress (n + 1, n + 1, progress_data);
  return TRUE;
}

/* Attributes are learned from the training split: tested there, they would be read off pictures
 * that were seen. */
static gboolean
check_splits (const GuiseLeakageOptions *options, GError **error)
{
  if (!(options->test >> GUISE_SPLIT_TRAIN & 1))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "cannot probe the embeddings: 'train' is learned from, so it cannot be tested on");
  return FALSE;
}

GPtrArray *
guise_leakage_compute (const GuiseIndex *index, const GuiseTrainingData *data,
                       const GuiseLeakageOptions *options, GuiseLeakageProgress progress,
                       gpointer progress_data, GCancellable *cancellable, GError **error)
{
  g_autofree gint64 *outfits = g_new (gint64, MAX (data->n_images, 1));
  g_autofree size_t *positions = g_new (size_t, MAX (data->n_images, 1));
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
  const Probing probing = { index, data, options, outfits, positions, rows };
  gboolean knows_outfits;

  if (!check_splits (options, error))
    return NULL;
  knows_outfits = guise_outfits_assign (data, outfits);
  for (size_t i = 0; i < data->n_images; i++)
    if (!guise_index_find (index, data->image_ids[i], &positions[i]))
      positions[i] = G_MAXSIZE;
  if (!probe_all (&probing, knows_outfits, progress, progress_data, cancellable, error))
    return NULL;
  if (rows->len > 0)
    return g_steal_pointer (&rows);
  g_set_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL,
               "cannot probe the embeddings: no person in two outfits and no known attribute");
  return NULL;
}
