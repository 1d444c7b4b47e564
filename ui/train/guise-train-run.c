#include "guise-train-run.h"

#include "guise-format.h"
#include "guise-job.h"
#include "guise-run-process.h"

#include <glib/gi18n.h>
#include <math.h>

/* Writing a checkpoint of the largest model takes seconds; a step in progress more. */
#define GRACE_MS (10 * 60 * 1000)

struct _GuiseTrainRun {
  GObject parent_instance;

  char *folder;
  char *name;
  GuiseRunInfo *info;
  GuiseRunCurves *curves;
  GuiseJob *job;
  gboolean began; /* the job's trainer has started to train */
  gboolean asked; /* somebody else's process was asked to stop */
  gboolean loading;
  GPtrArray *pending; /* events that came while metrics.jsonl was being read */
  char *stage;
  char *problem;
  char *trouble; /* with its checkpoints, for now */
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseTrainRun, guise_train_run, G_TYPE_OBJECT)

static void
emit_changed (GuiseTrainRun *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void
take_info (GuiseTrainRun *self, const GuiseRunInfo *info)
{
  if (info == NULL)
    return;
  g_clear_pointer (&self->info, guise_run_info_free);
  self->info = guise_run_info_copy (info);
  if (info->state != GUISE_RUN_RUNNING)
    self->asked = FALSE;
}

typedef struct {
  char *folder;
  guint64 n_lines; /* of metrics.jsonl that are known */
} Request;

static void
request_free (Request *request)
{
  g_free (request->folder);
  g_free (request);
}

typedef struct {
  GuiseRunInfo *info;
  GError *trouble; /* why there is no info */
  GuiseRunCurves *curves;
  GPtrArray *news; /* or these, of curves that are known */
} Loaded;

static void
loaded_free (Loaded *loaded)
{
  guise_run_info_free (loaded->info);
  g_clear_error (&loaded->trouble);
  g_clear_pointer (&loaded->curves, guise_run_curves_free);
  g_clear_pointer (&loaded->news, g_ptr_array_unref);
  g_free (loaded);
}

static void
load_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Request *request = data;
  g_autofree char *path = g_build_filename (request->folder, "metrics.jsonl", NULL);
  Loaded *loaded = g_new0 (Loaded, 1);
  GError *error = NULL;

  loaded->info = guise_run_info_load (request->folder, &loaded->trouble);
  if (request->n_lines > 0)
    loaded->news = guise_run_curves_read_news (path, request->n_lines, &error);
  else
    loaded->curves = guise_run_curves_read (path, &error);
  if (error != NULL) {
    loaded_free (loaded);
    g_task_return_error (task, error);
  } else {
    g_task_return_pointer (task, loaded, (GDestroyNotify)loaded_free);
  }
}

/* A run that is followed and whose folder has gone has ended. */
static void
take_loaded_info (GuiseTrainRun *self, Loaded *loaded)
{
  if (self->info != NULL && !guise_train_run_is_ours (self)
      && g_error_matches (loaded->trouble, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    self->info->state = GUISE_RUN_FAILED;
    g_free (self->problem);
    self->problem = g_strdup (loaded->trouble->message);
  }
  take_info (self, loaded->info);
}

static void
load_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrainRun) self = data;
  g_autoptr (GError) error = NULL;
  Loaded *loaded = g_task_propagate_pointer (G_TASK (result), &error);
  GuiseRunCurves *old = self->curves;

  self->loading = FALSE;
  if (loaded != NULL) {
    if (loaded->news != NULL)
      guise_run_curves_add_news (self->curves, loaded->news);
    else
      self->curves = g_steal_pointer (&loaded->curves);
    take_loaded_info (self, loaded);
    loaded_free (loaded);
  } else if (self->curves == NULL) {
    self->curves = guise_run_curves_new ();
    guise_run_curves_log (self->curves, error->message);
  }
  for (guint i = 0; i < self->pending->len; i++)
    guise_run_curves_add (self->curves, self->pending->pdata[i]);
  g_ptr_array_set_size (self->pending, 0);
  emit_changed (self);
  /* after the views have let go of its charts */
  if (old != NULL && old != self->curves)
    guise_run_curves_free (old);
}

void
guise_train_run_load (GuiseTrainRun *self)
{
  g_autoptr (GTask) task = NULL;
  Request *request;

  if (self->loading)
    return;
  self->loading = TRUE;
  request = g_new0 (Request, 1);
  request->folder = g_strdup (self->folder);
  request->n_lines = self->curves != NULL ? guise_run_curves_get_n_lines (self->curves) : 0;
  task = g_task_new (NULL, NULL, load_ready, g_object_ref (self));
  g_task_set_task_data (task, request, (GDestroyNotify)request_free);
  g_task_run_in_thread (task, load_in_thread);
}

void
guise_train_run_set_info (GuiseTrainRun *self, const GuiseRunInfo *info)
{
  take_info (self, info);
  emit_changed (self);
}

/* ---- the child ------------------------------------------------------------------------------ */

static void
note_progress (GuiseTrainRun *self, json_t *event)
{
  const char *what = json_string_value (json_object_get (event, "what"));
  g_autofree char *done = NULL, *total = NULL;

  if (what == NULL)
    return;
  done = guise_format_count (MAX (json_integer_value (json_object_get (event, "done")), 0));
  total = guise_format_count (MAX (json_integer_value (json_object_get (event, "total")), 0));
  g_free (self->stage);
  self->stage = g_strdup_printf (_ ("%s, %s of %s"), what, done, total);
}

static void
note_checkpoint (GuiseTrainRun *self, const char *name, json_t *event)
{
  const char *about = json_string_value (json_object_get (event, "about"));

  if (g_strcmp0 (name, "checkpoint") == 0) {
    g_clear_pointer (&self->trouble, g_free);
  } else if (g_strcmp0 (name, "warning") == 0 && g_strcmp0 (about, "checkpoint") == 0) {
    g_free (self->trouble);
    self->trouble = g_strdup (json_string_value (json_object_get (event, "message")));
  }
}

static void
job_event (GuiseJob *job, const char *name, json_t *event, GuiseTrainRun *self)
{
  if (g_strcmp0 (name, "progress") == 0)
    note_progress (self, event);
  note_checkpoint (self, name, event);
  if (g_strcmp0 (name, "start") == 0) {
    self->began = TRUE;
    g_clear_pointer (&self->stage, g_free);
  }
  if (self->loading || self->curves == NULL)
    g_ptr_array_add (self->pending, json_incref (event));
  else
    guise_run_curves_add (self->curves, event);
  emit_changed (self);
}

static void
job_finished (GuiseJob *job, GuiseTrainRun *self)
{
  const GError *error = guise_job_get_error (job);
  const char *details = guise_job_get_details (job);

  if (job != self->job)
    return;
  g_clear_pointer (&self->stage, g_free);
  g_clear_pointer (&self->trouble, g_free);
  if (error != NULL) {
    g_free (self->problem);
    self->problem = g_strdup (error->message);
    if (self->curves != NULL) {
      guise_run_curves_log (self->curves, error->message);
      if (*details != '\0')
        guise_run_curves_log (self->curves, details);
    }
  }
  guise_train_run_load (self); /* run.json has the last word */
  emit_changed (self);
}

gboolean
guise_train_run_start (GuiseTrainRun *self, const char *const *arguments, GError **error)
{
  if (guise_train_run_is_active (self)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "cannot train '%s': it is being trained",
                 self->name);
    return FALSE;
  }
  if (self->job != NULL)
    g_signal_handlers_disconnect_by_data (self->job, self);
  g_clear_object (&self->job);
  g_clear_pointer (&self->problem, g_free);
  self->began = FALSE;
  self->job = guise_job_new (arguments, GUISE_JOB_OUTLIVE);
  guise_job_set_grace (self->job, GRACE_MS);
  g_signal_connect_object (self->job, "event", G_CALLBACK (job_event), self, 0);
  g_signal_connect_object (self->job, "stopping", G_CALLBACK (emit_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (job_finished), self, 0);
  if (!guise_job_start (self->job, error)) {
    self->problem = g_strdup (guise_job_get_error (self->job)->message);
    emit_changed (self);
    return FALSE;
  }
  if (self->curves == NULL)
    guise_train_run_load (self);
  emit_changed (self);
  return TRUE;
}

static void
stop_in_thread (GTask *task, gpointer source, gpointer folder, GCancellable *cancellable)
{
  GError *error = NULL;

  if (guise_run_process_stop (folder, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
stop_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GuiseTrainRun) self = data;
  g_autoptr (GError) error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    return;
  self->asked = FALSE;
  if (self->curves != NULL)
    guise_run_curves_log (self->curves, error->message);
  guise_train_run_load (self); /* it may have ended by itself */
}

void
guise_train_run_stop (GuiseTrainRun *self)
{
  g_autoptr (GTask) task = NULL;

  if (!guise_train_run_is_active (self))
    return;
  if (guise_train_run_is_ours (self)) {
    guise_job_cancel (self->job);
  } else {
    self->asked = TRUE;
    task = g_task_new (NULL, NULL, stop_asked, g_object_ref (self));
    g_task_set_task_data (task, g_strdup (self->folder), g_free);
    g_task_run_in_thread (task, stop_in_thread);
  }
  emit_changed (self);
}

/* ---- state ---------------------------------------------------------------------------------- */

gboolean
guise_train_run_is_ours (GuiseTrainRun *self)
{
  return self->job != NULL && guise_job_is_active (self->job);
}

GuiseJob *
guise_train_run_get_job (GuiseTrainRun *self)
{
  return self->job;
}

GuiseTrainRunState
guise_train_run_get_state (GuiseTrainRun *self)
{
  if (guise_train_run_is_ours (self)) {
    if (guise_job_get_state (self->job) == GUISE_JOB_STOPPING)
      return GUISE_TRAIN_RUN_STOPPING;
    return self->began ? GUISE_TRAIN_RUN_RUNNING : GUISE_TRAIN_RUN_STARTING;
  }
  if (self->info == NULL)
    return self->problem != NULL ? GUISE_TRAIN_RUN_FAILED
           : self->job != NULL   ? GUISE_TRAIN_RUN_STOPPED
                                 : GUISE_TRAIN_RUN_STARTING;
  switch (self->info->state) {
  case GUISE_RUN_RUNNING:
    /* our child has left, and run.json is being read again */
    if (self->job != NULL && self->loading)
      return GUISE_TRAIN_RUN_STOPPING;
    return self->asked ? GUISE_TRAIN_RUN_STOPPING : GUISE_TRAIN_RUN_RUNNING;
  case GUISE_RUN_DONE:
    return GUISE_TRAIN_RUN_DONE;
  case GUISE_RUN_FAILED:
    return GUISE_TRAIN_RUN_FAILED;
  default:
    return self->problem != NULL ? GUISE_TRAIN_RUN_FAILED : GUISE_TRAIN_RUN_STOPPED;
  }
}

gboolean
guise_train_run_is_active (GuiseTrainRun *self)
{
  switch (guise_train_run_get_state (self)) {
  case GUISE_TRAIN_RUN_STARTING:
    return self->job != NULL;
  case GUISE_TRAIN_RUN_RUNNING:
  case GUISE_TRAIN_RUN_STOPPING:
    return TRUE;
  default:
    return FALSE;
  }
}

const char *
guise_train_run_get_state_name (GuiseTrainRun *self)
{
  static const char *const names[] = {
    [GUISE_TRAIN_RUN_STARTING] = N_ ("Starting"),
    [GUISE_TRAIN_RUN_RUNNING] = N_ ("Training"),
    [GUISE_TRAIN_RUN_STOPPING] = N_ ("Stopping"),
    [GUISE_TRAIN_RUN_STOPPED] = N_ ("Stopped"),
    [GUISE_TRAIN_RUN_DONE] = N_ ("Done"),
    [GUISE_TRAIN_RUN_FAILED] = N_ ("Failed"),
  };

  return _ (names[guise_train_run_get_state (self)]);
}

gboolean
guise_train_run_exists (GuiseTrainRun *self)
{
  return self->info != NULL;
}

double
guise_train_run_get_best_r1 (GuiseTrainRun *self)
{
  json_t *r1 = self->info != NULL ? json_object_get (self->info->best, "r1") : NULL;

  if (self->curves != NULL && !isnan (guise_run_curves_get_figures (self->curves)->best_r1))
    return guise_run_curves_get_figures (self->curves)->best_r1;
  return json_is_number (r1) ? json_number_value (r1) : NAN;
}

gboolean
guise_train_run_is_added (GuiseTrainRun *self)
{
  return self->info != NULL && self->info->n_images == 0 && self->info->from != NULL;
}

gboolean
guise_train_run_has_best (GuiseTrainRun *self)
{
  return !isnan (guise_train_run_get_best_r1 (self));
}

guint64
guise_train_run_get_step (GuiseTrainRun *self)
{
  guint64 known = self->info != NULL ? self->info->step : 0;

  return self->curves != NULL ? MAX (known, guise_run_curves_get_figures (self->curves)->step)
                              : known;
}

guint64
guise_train_run_get_n_steps (GuiseTrainRun *self)
{
  if (self->curves != NULL && guise_run_curves_get_figures (self->curves)->n_steps > 0)
    return guise_run_curves_get_figures (self->curves)->n_steps;
  return self->info != NULL ? self->info->n_steps : 0;
}

const GuiseRunInfo *
guise_train_run_get_info (GuiseTrainRun *self)
{
  return self->info;
}

GuiseRunCurves *
guise_train_run_get_curves (GuiseTrainRun *self)
{
  return self->curves;
}

const char *
guise_train_run_get_problem (GuiseTrainRun *self)
{
  if (self->problem != NULL)
    return self->problem;
  return self->info != NULL ? self->info->error : NULL;
}

const char *
guise_train_run_get_trouble (GuiseTrainRun *self)
{
  return self->trouble;
}

const char *
guise_train_run_get_stage (GuiseTrainRun *self)
{
  return self->stage;
}

const char *
guise_train_run_get_name (GuiseTrainRun *self)
{
  return self->name;
}

const char *
guise_train_run_get_folder (GuiseTrainRun *self)
{
  return self->folder;
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_train_run_finalize (GObject *object)
{
  GuiseTrainRun *self = GUISE_TRAIN_RUN (object);

  g_clear_object (&self->job); /* a running child goes on */
  guise_run_info_free (self->info);
  g_clear_pointer (&self->curves, guise_run_curves_free);
  g_ptr_array_unref (self->pending);
  g_free (self->folder);
  g_free (self->name);
  g_free (self->stage);
  g_free (self->problem);
  g_free (self->trouble);
  G_OBJECT_CLASS (guise_train_run_parent_class)->finalize (object);
}

static void
guise_train_run_class_init (GuiseTrainRunClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_train_run_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_TRAIN_RUN, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_train_run_init (GuiseTrainRun *self)
{
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)json_decref);
}

GuiseTrainRun *
guise_train_run_new (const char *folder)
{
  GuiseTrainRun *self = g_object_new (GUISE_TYPE_TRAIN_RUN, NULL);

  self->folder = g_strdup (folder);
  self->name = g_path_get_basename (folder);
  return self;
}
