#include "guise-run-entry.h"

#include "guise-child-entry.h"

#include <glib/gi18n.h>
#include <math.h>

#define FOLLOW_SECONDS 2

struct _GuiseRunEntry {
  GuiseJobEntry parent_instance;

  GuiseTrainRun *run;
  GuiseJobState state; /* of this training: the run may be resumed when it has ended */
  guint follow_source;
};

G_DEFINE_FINAL_TYPE (GuiseRunEntry, guise_run_entry, GUISE_TYPE_JOB_ENTRY)

/* ---- following ------------------------------------------------------------------------------ */

static GuiseJobState
find_state (GuiseTrainRun *run)
{
  switch (guise_train_run_get_state (run)) {
  case GUISE_TRAIN_RUN_STOPPING:
    return GUISE_JOB_STOPPING;
  case GUISE_TRAIN_RUN_STOPPED:
    return GUISE_JOB_CANCELLED;
  case GUISE_TRAIN_RUN_DONE:
    return GUISE_JOB_DONE;
  case GUISE_TRAIN_RUN_FAILED:
    return GUISE_JOB_FAILED;
  default:
    return GUISE_JOB_RUNNING;
  }
}

static void
run_changed (GuiseRunEntry *self)
{
  self->state = find_state (self->run);
  if (!guise_job_entry_is_active (GUISE_JOB_ENTRY (self))) {
    g_clear_handle_id (&self->follow_source, g_source_remove);
    g_signal_handlers_disconnect_by_func (self->run, run_changed, self);
  }
  guise_job_entry_changed (GUISE_JOB_ENTRY (self));
}

static gboolean
follow (gpointer data)
{
  guise_train_run_load (GUISE_RUN_ENTRY (data)->run);
  return G_SOURCE_CONTINUE;
}

/* ---- entry ---------------------------------------------------------------------------------- */

static GuiseJobState
guise_run_entry_get_state (GuiseJobEntry *entry)
{
  return GUISE_RUN_ENTRY (entry)->state;
}

static void
guise_run_entry_get_progress (GuiseJobEntry *entry, GuiseJobProgress *progress)
{
  GuiseTrainRun *run = GUISE_RUN_ENTRY (entry)->run;
  GuiseRunCurves *curves = guise_train_run_get_curves (run);

  progress->begun = TRUE;
  progress->done = guise_train_run_get_step (run);
  progress->total = guise_train_run_get_n_steps (run);
  if (curves != NULL) {
    const GuiseRunFigures *figures = guise_run_curves_get_figures (curves);

    progress->rate = isnan (figures->steps_per_s) ? 0 : figures->steps_per_s;
    progress->seconds_left = isnan (figures->seconds_left) ? -1 : figures->seconds_left;
  }
}

static char *
guise_run_entry_create_details (GuiseJobEntry *entry)
{
  return g_strdup (guise_train_run_get_problem (GUISE_RUN_ENTRY (entry)->run));
}

static void
guise_run_entry_stop (GuiseJobEntry *entry)
{
  guise_train_run_stop (GUISE_RUN_ENTRY (entry)->run);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_run_entry_finalize (GObject *object)
{
  GuiseRunEntry *self = GUISE_RUN_ENTRY (object);

  g_clear_handle_id (&self->follow_source, g_source_remove);
  g_object_unref (self->run);
  G_OBJECT_CLASS (guise_run_entry_parent_class)->finalize (object);
}

static void
guise_run_entry_class_init (GuiseRunEntryClass *class)
{
  GuiseJobEntryClass *entry_class = GUISE_JOB_ENTRY_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = guise_run_entry_finalize;
  entry_class->get_state = guise_run_entry_get_state;
  entry_class->get_progress = guise_run_entry_get_progress;
  entry_class->create_details = guise_run_entry_create_details;
  entry_class->stop = guise_run_entry_stop;
  entry_class->is_watched = TRUE;
}

static void
guise_run_entry_init (GuiseRunEntry *self)
{
}

static GuiseJobEntry *
watch (GuiseTrainRun *run)
{
  GuiseRunEntry *self = g_object_new (GUISE_TYPE_RUN_ENTRY, NULL);

  self->run = g_object_ref (run);
  self->state = find_state (run);
  self->follow_source = g_timeout_add_seconds (FOLLOW_SECONDS, follow, self);
  g_signal_connect_object (run, "changed", G_CALLBACK (run_changed), self, G_CONNECT_SWAPPED);
  guise_train_run_load (run);
  return GUISE_JOB_ENTRY (self);
}

GuiseJobEntry *
guise_run_entry_new (GuiseTrainRun *run)
{
  g_autofree char *name = g_strdup_printf (_ ("Training “%s”"), guise_train_run_get_name (run));
  GuiseJobEntry *self = guise_train_run_is_ours (run)
                            ? guise_child_entry_new (name, guise_train_run_get_job (run))
                            : watch (run);

  guise_job_entry_set_name (self, name);
  guise_job_entry_set_subject (self, guise_train_run_get_folder (run));
  return self;
}
