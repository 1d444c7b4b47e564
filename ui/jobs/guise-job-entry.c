#include "guise-job-entry.h"

#include "guise-format.h"

#include <glib/gi18n.h>

typedef struct {
  char *name;
  char *subject;
} GuiseJobEntryPrivate;

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (GuiseJobEntry, guise_job_entry, G_TYPE_OBJECT)

#define PRIVATE(self) ((GuiseJobEntryPrivate *)guise_job_entry_get_instance_private (self))

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

static void
get_progress (GuiseJobEntry *self, GuiseJobProgress *progress)
{
  *progress = (GuiseJobProgress){ .seconds_left = -1 };
  GUISE_JOB_ENTRY_GET_CLASS (self)->get_progress (self, progress);
}

static char *
create_progress (GuiseJobEntry *self)
{
  GuiseJobProgress progress;
  g_autofree char *done = NULL, *total = NULL, *rate = NULL, *left = NULL, *count = NULL;

  get_progress (self, &progress);
  if (!progress.begun)
    return g_strdup (_ ("Starting…"));
  done = guise_format_count (progress.done);
  total = guise_format_count (progress.total);
  rate = format_rate (progress.rate);
  left = guise_format_time_left (progress.seconds_left);
  count = progress.total > 0 ? g_strdup_printf (_ ("%s of %s"), done, total) : g_strdup (done);
  return g_strconcat (count, *rate ? " · " : "", rate, *left ? " · " : "", left, NULL);
}

char *
guise_job_entry_create_status (GuiseJobEntry *self)
{
  switch (guise_job_entry_get_state (self)) {
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
  g_autofree char *text = NULL;

  if (guise_job_entry_get_state (self) == GUISE_JOB_FAILED)
    text = GUISE_JOB_ENTRY_GET_CLASS (self)->create_details (self);
  return text != NULL ? guise_format_plain (text) : NULL;
}

/* ---- state ---------------------------------------------------------------------------------- */

GuiseJobState
guise_job_entry_get_state (GuiseJobEntry *self)
{
  return GUISE_JOB_ENTRY_GET_CLASS (self)->get_state (self);
}

gboolean
guise_job_entry_is_active (GuiseJobEntry *self)
{
  GuiseJobState state = guise_job_entry_get_state (self);

  return state == GUISE_JOB_RUNNING || state == GUISE_JOB_STOPPING;
}

gboolean
guise_job_entry_outlives (GuiseJobEntry *self)
{
  GuiseJobEntryClass *class = GUISE_JOB_ENTRY_GET_CLASS (self);

  return class->outlives == NULL || class->outlives (self);
}

gboolean
guise_job_entry_is_watched (GuiseJobEntry *self)
{
  return GUISE_JOB_ENTRY_GET_CLASS (self)->is_watched;
}

void
guise_job_entry_stop (GuiseJobEntry *self)
{
  if (guise_job_entry_get_state (self) == GUISE_JOB_RUNNING)
    GUISE_JOB_ENTRY_GET_CLASS (self)->stop (self);
}

double
guise_job_entry_get_fraction (GuiseJobEntry *self)
{
  GuiseJobProgress progress;

  if (guise_job_entry_get_state (self) == GUISE_JOB_DONE)
    return 1;
  get_progress (self, &progress);
  return progress.total > 0 ? MIN ((double)progress.done / progress.total, 1) : -1;
}

/* ---- object --------------------------------------------------------------------------------- */

static void
guise_job_entry_finalize (GObject *object)
{
  GuiseJobEntryPrivate *priv = PRIVATE (GUISE_JOB_ENTRY (object));

  g_free (priv->name);
  g_free (priv->subject);
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

void
guise_job_entry_changed (GuiseJobEntry *self)
{
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
guise_job_entry_set_name (GuiseJobEntry *self, const char *name)
{
  g_free (PRIVATE (self)->name);
  PRIVATE (self)->name = guise_format_plain (name);
}

const char *
guise_job_entry_get_name (GuiseJobEntry *self)
{
  return PRIVATE (self)->name;
}

void
guise_job_entry_set_subject (GuiseJobEntry *self, const char *subject)
{
  g_free (PRIVATE (self)->subject);
  PRIVATE (self)->subject = g_strdup (subject);
}

const char *
guise_job_entry_get_subject (GuiseJobEntry *self)
{
  return PRIVATE (self)->subject;
}
