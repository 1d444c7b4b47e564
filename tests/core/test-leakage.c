/* The leakage matrix on embeddings that are made to know one thing and not the other. */
#include <string.h>

#include "guise-leakage.h"
#include "nn-gemm.h"
#include "nn-random.h"

enum {
  N_PERSONS = 40, /* the last half is tested */
  N_OUTFITS = 2,  /* a person */
  N_SHOTS = 4,    /* pictures of an outfit */
  N = N_PERSONS * N_OUTFITS * N_SHOTS,
  DIM = 48
};

static const char *const builds[] = { "slim", "broad" }, *const colours[] = { "red", "blue" };

typedef struct {
  GuiseTrainingData data;
  gint64 ids[N], persons[N], outfits[N], zeros[N];
  guint8 splits[N];
  size_t caption_start[N + 1];
  float v[N * DIM], c[N * DIM], norm[N];
  GuiseIndex *index;
} World;

static int
get_person (size_t i)
{
  return (int)(i / (N_OUTFITS * N_SHOTS));
}

static int
get_outfit (size_t i)
{
  return (int)(i / N_SHOTS);
}

/* The build is the person's, the colour the outfit's. */
static const char *
get_label (const GuiseTrainingData *data, size_t i, const char *name, gpointer user_data)
{
  if (strcmp (name, "build") == 0)
    return builds[get_person (i) % 2];
  return strcmp (name, "colour") == 0 ? colours[get_outfit (i) % 2] : NULL;
}

/* v: the build, and a place for each tested person (shared with a learned one); c: the colour, and
 * one for each of his outfits; with some noise on what is used. */
static void
fill_row (World *world, size_t i)
{
  float *v = world->v + i * DIM, *c = world->c + i * DIM;

  for (int k = 0; k <= N_PERSONS * N_OUTFITS / 2; k++) {
    v[k] = k <= N_PERSONS / 2 ? 0.02f * (float)(nn_random_uniform (1, i * DIM + k) - 0.5) : 0;
    c[k] = 0.02f * (float)(nn_random_uniform (2, i * DIM + k) - 0.5);
  }
  v[0] += get_person (i) % 2;
  c[0] += get_outfit (i) % 2;
  v[1 + get_person (i) % (N_PERSONS / 2)] += 1;
  c[1 + get_outfit (i) % (N_PERSONS * N_OUTFITS / 2)] += 1;
}

static World *
world_new (void)
{
  World *world = g_new0 (World, 1);
  const GuiseIndexInfo info = { "r", "h", "all", NULL };
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < N; i++) {
    world->ids[i] = (gint64)i + 1;
    world->persons[i] = get_person (i) + 1;
    world->outfits[i] = get_outfit (i) + 1;
    world->splits[i] = get_person (i) < N_PERSONS / 2 ? GUISE_SPLIT_TRAIN : GUISE_SPLIT_TEST;
    world->norm[i] = 1;
    fill_row (world, i);
  }
  world->data = (GuiseTrainingData){ .n_images = N,
                                     .image_ids = world->ids,
                                     .dataset_ids = world->zeros,
                                     .person_ids = world->persons,
                                     .outfit_ids = world->outfits,
                                     .camera_ids = world->zeros,
                                     .splits = world->splits,
                                     .caption_start = world->caption_start };
  world->index
      = guise_index_new (&info, N, DIM, world->v, world->c, world->norm, world->ids, &error);
  g_assert_no_error (error);
  return world;
}

static void
world_free (World *world)
{
  guise_index_unref (world->index);
  g_free (world);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

static const GuiseLeakageRow *
find_row (GPtrArray *rows, const char *name)
{
  for (guint i = 0; i < rows->len; i++) {
    const GuiseLeakageRow *row = rows->pdata[i];

    if (strcmp (row->name, name) == 0)
      return row;
  }
  return NULL;
}

static void
test_matrix (void)
{
  static const char *const attributes[] = { "build", "colour", "unknown", NULL };
  const GuiseLeakageOptions options
      = { .attributes = attributes, .label = get_label, .test = 1u << GUISE_SPLIT_TEST };
  g_autoptr (World) world = world_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows
      = guise_leakage_compute (world->index, &world->data, &options, NULL, NULL, NULL, &error);
  const GuiseLeakageRow *row;

  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 4); /* nothing is known of "unknown" */
  row = find_row (rows, "person");
  g_assert_cmpfloat (row->identity.accuracy, ==, 100);
  g_assert_cmpfloat (row->clothing.accuracy, <, 30); /* each outfit is new */
  g_assert_cmpuint (row->identity.n_train, ==, N / 4);
  g_assert_cmpuint (row->identity.n_test, ==, N / 4);
  row = find_row (rows, "outfit");
  g_assert_cmpfloat (row->clothing.accuracy, ==, 100);
  g_assert_cmpfloat (row->identity.accuracy, <, 80); /* the person's, yet which of his two? */
  row = find_row (rows, "build");
  g_assert_cmpfloat (row->identity.accuracy, ==, 100);
  g_assert_cmpfloat (row->identity.majority, ==, 50);
  g_assert_cmpuint (row->identity.n_train, ==, N / 2);
  row = find_row (rows, "colour");
  g_assert_cmpfloat (row->clothing.accuracy, ==, 100);
  g_assert_cmpfloat (row->identity.accuracy, <, 90);
}

static void
test_no_rows (void)
{
  const GuiseLeakageOptions options = { .label = get_label, .test = 1u << GUISE_SPLIT_VAL };
  g_autoptr (World) world = world_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (
      guise_leakage_compute (world->index, &world->data, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, GUISE_PROBE_ERROR, GUISE_PROBE_ERROR_TOO_SMALL);
}

/* What was learned is no test. */
static void
test_train (void)
{
  static const char *const attributes[] = { "build", NULL };
  const GuiseLeakageOptions options
      = { .attributes = attributes,
          .label = get_label,
          .test = 1u << GUISE_SPLIT_TEST | 1u << GUISE_SPLIT_TRAIN };
  g_autoptr (World) world = world_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (
      guise_leakage_compute (world->index, &world->data, &options, NULL, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "'train'"));
}

static void
test_cancelled (void)
{
  const GuiseLeakageOptions options = { .label = get_label, .test = 1u << GUISE_SPLIT_TEST };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (World) world = world_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (guise_leakage_compute (world->index, &world->data, &options, NULL, NULL,
                                        cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  nn_gemm_init ();
  g_test_add_func ("/leakage/matrix", test_matrix);
  g_test_add_func ("/leakage/no-rows", test_no_rows);
  g_test_add_func ("/leakage/train", test_train);
  g_test_add_func ("/leakage/cancelled", test_cancelled);
  return g_test_run ();
}
