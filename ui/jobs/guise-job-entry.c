#include "guise-job-entry.h"

#include "guise-format.h"
#include "guise-job-pace.h"

#include <glib/gi18n.h>
#include <string.h>

struct _GuiseJobEntry {
  GObject parent_instance;

  char *name;
  GuiseJob *job;
  GuiseJobPace pace;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseJobEntry, guise_job_entry, G_TYPE_OBJECT)

static void
emit_changed (GuiseJobEntry *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
note (GuiseJobEntry *self, guint64 done, guint64 total)
{
  guise_job_pace_add (&self->pace, done, total, g_get_monotonic_time ());
  emit_changed (self);
}

static guint64
get_count (json_t *event, const char *name)
{
  return MAX (json_integer_value (json_object_get (event, name)), 0);
}

/* A trainer counts its steps in events of its own. */
static void
job_event (GuiseJob *job, const char *name, json_t *event, GuiseJobEntry *self)
{
  if (g_str_equal (name, "start"))
    note (self, get_count (event, "step"), get_count (event, "steps"));
  else if (g_str_equal (name, "step"))
    note (self, get_count (event, "step"), self->pace.total);
}

static void
job_progress (GuiseJob *job, guint64 done, guint64 total, double eta, GuiseJobEntry *self)
{
  note (self, done, total);
}

/* ---- in words ------------------------------------------------------------------------------- */

static char *
format_rate (double rate)
{
  if (rate <= 0)
    return g_strdup ("");
  if (rate >= 10)
    return g_strdup_printf (_ ("%'.0f a second"), rate);
  if (rate >= 0.1)
    return g_strdup_printf (_ ("%.1f a second"), rate);
  return g_strdup_printf (_ ("%.1f a minute"), 60 * rate);
}

static char *
create_progress (GuiseJobEntry *self)
{
  const GuiseJobPace *pace = &self->pace;
  g_autofree char *done = guise_format_count (pace->done);
  g_autofree char *total = guise_format_count (pace->total);
  g_autofree char *rate = format_rate (guise_job_pace_get_rate (pace));
  g_autofree char *left = guise_format_time_left (guise_job_pace_get_seconds_left (pace));
  g_autofree char *count = NULL;

  if (pace->began == 0)
    return g_strdup (_ ("Starting…"));
  count = pace->total > 0 ? g_strdup_printf (_ ("%s of %s"), done, total) : g_strdup (done);
  return g_strconcat (count, *rate ? " · " : "", rate, *left ? " · " : "", left, NULL);
}

char *
guise_job_entry_create_status (GuiseJobEntry *self)
{
  switch (guise_job_get_state (self->job)) {
  case GUISE_JOB_STOPPING:
    return g_strdup (_ ("Stopping…"));
  case GUISE_JOB_DONE:
    return g_strdup (_ ("Done"));
  case GUISE_JOB_CANCELLED:
    return g_strdup (_ ("Stopped"));
  case GUISE_JOB_FAILED:
    return g_strdup (_ ("Failed"));
  default:
    return create_progress (self);
  }
}

char *
guise_job_entry_create_details (GuiseJobEntry *self)
{
  const GError *error = guise_job_get_error (self->job);
  const char *details = guise_job_get_details (self->job);
  g_autofree char *text = NULL;

  if (error == NULL)
    return NULL;
  if (strstr (details, error->message) != NULL)
    return guise_format_plain (details); /* it says the same, and more */
  text = g_strconcat (error->message, *details != '\0' ? "\n\n" : "", details, NULL);
  return guise_format_plain (text);
}

double
guise_job_entry_get_fraction (GuiseJobEntry *self)
{
  if (guise_job_get_state (self->job) == GUISE_JOB_DONE)
    return 1;
  return guise_job_pace_get_fraction (&self->pace);
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_job_entry_finalize (GObject *object)
{
  GuiseJobEntry *self = GUISE_JOB_ENTRY (object);

  g_free (self->name);
  g_object_unref (self->job);
  G_OBJECT_CLASS (guise_job_entry_parent_class)->finalize (object);
}

static void
guise_job_entry_class_init (GuiseJobEntryClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_job_entry_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_JOB_ENTRY, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_job_entry_init (GuiseJobEntry *self)
{
}

GuiseJobEntry *
guise_job_entry_new (const char *name, GuiseJob *job)
{
  GuiseJobEntry *self = g_object_new (GUISE_TYPE_JOB_ENTRY, NULL);

  self->name = guise_format_plain (name);
  self->job = g_object_ref (job);
  g_signal_connect_object (job, "progress", G_CALLBACK (job_progress), self, 0);
  g_signal_connect_object (job, "event", G_CALLBACK (job_event), self, 0);
  g_signal_connect_object (job, "stopping", G_CALLBACK (emit_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (job, "finished", G_CALLBACK (emit_changed), self, G_CONNECT_SWAPPED);
  return self;
}

const char *
guise_job_entry_get_name (GuiseJobEntry *self)
{
  return self->name;
}

GuiseJob *
guise_job_entry_get_job (GuiseJobEntry *self)
{
  return self->job;
}
