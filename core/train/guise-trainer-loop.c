#include <float.h>
#include <math.h>

#include "guise-schedule.h"
#include "guise-trainer-private.h"

static double
seconds_since (gint64 *mark)
{
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - *mark) / 1e6;

  *mark = now;
  return seconds;
}

/* ------------------------------------------------------------------- one step */

/* The terms that this step computes: those that count, those that GradNorm weighs, and all of them
 * when they will be shown. */
static guint
choose_terms (const GuiseTrainer *trainer)
{
  guint64 step = (guint64)trainer->state.step;
  double weights[GUISE_N_TERMS];
  guint wanted = 0;

  if ((step + 1) % GUISE_TRAINER_LOG_EVERY == 0)
    return GUISE_WANT_ALL_TERMS;
  guise_gradnorm_get_weights (&trainer->gradnorm, &trainer->model->config, step, weights);
  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    wanted |= weights[k] != 0 ? 1u << k : 0;
  for (gsize i = 0; i < trainer->gradnorm.n_tasks; i++)
    wanted |= 1u << trainer->gradnorm.task[i];
  return wanted;
}

/* Moves the task weights and gets what multiplies each term now. */
static void
weigh (GuiseTrainer *trainer, const GuiseLabels *labels, double *weights)
{
  const GuiseConfig *config = &trainer->model->config;
  GuiseGradNorm *gradnorm = &trainer->gradnorm;
  double loss[GUISE_N_TERMS], floor[GUISE_N_TERMS];

  for (gsize k = 0; k < GUISE_N_TERMS; k++) {
    loss[k] = guise_stepper_get_loss (trainer->stepper, k);
    floor[k] = guise_losses_get_floor (k, labels);
    trainer->norm[k] = 0;
  }
  if (guise_gradnorm_needs_norms (gradnorm, config))
    for (gsize i = 0; i < gradnorm->n_tasks; i++)
      trainer->norm[gradnorm->task[i]]
          = guise_stepper_get_task_norm (trainer->stepper, gradnorm->task[i]);
  guise_gradnorm_update (gradnorm, config, loss, trainer->norm, floor,
                         guise_losses_get_chance (labels));
  guise_gradnorm_get_weights (gradnorm, config, (guint64)trainer->state.step, weights);
}

static gboolean
losses_are_finite (const GuiseTrainer *trainer)
{
  const GuiseLosses *losses = guise_stepper_get_losses (trainer->stepper);

  for (gsize k = 0; k < GUISE_N_TERMS; k++)
    if (losses->term[k] != NULL && !isfinite (losses->term[k]->data[0]))
      return FALSE;
  return TRUE;
}

/* Adam squares each gradient in float. No element is larger than the norm. */
static gboolean
gradient_is_usable (const GuiseTrainer *trainer)
{
  return trainer->grad_norm < sqrt ((double)FLT_MAX);
}

/* Forward, weights, backward. FALSE when something is not finite or would not stay so: then
 * GradNorm is as before and nothing must be updated. */
static gboolean
compute (GuiseTrainer *trainer, const GuiseLoadedBatch *loaded, double *weights)
{
  GuiseTrainerTimes *times = &trainer->times;
  GuiseGradNorm before = trainer->gradnorm;
  gint64 mark = g_get_monotonic_time ();

  guise_stepper_forward (trainer->stepper, &loaded->batch, choose_terms (trainer),
                         trainer->model->config.dropout);
  times->forward += seconds_since (&mark);
  weigh (trainer, &loaded->batch.labels, weights);
  times->norms += seconds_since (&mark);
  trainer->grad_norm = guise_stepper_backward (trainer->stepper, weights);
  times->backward += seconds_since (&mark);
  if (losses_are_finite (trainer) && gradient_is_usable (trainer))
    return TRUE;
  trainer->gradnorm = before;
  return FALSE;
}

static void
note_replaced (GuiseTrainer *trainer, const GuiseLoadedBatch *loaded)
{
  if (loaded->n_replaced > 0 && trainer->n_replaced == 0)
    guise_trainer_warn (trainer, "some images do not decode: others of their batch stand in");
  trainer->n_replaced += loaded->n_replaced;
}

static gboolean
train_step (GuiseTrainer *trainer, GError **error)
{
  GuiseTrainState *state = &trainer->state;
  double weights[GUISE_N_TERMS] = { 0 };
  double lr = guise_schedule_get_lr (&trainer->model->config, (guint64)state->step);
  gint64 mark = g_get_monotonic_time ();
  GuiseLoadedBatch *loaded = guise_loader_next (trainer->loader, error);
  gboolean good;

  if (loaded == NULL)
    return FALSE;
  guise_trainer_share_samples (trainer, loaded);
  trainer->times.wait += seconds_since (&mark);
  note_replaced (trainer, loaded);
  if (trainer->options.hook != NULL)
    trainer->options.hook (loaded, trainer->model, trainer->options.hook_data);
  good = compute (trainer, loaded, weights);
  mark = g_get_monotonic_time ();
  if (good)
    guise_optimiser_step (trainer->optimiser, guise_stepper_get_grads (trainer->stepper), lr);
  trainer->times.adam += seconds_since (&mark);
  trainer->times.n_steps++;
  state->step++;
  state->n_skipped += !good;
  state->n_bad_in_row = good ? 0 : state->n_bad_in_row + 1;
  guise_trainer_note_step (trainer, &loaded->batch.labels, weights, lr, !good);
  if (state->n_bad_in_row < GUISE_TRAINER_MAX_BAD_STEPS)
    return TRUE;
  g_set_error (error, GUISE_TRAIN_ERROR, GUISE_TRAIN_ERROR_DIVERGED,
               "training stopped at step %.0f: losses or gradients were not finite in %d steps in "
               "a row; the checkpoints before are kept",
               state->step, GUISE_TRAINER_MAX_BAD_STEPS);
  return FALSE;
}

/* -------------------------------------------------------------- between steps */

static gboolean
is_last (const GuiseTrainer *trainer)
{
  const GuiseConfig *config = &trainer->model->config;

  return trainer->state.step >= (double)config->train.steps
         || (config->train.patience > 0
             && trainer->state.n_since_best >= (double)config->train.patience);
}

static gboolean
is_due (const GuiseTrainer *trainer, gsize every)
{
  return (guint64)trainer->state.step % every == 0
         || trainer->state.step >= (double)trainer->model->config.train.steps;
}

/* The best so far, to go back to when a better step could not be kept. */
typedef struct {
  double step, r1, map, lambda;
  double info_lambda;
  json_t *event;
} Best;

static void
best_remember (Best *best, const GuiseTrainer *trainer)
{
  const GuiseTrainState *state = &trainer->state;

  *best = (Best){ state->best_step, state->best_r1, state->best_map, state->best_lambda,
                  trainer->info->lambda, json_incref (trainer->info->best) };
}

static void
best_restore (const Best *best, GuiseTrainer *trainer)
{
  GuiseTrainState *state = &trainer->state;

  state->best_step = best->step;
  state->best_r1 = best->r1;
  state->best_map = best->map;
  state->best_lambda = best->lambda;
  trainer->info->lambda = best->info_lambda;
  json_decref (trainer->info->best);
  trainer->info->best = json_incref (best->event);
}

static void
best_clear (Best *best)
{
  json_decref (best->event);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Best, best_clear)

static void
take_result (GuiseTrainer *trainer, const GuiseValidationResult *result)
{
  GuiseTrainState *state = &trainer->state;
  double r1 = result->caption.r1, map = result->caption.map;
  gboolean is_best = isfinite (r1)
                     && (state->best_step < 0 || r1 > state->best_r1
                         || (r1 == state->best_r1 && map > state->best_map));
  json_t *event = guise_trainer_describe_eval (trainer, result, is_best);

  state->n_since_best = is_best ? 0 : state->n_since_best + 1;
  if (is_best) {
    state->best_step = state->step;
    state->best_r1 = r1;
    state->best_map = map;
    state->best_lambda = result->lambda;
    json_decref (trainer->info->best);
    trainer->info->best = json_deep_copy (event);
    json_object_del (trainer->info->best, "event");
    json_object_del (trainer->info->best, "best");
    trainer->info->lambda = result->lambda;
  }
  guise_trainer_emit (trainer, event, TRUE);
}

/* FALSE only when cancelled. */
static gboolean
validate (GuiseTrainer *trainer, GCancellable *cancellable)
{
  GuiseValidationResult result = { 0 };
  g_autoptr (GError) error = NULL;

  if (guise_validation_run (trainer->validation, &result, cancellable, &error)) {
    take_result (trainer, &result);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return FALSE;
  } else {
    trainer->state.n_since_best++;
    guise_trainer_warn (trainer, "validation failed: %s", error->message);
  }
  trainer->state.validated_at = trainer->state.step;
  return TRUE;
}

/* FALSE, with a warning, when best/ stays what it was. */
static gboolean
publish_best (GuiseTrainer *trainer)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;

  if (trainer->state.best_step < 0 || trainer->published == trainer->state.best_step)
    return TRUE;
  path = guise_run_get_checkpoint_path (trainer->folder, (guint64)trainer->state.best_step);
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return TRUE;
  if (!guise_trainer_publish_best (trainer, &error)) {
    guise_trainer_warn (trainer, "%s", error->message);
    return FALSE;
  }
  trainer->published = trainer->state.best_step;
  return TRUE;
}

/* A checkpoint at a step where every run has one. Only the last one must succeed. `before`: the
 * best before this step; it stays the best unless this step's checkpoint and best/ are written. */
static gboolean
save_on_schedule (GuiseTrainer *trainer, const Best *before, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean saved;

  if (is_last (trainer) && trainer->state.best_step < 0)
    trainer->state.best_step = trainer->state.step;
  trainer->state.is_complete = 1;
  saved = guise_trainer_save (trainer, &local);
  trainer->state.is_complete = 0;
  if (saved) {
    trainer->saved_at = trainer->state.step;
    guise_trainer_emit_checkpoint (trainer, TRUE);
    if (!publish_best (trainer))
      best_restore (before, trainer);
    guise_trainer_prune (trainer);
    saved = guise_trainer_save_info (trainer, GUISE_RUN_RUNNING, NULL, &local);
  } else {
    best_restore (before, trainer);
  }
  if (saved)
    return TRUE;
  if (is_last (trainer)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  guise_trainer_warn_no_checkpoint (trainer, local->message,
                                    g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NO_SPACE));
  return TRUE;
}

/* Weights that only give what is not finite may have been ruined by the last update: they do not
 * push a good checkpoint out. */
static gboolean
is_suspect (const GuiseTrainer *trainer)
{
  return trainer->state.n_bad_in_row > 0 && !is_last (trainer);
}

static gboolean
pass_over (GuiseTrainer *trainer, const Best *before)
{
  best_restore (before, trainer);
  guise_trainer_warn_no_checkpoint (trainer, "its losses or gradients are not finite", FALSE);
  return TRUE;
}

/* What belongs to the step that was just done. FALSE with an error, also when cancelled before all
 * of it was done: it is made up for when the run goes on. */
static gboolean
finish_step (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  const GuiseConfig *config = &trainer->model->config;
  gint64 mark = g_get_monotonic_time (), started = mark;
  g_auto (Best) before = { 0 };
  gboolean good = TRUE;

  if (trainer->state.step == 0)
    return TRUE;
  best_remember (&before, trainer);
  if (trainer->validation != NULL && is_due (trainer, config->train.validate_every)
      && trainer->state.validated_at != trainer->state.step) {
    if (!validate (trainer, cancellable))
      return !g_cancellable_set_error_if_cancelled (cancellable, error);
    trainer->times.validate += seconds_since (&mark);
  }
  if (is_due (trainer, config->train.checkpoint_every) || is_last (trainer)
      || trainer->state.best_step == trainer->state.step)
    good = is_suspect (trainer) ? pass_over (trainer, &before)
                                : save_on_schedule (trainer, &before, error);
  trainer->interval_started += g_get_monotonic_time () - started;
  return good;
}

/* What a checkpoint on schedule left to do when the program ended right behind it. */
static gboolean
catch_up (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  publish_best (trainer);
  if (!trainer->state.is_complete)
    return finish_step (trainer, cancellable, error);
  trainer->state.is_complete = 0;
  guise_trainer_emit_checkpoint (trainer, TRUE);
  guise_trainer_prune (trainer);
  return TRUE;
}

/* -------------------------------------------------------------------- the run */

/* What comes before the first step and after each: the first process alone does it. */
static gboolean
look_after (GuiseTrainer *trainer, gboolean begins, GCancellable *cancellable, GError **error)
{
  if (!begins && is_due (trainer, trainer->model->config.train.checkpoint_every)
      && !guise_trainer_compare_weights (trainer, error))
    return FALSE;
  if (!guise_trainer_is_first (trainer))
    return TRUE;
  return begins ? catch_up (trainer, cancellable, error)
                : finish_step (trainer, cancellable, error);
}

static gboolean
loop (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean good = look_after (trainer, TRUE, cancellable, &problem);

  trainer->interval_started = g_get_monotonic_time ();
  while (good && guise_trainer_goes_on (trainer, !is_last (trainer))) {
    if (guise_trainer_any_cancelled (trainer, cancellable)) {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "training was stopped");
      return FALSE;
    }
    good = train_step (trainer, &problem) && look_after (trainer, FALSE, cancellable, &problem);
  }
  if (!good)
    g_propagate_error (error, g_steal_pointer (&problem));
  return good;
}

/* Keeps what was done since the last checkpoint. */
static gboolean
stop (GuiseTrainer *trainer, GError **error)
{
  if (trainer->saved_at != trainer->state.step) {
    if (!guise_trainer_save (trainer, error))
      return FALSE;
    guise_trainer_emit_checkpoint (trainer, FALSE);
    guise_trainer_prune (trainer);
  }
  return guise_trainer_save_info (trainer, GUISE_RUN_STOPPED, NULL, error);
}

static void
start_loader (GuiseTrainer *trainer)
{
  const GuiseCrew *crew = trainer->options.crew;
  const GuiseConfig *config = &trainer->model->config;

  trainer->loader
      = guise_loader_new (trainer->train, config, trainer->info->seed,
                          (guint64)trainer->state.step, config->train.steps,
                          trainer->options.n_loaders, crew != NULL ? crew->rank : 0,
                          crew != NULL ? crew->n : 1);
}

static gboolean
begin (GuiseTrainer *trainer, GError **error)
{
  g_autofree char *path = g_build_filename (trainer->folder, "metrics.jsonl", NULL);
  const GuiseConfig *config = &trainer->model->config;

  trainer->metrics = guise_jsonl_writer_open (path, error);
  if (trainer->metrics == NULL
      || !guise_trainer_save_info (trainer, GUISE_RUN_RUNNING, NULL, error))
    return FALSE;
  trainer->saved_at = trainer->state.step;
  trainer->published = -1;
  start_loader (trainer);
  guise_trainer_emit (trainer,
                      json_pack ("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "event", "start", "run",
                                 trainer->info->name, "step", (json_int_t)trainer->state.step,
                                 "steps", (json_int_t)config->train.steps, "images",
                                 (json_int_t)trainer->train->n_images, "persons",
                                 (json_int_t)trainer->train->n_persons, "threads",
                                 (json_int_t)trainer->info->n_threads),
                      FALSE);
  return TRUE;
}

gboolean
guise_trainer_run (GuiseTrainer *trainer, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local = NULL, second = NULL;

  if (!guise_trainer_is_first (trainer)) {
    start_loader (trainer);
    return loop (trainer, cancellable, error);
  }
  if (!begin (trainer, error))
    return FALSE;
  if (loop (trainer, cancellable, &local)) {
    guise_trainer_emit_done (trainer);
    return guise_trainer_sync_metrics (trainer, error)
           && guise_trainer_save_info (trainer, GUISE_RUN_DONE, NULL, error);
  }
  if (g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    if (!stop (trainer, &second)) {
      g_propagate_error (error, g_steal_pointer (&second));
      return FALSE;
    }
  } else if (!guise_trainer_save_info (trainer, GUISE_RUN_FAILED, local->message, &second)) {
    guise_trainer_warn (trainer, "%s", second->message);
  }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
