#include "guise-caption-job-entry.h"

#include "guise-caption-ending.h"
#include "guise-format.h"

#include <glib/gi18n.h>

struct _GuiseCaptionJobEntry {
  GuiseJobEntry parent_instance;

  GuiseCaptionEntry *entry;
  GuiseJobState state; /* of this run of the job: it may be resumed when it has ended */
  char *details;
};

enum {
  SIGNAL_STOP,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseCaptionJobEntry, guise_caption_job_entry, GUISE_TYPE_JOB_ENTRY)

/* ---- following ------------------------------------------------------------------------------ */

static GuiseJobState
find_state (GuiseCaptionEntry *entry)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (entry);

  if (guise_caption_entry_is_ending (entry))
    return GUISE_JOB_STOPPING;
  if (guise_caption_entry_is_running (entry))
    return GUISE_JOB_RUNNING;
  if (job->state == GUISE_CAPTION_JOB_DONE)
    return GUISE_JOB_DONE;
  return job->state == GUISE_CAPTION_JOB_PAUSED
                 || (job->state == GUISE_CAPTION_JOB_STOPPED && job->why == NULL)
             ? GUISE_JOB_CANCELLED
             : GUISE_JOB_FAILED;
}

static void
entry_changed (GuiseCaptionJobEntry *self)
{
  gboolean lasts;

  self->state = find_state (self->entry);
  if (!guise_job_entry_is_active (GUISE_JOB_ENTRY (self))) {
    self->details = guise_caption_ending_create_sentence (
        guise_caption_entry_get_job (self->entry), &lasts);
    g_signal_handlers_disconnect_by_func (self->entry, entry_changed, self);
  }
  guise_job_entry_changed (GUISE_JOB_ENTRY (self));
}

/* ---- entry ---------------------------------------------------------------------------------- */

static GuiseJobState
guise_caption_job_entry_get_state (GuiseJobEntry *entry)
{
  return GUISE_CAPTION_JOB_ENTRY (entry)->state;
}

static void
guise_caption_job_entry_get_progress (GuiseJobEntry *entry, GuiseJobProgress *progress)
{
  GuiseCaptionEntry *followed = GUISE_CAPTION_JOB_ENTRY (entry)->entry;
  const GuiseCaptionJob *job = guise_caption_entry_get_job (followed);
  const GuiseJobPace *pace = guise_caption_entry_get_pace (followed);

  progress->begun = TRUE;
  progress->done = job->n_items - job->n_open;
  progress->total = job->n_items;
  progress->rate = guise_job_pace_get_rate (pace);
  progress->seconds_left = guise_job_pace_get_seconds_left (pace);
}

static char *
guise_caption_job_entry_create_details (GuiseJobEntry *entry)
{
  return g_strdup (GUISE_CAPTION_JOB_ENTRY (entry)->details);
}

static void
guise_caption_job_entry_stop (GuiseJobEntry *entry)
{
  g_signal_emit (entry, signals[SIGNAL_STOP], 0);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_caption_job_entry_finalize (GObject *object)
{
  GuiseCaptionJobEntry *self = GUISE_CAPTION_JOB_ENTRY (object);

  g_object_unref (self->entry);
  g_free (self->details);
  G_OBJECT_CLASS (guise_caption_job_entry_parent_class)->finalize (object);
}

static void
guise_caption_job_entry_class_init (GuiseCaptionJobEntryClass *class)
{
  GuiseJobEntryClass *entry_class = GUISE_JOB_ENTRY_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = guise_caption_job_entry_finalize;
  entry_class->get_state = guise_caption_job_entry_get_state;
  entry_class->get_progress = guise_caption_job_entry_get_progress;
  entry_class->create_details = guise_caption_job_entry_create_details;
  entry_class->stop = guise_caption_job_entry_stop;
  entry_class->is_watched = TRUE;
  signals[SIGNAL_STOP] = g_signal_new ("stop", GUISE_TYPE_CAPTION_JOB_ENTRY, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_caption_job_entry_init (GuiseCaptionJobEntry *self)
{
}

GuiseJobEntry *
guise_caption_job_entry_new (GuiseCaptionEntry *entry)
{
  const GuiseCaptionJob *job = guise_caption_entry_get_job (entry);
  GuiseCaptionJobEntry *self = g_object_new (GUISE_TYPE_CAPTION_JOB_ENTRY, NULL);
  g_autofree char *model = guise_format_excerpt (job->model, 60);
  g_autofree char *name = g_strdup_printf (_ ("Describing with “%s” at %s"), model, job->host);

  self->entry = g_object_ref (entry);
  self->state = find_state (entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (entry_changed), self, G_CONNECT_SWAPPED);
  guise_job_entry_set_name (GUISE_JOB_ENTRY (self), name);
  guise_job_entry_set_subject (GUISE_JOB_ENTRY (self), GUISE_CAPTION_JOB_SUBJECT);
  return GUISE_JOB_ENTRY (self);
}

void
guise_caption_job_entry_drop (GuiseCaptionJobEntry *self)
{
  if (!guise_job_entry_is_active (GUISE_JOB_ENTRY (self)))
    return;
  g_signal_handlers_disconnect_by_func (self->entry, entry_changed, self);
  self->state = GUISE_JOB_CANCELLED;
  guise_job_entry_changed (GUISE_JOB_ENTRY (self));
}
