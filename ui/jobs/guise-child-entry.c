#include "guise-child-entry.h"

#include "guise-job-pace.h"

#include <string.h>

struct _GuiseChildEntry {
  GuiseJobEntry parent_instance;

  GuiseJob *job;
  GuiseJobPace pace;
};

G_DEFINE_FINAL_TYPE (GuiseChildEntry, guise_child_entry, GUISE_TYPE_JOB_ENTRY)

/* ---- what it says --------------------------------------------------------------------------- */

static void
note (GuiseChildEntry *self, guint64 done, guint64 total)
{
  guise_job_pace_add (&self->pace, done, total, g_get_monotonic_time ());
  guise_job_entry_changed (GUISE_JOB_ENTRY (self));
}

static guint64
get_count (json_t *event, const char *name)
{
  return MAX (json_integer_value (json_object_get (event, name)), 0);
}

/* A trainer counts its steps in events of its own. */
static void
job_event (GuiseJob *job, const char *name, json_t *event, GuiseChildEntry *self)
{
  if (g_str_equal (name, "start"))
    note (self, get_count (event, "step"), get_count (event, "steps"));
  else if (g_str_equal (name, "step"))
    note (self, get_count (event, "step"), self->pace.total);
}

static void
job_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseChildEntry *self)
{
  note (self, done, total);
}

/* ---- entry ---------------------------------------------------------------------------------- */

static GuiseJobState
guise_child_entry_get_state (GuiseJobEntry *entry)
{
  return guise_job_get_state (GUISE_CHILD_ENTRY (entry)->job);
}

static void
guise_child_entry_get_progress (GuiseJobEntry *entry, GuiseJobProgress *progress)
{
  const GuiseJobPace *pace = &GUISE_CHILD_ENTRY (entry)->pace;

  progress->begun = pace->began != 0;
  progress->done = pace->done;
  progress->total = pace->total;
  progress->rate = guise_job_pace_get_rate (pace);
  progress->seconds_left = guise_job_pace_get_seconds_left (pace);
}

static char *
guise_child_entry_create_details (GuiseJobEntry *entry)
{
  GuiseJob *job = GUISE_CHILD_ENTRY (entry)->job;
  const char *message = guise_job_get_error (job)->message;
  const char *details = guise_job_get_details (job);

  if (strstr (details, message) != NULL)
    return g_strdup (details); /* it says the same, and more */
  return g_strconcat (message, *details != '\0' ? "\n\n" : "", details, NULL);
}

static void
guise_child_entry_stop (GuiseJobEntry *entry)
{
  guise_job_cancel (GUISE_CHILD_ENTRY (entry)->job);
}

static gboolean
guise_child_entry_outlives (GuiseJobEntry *entry)
{
  return guise_job_outlives (GUISE_CHILD_ENTRY (entry)->job);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_child_entry_finalize (GObject *object)
{
  g_object_unref (GUISE_CHILD_ENTRY (object)->job);
  G_OBJECT_CLASS (guise_child_entry_parent_class)->finalize (object);
}

static void
guise_child_entry_class_init (GuiseChildEntryClass *class)
{
  GuiseJobEntryClass *entry_class = GUISE_JOB_ENTRY_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = guise_child_entry_finalize;
  entry_class->get_state = guise_child_entry_get_state;
  entry_class->get_progress = guise_child_entry_get_progress;
  entry_class->create_details = guise_child_entry_create_details;
  entry_class->stop = guise_child_entry_stop;
  entry_class->outlives = guise_child_entry_outlives;
}

static void
guise_child_entry_init (GuiseChildEntry *self)
{
}

GuiseJobEntry *
guise_child_entry_new (const char *name, GuiseJob *job)
{
  GuiseChildEntry *self = g_object_new (GUISE_TYPE_CHILD_ENTRY, NULL);

  guise_job_entry_set_name (GUISE_JOB_ENTRY (self), name);
  self->job = g_object_ref (job);
  g_signal_connect_object (job, "progress", G_CALLBACK (job_progress), self, 0);
  g_signal_connect_object (job, "event", G_CALLBACK (job_event), self, 0);
  g_signal_connect_object (job, "stopping", G_CALLBACK (guise_job_entry_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "finished", G_CALLBACK (guise_job_entry_changed), self,
                           G_CONNECT_SWAPPED);
  return GUISE_JOB_ENTRY (self);
}

GuiseJob *
guise_child_entry_get_job (GuiseChildEntry *self)
{
  return self->job;
}
