#include "guise-estimate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "guise-memory.h"
#include "guise-run-folder.h"
#include "guise-token-cache.h"

enum { BATCHES = 4, /* that loaders hold, and one for each further loader thread */
       PORTION = 64,
       EMBEDDED = 32, /* images that a lane embeds at a time */
       FILLED = 16,   /* images that are put into the cache at a time */
       KEPT = 3 };    /* checkpoints */

#define MEGABYTE 1e6
#define GIGABYTE 1e9
/* The program itself with its libraries, the data and small things. */
#define PROGRAM (30 * MEGABYTE)

/* --------------------------------------------------------------------- memory */

/* A text's tokens: its words, of which every third makes two pieces, and [CLS] and [SEP]. */
static double
guess_tokens (const char *text, gsize max)
{
  gsize n_words = 0;
  gboolean inside = FALSE;

  for (const char *p = text; *p != '\0'; p++) {
    gboolean letter = !g_ascii_isspace (*p) && !g_ascii_ispunct (*p);

    n_words += (letter && !inside) + (g_ascii_ispunct (*p) != 0);
    inside = letter;
  }
  return MIN (2 + 4. / 3 * (double)n_words, (double)max);
}

static double
get_text_tokens (const GuiseConfig *config, const GuiseTrainingData *data, const GArray *members)
{
  double sum = 0;
  gsize n = 0;

  for (guint m = 0; m < members->len; m++) {
    gsize i = g_array_index (members, gsize, m);

    for (gsize c = data->caption_start[i]; c < data->caption_start[i + 1]; c++, n++)
      sum += guess_tokens (data->texts[c], config->text.max_tokens);
  }
  return n > 0 ? sum / (double)n : (double)config->text.max_tokens;
}

/* A batch has as many persons as there are at most. */
static gsize
count_batch (const GuiseConfig *config, const GuiseTrainingData *data, const GArray *members)
{
  g_autoptr (GHashTable) persons = g_hash_table_new (g_int64_hash, g_int64_equal);

  for (guint m = 0; m < members->len; m++)
    g_hash_table_add (persons, &data->person_ids[g_array_index (members, gsize, m)]);
  return MIN (config->train.persons, MAX (g_hash_table_size (persons), 1))
         * config->train.images_per_person;
}

static double
get_free (const char *folder)
{
  struct statvfs disk;

  return folder != NULL && statvfs (folder, &disk) == 0
             ? (double)disk.f_bavail * (double)disk.f_frsize
             : INFINITY;
}

/* Embedding runs layer by layer and keeps nothing. */
static double
count_embedding (const GuiseConfig *config, const GuiseStepWork *work, gsize n_val)
{
  GuiseConfig frozen = *config;
  gsize n = MIN (n_val, (gsize)PORTION);
  gsize n_lanes = MIN (work->n_lanes, (n + EMBEDDED - 1) / EMBEDDED);
  const GuiseStepWork embedding = { .batch = MIN (n, n_lanes * EMBEDDED),
                                    .n_lanes = MAX (n_lanes, 1),
                                    .n_ranks = 1,
                                    .text_tokens = work->text_tokens,
                                    .kept_tokens = work->kept_tokens,
                                    .kept_features = work->kept_features };
  GuiseStepBytes bytes;

  if (n == 0)
    return 0;
  frozen.train.vision_blocks = 0;
  frozen.train.train_text = FALSE;
  frozen.train.micro_batch = 0;
  frozen.train.recompute = TRUE; /* a layer at a time */
  frozen.bdam.self_layers = frozen.bdam.cross_layers = 1;
  guise_cost_get_bytes (&frozen, &embedding, &bytes);
  return bytes.images + bytes.texts
         + (work->kept_tokens ? 0
                              : (double)(PORTION * 3 * config->vision.image_size[0]
                                         * config->vision.image_size[1] * sizeof (nn_real)));
}

static void
count_memory (GuiseEstimate *estimate, const GuiseConfig *config, guint64 pixel_budget)
{
  const GuiseStepWork *work = &estimate->work;
  double picture = 3. * (double)(config->vision.image_size[0] * config->vision.image_size[1]),
         budget = (double)pixel_budget;

  guise_cost_get_bytes (config, work, &estimate->step);
  if (!work->kept_tokens) {
    estimate->batches = (BATCHES + 1) * (double)work->batch * picture * sizeof (nn_real);
    if (picture * (double)estimate->n_images <= budget) {
      estimate->pixels = picture * (double)estimate->n_images;
      budget -= estimate->pixels;
      estimate->batches *= BATCHES / (BATCHES + 1.);
    }
    if (picture * (double)estimate->n_val <= budget)
      estimate->pixels += picture * (double)estimate->n_val;
  }
  estimate->validation = count_embedding (config, work, estimate->n_val);
  if (work->kept_tokens) {
    const GuiseStepWork all = { .batch = work->batch,
                                .n_lanes = work->n_lanes,
                                .n_ranks = 1,
                                .text_tokens = work->text_tokens };

    estimate->validation = MAX (estimate->validation, count_embedding (config, &all, FILLED));
  }
  estimate->program = PROGRAM;
  estimate->total = guise_step_bytes_sum (&estimate->step) + estimate->batches + estimate->pixels
                    + estimate->validation + estimate->program;
  estimate->available = guise_memory_get_available ();
}

/* -------------------------------------------------------------------- the rest */

static void
count_disk (GuiseEstimate *estimate, const GuiseConfig *config, gsize n_texts, const char *folder)
{
  double moments = estimate->step.moments, values = estimate->step.values;

  if (config->train.cache_tokens)
    estimate->cache = (double)guise_token_cache_count_bytes (
        config, estimate->n_images + estimate->n_val, n_texts);
  estimate->checkpoints = (KEPT + 1) * (values + moments); /* one more while it is written */
  estimate->disk_free = get_free (folder);
}

static void
measure_time (GuiseEstimate *estimate, const GuiseConfig *config, NnTeam *team)
{
  const GuiseStepWork *work = &estimate->work;
  GuiseSpeed *speed = &estimate->speed;
  double n_items = (double)(estimate->n_images + estimate->n_val)
                   * (config->train.augment.flip > 0 ? 2 : 1);

  guise_calibrate (config, team, (gsize)lround (work->text_tokens), work->kept_tokens, speed);
  estimate->step_s = guise_cost_get_flops (config, work) / speed->flops_per_s
                     + estimate->step.moments / (2 * sizeof (nn_real)) * speed->adam_s_per_value;
  if (config->train.cache_tokens)
    estimate->cache_s = n_items * guise_cost_get_vision_flops (config) / speed->flops_per_s;
  estimate->run_s = estimate->cache_s + (double)config->train.steps * estimate->step_s;
}

void
guise_estimate_make (GuiseEstimate *estimate, const GuiseConfig *config,
                     const GuiseTrainingData *data, guint splits, guint n_threads, guint n_ranks,
                     guint64 pixel_budget, const char *folder, gboolean measure)
{
  GuiseTrainSplit *split = guise_train_split_new (data, splits);
  NnTeam *team = nn_team_create (n_threads);
  gsize n_texts = 0;

  for (guint m = 0; m < split->train->len; m++) {
    gsize i = g_array_index (split->train, gsize, m);

    n_texts += data->caption_start[i + 1] - data->caption_start[i];
  }
  *estimate = (GuiseEstimate){
    .work = { .batch = count_batch (config, data, split->train),
              .n_lanes = team != NULL ? nn_team_size (team) : 1,
              .n_ranks = MAX (n_ranks, 1),
              .text_tokens = get_text_tokens (config, data, split->train),
              .kept_tokens = config->train.cache_tokens,
              .copies = config->train.precision == GUISE_PRECISION_BFLOAT16
                        && nn_mixed_get_unit () != NN_BF16_EMULATED,
              .kept_features = config->train.cache_tokens && !config->train.train_text },
    .n_images = split->train->len,
    .n_val = split->val->len,
  };
  count_memory (estimate, config, pixel_budget);
  count_disk (estimate, config, n_texts, folder);
  if (measure && split->train->len > 0 && estimate->total <= estimate->available)
    measure_time (estimate, config, team);
  nn_team_free (team);
  guise_train_split_free (split);
}

/* -------------------------------------------------------------------- judging */

static double
sum_with (const GuiseEstimate *estimate, const GuiseConfig *config, gsize micro,
          gboolean recompute)
{
  GuiseConfig other = *config;
  GuiseStepBytes bytes;

  other.train.micro_batch = micro;
  other.train.recompute = recompute;
  guise_cost_get_bytes (&other, &estimate->work, &bytes);
  return estimate->total - guise_step_bytes_sum (&estimate->step) + guise_step_bytes_sum (&bytes);
}

/* The largest portion that fits, at first with everything kept; "" = none does. */
static char *
propose (const GuiseEstimate *estimate, const GuiseConfig *config)
{
  gsize micro = config->train.micro_batch > 0 ? config->train.micro_batch : estimate->work.batch,
        least = estimate->work.n_lanes;

  for (gsize m = micro; m >= least; m /= 2)
    if (sum_with (estimate, config, m, config->train.recompute) <= estimate->available)
      return g_strdup_printf ("--set train.micro_batch=%zu would fit", m);
  for (gsize m = micro; m >= least; m /= 2)
    if (sum_with (estimate, config, m, TRUE) <= estimate->available)
      return g_strdup_printf ("--set train.micro_batch=%zu --set train.recompute=true would fit",
                              m);
  if (least > 1)
    return g_strdup ("no train.micro_batch fits: fewer --threads, train.vision_blocks=0, or more "
                     "machines would help");
  return g_strdup ("no train.micro_batch fits: freeze more (train.vision_blocks=0, "
                   "train.train_text=false) or choose a smaller model");
}

static char *
format_bytes (double bytes)
{
  return isfinite (bytes) ? g_format_size ((guint64)bytes) : g_strdup ("unlimited");
}

gboolean
guise_estimate_check (const GuiseEstimate *estimate, const GuiseConfig *config, const char *folder,
                      GError **error)
{
  g_autofree char *needed = NULL, *there = NULL, *advice = NULL;

  if (estimate->total > estimate->available) {
    needed = format_bytes (estimate->total);
    there = format_bytes (estimate->available);
    advice = propose (estimate, config);
    g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_SETUP,
                 "cannot train: it needs about %s of memory and %s are available; %s", needed,
                 there, advice);
    return FALSE;
  }
  if (estimate->checkpoints <= estimate->disk_free || folder == NULL)
    return TRUE; /* what the cache lacks is known when it has been looked at */
  needed = format_bytes (estimate->checkpoints);
  there = format_bytes (estimate->disk_free);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
               "cannot train in '%s': checkpoints need %s on the disk, %s are free; make room or "
               "freeze more (train.vision_blocks, train.train_text)",
               folder, needed, there);
  return FALSE;
}

/* --------------------------------------------------------------------- telling */

static json_t *
number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

json_t *
guise_estimate_to_json (const GuiseEstimate *estimate, const GuiseConfig *config)
{
  const GuiseStepBytes *step = &estimate->step;

  return json_pack (
      "{s:s, s:{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:o}, s:{s:f, s:f, s:o}, s:I, s:I, "
      "s:f, s:f, s:f, s:f, s:f}",
      "event", "estimate", "memory", "total", estimate->total, "weights", step->values,
      "copies", step->copies, "gradients", step->grads, "moments", step->moments, "activations",
      step->images + step->texts + step->heads + step->features, "batches", estimate->batches,
      "pictures", estimate->pixels, "validation", estimate->validation, "available",
      number (estimate->available), "disk", "cache", estimate->cache, "checkpoints",
      estimate->checkpoints, "free", number (estimate->disk_free), "batch",
      (json_int_t)estimate->work.batch, "steps", (json_int_t)config->train.steps, "step_s",
      estimate->step_s, "cache_s", estimate->cache_s, "run_s", estimate->run_s, "gflops",
      estimate->speed.flops_per_s / GIGABYTE, "text_tokens", estimate->work.text_tokens);
}

/* "3 d 4 h", "2 h 10 min", "45 s". */
static char *
format_time (double seconds)
{
  guint64 s = (guint64)MAX (seconds, 0);

  if (s >= 86400)
    return g_strdup_printf ("%d d %d h", (int)(s / 86400), (int)(s / 3600 % 24));
  if (s >= 3600)
    return g_strdup_printf ("%d h %d min", (int)(s / 3600), (int)(s / 60 % 60));
  return s >= 120 ? g_strdup_printf ("%d min", (int)(s / 60)) : g_strdup_printf ("%d s", (int)s);
}

char *
guise_estimate_describe (const GuiseEstimate *estimate, const GuiseConfig *config)
{
  const GuiseStepBytes *step = &estimate->step;
  g_autofree char *run = format_time (estimate->run_s),
                  *checkpoints = format_bytes (estimate->checkpoints),
                  *cache = format_bytes (estimate->cache),
                  *disk_free = format_bytes (estimate->disk_free);
  GString *text = g_string_new (NULL);

  g_string_append_printf (
      text,
      "memory: about %.2f GB of %.1f available (weights %.2f, gradients and moments %.2f, "
      "activations %.2f, pictures %.2f, validation %.2f)\n",
      estimate->total / GIGABYTE, estimate->available / GIGABYTE,
      (step->values + step->copies) / GIGABYTE,
      (step->grads + step->moments) / GIGABYTE,
      (step->images + step->texts + step->heads + step->features) / GIGABYTE,
      (estimate->pixels + estimate->batches) / GIGABYTE, estimate->validation / GIGABYTE);
  g_string_append_printf (text, "disk: %s for checkpoints, %s for the token cache; %s free\n",
                          checkpoints, cache, disk_free);
  if (estimate->step_s > 0)
    g_string_append_printf (text, "time: about %.3g s a step of %zu images (%.0f GFLOP/s measured "
                                  "here), %zu steps in about %s without validation\n",
                            estimate->step_s, estimate->work.batch,
                            estimate->speed.flops_per_s / GIGABYTE, config->train.steps, run);
  return g_string_free (text, FALSE);
}
