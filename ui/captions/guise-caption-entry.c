#include "guise-caption-entry.h"

#include "guise-format.h"

#include <glib/gi18n.h>
#include <math.h>

struct _GuiseCaptionEntry {
  GObject parent_instance;

  gint64 id;
  GuiseCaptionJob *job;
  GuiseJobPace pace;
  guint n_undoable;
  gboolean runs, ending;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (GuiseCaptionEntry, guise_caption_entry, G_TYPE_OBJECT)

static void
guise_caption_entry_finalize (GObject *object)
{
  guise_caption_job_free (GUISE_CAPTION_ENTRY (object)->job);
  G_OBJECT_CLASS (guise_caption_entry_parent_class)->finalize (object);
}

static void
guise_caption_entry_class_init (GuiseCaptionEntryClass *class)
{
  G_OBJECT_CLASS (class)->finalize = guise_caption_entry_finalize;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", GUISE_TYPE_CAPTION_ENTRY, G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
guise_caption_entry_init (GuiseCaptionEntry *self)
{
  self->job = g_new0 (GuiseCaptionJob, 1);
  self->job->cost = NAN;
}

GuiseCaptionEntry *
guise_caption_entry_new (gint64 id)
{
  GuiseCaptionEntry *self = g_object_new (GUISE_TYPE_CAPTION_ENTRY, NULL);

  self->id = id;
  return self;
}

void
guise_caption_entry_update (GuiseCaptionEntry *self, GuiseCaptionJob *job, guint n_undoable,
                            gboolean runs)
{
  guise_caption_job_free (self->job);
  self->job = job;
  self->n_undoable = n_undoable;
  if (runs)
    guise_job_pace_add (&self->pace, job->n_items - job->n_open, job->n_items,
                        g_get_monotonic_time ());
  else
    self->pace = (GuiseJobPace){ 0 };
  self->runs = runs;
  self->ending &= runs;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

void
guise_caption_entry_set_ending (GuiseCaptionEntry *self)
{
  self->ending = TRUE;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

gint64
guise_caption_entry_get_id (GuiseCaptionEntry *self)
{
  return self->id;
}

const GuiseCaptionJob *
guise_caption_entry_get_job (GuiseCaptionEntry *self)
{
  return self->job;
}

gboolean
guise_caption_entry_is_running (GuiseCaptionEntry *self)
{
  return self->runs;
}

gboolean
guise_caption_entry_is_ending (GuiseCaptionEntry *self)
{
  return self->ending;
}

gboolean
guise_caption_entry_can_resume (GuiseCaptionEntry *self)
{
  return !self->runs && self->job->n_open > 0;
}

/* Who stops a job says no reason. */
gboolean
guise_caption_entry_is_at_limit (GuiseCaptionEntry *self)
{
  return guise_caption_entry_can_resume (self) && self->job->state == GUISE_CAPTION_JOB_STOPPED
         && self->job->why != NULL;
}

guint
guise_caption_entry_get_n_unusable (GuiseCaptionEntry *self)
{
  return self->job->n_refused + self->job->n_unusable;
}

guint
guise_caption_entry_get_n_undoable (GuiseCaptionEntry *self)
{
  return self->n_undoable;
}

const GuiseJobPace *
guise_caption_entry_get_pace (GuiseCaptionEntry *self)
{
  return &self->pace;
}

/* ---- in words ------------------------------------------------------------------------------- */

const char *
guise_caption_entry_get_state_name (GuiseCaptionEntry *self)
{
  if (self->ending)
    return _ ("Ending…");
  if (self->runs)
    return _ ("Running");
  switch (self->job->state) {
  case GUISE_CAPTION_JOB_RUNNING: /* nobody does it: its process was killed */
    return _ ("Interrupted");
  case GUISE_CAPTION_JOB_PAUSED:
    return _ ("Paused");
  case GUISE_CAPTION_JOB_STOPPED:
    return _ ("Stopped");
  case GUISE_CAPTION_JOB_BLOCKED:
    return _ ("Blocked");
  case GUISE_CAPTION_JOB_DONE:
    return _ ("Done");
  default:
    return _ ("Not started");
  }
}

char *
guise_caption_entry_create_title (GuiseCaptionEntry *self)
{
  g_autofree char *model = guise_format_excerpt (self->job->model, 60);
  g_autofree char *host = guise_format_excerpt (self->job->host, 60);

  /* Translators: a model and the machine that runs it: "qwen2.5vl:7b at 127.0.0.1:11434" */
  return g_strdup_printf (_ ("%s at %s"), model, host);
}

char *
guise_caption_entry_create_date (GuiseCaptionEntry *self)
{
  g_autoptr (GDateTime) time
      = g_date_time_new_from_unix_local (self->job->created / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, "%x %H:%M") : g_strdup ("");
}

static void
append_count (GString *text, guint count, const char *format)
{
  g_autofree char *number = guise_format_count (count);

  if (count == 0)
    return;
  g_string_append (text, " · ");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_string_append_printf (text, format, number);
#pragma GCC diagnostic pop
}

char *
guise_caption_entry_create_counts (GuiseCaptionEntry *self)
{
  g_autofree char *done = guise_format_count (self->job->n_done);
  g_autofree char *total = guise_format_count (self->job->n_items);
  GString *text = g_string_new (NULL);

  g_string_printf (text, _ ("%s of %s described"), done, total);
  append_count (text, self->job->n_split, _ ("%s of them without the model"));
  append_count (text, self->job->n_refused, _ ("%s refused"));
  append_count (text, self->job->n_unusable, _ ("%s without a usable answer"));
  append_count (text, self->job->n_open, _ ("%s open"));
  return g_string_free (text, FALSE);
}

static char *
format_rate (double rate)
{
  if (rate >= 0.1)
    return g_strdup_printf (_ ("%.1f a second"), rate);
  return g_strdup_printf (_ ("%.1f a minute"), 60 * rate);
}

char *
guise_caption_entry_create_pace (GuiseCaptionEntry *self)
{
  double rate = guise_job_pace_get_rate (&self->pace);
  g_autofree char *speed = rate > 0 ? format_rate (rate) : NULL;
  g_autofree char *left = guise_format_time_left (guise_job_pace_get_seconds_left (&self->pace));

  if (speed == NULL)
    return g_strdup (self->runs ? _ ("speed not measured yet") : "");
  return g_strconcat (speed, *left != '\0' ? " · " : "", left, NULL);
}

char *
guise_caption_entry_create_account (GuiseCaptionEntry *self)
{
  gint64 n_tokens = self->job->prompt_tokens + self->job->completion_tokens;
  g_autofree char *number = guise_format_count ((guint64)MAX (n_tokens, 0));
  g_autofree char *tokens = guise_caption_has_count (n_tokens, self->job->n_uncounted)
                                ? g_strdup_printf (_ ("%s tokens"), number)
                                : g_strdup (_ ("tokens not measured"));
  g_autofree char *cost = isnan (self->job->cost)
                              ? g_strdup (_ ("cost not measured"))
                              : g_strdup_printf (_ ("%.4f spent"), self->job->cost);
  GString *text;

  if (self->job->n_answers == 0 && n_tokens <= 0)
    return g_strdup (_ ("tokens not measured yet"));
  text = g_string_new (NULL);
  g_string_printf (text, "%s · %s", tokens, cost);
  append_count (text, self->job->n_uncounted, _ ("%s answers came without a count"));
  return g_string_free (text, FALSE);
}
