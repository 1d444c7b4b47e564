#include <math.h>

#include "guise-trainer-private.h"

/* Lines that wait for a full disk; the oldest go when there are more. */
#define MAX_UNWRITTEN 10000

/* A writer gives its file up when the disk did: the next one may have more luck. */
static void
reopen_metrics (GuiseTrainer *trainer)
{
  g_autofree char *path = g_build_filename (trainer->folder, "metrics.jsonl", NULL);
  GuiseJsonlWriter *writer = guise_jsonl_writer_open (path, NULL);

  if (writer == NULL)
    return;
  guise_jsonl_writer_free (trainer->metrics);
  trainer->metrics = writer;
}

/* What waits goes to the file, in order. */
static gboolean
write_lines (GuiseTrainer *trainer, GError **error)
{
  gboolean good = TRUE;
  guint n = 0;

  while (good && n < trainer->unwritten->len) {
    good = guise_jsonl_writer_append (trainer->metrics, trainer->unwritten->pdata[n], error);
    n += good;
  }
  if (n > 0)
    g_ptr_array_remove_range (trainer->unwritten, 0, n);
  trainer->state.metrics_lines += n;
  if (good)
    trainer->metrics_fail = FALSE;
  else
    reopen_metrics (trainer);
  return good;
}

gboolean
guise_trainer_sync_metrics (GuiseTrainer *trainer, GError **error)
{
  if (trainer->metrics == NULL)
    return TRUE;
  if (!write_lines (trainer, error))
    return FALSE;
  if (guise_jsonl_writer_sync (trainer->metrics, error))
    return TRUE;
  reopen_metrics (trainer);
  return FALSE;
}

static void
keep_line (GuiseTrainer *trainer, json_t *event)
{
  g_autoptr (GError) error = NULL;

  if (trainer->unwritten->len == MAX_UNWRITTEN)
    g_ptr_array_remove_index (trainer->unwritten, 0);
  g_ptr_array_add (trainer->unwritten, json_incref (event));
  if (write_lines (trainer, &error) || trainer->metrics_fail)
    return;
  trainer->metrics_fail = TRUE;
  guise_trainer_warn (trainer, "%s; tried again with the next line", error->message);
}

void
guise_trainer_emit (GuiseTrainer *trainer, json_t *event, gboolean keep)
{
  if (trainer->options.event != NULL && guise_trainer_is_first (trainer))
    trainer->options.event (event, trainer->options.event_data);
  if (keep && trainer->metrics != NULL)
    keep_line (trainer, event);
  json_decref (event);
}

void
guise_trainer_warn_no_checkpoint (GuiseTrainer *trainer, const char *why, gboolean no_space)
{
  g_autofree char *advice
      = no_space ? g_strdup_printf ("; make room, or move '%s/checkpoints' to another disk and "
                                    "leave a link to it in its place",
                                    trainer->folder)
                 : NULL;
  g_autofree char *message
      = g_strdup_printf ("no checkpoint at step %.0f: %s; the next one is tried as planned%s",
                         trainer->state.step, why, advice != NULL ? advice : "");

  guise_trainer_emit (trainer,
                      json_pack ("{s:s, s:s, s:s}", "event", "warning", "about", "checkpoint",
                                 "message", message),
                      FALSE);
}

void
guise_trainer_warn (GuiseTrainer *trainer, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  guise_trainer_emit (trainer, json_pack ("{s:s, s:s}", "event", "warning", "message", message),
                      FALSE);
}

/* NaN and infinity have no JSON form. */
static json_t *
number (double value)
{
  return isfinite (value) ? json_real (value) : json_null ();
}

/* ---------------------------------------------------------------- step events */

static void
add_by_term (json_t *event, const char *key, const GuiseTermList *terms, const double *values)
{
  json_t *object = json_object ();

  for (gsize i = 0; i < terms->n; i++)
    json_object_set_new (object, guise_term_name (terms->item[i]), number (values[terms->item[i]]));
  json_object_set_new (event, key, object);
}

/* Means over the steps since the last event, where a term was computed in one. */
static void
add_means (json_t *event, const GuiseTrainState *state, const GuiseTermList *active)
{
  double loss[GUISE_N_TERMS], floor[GUISE_N_TERMS];

  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = state->loss_n[k] > 0 ? state->loss_sum[k] / state->loss_n[k] : NAN;
    floor[k] = state->loss_n[k] > 0 ? state->floor_sum[k] / state->loss_n[k] : NAN;
  }
  add_by_term (event, "loss", active, loss);
  add_by_term (event, "floor", active, floor);
}

static void
add_rate (GuiseTrainer *trainer, json_t *event)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - trainer->interval_started) / 1e6,
         waited = guise_loader_get_waited (trainer->loader);
  gsize batch = guise_loader_get_size (trainer->loader);
  double images = (double)(trainer->interval_steps * batch);

  json_object_set_new (event, "batch", json_integer ((json_int_t)batch));
  json_object_set_new (event, "images_per_s", number (seconds > 0 ? images / seconds : 0));
  json_object_set_new (event, "wait_s", number (waited - trainer->interval_waited));
  trainer->interval_started = now;
  trainer->interval_steps = 0;
  trainer->interval_waited = waited;
}

static void
emit_step (GuiseTrainer *trainer, const GuiseLabels *labels, const double *weights, double lr)
{
  GuiseTrainState *state = &trainer->state;
  const GuiseConfig *config = &trainer->model->config;
  GuiseTermList active, tasks = { .n = trainer->gradnorm.n_tasks };
  json_t *event = json_pack ("{s:s, s:I, s:I}", "event", "step", "step", (json_int_t)state->step,
                             "steps", (json_int_t)config->train.steps);

  for (gsize i = 0; i < tasks.n; i++)
    tasks.item[i] = trainer->gradnorm.task[i];
  guise_config_get_active_terms (config, &active);
  add_means (event, state, &active);
  json_object_set_new (event, "chance", number (guise_losses_get_chance (labels)));
  add_by_term (event, "weight", &active, weights);
  add_by_term (event, "norm", &tasks, trainer->norm);
  json_object_set_new (event, "gate",
                       number (state->gate_n > 0 ? state->gate_sum / state->gate_n : NAN));
  json_object_set_new (event, "grad_norm", number (trainer->grad_norm));
  json_object_set_new (event, "lr", number (lr));
  json_object_set_new (event, "skipped", json_integer ((json_int_t)state->n_skipped));
  add_rate (trainer, event);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    state->loss_sum[k] = state->loss_n[k] = state->floor_sum[k] = 0;
  state->gate_sum = state->gate_n = 0;
  guise_trainer_emit (trainer, event, TRUE);
}

/* What a term can reach: ln |positives| for InfoNCE, nothing below zero for the others. (A blind
 * match head stays at 0.637.) */
static double
get_floor (GuiseTerm term, const GuiseLabels *labels)
{
  return term == GUISE_TERM_INFO || term == GUISE_TERM_CAPTION || term == GUISE_TERM_CLOTH
             ? guise_losses_get_floor (term, labels)
             : 0;
}

static double
mean_gate (const GuiseStepper *stepper)
{
  const GraphTensor *gate = guise_stepper_get_image_heads (stepper)->gate;
  gsize n = gate != NULL ? gate->rows * gate->cols : 0;
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double)gate->data[i];
  return n > 0 ? sum / (double)n : NAN;
}

void
guise_trainer_note_step (GuiseTrainer *trainer, const GuiseLabels *labels, const double *weights,
                         double lr, gboolean bad)
{
  GuiseTrainState *state = &trainer->state;
  double gate = mean_gate (trainer->stepper);

  for (gsize k = 0; !bad && k < GUISE_N_TERMS; k++)
    if (guise_stepper_get_losses (trainer->stepper)->term[k] != NULL) {
      state->loss_sum[k] += guise_stepper_get_loss (trainer->stepper, k);
      state->floor_sum[k] += get_floor (k, labels);
      state->loss_n[k]++;
    }
  if (!bad && isfinite (gate)) {
    state->gate_sum += gate;
    state->gate_n++;
  }
  trainer->interval_steps++;
  if ((guint64)state->step % GUISE_TRAINER_LOG_EVERY == 0
      || state->step >= (double)trainer->model->config.train.steps)
    emit_step (trainer, labels, weights, lr);
}

/* --------------------------------------------------------------- other events */

static json_t *
describe_metrics (const GuiseMetrics *metrics)
{
  return json_pack ("{s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "r1", number (metrics->r1), "r5",
                    number (metrics->r5), "r10", number (metrics->r10), "map",
                    number (metrics->map), "minp", number (metrics->minp), "queries",
                    (json_int_t)metrics->n_queries, "skipped", (json_int_t)metrics->n_skipped);
}

json_t *
guise_trainer_describe_eval (const GuiseTrainer *trainer, const GuiseValidationResult *result,
                             gboolean is_best)
{
  json_t *event = json_pack ("{s:s, s:I, s:s, s:s, s:s, s:f, s:b}", "event", "eval", "step",
                             (json_int_t)trainer->state.step, "split",
                             trainer->split->held_out ? "held-out" : "val", "query", "caption",
                             "positives", trainer->by_outfit ? "outfit" : "person", "lambda",
                             result->lambda, "best", is_best);
  json_t *metrics = describe_metrics (&result->caption);

  json_object_update (event, metrics);
  json_decref (metrics);
  json_object_set_new (event, "gallery", json_integer ((json_int_t)result->caption.n_gallery));
  json_object_set_new (event, "who", describe_metrics (&result->who));
  json_object_set_new (event, "wearing", describe_metrics (&result->wearing));
  json_object_set_new (event, "both", describe_metrics (&result->both));
  json_object_set_new (event, "seconds", number (result->seconds));
  return event;
}

void
guise_trainer_emit_checkpoint (GuiseTrainer *trainer, gboolean keep)
{
  guint64 step = (guint64)trainer->state.step;
  g_autofree char *path = guise_run_get_checkpoint_path (trainer->info->name, step);

  /* Relative to the folder of runs, so that a run may be moved. */
  guise_trainer_emit (trainer,
                      json_pack ("{s:s, s:I, s:s}", "event", "checkpoint", "step",
                                 (json_int_t)step, "path", path),
                      keep);
}

void
guise_trainer_emit_done (GuiseTrainer *trainer)
{
  json_t *best = trainer->info->best;

  guise_trainer_emit (trainer,
                      json_pack ("{s:s, s:s, s:I, s:O?, s:O?, s:f, s:I}", "event", "done", "run",
                                 trainer->info->name, "steps", (json_int_t)trainer->state.step,
                                 "best", best != NULL ? json_object_get (best, "step") : NULL,
                                 "metrics", best, "lambda", trainer->info->lambda, "skipped",
                                 (json_int_t)trainer->state.n_skipped),
                      TRUE);
}

/* ------------------------------------------------------------ data's warnings */

static void
report_set (GuiseTrainer *trainer, const GuiseTrainSet *set, const char *side)
{
  static const char *const kinds[GUISE_N_TEXTS]
      = { [GUISE_TEXT_IDENTITY] = "no identity description: captions stand in",
          [GUISE_TEXT_CLOTHING] = "no clothing description: captions stand in",
          [GUISE_TEXT_CAPTION] = "no free caption: descriptions stand in" };
  const GuiseTrainSetReport *report = &set->report;

  if (report->n_without_text > 0)
    guise_trainer_warn (trainer, "%s: %zu of %zu images have no text and are left out", side,
                        report->n_without_text, report->n_images);
  if (report->n_undecodable > 0)
    guise_trainer_warn (trainer, "%s: %zu of %zu images do not decode and are left out, the first: "
                                 "%s",
                        side, report->n_undecodable, report->n_images, report->undecodable);
  for (guint k = 0; k < GUISE_N_TEXTS; k++)
    if (report->n_missing[k] > 0)
      guise_trainer_warn (trainer, "%s: %zu of %zu images have %s", side, report->n_missing[k],
                          set->n_images, kinds[k]);
}

/* Tokens that are kept are those of whole pictures as they are, or mirrored. */
static void
report_augmentation (GuiseTrainer *trainer)
{
  const GuiseConfig *config = &trainer->model->config;
  gboolean crop = config->train.augment.crop[0] + config->train.augment.crop[1] > 0,
           colour = config->train.augment.brightness + config->train.augment.channel_gain > 0,
           erase = config->train.augment.erase > 0;

  if (trainer->cache == NULL || !(crop || colour || erase))
    return;
  guise_trainer_warn (trainer,
                      "training: with cached tokens pictures are mirrored at most: "
                      "train.augment.crop, brightness, channel_gain and erase do nothing");
}

/* A run that ends before the ramp begins never weighs the terms that wait for it. */
static void
report_ramp (GuiseTrainer *trainer)
{
  const GuiseConfig *config = &trainer->model->config;
  g_autoptr (GString) names = g_string_new (NULL);
  gboolean match = FALSE;
  GuiseTermList active;

  if (config->loss.ramp.length == 0 || config->train.steps > config->loss.ramp.start + 1)
    return;
  guise_config_get_active_terms (config, &active);
  for (gsize i = 0; i < active.n; i++) {
    GuiseTerm term = active.item[i];

    if (!guise_term_list_contains (&config->loss.ramp.terms, term)
        || config->loss.weights[term] == 0)
      continue;
    g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", guise_term_name (term));
    match |= term == GUISE_TERM_MATCH;
  }
  if (names->len > 0)
    guise_trainer_warn (trainer,
                        "training: %zu steps end before loss.ramp.start = %zu: it goes without "
                        "%s%s",
                        config->train.steps, config->loss.ramp.start, names->str,
                        match ? "; its match head stays untrained and cannot rerank" : "");
}

void
guise_trainer_report_data (GuiseTrainer *trainer)
{
  const GuiseConfig *config = &trainer->model->config;

  report_set (trainer, trainer->train, "training");
  if (trainer->train->report.n_lone > 0)
    guise_trainer_warn (trainer,
                        "training: %zu of %zu persons have a single image, which is repeated",
                        trainer->train->report.n_lone, trainer->train->n_persons);
  if (trainer->train->n_persons < config->train.persons)
    guise_trainer_warn (trainer, "training: batches have %zu persons instead of %zu: there are no "
                                 "more",
                        trainer->train->n_persons, config->train.persons);
  if (trainer->split->n_leaked > 0)
    guise_trainer_warn (trainer,
                        "%zu persons of the training images are in another split too: figures on "
                        "that split will be too good",
                        trainer->split->n_leaked);
  if (trainer->val != NULL)
    report_set (trainer, trainer->val, "validation");
  else
    guise_trainer_warn (trainer, "no images to validate with: the last checkpoint counts as the "
                                 "best, and lambda is not chosen");
  report_ramp (trainer);
  report_augmentation (trainer);
  if (trainer->split->held_out && trainer->val != NULL)
    guise_trainer_warn (trainer, "no validation split: %zu training persons are held out for it",
                        trainer->val->n_persons);
}
