/* What training is made of: schedule, splits, outfits, sampler, augmentation, loader, names. */
#include <math.h>
#include <string.h>

#include "guise-augment.h"
#include "guise-folder.h"
#include "guise-loader.h"
#include "guise-outfits.h"
#include "guise-run-folder.h"
#include "guise-schedule.h"
#include "guise-train-split.h"

/* ------------------------------------------------------------------ schedule */

static void
test_schedule (void)
{
  GuiseConfig config;
  double before = 1;

  guise_config_init_preset (&config, "tiny", NULL);
  config.optimiser.lr = 1;
  config.train.warmup = 10;
  config.train.steps = 110;
  config.train.final_lr = 0.1;
  g_assert_cmpfloat (guise_schedule_get_lr (&config, 0), ==, 0.1);
  g_assert_cmpfloat (guise_schedule_get_lr (&config, 9), ==, 1);
  g_assert_cmpfloat (guise_schedule_get_lr (&config, 10), ==, 1);
  g_assert_cmpfloat_with_epsilon (guise_schedule_get_lr (&config, 35),
                                  0.1 + 0.9 * (1 + cos (G_PI / 4)) / 2, 1e-12);
  g_assert_cmpfloat_with_epsilon (guise_schedule_get_lr (&config, 60), 0.55, 1e-12);
  for (guint64 step = 10; step < 110; step++) {
    double lr = guise_schedule_get_lr (&config, step);

    g_assert_cmpfloat (lr, <=, before);
    g_assert_cmpfloat (lr, >, 0.1);
    before = lr;
  }
  g_assert_cmpfloat_with_epsilon (guise_schedule_get_lr (&config, 110), 0.1, 1e-12);
  config.train.steps = 5; /* shorter than the warm-up */
  g_assert_cmpfloat (guise_schedule_get_lr (&config, 4), ==, 0.5);
  config.train.warmup = 0;
  g_assert_cmpfloat (guise_schedule_get_lr (&config, 0), ==, 1);
}

/* --------------------------------------------------- data that is made by hand */

typedef struct {
  gint64 person, outfit;
  GuiseSplit split;
  const char *clothing; /* or NULL */
} Row;

static GuiseTrainingData *
make_data (const Row *rows, gsize n)
{
  GuiseTrainingData *data = g_new0 (GuiseTrainingData, 1);

  data->n_images = n;
  data->image_ids = g_new0 (gint64, n + 1);
  data->dataset_ids = g_new0 (gint64, n + 1);
  data->person_ids = g_new0 (gint64, n + 1);
  data->outfit_ids = g_new0 (gint64, n + 1);
  data->camera_ids = g_new0 (gint64, n + 1);
  data->splits = g_new0 (guint8, n + 1);
  data->paths = g_new0 (const char *, n + 1);
  data->caption_start = g_new0 (size_t, n + 1);
  data->caption_ids = g_new0 (gint64, n + 1);
  data->caption_kinds = g_new0 (guint8, n + 1);
  data->caption_sources = g_new0 (guint8, n + 1);
  data->texts = g_new0 (const char *, n + 1);
  data->styles = g_new0 (const char *, n + 1);
  data->strings = g_string_chunk_new (64);
  for (gsize i = 0; i < n; i++) {
    data->image_ids[i] = (gint64)i + 1;
    data->person_ids[i] = rows[i].person;
    data->outfit_ids[i] = rows[i].outfit;
    data->splits[i] = rows[i].split;
    data->paths[i] = "x.png";
    if (rows[i].clothing != NULL) {
      data->caption_kinds[data->n_captions] = GUISE_CAPTION_CLOTHING;
      data->texts[data->n_captions++] = rows[i].clothing;
    }
    data->caption_start[i + 1] = data->n_captions;
  }
  return data;
}

static void
test_outfits (void)
{
  const Row rows[] = {
    { 1, 5, GUISE_SPLIT_TRAIN, "a red shirt" },
    { 1, 5, GUISE_SPLIT_TRAIN, "blue jeans" },
    { 1, 6, GUISE_SPLIT_TRAIN, NULL },
    { 2, 0, GUISE_SPLIT_TRAIN, "A red shirt." },
    { 2, 0, GUISE_SPLIT_TRAIN, "a  RED, shirt" },
    { 3, 0, GUISE_SPLIT_TRAIN, "a red shirt" },
    { 3, 0, GUISE_SPLIT_TRAIN, "a red shirts" },
    { 4, 0, GUISE_SPLIT_TRAIN, NULL },
    { 4, 0, GUISE_SPLIT_TRAIN, NULL },
    { 5, 0, GUISE_SPLIT_TRAIN, " ...! " },
    { 5, 0, GUISE_SPLIT_TRAIN, " ...! " },
  };
  const gboolean same_as_before[] = { FALSE, TRUE, FALSE, FALSE, TRUE, FALSE,
                                      FALSE, FALSE, FALSE, FALSE, FALSE };
  g_autoptr (GuiseTrainingData) data = make_data (rows, G_N_ELEMENTS (rows));
  g_autoptr (GuiseTrainingData) bare = make_data (rows + 7, 2);
  gint64 outfits[G_N_ELEMENTS (rows)];

  g_assert_true (guise_outfits_assign (data, outfits));
  for (gsize i = 1; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (outfits[i] == outfits[i - 1], ==, same_as_before[i]);
  g_assert_cmpint (outfits[5], !=, outfits[3]); /* the same text of another person */
  g_assert_false (guise_outfits_assign (bare, outfits));
  g_assert_cmpint (outfits[0], !=, outfits[1]);
}

/* A few descriptions in a project of persons do not make it one of outfits. */
static void
test_outfits_prevail (void)
{
  const Row rows[] = {
    { 1, 5, GUISE_SPLIT_TRAIN, NULL },
    { 1, 6, GUISE_SPLIT_TRAIN, NULL },
    { 2, 0, GUISE_SPLIT_TRAIN, "a red shirt" },
    { 2, 0, GUISE_SPLIT_TRAIN, "A red shirt." },
    { 3, 0, GUISE_SPLIT_TRAIN, "blue jeans" }, /* known, yet of one image */
    { 3, 0, GUISE_SPLIT_TRAIN, NULL },
    { 4, 0, GUISE_SPLIT_TRAIN, NULL },
    { 4, 0, GUISE_SPLIT_TRAIN, NULL },
  };
  const struct {
    gsize from, n;
    gboolean prevail;
  } cases[] = { { 0, 8, FALSE }, /* half of them */
                { 0, 7, TRUE },  /* four of seven */
                { 0, 2, TRUE },
                { 2, 2, TRUE },
                { 3, 2, FALSE }, /* the other image of the outfit is not among them */
                { 4, 4, FALSE },
                { 0, 0, FALSE } };
  g_autoptr (GuiseTrainingData) data = make_data (rows, G_N_ELEMENTS (rows));
  gint64 outfits[G_N_ELEMENTS (rows)];

  g_assert_true (guise_outfits_assign (data, outfits));
  g_assert_false (guise_outfits_prevail (data, outfits, NULL));
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (gsize));

    for (gsize i = cases[k].from; i < cases[k].from + cases[k].n; i++)
      g_array_append_val (members, i);
    g_assert_cmpint (guise_outfits_prevail (data, outfits, members), ==, cases[k].prevail);
  }
}

static void
test_split (void)
{
  Row rows[80];
  g_autoptr (GuiseTrainingData) data = NULL;
  g_autoptr (GuiseTrainSplit) split = NULL, again = NULL, few = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = guise_train_split_format (1 << GUISE_SPLIT_TRAIN | 1 << GUISE_SPLIT_VAL);

  for (int i = 0; i < 80; i++)
    rows[i] = (Row){ i / 2 + 1, 0, i < 76 ? GUISE_SPLIT_TRAIN : GUISE_SPLIT_TEST, "x" };
  rows[79].person = 1; /* leaks */
  data = make_data (rows, 80);
  split = guise_train_split_new (data, 1 << GUISE_SPLIT_TRAIN);
  g_assert_true (split->held_out);
  g_assert_cmpuint (split->n_leaked, ==, 1);
  g_assert_cmpuint (split->val->len, ==, 4); /* 2 of 38 persons */
  g_assert_cmpuint (split->train->len, ==, 72);
  for (guint i = 0; i < split->val->len; i++)
    for (guint j = 0; j < split->train->len; j++)
      g_assert_cmpint (data->person_ids[g_array_index (split->val, gsize, i)], !=,
                       data->person_ids[g_array_index (split->train, gsize, j)]);
  again = guise_train_split_new (data, 1 << GUISE_SPLIT_TRAIN);
  g_assert_cmpmem (split->val->data, split->val->len * sizeof (gsize), again->val->data,
                   again->val->len * sizeof (gsize));
  for (int i = 70; i < 76; i++)
    data->splits[i] = GUISE_SPLIT_VAL;
  few = guise_train_split_new (data, 1 << GUISE_SPLIT_TRAIN);
  g_assert_false (few->held_out);
  g_assert_cmpuint (few->val->len, ==, 6);
  g_assert_cmpuint (few->train->len, ==, 70);
  g_assert_cmpstr (text, ==, "train,val");
  g_assert_cmpuint (guise_train_split_parse ("val, train", &error), ==, 3);
  g_assert_cmpuint (guise_train_split_parse ("train,tset", &error), ==, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "'tset'"));
}

/* ------------------------------------------- a set of many persons, by hand */

enum { WIDTH = 6,
       HEIGHT = 10,
       N_PERSONS = 50 };

/* Person p has 1 + p mod 7 images, two to an outfit; every image has two texts of each kind. */
static GuiseTrainSet *
make_set (void)
{
  GuiseTrainSet *set = g_new0 (GuiseTrainSet, 1);
  gsize n = 0;

  for (gsize p = 0; p < N_PERSONS; p++)
    n += 1 + p % 7;
  set->width = WIDTH;
  set->height = HEIGHT;
  set->n_images = n;
  set->n_persons = N_PERSONS;
  set->index = g_new0 (gsize, n);
  set->person = g_new0 (gint64, n);
  set->outfit = g_new0 (gint64, n);
  set->person_start = g_new0 (gsize, n + 1);
  set->person_images = g_new0 (gsize, n);
  set->pixels = g_malloc (n * 3 * WIDTH * HEIGHT);
  for (gsize i = 0; i < n * 3 * WIDTH * HEIGHT; i++)
    set->pixels[i] = (guint8)(i * 7 % 251);
  for (gsize p = 0, i = 0; p < N_PERSONS; p++) {
    for (gsize k = 0; k < 1 + p % 7; k++, i++) {
      set->person[i] = (gint64)p + 100;
      set->outfit[i] = (gint64)(p * 10 + k / 2);
      set->person_images[i] = i;
    }
    set->person_start[p + 1] = i;
  }
  set->n_texts = 6 * n;
  set->token_start = g_new0 (gsize, set->n_texts + 1);
  set->tokens = g_new0 (gint32, 4 * set->n_texts);
  set->sided = g_new0 (guint8, set->n_texts);
  set->longest = 4;
  for (gsize t = 0; t < set->n_texts; t++) {
    gsize length = 2 + t % 3;

    set->token_start[t + 1] = set->token_start[t] + length;
    for (gsize j = 0; j < length; j++)
      set->tokens[set->token_start[t] + j] = (gint32)(t + j);
  }
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    set->text_start[k] = g_new0 (gsize, n + 1);
    set->text[k] = g_new0 (gsize, 2 * n);
    for (gsize i = 0; i < n; i++) {
      set->text_start[k][i + 1] = 2 * (i + 1);
      set->text[k][2 * i] = 6 * i + 2 * k;
      set->text[k][2 * i + 1] = 6 * i + 2 * k + 1;
    }
  }
  return set;
}

static void
check_person (const GuiseTrainSet *set, const GuiseSample *samples, gsize n_each)
{
  gsize p = (gsize)set->person[samples[0].image] - 100;
  gsize n_images = set->person_start[p + 1] - set->person_start[p], n_outfits = (n_images + 1) / 2;
  gsize distinct_images = 0, distinct_outfits = 0;

  for (gsize k = 0; k < n_each; k++) {
    gboolean new_image = TRUE, new_outfit = TRUE;

    g_assert_cmpint (set->person[samples[k].image], ==, set->person[samples[0].image]);
    for (gsize j = 0; j < k; j++) {
      new_image &= samples[j].image != samples[k].image;
      new_outfit &= set->outfit[samples[j].image] != set->outfit[samples[k].image];
    }
    distinct_images += new_image;
    distinct_outfits += new_outfit;
    for (gsize t = 0; t < GUISE_N_TEXTS; t++) {
      gsize first = set->text[t][2 * samples[k].image];

      g_assert_true (samples[k].text[t] == first || samples[k].text[t] == first + 1);
    }
  }
  g_assert_cmpuint (distinct_images, ==, MIN (n_each, n_images));
  g_assert_cmpuint (distinct_outfits, ==, MIN (n_each, n_outfits));
}

static void
test_sampler (void)
{
  g_autoptr (GuiseTrainSet) set = make_set ();

  for (gsize n_each = 1; n_each <= 5; n_each++) {
    g_autoptr (GuiseSampler) sampler = guise_sampler_new (set, 12, n_each, 3);
    g_autofree GuiseSample *samples = g_new (GuiseSample, 12 * n_each);

    g_assert_cmpuint (guise_sampler_get_size (sampler), ==, 12 * n_each);
    g_assert_cmpuint (guise_sampler_get_epoch (sampler), ==, 4);
    for (guint64 epoch = 0; epoch < 6; epoch++) {
      guint seen[N_PERSONS] = { 0 };
      gsize n_seen = 0;

      for (guint64 step = 4 * epoch; step < 4 * epoch + 4; step++) {
        guise_sampler_draw (sampler, step, samples);
        for (gsize p = 0; p < 12; p++) {
          check_person (set, samples + p * n_each, n_each);
          g_assert_cmpuint (seen[set->person[samples[p * n_each].image] - 100]++, ==, 0);
          n_seen++;
        }
      }
      g_assert_cmpuint (n_seen, ==, 48);
    }
  }
}

/* Every image of a person comes up about as often as its outfit's share says, every text too. */
static void
test_sampler_distribution (void)
{
  enum { STEPS = 8000 };
  g_autoptr (GuiseTrainSet) set = make_set ();
  g_autoptr (GuiseSampler) sampler = guise_sampler_new (set, 10, 2, 1);
  g_autofree guint *n_image = g_new0 (guint, set->n_images);
  g_autofree guint *n_text = g_new0 (guint, set->n_texts);
  GuiseSample samples[20];

  for (guint64 step = 0; step < STEPS; step++) {
    guise_sampler_draw (sampler, step, samples);
    for (gsize s = 0; s < 20; s++) {
      n_image[samples[s].image]++;
      for (gsize k = 0; k < GUISE_N_TEXTS; k++)
        n_text[samples[s].text[k]]++;
    }
  }
  for (gsize p = 0; p < N_PERSONS; p++) {
    gsize first = set->person_start[p], n = set->person_start[p + 1] - first;
    gsize n_outfits = (n + 1) / 2;
    /* each person is drawn once an epoch of 5 steps, two images of him */
    double per_outfit = n_outfits > 1 ? 2.0 * STEPS / 5 / (double)n_outfits : 2.0 * STEPS / 5;

    for (gsize i = first; i < first + n; i++) {
      gsize in_outfit = MIN (2, n - (i - first) / 2 * 2);
      double expected = per_outfit / (double)in_outfit;

      g_assert_cmpfloat (fabs (n_image[i] - expected), <, 6 * sqrt (expected) + 1);
      for (gsize k = 0; k < GUISE_N_TEXTS; k++)
        g_assert_cmpfloat (fabs (n_text[set->text[k][2 * i]] - n_image[i] / 2.0), <,
                           6 * sqrt (n_image[i] / 4.0) + 1);
    }
  }
}

/* Any step can be drawn without those before, in any order; another seed gives another batch. */
static void
test_sampler_is_a_function (void)
{
  g_autoptr (GuiseTrainSet) set = make_set ();
  g_autoptr (GuiseSampler) forward = guise_sampler_new (set, 7, 3, 5);
  g_autoptr (GuiseSampler) backward = guise_sampler_new (set, 7, 3, 5);
  g_autoptr (GuiseSampler) other = guise_sampler_new (set, 7, 3, 6);
  g_autoptr (GuiseSampler) few = guise_sampler_new (set, 900, 2, 6);
  GuiseSample all[30][21], one[21];

  for (guint64 step = 0; step < 30; step++)
    guise_sampler_draw (forward, step, all[step]);
  for (guint64 step = 30; step-- > 0;) {
    guise_sampler_draw (backward, step, one);
    g_assert_cmpmem (one, sizeof one, all[step], sizeof one);
  }
  guise_sampler_draw (other, 3, one);
  g_assert_cmpint (memcmp (one, all[3], sizeof one), !=, 0);
  g_assert_cmpuint (guise_sampler_get_size (few), ==, 2 * N_PERSONS);
  g_assert_cmpuint (guise_sampler_get_epoch (few), ==, 1);
}

/* -------------------------------------------------------------- augmentation */

static void
test_sided (void)
{
  g_assert_true (guise_train_set_is_sided ("a bag in the left hand"));
  g_assert_true (guise_train_set_is_sided ("Right-handed"));
  g_assert_true (guise_train_set_is_sided ("bag on the LEFT."));
  g_assert_true (guise_train_set_is_sided ("left"));
  g_assert_false (guise_train_set_is_sided ("bright leftover"));
  g_assert_false (guise_train_set_is_sided ("upright, lefty, rights"));
  g_assert_false (guise_train_set_is_sided (""));
}

static void
test_augmentation (void)
{
  enum { N = 4000 };
  GuiseConfig config;
  guint n_flipped = 0, n_erased = 0, n_extreme = 0;
  double brightness = 0;

  guise_config_init_preset (&config, "tiny", NULL);
  for (gsize i = 0; i < N; i++) {
    GuiseAugmentation a = { 0 }, b = { 0 };

    guise_augmentation_draw (&a, &config, 1, i / 8, i % 8, FALSE);
    guise_augmentation_draw (&b, &config, 1, i / 8, i % 8, TRUE);
    g_assert_false (b.flip);
    n_flipped += a.flip;
    a.flip = FALSE;
    g_assert_cmpmem (&a, sizeof a, &b, sizeof b); /* the rest does not depend on it */
    n_erased += a.erase;
    n_extreme += abs (a.dy) == 5;
    brightness += a.brightness / N;
    g_assert_cmpint (abs (a.dy), <=, 5);
    g_assert_cmpint (abs (a.dx), <=, 3);
    g_assert_cmpfloat (fabsf (a.brightness - 1), <=, 0.2001f);
    g_assert_cmpuint (a.left + a.width, <=, 64);
    g_assert_cmpuint (a.top + a.height, <=, 128);
    g_assert_cmpuint (a.width * a.height, <=, 64 * 128 / 3);
    for (gsize c = 0; c < 3; c++)
      g_assert_cmpfloat (fabsf (a.channel[c] - 1), <=, 0.0801f);
  }
  g_assert_cmpfloat (fabs (n_flipped - 0.5 * N), <, 200);
  g_assert_cmpfloat (fabs (n_erased - 0.3 * N), <, 180);
  g_assert_cmpfloat (fabs (n_extreme - N * 2.0 / 11), <, 150);
  g_assert_cmpfloat (fabs (brightness - 1), <, 0.02);
}

static void
test_augmentation_applied (void)
{
  guint8 rgb[3 * WIDTH * HEIGHT], scratch[sizeof rgb];
  float planes[sizeof rgb];
  GuiseAugmentation plain = { .brightness = 1, .channel = { 1, 1, 1 } };
  GuiseAugmentation all = { .flip = TRUE, .dx = 1, .dy = -2, .brightness = 0.5f };

  for (gsize c = 0; c < 3; c++)
    all.channel[c] = 1;
  all.erase = TRUE;
  all.width = 2;
  all.height = 3;
  for (gsize i = 0; i < sizeof rgb; i++)
    rgb[i] = (guint8)i;
  guise_augmentation_apply (&plain, planes, rgb, scratch, WIDTH, HEIGHT);
  for (gsize y = 0; y < HEIGHT; y++)
    for (gsize x = 0; x < WIDTH; x++)
      for (gsize c = 0; c < 3; c++)
        g_assert_cmpfloat_with_epsilon (planes[(c * HEIGHT + y) * WIDTH + x],
                                        rgb[(y * WIDTH + x) * 3 + c] / 127.5f - 1, 1e-6);
  guise_augmentation_apply (&all, planes, rgb, scratch, WIDTH, HEIGHT);
  g_assert_cmpfloat_with_epsilon (planes[0], 128 / 127.5f - 1, 1e-6); /* erased */
  /* shifted by (1, -2), then mirrored: (x, y) shows (WIDTH - 1 - x + 1, y - 2) */
  g_assert_cmpfloat_with_epsilon (planes[5 * WIDTH + 3],
                                  roundf (rgb[(3 * WIDTH + 3) * 3] * 0.5f) / 127.5f - 1, 1e-2);
}

/* -------------------------------------------------------------------- loader */

static void
set_up_loader (GuiseConfig *config)
{
  guise_config_init_preset (config, "toy", NULL);
  config->vision.image_size[0] = HEIGHT;
  config->vision.image_size[1] = WIDTH;
  config->train.persons = 9;
  config->train.images_per_person = 2;
}

/* The numbers of a batch in one checksum. */
static char *
hash_batch (const GuiseLoadedBatch *loaded)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const GuiseBatch *batch = &loaded->batch;
  gsize n = batch->labels.size;

#define ADD(data, size) g_checksum_update (checksum, (const guchar *)(data), (gssize)(size))
  ADD (&loaded->step, sizeof loaded->step);
  ADD (&batch->labels.seed, sizeof batch->labels.seed);
  ADD (batch->images, n * 3 * WIDTH * HEIGHT * sizeof (nn_real));
  ADD (batch->labels.person, n * sizeof (gint64));
  ADD (batch->labels.outfit, n * sizeof (gint64));
  for (gsize k = 0; k < GUISE_N_TEXTS; k++) {
    ADD (batch->texts[k].start, (n + 1) * sizeof (gsize));
    ADD (batch->texts[k].ids, batch->texts[k].start[n] * sizeof (gint32));
  }
#undef ADD
  return g_strdup (g_checksum_get_string (checksum));
}

static void
test_loader (void)
{
  enum { STEPS = 40 };
  g_autoptr (GuiseTrainSet) set = make_set ();
  g_autoptr (GError) error = NULL;
  char *first[STEPS];
  GuiseConfig config;

  set_up_loader (&config);
  for (guint n_threads = 1; n_threads <= 5; n_threads += 2) {
    guint64 from = n_threads == 5 ? 17 : 0; /* as a resumed run begins */
    g_autoptr (GuiseLoader) loader
        = guise_loader_new (set, &config, 11, from, STEPS, n_threads, 0, 1);

    g_assert_cmpuint (guise_loader_get_size (loader), ==, 18);
    for (guint64 step = from; step < STEPS; step++) {
      GuiseLoadedBatch *loaded = guise_loader_next (loader, &error);
      g_autofree char *hash = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (loaded->step, ==, step);
      g_assert_cmpuint (loaded->n_replaced, ==, 0);
      hash = hash_batch (loaded);
      if (n_threads == 1)
        first[step] = g_steal_pointer (&hash);
      else
        g_assert_cmpstr (hash, ==, first[step]);
    }
  }
  for (gsize i = 0; i < STEPS; i++)
    g_free (first[i]);
}

/* A loader that is thrown away while its threads are busy or wait. */
static void
test_loader_stopped (void)
{
  g_autoptr (GuiseTrainSet) set = make_set ();
  GuiseConfig config;

  set_up_loader (&config);
  for (guint n = 0; n < 20; n++) {
    g_autoptr (GuiseLoader) loader = guise_loader_new (set, &config, n, 0, 1000, 1 + n % 4, 0, 1);

    for (guint i = 0; i < n % 5; i++)
      g_assert_nonnull (guise_loader_next (loader, NULL));
  }
}

static void
test_set_mirrors_no_sided_text (void)
{
  g_autoptr (GuiseTrainSet) set = make_set ();
  GuiseConfig config;
  g_autoptr (GuiseLoader) loader = NULL;
  gsize n_plane = WIDTH * HEIGHT;

  set_up_loader (&config);
  config.train.augment.flip = 1;
  config.train.augment.crop[0] = config.train.augment.crop[1] = 0;
  config.train.augment.brightness = config.train.augment.channel_gain = 0;
  config.train.augment.erase = 0;
  for (gsize t = 0; t < set->n_texts; t++)
    set->sided[t] = t % 5 == 0;
  loader = guise_loader_new (set, &config, 1, 0, 20, 2, 0, 1);
  for (guint64 step = 0; step < 20; step++) {
    GuiseLoadedBatch *loaded = guise_loader_next (loader, NULL);

    for (gsize s = 0; s < loaded->batch.labels.size; s++) {
      const GuiseSample *sample = &loaded->samples[s];
      const guint8 *rgb = set->pixels + sample->image * 3 * n_plane;
      gboolean sided = FALSE;

      for (gsize k = 0; k < GUISE_N_TEXTS; k++)
        sided |= set->sided[sample->text[k]];
      g_assert_cmpfloat_with_epsilon (loaded->images[s * 3 * n_plane],
                                      rgb[sided ? 0 : 3 * (WIDTH - 1)] / 127.5f - 1, 1e-6);
    }
  }
}

/* --------------------------------------------------------------------- names */

static void
test_names (void)
{
  static const char *const good[] = { "tiny-1", "a", "Lauf 3", "grün", "x.y_z+1" };
  static const char *const bad[]
      = { "", ".", "..", ".hidden", "a/b", "-x", " x", "a\nb", "a\\b", "a:b", "\xff", "a%b" };
  g_autofree char *long_name = g_strnfill (101, 'a');

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (guise_run_check_name (good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (guise_run_check_name (bad[i], &error));
    g_assert_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_NAME);
  }
  g_assert_false (guise_run_check_name (long_name, NULL));
  long_name[100] = '\0';
  g_assert_true (guise_run_check_name (long_name, NULL));
}

/* -------------------------------------------------------------------- folders */

static void
test_folder_beside (void)
{
  g_autofree char *parent = g_dir_make_tmp ("guise-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (parent, "x", NULL);
  g_autofree char *deep = g_build_filename (parent, "none", "x", NULL);
  g_autofree char *inner = g_build_filename (path, "a", NULL);
  g_autofree char *one = NULL, *two = NULL, *where = NULL, *name = NULL;
  g_autoptr (GError) error = NULL;

  one = guise_folder_make_beside (path, &error);
  g_assert_no_error (error);
  two = guise_folder_make_beside (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (one, !=, two);
  where = g_path_get_dirname (one);
  name = g_path_get_basename (one);
  g_assert_cmpstr (where, ==, parent);
  g_assert_true (g_str_has_prefix (name, ".x."));
  g_assert_null (guise_folder_make_beside (deep, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_true (guise_folder_put (one, path, TRUE, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (inner, "a", -1, NULL));
  g_assert_false (guise_folder_put (two, path, TRUE, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
  g_assert_true (g_file_test (inner, G_FILE_TEST_EXISTS));
  g_assert_true (guise_folder_remove (parent, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/schedule", test_schedule);
  g_test_add_func ("/train/outfits", test_outfits);
  g_test_add_func ("/train/outfits-prevail", test_outfits_prevail);
  g_test_add_func ("/train/split", test_split);
  g_test_add_func ("/train/sampler/t03-properties", test_sampler);
  g_test_add_func ("/train/sampler/distribution", test_sampler_distribution);
  g_test_add_func ("/train/sampler/function-of-step", test_sampler_is_a_function);
  g_test_add_func ("/train/augmentation/sided", test_sided);
  g_test_add_func ("/train/augmentation/drawn", test_augmentation);
  g_test_add_func ("/train/augmentation/applied", test_augmentation_applied);
  g_test_add_func ("/train/loader/threads", test_loader);
  g_test_add_func ("/train/loader/stopped", test_loader_stopped);
  g_test_add_func ("/train/loader/sided", test_set_mirrors_no_sided_text);
  g_test_add_func ("/train/names", test_names);
  g_test_add_func ("/train/folder-beside", test_folder_beside);
  return g_test_run ();
}
